import { describe, expect, it } from 'vitest';
import {
  scalableTargetFindings,
  scalingPolicyFindings,
  scheduledActionFindings,
  targetGroupOfLabel,
} from '../../../src/manifest/rules/scaling.ts';
import { shown } from '../shown.ts';
import type { CustomizedMetric, ScalingPolicy, StepAdjustment, StepScaling, TargetTracking } from '../../../src/model/service/scaling.ts';

const owner = { policyName: 'cpu', resourceId: 'service/default/web' };
const cpu = { predefinedMetricType: 'ECSServiceAverageCPUUtilization' } as const;

describe('scalable targets', () => {
  const target = { resourceId: 'service/default/web', minCapacity: 1, maxCapacity: 4 };

  it.each([
    [{}, []],
    [{ minCapacity: 4 }, []],
    [{ scalableDimension: 'ecs:service:DesiredCount', serviceNamespace: 'ecs' as const }, []],
    [{ minCapacity: 5 }, ['capacity-range minCapacity']],
    [{ resourceId: undefined }, ['not-attached ']],
    [{ resourceId: 'service/web' }, ['bad-resource-id resourceId']],
    [{ resourceId: 'table/web' }, ['bad-resource-id resourceId']],
    [{ resourceId: 'service/a/b/c' }, ['bad-resource-id resourceId']],
    [{ serviceNamespace: 'ecs' as const, scalableDimension: 'ecs:service:Count' }, ['wrong-value scalableDimension']],
    [{ serviceNamespace: 'dynamodb' as const, resourceId: 'table/x', minCapacity: 9 }, ['not-ecs serviceNamespace']],
    [{ scalableDimension: 'ec2:spot-fleet-request:TargetCapacity', resourceId: 'x' }, ['not-ecs scalableDimension']],
  ])('%j: %j', (changes, codes) => {
    expect(shown(scalableTargetFindings({ ...target, ...changes }))).toEqual(codes);
  });
});

