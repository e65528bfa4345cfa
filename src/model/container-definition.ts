// A container definition: what one container of a task is. Defaults are not written here (they stand in `containerDefaults`),
// so that the spec hash covers what the author wrote and a new default redeploys nothing.
import { z } from 'zod';
import { Name } from './name.ts';
import { parseImageReference } from '../lang/image-reference.ts';
import { readable } from './syntax.ts';

export const KeyValue = z.strictObject({
  name: z
    .string()
    .regex(/^[^=]+$/, 'must not be empty and must hold no "="')
    .meta({ description: 'Name of the variable.' }),
  value: z.string().meta({ description: 'Its value; quote numbers and true/false.' }),
});

export const PortMapping = z.strictObject({
  containerPort: z.int().min(1).max(65_535).meta({ description: 'Port inside the container.' }),
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
});
export type PortMapping = z.infer<typeof PortMapping>;

export const HealthCheck = z.strictObject({
  command: z.array(z.string()).min(1).meta({ description: 'CMD and arguments, or CMD-SHELL and one shell line; exit code 0 is healthy.' }),
  interval: z.int().min(5).max(300).optional().meta({ description: 'Seconds between two checks.', default: 30 }),
  timeout: z.int().min(2).max(60).optional().meta({ description: 'Seconds until a check counts as failed.', default: 5 }),
  retries: z.int().min(1).max(10).optional().meta({ description: 'Consecutive failures that make a container unhealthy.', default: 3 }),
  startPeriod: z
    .int()
    .min(0)
    .max(300)
    .optional()
    .meta({ description: 'Seconds after the start in which failures do not count; 0: off.', default: 0 }),
});
export type HealthCheck = z.infer<typeof HealthCheck>;

export const ContainerDefinition = z.strictObject({
  name: Name.meta({ description: 'Name of the container, unique in its task definition.' }),
  image: z
    .string()
    .max(255 + 72)
    .superRefine(readable(parseImageReference, 'bad-image'))
    .meta({ description: 'Image reference: repository[:tag][@digest].' }),
  cpu: z.int().min(0).max(196_608).optional().meta({ description: 'CPU units, 1024 a core; a share, not a limit.', default: 0 }),
  memory: z.int().min(4).optional().meta({ description: 'Hard limit in MiB.' }),
  memoryReservation: z.int().min(4).optional().meta({ description: 'Soft limit in MiB; what placement subtracts from the instance.' }),
  essential: z.boolean().optional().meta({ description: 'Whether the task ends when this container does.', default: true }),
  entryPoint: z.array(z.string()).optional().meta({ description: 'Replaces the ENTRYPOINT of the image.' }),
  command: z.array(z.string()).optional().meta({ description: 'Replaces the CMD of the image.' }),
  workingDirectory: z.string().min(1).optional().meta({ description: 'Replaces the WORKDIR of the image.' }),
  environment: z.array(KeyValue).optional().meta({ description: 'Environment variables; no place for secrets.' }),
  user: z.string().min(1).optional().meta({ description: 'User and group in the container: name or number, user:group.' }),
  readonlyRootFilesystem: z
    .boolean()
    .optional()
    .meta({ description: 'Whether the file system of the image can only be read.', default: false }),
  portMappings: z.array(PortMapping).max(100).optional().meta({ description: 'Ports of the container that the instance publishes.' }),
  healthCheck: HealthCheck.optional().meta({
    description: 'Command that the engine runs to see whether the container is healthy; a HEALTHCHECK of the image does not count.',
  }),
  stopTimeout: z.int().min(0).optional().meta({ description: 'Seconds between the stop signal and SIGKILL.', default: 30 }),
  dockerLabels: z.record(z.string(), z.string()).optional().meta({ description: 'Labels of the container.' }),
});
export type ContainerDefinition = z.infer<typeof ContainerDefinition>;

/** ECS: a container without `essential` is essential. */
export function isEssential(container: ContainerDefinition): boolean {
  return container.essential ?? true;
}

/** ECS agent: 30 seconds between SIGTERM and SIGKILL, in seconds. */
export const DEFAULT_STOP_TIMEOUT_SECONDS = 30;
/** ECS: interval 30 s, timeout 5 s, 3 retries, no start period. */
export const HEALTH_CHECK_DEFAULTS = { interval: 30, timeout: 5, retries: 3, startPeriod: 0 } as const;
