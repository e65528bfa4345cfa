// What several documents hold together, where AWS counts them as one: the targets of a rule, the policies and scheduled actions of a
// service. A single document is asked in rules/schedule.ts and rules/scaling.ts.
import { onValue } from '../finding.ts';
import type { Finding } from '../finding.ts';
import type { Resource } from '../document.ts';
import type { RuleTarget } from '../../model/time/rule.ts';

/** EventBridge: targets of a rule. Application Auto Scaling: policies and scheduled actions of a scalable target. */
const TARGETS_MAX = 5;
const POLICIES_MAX = 50;
const ACTIONS_MAX = 200;

interface Owned {
  readonly resource: Resource;
  readonly finding: Finding;
}

/** Everything that is too much or twice only when all documents are seen together. `resources` are in order of their files. */
export function crowdedFindings(resources: readonly Resource[]): Owned[] {
  const rules = new Map<string, Set<string>>();
  const counts = new Map<string, number>();
  return resources.flatMap((resource) => findingsOf(resource, rules, counts).map((finding) => ({ resource, finding })));
}

function findingsOf(resource: Resource, rules: Map<string, Set<string>>, counts: Map<string, number>): Finding[] {
  if (resource.kind === 'Rule') return targetsOf(resource.spec.name, resource.spec.eventBusName, resource.spec.targets ?? [], rules);
  if (resource.kind === 'RuleTargets') return targetsOf(resource.spec.rule, resource.spec.eventBusName, resource.spec.targets, rules);
  if (resource.kind !== 'ScalingPolicy' && resource.kind !== 'ScheduledAction') return [];
  const { resourceId } = resource.spec;
  if (resourceId === undefined) return [];
  const policies = resource.kind === 'ScalingPolicy';
  const key = `${resource.kind} ${resourceId}`;
  const count = (counts.get(key) ?? 0) + 1;
  counts.set(key, count);
  const limit = policies ? POLICIES_MAX : ACTIONS_MAX;
  if (count !== limit + 1) return [];
  const message = `${resourceId} has more than ${limit} ${policies ? 'scaling policies' : 'scheduled actions'}`;
  return [onValue(policies ? 'too-many-policies' : 'too-many-scheduled-actions', ['resourceId'], message, 'remove some of them')];
}

/** The targets of one document against those that earlier ones gave the same rule. */
function targetsOf(
  rule: string | undefined,
  bus: string | undefined,
  targets: readonly RuleTarget[],
  rules: Map<string, Set<string>>,
): Finding[] {
  if (rule === undefined) return [];
  const key = `${bus ?? 'default'}/${rule}`;
  const earlier = rules.get(key) ?? new Set<string>();
  const findings = targets.flatMap(({ id }, index) => {
    const message = `the rule "${rule}" has a target with the id "${id}" already, in another document`;
    return earlier.has(id) ? [onValue('duplicate-target-id', ['targets', index, 'id'], message, 'rename one of the two')] : [];
  });
  const all = new Set([...earlier, ...targets.map(({ id }) => id)]);
  rules.set(key, all);
  if (all.size > TARGETS_MAX && earlier.size <= TARGETS_MAX) {
    const message = `the rule "${rule}" has ${all.size} targets; EventBridge allows ${TARGETS_MAX}`;
    findings.push(onValue('too-many-targets', ['targets'], message, 'make a second rule with the same schedule or pattern'));
  }
  return findings;
}
