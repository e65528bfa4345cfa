// The containers that run on an engine, as manifests: those of one compose service together, ours and those of nobody's left out.
// The engine is only asked; nothing on it changes.
import { LABEL_INSTALLATION } from '../../model/turn/identity.ts';
import { Failure } from '../failure.ts';
import { byText } from '../../std/order.ts';
import { count } from '../../std/text.ts';
import { documentsOf, nameOf } from './container.ts';
import { madeText } from '../../manifest/write/made.ts';
import type { Client } from '../../adapters/docker/client.ts';
import type { ReachedEngine } from '../engines.ts';
import type { Group, Inspected } from './container.ts';
import type { Started } from './started.ts';

/** A local engine lists and inspects some hundred containers in a second. */
const ASK_MS = 30_000;
/** More than this is no engine that somebody describes by hand afterwards. */
const MAX_CONTAINERS = 500;

/** Manifests of what runs on an engine. Fails when it does not answer, or runs nothing that is not ours already. */
export async function startedFromEngine({ connection }: ReachedEngine, where: string): Promise<Started> {
  const { engineClient } = await import('../../adapters/docker/client.ts');
  const client = engineClient(connection);
  try {
    return await started(client, AbortSignal.timeout(ASK_MS), where);
  } catch (error) {
    if (error instanceof Failure || (error instanceof Error && 'status' in error)) throw error;
    const hint = 'Is Docker running? Name where it is with --engine, such as unix:///path.';
    throw new Failure('ERROR', `no engine answers at ${where}: ${error instanceof Error ? error.message : String(error)}`, hint);
  } finally {
    client.close();
  }
}

async function started(client: Client, signal: AbortSignal, where: string): Promise<Started> {
  const listed = await client.call<readonly { Id: string; Labels?: Readonly<Record<string, string>> | null }[]>(
    { method: 'GET', path: '/containers/json' },
    signal,
  );
  const foreign = listed.filter(({ Labels }) => Labels?.[LABEL_INSTALLATION] === undefined);
  const ours = listed.length - foreign.length;
  if (foreign.length === 0) {
    const what = ours === 0 ? 'no container' : `no container that Longshore does not keep already (${count(ours, 'container')})`;
    throw new Failure(
      'ERROR',
      `the engine at ${where} runs ${what}`,
      'Start from a compose file with --from, or from the example without it.',
    );
  }
  if (foreign.length > MAX_CONTAINERS)
    throw new Failure(
      'ERROR',
      `the engine at ${where} runs ${foreign.length} containers, more than ${MAX_CONTAINERS}`,
      'Write the manifests by service.',
    );
  const groups = await groupsOf(client, foreign, signal);
  return {
    files: groups.map((group) => ({ path: `${group.name}.yaml`, text: madeText(documentsOf(group)) })),
    notes: [
      `${count(foreign.length, 'container')} read, ${count(groups.length, 'service')} written; the containers themselves are left as they are`,
      'no value of a variable is taken over: where a value is empty, fill it in, or take the variable out',
      'networks and labels are not taken over; commands are, as they stand: look for secrets in them before you commit',
      ...(ours > 0 ? [`${count(ours, 'container')} of Longshore's own left out`] : []),
    ],
  };
}

/** One group a name, in order of the names; the first container of a name tells how all of them are. */
async function groupsOf(client: Client, listed: readonly { Id: string }[], signal: AbortSignal): Promise<readonly Group[]> {
  const groups = new Map<string, Group>();
  for (const { Id } of listed) {
    const container = await client.call<Inspected & { readonly Image: string }>({ method: 'GET', path: `/containers/${Id}/json` }, signal);
    const name = nameOf(container);
    const known = groups.get(name);
    const group = known ?? { name, container, image: await imageOf(client, container.Image, signal), count: 0 };
    groups.set(name, { ...group, count: group.count + 1 });
  }
  return [...groups.values()].sort((a, b) => byText(a.name, b.name));
}

/** What an image brings; null when it was removed under its container. */
async function imageOf(client: Client, id: string, signal: AbortSignal): Promise<Group['image']> {
  try {
    return await client.call<NonNullable<Group['image']>>({ method: 'GET', path: `/images/${encodeURIComponent(id)}/json` }, signal);
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 404) return null;
    throw error;
  }
}
