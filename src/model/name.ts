// The character set that ECS uses for families, containers, services, clusters and volumes.
import { z } from 'zod';

/** ECS: letters, digits, hyphen and underscore, 1 to 255 characters. */
export const Name = z.string().regex(/^[A-Za-z0-9_-]{1,255}$/, 'must be 1 to 255 letters, digits, hyphens or underscores');

/** ELB: load balancer and target group names: 1 to 32 letters, digits and inner hyphens. */
export const ElbName = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/,
    'must be 1 to 32 letters, digits or hyphens, not starting or ending with a hyphen',
  );

/** A plain name or the ARN of the thing; the name is what counts here. */
export const NameOrArn = z.string().min(1).max(2048);
