// What EventBridge and its Scheduler ask of schedules, rules and their targets beyond the shape of their fields (spec 6).
// Whether cluster and task definition exist is asked in commit/references.ts.
import { attachedFindings, foreignFinding } from './attached.ts';
import { clusterOfTarget } from '../../model/time/ecs-target.ts';
import { eventPatternFaults } from '../../lang/event-pattern.ts';
import { onKey, onValue } from '../finding.ts';
import { orderedMoments } from './moments.ts';
import { capacityStrategyFindings, constraintFindings, strategyFindings } from './placement.ts';
import { parseArn } from '../../lang/arn.ts';
import { parseJson } from '../text/json.ts';
import { revisionFindings } from './service.ts';
import { valueFindings } from './value-findings.ts';
import type { EcsParameters } from '../../model/time/ecs-target.ts';
import type { Finding } from '../finding.ts';
import type { Path, Tree } from '../text/tree.ts';
import type { Rule, RuleTarget, RuleTargets } from '../../model/time/rule.ts';
import type { Schedule } from '../../model/time/schedule.ts';

/** What is wrong with a schedule whose fields are each in order; source: spec 6.3. */
export function scheduleFindings(schedule: Schedule, tree: Tree): Finding[] {
  const { mode, maximumWindowInMinutes } = schedule.flexibleTimeWindow;
  const findings = orderedMoments(schedule.startDate, schedule.endDate, 'startDate', 'endDate');
  if ((mode === 'FLEXIBLE') !== (maximumWindowInMinutes !== undefined)) {
    const message = `flexibleTimeWindow is ${mode} ${mode === 'FLEXIBLE' ? 'without' : 'with'} maximumWindowInMinutes`;
    const hint = mode === 'FLEXIBLE' ? 'add maximumWindowInMinutes, 1 to 1440' : 'remove maximumWindowInMinutes, or write mode: FLEXIBLE';
    findings.push(onKey('flexible-window', ['flexibleTimeWindow'], message, hint));
  }
  return [...findings, ...targetFindings(schedule.target, ['target'], tree)];
}

/** What is wrong with a rule whose fields are each in order; source: spec 6.4, 6.5. */
export function ruleFindings(rule: Rule, tree: Tree): Finding[] {
  const { scheduleExpression, eventPattern, eventBusName } = rule;
  const findings = attachedFindings('rule', 'event bus', { name: rule.name });
  if (scheduleExpression === undefined && eventPattern === undefined) {
    findings.push(onValue('schedule-or-pattern', [], 'the rule has neither scheduleExpression nor eventPattern', 'add one of the two'));
  }
  if (scheduleExpression !== undefined && !/^(?:arn:.*\/)?default$/.test(eventBusName ?? 'default')) {
    const message = `the rule has a schedule on the event bus "${eventBusName}"`;
    findings.push(onValue('schedule-bus', ['eventBusName'], message, 'schedules run on the bus "default" only: leave eventBusName out'));
  }
  if (eventPattern !== undefined) findings.push(...valueFindings('bad-event-pattern', eventPatternFaults(eventPattern), ['eventPattern']));
  return [...findings, ...targetsFindings(rule.targets ?? [], tree)];
}

/** What is wrong with targets that stand apart from their rule; source: EventBridge PutTargets. */
export function ruleTargetsFindings(targets: RuleTargets, tree: Tree): Finding[] {
  return [...attachedFindings('list of targets', 'rule', { rule: targets.rule }), ...targetsFindings(targets.targets, tree)];
}

function targetsFindings(targets: readonly RuleTarget[], tree: Tree): Finding[] {
  const seen = new Set<string>();
  return targets.flatMap((target, index) => {
    const path: Path = ['targets', index];
    const findings = [...targetFindings(target, path, tree), ...inputFindings(target, path)];
    if (seen.has(target.id))
      findings.push(onValue('duplicate-target-id', [...path, 'id'], `two targets have the id "${target.id}"`, 'rename one of the two'));
    seen.add(target.id);
    return findings;
  });
}

/** What schedules and rules hand over to. */
interface Target {
  readonly arn: string;
  readonly ecsParameters?: EcsParameters | undefined;
  readonly input?: string | undefined;
}

function targetFindings(target: Target, path: Path, tree: Tree): Finding[] {
  const { arn, ecsParameters, input } = target;
  if (clusterOfTarget(arn) === null) {
    const service = parseArn(arn).value?.service;
    if (service === undefined)
      return [onValue('bad-arn', [...path, 'arn'], `"${arn}" is no ARN`, 'write the name of a cluster, or its ARN')];
    return [foreignFinding([...path, 'arn'], 'the target', service)];
  }
  if (ecsParameters === undefined) {
    return [
      onValue(
        'missing-field',
        [...path, 'ecsParameters'],
        'a target that is a cluster has no ecsParameters',
        'add ecsParameters with a taskDefinitionArn',
      ),
    ];
  }
  const place = [...path, 'ecsParameters'];
  const findings = revisionFindings(tree, [...place, 'taskDefinitionArn']);
  if (ecsParameters.launchType !== undefined && (ecsParameters.capacityProviderStrategy ?? []).length > 0) {
    const message = 'ecsParameters has both launchType and capacityProviderStrategy';
    findings.push(onKey('target-launch', [...place, 'launchType'], message, 'keep one of the two'));
  }
  findings.push(
    ...constraintFindings(ecsParameters.placementConstraints ?? [], [...place, 'placementConstraints']),
    ...strategyFindings(ecsParameters.placementStrategy ?? [], [...place, 'placementStrategy']),
    ...capacityStrategyFindings(ecsParameters.capacityProviderStrategy ?? [], [...place, 'capacityProviderStrategy']),
  );
  // the text of the input is never shown: it may hold environment values
  if (input !== undefined && parseJson(input).documents[0]?.kind !== 'mapping') {
    findings.push(
      onValue(
        'bad-json',
        [...path, 'input'],
        'input holds no JSON object',
        'write the overrides of RunTask: {"containerOverrides": [...]}',
      ),
    );
  }
  return findings;
}

function inputFindings(target: RuleTarget, path: Path): Finding[] {
  const given = (['input', 'inputPath', 'inputTransformer'] as const).filter((name) => target[name] !== undefined);
  const last = given.at(-1);
  if (last === undefined || given.length === 1) return [];
  return [onKey('target-input', [...path, last], `the target "${target.id}" has ${given.join(' and ')}`, 'keep one of them')];
}
