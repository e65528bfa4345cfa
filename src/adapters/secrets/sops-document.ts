// A SOPS file as data: its values in their order, its rules about which of them are encrypted, and for whom its key is. YAML and JSON are
// read by the readers of manifests, with their limits. Format: docs of getsops/sops. Deliberately absent: INI, and the rules by comments,
// because readers of trees see no comments; both are refused by name.
import { SecretError } from './provider.ts';
import { isSopsDocument, isSopsVariables } from '../../manifest/sops.ts';
import { parseJson } from '../../manifest/text/json.ts';
import { parsePattern } from '../../lang/pattern.ts';
import { parseYaml } from '../../manifest/text/yaml.ts';
import { patternFinds } from '../../lang/pattern-match.ts';
import { plainOf } from '../../manifest/text/tree.ts';
import type { Entry, Mapping, Tree } from '../../manifest/text/tree.ts';

export interface SopsDocument {
  readonly root: Mapping;
  /** Whether the value under these keys is encrypted. */
  readonly isEncrypted: (path: readonly string[]) => boolean;
  readonly macOnlyEncrypted: boolean;
  readonly mac: string;
  /** As it stands: the additional data of the MAC. */
  readonly lastModified: string;
  readonly recipients: readonly AgeRecipient[];
  /** Other services that could open it, in words. */
  readonly others: readonly string[];
}

export interface AgeRecipient {
  /** Public key: age1... */
  readonly recipient: string;
  /** The data key, encrypted for it, in age's armour. */
  readonly enc: string;
}

const OTHERS: Readonly<Record<string, string>> = {
  kms: 'AWS KMS',
  gcp_kms: 'GCP KMS',
  azure_kv: 'Azure Key Vault',
  hc_vault: 'Vault transit',
  hckms: 'Huawei KMS',
  pgp: 'PGP',
};
/** SOPS's own rule where a file has none. */
const SUFFIX = '_unencrypted';

/** Reads the text of a file, by the end of its name; throws SecretError. */
export function readSops(path: string, content: string): SopsDocument {
  const root = path.endsWith('.env') ? ofVariables(path, content) : ofTree(path, content);
  const { values, metadata } = parted(root);
  if (metadata === null) {
    const hint = 'Encrypt it: sops encrypt --in-place. What is readable in git is no secret.';
    throw new SecretError('unusable', `${path} is not encrypted with SOPS`, hint);
  }
  const text = (key: string): string | null => (typeof metadata[key] === 'string' && metadata[key] !== '' ? metadata[key] : null);
  const lost = ['encrypted_comment_regex', 'unencrypted_comment_regex'].find((key) => text(key) !== null);
  if (lost !== undefined)
    throw new SecretError(
      'unusable',
      `${path} is encrypted by a rule about comments (${lost})`,
      'Encrypt it by a rule about keys: encrypted_regex or a suffix.',
    );
  const groups = metadata['key_groups'];
  if (Array.isArray(groups) && groups.length > 1) {
    throw new SecretError(
      'unusable',
      `the key of ${path} is split over several groups of keys`,
      'Encrypt it with one group that holds an age key.',
    );
  }
  return {
    root: values,
    isEncrypted: ruleOf(path, {
      unencryptedSuffix: text('unencrypted_suffix'),
      encryptedSuffix: text('encrypted_suffix'),
      unencryptedRegex: text('unencrypted_regex'),
      encryptedRegex: text('encrypted_regex'),
    }),
    macOnlyEncrypted: metadata['mac_only_encrypted'] === true || metadata['mac_only_encrypted'] === 'true',
    mac: text('mac') ?? '',
    lastModified: text('lastmodified') ?? '',
    recipients: recipientsOf(metadata, groups),
    others: Object.entries(OTHERS).flatMap(([key, words]) => (isFilled(metadata[key]) ? [words] : [])),
  };
}

function ofTree(path: string, text: string): Mapping {
  const { documents, faults } = path.endsWith('.json') ? parseJson(text) : parseYaml(text);
  const [tree, second] = documents;
  if (faults.length > 0 || tree?.kind !== 'mapping' || second !== undefined) {
    const hint = 'SOPS itself must be able to decrypt it; Longshore reads one document with plain keys.';
    throw new SecretError('unusable', `${path} can not be read as ${path.endsWith('.json') ? 'JSON' : 'YAML'}`, hint);
  }
  return tree;
}

