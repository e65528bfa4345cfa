// The two ends of FireLens in one task: what its log router is given (a configuration file, a folder for its socket), and what is given to
// those that log through it (the engine's fluentd driver on that socket, the router's address). Texts, paths and names are those of the ECS
// agent. Deliberately absent: ec2_instance_id, and configuration files in S3, which rules refuse to deploy.
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import type { ContainerIdentity } from '../../model/turn/observed.ts';
import type { ContainerLog } from '../../model/task/container-settings.ts';
import type { FileInContainer, VolumeMount } from '../../model/task/container-mount.ts';
import { isRouted, optionVariable, routerOf } from '../../model/task/firelens.ts';
import { type TaskDefinition, networkModeOf } from '../../model/task/task-definition.ts';
import { taskArn } from '../../model/task/task-metadata.ts';
import { volumeLabels } from '../../model/turn/identity.ts';

/** Where the router finds the folder of the socket, and what the socket is called there. */
const SOCKET_FOLDER = '/var/run';
const SOCKET = 'fluent.sock';
const PORT = '24224';
const HEALTH_PORT = '8877';

type Options = Readonly<Record<string, string>>;
type RouterType = NonNullable<ContainerDefinition['firelensConfiguration']>['type'];

/** Options of a container's log that are no options of its output. */
const OWN_OPTIONS: readonly string[] = ['include-pattern', 'exclude-pattern', 'log-driver-buffer-limit'];
/** The option that names the output. */
const OUTPUT: Readonly<Record<RouterType, string>> = { fluentbit: 'Name', fluentd: '@type' };

/** The log of a container that is routed: into the socket, without waiting for the router. */
export function routedLog({ name, logConfiguration }: ContainerDefinition, identity: ContainerIdentity): ContainerLog {
  const limit = logConfiguration?.options?.['log-driver-buffer-limit'];
  return {
    driver: 'fluentd',
    options: {
      tag: `${name}-firelens-${identity.task}`,
      'fluentd-async': 'true',
      'fluentd-sub-second-precision': 'true',
      ...(limit !== undefined && { 'fluentd-buffer-limit': limit }),
    },
    socket: { volume: socketVolume(identity), file: SOCKET },
  };
}

/** The folder of the socket. In memory: it is empty whenever the router starts, and any user may make a socket there. */
export function socketMount(identity: ContainerIdentity): VolumeMount {
  return {
    ...{ kind: 'volume', name: socketVolume(identity), driver: 'local', labels: volumeLabels(identity) },
    driverOptions: { type: 'tmpfs', device: 'tmpfs', o: 'mode=1777' },
    ...{ containerPath: SOCKET_FOLDER, readOnly: false, noCopy: true, mustExist: false },
  };
}

/** ECS agent: where a container reaches the router over TCP. Its author's own variables are never overridden. */
export function routerVariables(
  definition: ContainerDefinition,
  task: TaskDefinition,
  identity: ContainerIdentity,
): NonNullable<ContainerDefinition['environment']> {
  const mode = networkModeOf(task);
  if (!isRouted(definition) || (mode !== 'bridge' && mode !== 'awsvpc')) return [];
  const host = mode === 'awsvpc' ? '127.0.0.1' : routerAlias(identity);
  const own = new Set((definition.environment ?? []).map(({ name }) => name));
  return [
    { name: 'FLUENT_HOST', value: host },
    { name: 'FLUENT_PORT', value: PORT },
  ].filter(({ name }) => !own.has(name));
}

/** The name of the router on its networks; a name of DNS has at most 63 characters, which that of a container may exceed. */
export function routerAlias({ task }: ContainerIdentity): string {
  return `firelens-${task.slice(0, 12)}`;
}

/** The file that the router reads, where its image expects it. */
export function routerConfig(router: ContainerDefinition, task: TaskDefinition, identity: ContainerIdentity): FileInContainer {
  const type = router.firelensConfiguration?.type ?? 'fluentbit';
  const scene: Scene = {
    bind: { bridge: '0.0.0.0', awsvpc: '127.0.0.1', host: null, none: null }[networkModeOf(task)],
    record: recordOf(router, identity),
    include: includedIn(router.firelensConfiguration?.options ?? {}),
    routes: task.containerDefinitions.filter(isRouted).map((container) => routeOf(container, type)),
  };
  return {
    containerPath: type === 'fluentd' ? '/fluentd/etc/fluent.conf' : '/fluent-bit/etc/fluent-bit.conf',
    content: type === 'fluentd' ? fluentd(scene) : fluentBit(scene),
    ...{ valueFrom: null, uid: '0', gid: '0', mode: 0o644 },
  };
}

/** Whether a container is the router of its task. */
export function isRouter(definition: ContainerDefinition, task: TaskDefinition): boolean {
  return routerOf(task)?.name === definition.name;
}

/** Short whatever the service is called: the path of a socket has at most 107 characters. */
function socketVolume({ task }: ContainerIdentity): string {
  return `longshore-firelens-${task.slice(0, 24)}`;
}

/** What both configurations say. */
interface Scene {
  /** Address that the router listens on; null: on the socket only. */
  readonly bind: string | null;
  readonly record: Options;
  /** A file of its image that it reads, too. */
  readonly include: string | null;
  readonly routes: readonly Route[];
}

