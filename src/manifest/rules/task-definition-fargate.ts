// What ECS refuses in a definition that requires FARGATE (RegisterTaskDefinition, spec 1.2, 1.4, 1.11). Longshore runs such a task on the
// engines of its cluster, but a definition that says it goes to Fargate, too, is held to Fargate's rules. Sizes: the table of AWS.
import { onKey, onValue } from '../finding.ts';
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

/** CPU units -> MiB: the values, or first, last and step. */
const SIZES: ReadonlyMap<number, readonly number[] | { readonly first: number; readonly last: number; readonly step: number }> = new Map([
  [256, [512, 1_024, 2_048]],
  [512, { first: 1_024, last: 4_096, step: 1_024 }],
  [1_024, { first: 2_048, last: 8_192, step: 1_024 }],
  [2_048, { first: 4_096, last: 16_384, step: 1_024 }],
  [4_096, { first: 8_192, last: 30_720, step: 1_024 }],
  [8_192, { first: 16_384, last: 61_440, step: 4_096 }],
  [16_384, { first: 32_768, last: 122_880, step: 8_192 }],
]);
/** Where to point at for what is missing. */
const REQUIRES: Path = ['requiresCompatibilities'];
const LOG_DRIVERS: ReadonlySet<string> = new Set(['awslogs', 'splunk', 'awsfirelens']);

/** What Fargate does not take of a definition that requires it; nothing for others. */
export function fargateFindings(definition: TaskDefinition): Finding[] {
  if (definition.requiresCompatibilities?.includes('FARGATE') !== true) return [];
  const containers = definition.containerDefinitions.flatMap((container, index) => ofContainer(container, ['containerDefinitions', index]));
  return [...size(definition), ...role(definition), ...ofTask(definition), ...containers];
}

function size({ cpu, memory, containerDefinitions }: TaskDefinition): Finding[] {
  if (cpu === undefined || memory === undefined) {
    const absent = [...(cpu === undefined ? ['cpu'] : []), ...(memory === undefined ? ['memory'] : [])];
    const message = `a task definition for Fargate has no ${absent.join(' and no ')} at the level of the task`;
    return [onKey('fargate-size', REQUIRES, message, 'add cpu and memory beside family, such as "256" and "512"')];
  }
  const sizes = SIZES.get(Number(cpu));
  if (sizes === undefined) {
    const message = `Fargate has no task with ${cpu} CPU units`;
    return [onValue('fargate-size', ['cpu'], message, `write one of ${[...SIZES.keys()].join(', ')}`)];
  }
  if (!fits(Number(memory), sizes)) {
    return [onValue('fargate-size', ['memory'], `Fargate has no task with ${cpu} CPU units and ${memory} MiB`, `write ${wordsOf(sizes)}`)];
  }
  const sum = containerDefinitions.reduce((total, container) => total + (container.cpu ?? 0), 0);
  if (sum <= Number(cpu)) return [];
  const message = `the containers reserve ${sum} CPU units together, and the task has ${cpu} on Fargate`;
  return [onValue('fargate-cpu-sum', ['cpu'], message, 'lower cpu of the containers, or raise that of the task')];
}

type Sizes = readonly number[] | { readonly first: number; readonly last: number; readonly step: number };

function isList(sizes: Sizes): sizes is readonly number[] {
  return Array.isArray(sizes);
}

function fits(memory: number, sizes: Sizes): boolean {
  if (isList(sizes)) return sizes.includes(memory);
  return memory >= sizes.first && memory <= sizes.last && (memory - sizes.first) % sizes.step === 0;
}

function wordsOf(sizes: Sizes): string {
  return isList(sizes) ? sizes.join(' or ') : `${sizes.first} to ${sizes.last} in steps of ${sizes.step}`;
}

