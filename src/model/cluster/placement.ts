// Where tasks run: constraints, strategies, shares of capacity providers, and the network of mode awsvpc. The same fields stand in services,
// in task definitions (memberOf only), and in whatever starts tasks (RunTask, schedules, rules).
import { z } from 'zod';
import { parseClusterQuery } from '../../lang/cluster-query.ts';
import { approximated } from '../fate.ts';
import { readable } from '../syntax.ts';

export const PlacementConstraint = z.strictObject({
  type: z.enum(['distinctInstance', 'memberOf']).meta({ description: 'Each task on its own instance, or on instances of an expression.' }),
  expression: z
    .string()
    .superRefine(readable(parseClusterQuery, 'bad-expression'))
    .optional()
    .meta({ description: 'Cluster query of memberOf; at most 2,000 characters.' }),
});
export type PlacementConstraint = z.infer<typeof PlacementConstraint>;

export const PlacementStrategy = z.strictObject({
  type: z.enum(['random', 'spread', 'binpack']).meta({ description: 'How one of several instances is chosen.' }),
  field: z
    .string()
    .max(255)
    .optional()
    .meta({ description: 'Of spread: instanceId, host or attribute:<name>. Of binpack: cpu or memory.' }),
});
export type PlacementStrategy = z.infer<typeof PlacementStrategy>;

const onInstancesOfCluster = approximated('the tasks run on the instances of their cluster').fate;

export const CapacityProviderStrategyItem = z.strictObject({
  capacityProvider: z
    .string()
    .min(1)
    .max(255)
    .meta({
      description:
        'Name of the capacity provider. A strategy counts as soon as one of its providers has an instance here, or something that adds some.',
      valueFates: {
        FARGATE: onInstancesOfCluster,
        FARGATE_SPOT: onInstancesOfCluster,
      },
    }),
  weight: z.int().min(0).max(1_000).optional().meta({ description: 'Share of the tasks above all bases.', default: 0 }),
  base: z.int().min(0).max(100_000).optional().meta({ description: 'Tasks that it gets first.', default: 0 }),
});
export type CapacityProviderStrategyItem = z.infer<typeof CapacityProviderStrategyItem>;

export const AwsvpcConfiguration = z.strictObject({
  subnets: z.array(z.string().min(1).max(1_000)).min(1).max(16).meta({ description: 'Subnets; at most 16.' }),
  securityGroups: z.array(z.string().min(1).max(1_000)).max(5).optional().meta({ description: 'Security groups; at most 5.' }),
  assignPublicIp: z
    .enum(['ENABLED', 'DISABLED'])
    .optional()
    .meta({ description: 'Whether tasks get a public address.', default: 'DISABLED' }),
});
export type AwsvpcConfiguration = z.infer<typeof AwsvpcConfiguration>;