describe('scaling policies', () => {
  const tracking = { targetValue: 50, predefinedMetricSpecification: cpu };
  const policy: ScalingPolicy = { ...owner, targetTrackingScalingPolicyConfiguration: tracking };
  const step: StepScaling = { adjustmentType: 'ChangeInCapacity', stepAdjustments: [{ scalingAdjustment: 1 }] };

  it.each<[Partial<ScalingPolicy>, string[]]>([
    [{}, []],
    [{ policyType: 'TargetTrackingScaling' }, []],
    [{ policyType: 'StepScaling' }, ['policy-configuration targetTrackingScalingPolicyConfiguration']],
    [{ targetTrackingScalingPolicyConfiguration: undefined }, ['policy-configuration ']],
    [{ stepScalingPolicyConfiguration: step }, ['policy-configuration targetTrackingScalingPolicyConfiguration']],
    [{ policyName: undefined, resourceId: undefined }, ['not-attached ']],
    [{ policyName: undefined }, ['not-attached ']],
    [{ serviceNamespace: 'lambda', policyName: undefined }, ['not-ecs serviceNamespace']],
  ])('%j: %j', (changes, codes) => {
    expect(shown(scalingPolicyFindings({ ...policy, ...changes }))).toEqual(codes);
  });

  it('name what they lack in one sentence', () => {
    const [found] = scalingPolicyFindings({ targetTrackingScalingPolicyConfiguration: tracking });
    expect(found?.message).toBe('the scaling policy has no policyName and no resourceId, so it belongs to no service');
  });

  const label = 'app/lb/50dc6c495c0c9188/targetgroup/web/6d0ecf831eec9f09';
  it.each<[Partial<TargetTracking>, string[]]>([
    [{ predefinedMetricSpecification: { predefinedMetricType: 'ALBRequestCountPerTarget', resourceLabel: label } }, []],
    [{ predefinedMetricSpecification: { predefinedMetricType: 'ALBRequestCountPerTarget', resourceLabel: 'web' } }, []],
    [
      { predefinedMetricSpecification: { predefinedMetricType: 'ALBRequestCountPerTarget' } },
      ['missing-resource-label predefinedMetricSpecification.resourceLabel'],
    ],
    [
      { predefinedMetricSpecification: { ...cpu, resourceLabel: label } },
      ['bad-resource-label predefinedMetricSpecification.resourceLabel'],
    ],
    [
      { predefinedMetricSpecification: { predefinedMetricType: 'ALBRequestCountPerTarget', resourceLabel: 'app/lb' } },
      ['bad-resource-label predefinedMetricSpecification.resourceLabel'],
    ],
    [{ predefinedMetricSpecification: undefined }, ['metric-choice ']],
    [{ customizedMetricSpecification: { metricName: 'a', namespace: 'b', statistic: 'Sum' } }, ['metric-choice ']],
    [
      { predefinedMetricSpecification: { predefinedMetricType: 'KafkaBrokerStorageUtilization' } },
      ['foreign-metric predefinedMetricSpecification.predefinedMetricType'],
    ],
  ])('of target tracking with %j: %j', (changes, codes) => {
    const place = 'targetTrackingScalingPolicyConfiguration';
    const found = scalingPolicyFindings({ ...owner, [place]: { ...tracking, ...changes } });
    expect(shown(found)).toEqual(codes.map((code) => code.replace(/ (.)/, ` ${place}.$1`).replace(/ $/, ` ${place}`)));
  });

  it('of other services are left out when they belong to nobody', () => {
    const foreign = {
      targetValue: 40,
      predefinedMetricSpecification: { predefinedMetricType: 'EC2SpotFleetRequestAverageCPUUtilization' as const },
    };
    const found = scalingPolicyFindings({ targetTrackingScalingPolicyConfiguration: foreign });
    expect(found.map(({ code }) => code)).toEqual(['not-ecs', 'not-attached']);
  });

  const stat = { metric: { metricName: 'Depth', namespace: 'AWS/SQS' }, stat: 'Sum' };
  const query = (id: string, returnData?: boolean) => ({ id, metricStat: stat, returnData });
  it.each<[CustomizedMetric, string[]]>([
    [{ metricName: 'a', namespace: 'b', statistic: 'Sum' }, []],
    [{ metricName: 'a', namespace: 'b' }, ['metric-incomplete statistic']],
    [{}, ['metric-incomplete metricName', 'metric-incomplete namespace', 'metric-incomplete statistic']],
    [{ metrics: [query('m1', false), query('m2', false), { id: 'e1', expression: 'm1 / m2' }] }, []],
    [{ metrics: [query('m1', false), { id: 'e1', expression: 'IF(m1 > 5, MAX([m1, 2e3]), SEARCH("some text", \'Sum\'))' }] }, []],
    [{ metrics: [query('m1')], unit: 'Count' }, ['metric-choice unit']],
    [{ metrics: [query('m1', false)] }, ['metric-result metrics']],
    [{ metrics: [query('m1'), query('m2')] }, ['metric-result metrics']],
    [{ metrics: [query('m1', false), query('m1')] }, ['duplicate-metric-id metrics[1].id']],
    [{ metrics: [{ id: 'm1' }] }, ['metric-query metrics[0]']],
    [{ metrics: [{ id: 'm1', metricStat: stat, expression: '1' }] }, ['metric-query metrics[0]']],
    [{ metrics: [{ id: 'm1', metricStat: { ...stat, metric: {} } }] }, ['metric-incomplete metrics[0].metricStat.metric.metricName']],
    [{ metrics: [query('m1', false), { id: 'e1', expression: 'm1 / m2' }] }, ['unknown-metric-id metrics[1].expression']],
    [{ metrics: [{ id: 'q1', expression: 'SELECT AVG(latency) FROM app' }] }, []],
  ])('of a metric of its own, %j: %j', (metric, codes) => {
    const place = 'targetTrackingScalingPolicyConfiguration';
    const found = scalingPolicyFindings({ ...owner, [place]: { targetValue: 1, customizedMetricSpecification: metric } });
    expect(shown(found)).toEqual(codes.map((code) => code.replace(' ', ` ${place}.customizedMetricSpecification.`)));
  });

  it('point into the expression', () => {
    const metrics = [query('m1', false), { id: 'e1', expression: 'm1 / m22' }];
    const [found] = scalingPolicyFindings({
      ...owner,
      targetTrackingScalingPolicyConfiguration: { targetValue: 1, customizedMetricSpecification: { metrics } },
    });
    expect(found).toMatchObject({ inside: 5, hint: 'did you mean m1?' });
  });

  const steps = (...bounds: readonly (readonly [number | null, number | null])[]): StepAdjustment[] =>
    bounds.map(([lower, upper]) => ({
      ...(lower === null ? {} : { metricIntervalLowerBound: lower }),
      ...(upper === null ? {} : { metricIntervalUpperBound: upper }),
      scalingAdjustment: 1,
    }));
  it.each<[StepAdjustment[], string[]]>([
    [steps([0, 15], [15, 25], [25, null]), []],
    [steps([25, null], [0, 15], [15, 25]), []],
    [steps([null, 0]), []],
    [steps([null, -10], [-10, 0]), []],
    [steps([null, null]), []],
    [steps([0, 15]), ['step-open-end ']],
    [steps([-10, 0]), ['step-open-end ']],
    [steps([-10, 10]), ['step-open-end ', 'step-open-end ']],
    [steps([0, 15], [20, null]), ['step-gap [1]']],
    [steps([0, 15], [10, null]), ['step-gap [1]']],
    [steps([0, null], [10, null]), ['step-gap [1]']],
    [steps([null, null], [10, null]), ['step-gap [1]']],
    [steps([0, 0], [0, null]), ['step-bounds [0]']],
    [steps([5, 0]), ['step-bounds [0]']],
  ])('with the steps %j: %j', (stepAdjustments, codes) => {
    const found = scalingPolicyFindings({
      ...owner,
      stepScalingPolicyConfiguration: { adjustmentType: 'ChangeInCapacity', stepAdjustments },
    });
    expect(shown(found)).toEqual(codes.map((code) => code.replace(' ', ' stepScalingPolicyConfiguration.stepAdjustments')));
  });

  it.each<[Partial<StepScaling>, string[]]>([
    [{ adjustmentType: 'PercentChangeInCapacity', minAdjustmentMagnitude: 2 }, []],
    [{ minAdjustmentMagnitude: 2 }, ['adjustment-magnitude minAdjustmentMagnitude']],
    [
      { adjustmentType: 'ExactCapacity', stepAdjustments: [{ scalingAdjustment: -1 }] },
      ['out-of-range stepAdjustments[0].scalingAdjustment'],
    ],
    [{ adjustmentType: 'ChangeInCapacity', stepAdjustments: [{ scalingAdjustment: -1 }] }, []],
  ])('with %j: %j', (changes, codes) => {
    const found = scalingPolicyFindings({ ...owner, stepScalingPolicyConfiguration: { ...step, ...changes } });
    expect(shown(found)).toEqual(codes.map((code) => code.replace(' ', ' stepScalingPolicyConfiguration.')));
  });

  it('that forecast need one pair of metrics, or one of each', () => {
    const metric = { predefinedMetricType: 'ECSServiceCPUUtilization' };
    const of = (given: object) =>
      shown(
        scalingPolicyFindings({
          ...owner,
          predictiveScalingPolicyConfiguration: { metricSpecifications: [{ targetValue: 40, ...given }] },
        }),
      );
    expect(of({ predefinedMetricPairSpecification: metric })).toEqual([]);
    expect(of({ predefinedScalingMetricSpecification: metric, predefinedLoadMetricSpecification: metric })).toEqual([]);
    expect(of({})).toEqual(['metric-choice predictiveScalingPolicyConfiguration.metricSpecifications[0]']);
    expect(of({ predefinedMetricPairSpecification: metric, predefinedLoadMetricSpecification: metric })).toHaveLength(1);
  });

  it('read the target group of a label in both spellings', () => {
    expect([label, 'web', 'app/lb/1/targetgroup/web', ''].map(targetGroupOfLabel)).toEqual(['web', 'web', null, null]);
  });
});

