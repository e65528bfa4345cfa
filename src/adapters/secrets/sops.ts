// SOPS files in the repository's commit. A name is a way through folders, a file and its keys: of shop/db/password, `shop/db` may be the file
// and `password` a key of it, or `shop` the file; the longest file that has the rest as keys counts. So parameters as ECS users name them
// lie together in few files. Deliberately absent: the working tree; what is not committed is not read.
import { SecretError, filesOf, nameParts, onlyCurrent } from './provider.ts';
import { dataKeyOf } from './sops-key.ts';
import { openedValues } from './sops-cipher.ts';
import { readSops } from './sops-document.ts';
import type { Content, Provider, Reading } from './provider.ts';
import type { SourceFile } from '../../manifest/source.ts';

export interface SopsOptions {
  readonly name: string;
  /** Absolute. */
  readonly ageKeyFile: string;
  /** A folder of the repository, or one file. */
  readonly path: string;
}

type Values = Readonly<Record<string, unknown>>;

/** Ends of the names of files that SOPS encrypts key by key. */
const ENDS = ['.yaml', '.yml', '.json', '.env'].flatMap((end) => [end, `.enc${end}`, `.sops${end}`]);
const IS_FILE = /\.(?:ya?ml|json|env)$/;
/** A field that stands for the whole where it is the only one; `data` is what SOPS makes of a file that it knows no form of. */
const SOLE = ['value', 'data'];

/** The provider over the files of a commit. */
export function sopsProvider(options: SopsOptions): Provider {
  const { name: provider, path } = options;
  return {
    name: provider,
    opensCommit: true,
    read: async ({ names, ...version }, reading) => {
      onlyCurrent(version, provider);
      const looked: string[] = [];
      for (const name of names) {
        for (const { file, keys } of placesOf(path, nameParts(name, provider), reading)) {
          looked.push(file.path);
          const found = valueAt(await valuesOf(options, file, reading), keys);
          if (found !== null) return found;
        }
      }
      const files = looked.length === 0 ? `no file for it below ${path}` : `no such key in ${[...new Set(looked)].join(', ')}`;
      const hint = `Create it with sops edit, in a file such as ${IS_FILE.test(path) ? path : `${path}/${names.at(-1)}.yaml`}, and commit it.`;
      throw new SecretError('absent', `the commit has ${files}`, hint);
    },
    readFile: async (name, reading) => {
      const file = filesOf(reading).find((each) => each.path === name) ?? filesOf(reading).find((each) => each.path === `${path}/${name}`);
      if (file === undefined)
        throw new SecretError('absent', `the commit has neither ${name} nor ${path}/${name}`, 'Commit the file, or correct its name.');
      return asVariables(file.path, await valuesOf(options, file, reading));
    },
  };
}

/** The files that a name may mean, the longest first, each with the keys that are left; a folder may be a file of its name as well. */
function placesOf(
  path: string,
  parts: readonly string[],
  reading: Reading,
): readonly { readonly file: SourceFile; readonly keys: readonly string[] }[] {
  const fileOf = (name: string): SourceFile | undefined => filesOf(reading).find((file) => file.path === name && file.kind === 'file');
  if (IS_FILE.test(path)) {
    const file = fileOf(path);
    return file === undefined ? [] : [{ file, keys: parts }];
  }
  const lengths = Array.from({ length: parts.length + 1 }, (_, index) => parts.length - index);
  return lengths.flatMap((length) => {
    const base = [path, ...parts.slice(0, length)].join('/');
    const named = [...(IS_FILE.test(base) ? [base] : []), ...ENDS.map((end) => base + end)];
    return named.flatMap((each) => fileOf(each) ?? []).map((file) => ({ file, keys: parts.slice(length) }));
  });
}

/** The values of a file, opened once in a reading. */
function valuesOf({ name, ageKeyFile }: SopsOptions, file: SourceFile, { memo }: Reading): Promise<Values> {
  const key = `${name}\n${file.path}`;
  const known = memo.get(key) ?? open(file, ageKeyFile);
  memo.set(key, known);
  return known.then((content) => (content.kind === 'fields' ? content.fields : {}));
}

async function open(file: SourceFile, ageKeyFile: string): Promise<Content> {
  const document = readSops(file.path, Buffer.from(file.content).toString('utf8'));
  const dataKey = await dataKeyOf(file.path, document, ageKeyFile);
  return { kind: 'fields', fields: openedValues(file.path, document, dataKey), sole: SOLE };
}

/** What stands under keys: one key with slashes in it, or one inside the other; null where nothing does. */
function valueAt(values: Values, keys: readonly string[]): Content | null {
  const whole = keys.join('/');
  let here: unknown = values;
  if (keys.length > 1 && Object.hasOwn(values, whole)) here = values[whole];
  else for (const key of keys) here = isRecord(here) && Object.hasOwn(here, key) ? here[key] : undefined;
  if (isRecord(here)) return { kind: 'fields', fields: here, sole: SOLE };
  if (here === undefined || here === null) return null;
  return { kind: 'text', text: typeof here === 'string' ? here : JSON.stringify(here) };
}

/** As a file of variables has them; throws for what such a file can not say. */
function asVariables(path: string, values: Values): string {
  return Object.entries(values)
    .map(([name, value]) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      if (typeof value !== 'object' && !text.includes('\n')) return `${name}=${text}`;
      throw new SecretError(
        'unusable',
        `${name} of ${path} is not a value of one line`,
        'Give it to the container as a secret of its own.',
      );
    })
    .join('\n');
}

function isRecord(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
