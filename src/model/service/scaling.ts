// Service auto scaling (Application Auto Scaling): between which counts a service may move, what moves it, and when the limits change.
// Names are that API's, in lowerCamel; PascalCase is folded on reading. Only ECS services are scaled here.
import { z } from 'zod';
import { Dimensions, MetricName, MetricNamespace, MetricQuery, Statistic, Unit } from './metric.ts';
import { Moment, TimeZone } from '../time/moment.ts';
import { parseScheduleExpression } from '../../lang/schedule-expression.ts';
import { readable } from '../syntax.ts';

/** What a scalable target belongs to: the three fields that stand in every call. */
const serviceNamespace = z
  .enum([
    'ecs',
    'elasticmapreduce',
    'ec2',
    'appstream',
    'dynamodb',
    'rds',
    'sagemaker',
    'custom-resource',
    'comprehend',
    'lambda',
    'cassandra',
    'kafka',
    'elasticache',
    'neptune',
    'workspaces',
  ])
  .optional()
  .meta({ description: 'The AWS service that is scaled; only ecs is acted on.', default: 'ecs' });
const resourceId = z
  .string()
  .min(1)
  .max(1_600)
  .optional()
  .meta({ description: 'The service that is scaled: service/<cluster>/<service>.' });
const scalableDimension = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .meta({ description: 'What of it is scaled.', default: 'ecs:service:DesiredCount' });
const capacity = z.int().min(0).max(5_000);

export const SuspendedState = z.strictObject({
  dynamicScalingInSuspended: z.boolean().optional().meta({ description: 'Whether policies take no tasks away.', default: false }),
  dynamicScalingOutSuspended: z.boolean().optional().meta({ description: 'Whether policies add no tasks.', default: false }),
  scheduledScalingSuspended: z.boolean().optional().meta({ description: 'Whether scheduled actions do nothing.', default: false }),
});

export const ScalableTarget = z
  .strictObject({
    serviceNamespace,
    resourceId,
    scalableDimension,
    minCapacity: capacity.meta({ description: 'Least number of tasks.' }),
    maxCapacity: capacity.meta({ description: 'Greatest number of tasks.' }),
    suspendedState: SuspendedState.optional().meta({ description: 'Which kinds of scaling rest.' }),
    roleARN: z.string().min(1).max(1_600).optional().meta({ description: 'Role that AWS would take; Longshore needs none.' }),
    tags: z.record(z.string(), z.string()).optional().meta({ description: 'Tags by key.' }),
  })
  .meta({
    title: 'ScalableTarget',
    description: 'The limits between which a service is scaled (Application Auto Scaling RegisterScalableTarget).',
  });
export type ScalableTarget = z.infer<typeof ScalableTarget>;

/** Predefined metrics of ECS services; the others belong to other AWS services. */
export const ECS_METRIC_TYPES = [
  'ECSServiceAverageCPUUtilization',
  'ECSServiceAverageMemoryUtilization',
  'ALBRequestCountPerTarget',
  'ECSServiceAverageCPUUtilizationHighResolution',
  'ECSServiceAverageMemoryUtilizationHighResolution',
] as const;
export const FOREIGN_METRIC_TYPES = [
  'DynamoDBReadCapacityUtilization',
  'DynamoDBWriteCapacityUtilization',
  'RDSReaderAverageCPUUtilization',
  'RDSReaderAverageDatabaseConnections',
  'EC2SpotFleetRequestAverageCPUUtilization',
  'EC2SpotFleetRequestAverageNetworkIn',
  'EC2SpotFleetRequestAverageNetworkOut',
  'SageMakerVariantInvocationsPerInstance',
  'AppStreamAverageCapacityUtilization',
  'ComprehendInferenceUtilization',
  'LambdaProvisionedConcurrencyUtilization',
  'CassandraReadCapacityUtilization',
  'CassandraWriteCapacityUtilization',
  'KafkaBrokerStorageUtilization',
  'ElastiCacheEngineCPUUtilization',
  'ElastiCacheDatabaseMemoryUsagePercentage',
  'ElastiCachePrimaryEngineCPUUtilization',
  'ElastiCacheReplicaEngineCPUUtilization',
  'ElastiCacheDatabaseMemoryUsageCountedForEvictPercentage',
  'ElastiCacheDatabaseCapacityUsageCountedForEvictPercentage',
  'NeptuneReaderAverageCPUUtilization',
  'SageMakerVariantProvisionedConcurrencyUtilization',
  'SageMakerInferenceComponentInvocationsPerCopy',
  'SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution',
  'SageMakerVariantConcurrentRequestsPerModelHighResolution',
  'WorkSpacesAverageUserSessionsCapacityUtilization',
] as const;

