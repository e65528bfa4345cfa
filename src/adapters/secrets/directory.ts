// A folder of this machine with a file for each secret: what systemd, Kubernetes and a person with an editor make. A file is read anew each
// time. Links are followed as long as they lead to a file inside the folder, because mounted secrets are links.
// Deliberately absent: watching the folder; whoever wants to know whether a secret has changed asks for its fingerprint.
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { MAX_SECRET_BYTES, decoded, tooLarge } from './content.ts';
import { SecretError, nameParts, onlyCurrent } from './provider.ts';
import type { Content, Provider } from './provider.ts';

export interface DirectoryOptions {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** Files of variables hold many values. */
const MAX_FILE_BYTES = 1_048_576;

/** The provider over a folder; touched when it is first asked. */
export function directoryProvider({ name, path }: DirectoryOptions): Provider {
  const bytesOf = async (wanted: string, limit: number): Promise<Uint8Array | null> => {
    const parts = nameParts(wanted, name);
    const root = await rootOf(path);
    const file = await realOf(join(root, ...parts), wanted);
    if (file === null) return null;
    if (!file.startsWith(root + sep)) {
      const hint = 'Put the file itself there; links may lead to other files of the folder.';
      throw new SecretError('refused', `${wanted} is a link that leads out of ${path}`, hint);
    }
    return contentOf(file, wanted, limit);
  };
  return {
    name,
    opensCommit: false,
    read: async ({ names, ...version }): Promise<Content> => {
      onlyCurrent(version, name);
      for (const each of names) {
        const bytes = await bytesOf(each, MAX_SECRET_BYTES);
        if (bytes !== null) return { kind: 'text', text: decoded(bytes) };
      }
      throw new SecretError('absent', `there is no file ${names.join(' or ')} in ${path}`, 'Create the file, or correct the name.');
    },
    readFile: async (wanted) => {
      const bytes = await bytesOf(wanted, MAX_FILE_BYTES);
      if (bytes === null) throw new SecretError('absent', `there is no file ${wanted} in ${path}`, 'Create the file, or correct the name.');
      return Buffer.from(bytes).toString('utf8');
    },
  };
}

async function rootOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'is not there' : `can not be read (${(error as NodeJS.ErrnoException).code})`;
    // a file system that is not mounted yet looks like this
    throw new SecretError(
      'away',
      `the folder ${path} ${why}`,
      'Create or mount it, readable for the user that runs Longshore; it is asked again.',
    );
  }
}

async function realOf(path: string, wanted: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    return missingOr(error, wanted);
  }
}

async function contentOf(file: string, wanted: string, limit: number): Promise<Uint8Array | null> {
  try {
    // neither a link that was put there meanwhile, nor a wait for somebody to write into a pipe
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if (!(await handle.stat()).isFile()) throw new SecretError('unusable', `${wanted} is no file`, 'Put the secret into a file.');
      const buffer = Buffer.alloc(limit + 1);
      let filled = 0;
      for (let read = -1; read !== 0 && filled < buffer.length; filled += read) {
        ({ bytesRead: read } = await handle.read(buffer, filled, buffer.length - filled, filled));
      }
      if (filled > limit)
        throw limit === MAX_SECRET_BYTES
          ? tooLarge()
          : new SecretError('unusable', `${wanted} has more than ${limit} bytes`, 'Split the file.');
      return buffer.subarray(0, filled);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof SecretError) throw error;
    return missingOr(error, wanted);
  }
}

/** Null: there is nothing of this name. Throws for anything else. */
function missingOr(error: unknown, wanted: string): null {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return null;
  if (code === 'EACCES' || code === 'EPERM')
    throw new SecretError('refused', `the file ${wanted} may not be read`, 'Let the user that runs Longshore read it.');
  if (code === 'ELOOP') throw new SecretError('unusable', `${wanted} is a link that leads to itself`, 'Put the file itself there.');
  throw error;
}
