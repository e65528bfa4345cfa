// Images on an engine: what a reference stands for, and bringing one from its registry with the operator's login, if there is one.
// An engine reports a failed pull inside a stream that began with 200, so the stream's lines decide.
import type { Readable } from 'node:stream';
import type { ImageIdentity } from '../../model/turn/outcome.ts';
import type { PullProgress } from '../../daemon/ports.ts';
import type { Client } from './client.ts';
import type { PullLogin } from '../registry/logins.ts';
import { EngineRefusal } from './errors.ts';
import { withoutSecrets } from './secrecy.ts';
import { jsonLines } from './json-lines.ts';
import { pullProgress } from './pull-progress.ts';
import { pullRefusal } from './pull-refusal.ts';
import { type Standstill, standstill } from './standstill.ts';

/** Docker's domain for references that name none. */
const DEFAULT_DOMAIN = 'docker.io';

/** What an engine has under a reference or an image id; null: nothing. */
export async function lookImage(client: Client, reference: string, signal: AbortSignal): Promise<ImageIdentity | null> {
  const image = await inspectImage(client, reference, signal);
  return image && { id: image.Id, digest: digestFor(reference, image.RepoDigests ?? []) };
}

interface ImageInspection {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null;
  readonly RepoDigests?: readonly string[] | null;
}

async function inspectImage(client: Client, reference: string, signal: AbortSignal): Promise<ImageInspection | null> {
  try {
    return await client.call<ImageInspection>({ method: 'GET', path: `/images/${pathOf(reference)}/json` }, signal);
  } catch (error) {
    if (error instanceof EngineRefusal && error.status === 404) return null;
    throw error;
  }
}

/** What a pull brought; `brought`: the engine had nothing under the reference before. */
export interface Pulled {
  readonly image: ImageIdentity;
  readonly brought?: true;
}

/**
 * Pulls an image and tells what arrived. Rejects with an EngineRefusal in words that say what to do, without a secret; with a PullStoodStill
 * when there has been no news for `stillMs`. The engine drops it then and begins anew when it is asked again, from the first layer that it lacks.
 */
export async function pullImage(
  client: Client,
  { reference, platform }: { readonly reference: string; readonly platform?: string | undefined },
  login: PullLogin,
  stillMs: number,
  signal: AbortSignal,
  report: (progress: PullProgress) => void = () => undefined,
): Promise<Pulled> {
  const before = await lookImage(client, reference, signal);
  const still = standstill(reference, stillMs);
  try {
    const query = { ...pullQuery(reference), ...(platform !== undefined && { platform }) };
    const call = { method: 'POST', path: '/images/create', query, registryAuth: login.header ?? undefined } as const;
    await ended(await client.stream(call, AbortSignal.any([signal, still.signal])), still, report);
    const image = await lookImage(client, reference, signal);
    if (image === null) throw new EngineRefusal(404, `the pull of ${reference} ended well, but the engine has no such image`);
    return { image, ...(before === null && { brought: true as const }) };
  } catch (error) {
    if (still.signal.aborted && !signal.aborted) throw still.signal.reason;
    if (!(error instanceof EngineRefusal) || error.isVersionMismatch) throw error;
    throw new EngineRefusal(error.status, pullRefusal(withoutSecrets(error.message, login.secrets), reference, login));
  } finally {
    still.end();
  }
}

/**
 * Takes an image's name away, and with its last name the image; one that is gone is as good. Never by force: rejects while a container uses the
 * image, running or not. A digest is not taken from an image that somebody gave a tag: without it nobody could tell any more where it is from.
 */
export async function removeImage(client: Client, reference: string, signal: AbortSignal): Promise<void> {
  const image = await inspectImage(client, reference, signal);
  if (image === null) return;
  const filters = { ancestor: [image.Id] };
  const users = await client.call<readonly { Id: string }[]>(
    { method: 'GET', path: '/containers/json', query: { all: true, filters } },
    signal,
  );
  const [user] = users;
  if (user !== undefined)
    throw new EngineRefusal(409, `the image ${reference} is used by container ${user.Id.slice(0, 12)}: it was left alone`);
  // The containerd store lists names by digest here, too.
  const tags = (image.RepoTags ?? []).filter((tag) => !tag.includes('@'));
  if (reference.includes('@') && tags.length > 0)
    throw new EngineRefusal(409, `the image ${reference} is also called ${tags[0]}: it was left alone`);
  try {
    await client.call({ method: 'DELETE', path: `/images/${pathOf(reference)}`, long: true }, signal);
  } catch (error) {
    if (!(error instanceof EngineRefusal) || error.status !== 404) throw error;
  }
}

/** Reads the stream of a pull to its end, which is the pull's. */
async function ended(stream: Readable, still: Standstill, report: (progress: PullProgress) => void): Promise<void> {
  const read = pullProgress();
  for await (const line of jsonLines(stream)) {
    const { errorDetail } = line as { errorDetail?: { message?: string } };
    if (errorDetail) throw new EngineRefusal(500, errorDetail.message ?? 'the pull failed without a reason');
    const progress = read(line);
    still.heard(line, progress);
    if (progress !== null) report(progress);
  }
}

/** The name and the tag or digest to pull. Without a tag an engine would bring every tag of the repository: latest is meant. */
export function pullQuery(reference: string): { readonly fromImage: string; readonly tag: string } {
  const { name, tag, digest } = partsOf(reference);
  return { fromImage: name, tag: digest ?? tag ?? 'latest' };
}

/** The digest that the engine knows for the repository of `reference`: the asked one where the reference has one, else the first. */
export function digestFor(reference: string, repoDigests: readonly string[]): string | null {
  const asked = partsOf(reference);
  const digests = repoDigests.flatMap((entry) => {
    const known = partsOf(entry);
    return known.digest !== null && fullName(known.name) === fullName(asked.name) ? [known.digest] : [];
  });
  return digests.find((digest) => digest === asked.digest) ?? digests[0] ?? null;
}

function partsOf(reference: string): { readonly name: string; readonly tag: string | null; readonly digest: string | null } {
  const [named = '', digest = null] = reference.split('@');
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  return { name: tagged ? named.slice(0, colon) : named, tag: tagged ? named.slice(colon + 1) : null, digest };
}

/** `nginx` -> `docker.io/library/nginx`: engines list the short form, authors write either. */
function fullName(name: string): string {
  const [first = '', ...rest] = name.split('/');
  const hasDomain = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  if (!hasDomain) return `${DEFAULT_DOMAIN}/${rest.length === 0 ? `library/${name}` : name}`;
  if (first === 'index.docker.io') return fullName(rest.join('/'));
  return first === DEFAULT_DOMAIN && rest.length === 1 ? `${DEFAULT_DOMAIN}/library/${rest[0]}` : name;
}

/** A reference inside a path: its slashes stay, everything that would end the path is escaped. */
function pathOf(reference: string): string {
  return reference.split('/').map(encodeURIComponent).join('/');
}
