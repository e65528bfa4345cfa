// What ECS asks of a capacity provider beyond the shape of its fields (spec 8.1).
import { onKey, onValue } from '../finding.ts';
import { tagFindings } from './tags.ts';
import type { CapacityProvider } from '../../model/cluster/capacity-provider.ts';
import type { Finding } from '../finding.ts';
import type { InstanceRequirements } from '../../model/cluster/managed-instances.ts';
import type { Path } from '../text/tree.ts';

/** What is wrong with a capacity provider whose fields are each in order. */
export function capacityProviderFindings(provider: CapacityProvider): Finding[] {
  const { autoScalingGroupProvider, managedInstancesProvider, name, tags } = provider;
  const both = autoScalingGroupProvider !== undefined && managedInstancesProvider !== undefined;
  const none = autoScalingGroupProvider === undefined && managedInstancesProvider === undefined;
  const message = `the capacity provider "${name}" has ${both ? 'two sources' : 'no source'} of instances`;
  const hint = both ? 'keep one of the two' : 'add autoScalingGroupProvider';
  const choice = both || none ? [onValue('provider-choice', ['name'], message, hint)] : [];
  const requirements = managedInstancesProvider?.instanceLaunchTemplate.instanceRequirements ?? null;
  return [
    ...choice,
    ...(both || none ? [] : clusterOf(provider)),
    ...steps(provider),
    ...(requirements === null ? [] : contradictions(requirements)),
    ...tagFindings(tags, ['tags']),
  ];
}

/** ECS: managed instances belong to one cluster from the start; a group of one's own is joined to clusters by their capacityProviders. */
function clusterOf({ cluster, managedInstancesProvider, name }: CapacityProvider): Finding[] {
  if ((managedInstancesProvider === undefined) === (cluster === undefined)) return [];
  const message =
    cluster === undefined
      ? `the capacity provider "${name}" has managed instances and names no cluster`
      : `the capacity provider "${name}" has a group of its own and names a cluster`;
  const hint = cluster === undefined ? 'add cluster' : 'remove cluster, and list the provider in capacityProviders of the cluster';
  return [onValue('provider-cluster', ['cluster'], message, hint)];
}

const REQUIREMENTS: Path = ['managedInstancesProvider', 'instanceLaunchTemplate', 'instanceRequirements'];
/** EC2: one of these at most. */
const EITHER = [
  ['allowedInstanceTypes', 'excludedInstanceTypes'],
  ['spotMaxPricePercentageOverLowestPrice', 'maxSpotPriceAsPercentageOfOptimalOnDemandPrice'],
] as const;

function contradictions(requirements: InstanceRequirements): Finding[] {
  const ranges = Object.entries(requirements).flatMap(([field, value]) => {
    if (typeof value !== 'object' || Array.isArray(value) || value.min === undefined || value.max === undefined) return [];
    if (value.min <= value.max) return [];
    const message = `${field} has a least number ${value.min} above its greatest, ${value.max}`;
    return [onValue('instance-requirements', [...REQUIREMENTS, field, 'min'], message, 'lower the first, or raise the second')];
  });
  const both = EITHER.flatMap(([one, other]) => {
    if (requirements[one] === undefined || requirements[other] === undefined) return [];
    return [onKey('instance-requirements', [...REQUIREMENTS, other], `${other} stands beside ${one}`, 'keep one of the two')];
  });
  return [...ranges, ...both];
}

/** ECS: extra instances are clamped between the two, so the least must not be above the largest. */
function steps({ autoScalingGroupProvider }: CapacityProvider): Finding[] {
  const { minimumScalingStepSize: least = 1, maximumScalingStepSize: largest = 10_000 } = autoScalingGroupProvider?.managedScaling ?? {};
  if (least <= largest) return [];
  const path = ['autoScalingGroupProvider', 'managedScaling', 'minimumScalingStepSize'];
  const message = `minimumScalingStepSize ${least} is above maximumScalingStepSize ${largest}`;
  return [onValue('scaling-step-sizes', path, message, 'lower the first, or raise the second')];
}
