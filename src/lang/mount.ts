// Volumes as Compose's short form writes them: [SOURCE:]TARGET[:OPTIONS]. A source that begins with ".", "/", "~" or a drive letter is a
// path (bind), every other one the name of a volume. Options that are not known are left out, as Compose leaves them out.
import { fault, read } from './parsed.ts';
import type { Parsed } from './parsed.ts';

export interface MountText {
  readonly type: 'bind' | 'volume';
  readonly source?: string;
  readonly target: string;
  readonly readOnly?: boolean;
  readonly nocopy?: true;
  readonly propagation?: string;
  readonly selinux?: 'z' | 'Z';
  /** Options that mean nothing to Compose, with their places. */
  readonly ignored: readonly { readonly option: string; readonly at: number }[];
}

const PROPAGATIONS: ReadonlySet<string> = new Set(['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave']);
/** They said how a Mac shares files; they change nothing anywhere else. */
const CONSISTENCIES: ReadonlySet<string> = new Set(['cached', 'consistent', 'delegated']);
const HINT = 'write TARGET, SOURCE:TARGET or SOURCE:TARGET:ro';

/** The mount of one text. */
export function parseMount(text: string): Parsed<MountText> {
  if (text === '') return fault(0, 'is empty where a volume is expected', HINT);
  const parts = partsOf(text);
  const empty = parts.find(({ part }) => part === '');
  if (empty !== undefined) return fault(empty.at, 'has nothing where a path or a name is expected', HINT);
  if (parts.length > 3) return fault(parts[3]?.at ?? 0, 'has more than two colons', HINT);
  const [first, second, options] = parts;
  if (first === undefined || second === undefined) return read({ type: 'volume', target: cleanPath(text), ignored: [] });
  const found = optionsOf(options?.part ?? '', options?.at ?? 0);
  return read({ type: isHostPath(first.part) ? 'bind' : 'volume', source: first.part, target: cleanPath(second.part), ...found });
}

/** Whether a source is a path of the host and not the name of a volume. */
export function isHostPath(source: string): boolean {
  return /^[./~]|^\\\\|^[A-Za-z]:/.test(source);
}

/** A path without ".", ".." and doubled slashes. */
export function cleanPath(path: string): string {
  if (!path.startsWith('/')) return path;
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return `/${kept.join('/')}`;
}

/** Split at colons, but not behind the single letter of a drive. */
function partsOf(text: string): { part: string; at: number }[] {
  const parts: { part: string; at: number }[] = [];
  let from = 0;
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && (text[at] !== ':' || (at - from === 1 && /[A-Za-z]/.test(text[from] ?? '')))) continue;
    parts.push({ part: text.slice(from, at), at: from });
    from = at + 1;
  }
  return parts;
}

function optionsOf(text: string, from: number): Omit<MountText, 'type' | 'source' | 'target'> {
  const found: { -readonly [K in keyof MountText]?: MountText[K] } = {};
  const ignored: { option: string; at: number }[] = [];
  let at = from;
  for (const option of text === '' ? [] : text.split(',')) {
    if (option === 'ro' || option === 'rw') found.readOnly = option === 'ro';
    else if (option === 'nocopy') found.nocopy = true;
    else if (option === 'z' || option === 'Z') found.selinux = option;
    else if (PROPAGATIONS.has(option)) found.propagation = option;
    else if (!CONSISTENCIES.has(option)) ignored.push({ option, at });
    at += option.length + 1;
  }
  return { ...found, ignored };
}
