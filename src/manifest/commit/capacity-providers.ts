// Capacity providers by name: a cluster has those that are defined, and whoever shares tasks out names those of the cluster (spec 8.1). Asked
// only where the commit says which there are at all: most keep them elsewhere, and tasks run on the instances of the cluster anyway.
import { DEFAULT_CLUSTER } from '../../model/cluster/cluster.ts';
import { clusterOfTarget } from '../../model/time/ecs-target.ts';
import { nearest } from '../../std/text.ts';
import { onValue } from '../finding.ts';
import type { CapacityProviderStrategyItem } from '../../model/cluster/placement.ts';
import type { CapacityProvider } from '../../model/cluster/capacity-provider.ts';
import type { Cluster } from '../../model/cluster/cluster.ts';
import type { EcsParameters } from '../../model/time/ecs-target.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { Resource, ResourceOf } from '../document.ts';
import type { DesiredProvider, DesiredState } from '../../model/turn/desired.ts';
import { sortedBy } from '../../std/order.ts';

interface Owned {
  readonly resource: Resource;
  readonly finding: Finding;
}

/** A strategy, where it stands, and the cluster that it is of. */
interface Strategy {
  readonly cluster: string;
  readonly items: readonly CapacityProviderStrategyItem[];
  readonly path: Path;
}

/** ECS has these everywhere. */
const BUILT_IN: ReadonlySet<string> = new Set(['FARGATE', 'FARGATE_SPOT']);

/** Every capacity provider that is named and not there. `providers`: the names of those that are defined. */
export function capacityProviderNames(
  resources: readonly Resource[],
  providers: ReadonlySet<string>,
  clusters: ReadonlyMap<string, Cluster | null>,
): Owned[] {
  const managed = managedNames(resources);
  return resources.flatMap((resource) => {
    const findings = strategiesOf(resource).flatMap((strategy) => {
      const holder = clusters.get(strategy.cluster);
      if (holder === null) return [];
      const own = holder?.capacityProviders ?? [];
      return strategyNames(strategy, own.length === 0 ? [] : [...own, ...(managed.get(strategy.cluster) ?? [])], providers);
    });
    return [...listed(resource, providers), ...findings].map((finding) => ({ resource, finding }));
  });
}

/** Providers with managed scaling that a cluster lists although another one has them. ECS: such a one belongs to one cluster. */
export function sharedProviders(resources: readonly Resource[]): Owned[] {
  const scaled = new Set(
    resources.flatMap((resource) => (resource.kind === 'CapacityProvider' && isScaled(resource.spec) ? [resource.spec.name] : [])),
  );
  const clusters = sortedBy(
    resources.filter((resource) => resource.kind === 'Cluster'),
    ({ identity }) => identity,
  );
  const owners = new Map<string, string>();
  return clusters.flatMap((resource) =>
    (resource.spec.capacityProviders ?? []).flatMap((name, index): Owned[] => {
      const owner = owners.get(name) ?? resource.identity;
      owners.set(name, owner);
      if (owner === resource.identity || !scaled.has(name)) return [];
      const message = `the capacity provider "${name}" is one of the cluster "${owner}" already: with managed scaling it belongs to one cluster`;
      const hint = `define another capacity provider for the cluster "${resource.identity}", or take it out of one of the two`;
      return [{ resource, finding: onValue('shared-capacity-provider', ['capacityProviders', index], message, hint) }];
    }),
  );
}

function isScaled({ autoScalingGroupProvider: group }: CapacityProvider): boolean {
  return group !== undefined && group.managedScaling?.status !== 'DISABLED';
}

/** ECS: a provider of managed instances belongs to its cluster without being listed there. */
function managedNames(resources: readonly Resource[]): ReadonlyMap<string, readonly string[]> {
  const managed = new Map<string, string[]>();
  for (const { kind, spec } of resources) {
    if (kind === 'CapacityProvider' && spec.cluster !== undefined)
      managed.set(spec.cluster, [...(managed.get(spec.cluster) ?? []), spec.name]);
  }
  return managed;
}

/** The providers that a cluster lists. */
function listed(resource: Resource, providers: ReadonlySet<string>): Finding[] {
  if (resource.kind !== 'Cluster' || providers.size === 0) return [];
  return (resource.spec.capacityProviders ?? []).flatMap((name, index) =>
    unknown(name, providers, ['capacityProviders', index], 'is not defined', `add a document of kind CapacityProvider with name: ${name}`),
  );
}

/** `own`: the providers of the cluster; none when it does not say which they are. */
function strategyNames({ cluster, items, path }: Strategy, own: readonly string[], providers: ReadonlySet<string>): Finding[] {
  const known = own.length > 0 ? new Set(own) : providers;
  if (known.size === 0) return [];
  const [what, hint] =
    own.length > 0
      ? [`is none of the cluster "${cluster}"`, `add it to capacityProviders of the cluster "${cluster}"`]
      : ['is not defined', 'add a document of kind CapacityProvider with this name'];
  return items.flatMap(({ capacityProvider }, index) => unknown(capacityProvider, known, [...path, index, 'capacityProvider'], what, hint));
}

function unknown(name: string, known: ReadonlySet<string>, path: Path, what: string, hint: string): Finding[] {
  if (known.has(name) || BUILT_IN.has(name)) return [];
  const meant = nearest(name, known);
  const message = `the capacity provider "${name}" ${what}`;
  return [onValue('unknown-capacity-provider', path, message, meant === null ? hint : `did you mean ${meant}?`)];
}

function strategiesOf(resource: Resource): Strategy[] {
  if (resource.kind === 'Cluster') {
    const { clusterName = DEFAULT_CLUSTER, defaultCapacityProviderStrategy: items = [] } = resource.spec;
    return [{ cluster: clusterName, items, path: ['defaultCapacityProviderStrategy'] }];
  }
  if (resource.kind === 'Service') {
    const { cluster = DEFAULT_CLUSTER, capacityProviderStrategy: items = [] } = resource.spec;
    return [{ cluster, items, path: ['capacityProviderStrategy'] }];
  }
  if (resource.kind === 'Schedule') return startedBy(resource.spec.target, ['target']);
  if (resource.kind !== 'Rule' && resource.kind !== 'RuleTargets') return [];
  return (resource.spec.targets ?? []).flatMap((target, index) => startedBy(target, ['targets', index]));
}

function startedBy(target: { readonly arn: string; readonly ecsParameters?: EcsParameters | undefined }, path: Path): Strategy[] {
  const cluster = clusterOfTarget(target.arn);
  const items = target.ecsParameters?.capacityProviderStrategy;
  return cluster === null || items === undefined ? [] : [{ cluster, items, path: [...path, 'ecsParameters', 'capacityProviderStrategy'] }];
}

/** The groups of instances as desired: each of the first cluster that lists it (ECS: a provider with managed scaling belongs to one). */
export function providersOf(
  providers: readonly ResourceOf<'CapacityProvider'>[],
  clusters: readonly ResourceOf<'Cluster'>[],
): Pick<DesiredState, 'capacityProviders'> {
  const listing = sortedBy(clusters, ({ identity }) => identity);
  const found = sortedBy(providers, ({ identity }) => identity).flatMap(
    ({ spec: { name, autoScalingGroupProvider } }): DesiredProvider[] => {
      const cluster = listing.find(({ spec }) => spec.capacityProviders?.includes(name) === true)?.identity;
      return autoScalingGroupProvider === undefined || cluster === undefined ? [] : [{ ...autoScalingGroupProvider, name, cluster }];
    },
  );
  return found.length === 0 ? {} : { capacityProviders: found };
}
