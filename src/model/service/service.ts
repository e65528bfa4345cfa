// A service: how many tasks of a definition run, behind what, and how a new revision replaces an old one.
import { z } from 'zod';
import { approximated, ignored, later, refused } from '../fate.ts';
import { ClusterReference, Name, TargetGroupReference, TaskDefinitionReference } from '../name.ts';
import { AwsvpcConfiguration, CapacityProviderStrategyItem, PlacementConstraint, PlacementStrategy } from '../cluster/placement.ts';
import { AdvancedConfiguration, DeploymentConfiguration, ServiceDependency } from './service-deployment.ts';
import { ServiceConnectConfiguration, ServiceRegistry, VolumeConfiguration, VpcLatticeConfiguration } from './service-network.ts';
import { Tags } from '../tags.ts';
import type { DeploymentCircuitBreaker } from './service-deployment.ts';
import type { FateNote } from '../fate.ts';

export const ServiceLoadBalancer = z.strictObject({
  targetGroupArn: TargetGroupReference.meta({ description: 'Name (or ARN) of the target group.' }),
  containerName: Name.meta({ description: 'Container of the task definition that answers the requests.' }),
  containerPort: z.int().min(1).max(65_535).meta({ description: 'Port of that container, one of its portMappings.' }),
  loadBalancerName: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: 'A Classic Load Balancer.',
      ...refused('there are no Classic Load Balancers here; name a target group'),
    }),
  advancedConfiguration: AdvancedConfiguration.optional().meta({
    description: 'What a deployment that shifts traffic rewrites.',
    ...later('this version deploys by rolling only'),
  }),
});
export type ServiceLoadBalancer = z.infer<typeof ServiceLoadBalancer>;

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
  dependsOn: z
    .array(ServiceDependency)
    .max(50)
    .optional()
    .meta({ description: 'Services that must have started before the first task of a deployment does; at most 50.' }),
});

const ON_CLUSTER_NETWORK = 'a task has its addresses on the networks of its security groups, or on that of its cluster';
const { subnets, securityGroups, assignPublicIp } = AwsvpcConfiguration.shape;
/** The network of a service's tasks in mode awsvpc, and what becomes of it. */
const ServiceNetwork = z.strictObject({
  subnets: subnets.meta({ description: 'Subnets; at most 16.', ...ignored(ON_CLUSTER_NETWORK) }),
  securityGroups: securityGroups.meta({
    description: 'Names or ids of SecurityGroups, which say whose tasks reach those of the service; at most 5.',
  }),
  assignPublicIp: assignPublicIp.meta({
    description: 'Whether tasks get a public address.',
    default: 'DISABLED',
    valueFates: { ENABLED: ignored(ON_CLUSTER_NETWORK).fate },
  }),
});

function onInstances(types: readonly string[]): Record<string, FateNote> {
  const { fate } = approximated('the tasks run on the instances of their cluster');
  return Object.fromEntries(types.map((type) => [type, fate]));
}

