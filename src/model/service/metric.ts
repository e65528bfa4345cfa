// Metrics as CloudWatch names them, and the queries of metric math. Used by alarms and by target tracking; both write the same fields.
import { z } from 'zod';

export const Dimension = z.strictObject({
  name: z.string().min(1).max(255).meta({ description: 'Name of the dimension.' }),
  value: z.string().min(1).max(1_024).meta({ description: 'Its value.' }),
});
export type Dimension = z.infer<typeof Dimension>;

export const Statistic = z.enum(['Average', 'Minimum', 'Maximum', 'SampleCount', 'Sum']);

/** CloudWatch: StandardUnit. */
export const Unit = z.enum([
  'Seconds',
  'Microseconds',
  'Milliseconds',
  'Bytes',
  'Kilobytes',
  'Megabytes',
  'Gigabytes',
  'Terabytes',
  'Bits',
  'Kilobits',
  'Megabits',
  'Gigabits',
  'Terabits',
  'Percent',
  'Count',
  'Bytes/Second',
  'Kilobytes/Second',
  'Megabytes/Second',
  'Gigabytes/Second',
  'Terabytes/Second',
  'Bits/Second',
  'Kilobits/Second',
  'Megabits/Second',
  'Gigabits/Second',
  'Terabits/Second',
  'Count/Second',
  'None',
]);

export const MetricName = z.string().min(1).max(255);
export const MetricNamespace = z.string().min(1).max(255).regex(/^[^:]/, 'must not begin with a colon');
export const Dimensions = z.array(Dimension).max(30);

export const MetricStat = z.strictObject({
  metric: z
    .strictObject({
      namespace: MetricNamespace.optional().meta({ description: 'Namespace of the metric, such as AWS/ECS.' }),
      metricName: MetricName.optional().meta({ description: 'Name of the metric.' }),
      dimensions: Dimensions.optional().meta({ description: 'Names and values that pick one metric; at most 30.' }),
    })
    .meta({ description: 'The metric.' }),
  period: z.int().min(1).optional().meta({ description: 'Seconds that one value stands for.', default: 60 }),
  stat: z.string().min(1).max(100).meta({ description: 'Statistic: Average, Sum, p99, ...' }),
  unit: Unit.optional().meta({ description: 'Only values in this unit count.' }),
});

export const MetricQuery = z.strictObject({
  id: z
    .string()
    .max(255)
    .regex(/^[a-z][A-Za-z0-9_]*$/, 'must begin with a lower-case letter and hold letters, digits and underscores')
    .meta({ description: 'Name of the query, by which expressions refer to it.' }),
  expression: z.string().min(1).max(2_048).optional().meta({ description: 'Metric math over other queries: m1 / m2.' }),
  metricStat: MetricStat.optional().meta({ description: 'A metric and its statistic.' }),
  label: z.string().max(2_047).optional().meta({ description: 'For people.' }),
  returnData: z.boolean().optional().meta({ description: 'Whether this query is the result; exactly one is.', default: true }),
  period: z.int().min(1).optional().meta({ description: 'Seconds that one value of an expression stands for.', default: 60 }),
  accountId: z.string().min(1).max(255).optional().meta({ description: 'Account of the metric; Longshore has none.' }),
});
export type MetricQuery = z.infer<typeof MetricQuery>;
