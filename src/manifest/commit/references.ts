// What one resource names and another one defines. Data only: whether it is there is resolve.ts's question. A reference to a thing that
// AWS keeps and Longshore has no kind for (a subnet, a certificate) is not listed here.
import { DEFAULT_CLUSTER } from '../../model/cluster/cluster.ts';
import { actionsOfAlarm } from '../rules/alarm.ts';
import { clusterOfTarget } from '../../model/time/ecs-target.ts';
import { serviceOfResource, targetGroupOfLabel } from '../rules/scaling.ts';
import type { EcsParameters } from '../../model/time/ecs-target.ts';
import type { KindName, Specs } from '../kind.ts';
import type { ListenerAction } from '../../model/traffic/listener-rule.ts';
import type { LoadBalancer } from '../../model/traffic/load-balancer.ts';
import type { Path } from '../text/tree.ts';
import type { ProblemCode } from '../codes.ts';

export interface Reference {
  readonly kind: KindName;
  readonly name: string;
  /** Where the name stands in the resource that refers. */
  readonly path: Path;
  /** What a missing one is called. */
  readonly code: ProblemCode;
}

type References = { readonly [K in KindName]: (spec: Specs[K]) => readonly Reference[] };

const NONE = (): readonly Reference[] => [];

const REFERENCES: References = {
  Cluster: NONE,
  TaskDefinition: NONE,
  Service: ({ cluster, taskDefinition, loadBalancers, deploymentConfiguration, 'x-longshore': extension }) => [
    { kind: 'Cluster', name: cluster ?? DEFAULT_CLUSTER, path: ['cluster'], code: 'unknown-cluster' },
    ...(taskDefinition === undefined
      ? []
      : [{ kind: 'TaskDefinition', name: taskDefinition, path: ['taskDefinition'], code: 'unknown-task-definition' } as const]),
    ...(extension?.dependsOn ?? []).map(
      ({ serviceName }, index): Reference => ({
        kind: 'Service',
        name: `${cluster ?? DEFAULT_CLUSTER}/${serviceName}`,
        path: ['x-longshore', 'dependsOn', index, 'serviceName'],
        code: 'unknown-service',
      }),
    ),
    ...(deploymentConfiguration?.alarms?.alarmNames ?? []).map(
      (name, index): Reference => ({
        kind: 'Alarm',
        name,
        path: ['deploymentConfiguration', 'alarms', 'alarmNames', index],
        code: 'unknown-alarm',
      }),
    ),
    ...(loadBalancers ?? []).map((entry, index) => groupNamed(entry.targetGroupArn, ['loadBalancers', index, 'targetGroupArn'])),
  ],
  LoadBalancer: groupsOf,
  TargetGroup: NONE,
  Schedule: ({ target }) => startedBy(target, ['target']),
  Rule: ({ targets }) => (targets ?? []).flatMap((target, index) => startedBy(target, ['targets', index])),
  // targets of no rule start nothing, so what they name need not be there
  RuleTargets: ({ rule, eventBusName, targets }) =>
    rule === undefined
      ? []
      : [
          { kind: 'Rule', name: `${eventBusName ?? 'default'}/${rule}`, path: ['rule'], code: 'unknown-rule' },
          ...targets.flatMap((target, index) => startedBy(target, ['targets', index])),
        ],
  ScalableTarget: ({ resourceId }) => {
    const service = serviceOfResource(resourceId);
    return service === null ? [] : [{ kind: 'Service', name: service, path: ['resourceId'], code: 'unknown-service' }];
  },
  ScalingPolicy: ({ resourceId, targetTrackingScalingPolicyConfiguration: tracking }) => {
    const group = targetGroupOfLabel(tracking?.predefinedMetricSpecification?.resourceLabel ?? '');
    const place = ['targetTrackingScalingPolicyConfiguration', 'predefinedMetricSpecification', 'resourceLabel'];
    return [...targetOf(resourceId), ...(group === null || resourceId === undefined ? [] : [groupNamed(group, place)])];
  },
  ScheduledAction: ({ resourceId }) => targetOf(resourceId),
  Alarm: (alarm) =>
    actionsOfAlarm(alarm).flatMap(({ policy, path }) =>
      policy === null ? [] : [{ kind: 'ScalingPolicy', name: policy, path, code: 'unknown-scaling-policy' }],
    ),
  Repository: NONE,
  Role: NONE,
  SecurityGroup: NONE,
  CapacityProvider: ({ cluster }) =>
    cluster === undefined ? [] : [{ kind: 'Cluster', name: cluster, path: ['cluster'], code: 'unknown-cluster' }],
  Environment: NONE,
};

/** Everything that a resource names. */
export function referencesOf<K extends KindName>(kind: K, spec: Specs[K]): readonly Reference[] {
  return REFERENCES[kind](spec);
}

/** Every action of a load balancer, with its place. */
export function actionsOf({ listeners }: LoadBalancer): { readonly action: ListenerAction; readonly path: Path }[] {
  return listeners.flatMap((listener, index) => [
    ...listener.defaultActions.map((action, place) => ({ action, path: ['listeners', index, 'defaultActions', place] })),
    ...(listener.rules ?? []).flatMap((rule, number) =>
      rule.actions.map((action, place) => ({ action, path: ['listeners', index, 'rules', number, 'actions', place] })),
    ),
  ]);
}

/** Every target group that a load balancer forwards to, with the place of its name. */
export function groupsOf(balancer: LoadBalancer): readonly Reference[] {
  return actionsOf(balancer).flatMap(({ action: { targetGroupArn, forwardConfig }, path }) => [
    ...(targetGroupArn === undefined ? [] : [groupNamed(targetGroupArn, [...path, 'targetGroupArn'])]),
    ...(forwardConfig?.targetGroups ?? []).map((group, index) =>
      groupNamed(group.targetGroupArn, [...path, 'forwardConfig', 'targetGroups', index, 'targetGroupArn']),
    ),
  ]);
}

/** The cluster and the task definition of a target that starts tasks. */
function startedBy(target: { readonly arn: string; readonly ecsParameters?: EcsParameters | undefined }, path: Path): Reference[] {
  const cluster = clusterOfTarget(target.arn);
  if (cluster === null || target.ecsParameters === undefined) return [];
  const family = target.ecsParameters.taskDefinitionArn;
  return [
    { kind: 'Cluster', name: cluster, path: [...path, 'arn'], code: 'unknown-cluster' },
    { kind: 'TaskDefinition', name: family, path: [...path, 'ecsParameters', 'taskDefinitionArn'], code: 'unknown-task-definition' },
  ];
}

/** The scalable target that a policy or a scheduled action belongs to. */
function targetOf(resourceId: string | undefined): Reference[] {
  if (resourceId === undefined || serviceOfResource(resourceId) === null) return [];
  return [{ kind: 'ScalableTarget', name: resourceId, path: ['resourceId'], code: 'unknown-scalable-target' }];
}

function groupNamed(name: string, path: Path): Reference {
  return { kind: 'TargetGroup', name, path, code: 'unknown-target-group' };
}
