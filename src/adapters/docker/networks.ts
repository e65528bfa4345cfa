// The bridge networks of clusters on one engine. Ours carry the installation and the cluster as labels; others are never touched.
import { LABEL_CLUSTER, LABEL_INSTALLATION } from '../../model/identity.ts';
import { byText } from '../../std/order.ts';
import type { Client } from './client.ts';
import { EngineRefusal } from './errors.ts';

interface NetworkInspection {
  readonly Name: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

/** The names of this installation's networks, sorted. */
export async function listNetworks(client: Client, installation: string, signal: AbortSignal): Promise<readonly string[]> {
  const filters = { label: [`${LABEL_INSTALLATION}=${installation}`] };
  const networks = await client.call<readonly NetworkInspection[]>({ method: 'GET', path: '/networks', query: { filters } }, signal);
  return networks.map((network) => network.Name).sort(byText);
}

/** Creates a cluster's network; one that is there with our labels is as good. Rejects when a foreign one holds the name. */
export async function createNetwork(
  client: Client,
  name: string,
  labels: { readonly installation: string; readonly cluster: string },
  signal: AbortSignal,
): Promise<void> {
  const body = {
    Name: name,
    Driver: 'bridge',
    CheckDuplicate: true, // engines before API 1.44 would allow a second network of the same name
    Labels: { [LABEL_INSTALLATION]: labels.installation, [LABEL_CLUSTER]: labels.cluster },
  };
  try {
    await client.call({ method: 'POST', path: '/networks/create', body }, signal);
  } catch (error) {
    if (!(error instanceof EngineRefusal) || error.status !== 409) throw error;
    const holder = await inspectNetwork(client, name, signal);
    if (holder?.Labels?.[LABEL_INSTALLATION] === labels.installation && holder.Labels[LABEL_CLUSTER] === labels.cluster) return;
    throw new EngineRefusal(409, `a network named ${name} is there, but it is not ours: rename or remove it`);
  }
}

/** Removes a network of ours; one that is gone is as good. Rejects while containers use it, and when it is foreign. */
export async function removeNetwork(client: Client, name: string, installation: string, signal: AbortSignal): Promise<void> {
  const network = await inspectNetwork(client, name, signal);
  if (network === null) return;
  if (network.Labels?.[LABEL_INSTALLATION] !== installation)
    throw new EngineRefusal(409, `the network ${name} is not ours: it was left alone`);
  try {
    await client.call({ method: 'DELETE', path: `/networks/${encodeURIComponent(name)}` }, signal);
  } catch (error) {
    if (!(error instanceof EngineRefusal) || error.status !== 404) throw error;
  }
}

async function inspectNetwork(client: Client, name: string, signal: AbortSignal): Promise<NetworkInspection | null> {
  try {
    return await client.call<NetworkInspection>({ method: 'GET', path: `/networks/${encodeURIComponent(name)}` }, signal);
  } catch (error) {
    if (error instanceof EngineRefusal && error.status === 404) return null;
    throw error;
  }
}
