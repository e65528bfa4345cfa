// What ECS asks of a cluster beyond the shape of its fields (CreateCluster, spec 2.8, 8.1).
import { capacityStrategyFindings } from './placement.ts';
import { instanceFindings } from './container-instance.ts';
import { onValue } from '../finding.ts';
import { tagFindings } from './tags.ts';
import type { Cluster } from '../../model/cluster/cluster.ts';
import type { Finding } from '../finding.ts';

/** What is wrong with a cluster whose fields are each in order. */
export function clusterFindings(cluster: Cluster): Finding[] {
  const { configuration, defaultCapacityProviderStrategy, tags } = cluster;
  return [
    ...commandLog(configuration),
    ...capacityStrategyFindings(defaultCapacityProviderStrategy ?? [], ['defaultCapacityProviderStrategy']),
    ...tagFindings(tags, ['tags']),
    ...instanceFindings(cluster['x-longshore']?.instances ?? [], ['x-longshore', 'instances']),
  ];
}

/** ECS: what overrides where commands are logged says where. */
function commandLog(configuration: Cluster['configuration']): Finding[] {
  const { logging, logConfiguration } = configuration?.executeCommandConfiguration ?? {};
  const said = logConfiguration?.cloudWatchLogGroupName ?? logConfiguration?.s3BucketName;
  if (logging !== 'OVERRIDE' || said !== undefined) return [];
  const path = ['configuration', 'executeCommandConfiguration', 'logging'];
  const message = 'commands are to be logged elsewhere than their containers (OVERRIDE), and nothing says where';
  return [onValue('command-log-missing', path, message, 'add logConfiguration with cloudWatchLogGroupName or s3BucketName')];
}
