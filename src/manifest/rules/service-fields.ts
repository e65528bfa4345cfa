// What ECS asks of the fields of a service among each other (CreateService, spec 3.1, 3.8, 3.10, 3.13, 4.8), and of some together with the
// task definition. Load balancers and percentages are service.ts's.
import { capacityStrategyFindings, constraintFindings, strategyFindings } from './placement.ts';
import { onKey, onValue } from '../finding.ts';
import { serviceNetworkFindings } from './service-network.ts';
import { tagFindings } from './tags.ts';
import type { Finding } from '../finding.ts';
import type { LifecycleHook } from '../../model/service/service-deployment.ts';
import type { Path } from '../text/tree.ts';
import type { Service } from '../../model/service/service.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

/** What is wrong with a service by itself. */
export function serviceRuleFindings(service: Service): Finding[] {
  return [
    ...scheduling(service),
    ...controller(service),
    ...capacity(service),
    ...strategy(service),
    ...hooks(service),
    ...constraintFindings(service.placementConstraints ?? [], ['placementConstraints']),
    ...strategyFindings(service.placementStrategy ?? [], ['placementStrategy']),
    ...tagFindings(service.tags, ['tags']),
  ];
}

/** ECS: a number of tasks is needed for REPLICA and refused for DAEMON, which takes no strategy, no Fargate and no other controller. */
function scheduling(service: Service): Finding[] {
  const { schedulingStrategy, desiredCount, placementStrategy, deploymentConfiguration, launchType, deploymentController } = service;
  const controlledBy = deploymentController?.type ?? 'ECS';
  if (schedulingStrategy !== 'DAEMON') {
    if (desiredCount !== undefined) return [];
    return [onValue('missing-field', ['desiredCount'], 'the service has no desiredCount', 'add desiredCount, the number of tasks')];
  }
  const told = (path: Path, what: string): Finding =>
    onKey('daemon-field', path, `a service with one task on each instance (DAEMON) takes no ${what}`, 'remove it');
  return [
    ...(desiredCount === undefined ? [] : [told(['desiredCount'], 'desiredCount')]),
    ...((placementStrategy?.length ?? 0) === 0 ? [] : [told(['placementStrategy'], 'placementStrategy')]),
    ...((deploymentConfiguration?.maximumPercent ?? 0) > 100
      ? [told(['deploymentConfiguration', 'maximumPercent'], 'maximumPercent above 100')]
      : []),
    ...(launchType === 'FARGATE' ? [told(['launchType'], 'launchType FARGATE')] : []),
    ...(controlledBy === 'ECS' ? [] : [told(['deploymentController'], `deploymentController ${controlledBy}`)]),
  ];
}

/** ECS: with the controller EXTERNAL each task set names its definition; everybody else names one in the service. */
function controller({ deploymentController, taskDefinition }: Service): Finding[] {
  if (deploymentController?.type === 'EXTERNAL') {
    if (taskDefinition === undefined) return [];
    const message = 'a service with deploymentController EXTERNAL names no taskDefinition: its task sets do';
    return [onKey('external-field', ['taskDefinition'], message, 'remove taskDefinition')];
  }
  if (taskDefinition !== undefined) return [];
  return [onValue('missing-field', ['taskDefinition'], 'the service has no taskDefinition', 'add taskDefinition, the family that it runs')];
}

function capacity({ launchType, capacityProviderStrategy }: Service): Finding[] {
  const strategyItems = capacityProviderStrategy ?? [];
  const message = 'the service has both a launchType and a capacityProviderStrategy';
  const both =
    launchType !== undefined && strategyItems.length > 0
      ? [onKey('launch-or-providers', ['launchType'], message, 'keep one of the two')]
      : [];
  return [...both, ...capacityStrategyFindings(strategyItems, ['capacityProviderStrategy'])];
}

