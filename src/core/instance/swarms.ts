// The nodes of swarms as container instances. What a manager lists is added to what git declares, before anything is decided: from there on a
// node is an instance like any other. A manager that is silent says nothing of its nodes: they stay as the ledger has them.
import type { DesiredInstance, InstanceAttribute } from '../../model/cluster/container-instance.ts';
import { fitsAttribute, fitsInstanceName } from '../../model/cluster/container-instance.ts';
import type { DesiredState } from '../../model/turn/desired.ts';
import type { Registration } from '../../model/turn/ledger.ts';
import type { SwarmNode, SwarmSource } from '../../model/cluster/swarm.ts';
import type { World } from '../../model/turn/plan.ts';
import { sortedBy, sortedMap } from '../../std/order.ts';
import { nodeEndpoint } from '../../lang/node-endpoint.ts';
import { same } from '../../std/diff.ts';

type Instances = ReadonlyMap<string, DesiredInstance>;

/** Labels of a node that become attributes. */
const MAX_LABELS = 50;
/** So many letters of a node's id tell it from another one of the same name. */
const ID_LETTERS = 8;

/** Equal inputs give the very same objects: a commit in force must stay one object for as long as nothing changes. */
const LAST = new WeakMap<DesiredState, DesiredState>();

/** What is asked for in a world: its desired state with the nodes of swarms among the instances. */
export function desiredWithNodes({ desired, observed, ledger }: Pick<World, 'desired' | 'observed' | 'ledger'>): DesiredState {
  const swarms = [...desired.clusters.values()].flatMap(({ name, swarm }) => (swarm === undefined ? [] : [{ cluster: name, swarm }]));
  if (swarms.length === 0) return desired;
  const found = new Map<string, DesiredInstance>(desired.instances);
  for (const { cluster, swarm } of swarms) {
    const nodes = observed.swarms?.get(cluster)?.nodes ?? null;
    const instances = nodes === null ? remembered(ledger.registrations, cluster) : nodeInstances(nodes, swarm, cluster);
    for (const instance of instances) {
      const declared = found.get(instance.name);
      // A node belongs to one cluster: the one that names it, or else the first.
      if (declared === undefined) found.set(instance.name, instance);
      else if (declared.cluster === cluster && declared.node === undefined) found.set(instance.name, described(instance, declared));
    }
  }
  const instances = sortedMap(found);
  const known = LAST.get(desired);
  if (known !== undefined && isSame(known.instances, instances)) return known;
  const result = { ...desired, instances };
  LAST.set(desired, result);
  return result;
}

function isSame(a: Instances, b: Instances): boolean {
  return a.size === b.size && [...b].every(([name, instance]) => same(a.get(name), instance));
}

function remembered(registrations: ReadonlyMap<string, Registration>, cluster: string): readonly DesiredInstance[] {
  return [...registrations.values()].flatMap(({ declared }) =>
    declared?.node !== undefined && declared.cluster === cluster ? [declared] : [],
  );
}

/** A node of which git says more: that counts, and each of the two can drain it. */
function described(node: DesiredInstance, declared: DesiredInstance): DesiredInstance {
  const attributes = new Map([...(node.attributes ?? []), ...(declared.attributes ?? [])].map((one) => [one.name, one]));
  return { ...node, ...declared, attributes: [...attributes.values()], ...(node.status !== undefined && { status: node.status }) };
}

/** The nodes of a swarm as instances of a cluster. */
export function nodeInstances(nodes: readonly SwarmNode[], swarm: SwarmSource, cluster: string): readonly DesiredInstance[] {
  const names = new Set<string>();
  return sortedBy(current(nodes), ({ createdAt, id }) => `${createdAt} ${id}`).map((node) => {
    const plain = fitsInstanceName(node.hostname) ? node.hostname : node.id;
    const name = names.has(plain) ? `${plain.slice(0, 64 - ID_LETTERS - 1)}-${node.id.slice(0, ID_LETTERS)}` : plain;
    names.add(name);
    return instanceOf(node, name, swarm, cluster);
  });
}

/** The nodes without those that are gone: one that left and joined again is listed twice, down and ready. */
function current(nodes: readonly SwarmNode[]): readonly SwarmNode[] {
  const key = ({ hostname, address }: SwarmNode): string => `${hostname} ${address}`;
  const up = new Set(nodes.filter(({ state }) => state !== 'down').map(key));
  return nodes.filter((node) => node.state !== 'down' || !up.has(key(node)));
}

function instanceOf(
  node: SwarmNode,
  name: string,
  { nodeEndpoint: template, nodeCredentials }: SwarmSource,
  cluster: string,
): DesiredInstance {
  const { availability, role, address } = node;
  return {
    name,
    cluster,
    endpoint: nodeEndpoint(template, node),
    ...(nodeCredentials !== undefined && { credentials: nodeCredentials }),
    address,
    ...(availability === 'drain' && { status: 'DRAINING' as const }),
    attributes: attributesOf(node),
    node: { role, ...(availability === 'pause' && { isPaused: true as const }) },
  };
}

/** Labels that are no attributes, by their letters or their length, are left out. */
function attributesOf({ id, role, architecture, osType, labels }: SwarmNode): InstanceAttribute[] {
  const own = sortedBy(Object.entries(labels), ([name]) => name).slice(0, MAX_LABELS);
  const found = new Map([
    ...own.map(([name, value]) => [name, value === '' ? { name } : { name, value }] as const),
    ...Object.entries({ 'ecs.os-type': osType, 'ecs.cpu-architecture': architecture, 'swarm.node-id': id, 'swarm.role': role }).map(
      ([name, value]) => [name, { name, value }] as const,
    ),
  ]);
  return [...found.values()].filter(fitsAttribute);
}
