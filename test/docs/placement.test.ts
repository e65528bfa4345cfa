// Every rule of placement is shown by a test that is marked for it (test/proves.ts), and every departure that the page names stands in
// docs/departures.md. Each way to go wrong is planted once.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { testSources } from '../../scripts/reference/marks.ts';
import { RULES, type Shown, placementGaps, placementMarks, placementPage } from '../../scripts/reference/placement.ts';
import { sourceOf } from '../tidy/source.ts';
import { provesPlacement as marked } from '../proves.ts';

const marks = placementMarks(testSources());

describe('the rules of placement', () => {
  it('are shown, each by a test that is marked for it', () => expect(placementGaps(marks.shown)).toEqual([]));

  it('are marked where they are shown, and nowhere else', () =>
    expect(marks.faults.map(({ path, line, message }) => `${path}:${line}: ${message}`)).toEqual([]));

  it('have names of their own', () => expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length));

  it('depart from ECS only where docs/departures.md says so', () => {
    const text = readFileSync(new URL('../../docs/departures.md', import.meta.url), 'utf8');
    const subjects = new Set(text.split('\n').map((line) => line.split(' | ')[0]?.replace(/^\| /, '')));
    const named = RULES.flatMap(({ departures = [] }) => departures);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((subject) => !subjects.has(subject))).toEqual([]);
  });

  it('stand on the page, each with its tests', () => {
    const page = placementPage(marks.shown);
    for (const { name } of RULES) expect(page).toContain(`| \`${name}\` | `);
    expect(page).toContain('`core/placement/place` an instance is passed over > %s: `while it is DRAINING`');
  });

  it.each(['process: task by task', 'query: task:group !~', 'draining: stuck'])('%s is missed when its marks are gone', (name) => {
    const without = marks.shown.filter(({ rule }) => rule !== name);
    expect(without.length).toBeLessThan(marks.shown.length);
    expect(placementGaps(without)).toEqual([expect.stringContaining(`${name} is shown by no test`)]);
  });

  it('that are absent have no test', () => {
    const name = RULES.find(({ absent }) => absent !== undefined)?.name ?? '';
    const of: Shown = { rule: name, file: 'test/core/x.test.ts', test: 'x', rows: [] };
    expect(placementGaps([...marks.shown, of])).toEqual([expect.stringContaining(`${name} is shown by a test`)]);
  });
});

describe('a mark of placement', () => {
  const read = (text: string) => placementMarks([sourceOf('test/core/x.test.ts', text)]);

  it('belongs to the test that it stands in, with its rows', () => {
    const place = { file: 'test/core/x.test.ts', test: 'a > b %s', rows: ['row one'] };
    const { shown, faults } = read(
      `describe('a', () => it.each([['row one']])('b %s', () => { provesPlacement('draining: {stuck,daemons}', 'row one'); }));`,
    );
    expect(faults).toEqual([]);
    expect(shown).toEqual([
      { ...place, rule: 'draining: stuck' },
      { ...place, rule: 'draining: daemons' },
    ]);
    expect(marked('draining: {stuck,daemons}', 'row one')).toEqual(['draining: stuck', 'draining: daemons', 'row one']);
  });

  it.each([
    ['outside of a test', `describe('a', () => { provesPlacement('draining: stuck'); })`, 'stands inside of the test'],
    ['that is not literal', `it('a', () => { provesPlacement(rule); })`, 'as literals'],
    ['without a rule', `it('a', () => { provesPlacement(); })`, 'as literals'],
    ['of no rule', `it('a', () => { provesPlacement('draining: stick'); })`, 'no such rule'],
    ['of a row that is gone', `it('a', () => { provesPlacement('draining: stuck', 'a row'); })`, 'no row "a row"'],
    ['of a term that is not asked', `it('a', () => { f('agentVersion <= 1'); provesPlacement('query: agentVersion <'); })`, 'no such term'],
  ])('%s is refused', (_, text, says) => {
    expect(read(text).faults.map(({ message }) => message)).toEqual([expect.stringContaining(says)]);
  });
});
