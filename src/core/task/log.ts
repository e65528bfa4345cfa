// Where the output of a container goes (spec 1.8): the engine's driver for it, and that driver's options.
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import type { ContainerIdentity } from '../../model/turn/observed.ts';
import type { ContainerLog } from '../../model/task/container-settings.ts';
import { routedLog } from './firelens.ts';

/** ECS gives no files for what it sends away; Docker would keep everything for ever. */
const ROTATION = { 'max-size': '10m', 'max-file': '3' } as const;
/** ECS since June 2025: a log service that does not answer must not stop the container that logs. */
const NOT_BLOCKING = { mode: 'non-blocking', 'max-buffer-size': '10m' } as const;
const BUFFERING = Object.keys(NOT_BLOCKING);
/** ECS agent: the option that it turns into the name of a stream. */
const STREAM_PREFIX = 'awslogs-stream-prefix';

type Options = Readonly<Record<string, string>>;

/**
 * The log driver of a container. Drivers that send away do not block, as ECS has it. `hasAws`: whether the engine can write to CloudWatch Logs;
 * else its output is kept in files of the engine, in which `docker logs` reads.
 */
export function logOf(definition: ContainerDefinition, identity: ContainerIdentity, hasAws: boolean): ContainerLog | undefined {
  const { logConfiguration } = definition;
  const more = definition['x-longshore']?.logging;
  if (logConfiguration === undefined) return more && { driver: more.driver ?? '', options: more.options ?? {} };
  const { logDriver, options = {} } = logConfiguration;
  if (logDriver === 'json-file') return { driver: logDriver, options };
  if (logDriver === 'awsfirelens') return routedLog(definition, identity);
  if (logDriver !== 'awslogs') return { driver: logDriver, options: notBlocking(options) };
  return hasAws ? { driver: logDriver, options: notBlocking(withStream(options, identity)) } : inFiles(options);
}

function notBlocking(options: Options): Options {
  return options['mode'] === 'blocking' ? options : { ...NOT_BLOCKING, ...options };
}

/** ECS agent: `prefix/container/task`; without a prefix the engine calls the stream after the container's id. */
function withStream(options: Options, { container, task }: ContainerIdentity): Options {
  const { [STREAM_PREFIX]: prefix, ...others } = options;
  return prefix === undefined ? others : { ...others, 'awslogs-stream': `${prefix}/${container}/${task}` };
}

function inFiles(options: Options): ContainerLog {
  const buffering = Object.entries(options).filter(([name]) => BUFFERING.includes(name));
  return { driver: 'json-file', options: { ...ROTATION, ...Object.fromEntries(buffering) } };
}
