// What Application Auto Scaling asks of scalable targets, policies and scheduled actions beyond the shape of their fields (spec 7).
// Whether the service and the target exist is asked in commit/references.ts.
import { ECS_METRIC_TYPES } from '../../model/service/scaling.ts';
import { attachedFindings, foreignFinding } from './attached.ts';
import { incomplete, metricQueryFindings } from './metric.ts';
import { onKey, onValue } from '../finding.ts';
import { orderedMoments } from './moments.ts';
import { stepFindings } from './scaling-steps.ts';
import type { CustomizedMetric, ScalableTarget, ScalingPolicy, ScheduledAction, TargetTracking } from '../../model/service/scaling.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';

const DIMENSION = 'ecs:service:DesiredCount';

/** What is wrong with a scalable target whose fields are each in order; source: spec 7.1. */
export function scalableTargetFindings(target: ScalableTarget): Finding[] {
  const foreign = foreignOf(target, 'the scalable target');
  if (foreign !== null) return [foreign];
  return [
    ...attachedFindings('scalable target', 'service', { resourceId: target.resourceId }),
    ...resourceFindings(target),
    ...capacityFindings(target, []),
  ];
}

/** What is wrong with a scaling policy whose fields are each in order; source: spec 7.2, 7.3. */
export function scalingPolicyFindings(policy: ScalingPolicy): Finding[] {
  const foreign = foreignOf(policy, 'the scaling policy');
  if (foreign !== null) return [foreign];
  const metric = policy.targetTrackingScalingPolicyConfiguration?.predefinedMetricSpecification?.predefinedMetricType;
  const owned = policy.resourceId !== undefined;
  const attached = attachedFindings('scaling policy', 'service', { policyName: policy.policyName, resourceId: policy.resourceId });
  const place: Path = ['targetTrackingScalingPolicyConfiguration', 'predefinedMetricSpecification', 'predefinedMetricType'];
  if (metric !== undefined && !isEcsMetric(metric)) {
    if (!owned) return [foreignFinding(place, `the metric ${metric}`, 'another AWS service'), ...attached];
    const hint = `metrics of services are ${ECS_METRIC_TYPES.join(', ')}`;
    return [onValue('foreign-metric', place, `the metric ${metric} is not measured for services of ECS`, hint)];
  }
  return [...attached, ...resourceFindings(policy), ...configurationFindings(policy)];
}

/** What is wrong with a scheduled action whose fields are each in order; source: spec 7.4. */
export function scheduledActionFindings(action: ScheduledAction): Finding[] {
  const foreign = foreignOf(action, 'the scheduled action');
  if (foreign !== null) return [foreign];
  const { minCapacity, maxCapacity } = action.scalableTargetAction;
  const hint = 'add minCapacity, maxCapacity or both';
  const empty = minCapacity === undefined && maxCapacity === undefined;
  return [
    ...attachedFindings('scheduled action', 'service', { scheduledActionName: action.scheduledActionName, resourceId: action.resourceId }),
    ...resourceFindings(action),
    ...(empty ? [onKey('capacity-missing', ['scalableTargetAction'], 'the scheduled action changes no limit', hint)] : []),
    ...capacityFindings(action.scalableTargetAction, ['scalableTargetAction']),
    ...orderedMoments(action.startTime, action.endTime, 'startTime', 'endTime'),
  ];
}

/** For each policy, what it shares with an earlier one: two target tracking policies of a service may not follow one metric. */
export function sharedMetricFindings(policies: readonly ScalingPolicy[]): Finding[][] {
  const seen = new Map<string, string>();
  return policies.map(({ policyName = '', resourceId, targetTrackingScalingPolicyConfiguration: tracking }) => {
    if (tracking === undefined || resourceId === undefined) return [];
    const { predefinedMetricSpecification: predefined, customizedMetricSpecification: customized } = tracking;
    const key = `${resourceId} ${JSON.stringify(predefined ?? customized)}`;
    const earlier = seen.get(key);
    seen.set(key, earlier ?? policyName);
    if (earlier === undefined) return [];
    const message = `the policies "${earlier}" and "${policyName}" of ${resourceId} follow one metric`;
    const place = [
      CONFIGURATIONS.TargetTrackingScaling,
      predefined === undefined ? 'customizedMetricSpecification' : 'predefinedMetricSpecification',
    ];
    return [onKey('shared-metric', place, message, 'keep one of the two, or give it another metric')];
  });
}

