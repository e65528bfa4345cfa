// What a story declares, as words: `web image=web:1 count=2 listen=80 after=db:HEALTHY + db image=db:1 check ; worker`. A semicolon begins the
// next application, a plus a further container of the same task. Whatever is not said is what test/build.ts fills in.
import { type AppOptions, type Declared, app, container } from '../build.ts';
import type { ContainerDefinition, ContainerDependency } from '../../src/model/task/container-definition.ts';
import type { DesiredSecurityGroup } from '../../src/model/turn/desired.ts';

/** Numbers of an application, under the names of AppOptions. */
const NUMBERS = ['count', 'min', 'max', 'listen', 'delay', 'healthyAfter', 'memory', 'hostPort', 'gracePeriod'] as const;
/**
 * Of any container. after=NAME:CONDITION[,...] is dependsOn, restart=SECONDS[:CODE,...] a restartPolicy with its ignoredExitCodes,
 * secret=VARIABLE:VALUE_FROM one of its secrets.
 */
const OF_CONTAINERS = ['image', 'after', 'essential', 'startTimeout', 'stopTimeout', 'restart', 'secret', 'check'] as const;
const OF_APPS: readonly string[] = [...NUMBERS, ...OF_CONTAINERS, 'breaker', 'groups', 'portRange'];
const OF_SIDECARS: readonly string[] = [...OF_CONTAINERS, 'memory'];

type Options = ReadonlyMap<string, string>;

/** The applications that these words declare; none for `nothing`. */
export function appsOf(words: readonly string[]): readonly Declared[] {
  return parts(words.join(' '), ';')
    .filter((part) => part !== 'nothing' && !part.startsWith(GROUP))
    .map((part) => {
      const [first = '', ...others] = parts(part, '+');
      const [name = '', ...rest] = first.split(/\s+/);
      const sidecars = others.map(sidecarOf);
      return app(name, { ...appOptions(optionsOf(rest, OF_APPS)), ...(sidecars.length > 0 ? { sidecars } : {}) });
    });
}

const GROUP = 'group ';

/** The security groups that these words declare. */
export function groupsOf(words: readonly string[]): readonly DesiredSecurityGroup[] {
  return parts(words.join(' '), ';')
    .filter((part) => part.startsWith(GROUP))
    .map((part) => {
      const [name = '', admits = ''] = part.slice(GROUP.length).split(/\s+/);
      return { name, admits: parts(admits, ',').toSorted() };
    });
}

/** `key=value` and bare keys; a key that is not `known` and no variable (in capitals) is refused: a slip must not be without effect. */
export function optionsOf(words: readonly string[], known: readonly string[]): Options {
  return new Map(
    words.map((word) => {
      const [key = '', ...value] = word.split('=');
      if (!known.includes(key) && !isVariable(key)) throw new Error(`unknown option ${key}; there are ${known.join(', ')}`);
      return [key, value.join('=')] as const;
    }),
  );
}

function parts(text: string, separator: string): readonly string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function appOptions(options: Options): AppOptions {
  const breaker = options.get('breaker');
  return {
    ...Object.assign({}, ...NUMBERS.filter((key) => options.has(key)).map((key) => ({ [key]: Number(options.get(key)) }))),
    ...(options.has('portRange') ? { portRange: options.get('portRange') ?? '' } : {}),
    ...(options.has('image') ? { image: options.get('image') ?? '' } : {}),
    ...(breaker === undefined ? {} : { breaker: { enable: true, rollback: breaker !== 'no-rollback' } }),
    ...(options.has('groups') ? { networkMode: 'awsvpc', securityGroups: parts(options.get('groups') ?? '', ',') } : {}),
    container: containerFields(options),
  };
}

function sidecarOf(part: string): ContainerDefinition {
  const [name = '', ...rest] = part.split(/\s+/);
  const options = optionsOf(rest, OF_SIDECARS);
  const memory = options.get('memory');
  return container(name, options.get('image') ?? `${name}:1`, {
    ...containerFields(options),
    ...(memory === undefined ? {} : { memory: Number(memory) }),
  });
}

function containerFields(options: Options): Partial<ContainerDefinition> {
  const seconds = (key: 'startTimeout' | 'stopTimeout'): object => (options.has(key) ? { [key]: Number(options.get(key)) } : {});
  const environment = [...options].filter(([key]) => isVariable(key)).map(([name, value]) => ({ name, value }));
  const [restart, ignored] = options.get('restart')?.split(':') ?? [];
  const [secret, ...valueFrom] = options.get('secret')?.split(':') ?? [];
  return {
    ...(options.has('after') ? { dependsOn: (options.get('after') ?? '').split(',').map(dependencyOf) } : {}),
    ...(options.has('essential') ? { essential: options.get('essential') !== 'no' } : {}),
    ...seconds('startTimeout'),
    ...seconds('stopTimeout'),
    ...(options.has('check') ? { healthCheck: { command: ['CMD', '/check'], interval: 5, retries: 2 } } : {}),
    ...(restart === undefined
      ? {}
      : {
          restartPolicy: {
            enabled: true,
            restartAttemptPeriod: Number(restart),
            ...(ignored === undefined ? {} : { ignoredExitCodes: ignored.split(',').map(Number) }),
          },
        }),
    ...(secret === undefined ? {} : { secrets: [{ name: secret, valueFrom: valueFrom.join(':') }] }),
    ...(environment.length === 0 ? {} : { environment }),
  };
}

function dependencyOf(text: string): ContainerDependency {
  const [containerName = '', condition = 'START'] = text.split(':');
  if (condition !== 'START' && condition !== 'COMPLETE' && condition !== 'SUCCESS' && condition !== 'HEALTHY')
    throw new Error(`${condition} is no condition of dependsOn`);
  return { containerName, condition };
}

function isVariable(key: string): boolean {
  return /^[A-Z_]+$/.test(key);
}
