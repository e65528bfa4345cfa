import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFileSync, readdirSync } from 'node:fs';
import { stringify } from 'yaml';
import { CODES } from '../../src/manifest/codes.ts';
import { MAX_PROBLEMS, load } from '../../src/manifest/load.ts';
import { renderProblem } from '../../src/manifest/render-problem.ts';
import { sourceFile } from './story.ts';

const FOLDER = new URL('golden/', import.meta.url);
const GOLDEN = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((name) => readFileSync(new URL(name, FOLDER), 'utf8'));

/** What holds for any file whatsoever. */
function check(content: string | Uint8Array): void {
  const { desired, problems } = load([sourceFile('any.yaml', content)], 'x');
  expect(desired === null).toBe(problems.some((problem) => problem.severity === 'error'));
  expect(problems.length).toBeLessThanOrEqual(MAX_PROBLEMS);
  const lines = (typeof content === 'string' ? content : new TextDecoder().decode(content)).split('\n');
  for (const problem of problems) {
    expect(CODES).toHaveProperty([problem.code]);
    expect(problem.message).toMatch(/\S/);
    expect(problem.hint).toMatch(/\S/);
    expect(`${problem.message} ${problem.hint}`).not.toMatch(/undefined|\[object|NaN/);
    expect(problem.line).toBeLessThanOrEqual(lines.length);
    if (problem.line > 0) expect(problem.column).toBeLessThanOrEqual((lines[problem.line - 1] ?? '').length + 1);
    // eslint-disable-next-line no-control-regex -- a terminal must not be written to
    expect(renderProblem(problem)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  }
}

describe('load never throws, and its problems lie inside the file', { timeout: 60_000 }, () => {
  it('on any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), check), { seed: 1, numRuns: 300 });
  });

  it('on any text made of what YAML is made of', () => {
    const piece = fc.constantFrom(
      'kind: ',
      'Service',
      'TaskDefinition',
      '\n',
      '\n  ',
      '- ',
      ': ',
      '? ',
      '&a ',
      '*a',
      '!t ',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ',',
      '#',
      '|',
      '>',
      '%',
      '---',
      '...',
      '<<: ',
      '\t',
      'x-',
      '\u{feff}',
      '\r',
      '\u001b[31m',
      'é',
      '\u{1F6A2}',
      '0x1F',
      '~',
      '.nan',
      '1e999',
      '__proto__',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => check(pieces.join(''))),
      { seed: 1, numRuns: 400 },
    );
  });

  it('on good manifests with a piece cut out, doubled or replaced', () => {
    const change = fc.record({
      file: fc.nat(GOLDEN.length - 1),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat(40),
      put: fc.string({ maxLength: 8 }),
      twice: fc.boolean(),
    });
    fc.assert(
      fc.property(change, ({ file, at, length, put, twice }) => {
        const text = GOLDEN[file] ?? '';
        const start = Math.floor(at * text.length);
        const cut = text.slice(start, start + length);
        check(text.slice(0, start) + put + (twice ? cut + cut : '') + text.slice(start + length));
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('on documents of a known kind with any content', () => {
    const kind = fc.constantFrom('Cluster', 'TaskDefinition', 'Service', 'LoadBalancer', 'TargetGroup');
    const key = fc.constantFrom(
      'family',
      'name',
      'containerDefinitions',
      'environment',
      'listeners',
      'rules',
      'Matcher',
      'cluster',
      'taskDefinition',
      'x-longshore',
      'cpu',
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e300, '', 'web', 'arn:aws:ecs:::cluster/', '1 GB'),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(key, tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    fc.assert(
      fc.property(kind, fc.dictionary(key, value, { maxKeys: 6 }), (name, document) => check(stringify({ kind: name, ...document }))),
      { seed: 1, numRuns: 200 },
    );
  });
});
