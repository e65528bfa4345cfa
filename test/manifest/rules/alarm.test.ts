import { describe, expect, it } from 'vitest';
import { actionsOfAlarm, alarmFindings } from '../../../src/manifest/rules/alarm.ts';
import { shown } from '../shown.ts';
import type { Alarm } from '../../../src/model/service/alarm.ts';

const alarm: Alarm = {
  alarmName: 'high',
  metricName: 'CPUUtilization',
  namespace: 'AWS/ECS',
  statistic: 'Average',
  period: 60,
  evaluationPeriods: 3,
  threshold: 80,
  comparisonOperator: 'GreaterThanThreshold',
};
const stat = { metric: { metricName: 'CPUUtilization', namespace: 'AWS/ECS' }, stat: 'Average', period: 60 };
const none = { metricName: undefined, namespace: undefined, statistic: undefined, period: undefined };
const band: Partial<Alarm> = {
  ...none,
  threshold: undefined,
  comparisonOperator: 'GreaterThanUpperThreshold',
  thresholdMetricId: 'ad1',
  metrics: [
    { id: 'm1', metricStat: stat },
    { id: 'ad1', expression: 'ANOMALY_DETECTION_BAND(m1, 2)' },
  ],
};
const policy = 'arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:6d8972f3:resource/ecs/service/default/web:policyName/out';

describe('alarms', () => {
  it.each<[Partial<Alarm>, string[]]>([
    [{}, []],
    [{ statistic: undefined, extendedStatistic: 'p99' }, []],
    [{ period: 10 }, []],
    [{ period: 3_600, evaluationPeriods: 168 }, []],
    [{ datapointsToAlarm: 3 }, []],
    [{ ...none, metrics: [{ id: 'm1', metricStat: stat }] }, []],
    [band, []],
    [{ alarmActions: [policy, 'service/default/web/out'] }, []],
    [{ statistic: undefined }, ['alarm-statistic metricName']],
    [{ extendedStatistic: 'p99' }, ['alarm-statistic extendedStatistic']],
    [{ namespace: undefined }, ['metric-incomplete namespace']],
    [{ period: undefined }, ['metric-incomplete period']],
    [none, ['metric-choice alarmName']],
    [{ metrics: [{ id: 'm1', metricStat: stat }] }, ['metric-choice metrics']],
    [{ ...none, period: 60, metrics: [{ id: 'm1', metricStat: stat }] }, ['metric-choice period']],
    [{ ...none, metrics: [{ id: 'm1' }] }, ['metric-query metrics[0]']],
    [{ period: 90 }, ['alarm-period period']],
    [{ period: 5 }, ['alarm-period period']],
    [{ period: 300, evaluationPeriods: 289 }, ['alarm-window evaluationPeriods']],
    [{ period: 3_600, evaluationPeriods: 169 }, ['alarm-window evaluationPeriods']],
    [{ datapointsToAlarm: 4 }, ['alarm-datapoints datapointsToAlarm']],
    [{ threshold: undefined }, ['alarm-threshold comparisonOperator']],
    [{ ...band, thresholdMetricId: undefined }, ['metric-result metrics', 'alarm-threshold comparisonOperator']],
    [{ ...band, threshold: 5 }, ['alarm-threshold comparisonOperator']],
    [{ ...band, thresholdMetricId: 'ad2' }, ['metric-result metrics', 'unknown-metric-id thresholdMetricId']],
    [{ alarmActions: ['arn:aws:sns:eu-west-1:123456789012:ops'] }, ['not-ecs alarmActions[0]']],
    [{ oKActions: [policy, 'arn:aws:automate:eu-west-1:ec2:reboot'] }, ['not-ecs oKActions[1]']],
  ])('%j: %j', (changes, codes) => {
    expect(shown(alarmFindings({ ...alarm, ...changes }))).toEqual(codes);
  });

  it('name scaling policies by their ARN or by service and name', () => {
    const actions = actionsOfAlarm({ ...alarm, alarmActions: [policy, `${policy}:createdBy/1`, 'service/default/web/out'] });
    expect(actions.map((action) => action.policy)).toEqual(Array.from({ length: 3 }, () => 'service/default/web/out'));
  });
});
