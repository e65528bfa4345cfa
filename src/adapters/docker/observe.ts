// The full listing of what an engine runs for this installation. The list names the containers; each is inspected, because the list lacks
// exit code, memory kills, health and start time. 100 inspections, 8 at once, take about 40 ms.
import type { EnginePicture } from '../../daemon/ports.ts';
import { LABEL_INSTALLATION } from '../../model/turn/identity.ts';
import { sortedBy } from '../../std/order.ts';
import type { Client } from './client.ts';
import { inspect } from './container-view.ts';
import type { LastSeen } from './last-seen.ts';
import type { Relay } from './relay.ts';
import { listNetworks } from './networks.ts';
import { listVolumes } from './volumes.ts';

const INSPECTIONS_AT_ONCE = 8;

/** Reads everything; rejects when any part of it can't be read, because half a picture would look like lost containers. */
export async function observe(
  client: Client,
  installation: string,
  seen: LastSeen,
  relays: Pick<Relay, 'listed'>,
  signal: AbortSignal,
): Promise<EnginePicture> {
  const { cpu, memory, facts } = await client.session(signal);
  const filters = { label: [`${LABEL_INSTALLATION}=${installation}`] };
  const [listed, networks, volumes] = await Promise.all([
    client.call<readonly { Id: string }[]>({ method: 'GET', path: '/containers/json', query: { all: true, filters } }, signal),
    listNetworks(client, installation, signal),
    listVolumes(client, installation, signal),
  ]);
  const inspections = await atOnce(listed, INSPECTIONS_AT_ONCE, ({ Id }) => inspect(client, Id, signal));
  const relay = relays.listed(inspections);
  const containers = sortedBy(seen.listed(inspections), (view) => view.id);
  return { cpu, memory, facts, containers, networks, volumes, ...(relay !== undefined && { relay }) };
}

/** `work` on each item, `limit` at a time; the results in the items' order. The first failure rejects and starts nothing more. */
async function atOnce<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failed) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
