// The kinds of documents: which schema each has, whether AWS writes its keys in PascalCase, and what names one of them.
// `kind` itself and `x-` keys are Longshore's; everything else below is the field of ECS, ELB or whoever else defines the thing.
import { Cluster, DEFAULT_CLUSTER } from '../model/cluster/cluster.ts';
import { Alarm } from '../model/service/alarm.ts';
import { CapacityProvider } from '../model/cluster/capacity-provider.ts';
import { Environment } from '../model/environment.ts';
import { LoadBalancer } from '../model/traffic/load-balancer.ts';
import { TargetGroup } from '../model/traffic/target-group.ts';
import { Repository } from '../model/access/repository.ts';
import { Role } from '../model/access/role.ts';
import { Rule, RuleTargets } from '../model/time/rule.ts';
import { ScalableTarget, ScalingPolicy, ScheduledAction } from '../model/service/scaling.ts';
import { SecurityGroup } from '../model/cluster/security-group.ts';
import { Schedule } from '../model/time/schedule.ts';
import { Service } from '../model/service/service.ts';
import { TaskDefinition } from '../model/task/task-definition.ts';
import { CLUSTER_REFERENCE, referencedName } from '../lang/arn.ts';
import { later } from '../model/fate.ts';
import { textAt, treeAt } from './text/tree.ts';
import type { FateNote } from '../model/fate.ts';
import type { Path, Tree } from './text/tree.ts';

/** What is asked of a kind; `Specs` gives the types. */
interface Kind {
  /** In sentences. */
  readonly words: string;
  /** The field that names a thing of this kind. */
  readonly nameField: string;
  /** AWS's documentation of this kind writes PascalCase; both are read. */
  readonly pascal?: true;
  /** Where AWS takes a text that holds JSON; the mapping itself is read as well. A step of `*` stands for every item of a list. */
  readonly json?: readonly Path[];
  /** The field that names what a thing of this kind belongs to, and whose names it must not share; `fallback` when it is absent. */
  readonly within?: { readonly field: string; readonly fallback: string | null };
  /** What becomes of the kind as a whole; absent: it is acted on. */
  readonly fate?: FateNote;
}

export interface Specs {
  readonly Cluster: Cluster;
  readonly TaskDefinition: TaskDefinition;
  readonly Service: Service;
  readonly LoadBalancer: LoadBalancer;
  readonly TargetGroup: TargetGroup;
  readonly Schedule: Schedule;
  readonly Rule: Rule;
  readonly RuleTargets: RuleTargets;
  readonly ScalableTarget: ScalableTarget;
  readonly ScalingPolicy: ScalingPolicy;
  readonly ScheduledAction: ScheduledAction;
  readonly Alarm: Alarm;
  readonly Repository: Repository;
  readonly Role: Role;
  readonly SecurityGroup: SecurityGroup;
  readonly CapacityProvider: CapacityProvider;
  readonly Environment: Environment;
}
export type KindName = keyof Specs;

export const SCHEMAS = {
  Cluster,
  TaskDefinition,
  Service,
  LoadBalancer,
  TargetGroup,
  Schedule,
  Rule,
  RuleTargets,
  ScalableTarget,
  ScalingPolicy,
  ScheduledAction,
  Alarm,
  Repository,
  Role,
  SecurityGroup,
  CapacityProvider,
  Environment,
} as const;

export const KINDS: Readonly<Record<KindName, Kind>> = {
  Cluster: { words: 'cluster', nameField: 'clusterName' },
  TaskDefinition: { words: 'task definition', nameField: 'family' },
  Service: { words: 'service', nameField: 'serviceName', within: { field: 'cluster', fallback: DEFAULT_CLUSTER } },
  LoadBalancer: { words: 'load balancer', nameField: 'name', pascal: true },
  TargetGroup: { words: 'target group', nameField: 'name', pascal: true },
  Schedule: {
    words: 'schedule',
    nameField: 'name',
    pascal: true,
    within: { field: 'groupName', fallback: 'default' },
    ...later(),
  },
  Rule: {
    words: 'rule',
    nameField: 'name',
    pascal: true,
    within: { field: 'eventBusName', fallback: 'default' },
    json: [['eventPattern']],
    ...later(),
  },
  RuleTargets: {
    words: 'list of targets',
    nameField: 'rule',
    pascal: true,
    within: { field: 'eventBusName', fallback: 'default' },
    ...later(),
  },
  ScalableTarget: { words: 'scalable target', nameField: 'resourceId', pascal: true, ...later() },
  ScalingPolicy: {
    words: 'scaling policy',
    nameField: 'policyName',
    pascal: true,
    within: { field: 'resourceId', fallback: null },
    ...later(),
  },
  ScheduledAction: {
    words: 'scheduled action',
    nameField: 'scheduledActionName',
    pascal: true,
    within: { field: 'resourceId', fallback: null },
    ...later(),
  },
  Alarm: { words: 'alarm', nameField: 'alarmName', pascal: true, ...later() },
  Repository: {
    words: 'repository',
    nameField: 'repositoryName',
    pascal: true,
    json: [['lifecyclePolicy'], ['repositoryPolicy']],
    ...later(),
  },
  Role: {
    words: 'role',
    nameField: 'roleName',
    pascal: true,
    json: [['assumeRolePolicyDocument'], ['policies', '*', 'policyDocument']],
  },
  SecurityGroup: { words: 'security group', nameField: 'groupName', pascal: true },
  CapacityProvider: { words: 'capacity provider', nameField: 'name' },
  Environment: { words: 'environment', nameField: 'name' },
};

export const KIND_NAMES = Object.keys(KINDS) as readonly KindName[];

/** Whether a text is the name of a kind, in its exact spelling. */
export function isKind(text: string): text is KindName {
  return Object.hasOwn(KINDS, text);
}

/** What a document defines, even when the rest of it is broken: the key among its kind, or null when it has no name.
 * What belongs to something is named within it: `default/web` is a service, `service/default/web/cpu` a scaling policy. */
export function identityOf(kind: KindName, tree: Tree): string | null {
  const { nameField, within } = KINDS[kind];
  const name = textAt(tree, [nameField]);
  if (kind === 'Cluster') return name ?? DEFAULT_CLUSTER;
  if (within === undefined || name === null) return name;
  const holder = textAt(tree, [within.field]) ?? within.fallback;
  if (holder === null) return null;
  const plain = kind === 'Service' ? (referencedName(holder, CLUSTER_REFERENCE).value ?? holder) : holder;
  return kind === 'RuleTargets' ? `${plain}/${name}/${targetIds(tree)}` : `${plain}/${name}`;
}

/** Several documents may add targets to one rule, as long as their ids differ. */
function targetIds(tree: Tree): string {
  const targets = treeAt(tree, ['targets']);
  return targets?.kind === 'list' ? targets.items.map((target) => textAt(target, ['id']) ?? '').join(' ') : '';
}
