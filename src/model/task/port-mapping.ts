// Port mappings of a container definition. ECS writes a mapping with one port or with a range of ports; what reads them asks the functions
// below, so that a range is never taken for a port.
import { z } from 'zod';
import { PortExtension } from './extension.ts';
import { ignored } from '../fate.ts';

export const PortMapping = z.strictObject({
  containerPort: z.int().min(1).max(65_535).optional().meta({ description: 'Port inside the container.' }),
  containerPortRange: z
    .string()
    .regex(/^[0-9]{1,5}-[0-9]{1,5}$/, 'must be two ports with a hyphen between them')
    .optional()
    .meta({
      description:
        'Ports inside the container, first-last, instead of containerPort; in bridge as many free ports of the instance in one run, chosen when the task is placed.',
    }),
  hostPort: z
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .meta({ description: 'Port on the instance; 0 or absent: chosen dynamically at each start.', default: 0 }),
  protocol: z.enum(['tcp', 'udp']).optional().meta({ description: 'Protocol of the port.', default: 'tcp' }),
  name: z
    .string()
    .regex(/^[a-z0-9_][a-z0-9_-]{0,63}$/, 'must be 1 to 64 lower-case letters, digits, underscores or hyphens, not starting with a hyphen')
    .optional()
    .meta({ description: 'Name of the mapping, unique in its task definition.' }),
  appProtocol: z
    .enum(['http', 'http2', 'grpc'])
    .optional()
    .meta({
      description: 'Protocol that the proxy of Service Connect speaks; absent: TCP as it comes.',
      ...ignored('only Service Connect reads it'),
    }),
  'x-longshore': PortExtension.optional().meta({ description: 'What Docker can say of a published port and ECS cannot.' }),
});
export type PortMapping = z.infer<typeof PortMapping>;

/** A mapping of one port, with ECS's defaults filled in. */
export interface SinglePort {
  readonly containerPort: number;
  /** 0: chosen at each start. */
  readonly hostPort: number;
  readonly protocol: 'tcp' | 'udp';
  /** Address of the instance; absent: all of them. */
  readonly hostIp?: string;
}

/** A mapping of a range of ports; in bridge its host ports are chosen when a task is placed. */
export interface PortRange {
  readonly containerPort: number;
  readonly length: number;
  readonly protocol: 'tcp' | 'udp';
  /** Address of the instance; absent: all of them. */
  readonly hostIp?: string;
}

/** ECS: at most so many ranges of a container. */
export const MAX_RANGES = 100;
/** Ports of all ranges of a task on its instance. Docker starts up to two processes for each of them. */
export const MAX_RANGE_PORTS = 1_000;

const PORT_MAX = 65_535;

/** The ports of `first-last`; null: it is no range. */
export function portRangeIn(text: string): { readonly first: number; readonly last: number } | null {
  const [first = 0, last = 0] = text.split('-').map(Number);
  return first >= 1 && first < last && last <= PORT_MAX ? { first, last } : null;
}

/** The mappings of ranges, in their order. */
export function portRanges(mappings: readonly PortMapping[] | undefined): readonly PortRange[] {
  return (mappings ?? []).flatMap(({ containerPortRange, protocol, 'x-longshore': more }) => {
    const range = containerPortRange === undefined ? null : portRangeIn(containerPortRange);
    if (range === null) return [];
    const address = more?.hostIp === undefined ? {} : { hostIp: more.hostIp };
    return [{ containerPort: range.first, length: range.last - range.first + 1, protocol: protocol ?? 'tcp', ...address }];
  });
}

/** The mappings of single ports, in their order. ECS: host port 0, protocol tcp. */
export function singlePorts(mappings: readonly PortMapping[] | undefined): readonly SinglePort[] {
  return (mappings ?? []).flatMap(({ containerPort, hostPort, protocol, 'x-longshore': more }) => {
    if (containerPort === undefined) return [];
    const address = more?.hostIp === undefined ? {} : { hostIp: more.hostIp };
    return [{ containerPort, hostPort: hostPort ?? 0, protocol: protocol ?? 'tcp', ...address }];
  });
}