const resourceLabel = z
  .string()
  .min(1)
  .max(1_023)
  .optional()
  .meta({ description: 'For ALBRequestCountPerTarget: app/<load balancer>/<id>/targetgroup/<target group>/<id>.' });

export const PredefinedMetric = z.strictObject({
  predefinedMetricType: z.enum([...ECS_METRIC_TYPES, ...FOREIGN_METRIC_TYPES]).meta({ description: 'A metric that ECS or ELB measures.' }),
  resourceLabel,
});

export const CustomizedMetric = z.strictObject({
  metricName: MetricName.optional().meta({ description: 'Name of the metric.' }),
  namespace: MetricNamespace.optional().meta({ description: 'Namespace of the metric.' }),
  dimensions: Dimensions.optional().meta({ description: 'Names and values that pick one metric; at most 30.' }),
  statistic: Statistic.optional().meta({ description: 'How the values of a period become one.' }),
  unit: Unit.optional().meta({ description: 'Only values in this unit count.' }),
  metrics: z
    .array(MetricQuery)
    .min(1)
    .max(20)
    .optional()
    .meta({ description: 'Metric math, instead of the other fields; at most 20 queries.' }),
});
export type CustomizedMetric = z.infer<typeof CustomizedMetric>;

const cooldown = (what: string, standard: number) =>
  z
    .int()
    .min(0)
    .max(86_400)
    .optional()
    .meta({ description: `Seconds after ${what}.`, default: standard });

export const TargetTracking = z.strictObject({
  targetValue: z.number().positive('must be above 0').meta({ description: 'The value that the metric is kept at, in its unit.' }),
  predefinedMetricSpecification: PredefinedMetric.optional().meta({ description: 'A metric that ECS or ELB measures.' }),
  customizedMetricSpecification: CustomizedMetric.optional().meta({ description: 'A metric of your own, or metric math.' }),
  scaleOutCooldown: cooldown('a scale-out in which only a larger one acts', 300),
  scaleInCooldown: cooldown('a scale-in in which no other acts', 300),
  disableScaleIn: z.boolean().optional().meta({ description: 'Whether this policy only ever adds tasks.', default: false }),
});
export type TargetTracking = z.infer<typeof TargetTracking>;

export const StepAdjustment = z.strictObject({
  metricIntervalLowerBound: z
    .number()
    .optional()
    .meta({ description: 'Distance from the threshold of the alarm, in the unit of its metric; absent: no lower end.' }),
  metricIntervalUpperBound: z
    .number()
    .optional()
    .meta({ description: 'Distance from the threshold of the alarm, in the unit of its metric; absent: no upper end.' }),
  scalingAdjustment: z.int().min(-5_000).max(5_000).meta({ description: 'Tasks or percent, as adjustmentType says.' }),
});
export type StepAdjustment = z.infer<typeof StepAdjustment>;

export const StepScaling = z.strictObject({
  adjustmentType: z
    .enum(['ChangeInCapacity', 'PercentChangeInCapacity', 'ExactCapacity'])
    .meta({ description: 'Whether steps add tasks, add percent, or set the number of tasks.' }),
  stepAdjustments: z.array(StepAdjustment).min(1).max(20).meta({ description: 'What each distance from the threshold does; at most 20.' }),
  minAdjustmentMagnitude: z.int().min(1).optional().meta({ description: 'Least number of tasks that a percentage moves.' }),
  cooldown: cooldown('a scaling in which a further one counts only for its difference', 300),
  metricAggregationType: z
    .enum(['Average', 'Minimum', 'Maximum'])
    .optional()
    .meta({ description: 'How the values of a period become one.', default: 'Average' }),
});
export type StepScaling = z.infer<typeof StepScaling>;

const PredictiveMetric = z.strictObject({
  predefinedMetricType: z.string().min(1).max(128).meta({ description: 'A metric, or a pair of them, that ECS or ELB measures.' }),
  resourceLabel,
});
const PredictiveQueries = z.strictObject({
  metricDataQueries: z.array(MetricQuery).min(1).max(10).meta({ description: 'Metric math; at most 10 queries.' }),
});