/** `cluster/service` of a resource id, or null when it is none. */
export function serviceOfResource(resourceId: string | undefined): string | null {
  return /^service\/([^/]+\/[^/]+)$/.exec(resourceId ?? '')?.[1] ?? null;
}

/** Whether a predefined metric is one of ECS or its load balancers. */
export function isEcsMetric(type: string): boolean {
  return (ECS_METRIC_TYPES as readonly string[]).includes(type);
}

interface Scaled {
  readonly serviceNamespace?: string | undefined;
  readonly resourceId?: string | undefined;
  readonly scalableDimension?: string | undefined;
}

/** A warning when what is scaled is no service of ECS. */
function foreignOf(scaled: Scaled, what: string): Finding | null {
  const namespace = scaled.serviceNamespace ?? scaled.scalableDimension?.split(':')[0] ?? 'ecs';
  if (namespace === 'ecs') return null;
  return foreignFinding([scaled.serviceNamespace === undefined ? 'scalableDimension' : 'serviceNamespace'], what, namespace);
}

function resourceFindings(scaled: Scaled): Finding[] {
  const { resourceId, scalableDimension } = scaled;
  const findings: Finding[] = [];
  if (resourceId !== undefined && serviceOfResource(resourceId) === null) {
    const message = `resourceId "${resourceId}" names no service`;
    findings.push(onValue('bad-resource-id', ['resourceId'], message, 'write service/<cluster>/<service>, such as service/default/web'));
  }
  if (scalableDimension !== undefined && scalableDimension !== DIMENSION) {
    findings.push(
      onValue('wrong-value', ['scalableDimension'], `scalableDimension must be ${DIMENSION}`, `write ${DIMENSION}, or leave it out`),
    );
  }
  return findings;
}

function capacityFindings(
  limits: { readonly minCapacity?: number | undefined; readonly maxCapacity?: number | undefined },
  path: Path,
): Finding[] {
  const { minCapacity, maxCapacity } = limits;
  if (minCapacity === undefined || maxCapacity === undefined || minCapacity <= maxCapacity) return [];
  const message = `minCapacity ${minCapacity} is above maxCapacity ${maxCapacity}`;
  return [onValue('capacity-range', [...path, 'minCapacity'], message, 'raise maxCapacity, or lower minCapacity')];
}

const CONFIGURATIONS = {
  StepScaling: 'stepScalingPolicyConfiguration',
  TargetTrackingScaling: 'targetTrackingScalingPolicyConfiguration',
  PredictiveScaling: 'predictiveScalingPolicyConfiguration',
} as const;

function configurationFindings(policy: ScalingPolicy): Finding[] {
  const given = Object.values(CONFIGURATIONS).filter((name) => policy[name] !== undefined);
  const wanted = policy.policyType === undefined ? given[0] : CONFIGURATIONS[policy.policyType];
  const [name] = given;
  if (name === undefined || given.length > 1 || name !== wanted) {
    const has = given.length === 0 ? 'no configuration' : given.join(' and ');
    const type = policy.policyType === undefined ? 'a scaling policy' : `a policy of type ${policy.policyType}`;
    const hint = `write ${wanted ?? Object.values(CONFIGURATIONS).join(' or ')}, and no other`;
    const path = given.length === 0 ? [] : [given.at(-1) ?? ''];
    return [(path.length === 0 ? onValue : onKey)('policy-configuration', path, `${type} has ${has}`, hint)];
  }
  const { stepScalingPolicyConfiguration: step, targetTrackingScalingPolicyConfiguration: tracking } = policy;
  if (step !== undefined) return stepFindings(step, [name]);
  return tracking === undefined ? predictiveFindings(policy, [name]) : trackingFindings(tracking, [name]);
}

