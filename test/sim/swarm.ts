// A simulated manager of a swarm: nodes that a test adds, drains and takes away, and a manager that falls silent.
import type { NodeSource } from '../../src/daemon/ports.ts';
import type { SwarmNode } from '../../src/model/cluster/swarm.ts';

export interface SimulatedSwarm extends NodeSource {
  /** Puts a node in, or changes the one of the same id. */
  put(node: SwarmNode): void;
  remove(id: string): void;
  /** Null: the manager answers. */
  silence(reason: string | null): void;
}

/** A swarm without nodes. */
export function simulatedSwarm(): SimulatedSwarm {
  const nodes = new Map<string, SwarmNode>();
  let silent: string | null = null;
  return {
    put: (node) => void nodes.set(node.id, node),
    remove: (id) => void nodes.delete(id),
    silence: (reason) => {
      silent = reason;
    },
    nodes: async () => {
      if (silent !== null) throw new Error(silent);
      return [...nodes.values()];
    },
    close: () => undefined,
  };
}

/** A node that is up. */
export function swarmNode(id: string, hostname: string, changes: Partial<SwarmNode> = {}): SwarmNode {
  return {
    id,
    hostname,
    address: '192.0.2.10',
    role: 'worker',
    availability: 'active',
    state: 'ready',
    createdAt: '2026-01-01T00:00:00Z',
    architecture: 'x86_64',
    osType: 'linux',
    labels: {},
    ...changes,
  };
}
