// Where in a text secrets may lie. Secrets do not belong in manifests, and yet people put them there, and problems end up in logs and pull
// requests: values of environments and of variables are never shown, nor what a name calls a secret. Deliberately absent: guessing from how
// a value looks. Names decide, generously.
import type { Entry, Scalar, Tree } from './tree.ts';

/** Offsets: the first, and the one behind the last. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Environments by any name, misspelt as well, and the values of one of ours. */
const ENVIRONMENT = /env|viron|^variables$/i;
/** The texts with which a schedule or a rule overrides them. */
const OVERRIDES = /^input(?:Template)?$/i;
/** Keys that name files of variables, and hold none. */
const NAMES_FILES = /^(?:env_file|environmentFiles)$/;
/** What a name ends with when it names a secret: `splunk-token`, `DB_PASSWORD`, `apiKey`. */
const SECRET =
  'pass|password|passwd|passphrase|pwd|secret|token|credentials?|(?:api|access|secret|private|signing|encryption|master|auth)[_-]?key';
const SECRET_NAME = new RegExp(`(?:${SECRET})$`, 'i');
/** A value of its own, in quotes or bare. */
const VALUE = `"[^"]*"?|'[^']*'?|\\[[^\\]]*|(?:\\$\\{[^}]*\\}?|[^\\s"',{}\\]])+`;
/** Secrets in what is not an environment: in a URL, behind a name, behind an option, and behind the user of a request. */
const IN_LINES: readonly RegExp[] = [
  /:\/\/[^/\s:@"']*:(?<secret>[^/\s@"']+)@/dg,
  new RegExp(`(?<!:)(?:${SECRET})\\\\*["']?\\s*[:=]\\s*\\\\*(?!["']?\\$\\{?\\w+\\}?["']?(?:[\\s,}\\]]|$))(?<secret>${VALUE})`, 'dgi'),
  /-{1,2}[\w-]{0,40}(?:pass|password|passwd|pwd|secret|token)["']?[\s,]+["']?(?<secret>[^\s"',\]]+)/dgi,
  /(?:mysql|mariadb)[^\n]*?[\s"']-p(?<secret>[^\s"',\]]{2,})/dgi,
  /(?:^|\s|["'])(?:-u|--user)["',\s]+[^\s:"']+:(?<secret>[^\s"',\]]+)/dg,
];

/** Where the secrets of a document lie, also when they come from an anchor elsewhere. */
export function secretRanges(tree: Tree): Range[] {
  if (tree.kind === 'scalar') return [];
  if (tree.kind === 'list') return tree.items.flatMap(secretRanges);
  const isPair = ['name', 'value'].every((key) => tree.entries.some((entry) => entry.key === key));
  return tree.entries.flatMap(({ key, value }) => {
    if (key === 'value' && isPair) return wholeOf(value);
    return secretsUnder(key, value);
  });
}

function secretsUnder(key: string, value: Tree): Range[] {
  if (OVERRIDES.test(key)) return value.kind === 'scalar' ? fromEnvironment(value) : secretRanges(value);
  if (ENVIRONMENT.test(key) && !NAMES_FILES.test(key)) return variablesIn(value);
  if (key === 'build' && value.kind === 'mapping') {
    return value.entries.flatMap((entry) => (entry.key === 'args' ? variablesIn(entry.value) : secretsUnder(entry.key, entry.value)));
  }
  const isText = value.kind === 'scalar' || (value.kind === 'list' && value.items.every(({ kind }) => kind === 'scalar'));
  return isText && (SECRET_NAME.test(key) || key === 'content') ? wholeOf(value) : secretRanges(value);
}

/** Of a text that holds JSON: all behind the word environment. */
function fromEnvironment(text: Scalar): Range[] {
  if (text.text === null) return wholeOf(text);
  const word = /env\w*/i.exec(String(text.value));
  return word === null ? [] : [{ start: text.text + word.index + word[0].length, end: text.end }];
}

/** The values of variables, however they are written: names stay to be seen. */
function variablesIn(tree: Tree): Range[] {
  if (tree.kind === 'scalar') return wholeOf(tree);
  if (tree.kind === 'list') return tree.items.flatMap((item) => (item.kind === 'mapping' ? item.entries.flatMap(partOf) : assigned(item)));
  return tree.entries.flatMap((entry) => (holdsValue(entry.key) ? [{ start: entry.start, end: entry.value.end }] : wholeOf(entry.value)));
}

/** `A=b`, `value:b` without its space or `value b` without its colon, where only a key belongs. */
function holdsValue(key: string): boolean {
  return /[=:\s]/.test(key);
}

/** A key as a message may name it. */
export function shownKey(key: string): string {
  return key.replace(/(?<=[=:\s])[^]+$/, '…');
}

/** What is not shown of `name: A` or `value: b`. */
function partOf({ key, start, value }: Entry): Range[] {
  if (holdsValue(key)) return [{ start, end: value.end }];
  const isName = key.toLowerCase() === 'name' && value.kind === 'scalar' && !String(value.value).includes('=');
  return isName ? [] : wholeOf(value);
}

/** `A=b`: what stands behind the sign; without one nobody knows what it is. */
function assigned(item: Tree): Range[] {
  const at = item.kind === 'scalar' && item.text !== null ? String(item.value).indexOf('=') : -1;
  return at < 0 || item.kind !== 'scalar' || item.text === null ? wholeOf(item) : [{ start: item.text + at + 1, end: item.end }];
}

/** A value with all that is in it, which may stand elsewhere. */
function wholeOf(tree: Tree): Range[] {
  const own = { start: tree.start, end: tree.end };
  if (tree.kind === 'scalar') return [own];
  const parts = tree.kind === 'list' ? tree.items : tree.entries.map(({ value }) => value);
  return [own, ...parts.flatMap(wholeOf)];
}

/** Where secrets lie in a line by what stands before them; offsets in the line. */
export function secretsInLine(line: string): Range[] {
  return IN_LINES.flatMap((pattern) =>
    [...line.matchAll(pattern)].flatMap((match) => {
      const span = match.indices?.groups?.['secret'];
      return span === undefined ? [] : [{ start: span[0], end: span[1] }];
    }),
  );
}
