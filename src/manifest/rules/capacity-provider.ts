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
  return [...choice, ...steps(provider), ...tagFindings(tags, ['tags'])];
}

/** ECS: extra instances are clamped between the two, so the least must not be above the largest. */
function steps({ autoScalingGroupProvider }: CapacityProvider): Finding[] {
  const { minimumScalingStepSize: least = 1, maximumScalingStepSize: largest = 10_000 } = autoScalingGroupProvider?.managedScaling ?? {};
  if (least <= largest) return [];
  const path = ['autoScalingGroupProvider', 'managedScaling', 'minimumScalingStepSize'];
  const message = `minimumScalingStepSize ${least} is above maximumScalingStepSize ${largest}`;
  return [onValue('scaling-step-sizes', path, message, 'lower the first, or raise the second')];
}
