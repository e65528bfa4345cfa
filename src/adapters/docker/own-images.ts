// The images of our own containers on an engine: they come with Longshore and from no registry, and are brought when the engine lacks them.
import { gunzipSync } from 'node:zlib';
import { PAUSE_IMAGE } from '../../model/task/pause.ts';
import { RELAY_IMAGE } from '../../model/cluster/relay.ts';
import type { Client } from './client.ts';
import { EngineRefusal } from './errors.ts';
import { jsonLines } from './json-lines.ts';
import { PAUSE_ARCHIVES } from './pause-archive.ts';
import { RELAY_ARCHIVES } from './relay-archive.ts';

interface OwnImage {
  readonly archives: Readonly<Record<string, string>>;
  /** What it is, and what can't be had without it. */
  readonly name: string;
  readonly use: string;
}

const OWN_IMAGES: ReadonlyMap<string, OwnImage> = new Map([
  [PAUSE_IMAGE, { archives: PAUSE_ARCHIVES, name: 'pause container', use: 'networkMode awsvpc, pidMode task and ipcMode task need one' }],
  [RELAY_IMAGE, { archives: RELAY_ARCHIVES, name: 'metadata relay', use: 'metadata and credentials of tasks on another machine need one' }],
]);

/** What `create` brings; a create that lacks an image of ours is tried once more after the engine was given it. */
export async function withOwnImage<T>(client: Client, image: string, signal: AbortSignal, create: () => Promise<T>): Promise<T> {
  try {
    return await create();
  } catch (error) {
    const own = OWN_IMAGES.get(image);
    if (own === undefined || !(error instanceof EngineRefusal) || error.status !== 404) throw error;
    await loadImage(client, own, signal);
    return create();
  }
}

/** Gives an image to an engine; one that has it already keeps it. */
async function loadImage(client: Client, { archives, name, use }: OwnImage, signal: AbortSignal): Promise<void> {
  const { architecture } = await client.session(signal);
  const packed = archives[architecture];
  if (packed === undefined) throw new EngineRefusal(400, `there is no ${name} for ${architecture}: ${use}`);
  const archive = gunzipSync(Buffer.from(packed, 'base64'));
  const stream = await client.stream({ method: 'POST', path: '/images/load', query: { quiet: true }, archive }, signal);
  for await (const line of jsonLines(stream)) {
    const { errorDetail } = line as { errorDetail?: { message?: string } };
    if (errorDetail) throw new EngineRefusal(500, errorDetail.message ?? `the image of the ${name} could not be loaded`);
  }
}