describe('scheduled actions', () => {
  const action = {
    scheduledActionName: 'night',
    resourceId: 'service/default/web',
    schedule: 'rate(1 day)',
    scalableTargetAction: { maxCapacity: 2 },
  };

  it.each([
    [{}, []],
    [{ scalableTargetAction: {} }, ['capacity-missing scalableTargetAction']],
    [{ scalableTargetAction: { minCapacity: 3, maxCapacity: 2 } }, ['capacity-range scalableTargetAction.minCapacity']],
    [{ startTime: '2030-01-02', endTime: '2030-01-03' }, []],
    [{ startTime: '2030-01-02', endTime: '2030-01-02' }, ['end-before-start endTime']],
    [{ startTime: 1_900_000_000, endTime: 1_800_000_000 }, ['end-before-start endTime']],
    [{ endTime: '2030-01-02' }, []],
    [{ scheduledActionName: undefined }, ['not-attached ']],
    [{ resourceId: 'web' }, ['bad-resource-id resourceId']],
    [{ scalableDimension: 'dynamodb:table:WriteCapacityUnits', resourceId: 'table/x' }, ['not-ecs scalableDimension']],
  ])('%j: %j', (changes, codes) => {
    expect(shown(scheduledActionFindings({ ...action, ...changes }))).toEqual(codes);
  });
});
