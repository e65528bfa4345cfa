// Alarms: a metric, a threshold, and how many of the last values must be beyond it (CloudWatch PutMetricAlarm).
// Names are CloudWatch's, in lowerCamel; PascalCase is folded on reading.
import { z } from 'zod';
import { Dimensions, MetricName, MetricNamespace, MetricQuery, Statistic, Unit } from './metric.ts';
import { Tags } from '../tags.ts';

const Actions = z.array(z.string().min(1).max(1_024)).max(5).optional();

export const Alarm = z
  .strictObject({
    alarmName: z.string().min(1).max(255).meta({ description: 'Name of the alarm.' }),
    alarmDescription: z.string().max(1_024).optional().meta({ description: 'For people.' }),
    actionsEnabled: z.boolean().optional().meta({ description: 'Whether a change of the state does anything.', default: true }),
    oKActions: Actions.meta({ description: 'What becoming OK does; at most 5.' }),
    alarmActions: Actions.meta({ description: 'What becoming ALARM does: ARNs of scaling policies; at most 5.' }),
    insufficientDataActions: Actions.meta({ description: 'What becoming INSUFFICIENT_DATA does; at most 5.' }),
    metricName: MetricName.optional().meta({ description: 'Name of the metric.' }),
    namespace: MetricNamespace.optional().meta({ description: 'Namespace of the metric, such as AWS/ECS.' }),
    statistic: Statistic.optional().meta({ description: 'How the values of a period become one.' }),
    extendedStatistic: z
      .string()
      .regex(
        /^(?:(?:p|tm|wm|tc|ts)[0-9]{1,3}(?:\.[0-9]{1,10})?|iqm|(?:TM|WM|TC|TS|PR)\(.+\))$/i,
        'must be a percentile or trimmed statistic, such as p99',
      )
      .optional()
      .meta({ description: 'Percentile or trimmed statistic, instead of statistic: p99, tm90.' }),
    dimensions: Dimensions.optional().meta({ description: 'Names and values that pick one metric; at most 30.' }),
    period: z.int().min(1).optional().meta({ description: 'Seconds of a period: 10, 20, 30 or a multiple of 60.' }),
    unit: Unit.optional().meta({ description: 'Only values in this unit count.' }),
    evaluationPeriods: z.int().min(1).meta({ description: 'Number of the last periods that are looked at.' }),
    datapointsToAlarm: z.int().min(1).optional().meta({ description: 'Number of them that must be beyond the threshold; absent: all.' }),
    threshold: z.number().optional().meta({ description: 'The value that the metric is compared with, in its unit.' }),
    comparisonOperator: z
      .enum([
        'GreaterThanOrEqualToThreshold',
        'GreaterThanThreshold',
        'LessThanThreshold',
        'LessThanOrEqualToThreshold',
        'LessThanLowerOrGreaterThanUpperThreshold',
        'LessThanLowerThreshold',
        'GreaterThanUpperThreshold',
      ])
      .meta({ description: 'How the metric is compared with the threshold.' }),
    treatMissingData: z
      .enum(['breaching', 'notBreaching', 'ignore', 'missing'])
      .optional()
      .meta({ description: 'What a period without values counts as.', default: 'missing' }),
    evaluateLowSampleCountPercentile: z
      .enum(['evaluate', 'ignore'])
      .optional()
      .meta({ description: 'Whether percentiles of too few values count.', default: 'evaluate' }),
    metrics: z.array(MetricQuery).min(1).max(20).optional().meta({ description: 'Metric math, instead of a metric; at most 20 queries.' }),
    thresholdMetricId: z.string().min(1).max(255).optional().meta({ description: 'The query that is the band of an anomaly detection.' }),
    tags: Tags.optional().meta({ description: 'Tags; at most 50.' }),
  })
  .meta({ title: 'Alarm', description: 'Compares a metric with a threshold (CloudWatch PutMetricAlarm).' });
export type Alarm = z.infer<typeof Alarm>;
