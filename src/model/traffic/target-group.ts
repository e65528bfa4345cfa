// Target groups: who receives requests, and how their health is checked. Names are ELB's, in lowerCamel; PascalCase is folded on reading.
// Which of the fields belong together is the rules' business (manifest/rules/target-group.ts); attributes by key stand in elb-attributes.ts.
import { z } from 'zod';
import { ElbAttribute } from './elb-attributes.ts';
import { ElbName } from '../name.ts';
import { Tags } from '../tags.ts';
import { ignored, later, refused } from '../fate.ts';
import { parseGrpcCodes, parseHttpCodes } from '../../lang/http-codes.ts';
import { readable } from '../syntax.ts';
import type { FateNote } from '../fate.ts';

export const PROTOCOLS = ['HTTP', 'HTTPS', 'TCP', 'TLS', 'UDP', 'TCP_UDP', 'GENEVE', 'QUIC', 'TCP_QUIC'] as const;

/** The same fate for each of these values. */
export function fatesOf(values: readonly string[], { fate }: { readonly fate: FateNote }): Record<string, FateNote> {
  return Object.fromEntries(values.map((value) => [value, fate]));
}

const PlainHttp = {
  default: 'HTTP',
  valueFates: fatesOf(
    PROTOCOLS.filter((protocol) => protocol !== 'HTTP'),
    later('the proxy speaks plain HTTP to targets'),
  ),
};

const Matcher = z.strictObject({
  httpCode: z
    .union([z.string(), z.int()])
    .transform(String)
    .superRefine(readable((text) => parseHttpCodes(text, null), 'bad-matcher'))
    .optional()
    .meta({ description: 'HTTP codes or ranges of them, from 200 to 499 (599 behind a network load balancer).', default: '200' }),
  grpcCode: z
    .union([z.string(), z.int()])
    .transform(String)
    .superRefine(readable(parseGrpcCodes, 'bad-matcher'))
    .optional()
    .meta({ description: 'gRPC codes or ranges of them, from 0 to 99.', default: '12', ...later('the proxy makes no gRPC checks') }),
});

export const TargetGroup = z
  .strictObject({
    name: ElbName.meta({ description: 'Name of the target group.' }),
    protocol: z
      .enum(PROTOCOLS)
      .optional()
      .meta({ description: 'Protocol of the requests to targets.', ...PlainHttp }),
    protocolVersion: z
      .enum(['HTTP1', 'HTTP2', 'GRPC'])
      .optional()
      .meta({
        description: 'Version of HTTP that is spoken to targets.',
        default: 'HTTP1',
        valueFates: fatesOf(['HTTP2', 'GRPC'], later('the proxy speaks HTTP/1.1 to targets')),
      }),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .meta({ description: 'Taken for the sake of ELB; a task is always reached at the port it got.' }),
    targetType: z
      .enum(['instance', 'ip', 'lambda', 'alb'])
      .optional()
      .meta({
        description: 'What a target is in ELB.',
        default: 'instance',
        valueFates: {
          ip: ignored('a task is reached as its instance says: at the address of its container or at a published port').fate,
          lambda: refused('there are no functions here; targets are tasks').fate,
          alb: later('targets are tasks only').fate,
        },
      }),
    vpcId: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .meta({ description: 'VPC of the targets.', ...ignored('there are no VPCs here') }),
    ipAddressType: z
      .enum(['ipv4', 'ipv6'])
      .optional()
      .meta({
        description: 'Kind of the addresses of targets.',
        default: 'ipv4',
        valueFates: { ipv6: ignored('a task is reached as its instance says').fate },
      }),
    healthCheckEnabled: z
      .boolean()
      .optional()
      .meta({
        description: 'Whether targets are checked; ELB lets it be false for functions only.',
        default: true,
        valueFates: { false: refused('targets that are tasks are always checked').fate },
      }),
    healthCheckProtocol: z
      .enum(PROTOCOLS)
      .optional()
      .meta({ description: 'Protocol of the checks.', ...PlainHttp }),
    healthCheckPort: z
      .union([z.string(), z.int()])
      .transform(String)
      .refine((text) => /^(?:traffic-port|[1-9][0-9]{0,4})$/.test(text), {
        message: 'is no port',
        params: { code: 'bad-port', hint: 'write a port from 1 to 65535, or traffic-port', at: 0 },
      })
      .optional()
      .meta({
        description: 'Port of the checks, 1 to 65,535, or traffic-port for the one that requests go to.',
        default: 'traffic-port',
        ...later('targets are checked at the port that requests go to'),
      }),
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
    matcher: Matcher.optional().meta({ description: 'Codes that count as healthy: 200, "200,202", "200-299".' }),
    targetControlPort: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .meta({ description: 'Port at which an agent of ELB tells what a target can take.', ...later('no such agent is asked') }),
    targetGroupAttributes: z
      .array(ElbAttribute)
      .max(20)
      .optional()
      .meta({ description: 'Attributes by key (ELB ModifyTargetGroupAttributes); at most 20.' }),
    tags: Tags.optional().meta({ description: 'Tags; at most 50.', ...ignored('nothing reads them') }),
  })
  .meta({ title: 'TargetGroup', description: 'Targets that receive requests, and how their health is checked (ELB CreateTargetGroup).' });
export type TargetGroup = z.infer<typeof TargetGroup>;

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