function trackingFindings(tracking: TargetTracking, path: Path): Finding[] {
  const { predefinedMetricSpecification: predefined, customizedMetricSpecification: customized } = tracking;
  if ((predefined === undefined) === (customized === undefined)) {
    const has = predefined === undefined ? 'neither of the two metrics' : 'both metrics';
    const hint = 'write either predefinedMetricSpecification or customizedMetricSpecification';
    return [onKey('metric-choice', path, `target tracking has ${has}`, hint)];
  }
  if (customized !== undefined) return customizedFindings(customized, [...path, 'customizedMetricSpecification']);
  return labelFindings(predefined?.predefinedMetricType ?? '', predefined?.resourceLabel, [...path, 'predefinedMetricSpecification']);
}

/** The target group behind a resource label: AWS's long form, or its plain name; null when it is neither. */
export function targetGroupOfLabel(label: string): string | null {
  const long = /^app\/[^/]+\/[^/]+\/targetgroup\/([^/]+)\/[^/]+$/.exec(label);
  return long?.[1] ?? (/^[A-Za-z0-9-]{1,32}$/.test(label) ? label : null);
}

function labelFindings(type: string, label: string | undefined, path: Path): Finding[] {
  const counted = type === 'ALBRequestCountPerTarget';
  const hint = 'write app/<load balancer>/<id>/targetgroup/<target group>/<id>, or the name of the target group';
  if (label === undefined) {
    return counted
      ? [
          onValue(
            'missing-resource-label',
            [...path, 'resourceLabel'],
            `${type} has no resourceLabel, so nobody knows which requests count`,
            hint,
          ),
        ]
      : [];
  }
  if (!counted) return [onKey('bad-resource-label', [...path, 'resourceLabel'], `${type} takes no resourceLabel`, 'remove it')];
  if (targetGroupOfLabel(label) !== null) return [];
  return [onValue('bad-resource-label', [...path, 'resourceLabel'], `resourceLabel "${label}" names no target group`, hint)];
}

function customizedFindings(metric: CustomizedMetric, path: Path): Finding[] {
  if (metric.metrics === undefined) {
    return (['metricName', 'namespace', 'statistic'] as const)
      .filter((name) => metric[name] === undefined)
      .map((name) => incomplete(path, 'the customized metric', name));
  }
  const also = (['metricName', 'namespace', 'dimensions', 'statistic', 'unit'] as const).find((name) => metric[name] !== undefined);
  if (also !== undefined) {
    return [onKey('metric-choice', [...path, also], `a customized metric has both metrics and ${also}`, 'keep one of the two')];
  }
  return metricQueryFindings(metric.metrics, [...path, 'metrics'], null);
}

/** One pair, or a metric to scale by and a metric to forecast, each predefined or customized. */
function predictiveFindings(policy: ScalingPolicy, path: Path): Finding[] {
  return (policy.predictiveScalingPolicyConfiguration?.metricSpecifications ?? []).flatMap((metric, index) => {
    const place = [...path, 'metricSpecifications', index];
    const scaling = [metric.predefinedScalingMetricSpecification, metric.customizedScalingMetricSpecification].filter(
      (given) => given !== undefined,
    );
    const load = [metric.predefinedLoadMetricSpecification, metric.customizedLoadMetricSpecification].filter(
      (given) => given !== undefined,
    );
    const paired = metric.predefinedMetricPairSpecification !== undefined;
    const fits = paired ? scaling.length + load.length === 0 : scaling.length === 1 && load.length === 1;
    const hint = 'write predefinedMetricPairSpecification, or one scaling metric and one load metric';
    return fits ? [] : [onValue('metric-choice', place, 'predictive scaling needs one pair of metrics, or one of each', hint)];
  });
}
