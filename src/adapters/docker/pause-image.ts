// The image of the pause container on an engine: it comes with Longshore and from no registry, and is brought when the engine lacks it.
import { gunzipSync } from 'node:zlib';
import { PAUSE_IMAGE } from '../../model/task/pause.ts';
import type { Client } from './client.ts';
import { EngineRefusal } from './errors.ts';
import { jsonLines } from './json-lines.ts';
import { PAUSE_ARCHIVES } from './pause-archive.ts';

/** What `create` brings; a create that lacks the pause image is tried once more after the engine was given it. */
export async function withPauseImage<T>(client: Client, image: string, signal: AbortSignal, create: () => Promise<T>): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (image !== PAUSE_IMAGE || !(error instanceof EngineRefusal) || error.status !== 404) throw error;
    await loadPauseImage(client, signal);
    return create();
  }
}

/** Gives the pause image to an engine; one that has it already keeps it. */
async function loadPauseImage(client: Client, signal: AbortSignal): Promise<void> {
  const { architecture } = await client.session(signal);
  const packed = PAUSE_ARCHIVES[architecture];
  if (packed === undefined)
    throw new EngineRefusal(
      400,
      `there is no pause container for ${architecture}: networkMode awsvpc, pidMode task and ipcMode task need one`,
    );
  const archive = gunzipSync(Buffer.from(packed, 'base64'));
  const stream = await client.stream({ method: 'POST', path: '/images/load', query: { quiet: true }, archive }, signal);
  for await (const line of jsonLines(stream)) {
    const { errorDetail } = line as { errorDetail?: { message?: string } };
    if (errorDetail) throw new EngineRefusal(500, errorDetail.message ?? 'the pause image could not be loaded');
  }
}
