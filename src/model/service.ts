// A service: how many tasks of a definition run, behind what, and how a new revision replaces an old one.
import { z } from 'zod';
import type { FateNote } from './fate.ts';
import { approximated, ignored } from './fate.ts';
import { ClusterReference, Name, TargetGroupReference, TaskDefinitionReference } from './name.ts';

export const ServiceLoadBalancer = z.strictObject({
  targetGroupArn: TargetGroupReference.meta({ description: 'Name (or ARN) of the target group.' }),
  containerName: Name.meta({ description: 'Container of the task definition that answers the requests.' }),
  containerPort: z.int().min(1).max(65_535).meta({ description: 'Port of that container, one of its portMappings.' }),
});
export type ServiceLoadBalancer = z.infer<typeof ServiceLoadBalancer>;

export const CircuitBreakerThreshold = z.strictObject({
  type: z.enum(['BOUNDED_PERCENT', 'UNBOUNDED_PERCENT', 'COUNT']).optional().meta({
    description: 'Percent of desiredCount within 3 to 200 tasks, percent without bounds, or a number of tasks.',
    default: 'BOUNDED_PERCENT',
  }),
  value: z.int().min(1).optional().meta({ description: 'Percent or number, as type says.', default: 50 }),
});

export const DeploymentCircuitBreaker = z.strictObject({
  enable: z.boolean().meta({ description: 'Whether a deployment whose tasks keep failing ends as FAILED.' }),
  rollback: z.boolean().meta({ description: 'Whether a failed deployment returns to the last completed one.' }),
  resetOnHealthyTask: z.boolean().optional().meta({ description: 'Whether a healthy task sets the failure count to 0.', default: true }),
  thresholdConfiguration: CircuitBreakerThreshold.optional().meta({ description: 'How many failed tasks make a deployment fail.' }),
});
export type DeploymentCircuitBreaker = z.infer<typeof DeploymentCircuitBreaker>;

export const DeploymentConfiguration = z.strictObject({
  strategy: z.enum(['ROLLING']).optional().meta({ description: 'How a new revision replaces the old one.', default: 'ROLLING' }),
  minimumHealthyPercent: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .meta({ description: 'Lower limit of healthy tasks, percent of desiredCount, rounded up.', default: 100 }),
  maximumPercent: z
    .int()
    .min(0)
    .max(5_000)
    .optional()
    .meta({ description: 'Upper limit of running and pending tasks, percent of desiredCount, rounded down.', default: 200 }),
  deploymentCircuitBreaker: DeploymentCircuitBreaker.optional().meta({ description: 'Ends a deployment whose tasks keep failing.' }),
});
export type DeploymentConfiguration = z.infer<typeof DeploymentConfiguration>;

export const ServiceExtension = z.strictObject({
  healthyAfter: z.int().min(0).max(86_400).optional().meta({
    description: 'Seconds a task without any health check must be RUNNING before it counts as healthy. ECS: 40.',
    default: 40,
  }),
  forceNewDeployment: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .meta({ description: 'Any new value starts a new deployment of the same definition.' }),
});

function onInstances(types: readonly string[]): Record<string, FateNote> {
  const { fate } = approximated('the tasks run on the instances of their cluster');
  return Object.fromEntries(types.map((type) => [type, fate]));
}

export const Service = z
  .strictObject({
    serviceName: Name.meta({ description: 'Name of the service, unique in its cluster.' }),
    cluster: ClusterReference.optional().meta({ description: 'Name (or ARN) of the cluster.', default: 'default' }),
    taskDefinition: TaskDefinitionReference.meta({ description: 'Family of the task definition.' }),
    desiredCount: z.int().min(0).max(5_000).meta({ description: 'Number of tasks to keep running.' }),
    loadBalancers: z
      .array(ServiceLoadBalancer)
      .max(5)
      .optional()
      .meta({ description: 'Target groups in which each task is registered; at most 5.' }),
    deploymentConfiguration: DeploymentConfiguration.optional().meta({
      description: 'How many tasks run while a deployment replaces them.',
    }),
    healthCheckGracePeriodSeconds: z.int().min(0).max(2_147_483_647).optional().meta({
      description: 'Seconds after a task start in which failing health checks do not count.',
      default: 0,
    }),
    launchType: z
      .enum(['EC2', 'FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES'])
      .optional()
      .meta({
        description: 'What kind of capacity the tasks run on in ECS; here always the instances of their cluster.',
        default: 'EC2',
        valueFates: onInstances(['FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES']),
      }),
    platformVersion: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: 'Version of the Fargate platform.',
        ...ignored('tasks run on the engines of their cluster, which have no platform version'),
      }),
    'x-longshore': ServiceExtension.optional().meta({ description: 'What ECS has as a fixed value or as an option of a call.' }),
  })
  .meta({ title: 'Service', description: 'Keeps a number of tasks of one definition running (ECS CreateService).' });
export type Service = z.infer<typeof Service>;

/** ECS: the counted limits and defaults of a service, with every absent field filled in. Times in milliseconds. */
export interface ServiceSettings {
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly breaker: DeploymentCircuitBreaker | null;
  readonly gracePeriodMs: number;
  readonly healthyAfterMs: number;
}

/** Fills in ECS's defaults: 100/200 percent, no circuit breaker, no grace period, healthy after 40 s RUNNING. */
export function serviceSettings(service: Service): ServiceSettings {
  const deployment = service.deploymentConfiguration;
  return {
    minimumHealthyPercent: deployment?.minimumHealthyPercent ?? 100,
    maximumPercent: deployment?.maximumPercent ?? 200,
    breaker: deployment?.deploymentCircuitBreaker ?? null,
    gracePeriodMs: (service.healthCheckGracePeriodSeconds ?? 0) * 1_000,
    healthyAfterMs: (service['x-longshore']?.healthyAfter ?? 40) * 1_000,
  };
}
