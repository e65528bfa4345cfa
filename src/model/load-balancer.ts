// Load balancers, their listeners and rules, and target groups. Names are ELB's, in lowerCamel; PascalCase is folded on reading.
import { z } from 'zod';
import { ElbName, TargetGroupReference } from './name.ts';
import { parseHttpCodes } from '../lang/http-codes.ts';
import { readable } from './syntax.ts';

export const TargetGroupAttribute = z.strictObject({
  key: z.string().min(1).meta({ description: 'Name of the attribute, such as deregistration_delay.timeout_seconds.' }),
  value: z.union([z.string(), z.int(), z.boolean()]).transform(String).meta({ description: 'Its value; the key names the unit.' }),
});

export const TargetGroup = z
  .strictObject({
    name: ElbName.meta({ description: 'Name of the target group.' }),
    protocol: z.enum(['HTTP']).optional().meta({ description: 'Protocol of the requests to targets.', default: 'HTTP' }),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .meta({ description: 'Taken for the sake of ELB; a task is always reached at the port it got.' }),
    healthCheckProtocol: z.enum(['HTTP']).optional().meta({ description: 'Protocol of the checks.', default: 'HTTP' }),
    healthCheckPath: z
      .string()
      .regex(/^\//, 'must begin with "/"')
      .max(1_024)
      .optional()
      .meta({ description: 'Path that a check asks for.', default: '/' }),
    healthCheckIntervalSeconds: z
      .int()
      .min(5)
      .max(300)
      .optional()
      .meta({ description: 'Seconds between two checks of a target.', default: 30 }),
    healthCheckTimeoutSeconds: z
      .int()
      .min(2)
      .max(120)
      .optional()
      .meta({ description: 'Seconds until a check counts as failed.', default: 5 }),
    healthyThresholdCount: z
      .int()
      .min(2)
      .max(10)
      .optional()
      .meta({ description: 'Successes that bring an unhealthy target back; a new one needs one.', default: 5 }),
    unhealthyThresholdCount: z
      .int()
      .min(2)
      .max(10)
      .optional()
      .meta({ description: 'Failures in a row that make a target unhealthy.', default: 2 }),
    matcher: z
      .strictObject({
        httpCode: z
          .union([z.string(), z.int()])
          .transform(String)
          .superRefine(readable(parseHttpCodes, 'bad-matcher'))
          .meta({ description: 'Codes or ranges from 200 to 499.', default: '200' }),
      })
      .optional()
      .meta({ description: 'Codes that count as healthy: 200, "200,202", "200-299".' }),
    targetGroupAttributes: z
      .array(TargetGroupAttribute)
      .max(20)
      .optional()
      .meta({ description: 'Attributes by key (ELB ModifyTargetGroupAttributes).' }),
  })
  .meta({ title: 'TargetGroup', description: 'Targets that receive requests, and how their health is checked (ELB CreateTargetGroup).' });
export type TargetGroup = z.infer<typeof TargetGroup>;

const Values = z.array(z.string().min(1).max(128)).min(1).max(5).meta({ description: 'Patterns with * and ?; any of them matches.' });

export const RuleCondition = z.strictObject({
  field: z.enum(['host-header', 'path-pattern']).meta({ description: 'What the patterns are compared with.' }),
  values: Values.optional(),
  hostHeaderConfig: z.strictObject({ values: Values }).optional().meta({ description: 'Another place for the values of host-header.' }),
  pathPatternConfig: z.strictObject({ values: Values }).optional().meta({ description: 'Another place for the values of path-pattern.' }),
});
export type RuleCondition = z.infer<typeof RuleCondition>;

export const ListenerAction = z.strictObject({
  type: z.enum(['forward']).meta({ description: 'What happens to the request.' }),
  targetGroupArn: TargetGroupReference.meta({ description: 'Name (or ARN) of the target group.' }),
});
export type ListenerAction = z.infer<typeof ListenerAction>;

export const ListenerRule = z.strictObject({
  priority: z.int().min(1).max(50_000).meta({ description: 'Order within the listener; the lowest number that matches wins.' }),
  conditions: z.array(RuleCondition).min(1).max(5).meta({ description: 'All of them must match.' }),
  actions: z.array(ListenerAction).length(1).meta({ description: 'The action of requests that match.' }),
});
export type ListenerRule = z.infer<typeof ListenerRule>;

export const Listener = z.strictObject({
  port: z.int().min(1).max(65_535).meta({ description: 'Port on which the proxy listens.' }),
  protocol: z.enum(['HTTP']).optional().meta({ description: 'Protocol of the requests.', default: 'HTTP' }),
  defaultActions: z.array(ListenerAction).length(1).meta({ description: 'The action of requests that no rule matches.' }),
  rules: z.array(ListenerRule).max(100).optional().meta({ description: 'Rules by host and path (ELB CreateRule).' }),
});
export type Listener = z.infer<typeof Listener>;

export const LoadBalancer = z
  .strictObject({
    name: ElbName.meta({ description: 'Name of the load balancer.' }),
    listeners: z.array(Listener).min(1).max(50).meta({ description: 'Ports and their rules (ELB CreateListener).' }),
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
