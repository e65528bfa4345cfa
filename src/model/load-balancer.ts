// Load balancers, their listeners and rules, and target groups. Names are ELB's, in lowerCamel; PascalCase is folded on reading.
import { z } from 'zod';
import { ElbName, TargetGroupReference } from './name.ts';
import { parseHttpCodes } from '../lang/http-codes.ts';
import { readable } from './syntax.ts';

export const TargetGroupAttribute = z.strictObject({
  key: z.string().min(1).meta({ description: 'Name of the attribute, such as deregistration_delay.timeout_seconds.' }),
  value: z.union([z.string(), z.int(), z.boolean()]).transform(String),
});

export const TargetGroup = z
  .strictObject({
    name: ElbName,
    protocol: z.enum(['HTTP']).optional().meta({ default: 'HTTP' }),
    port: z.int().min(1).max(65_535).optional(),
    healthCheckProtocol: z.enum(['HTTP']).optional().meta({ default: 'HTTP' }),
    healthCheckPath: z.string().regex(/^\//, 'must begin with "/"').max(1_024).optional().meta({ default: '/' }),
    healthCheckIntervalSeconds: z
      .int()
      .min(5)
      .max(300)
      .optional()
      .meta({ description: 'Seconds between two checks of a target.', default: 30 }),
    healthCheckTimeoutSeconds: z.int().min(2).max(120).optional().meta({ default: 5 }),
    healthyThresholdCount: z
      .int()
      .min(2)
      .max(10)
      .optional()
      .meta({ description: 'Successes that bring an unhealthy target back; a new one needs one.', default: 5 }),
    unhealthyThresholdCount: z.int().min(2).max(10).optional().meta({ default: 2 }),
    matcher: z
      .strictObject({ httpCode: z.union([z.string(), z.int()]).transform(String).superRefine(readable(parseHttpCodes, 'bad-matcher')) })
      .optional()
      .meta({ description: 'Codes that count as healthy: 200, "200,202", "200-299".' }),
    targetGroupAttributes: z.array(TargetGroupAttribute).max(20).optional(),
  })
  .meta({ title: 'TargetGroup', description: 'Targets that receive requests, and how their health is checked (ELB CreateTargetGroup).' });
export type TargetGroup = z.infer<typeof TargetGroup>;

const Values = z.array(z.string().min(1).max(128)).min(1).max(5);

export const RuleCondition = z.strictObject({
  field: z.enum(['host-header', 'path-pattern']),
  values: Values.optional(),
  hostHeaderConfig: z.strictObject({ values: Values }).optional(),
  pathPatternConfig: z.strictObject({ values: Values }).optional(),
});
export type RuleCondition = z.infer<typeof RuleCondition>;

export const ListenerAction = z.strictObject({
  type: z.enum(['forward']),
  targetGroupArn: TargetGroupReference.meta({ description: 'Name (or ARN) of the target group.' }),
});
export type ListenerAction = z.infer<typeof ListenerAction>;

export const ListenerRule = z.strictObject({
  priority: z.int().min(1).max(50_000).meta({ description: 'Order within the listener; the lowest number that matches wins.' }),
  conditions: z.array(RuleCondition).min(1).max(5),
  actions: z.array(ListenerAction).length(1),
});
export type ListenerRule = z.infer<typeof ListenerRule>;

export const Listener = z.strictObject({
  port: z.int().min(1).max(65_535),
  protocol: z.enum(['HTTP']).optional().meta({ default: 'HTTP' }),
  defaultActions: z.array(ListenerAction).length(1),
  rules: z.array(ListenerRule).max(100).optional(),
});
export type Listener = z.infer<typeof Listener>;

export const LoadBalancer = z
  .strictObject({
    name: ElbName,
    listeners: z.array(Listener).min(1).max(50),
  })
  .meta({
    title: 'LoadBalancer',
    description: 'Listeners and rules that send requests to target groups (ELB CreateLoadBalancer, CreateListener, CreateRule).',
  });
export type LoadBalancer = z.infer<typeof LoadBalancer>;

/** What a target group means in numbers, every default filled in. Times in milliseconds. */
export interface TargetGroupSettings {
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly matcher: string;
  readonly deregistrationDelayMs: number;
}

/** ELB: path /, every 30 s, timeout 5 s, 5 successes, 2 failures, code 200, 300 s of deregistration delay. */
export function targetGroupSettings(group: TargetGroup): TargetGroupSettings {
  const delay = group.targetGroupAttributes?.find((attribute) => attribute.key === 'deregistration_delay.timeout_seconds')?.value;
  return {
    path: group.healthCheckPath ?? '/',
    intervalMs: (group.healthCheckIntervalSeconds ?? 30) * 1_000,
    timeoutMs: (group.healthCheckTimeoutSeconds ?? 5) * 1_000,
    healthyThreshold: group.healthyThresholdCount ?? 5,
    unhealthyThreshold: group.unhealthyThresholdCount ?? 2,
    matcher: group.matcher?.httpCode ?? '200',
    deregistrationDelayMs: (delay === undefined ? 300 : Number(delay)) * 1_000,
  };
}