export const Service = z
  .strictObject({
    serviceName: Name.meta({ description: 'Name of the service, unique in its cluster.' }),
    cluster: ClusterReference.optional().meta({ description: 'Name (or ARN) of the cluster.', default: 'default' }),
    taskDefinition: TaskDefinitionReference.optional().meta({
      description: 'Family of the task definition; absent only where task sets name theirs (deploymentController EXTERNAL).',
    }),
    desiredCount: z
      .int()
      .min(0)
      .max(5_000)
      .optional()
      .meta({ description: 'Number of tasks to keep running; not with schedulingStrategy DAEMON, needed otherwise.' }),
    schedulingStrategy: z.enum(['REPLICA', 'DAEMON']).optional().meta({
      description: 'A number of tasks, or one task on each instance.',
      default: 'REPLICA',
    }),
    deploymentController: z
      .strictObject({
        type: z.enum(['ECS', 'CODE_DEPLOY', 'EXTERNAL']).meta({
          description: 'Who deploys.',
          default: 'ECS',
          valueFates: {
            CODE_DEPLOY: later('this version deploys by rolling only').fate,
            EXTERNAL: later('this version makes task sets of its own only').fate,
          },
        }),
      })
      .optional()
      .meta({ description: 'Who deploys the service.' }),
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
    capacityProviderStrategy: z.array(CapacityProviderStrategyItem).max(20).optional().meta({
      description: 'Shares of capacity providers; at most 20.',
    }),
    networkConfiguration: z
      .strictObject({ awsvpcConfiguration: ServiceNetwork.optional().meta({ description: 'Network of tasks in mode awsvpc.' }) })
      .optional()
      .meta({ description: 'Network of tasks in mode awsvpc.' }),
    placementConstraints: z
      .array(PlacementConstraint)
      .max(10)
      .optional()
      .meta({ description: 'Instances on which the tasks may run, beside what the task definition says; at most 10.' }),
    placementStrategy: z.array(PlacementStrategy).max(5).optional().meta({
      description:
        'Which instances are preferred, one after the other among those that the ones before left equal; at most 5. Absent: spread over zones, then where the service has the fewest tasks.',
    }),
    serviceConnectConfiguration: ServiceConnectConfiguration.optional().meta({
      description: 'Names under which services reach each other.',
      ...approximated(
        'a name stands for the tasks themselves, on the ports of their containers: there is no proxy and no TLS between them',
      ),
    }),
    serviceRegistries: z
      .array(ServiceRegistry)
      .max(1)
      .optional()
      .meta({
        description: 'Service of Cloud Map; at most 1.',
        ...approximated('the tasks are found under service.cluster, and under the last part of registryArn'),
      }),
    volumeConfigurations: z
      .array(VolumeConfiguration)
      .max(1)
      .optional()
      .meta({ description: 'Volumes that are made for each task; at most 1.' }),
    vpcLatticeConfigurations: z
      .array(VpcLatticeConfiguration)
      .max(5)
      .optional()
      .meta({ description: 'Target groups of VPC Lattice; at most 5.', ...later('there is no VPC Lattice here; use loadBalancers') }),
    availabilityZoneRebalancing: z.enum(['ENABLED', 'DISABLED']).optional().meta({
      description:
        'Whether a steady service moves tasks, one at a time, when the numbers in two zones (ecs.availability-zone) differ by more than one.',
      default: 'ENABLED',
    }),
    enableExecuteCommand: z
      .boolean()
      .optional()
      .meta({ description: 'Whether `longshore exec` may run commands in the tasks.', default: false }),
    enableECSManagedTags: z
      .boolean()
      .optional()
      .meta({ description: 'Whether tasks get tags of ECS.', default: false, ...ignored('containers carry labels that say the same') }),
    propagateTags: z
      .enum(['TASK_DEFINITION', 'SERVICE', 'NONE'])
      .optional()
      .meta({ description: 'Where the tags of tasks come from.', default: 'NONE', ...ignored('tasks have no tags') }),
    tags: Tags.optional().meta({ description: 'Tags; at most 50.', ...ignored('nothing reads them') }),
    role: z
      .string()
      .min(1)
      .max(2_048)
      .optional()
      .meta({ description: 'Role that ECS calls a load balancer under.', ...ignored('the proxy is our own and needs no role') }),
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

/** Fills in ECS's defaults: 100/200 percent (0/100 for DAEMON), no circuit breaker, no grace period, healthy after 40 s RUNNING. */
export function serviceSettings(service: Service): ServiceSettings {
  const deployment = service.deploymentConfiguration;
  const isDaemon = service.schedulingStrategy === 'DAEMON';
  return {
    minimumHealthyPercent: deployment?.minimumHealthyPercent ?? (isDaemon ? 0 : 100),
    maximumPercent: deployment?.maximumPercent ?? (isDaemon ? 100 : 200),
    breaker: deployment?.deploymentCircuitBreaker ?? null,
    gracePeriodMs: (service.healthCheckGracePeriodSeconds ?? 0) * 1_000,
    healthyAfterMs: (service['x-longshore']?.healthyAfter ?? 40) * 1_000,
  };
}
