// Where values come from: the `.env` file beside a compose file and the files that services and includes name. What the caller's lookup
// gives (the environment that is deployed to) wins over files; the environment of the running process is never looked at.
import { openInto, spent } from './unit.ts';
import { parseDotenv } from '../../text/dotenv.ts';
import { fieldOf, itself, scalarOf, valued } from './shape.ts';
import { repositoryPath, resolvedPath } from './paths.ts';
import { tellMissing } from './file.ts';
import { warnUnset } from './variables.ts';
import type { Entry, Mapping, Tree } from '../../text/tree.ts';
import type { Lookup } from '../../text/interpolate.ts';
import type { Scope, Unit } from './unit.ts';

/** Variables of a file with the offsets of their names. */
type Variables = ReadonlyMap<string, { readonly value: string; readonly at: number }>;

/** The scope of a folder: its `.env`, or the files that are named instead of it, below what is known already. */
export function scopeOf(
  unit: Unit,
  folder: string,
  lookup: Lookup,
  named: { readonly files: readonly Tree[]; readonly folder: string } | null = null,
): Scope {
  const values = new Map<string, string>();
  const take = (variables: Variables | null): void => {
    for (const [name, { value }] of variables ?? []) values.set(name, value);
  };
  if (named === null) take(variablesOf(unit, folder === '' ? '.env' : `${folder}/.env`, lookup, values));
  for (const place of named?.files ?? []) {
    const written = itself(place);
    if (written === '/dev/null') continue;
    const path = repositoryPath(resolvedPath(named?.folder ?? '', written));
    const found = path === null ? null : variablesOf(unit, path, lookup, values);
    if (found === null) tellMissing(unit, place, 'env-file-missing', 'the env file', path, written);
    take(found);
  }
  return { folder, lookup: (name) => lookup(name) ?? values.get(name) ?? null, bases: new Map() };
}

/** The variables of a file; null when there is no such file. A file that cannot be read has none, and that is told. */
function variablesOf(unit: Unit, path: string, lookup: Lookup, earlier: ReadonlyMap<string, string>, raw = false): Variables | null {
  const part = openInto(unit, path);
  if (part === null) return null;
  const { base, file } = part;
  if (!unit.secrets.some(({ start }) => start === base)) unit.secrets.push({ start: base, end: base + file.text.length });
  if (raw) return rawVariables(file.text, base);
  const parsed = parseDotenv(file.text, lookup, earlier);
  if (parsed.fault !== null) {
    const { at, message, hint } = parsed.fault;
    unit.faults.push({ code: 'bad-env-file', offset: base + at, message: `the line ${message}`, hint });
    return new Map();
  }
  for (const { name, at } of parsed.value.unset) warnUnset(unit, name, base + at);
  return new Map(parsed.value.variables.map(({ name, value, at }) => [name, { value, at: base + at }]));
}

/** `format: raw`: everything behind the first "=" as it stands. */
function rawVariables(text: string, base: number): Variables {
  const variables = new Map<string, { value: string; at: number }>();
  let at = 0;
  for (const line of text.split('\n')) {
    const sign = line.indexOf('=');
    if (sign > 0 && !line.startsWith('#'))
      variables.set(line.slice(0, sign), { value: line.slice(sign + 1).replace(/\r$/, ''), at: base + at });
    at += line.length + 1;
  }
  return variables;
}

/** A service with the variables of its env files below its own, and with names without a value resolved or taken out. */
export function withEnvironment(unit: Unit, service: Mapping, name: string, lookup: Lookup): Mapping {
  const own = fieldOf(service, 'environment');
  const resolved = own?.kind === 'mapping' ? resolvedEntries(unit, own, name, lookup) : [];
  const before = new Map<string, Entry>();
  const values = new Map<string, string>();
  const known: Lookup = (variable) => lookup(variable) ?? ownValue(resolved, variable);
  const files = fieldOf(service, 'env_file');
  for (const file of files?.kind === 'list' ? files.items : []) {
    if (unit.room.left < 0) break;
    const found = namedFile(unit, file, known, values);
    spent(unit, found?.size ?? 0, file.start);
    for (const [key, { value, at }] of found ?? []) {
      values.set(key, value);
      before.set(key, { key, start: at, value: { kind: 'scalar', value, start: at, end: at, text: null } });
    }
  }
  for (const entry of own?.kind === 'mapping' ? own.entries : []) before.delete(entry.key);
  const entries = [...before.values(), ...resolved];
  const rest = service.entries.filter(({ key }) => key !== 'environment' && key !== 'env_file');
  if (entries.length === 0 && own === null) return { ...service, entries: rest };
  const place = service.entries.find(({ key }) => key === 'environment') ?? service.entries.find(({ key }) => key === 'env_file');
  const { start, end } = own ?? files ?? service;
  const environment: Entry = { key: 'environment', start: place?.start ?? start, value: { kind: 'mapping', entries, start, end } };
  return { ...service, entries: [...rest, environment] };
}

function ownValue(entries: readonly Entry[], name: string): string | null {
  const found = entries.find(({ key }) => key === name)?.value;
  return found?.kind === 'scalar' && typeof found.value === 'string' ? found.value : null;
}

function resolvedEntries(unit: Unit, environment: Mapping, name: string, lookup: Lookup): Entry[] {
  return environment.entries.flatMap((entry) => {
    if (entry.value.kind !== 'scalar' || entry.value.value !== null) return [entry];
    const value = lookup(entry.key);
    if (value !== null) return [{ ...entry, value: valued(entry.value, value) }];
    const message = `services.${name} takes the variable ${entry.key} from outside, where it is not set: it is left out`;
    const hint = `set ${entry.key} in the .env file beside the compose file, or remove the line`;
    unit.faults.push({ code: 'environment-unset', offset: entry.start, message, hint });
    return [];
  });
}

function namedFile(unit: Unit, file: Tree, lookup: Lookup, earlier: ReadonlyMap<string, string>): Variables | null {
  const written = String(scalarOf(file, 'path'));
  const path = repositoryPath(written);
  const raw = scalarOf(file, 'format') === 'raw';
  const found = path === null ? null : variablesOf(unit, path, lookup, earlier, raw);
  const place = fieldOf(file, 'path') ?? file;
  if (found === null && scalarOf(file, 'required') !== false) tellMissing(unit, place, 'env-file-missing', 'the env file', path, written);
  return found;
}

/** A service with the labels of its label files below its own. */
export function withLabels(unit: Unit, service: Mapping, lookup: Lookup): Mapping {
  const files = fieldOf(service, 'label_file');
  if (files?.kind !== 'list') return service;
  const labels = new Map<string, Entry>();
  for (const place of files.items) {
    const path = repositoryPath(itself(place));
    const found = path === null ? null : variablesOf(unit, path, lookup, new Map());
    if (found === null) tellMissing(unit, place, 'env-file-missing', 'the label file', path, itself(place));
    for (const [key, { value, at }] of found ?? []) {
      labels.set(key, { key, start: at, value: { kind: 'scalar', value, start: at, end: at, text: null } });
    }
  }
  const own = fieldOf(service, 'labels');
  for (const entry of own?.kind === 'mapping' ? own.entries : []) labels.set(entry.key, entry);
  const value: Tree = { kind: 'mapping', entries: [...labels.values()], start: files.start, end: files.end };
  const rest = service.entries.filter(({ key }) => key !== 'labels' && key !== 'label_file');
  return { ...service, entries: [...rest, { key: 'labels', start: files.start, value }] };
}
