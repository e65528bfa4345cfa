import { describe, expect, it } from 'vitest';
import { assert, property } from 'fast-check';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { KIND_NAMES, SCHEMAS } from '../../../src/manifest/kind.ts';
import { load } from '../../../src/manifest/load.ts';
import { longshoreText } from '../../../src/manifest/write/longshore.ts';
import { arbitraryOf } from '../../manifest/write/arbitrary.ts';
import { sourceFile } from '../../manifest/story.ts';
import type { Resource } from '../../../src/manifest/document.ts';
import type { SourceFile } from '../../../src/manifest/source.ts';

const GOLDEN = fileURLToPath(new URL('../../manifest/golden/', import.meta.url));
const KINDS = KIND_NAMES.filter((kind) => kind !== 'Environment');

function read(files: readonly SourceFile[]): readonly Resource[] {
  return load(files, 'x', { deploys: false }).resources;
}

const again = (text: string): readonly Resource[] => read([sourceFile('again.yaml', text)]);
const specs = (resources: readonly Resource[]): unknown => resources.map(({ kind, identity, spec }) => ({ kind, identity, spec }));

describe('Longshore YAML that was written', () => {
  it('of the golden documents is the same text when it is read and written again, and means the same', () => {
    const files = readdirSync(GOLDEN)
      .filter((name) => /\.ya?ml$/.test(name))
      .map((name) => sourceFile(name, readFileSync(GOLDEN + name)));
    const first = read(files);
    expect(first.length).toBeGreaterThan(5);
    const text = longshoreText(first);
    expect(specs(again(text))).toEqual(specs(first));
    expect(longshoreText(again(text))).toBe(text);
  });

  it.each(KINDS)('of any %s is the same text when it is read and written again, and means the same', (kind) => {
    let shaped = 0;
    assert(
      property(arbitraryOf(SCHEMAS[kind]), (value) => {
        const first = again(stringify({ kind, ...(value as object) }));
        if (first.length === 0) return;
        shaped++;
        const text = longshoreText(first);
        expect(specs(again(text))).toEqual(specs(first));
        expect(longshoreText(again(text))).toBe(text);
      }),
      { seed: 1, numRuns: 12 },
    );
    expect(shaped).toBeGreaterThan(0);
  });
});
