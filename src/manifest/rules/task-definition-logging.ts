// What ECS asks of log drivers and of the log router of a task (RegisterTaskDefinition, spec 1.8, 1.11).
import { isRouted, routerOf } from '../../model/task/firelens.ts';
import { onKey, onValue } from '../finding.ts';
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

/** Options without which ECS takes no such driver; `secretOptions` count, too. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  awslogs: ['awslogs-group'],
  splunk: ['splunk-url', 'splunk-token'],
};
/** On Fargate the stream cannot be named after the container's id. */
const REQUIRED_ON_FARGATE: Readonly<Record<string, readonly string[]>> = { awslogs: ['awslogs-stream-prefix'] };

/** What is wrong with where the containers of a task log to. */
export function loggingFindings(definition: TaskDefinition): Finding[] {
  const fargate = definition.requiresCompatibilities?.includes('FARGATE') ?? false;
  const options = definition.containerDefinitions.flatMap((container, index) =>
    missingOptions(container, ['containerDefinitions', index, 'logConfiguration'], fargate),
  );
  const files = definition.containerDefinitions.flatMap((container, index) =>
    routerFile(container, ['containerDefinitions', index, 'firelensConfiguration', 'options']),
  );
  const unwritable = definition.containerDefinitions.flatMap((container, index) =>
    readOnlyRouter(container, ['containerDefinitions', index]),
  );
  return [...options, ...routers(definition.containerDefinitions), ...outputs(definition), ...files, ...unwritable];
}

function missingOptions({ name, logConfiguration }: ContainerDefinition, path: Path, fargate: boolean): Finding[] {
  if (logConfiguration === undefined) return [];
  const { logDriver, options, secretOptions } = logConfiguration;
  const given = new Set([...Object.keys(options ?? {}), ...(secretOptions ?? []).map((secret) => secret.name)]);
  const required = [...(REQUIRED[logDriver] ?? []), ...(fargate ? (REQUIRED_ON_FARGATE[logDriver] ?? []) : [])];
  return required
    .filter((option) => !given.has(option))
    .map((option) => {
      const message = `container "${name}" logs with ${logDriver}, which requires the option ${option}${option.endsWith('prefix') ? ' on Fargate' : ''}`;
      return onKey('log-option-missing', [...path, 'options'], message, `add ${option} to the options of logConfiguration`);
    });
}

/** The option with which a container says where the router sends its output; its other options are those of that place. */
const OUTPUT = { fluentbit: 'Name', fluentd: '@type' } as const;
/** Options that say something else. */
const OF_NO_OUTPUT: ReadonlySet<string> = new Set(['include-pattern', 'exclude-pattern', 'log-driver-buffer-limit']);

/** ECS agent: without any option the file of the router says where the output goes. */
function outputs(definition: TaskDefinition): Finding[] {
  const type = routerOf(definition)?.firelensConfiguration?.type;
  if (type === undefined) return [];
  return definition.containerDefinitions.flatMap((container, index) => {
    const { options = {}, secretOptions = [] } = container.logConfiguration ?? {};
    const more = [...Object.keys(options), ...secretOptions.map(({ name }) => name)].filter((name) => !OF_NO_OUTPUT.has(name));
    const [first] = more;
    if (!isRouted(container) || first === undefined || more.includes(OUTPUT[type])) return [];
    const message = `container "${container.name}" gives the log router the option ${first}, and not the ${OUTPUT[type]} of the output that it is for`;
    const path = ['containerDefinitions', index, 'logConfiguration', 'options'];
    return [onKey('log-option-missing', path, message, `add ${OUTPUT[type]} to the options of logConfiguration`)];
  });
}

function routerFile({ name, firelensConfiguration }: ContainerDefinition, path: Path): Finding[] {
  const { 'config-file-type': type, 'config-file-value': value } = firelensConfiguration?.options ?? {};
  if (type === undefined) return [];
  const place = [...path, 'config-file-type'];
  if (type !== 's3' && type !== 'file') {
    const message = `the configuration of log router "${name}" is of type "${type}"`;
    return [onValue('log-router-file', place, message, 'write file, for a path in its container')];
  }
  if (value === undefined) {
    const message = `log router "${name}" has a config-file-type and no config-file-value`;
    return [onValue('log-router-file', place, message, 'add config-file-value, the path of the file in the container')];
  }
  if (type === 'file') return [];
  const message = `the configuration of log router "${name}" is not deployed yet: nothing is fetched from S3`;
  const hint = 'put the file into its image or a volume, and write config-file-type: file with its path';
  return [onValue('not-deployed-yet', place, message, hint)];
}

/** An engine puts no file into a file system that can only be read. */
function readOnlyRouter({ name, firelensConfiguration, readonlyRootFilesystem }: ContainerDefinition, path: Path): Finding[] {
  if (firelensConfiguration === undefined || readonlyRootFilesystem !== true) return [];
  const message = `readonlyRootFilesystem of log router "${name}" is not deployed yet: its configuration is put into its file system`;
  return [onKey('not-deployed-yet', [...path, 'readonlyRootFilesystem'], message, 'remove it')];
}

/** FireLens: one container routes, the others log with awsfirelens; neither stands alone. */
function routers(containers: readonly ContainerDefinition[]): Finding[] {
  const places = [...containers.entries()];
  const routing = places.filter(([, container]) => container.firelensConfiguration !== undefined);
  const routed = places.filter(([, container]) => container.logConfiguration?.logDriver === 'awsfirelens');
  const [router, second] = routing;
  const [first] = routed;
  if (router === undefined) {
    if (first === undefined) return [];
    const message = `container "${first[1].name}" logs with awsfirelens, and no container of the task has a firelensConfiguration`;
    const path = ['containerDefinitions', first[0], 'logConfiguration', 'logDriver'];
    return [onValue('log-router-missing', path, message, 'add a container with a firelensConfiguration')];
  }
  const path = ['containerDefinitions', (second ?? router)[0], 'firelensConfiguration'];
  if (second !== undefined) {
    const message = `container "${second[1].name}" is a log router like "${router[1].name}"; a task has one at most`;
    return [onKey('two-log-routers', path, message, 'keep one of the two')];
  }
  if (first !== undefined) return [];
  const message = `container "${router[1].name}" is a log router, and no container of the task logs with awsfirelens`;
  return [onKey('log-router-unused', path, message, 'set logDriver: awsfirelens in another container, or remove firelensConfiguration')];
}
