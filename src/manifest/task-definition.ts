// What ECS asks of a task definition beyond the shape of its fields (RegisterTaskDefinition, spec 1.11), as far as the fields are modelled.
// Nothing is filled in here: an absent field stays absent.
import { isEssential } from '../model/container-definition.ts';
import { onKey, onValue } from './finding.ts';
import type { ContainerDefinition } from '../model/container-definition.ts';
import type { Finding } from './finding.ts';
import type { Path } from './tree.ts';
import type { TaskDefinition } from '../model/task-definition.ts';

/** Labels of this prefix say which task a container is: see model/identity.ts. */
const OWN_LABELS = 'dev.longshore.';

/** What is wrong with a task definition whose fields are each in order. */
export function taskDefinitionFindings(definition: TaskDefinition): Finding[] {
  const findings = [...sharedNames(definition), ...hostPorts(definition), ...portNames(definition)];
  for (const [index, container] of definition.containerDefinitions.entries()) {
    const path: Path = ['containerDefinitions', index];
    findings.push(
      ...memory(container, path, definition),
      ...containerPorts(container, path),
      ...healthCommand(container, path),
      ...environmentNames(container, path),
      ...labels(container, path),
    );
  }
  if (!definition.containerDefinitions.some(isEssential)) {
    const message = 'no container is essential; a task without one would never end';
    findings.push(onKey('no-essential-container', ['containerDefinitions'], message, 'remove "essential: false" from the main container'));
  }
  return findings;
}

function sharedNames(definition: TaskDefinition): Finding[] {
  return repeated(definition.containerDefinitions, (container) => container.name).map(({ index, first, key }) =>
    onValue(
      'duplicate-container',
      ['containerDefinitions', index, 'name'],
      `containerDefinitions[${index}] is called "${key}" like containerDefinitions[${first}]`,
      'give each container of a task definition its own name',
    ),
  );
}

function memory(container: ContainerDefinition, path: Path, definition: TaskDefinition): Finding[] {
  const { name, memory: hard, memoryReservation: soft } = container;
  const task = definition.memory === undefined ? null : Number(definition.memory);
  if (hard === undefined && soft === undefined && task === null) {
    const message = `container "${name}" has neither memory nor memoryReservation, and the task has no memory`;
    return [onValue('no-memory', [...path, 'memory'], message, 'add memory (a hard limit in MiB) or memoryReservation (a soft one)')];
  }
  const findings: Finding[] = [];
  if (hard !== undefined && soft !== undefined && hard < soft) {
    const message = `container "${name}" has less memory (${hard} MiB) than memoryReservation (${soft} MiB)`;
    findings.push(onValue('memory-below-reservation', [...path, 'memory'], message, `raise memory to ${soft}, or lower memoryReservation`));
  }
  if (hard !== undefined && task !== null && hard > task) {
    const message = `container "${name}" has more memory (${hard} MiB) than its task (${task} MiB)`;
    findings.push(onValue('memory-over-task', [...path, 'memory'], message, `lower it to ${task}, or raise memory of the task`));
  }
  return findings;
}

function containerPorts(container: ContainerDefinition, path: Path): Finding[] {
  const ports = container.portMappings ?? [];
  return repeated(ports, (port) => `${port.containerPort}/${port.protocol ?? 'tcp'}`).map(({ index, first, key }) =>
    onValue(
      'duplicate-container-port',
      [...path, 'portMappings', index, 'containerPort'],
      `container "${container.name}" maps port ${key} twice, in portMappings[${first}] and portMappings[${index}]`,
      'map a container port once',
    ),
  );
}

interface Mapped {
  readonly path: Path;
  readonly container: string;
  readonly hostPort: number;
  readonly protocol: string;
  readonly name: string | undefined;
}

function mappingsOf(definition: TaskDefinition): Mapped[] {
  return definition.containerDefinitions.flatMap((container, index) =>
    (container.portMappings ?? []).map((port, place) => ({
      path: ['containerDefinitions', index, 'portMappings', place],
      container: container.name,
      hostPort: port.hostPort ?? 0,
      protocol: port.protocol ?? 'tcp',
      name: port.name,
    })),
  );
}

/** Host port 0 is chosen at each start, so any number of mappings may have it. */
function hostPorts(definition: TaskDefinition): Finding[] {
  const fixed = mappingsOf(definition).filter((port) => port.hostPort !== 0);
  return repeated(fixed, (port) => `${port.hostPort}/${port.protocol}`).map(({ item, key }) =>
    onValue(
      'duplicate-host-port',
      [...item.path, 'hostPort'],
      `container "${item.container}" asks for host port ${key}, which another mapping of this task has`,
      'remove hostPort to have a free one chosen at each start',
    ),
  );
}

function portNames(definition: TaskDefinition): Finding[] {
  const named = mappingsOf(definition).filter((port) => port.name !== undefined);
  return repeated(named, (port) => port.name ?? '').map(({ item, key }) =>
    onValue(
      'duplicate-port-name',
      [...item.path, 'name'],
      `the port name "${key}" stands twice in this task`,
      'give each port its own name',
    ),
  );
}

/** ECS: CMD and a program with its arguments, or CMD-SHELL and one shell line. */
function healthCommand(container: ContainerDefinition, path: Path): Finding[] {
  const command = container.healthCheck?.command;
  if (command === undefined) return [];
  const [form, ...rest] = command;
  const place = [...path, 'healthCheck', 'command'];
  const hint = 'write [CMD, program, argument, ...] or [CMD-SHELL, "one shell line"]';
  if (form !== 'CMD' && form !== 'CMD-SHELL') {
    const message = `the health check of container "${container.name}" begins with neither CMD nor CMD-SHELL`;
    return [onValue('bad-health-command', [...place, 0], message, hint)];
  }
  if (form === 'CMD' ? rest.length > 0 : rest.length === 1) return [];
  const missing = form === 'CMD' ? 'CMD without a program' : `CMD-SHELL with ${rest.length} texts instead of one`;
  return [onValue('bad-health-command', place, `the health check of container "${container.name}" is ${missing}`, hint)];
}

function environmentNames(container: ContainerDefinition, path: Path): Finding[] {
  return repeated(container.environment ?? [], (variable) => variable.name).map(({ index, key }) =>
    onValue(
      'duplicate-environment-name',
      [...path, 'environment', index, 'name'],
      `container "${container.name}" has the variable ${key} twice; the last one counts`,
      'keep one of them',
    ),
  );
}

function labels(container: ContainerDefinition, path: Path): Finding[] {
  const own = Object.keys(container.dockerLabels ?? {}).filter((key) => key.startsWith(OWN_LABELS));
  return own.map((key) => {
    const message = `container "${container.name}" sets the label ${key}; labels under ${OWN_LABELS}* say whose a container is`;
    return onKey('reserved-label', [...path, 'dockerLabels', key], message, 'choose another label');
  });
}

/** The items whose key an earlier item has, with the position of the first. */
function repeated<T>(items: readonly T[], keyOf: (item: T) => string): { item: T; index: number; first: number; key: string }[] {
  const seen = new Map<string, number>();
  return items.flatMap((item, index) => {
    const key = keyOf(item);
    const first = seen.get(key);
    if (first !== undefined) return [{ item, index, first, key }];
    seen.set(key, index);
    return [];
  });
}
