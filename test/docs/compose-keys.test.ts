// The table of docs/from-compose.md has every key of a compose service, once, and no other.
import { describe, expect, it } from 'vitest';
import { ELSEWHERE } from '../../src/manifest/projects/compose/to-drafts.ts';
import { FIELDS } from '../../src/manifest/projects/compose/to-fields.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './markdown.ts';

describe('the table of compose keys', () => {
  it('has each key once', () => {
    const page = readFileSync(join(ROOT, 'docs/from-compose.md'), 'utf8');
    const rows = page.slice(page.indexOf('| key |')).split('\n').slice(2);
    const told = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, key = '']) => key));
    expect(told.toSorted()).toEqual([...new Set([...Object.keys(FIELDS), ...ELSEWHERE])].toSorted());
  });
});
