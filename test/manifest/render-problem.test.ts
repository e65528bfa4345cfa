import { describe, expect, it } from 'vitest';
import { excerptOf } from '../../src/manifest/text/excerpt.ts';
import { fileText, placeOf } from '../../src/manifest/text/text.ts';
import type { FileText } from '../../src/manifest/text/text.ts';
import { renderProblem } from '../../src/manifest/render-problem.ts';
import type { Problem } from '../../src/model/problem.ts';

const PROBLEM: Problem = {
  code: 'unknown-key',
  severity: 'error',
  file: 'apps/web.yaml',
  line: 12,
  column: 3,
  message: 'a Service has no key "desiredcount"',
  hint: 'did you mean desiredCount?',
  excerpt: '  desiredcount: 2',
};

describe('a rendered problem', () => {
  it.each<[string, Partial<Problem>, string[]]>([
    [
      'has place, excerpt, caret and hint',
      {},
      [
        'apps/web.yaml:12:3: error[unknown-key]: a Service has no key "desiredcount"',
        '  12 |   desiredcount: 2',
        '     |   ^',
        'hint: did you mean desiredCount?',
      ],
    ],
    [
      'of a whole file has no line',
      { line: 0, column: 0 },
      ['apps/web.yaml: error[unknown-key]: a Service has no key "desiredcount"\nhint: did'],
    ],
    ['of the repository has no place', { file: '', line: 0, column: 0 }, ['error[unknown-key]: a Service has no key "desiredcount"']],
    ['counts a tab as one column', { excerpt: '\tdesiredcount: 2', column: 2 }, ['  12 |  desiredcount: 2', '     |  ^']],
    ['can point behind the end', { excerpt: 'ab', column: 3 }, ['  12 | ab', '     |   ^']],
    ['has no caret where the line was cut', { excerpt: 'ab…', column: 300 }, ['  12 | ab…\nhint']],
    [
      'writes nothing to a terminal',
      { file: 'a\u001b[2J.yaml', message: 'x\ny', excerpt: 'z\u0007\u202e' },
      ['a\u{FFFD}[2J.yaml:12:3: error[unknown-key]: x\u{FFFD}y', '  12 | z\u{FFFD}\u{FFFD}'],
    ],
  ])('%s', (_, changed, parts) => {
    const text = renderProblem({ ...PROBLEM, ...changed });
    for (const part of parts) expect(text).toContain(part);
  });

  it('without an excerpt has none', () => {
    const { excerpt: _, ...bare } = PROBLEM;
    expect(renderProblem(bare).split('\n')).toHaveLength(2);
  });
});

describe('places in a text', () => {
  const file = fileText('a.yaml', 'one\r\n\nthree');
  it.each([
    [0, 1, 1],
    [3, 1, 4],
    [5, 2, 1],
    [6, 3, 1],
    [11, 3, 6],
    [99, 3, 6],
  ])('offset %d is line %d, column %d', (offset, line, column) => {
    expect(placeOf(file, offset)).toEqual({ line, column });
  });

  const shownOf = (file: FileText, line: number, exact: boolean): string | null =>
    excerptOf(file, 0, { line, column: 1 }, { exact, secrets: [] })?.text ?? null;

  it('excerpts have no line end, and a limit', () => {
    expect(shownOf(file, 1, true)).toBe('one');
    expect(shownOf(file, 3, true)).toBe('three');
    expect(shownOf(fileText('a.yaml', 'x'.repeat(1_000)), 1, true)).toHaveLength(160);
  });

  it('of a long line the part around the caret is shown', () => {
    const line = `${'a'.repeat(10_000)}[b]${'c'.repeat(10_000)}`;
    const excerpt = excerptOf(fileText('a.json', line), 0, { line: 1, column: 10_002 }, { exact: true, secrets: [] });
    expect(excerpt?.text).toMatch(/^…a{58}\[bc?/);
    expect(excerpt?.text).toHaveLength(160);
    expect(excerpt?.text[excerpt.column - 1]).toBe('b');
  });

  it.each([
    ['    image: app:1', '    image: app:1'],
    ['        value: secret', '        value: …'],
    ['  - { "value": secret, name: A }', '  - { "value": …'],
    ['    environment:', '    environment:'],
    ['    environment: secret', null],
    ['    env: [secret]', null],
    ['{ name: a, environment: { A: secret } }', null],
  ])('where a secret may stand, %j is shown as %j', (line, shown) => {
    expect(shownOf(fileText('a.yaml', line), 1, false)).toBe(shown);
  });

  it('what follows an environment is shown again', () => {
    const text = fileText('a.yaml', 'a:\n  environment:\n    - A=secret\n  image: x\n---\nenv: [\n secret\n---\nimage: x');
    const shown = [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((line) => shownOf(text, line, false) !== null);
    expect(shown).toEqual([1, 2, 4, 5, 8, 9]);
  });

  it.each([
    ['command: redis-server --requirepass hunter2 --port 1', 'command: redis-server --requirepass … --port 1'],
    ['command: ["--api-token=hunter2", "-v"]', 'command: ["--api-token=…", "-v"]'],
    ['command: ["--password", "hunter2"]', 'command: ["--password", "…"]'],
    ['test: curl -u root:hunter2 localhost', 'test: curl -u root:… localhost'],
    ['  url: postgres://app:hunter2@db/app', '  url: postgres://app:…@db/app'],
    ['options: { splunk-token: hunter2, x: [1] }', 'options: { splunk-token: …, x: [1] }'],
    ['  password: "hunter2 hunter2"', '  password: …'],
    ['  POSTGRES_PASSWORD: ${DB_PASSWORD}', '  POSTGRES_PASSWORD: ${DB_PASSWORD}'],
    ['  POSTGRES_PASSWORD: ${DB_PASSWORD:-hunter2}', '  POSTGRES_PASSWORD: …'],
    ['  PASSWORD_FILE: /run/secrets/db', '  PASSWORD_FILE: /run/secrets/db'],
    ['secrets: [key]', 'secrets: [key]'],
  ])('a secret that a name gives away is not shown: %j', (line, shown) => {
    expect(shownOf(fileText('a.yaml', line), 1, true)).toBe(shown);
  });

  it('the caret stays where it was meant to be behind what is cut out', () => {
    const text = '{"environment":[{"name":"A","value":"hunter2"}],"bad":1}';
    const at = text.indexOf('hunter2') - 1;
    const guard = { exact: true, secrets: [{ start: at, end: at + 9 }] };
    const excerpt = excerptOf(fileText('a.json', text), 0, { line: 1, column: text.indexOf('"bad"') + 1 }, guard);
    expect(excerpt?.text).toBe('{"environment":[{"name":"A","value":…}],"bad":1}');
    expect(excerpt?.text.slice(excerpt.column - 1)).toBe('"bad":1}');
    expect(excerptOf(fileText('a.json', text), 0, { line: 1, column: at + 3 }, guard)?.column).toBe(at + 1);
  });
});
