import { describe, expect, it } from 'vitest';
import { Alarm } from '../../src/model/service/alarm.ts';
import { Repository } from '../../src/model/access/repository.ts';
import { Role } from '../../src/model/access/role.ts';
import { Rule } from '../../src/model/time/rule.ts';
import { ScalableTarget, ScalingPolicy, ScheduledAction } from '../../src/model/service/scaling.ts';
import { Schedule } from '../../src/model/time/schedule.ts';
import { defaultsOf } from './defaults.ts';

/** EventBridge and Scheduler start the same thing: RunTask's own defaults (spec 5.9, 6.3). */
const started = (place: string) => ({
  [`${place}.ecsParameters.taskCount`]: 1,
  [`${place}.ecsParameters.capacityProviderStrategy.weight`]: 0,
  [`${place}.ecsParameters.capacityProviderStrategy.base`]: 0,
  [`${place}.ecsParameters.networkConfiguration.awsvpcConfiguration.assignPublicIp`]: 'DISABLED',
  [`${place}.ecsParameters.enableECSManagedTags`]: false,
  [`${place}.ecsParameters.enableExecuteCommand`]: false,
  [`${place}.retryPolicy.maximumRetryAttempts`]: 185,
  [`${place}.retryPolicy.maximumEventAgeInSeconds`]: 86_400,
});
const scaled = { serviceNamespace: 'ecs', scalableDimension: 'ecs:service:DesiredCount' };
const query = (place: string) => ({
  [`${place}.metricStat.period`]: 60,
  [`${place}.returnData`]: true,
  [`${place}.period`]: 60,
});
const predictive = 'predictiveScalingPolicyConfiguration';
const forecast = (metric: string) => query(`${predictive}.metricSpecifications.customized${metric}MetricSpecification.metricDataQueries`);

describe('defaults are those of AWS', () => {
  it.each([
    [
      'Schedule (spec 6.3)',
      Schedule,
      { groupName: 'default', state: 'ENABLED', scheduleExpressionTimezone: 'UTC', actionAfterCompletion: 'NONE', ...started('target') },
    ],
    ['Rule (spec 6.4)', Rule, { eventBusName: 'default', state: 'ENABLED', ...started('targets') }],
    [
      'ScalableTarget (spec 7.1)',
      ScalableTarget,
      {
        ...scaled,
        'suspendedState.dynamicScalingInSuspended': false,
        'suspendedState.dynamicScalingOutSuspended': false,
        'suspendedState.scheduledScalingSuspended': false,
      },
    ],
    [
      'ScalingPolicy (spec 7.2, 7.3)',
      ScalingPolicy,
      {
        ...scaled,
        'targetTrackingScalingPolicyConfiguration.scaleOutCooldown': 300,
        'targetTrackingScalingPolicyConfiguration.scaleInCooldown': 300,
        'targetTrackingScalingPolicyConfiguration.disableScaleIn': false,
        ...query('targetTrackingScalingPolicyConfiguration.customizedMetricSpecification.metrics'),
        'stepScalingPolicyConfiguration.cooldown': 300,
        'stepScalingPolicyConfiguration.metricAggregationType': 'Average',
        [`${predictive}.mode`]: 'ForecastOnly',
        [`${predictive}.schedulingBufferTime`]: 300,
        [`${predictive}.maxCapacityBreachBehavior`]: 'HonorMaxCapacity',
        ...forecast('Scaling'),
        ...forecast('Load'),
        ...forecast('Capacity'),
      },
    ],
    ['ScheduledAction (spec 7.4)', ScheduledAction, { ...scaled, timezone: 'UTC' }],
    [
      'Alarm (PutMetricAlarm)',
      Alarm,
      { actionsEnabled: true, treatMissingData: 'missing', evaluateLowSampleCountPercentile: 'evaluate', ...query('metrics') },
    ],
    [
      'Repository (spec 10.3, 10.4)',
      Repository,
      {
        imageTagMutability: 'MUTABLE',
        'imageScanningConfiguration.scanOnPush': false,
        'lifecyclePolicy.rules.selection.storageClass': 'standard',
      },
    ],
    ['Role (CreateRole)', Role, { path: '/', maxSessionDuration: 3_600 }],
  ])('%s', (_, schema, defaults) => {
    expect(defaultsOf(schema)).toEqual(defaults);
  });
});
