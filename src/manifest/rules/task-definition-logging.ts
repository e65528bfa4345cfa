// What ECS asks of log drivers and of the log router of a task (RegisterTaskDefinition, spec 1.8, 1.11).
import { onKey, onValue } from '../finding.ts';
import type { ContainerDefinition } from '../../model/container-definition.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { TaskDefinition } from '../../model/task-definition.ts';

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
  return [...options, ...routers(definition.containerDefinitions)];
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