/** On Fargate there is no instance whose rights could be used instead. */
function role({ executionRoleArn, containerDefinitions }: TaskDefinition): Finding[] {
  if ((executionRoleArn ?? '') !== '') return [];
  const logging = containerDefinitions.find(({ logConfiguration }) => logConfiguration?.logDriver === 'awslogs');
  if (logging === undefined) return [];
  const message = `container "${logging.name}" logs with awslogs on Fargate, for which the task definition needs an executionRoleArn`;
  return [onKey('fargate-role', REQUIRES, message, 'add executionRoleArn; Longshore itself does not need it')];
}

function ofTask(definition: TaskDefinition): Finding[] {
  const { networkMode, pidMode, ipcMode, placementConstraints, volumes } = definition;
  const found: Finding[] = [];
  if (networkMode !== 'awsvpc') {
    const has = networkMode === undefined ? 'no networkMode, which means bridge' : networkMode;
    const message = `Fargate has the network mode awsvpc only, and the task definition has ${has}`;
    const hint = 'set networkMode: awsvpc, or remove FARGATE';
    found.push(
      networkMode === undefined
        ? onKey('fargate-network-mode', REQUIRES, message, hint)
        : onValue('fargate-network-mode', ['networkMode'], message, hint),
    );
  }
  if (pidMode === 'host') found.push(refusal(['pidMode'], 'pidMode: host', 'write task'));
  if (ipcMode !== undefined && ipcMode !== 'none') found.push(refusal(['ipcMode'], `ipcMode: ${ipcMode}`));
  if ((placementConstraints ?? []).length > 0) found.push(refusal(['placementConstraints'], 'placementConstraints'));
  for (const [index, volume] of (volumes ?? []).entries()) {
    const path: Path = ['volumes', index];
    const docker = [...path, 'dockerVolumeConfiguration'];
    if (volume.dockerVolumeConfiguration !== undefined) found.push(refusal(docker, 'dockerVolumeConfiguration'));
    if (volume.host?.sourcePath !== undefined) found.push(refusal([...path, 'host', 'sourcePath'], 'sourcePath of a volume'));
  }
  return found;
}

function ofContainer(container: ContainerDefinition, path: Path): Finding[] {
  const { linuxParameters: linux, logConfiguration } = container;
  const named = `of container "${container.name}"`;
  const found: Finding[] = [];
  const refuse = (asked: boolean, field: readonly string[], hint?: string): void => {
    if (asked) found.push(refusal([...path, ...field], `${field.at(-1)} ${named}`, hint));
  };
  refuse(container.privileged === true, ['privileged']);
  refuse((container.dockerSecurityOptions ?? []).length > 0, ['dockerSecurityOptions']);
  refuse((linux?.devices ?? []).length > 0, ['linuxParameters', 'devices']);
  refuse(linux?.sharedMemorySize !== undefined, ['linuxParameters', 'sharedMemorySize']);
  refuse(linux?.maxSwap !== undefined, ['linuxParameters', 'maxSwap']);
  refuse((container.resourceRequirements ?? []).length > 0, ['resourceRequirements']);
  for (const [place, capability] of (linux?.capabilities?.add ?? []).entries()) {
    const where = [...path, 'linuxParameters', 'capabilities', 'add', place];
    if (capability !== 'SYS_PTRACE') found.push(refusal(where, `the capability ${capability} ${named}`, 'SYS_PTRACE alone can be added'));
  }
  if (logConfiguration !== undefined && !LOG_DRIVERS.has(logConfiguration.logDriver)) {
    const where = [...path, 'logConfiguration', 'logDriver'];
    found.push(refusal(where, `the log driver ${logConfiguration.logDriver} ${named}`, `write ${[...LOG_DRIVERS].join(', ')}`));
  }
  return found;
}

function refusal(path: Path, what: string, hint = 'remove it, or FARGATE from requiresCompatibilities'): Finding {
  return onKey('not-on-fargate', path, `Fargate does not take ${what}, and the task definition requires FARGATE`, hint);
}
