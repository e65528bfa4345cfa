// What ECS asks of a capacity provider beyond the shape of its fields (spec 8.1).
import { onValue } from '../finding.ts';
import { tagFindings } from './tags.ts';
import type { CapacityProvider } from '../../model/capacity-provider.ts';
import type { Finding } from '../finding.ts';

/** What is wrong with a capacity provider whose fields are each in order. */
export function capacityProviderFindings(provider: CapacityProvider): Finding[] {
  const { autoScalingGroupProvider, managedInstancesProvider, name, tags } = provider;
  const both = autoScalingGroupProvider !== undefined && managedInstancesProvider !== undefined;
  const none = autoScalingGroupProvider === undefined && managedInstancesProvider === undefined;
  const message = `the capacity provider "${name}" has ${both ? 'two sources' : 'no source'} of instances`;
  const hint = both ? 'keep one of the two' : 'add autoScalingGroupProvider';
  const choice = both || none ? [onValue('provider-choice', ['name'], message, hint)] : [];
  return [...choice, ...tagFindings(tags, ['tags'])];
}
