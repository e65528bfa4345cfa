// Container instances as placement sees them: what git and people say of an instance joined with what its engine says. Deliberately
// absent: what tasks take of it (placement/room.ts).
import type { Candidate } from '../placement/candidate.ts';
import type { InstanceView } from '../../model/turn/observed.ts';
import type { Registration } from '../../model/turn/ledger.ts';
import { attributesOf, offeredBy } from './instances.ts';

/** An instance with its row (none: an engine of which git says nothing). The engine is what ECS calls the agent. */
export function candidateOf(row: Registration | undefined, view: InstanceView): Candidate {
  const declared = row?.declared ?? null;
  const { cpu, memory, reservedPorts } = offeredBy(declared, view);
  return {
    id: view.id,
    status: row?.status ?? 'ACTIVE',
    ...(declared?.node?.isPaused === true && { isPaused: true }),
    agentConnected: view.connected,
    observed: view.observedAt !== null,
    attributes: attributesOf(declared, view),
    agentVersion: view.engine?.version ?? null,
    ec2InstanceId: view.id,
    registeredAt: row?.registeredAt ?? null,
    cpu,
    memory,
    gpus: declared?.gpus ?? view.engine?.gpus ?? null,
    ports: new Set(reservedPorts),
  };
}