function strategy({ deploymentConfiguration }: Service): Finding[] {
  const { strategy: chosen = 'ROLLING', linearConfiguration, canaryConfiguration, earlySuccessCriteria } = deploymentConfiguration ?? {};
  const { minimumHealthyPercent = 100, bakeTimeInMinutes } = deploymentConfiguration ?? {};
  const belongs = [
    ['linearConfiguration', linearConfiguration, 'LINEAR'],
    ['canaryConfiguration', canaryConfiguration, 'CANARY'],
    ['earlySuccessCriteria', earlySuccessCriteria, 'ROLLING'],
  ] as const;
  const findings: Finding[] = [];
  if (chosen === 'BLUE_GREEN' && bakeTimeInMinutes === undefined) {
    const hint = 'add bakeTimeInMinutes, the minutes for which both revisions are kept after the shift; 0 to 1440';
    const message = 'deploymentConfiguration with strategy BLUE_GREEN has no bakeTimeInMinutes';
    findings.push(onValue('missing-field', ['deploymentConfiguration', 'bakeTimeInMinutes'], message, hint));
  }
  const enough = earlySuccessCriteria?.healthyPercent;
  if (chosen === 'ROLLING' && enough !== undefined && enough < minimumHealthyPercent) {
    const message = `healthyPercent ${enough} is below minimumHealthyPercent ${minimumHealthyPercent}`;
    const path: Path = ['deploymentConfiguration', 'earlySuccessCriteria', 'healthyPercent'];
    findings.push(onValue('success-below-minimum', path, message, 'raise it, or lower minimumHealthyPercent'));
  }
  const strangers = belongs.flatMap(([key, value, owner]) => {
    if (value === undefined || chosen === owner) return [];
    const message = `${key} belongs to the strategy ${owner}, and the strategy is ${chosen}`;
    return [onKey('strategy-configuration', ['deploymentConfiguration', key], message, `write strategy: ${owner}, or remove it`)];
  });
  return [...findings, ...strangers];
}

/** ECS: PAUSE waits for a person, and not while traffic is being shifted. */
function hooks({ deploymentConfiguration }: Service): Finding[] {
  return (deploymentConfiguration?.lifecycleHooks ?? []).flatMap((hook, index) => {
    const path: Path = ['deploymentConfiguration', 'lifecycleHooks', index];
    const pauses = hook.targetType === 'PAUSE';
    const findings: Finding[] = [];
    if (pauses === (hook.hookTargetArn !== undefined)) {
      const message = pauses ? 'a hook that waits for a person (PAUSE) calls nothing' : 'the hook has no hookTargetArn';
      const hint = pauses ? 'remove hookTargetArn' : 'add hookTargetArn, or write targetType: PAUSE';
      findings.push(onValue('hook-target', [...path, 'hookTargetArn'], message, hint));
    }
    return [...findings, ...(pauses ? shiftStages(hook, path) : [])];
  });
}

function shiftStages({ lifecycleStages }: LifecycleHook, path: Path): Finding[] {
  return lifecycleStages.flatMap((stage, index) => {
    if (stage !== 'TEST_TRAFFIC_SHIFT' && stage !== 'PRODUCTION_TRAFFIC_SHIFT') return [];
    const message = `a hook cannot wait for a person at ${stage}`;
    return [onValue('hook-stage', [...path, 'lifecycleStages', index], message, `write PRE_ or POST_ before it`)];
  });
}

/** What is wrong with a service beside its task definition. */
export function withDefinitionFindings(service: Service, definition: TaskDefinition): Finding[] {
  return [...serviceNetworkFindings(service, definition), ...constraints(service, definition), ...launchVolumes(service, definition)];
}

/** ECS counts the constraints of the service and of its definition together. */
const CONSTRAINTS_MAX = 10;

function constraints({ placementConstraints = [] }: Service, { family, placementConstraints: further = [] }: TaskDefinition): Finding[] {
  const all = placementConstraints.length + further.length;
  if (all <= CONSTRAINTS_MAX) return [];
  const message = `the service and its task definition "${family}" have ${all} placement constraints together; ECS allows ${CONSTRAINTS_MAX}`;
  return [onKey('too-many-constraints', ['placementConstraints'], message, 'join expressions with "and", or remove some')];
}

function launchVolumes({ volumeConfigurations }: Service, { family, volumes }: TaskDefinition): Finding[] {
  const known = (volumes ?? []).filter(({ configuredAtLaunch }) => configuredAtLaunch === true).map(({ name }) => name);
  return (volumeConfigurations ?? []).flatMap(({ name }, index) => {
    if (known.includes(name)) return [];
    const message = `the task definition "${family}" has no volume "${name}" that is configured at launch`;
    const hint = 'add it to volumes of the definition with configuredAtLaunch: true';
    return [onValue('unknown-launch-volume', ['volumeConfigurations', index, 'name'], message, hint)];
  });
}