export const PredictiveScaling = z.strictObject({
  metricSpecifications: z
    .array(
      z.strictObject({
        targetValue: z.number().positive('must be above 0').meta({ description: 'The value that the metric is kept at, in its unit.' }),
        predefinedMetricPairSpecification: PredictiveMetric.optional().meta({ description: 'Load and scaling metric in one.' }),
        predefinedScalingMetricSpecification: PredictiveMetric.optional().meta({ description: 'The metric that is kept at its value.' }),
        predefinedLoadMetricSpecification: PredictiveMetric.optional().meta({ description: 'The metric that is forecast.' }),
        customizedScalingMetricSpecification: PredictiveQueries.optional().meta({ description: 'The metric that is kept at its value.' }),
        customizedLoadMetricSpecification: PredictiveQueries.optional().meta({ description: 'The metric that is forecast.' }),
        customizedCapacityMetricSpecification: PredictiveQueries.optional().meta({ description: 'The metric of the capacity.' }),
      }),
    )
    .length(1)
    .meta({ description: 'The metrics; exactly one entry.' }),
  mode: z
    .enum(['ForecastOnly', 'ForecastAndScale'])
    .optional()
    .meta({ description: 'Whether forecasts move the service.', default: 'ForecastOnly' }),
  schedulingBufferTime: z
    .int()
    .min(0)
    .max(3_600)
    .optional()
    .meta({ description: 'Seconds that tasks start before they are needed.', default: 300 }),
  maxCapacityBreachBehavior: z
    .enum(['HonorMaxCapacity', 'IncreaseMaxCapacity'])
    .optional()
    .meta({ description: 'What a forecast above maxCapacity does.', default: 'HonorMaxCapacity' }),
  maxCapacityBuffer: z.int().min(0).max(100).optional().meta({ description: 'Percent above the forecast, with IncreaseMaxCapacity.' }),
});

export const ScalingPolicy = z
  .strictObject({
    policyName: z
      .string()
      .min(1)
      .max(256)
      .regex(/^[^\p{Cc}]+$/u, 'must hold no control characters')
      .optional()
      .meta({ description: 'Name of the policy, unique for its service.' }),
    serviceNamespace,
    resourceId,
    scalableDimension,
    policyType: z
      .enum(['StepScaling', 'TargetTrackingScaling', 'PredictiveScaling'])
      .optional()
      .meta({ description: 'How the policy decides; absent: as the configuration that is given.' }),
    stepScalingPolicyConfiguration: StepScaling.optional().meta({ description: 'Steps by distance from the threshold of an alarm.' }),
    targetTrackingScalingPolicyConfiguration: TargetTracking.optional().meta({ description: 'A metric that is kept at a value.' }),
    predictiveScalingPolicyConfiguration: PredictiveScaling.optional().meta({ description: 'Forecasts by the load of past days.' }),
  })
  .meta({ title: 'ScalingPolicy', description: 'What moves the count of a service (Application Auto Scaling PutScalingPolicy).' });
export type ScalingPolicy = z.infer<typeof ScalingPolicy>;

export const ScheduledAction = z
  .strictObject({
    scheduledActionName: z
      .string()
      .min(1)
      .max(256)
      .regex(/^(?! )[^\p{Cc}:/|]*(?<! )$/u, 'must hold no ":", "/", "|" or control characters, and no blank at its ends')
      .optional()
      .meta({ description: 'Name of the action, unique for its service.' }),
    serviceNamespace,
    resourceId,
    scalableDimension,
    schedule: z
      .string()
      .superRefine(readable((text) => parseScheduleExpression(text, 'autoscaling'), 'bad-schedule'))
      .meta({ description: 'When: cron(...), rate(...) or at(...).' }),
    timezone: TimeZone.optional().meta({ description: 'Zone of cron and at.', default: 'UTC' }),
    startTime: Moment.optional().meta({ description: 'Nothing happens before this moment: an ISO 8601 time, or seconds since 1970.' }),
    endTime: Moment.optional().meta({ description: 'Nothing happens after this moment: an ISO 8601 time, or seconds since 1970.' }),
    scalableTargetAction: z
      .strictObject({
        minCapacity: capacity.optional().meta({ description: 'New least number of tasks.' }),
        maxCapacity: capacity.optional().meta({ description: 'New greatest number of tasks.' }),
      })
      .meta({ description: 'The limits from then on.' }),
  })
  .meta({
    title: 'ScheduledAction',
    description: 'Changes the limits of a scalable target at set times (Application Auto Scaling PutScheduledAction).',
  });
export type ScheduledAction = z.infer<typeof ScheduledAction>;
