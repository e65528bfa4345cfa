// What services say of one namespace of Service Connect: each has a namespace, and a name in it belongs to one port (spec 3.13, 4.8). Whether the
// ports are there is asked in rules/service-network.ts.
import { DEFAULT_CLUSTER } from '../../model/cluster/cluster.ts';
import { onKey, onValue } from '../finding.ts';
import type { Cluster } from '../../model/cluster/cluster.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { Resource, ResourceOf } from '../document.ts';
import type { Service } from '../../model/service/service.ts';
import type { ServiceConnectService } from '../../model/service/service-network.ts';

interface Owned {
  readonly resource: Resource;
  readonly finding: Finding;
}

/** ECS: a service that takes part in Service Connect and names no namespace is in that of its cluster. Another default gives its tasks other names. */
export function inNamespace<S extends Service>(service: S, clusters: readonly ResourceOf<'Cluster'>[]): S {
  const { cluster = DEFAULT_CLUSTER, serviceConnectConfiguration: connect } = service;
  if (connect?.enabled !== true || connect.namespace !== undefined) return service;
  const namespace = clusters.find(({ identity }) => identity === cluster)?.spec.serviceConnectDefaults?.namespace;
  return namespace === undefined ? service : { ...service, serviceConnectConfiguration: { ...connect, namespace } };
}

/** Everything about namespaces. `clusters`: those that are defined, and null for what is defined but broken. */
export function serviceConnectFindings(services: readonly ResourceOf<'Service'>[], clusters: ReadonlyMap<string, Cluster | null>): Owned[] {
  const owners = new Map<string, string>();
  return services.flatMap((resource) => {
    const { cluster = DEFAULT_CLUSTER, serviceConnectConfiguration: connect } = resource.spec;
    if (connect?.enabled !== true) return [];
    const holder = clusters.get(cluster);
    const namespace = connect.namespace ?? holder?.serviceConnectDefaults?.namespace;
    // a cluster that is missing or broken is told elsewhere, and nobody knows what it says
    const known = holder !== null && (holder !== undefined || cluster === DEFAULT_CLUSTER);
    const findings = [
      ...(namespace === undefined && known ? [missing(cluster)] : []),
      ...(connect.services ?? []).flatMap((entry, index) => {
        const path: Path = ['serviceConnectConfiguration', 'services', index];
        return named(entry, path, namespace ?? `the namespace of ${cluster}`, resource.spec.serviceName, owners);
      }),
      ...aliases(connect.services ?? []),
    ];
    return findings.map((finding) => ({ resource, finding }));
  });
}

function missing(cluster: string): Finding {
  const message = `the service takes part in Service Connect, and neither it nor the cluster "${cluster}" names a namespace`;
  const hint = 'add namespace, or serviceConnectDefaults to the cluster';
  return onKey('namespace-missing', ['serviceConnectConfiguration'], message, hint);
}

/** ECS: a name is unique in its namespace. `owners`: the service that has each name already. */
function named(entry: ServiceConnectService, path: Path, namespace: string, service: string, owners: Map<string, string>): Finding[] {
  const { discoveryName, portName } = entry;
  const name = discoveryName ?? portName;
  const key = `${namespace} ${name}`;
  const owner = owners.get(key);
  owners.set(key, owner ?? service);
  if (owner === undefined) return [];
  const whose = owner === service ? 'another port of this service' : `the service "${owner}"`;
  const message = `${whose} has the name "${name}" in the namespace already`;
  const place = [...path, discoveryName === undefined ? 'portName' : 'discoveryName'];
  return [onValue('duplicate-discovery-name', place, message, 'give one of the two another discoveryName')];
}

/** Clients tell the ports of a service by name and port alone. */
function aliases(services: readonly ServiceConnectService[]): Finding[] {
  const seen = new Set<string>();
  return services.flatMap((entry, index) =>
    (entry.clientAliases ?? []).flatMap(({ dnsName = entry.discoveryName ?? entry.portName, port }, place): Finding[] => {
      const key = `${dnsName}:${port}`;
      if (!seen.has(key)) {
        seen.add(key);
        return [];
      }
      const path = ['serviceConnectConfiguration', 'services', index, 'clientAliases', place, 'port'];
      return [
        onValue('duplicate-client-alias', path, `clients reach another port of this service by ${key} already`, 'change port or dnsName'),
      ];
    }),
  );
}
