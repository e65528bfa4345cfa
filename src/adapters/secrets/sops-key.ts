// The data key of a SOPS file, opened with an age key of the operator. The key file is read anew each time, and the package is loaded when
// the first file is opened: it costs 90 ms and most daemons need none of it. Deliberately absent: ssh keys, plugins and passphrases.
import { readFile } from 'node:fs/promises';
import { SecretError } from './provider.ts';
import type { SopsDocument } from './sops-document.ts';

const KEY = /^AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]+$/i;
const DATA_KEY_BYTES = 32;
/** More are no list of a team; each is tried against each key. */
const MAX_RECIPIENTS = 100;

/** The 32 bytes that the values of `path` are encrypted with; throws SecretError. */
export async function dataKeyOf(path: string, document: SopsDocument, ageKeyFile: string): Promise<Uint8Array> {
  const { recipients, others } = document;
  if (recipients.length === 0) {
    const what = others.length === 0 ? 'nobody' : others.join(' and ');
    throw new SecretError(
      'refused',
      `${path} is encrypted for ${what}, and not for an age key`,
      'Add one: sops rotate --in-place --add-age <public key>.',
    );
  }
  const keys = await keysOf(ageKeyFile);
  const { Decrypter, armor } = await import('age-encryption');
  const decrypter = new Decrypter();
  for (const key of keys) {
    try {
      decrypter.addIdentity(key);
    } catch {
      // its own words may quote the key
      throw new SecretError(
        'refused',
        `${ageKeyFile} holds an age key that is damaged`,
        'Copy it again, whole: it is one line of 74 letters.',
      );
    }
  }
  for (const { enc } of recipients.slice(0, MAX_RECIPIENTS)) {
    try {
      const dataKey = await decrypter.decrypt(armor.decode(enc));
      if (dataKey.length === DATA_KEY_BYTES) return dataKey;
    } catch {
      // another recipient's, or damaged: either way this one opens nothing, and the next may
    }
  }
  const known = recipients.map(({ recipient }) => recipient).join(', ');
  throw new SecretError(
    'refused',
    `no key in ${ageKeyFile} opens ${path}, which is encrypted for ${known}`,
    'Use the key of one of them, or add yours: sops rotate --in-place --add-age <public key>.',
  );
}

async function keysOf(file: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SecretError(
      'refused',
      `the age key can not be read from ${file} (${code})`,
      'Create it with age-keygen, readable for the user that runs Longshore.',
    );
  }
  const keys = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => KEY.test(line));
  if (keys.length > 0) return keys;
  throw new SecretError(
    'refused',
    `there is no age key in ${file}`,
    'It holds a line that begins with AGE-SECRET-KEY-1, as age-keygen writes it.',
  );
}
