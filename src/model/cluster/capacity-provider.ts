// A capacity provider: where the instances of a cluster come from, and how their number follows the tasks that wait for one.
import { z } from 'zod';
import { ClusterReference } from '../name.ts';
import { ManagedInstancesProvider } from './managed-instances.ts';
import type { ProvidedInstance } from './capacity-hook.ts';
import { Tags } from '../tags.ts';
import { ignored, later } from '../fate.ts';

const Switch = z.enum(['ENABLED', 'DISABLED']);

export const ManagedScaling = z.strictObject({
  status: Switch.optional().meta({ description: 'Whether the number of instances follows the tasks.' }),
  targetCapacity: z.int().min(1).max(100).optional().meta({ description: 'Percent of the instances that should be in use.', default: 100 }),
  minimumScalingStepSize: z.int().min(1).max(10_000).optional().meta({ description: 'Least number of instances a step.', default: 1 }),
  maximumScalingStepSize: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .meta({ description: 'Largest number of instances a step.', default: 10_000 }),
  instanceWarmupPeriod: z
    .int()
    .min(0)
    .max(10_000)
    .optional()
    .meta({ description: 'Seconds for which a new instance holds back the next step.', default: 300 }),
});

export const AutoScalingGroupProvider = z.strictObject({
  autoScalingGroupArn: z.string().min(1).max(2_048).meta({ description: 'Name (or ARN) of what adds and removes instances.' }),
  managedScaling: ManagedScaling.optional().meta({ description: 'How the number of instances follows the tasks.' }),
  managedTerminationProtection: Switch.optional().meta({ description: 'Whether instances with tasks are kept.', default: 'DISABLED' }),
  managedDraining: Switch.optional().meta({ description: 'Whether tasks leave an instance before it goes.', default: 'ENABLED' }),
});
export type AutoScalingGroupProvider = z.infer<typeof AutoScalingGroupProvider>;

export const CapacityProvider = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(255)
      .regex(
        /^(?!aws|ecs|fargate)[A-Za-z0-9_-]+$/i,
        'must be letters, digits, hyphens or underscores, not beginning with aws, ecs or fargate',
      )
      .meta({ description: 'Name of the capacity provider.' }),
    cluster: ClusterReference.optional().meta({ description: 'Cluster of a provider of managed instances.' }),
    autoScalingGroupProvider: AutoScalingGroupProvider.optional().meta({ description: 'Instances of a group of your own.' }),
    managedInstancesProvider: ManagedInstancesProvider.optional().meta({
      description: 'Instances that AWS keeps.',
      ...later('only autoScalingGroupProvider has instances here'),
    }),
    tags: Tags.optional().meta({ description: 'Tags; at most 50.', ...ignored('nothing reads them') }),
  })
  .meta({ title: 'CapacityProvider', description: 'Where the instances of a cluster come from (ECS CreateCapacityProvider).' });
export type CapacityProvider = z.infer<typeof CapacityProvider>;

/** One minute of CapacityProviderReservation. */
export interface CapacityPoint {
  readonly at: number;
  readonly percent: number;
}

/** A machine that no row stands for. */
export interface UnwantedInstance {
  readonly instance: ProvidedInstance;
  /** When its hook answered. */
  readonly at: number;
}

/** What the ledger remembers of a capacity provider with managed scaling. */
export interface CapacityRow {
  /** The provider's name. */
  readonly id: string;
  readonly cluster: string;
  /** Oldest first; at most LOW_POINTS. */
  readonly points: readonly CapacityPoint[];
  /** The request for more instances that is not answered yet. */
  readonly request: { readonly number: number; readonly count: number; readonly since: number } | null;
  /** Number of the next request: its key is never used again. */
  readonly nextRequest: number;
  /** When it was given instances last. */
  readonly scaledOutAt: number | null;
  /** When its last instance was chosen to leave. */
  readonly scaledInAt: number | null;
  /** Machines that it made under a name which was taken: they are given back. Absent: none. */
  readonly unwanted?: readonly UnwantedInstance[];
  /** Why it has fewer instances than its tasks need, in words; null: it does not. */
  readonly message: string | null;
}
