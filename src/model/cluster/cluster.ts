// A cluster: the tasks and services that share container instances and one network.
import { z } from 'zod';
import { ContainerInstance, MAX_INSTANCES } from './container-instance.ts';
import { ignored } from '../fate.ts';
import { Name } from '../name.ts';
import { CapacityProviderStrategyItem } from './placement.ts';
import { SwarmSource } from './swarm.ts';
import { TargetReach } from './target-reach.ts';
import { Tags } from '../tags.ts';

export const ImagePullBehavior = z.enum(['default', 'always', 'once', 'prefer-cached']).meta({
  description:
    'When the registry is asked: default (always, a local copy when it fails), always (no fallback), once (only when never pulled here), prefer-cached (only when absent). ECS agent: ECS_IMAGE_PULL_BEHAVIOR.',
});
export type ImagePullBehavior = z.infer<typeof ImagePullBehavior>;

export const ClusterExtension = z.strictObject({
  imagePullBehavior: ImagePullBehavior.optional().meta({ default: 'prefer-cached' }),
  imageCleanup: z.enum(['enabled', 'disabled']).optional().meta({
    description:
      'Whether images that Longshore pulled and nothing needs any more are removed from the instances. ECS agent: ECS_DISABLE_IMAGE_CLEANUP.',
    default: 'enabled',
  }),
  instances: z.array(ContainerInstance).max(MAX_INSTANCES).optional().meta({
    description: 'Its container instances: Docker engines. None: the engines that the daemon was started with; at most 500.',
  }),
  swarm: SwarmSource.optional().meta({
    description: 'A Docker Swarm whose nodes are container instances of the cluster, beside those of `instances`.',
  }),
  reach: TargetReach.optional().meta({
    description:
      'Where the proxy prefers to reach the tasks of instances that do not say it themselves: containerAddress or publishedPort.',
  }),
  disconnectedGraceSeconds: z.int().min(10).max(604_800).optional().meta({
    description:
      'How long an instance may be silent before the tasks of services that ran there are replaced elsewhere; only time in which the daemon looked counts.',
    default: 300,
  }),
});

const Key = z.string().min(1).max(2_048);

const ClusterConfiguration = z.strictObject({
  executeCommandConfiguration: z
    .strictObject({
      kmsKeyId: Key.optional().meta({ description: 'Key that sessions are encrypted with.' }),
      logging: z.enum(['NONE', 'DEFAULT', 'OVERRIDE']).optional().meta({
        description: 'Whether commands are logged, where their containers log to or as logConfiguration says.',
        default: 'DEFAULT',
      }),
      logConfiguration: z
        .strictObject({
          cloudWatchLogGroupName: Key.optional().meta({ description: 'Log group.' }),
          cloudWatchEncryptionEnabled: z.boolean().optional().meta({ description: 'Whether its logs are encrypted.', default: false }),
          s3BucketName: Key.optional().meta({ description: 'Bucket.' }),
          s3EncryptionEnabled: z.boolean().optional().meta({ description: 'Whether its logs are encrypted.', default: false }),
          s3KeyPrefix: z.string().max(1_024).optional().meta({ description: 'Folder in the bucket.' }),
        })
        .optional()
        .meta({ description: 'Where commands are logged to, for OVERRIDE.' }),
    })
    .optional()
    .meta({ description: 'How commands in tasks are logged.' }),
  managedStorageConfiguration: z
    .strictObject({
      kmsKeyId: Key.optional().meta({ description: 'Key of managed storage.' }),
      fargateEphemeralStorageKmsKeyId: Key.optional().meta({ description: 'Key of the storage of tasks on Fargate.' }),
    })
    .optional()
    .meta({ description: 'Keys of managed storage.' }),
});

export const Cluster = z
  .strictObject({
    clusterName: Name.optional().meta({ description: 'Name of the cluster; ECS default: default.' }),
    settings: z
      .array(
        z.strictObject({
          name: z.enum(['containerInsights']).meta({ description: 'Name of the setting.' }),
          value: z.enum(['enabled', 'enhanced', 'disabled']).meta({ description: 'Whether metrics of tasks are kept, and how closely.' }),
        }),
      )
      .optional()
      .meta({ description: 'Settings.', ...ignored('metrics are served on /metrics, whatever is set') }),
    configuration: ClusterConfiguration.optional().meta({
      description: 'Logging of commands, and storage.',
      ...ignored('it configures services of AWS'),
    }),
    capacityProviders: z.array(z.string().min(1).max(255)).max(20).optional().meta({ description: 'Capacity providers; at most 20.' }),
    defaultCapacityProviderStrategy: z.array(CapacityProviderStrategyItem).max(20).optional().meta({
      description: 'Shares of capacity providers for whoever names none; at most 20.',
    }),
    serviceConnectDefaults: z
      .strictObject({ namespace: z.string().max(2_048).meta({ description: 'Namespace for services that name none.' }) })
      .optional()
      .meta({ description: 'Default of Service Connect; the names of a service that names no namespace are in it.' }),
    tags: Tags.optional().meta({ description: 'Tags; at most 50.', ...ignored('nothing reads them') }),
    'x-longshore': ClusterExtension.optional().meta({ description: 'What ECS sets on its agent instead.' }),
  })
  .meta({ title: 'Cluster', description: 'A logical grouping of tasks and services that share container instances (ECS CreateCluster).' });
export type Cluster = z.infer<typeof Cluster>;

/** ECS: a cluster without a name is called default. */
export const DEFAULT_CLUSTER = 'default';
/** Longshore: prefer-cached, so that an engine with a local image needs no registry (docs/departures.md). */
export const DEFAULT_PULL_BEHAVIOR: ImagePullBehavior = 'prefer-cached';
/** Longer than a reboot takes: what comes back by itself in time is not started twice. */
export const DEFAULT_GRACE_SECONDS = 300;
