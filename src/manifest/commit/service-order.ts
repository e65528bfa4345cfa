// The order in which services start (x-longshore.dependsOn): nobody waits for itself over corners. Whether the others are there at all is
// asked in references.ts.
import { DEFAULT_CLUSTER } from '../../model/cluster/cluster.ts';
import { onValue } from '../finding.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { Resource, ResourceOf } from '../document.ts';

interface Owned {
  readonly resource: Resource;
  readonly finding: Finding;
}

/** Each circle once, where it closes. */
export function serviceLoops(services: readonly ResourceOf<'Service'>[]): Owned[] {
  const byId = new Map(services.map((resource) => [resource.identity, resource]));
  const done = new Set<string>();
  const found: Owned[] = [];
  const visit = (resource: ResourceOf<'Service'>, above: readonly string[]): void => {
    if (done.has(resource.identity)) return;
    const way = [...above, resource.identity];
    for (const [index, { serviceName }] of (resource.spec['x-longshore']?.dependsOn ?? []).entries()) {
      const next = `${resource.spec.cluster ?? DEFAULT_CLUSTER}/${serviceName}`;
      const at = way.indexOf(next);
      const other = byId.get(next);
      if (at !== -1) found.push({ resource, finding: loop([...way.slice(at), next], ['x-longshore', 'dependsOn', index, 'serviceName']) });
      else if (other !== undefined) visit(other, way);
    }
    done.add(resource.identity);
  };
  for (const resource of services) visit(resource, []);
  return found;
}

function loop(way: readonly string[], path: Path): Finding {
  const names = way.map((id) => id.slice(id.indexOf('/') + 1));
  const message = way.length === 2 ? `the service "${names[0]}" waits for itself` : `services wait for each other: ${names.join(' -> ')}`;
  return onValue('service-loop', path, message, 'take one of these away');
}
