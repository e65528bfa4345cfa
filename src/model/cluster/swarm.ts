// A Docker Swarm as the source of a cluster's container instances: where its manager is, and what the manager says of its nodes.
import { z } from 'zod';
import { EngineEndpointText } from './engine-endpoint.ts';
import { parseNodeEndpoint } from '../../lang/node-endpoint.ts';
import { readable } from '../syntax.ts';

const CredentialName = z.string().min(1).max(64);

export const SwarmSource = z.strictObject({
  endpoint: EngineEndpointText.meta({
    description:
      'Where the engine of a manager is, which lists the nodes: unix:///path, tcp://host:port, ssh://[user@]host or context:name.',
  }),
  credentials: CredentialName.optional().meta({
    description: "Name of the credentials of the manager in the operator's configuration; absent: those that it gives for its host.",
  }),
  nodeEndpoint: z.string().max(512).superRefine(readable(parseNodeEndpoint, 'bad-form')).meta({
    description:
      'Where the engine of each node is, the manager among them: an endpoint with {address} or {hostname} in it, such as ssh://deploy@{address}.',
  }),
  nodeCredentials: CredentialName.optional().meta({
    description: "Name of the credentials of the nodes in the operator's configuration; absent: those that it gives for each host.",
  }),
  network: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?$/, 'must be letters, digits, hyphens and underscores, not at either end')
    .max(63)
    .optional()
    .meta({
      description:
        'An attachable overlay network of the swarm that is there already, which tasks join. Absent: one is made, so that tasks reach each other across hosts.',
    }),
});
export type SwarmSource = z.infer<typeof SwarmSource>;

/** Nodes of one swarm that are read; a listing with more is refused. */
export const MAX_NODES = 500;

/** A node, as a manager tells of it. */
export interface SwarmNode {
  /** Docker's id for it: a node that has left and joined again is another one. */
  readonly id: string;
  readonly hostname: string;
  readonly address: string;
  readonly role: 'manager' | 'worker';
  readonly availability: 'active' | 'pause' | 'drain';
  /** Docker's word: ready, down, unknown, disconnected. */
  readonly state: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** ECS's word. */
  readonly architecture: string;
  readonly osType: string;
  /** Those of its engine, and those that `docker node update --label-add` gave it over them. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What is known of a swarm: its nodes in order of their age, as they were listed last; null: they never were. */
export interface SwarmView {
  readonly nodes: readonly SwarmNode[] | null;
  /** Why the last listing failed; null while the manager answers. */
  readonly silence: string | null;
}
