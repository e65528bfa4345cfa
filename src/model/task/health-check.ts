// The health check of a container definition: a command that the engine runs in the container. A HEALTHCHECK of the image does not count.
import { z } from 'zod';
import { HealthCheckExtension } from './extension.ts';

export const HealthCheck = z.strictObject({
  command: z
    .array(z.string())
    .min(1)
    .meta({ description: 'CMD, a program and its arguments, or CMD-SHELL and one shell line; exit code 0 is healthy.' }),
  interval: z.int().min(5).max(300).optional().meta({ description: 'Seconds between two checks.', default: 30 }),
  timeout: z.int().min(2).max(60).optional().meta({ description: 'Seconds until a check counts as failed.', default: 5 }),
  retries: z.int().min(1).max(10).optional().meta({ description: 'Consecutive failures that make a container unhealthy.', default: 3 }),
  startPeriod: z
    .int()
    .min(0)
    .max(300)
    .optional()
    .meta({ description: 'Seconds after the start in which failures do not count; 0: off.', default: 0 }),
  'x-longshore': HealthCheckExtension.optional().meta({ description: 'Times outside of the limits of ECS.' }),
});
export type HealthCheck = z.infer<typeof HealthCheck>;

/** The times of a check in seconds, which may be fractions. */
export interface HealthTimes {
  readonly interval: number;
  readonly timeout: number;
  readonly retries: number;
  readonly startPeriod: number;
  /** Between two checks within startPeriod; absent: as interval. */
  readonly startInterval?: number | undefined;
}

/** Times and retries of a check with ECS's defaults; what stands under x-longshore takes the place of the field of its name. */
export function healthTimes({ interval, timeout, retries, startPeriod, 'x-longshore': more }: HealthCheck): HealthTimes {
  return {
    interval: more?.interval ?? interval ?? HEALTH_CHECK_DEFAULTS.interval,
    timeout: more?.timeout ?? timeout ?? HEALTH_CHECK_DEFAULTS.timeout,
    retries: more?.retries ?? retries ?? HEALTH_CHECK_DEFAULTS.retries,
    startPeriod: more?.startPeriod ?? startPeriod ?? HEALTH_CHECK_DEFAULTS.startPeriod,
    startInterval: more?.startInterval,
  };
}

/** The command in the form that an engine takes. ECS takes a program without a form, too, and runs it as CMD. */
export function healthCommand(command: string[]): string[] {
  return isBareCommand(command) ? ['CMD', ...command] : command;
}

/** Whether a command begins with its program instead of CMD or CMD-SHELL. */
export function isBareCommand([form = '']: readonly string[]): boolean {
  return !['CMD', 'CMD-SHELL', 'NONE', ''].includes(form);
}

/** ECS: interval 30 s, timeout 5 s, 3 retries, no start period. */
export const HEALTH_CHECK_DEFAULTS = { interval: 30, timeout: 5, retries: 3, startPeriod: 0 } as const;
