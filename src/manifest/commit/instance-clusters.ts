// An engine belongs to one cluster only (ECS: a container instance is registered into one): what clusters say of each other's instances.
import { onValue } from '../finding.ts';
import type { Finding } from '../finding.ts';
import type { Resource, ResourceOf } from '../document.ts';

/** Instances whose name an earlier cluster has. `clusters` are in order of their files. */
export function sharedInstances(clusters: readonly ResourceOf<'Cluster'>[]): { readonly resource: Resource; readonly finding: Finding }[] {
  const owners = new Map<string, string>();
  return clusters.flatMap((resource) =>
    (resource.spec['x-longshore']?.instances ?? []).flatMap(({ name }, index) => {
      const owner = owners.get(name) ?? resource.identity;
      owners.set(name, owner);
      if (owner === resource.identity) return [];
      const message = `the container instance "${name}" belongs to the cluster "${owner}" already`;
      const hint = 'an instance belongs to one cluster; move it, or give the other one another name';
      return [{ resource, finding: onValue('duplicate-instance', ['x-longshore', 'instances', index, 'name'], message, hint) }];
    }),
  );
}

/** Swarms that an earlier cluster takes its instances from: each of their nodes can belong to one of the two only. */
export function sharedSwarms(clusters: readonly ResourceOf<'Cluster'>[]): { readonly resource: Resource; readonly finding: Finding }[] {
  const owners = new Map<string, string>();
  return clusters.flatMap((resource) => {
    const endpoint = resource.spec['x-longshore']?.swarm?.endpoint;
    if (endpoint === undefined) return [];
    const owner = owners.get(endpoint);
    if (owner === undefined) owners.set(endpoint, resource.identity);
    if (owner === undefined) return [];
    const message = `the nodes of this swarm belong to the cluster "${owner}" already`;
    const hint = 'an instance belongs to one cluster; declare those of the other one under instances';
    return [{ resource, finding: onValue('duplicate-swarm', ['x-longshore', 'swarm', 'endpoint'], message, hint) }];
  });
}
