// Files that are put into a container before it starts: texts of the manifest, and secrets, which are opened for it and forgotten. They are put
// there again at each start, so that a start that was interrupted leaves none out.
import { buffer } from 'node:stream/consumers';
import { posix } from 'node:path';
import tar from 'tar-stream';
import type { Client } from './client.ts';
import { EngineRefusal } from './errors.ts';
import { MAX_SECRET_BYTES } from '../secrets/content.ts';
import { errorOf } from './secrets.ts';
import type { OutcomeError } from '../../model/turn/outcome.ts';
import type { FileInContainer } from '../../model/task/container-mount.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { type SecretUse, secretKey } from '../../model/access/secret.ts';

/**
 * Puts all files of a container into it; a secret that can't be read is the answer, and then there are none in it. Rejects with an
 * EngineRefusal in words that hold no value.
 */
export async function putFiles(
  client: Client,
  secrets: Secrets,
  container: string,
  files: readonly FileInContainer[],
  signal: AbortSignal,
): Promise<OutcomeError | null> {
  if (files.length === 0) return null;
  const uses = files.flatMap(({ valueFrom }): SecretUse[] => (valueFrom === null ? [] : [{ kind: 'secret', from: valueFrom }]));
  const opened = await secrets.open(uses, signal);
  const contents: string[] = [];
  for (const { content, valueFrom } of files) {
    const secret = valueFrom === null ? null : opened.get(secretKey({ kind: 'secret', from: valueFrom }));
    if (secret === null) contents.push(content ?? '');
    else if (secret?.kind === 'text') contents.push(secret.text);
    else if (secret?.kind === 'fault') return errorOf(secret.fault);
    else return { code: 'ProviderAway', message: `the secret ${valueFrom} was not opened` };
  }
  const archive = await archiveOf(files, contents);
  const path = `/containers/${encodeURIComponent(container)}/archive`;
  await client.call({ method: 'PUT', path, query: { path: '/' }, archive, long: true }, signal);
  return null;
}

/** The text of a file in a container, whether it runs or not; null: there is none, or it is larger than a secret. */
export async function textOfFile(client: Client, container: string, path: string, signal: AbortSignal): Promise<string | null> {
  const call = { method: 'GET', path: `/containers/${encodeURIComponent(container)}/archive`, query: { path } } as const;
  try {
    const archive = await client.stream(call, signal);
    const unpacked = tar.extract();
    // A connection that breaks ends the reading of the archive, and the end of reading ends the connection: pipe() does neither.
    archive.once('error', (error) => unpacked.destroy(error));
    try {
      for await (const entry of archive.pipe(unpacked)) {
        const isText = entry.header.type === 'file' && (entry.header.size ?? 0) <= MAX_SECRET_BYTES;
        return isText ? (await buffer(entry)).toString('utf8') : null;
      }
      return null;
    } finally {
      archive.destroy();
    }
  } catch (error) {
    if (error instanceof EngineRefusal && error.status === 404) return null;
    throw error;
  }
}

/** A tar archive with the files under their paths, and the folders above them as an engine makes them. */
async function archiveOf(files: readonly FileInContainer[], contents: readonly string[]): Promise<Buffer> {
  const pack = tar.pack();
  files.forEach(({ containerPath, uid, gid, mode }, index) => {
    const name = posix.normalize(containerPath).replace(/^\/+/, '');
    pack.entry({ name, mode, uid: idOf(uid), gid: idOf(gid) }, contents[index] ?? '');
  });
  pack.finalize();
  return buffer(pack);
}

/** A container's own names of users are not known before it runs. */
function idOf(written: string): number {
  if (!/^[0-9]+$/.test(written)) throw new EngineRefusal(400, `files of a container belong to users and groups by number, not ${written}`);
  return Number(written);
}
