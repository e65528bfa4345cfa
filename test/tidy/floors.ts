// The floors of the house: who may import whom, which package belongs to which folder, and that no imports run in a circle.
// The numbers and lists stand in ARCHITECTURE.md; a new room is a new line here and there.
import { findingAt, importsOf, packageOf, resolveImport, type Finding, type SourceText } from './source.ts';

/** Folder of src/ -> floor. Two folders on one floor are siblings: they do not import each other. */
const FLOORS: Readonly<Record<string, number>> = {
  std: 0,
  lang: 1,
  model: 2,
  manifest: 3,
  core: 3,
  daemon: 4,
  api: 5,
  adapters: 5,
  proxy: 5,
  web: 5,
  cli: 6,
};
/** The proxy lives on while the daemon is replaced: it knows the route table and nothing of the decisions. */
const PROXY_MAY_IMPORT: readonly string[] = ['proxy', 'model', 'std'];
/** Rooms of core/ that the other rooms and the files directly in core/ join. */
const LEAF_ROOMS: readonly string[] = ['deployment', 'placement', 'task', 'scaling'];
/** Room of manifest/ -> the other rooms that it may import. The files directly in manifest/ are for all of them, and join them. */
const MANIFEST_ROOMS: Readonly<Record<string, readonly string[]>> = {
  text: [],
  rules: ['text'],
  forms: ['text'],
  projects: ['text', 'forms'],
  commit: ['text', 'rules'],
  write: ['text', 'forms', 'projects'],
};

/** Packages by folder of src/; `node:*` stands for everything that Node brings. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  std: [],
  lang: ['cron-parser'],
  model: ['zod'],
  manifest: ['yaml'],
  core: [],
  daemon: [],
  api: ['prom-client', 'jose', 'node:*'],
  adapters: ['dockerode', 'tar-stream', 'simple-git', 'chokidar', 'pino', 'ssh2', 'undici', 'age-encryption', 'jose', 'node:*'],
  proxy: ['http-proxy', 'undici', 'acme-client', 'node:*'],
  web: [],
  cli: ['commander', 'node:*'],
};
const HASH_FILE = 'src/std/hash.ts';

/** Imports go down: the own folder or a lower floor, never a sibling, never upward, nothing outside src/. */
export function floorFindings(sources: readonly SourceText[]): readonly Finding[] {
  return inSource(sources).flatMap((source) =>
    importsOf(source).flatMap(({ node, from }) => {
      if (packageOf(from) !== null) return [];
      const refusal = refusalOf(source.path, resolveImport(source.path, from));
      return refusal === null ? [] : [findingAt(source, node, refusal)];
    }),
  );
}

/** A package is imported by the folder that it was chosen for, so that replacing it touches one room. */
export function packageFindings(sources: readonly SourceText[]): readonly Finding[] {
  return inSource(sources).flatMap((source) =>
    importsOf(source).flatMap(({ node, from }) => {
      const name = packageOf(from);
      if (name === null) return [];
      const folder = folderOf(source.path);
      const allowed = PACKAGES[folder] ?? [];
      if (allowed.includes(name) || (name.startsWith('node:') && allowed.includes('node:*'))) return [];
      if (source.path === HASH_FILE && name === 'node:crypto') return [];
      const instead = allowed.length === 0 ? 'it imports no package at all' : `it may import ${allowed.join(', ')}`;
      return [findingAt(source, node, `${folder}/ may not import ${name}: ${instead}. Do the work on the floor that owns the package`)];
    }),
  );
}

/** No circle of imports, type imports included: each file can be read after the ones it names. */
export function circleFindings(sources: readonly SourceText[]): readonly Finding[] {
  const files = new Map(inSource(sources).map((source) => [source.path, source]));
  const done = new Set<string>();
  const findings: Finding[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const source = files.get(path);
    if (source === undefined || done.has(path)) return;
    for (const { node, from } of importsOf(source)) {
      if (packageOf(from) !== null) continue;
      const target = resolveImport(path, from);
      const start = [...trail, path].indexOf(target);
      if (start >= 0) {
        const circle = [...trail, path].slice(start).concat(target);
        findings.push(findingAt(source, node, `imports run in a circle: ${circle.join(' -> ')}. Move what both need to a file below them`));
      } else visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of files.keys()) visit(path, []);
  return findings;
}

/** Why a file may not import another, with the way out; null when it may. */
function refusalOf(importer: string, target: string): string | null {
  const [from, to] = [folderOf(importer), folderOf(target)];
  if (!target.startsWith('src/'))
    return `src/ may not import ${target}: the product does not depend on tests or scripts; move the code into src/`;
  const [fromFloor, toFloor] = [FLOORS[from], FLOORS[to]];
  if (fromFloor === undefined) return `src/${from} is no floor of the house: put the file into one of ${Object.keys(FLOORS).join(', ')}`;
  if (toFloor === undefined) return `${target} stands on no floor: put it into one of ${Object.keys(FLOORS).join(', ')}`;
  if (from === 'proxy' && !PROXY_MAY_IMPORT.includes(to))
    return `proxy/ may not import ${to}/: it knows the route table (model/traffic/route.ts) and std/ only; hand it data through the route table`;
  if (from === 'core' && to === 'core') return coreRefusal(importer, target);
  if (from === 'manifest' && to === 'manifest') return manifestRefusal(importer, target);
  if (from === to || toFloor < fromFloor) return null;
  if (toFloor === fromFloor)
    return `${from}/ may not import its sibling ${to}/ (both floor ${fromFloor}): move what both need to a lower floor, or join them above`;
  return `${from}/ (floor ${fromFloor}) may not import ${to}/ (floor ${toFloor}): imports go down; take it as an argument or a port instead`;
}

/** Inside core/: leaf rooms below, the other rooms and core/*.ts join them, core/plan/ on top. */
function coreRefusal(importer: string, target: string): string | null {
  const [from, to] = [roomOf(importer), roomOf(target)];
  if (from === to || from === 'plan') return null;
  if (to === 'plan') return `${importer} may not import core/plan/: plan stands on top of the core and calls it, not the other way round`;
  if (!LEAF_ROOMS.includes(from)) return null;
  if (to === '')
    return `core/${from}/ may not import ${target}: the rooms that join them may; move what the room needs into it, or pass it as an argument`;
  return `core/${from}/ may not import core/${to}/: these rooms do not know each other; a room that joins them may`;
}

/** Inside manifest/: text at the bottom, then rules and forms, which do not know each other. */
function manifestRefusal(importer: string, target: string): string | null {
  const [from, to] = [roomOf(importer), roomOf(target)];
  if (from === to || from === '' || to === '') return null;
  const allowed = MANIFEST_ROOMS[from];
  if (allowed === undefined) return `manifest/${from}/ is no room: put the file into one of ${Object.keys(MANIFEST_ROOMS).join(', ')}`;
  if (allowed.includes(to)) return null;
  return `manifest/${from}/ may not import manifest/${to}/: pass it as an argument, or join the two in manifest/*.ts`;
}

function inSource(sources: readonly SourceText[]): readonly SourceText[] {
  return sources.filter((source) => source.path.startsWith('src/') && source.tree !== null);
}

/** `core` for src/core/task/status.ts. */
export function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}

/** The floor of a file below src/; null for a file that stands on none. */
export function floorOf(path: string): number | null {
  return path.startsWith('src/') ? (FLOORS[folderOf(path)] ?? null) : null;
}

/** `task` for src/core/task/status.ts, empty for src/core/reconcile.ts. */
function roomOf(path: string): string {
  const parts = path.split('/');
  return parts.length > 3 ? (parts[2] ?? '') : '';
}
