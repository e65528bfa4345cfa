// These hashes must never change. A hash that changes with a release of Longshore redeploys every service of every installation when
// it is upgraded, without anybody having touched a manifest. If this test fails, the code is wrong, not the list: a new meaning needs a
// new version prefix and a way to compare with the old one. `UPDATE=1` adds hashes of new manifests and never replaces one.
// The repository's examples are listed with a digest of their text, so that editing an example adds an entry.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { SCHEMAS } from '../../src/manifest/kind.ts';
import { load } from '../../src/manifest/load.ts';
import { sourceFile } from './story.ts';
import type { DesiredState } from '../../src/model/turn/desired.ts';
import type { SourceFile } from '../../src/manifest/source.ts';

const LIST = fileURLToPath(new URL('golden/hashes.json', import.meta.url));
const known: Record<string, string> = existsSync(LIST) ? (JSON.parse(readFileSync(LIST, 'utf8')) as Record<string, string>) : {};

const golden = read(new URL('golden/', import.meta.url));
const examples = read(new URL('../../manifests/', import.meta.url));

describe('golden hashes', () => {
  const found = new Map([
    ...[...golden].flatMap(([name, file]) => hashesOf(loaded([file]), name)),
    ...hashesOf(loaded([...examples.values()]), `examples@${digestOf([...examples.values()])}`),
  ]);
  if (process.env['UPDATE'] === '1') {
    const all = { ...Object.fromEntries(found), ...known };
    writeFileSync(LIST, `${JSON.stringify(Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))), null, 2)}\n`);
  }

  it.each([...found])('%s', (name, hash) => {
    expect(known[name], 'a manifest without a golden hash: run with UPDATE=1 to add it').toBeDefined();
    expect(hash).toBe(known[name]);
  });

  it('are all still computed, and there are enough of them', () => {
    const lost = Object.keys(known).filter((name) => !name.startsWith('examples@') && !found.has(name));
    expect(lost).toEqual([]);
    expect(found.size).toBeGreaterThan(40);
  });

  it('differ between task definitions that differ in one field', () => {
    const hashes = [...found].filter(([name]) => name.startsWith('fields.yaml')).map(([, hash]) => hash);
    expect(hashes.length).toBeGreaterThan(15);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

describe('the hash of a service', () => {
  const services = [...loaded([...golden.values()].filter(({ path }) => path === 'service-inputs.yaml')).services.values()];
  const hashOf = (name: string): string | undefined => services.find((service) => service.name === name)?.hash;
  /** ECS: UpdateService changes these without a deployment. */
  const quiet = ['placed', 'by-providers', 'tagged', 'commands', 'behind-others', 'bluegreen'];

  it('covers network, names and volumes', () => {
    const hashes = services.filter(({ name }) => !quiet.includes(name)).map(({ hash }) => hash);
    expect(hashes.length).toBeGreaterThan(10);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it.each(quiet)('does not cover what makes no deployment: %s', (name) => {
    expect(hashOf(name)).toBe(hashOf('plain'));
  });
});

describe('a default of ours is in no hash', () => {
  it.each([...golden, ...examples])('%s: the specs hold the keys that the author wrote, and no other', (_, file) => {
    const desired = loaded(_.startsWith('manifests/') ? [...examples.values()] : [file]);
    const text = new TextDecoder().decode(file.content);
    const written = parseAllDocuments(text, { merge: true }).map((document) => document.toJS() as Record<string, unknown>);
    for (const document of written) {
      const spec = specOf(desired, document);
      if (spec !== null)
        expect(keysOf(spec)).toEqual(keysOf(document).filter((key) => key !== 'kind' && !/(?:^|\.)x-(?!longshore|kept)/.test(key)));
    }
  });

  it.each(Object.entries(SCHEMAS))('the schema of %s fills nothing in', (_, schema) => {
    const types = typesIn(schema);
    expect(types).toContain('object');
    expect([...types].filter((type) => ['default', 'prefault', 'catch'].includes(type))).toEqual([]);
  });
});

function read(folder: URL): Map<string, SourceFile> {
  const path = fileURLToPath(folder);
  const names = existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.yaml')) : [];
  const prefix = path.endsWith('/manifests/') ? 'manifests/' : '';
  return new Map(names.sort().map((name) => [`${prefix}${name}`, sourceFile(name, readFileSync(path + name))]));
}

function loaded(files: readonly SourceFile[]): DesiredState {
  const { desired, problems } = load(files, 'golden', { deploys: false });
  if (desired === null) throw new Error(problems.map((problem) => `${problem.file}:${problem.line} ${problem.message}`).join('\n'));
  return desired;
}

function digestOf(files: readonly SourceFile[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.path).update(file.content);
  return hash.digest('hex').slice(0, 12);
}

function hashesOf(desired: DesiredState, name: string): [string, string][] {
  return [
    ...[...desired.taskDefinitions.values()].map(({ family, hash }): [string, string] => [`${name} TaskDefinition ${family}`, hash]),
    ...[...desired.services.values()].map(({ id, hash }): [string, string] => [`${name} Service ${id}`, hash]),
  ];
}

/** What became of a document that has a spec in the desired state. */
function specOf(desired: DesiredState, document: Record<string, unknown>): object | null {
  const name = (key: string): string => String(document[key] ?? document[key.slice(0, 1).toUpperCase() + key.slice(1)]);
  if (document['kind'] === 'TaskDefinition') return desired.taskDefinitions.get(name('family'))?.spec ?? null;
  if (document['kind'] !== 'Service') return null;
  return [...desired.services.values()].find((service) => service.name === name('serviceName'))?.spec ?? null;
}

/** `containerDefinitions.0.image`, sorted. */
function keysOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .flatMap(([key, inner]) => [`${path}${key}`, ...keysOf(inner, `${path}${key}.`)])
    .sort();
}

interface Schema {
  readonly _zod: { readonly def: { readonly type: string } };
}

/** Every type of schema below a schema. */
function typesIn(schema: Schema): Set<string> {
  const types = new Set<string>();
  const queue: unknown[] = [schema];
  const seen = new Set<unknown>();
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    if ('_zod' in next) {
      const { def } = (next as Schema)._zod;
      types.add(def.type);
      queue.push(...Object.values(def), ...('shape' in def ? Object.values(def.shape as object) : []));
    } else if (Array.isArray(next)) queue.push(...(next as unknown[]));
  }
  return types;
}
