// What each kind asks beyond the shape of its fields, as far as one document can tell. One line a kind: a kind without rules says so.
// What depends on other documents is asked in commit/references.ts and commit/resolve.ts.
import { imageFindings } from './image.ts';
import { clusterFindings } from './cluster.ts';
import { loadBalancerFindings } from './load-balancer.ts';
import { targetGroupFindings } from './target-group.ts';
import { alarmFindings } from './alarm.ts';
import { repositoryFindings } from './repository.ts';
import { roleFindings } from './role.ts';
import { ruleFindings as eventRuleFindings, ruleTargetsFindings, scheduleFindings } from './schedule.ts';
import { scalableTargetFindings, scalingPolicyFindings, scheduledActionFindings } from './scaling.ts';
import { revisionFindings } from './service.ts';
import { capacityProviderFindings } from './capacity-provider.ts';
import { securityGroupFindings } from './security-group.ts';
import { serviceRuleFindings } from './service-fields.ts';
import { taskDefinitionFindings } from './task-definition.ts';
import type { Finding } from '../finding.ts';
import type { KindName, Specs } from '../kind.ts';
import type { Tree } from '../text/tree.ts';

type Rules = { readonly [K in KindName]: (spec: Specs[K], tree: Tree) => readonly Finding[] };

const NONE = (): readonly Finding[] => [];

const RULES: Rules = {
  Cluster: clusterFindings,
  TaskDefinition: (spec) => [...taskDefinitionFindings(spec), ...imageFindings(spec)],
  Service: (spec, tree) => [...revisionFindings(tree), ...serviceRuleFindings(spec)],
  LoadBalancer: loadBalancerFindings,
  TargetGroup: targetGroupFindings,
  Schedule: scheduleFindings,
  Rule: eventRuleFindings,
  RuleTargets: ruleTargetsFindings,
  ScalableTarget: scalableTargetFindings,
  ScalingPolicy: scalingPolicyFindings,
  ScheduledAction: scheduledActionFindings,
  Alarm: alarmFindings,
  Repository: repositoryFindings,
  Role: roleFindings,
  SecurityGroup: securityGroupFindings,
  CapacityProvider: capacityProviderFindings,
  Environment: NONE,
};

/** What is wrong with a resource whose fields are each in order. */
export function ruleFindings<K extends KindName>(kind: K, spec: Specs[K], tree: Tree): readonly Finding[] {
  return RULES[kind](spec, tree);
}
