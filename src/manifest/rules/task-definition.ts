// What ECS asks of a task definition beyond the shape of its fields (RegisterTaskDefinition, spec 1.11): here its containers, one by one;
// what they say of each other, of ports, volumes, networks and logs stands in the files beside this one. Nothing is filled in.
import { isEssential } from '../../model/task/container-definition.ts';
import { isBareCommand } from '../../model/task/health-check.ts';
import { onKey, onValue } from '../finding.ts';
import { constraintFindings } from './placement.ts';
import { dependencyFindings } from './task-definition-dependencies.ts';
import { fargateFindings } from './task-definition-fargate.ts';
import { loggingFindings } from './task-definition-logging.ts';
import { modeFindings } from './task-definition-network.ts';
import { pathFindings } from './task-definition-paths.ts';
import { portFindings } from './task-definition-ports.ts';
import { repeated } from './repeated.ts';
import { secretFindings } from './task-definition-secrets.ts';
import { tagFindings } from './tags.ts';
import { volumeFindings } from './task-definition-volumes.ts';
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

/** Labels of this prefix say which task a container is: see model/turn/identity.ts. */
/** Longshore's own, and those that ECS's agent sets, which Longshore sets as well. */
const OWN_LABELS = ['dev.longshore.', 'com.amazonaws.ecs.'];

/** What is wrong with a task definition whose fields are each in order. */
export function taskDefinitionFindings(definition: TaskDefinition): Finding[] {
  const findings = [
    ...sharedNames(definition),
    ...dependencyFindings(definition),
    ...portFindings(definition),
    ...volumeFindings(definition),
    ...pathFindings(definition),
    ...modeFindings(definition),
    ...loggingFindings(definition),
    ...fargateFindings(definition),
    ...secretFindings(definition),
    ...constraintFindings(definition.placementConstraints ?? [], ['placementConstraints']),
    ...tagFindings(definition.tags, ['tags']),
  ];
  for (const [index, container] of definition.containerDefinitions.entries()) {
    const path: Path = ['containerDefinitions', index];
    findings.push(
      ...memory(container, path, definition),
      ...entryPoint(container, path),
      ...healthCommand(container, path),
      ...environmentNames(container, path),
      ...labels(container, path),
      ...limits(container, path),
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
  if (hard === undefined && soft === undefined && task === null && container['x-longshore']?.unlimitedMemory !== true) {
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

function entryPoint({ name, entryPoint: words, 'x-longshore': more }: ContainerDefinition, path: Path): Finding[] {
  if (more?.noEntryPoint !== true || words === undefined || words.length === 0) return [];
  const message = `container "${name}" has an entryPoint and is to have none`;
  return [onKey('fields-exclude-each-other', [...path, 'x-longshore', 'noEntryPoint'], message, 'keep one of the two')];
}

/** ECS: CMD and a program with its arguments, or CMD-SHELL and one shell line. It takes a program alone, too. */
function healthCommand(container: ContainerDefinition, path: Path): Finding[] {
  const command = container.healthCheck?.command;
  if (command === undefined) return [];
  const [form = '', ...rest] = command;
  const place = [...path, 'healthCheck', 'command'];
  const named = `the health check of container "${container.name}"`;
  const hint = 'write [CMD, program, argument, ...] or [CMD-SHELL, "one shell line"]';
  if (isBareCommand(command)) {
    return [
      onValue('health-command-without-form', [...place, 0], `${named} begins with neither CMD nor CMD-SHELL and is read as CMD`, hint),
    ];
  }
  // Docker hands all of them to `sh -c`, for which those behind the first are no part of the command line.
  if (form === 'CMD-SHELL' && rest.length > 1)
    return [
      onValue('health-command-words', place, `${named} is CMD-SHELL with ${rest.length} texts, and the shell runs the first alone`, hint),
    ];
  const isForm = form === 'CMD' || form === 'CMD-SHELL';
  if (isForm && rest.length > 0) return [];
  const what = isForm ? `${form} without a program` : `"${form}"`;
  return [onValue('bad-health-command', place, `${named} is ${what}`, hint)];
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
  return Object.keys(container.dockerLabels ?? {}).flatMap((key) => {
    const prefix = OWN_LABELS.find((own) => key.startsWith(own));
    if (prefix === undefined) return [];
    const message = `container "${container.name}" sets the label ${key}; labels under ${prefix}* say whose a container is`;
    return [onKey('reserved-label', [...path, 'dockerLabels', key], message, 'choose another label')];
  });
}

/** A process cannot start with more than it may have; -1 is no limit. */
function limits(container: ContainerDefinition, path: Path): Finding[] {
  return (container.ulimits ?? []).flatMap(({ name, softLimit, hardLimit }, place) => {
    if (hardLimit === -1 || (softLimit !== -1 && softLimit <= hardLimit)) return [];
    const message = `container "${container.name}" has a softLimit of ${name} (${softLimit}) above its hardLimit (${hardLimit})`;
    return [onValue('soft-limit-above-hard', [...path, 'ulimits', place, 'softLimit'], message, 'lower softLimit, or raise hardLimit')];
  });
}