/** NAME=value, a line each, with line breaks written as \\n; what SOPS adds begins with sops_ and tells lists and mappings in its names. */
function ofVariables(path: string, text: string): Mapping {
  const at = { start: 0, end: 0 };
  const entries: Entry[] = text.split('\n').flatMap((line) => {
    const sign = line.indexOf('=');
    if (sign < 1 || line.startsWith('#')) return [];
    const value = line.slice(sign + 1).replaceAll('\\n', '\n');
    return [{ key: line.slice(0, sign), start: 0, value: { kind: 'scalar', value, text: null, ...at } }];
  });
  if (!isSopsVariables(text)) return { kind: 'mapping', entries, ...at };
  const own = entries.filter(({ key }) => !key.startsWith('sops_'));
  const sops = entries.filter(({ key }) => key.startsWith('sops_'));
  const plain = (name: string): Tree | undefined => sops.find(({ key }) => key === `sops_${name}`)?.value;
  const age: Tree[] = [];
  for (let index = 0; ; index++) {
    const [recipient, enc] = [plain(`age__list_${index}__map_recipient`), plain(`age__list_${index}__map_enc`)];
    if (recipient === undefined || enc === undefined) break;
    age.push({
      kind: 'mapping',
      entries: [
        { key: 'recipient', start: 0, value: recipient },
        { key: 'enc', start: 0, value: enc },
      ],
      ...at,
    });
  }
  const others = Object.keys(OTHERS).filter((name) => sops.some(({ key }) => key.startsWith(`sops_${name}__list_`)));
  const metadata: Entry[] = [
    ...sops.map(({ key, ...entry }) => ({ ...entry, key: key.slice('sops_'.length) })),
    { key: 'age', start: 0, value: { kind: 'list', items: age, ...at } },
    ...others.map((key): Entry => ({ key, start: 0, value: { kind: 'scalar', value: path, text: null, ...at } })),
  ];
  return { kind: 'mapping', entries: [...own, { key: 'sops', start: 0, value: { kind: 'mapping', entries: metadata, ...at } }], ...at };
}

function parted(root: Mapping): { values: Mapping; metadata: Readonly<Record<string, unknown>> | null } {
  if (!isSopsDocument(root)) return { values: root, metadata: null };
  const values = { ...root, entries: root.entries.filter(({ key }) => key !== 'sops') };
  return { values, metadata: (plainOf(root) as { readonly sops: Readonly<Record<string, unknown>> }).sops };
}

/** With one group of keys SOPS writes them at the top; other writers keep them in the group. */
function recipientsOf(metadata: Readonly<Record<string, unknown>>, groups: unknown): readonly AgeRecipient[] {
  const [group] = Array.isArray(groups) ? (groups as readonly unknown[]) : [];
  const inGroup = typeof group === 'object' && group !== null && 'age' in group ? group.age : [];
  return [metadata['age'], inGroup]
    .flatMap((list) => (Array.isArray(list) ? (list as readonly unknown[]) : []))
    .flatMap((entry) => {
      const { recipient, enc } = (typeof entry === 'object' && entry !== null ? entry : {}) as Readonly<Record<string, unknown>>;
      return typeof enc === 'string' ? [{ recipient: typeof recipient === 'string' ? recipient : '', enc }] : [];
    });
}

interface Rule {
  readonly unencryptedSuffix: string | null;
  readonly encryptedSuffix: string | null;
  readonly unencryptedRegex: string | null;
  readonly encryptedRegex: string | null;
}

/** SOPS has one rule a file; each looks at every key on the way. */
function ruleOf(
  path: string,
  { unencryptedSuffix, encryptedSuffix, unencryptedRegex, encryptedRegex }: Rule,
): (keys: readonly string[]) => boolean {
  const withSuffix = (suffix: string) => (key: string) => key.endsWith(suffix);
  const matching = (pattern: string): ((key: string) => boolean) => {
    const { value, fault } = parsePattern(pattern);
    if (value === null)
      throw new SecretError(
        'unusable',
        `a pattern in the rules of ${path} ${fault.message}`,
        `Encrypt it by a plainer one: ${fault.hint}.`,
      );
    return (key) => patternFinds(value, key);
  };
  if (encryptedRegex !== null) return some(matching(encryptedRegex), true);
  if (unencryptedRegex !== null) return some(matching(unencryptedRegex), false);
  if (encryptedSuffix !== null) return some(withSuffix(encryptedSuffix), true);
  return some(withSuffix(unencryptedSuffix ?? SUFFIX), false);
}

function some(holds: (key: string) => boolean, encryptedThen: boolean): (keys: readonly string[]) => boolean {
  return (keys) => keys.some(holds) === encryptedThen;
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : typeof value === 'string' && value !== '';
}
