// What docs/from-compose.md says that this version does with each key: whole (every key of a compose service has an example), and true (the
// example, read today, is told what the page says).
import { describe, expect, it } from 'vitest';
import { ELSEWHERE } from '../../src/manifest/projects/compose/to-drafts.ts';
import { FIELDS } from '../../src/manifest/projects/compose/to-fields.ts';
import { join } from 'node:path';
import { load } from '../../src/manifest/load.ts';
import { readFileSync } from 'node:fs';
import { ROOT } from './markdown.ts';
import { fileOf } from './repository.ts';

interface Row {
  readonly example: string;
  readonly verdict: string;
}

/** What a line of the page says, by what validation says. */
const LINES: Readonly<Record<string, string>> = {
  deployed: '| does what it does in Compose |',
  otherwise: '| does something else, which a warning says |',
  'left out': '| is left out without a loss, which a warning says |',
  'not yet': '| is checked and not deployed yet: `validate`, `plan` and `watch` refuse it |',
};
const page = readFileSync(join(ROOT, 'docs/from-compose.md'), 'utf8').split('\n');
const rows: readonly Row[] = Object.entries(LINES).flatMap(([verdict, head]) => {
  const line = page.find((each) => each.startsWith(head)) ?? head;
  return [...line.slice(head.length).matchAll(/`([^`]+)`/g)].map(([, example = '']) => ({ example, verdict }));
});

/** Keys that are gone when a project has been read: their files are part of it. */
const READ_BEFORE = ['env_file', 'extends', 'label_file'];

/** What the examples name. */
const SECTIONS = 'configs: { site: { content: x } }\nsecrets: { key: { environment: KEY } }\nmodels: { llm: { model: x } }\n';

/** What becomes of a service; the strongest of what is told. */
function verdictOf(example: string): string {
  const image = example.startsWith('image:') ? '' : '    image: nginx:1.27\n';
  const other = example.includes('[db]') ? '  db:\n    image: postgres:17\n' : '';
  const text = `services:\n  web:\n${image}    ${example}\n${other}${SECTIONS}`;
  const { problems } = load([fileOf('compose.yaml', new TextEncoder().encode(text))], 'page', { deploys: false });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const codes = new Set(problems.map(({ code }) => code));
  if (codes.has('not-deployed-yet')) return 'not yet';
  if (codes.has('compose-otherwise') || codes.has('field-approximated')) return 'otherwise';
  return codes.has('compose-left-out') || codes.has('field-ignored') ? 'left out' : 'deployed';
}

describe('the table of what compose keys become', () => {
  it('has every key of a service', () => {
    const named = new Set(rows.map(({ example }) => example.split(':')[0] ?? ''));
    const known = [...Object.keys(FIELDS), ...ELSEWHERE].filter((key) => !READ_BEFORE.includes(key));
    expect([...named].toSorted()).toEqual(known.toSorted());
  });

  it.each(rows)('$example: $verdict', ({ example, verdict }) => expect(verdictOf(example)).toBe(verdict));
});