interface Route {
  readonly tag: string;
  readonly include: string | undefined;
  readonly exclude: string | undefined;
  /** Null: the file that is included says where the output goes. */
  readonly output: string | null;
  readonly options: Options;
}

/** ECS agent: a path alone, without its kind, is passed over. */
function includedIn(options: Options): string | null {
  return options['config-file-type'] === 'file' ? (options['config-file-value'] ?? null) : null;
}

function recordOf({ firelensConfiguration }: ContainerDefinition, { cluster, task, revision }: ContainerIdentity): Options {
  if (firelensConfiguration?.options?.['enable-ecs-log-metadata'] === 'false') return {};
  return { ecs_cluster: cluster, ecs_task_arn: taskArn(cluster, task), ecs_task_definition: revision };
}

function routeOf({ name, logConfiguration }: ContainerDefinition, type: RouterType): Route {
  const options = logConfiguration?.options ?? {};
  const own = [...OWN_OPTIONS, OUTPUT[type]];
  const secret = (option: string): string => {
    const variable = optionVariable(option, name);
    return type === 'fluentd' ? `"#{ENV['${variable}']}"` : `\${${variable}}`;
  };
  return {
    tag: `${name}-firelens${type === 'fluentd' ? '**' : '*'}`,
    include: options['include-pattern'],
    exclude: options['exclude-pattern'],
    output: options[OUTPUT[type]] ?? null,
    options: Object.fromEntries([
      ...Object.entries(options).filter(([option]) => !own.includes(option)),
      ...(logConfiguration?.secretOptions ?? []).map((option) => [option.name, secret(option.name)] as const),
    ]),
  };
}

function fluentBit({ bind, record, include, routes }: Scene): string {
  const section = (kind: string, lines: readonly string[]): string => [`[${kind}]`, ...lines.map((line) => `    ${line}`), ''].join('\n');
  const pairs = (options: Options): string[] => Object.entries(options).map(([key, value]) => `${key} ${value}`);
  const grep = (tag: string, rule: string, pattern: string | undefined): string[] =>
    pattern === undefined ? [] : [section('FILTER', ['Name grep', `Match ${tag}`, `${rule} log ${pattern}`])];
  const health = 'firelens-healthcheck';
  return [
    section('INPUT', ['Name forward', `unix_path ${SOCKET_FOLDER}/${SOCKET}`]),
    ...(bind === null
      ? []
      : [
          section('INPUT', ['Name forward', `Listen ${bind}`, `Port ${PORT}`]),
          section('INPUT', ['Name tcp', `Tag ${health}`, 'Listen 127.0.0.1', `Port ${HEALTH_PORT}`]),
        ]),
    ...routes.flatMap(({ tag, include: pattern }) => grep(tag, 'Regex', pattern)),
    ...routes.flatMap(({ tag, exclude }) => grep(tag, 'Exclude', exclude)),
    ...(Object.keys(record).length === 0
      ? []
      : [section('FILTER', ['Name record_modifier', 'Match *', ...pairs(record).map((pair) => `Record ${pair}`)])]),
    ...(include === null ? [] : [`@INCLUDE ${include}\n`]),
    ...(bind === null ? [] : [section('OUTPUT', ['Name null', `Match ${health}`])]),
    ...routes.flatMap(({ tag, output, options }) =>
      output === null ? [] : [section('OUTPUT', [`Name ${output}`, `Match ${tag}`, ...pairs(options)])],
    ),
  ].join('\n');
}

function fluentd({ bind, record, include, routes }: Scene): string {
  const block = (head: string, lines: readonly string[]): string[] => {
    const [kind] = head.split(' ');
    return [`<${head}>`, ...lines.map((line) => `    ${line}`), `</${kind}>`];
  };
  const whole = (head: string, lines: readonly string[]): string => [...block(head, lines), ''].join('\n');
  const pairs = (options: Options): string[] => Object.entries(options).map(([key, value]) => `${key} ${value}`);
  const grep = (tag: string, rule: string, pattern: string | undefined): string[] =>
    pattern === undefined ? [] : [whole(`filter ${tag}`, ['@type grep', ...block(rule, ['key log', `pattern ${pattern}`])])];
  return [
    whole('source', ['@type unix', `path ${SOCKET_FOLDER}/${SOCKET}`]),
    ...(bind === null ? [] : [whole('source', ['@type forward', `bind ${bind}`, `port ${PORT}`])]),
    ...routes.flatMap(({ tag, include: pattern }) => grep(tag, 'regexp', pattern)),
    ...routes.flatMap(({ tag, exclude }) => grep(tag, 'exclude', exclude)),
    ...(Object.keys(record).length === 0 ? [] : [whole('filter **', ['@type record_transformer', ...block('record', pairs(record))])]),
    ...(include === null ? [] : [`@include ${include}\n`]),
    ...routes.flatMap(({ tag, output, options }) =>
      output === null ? [] : [whole(`match ${tag}`, [`@type ${output}`, ...pairs(options)])],
    ),
  ].join('\n');
}
