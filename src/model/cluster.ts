// A cluster: the tasks and services that share container instances and one network.
import { z } from 'zod';
import { Name } from './name.ts';

export const ImagePullBehavior = z.enum(['default', 'always', 'once', 'prefer-cached']).meta({
  description:
    'When the registry is asked: default (always, a local copy when it fails), always (no fallback), once (only when never pulled here), prefer-cached (only when absent). ECS agent: ECS_IMAGE_PULL_BEHAVIOR.',
});
export type ImagePullBehavior = z.infer<typeof ImagePullBehavior>;

export const ClusterExtension = z.strictObject({
  imagePullBehavior: ImagePullBehavior.optional().meta({ default: 'prefer-cached' }),
});

export const Cluster = z
  .strictObject({
    clusterName: Name.optional().meta({ description: 'Name of the cluster; ECS default: default.' }),
    'x-longshore': ClusterExtension.optional().meta({ description: 'What ECS sets on its agent instead.' }),
  })
  .meta({ title: 'Cluster', description: 'A logical grouping of tasks and services that share container instances (ECS CreateCluster).' });
export type Cluster = z.infer<typeof Cluster>;

/** ECS: a cluster without a name is called default. */
export const DEFAULT_CLUSTER = 'default';
/** Longshore: prefer-cached, so that an engine with a local image needs no registry (docs/departures.md). */
export const DEFAULT_PULL_BEHAVIOR: ImagePullBehavior = 'prefer-cached';
