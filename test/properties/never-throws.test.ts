import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFileSync, readdirSync } from 'node:fs';
import { stringify } from 'yaml';
import { CODES } from '../../src/manifest/codes.ts';
import { MAX_PROBLEMS, load } from '../../src/manifest/load.ts';
import { renderProblem } from '../../src/manifest/render-problem.ts';
import { sourceFile } from '../manifest/story.ts';
import type { SourceFile } from '../../src/manifest/source.ts';

const FOLDER = new URL('../manifest/golden/', import.meta.url);
const GOLDEN = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((name) => readFileSync(new URL(name, FOLDER), 'utf8'));

/** What holds for any files whatsoever. */
function checkFiles(files: readonly SourceFile[], environment: string | null = null): void {
  const { desired, problems } = load(files, 'x', { deploys: true, environment });
  expect(desired === null).toBe(problems.some((problem) => problem.severity === 'error'));
  expect(problems.length).toBeLessThanOrEqual(MAX_PROBLEMS);
  for (const problem of problems) {
    expect(CODES).toHaveProperty([problem.code]);
    expect(problem.message).toMatch(/\S/);
    expect(problem.hint).toMatch(/\S/);
    expect(`${problem.message} ${problem.hint}`).not.toMatch(/undefined|\[object|NaN/);
    const file = files.find(({ path }) => path === problem.file);
    expect(file === undefined).toBe(problem.file === '');
    const lines = new TextDecoder().decode(file?.content).split('\n');
    expect(problem.line).toBeLessThanOrEqual(lines.length);
    if (problem.line > 0) expect(problem.column).toBeLessThanOrEqual((lines[problem.line - 1] ?? '').length + 1);
    // eslint-disable-next-line no-control-regex -- a terminal must not be written to
    expect(renderProblem(problem)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  }
}

const check = (content: string | Uint8Array): void => checkFiles([sourceFile('any.yaml', content)]);

describe('load never throws, and its problems lie inside the file', { timeout: 600_000 }, () => {
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

/** A file of each name that the loader treats in its own way: one that is good, what such files are made of, and the files beside it. */
interface Named {
  readonly path: string;
  readonly good: string;
  readonly pieces: readonly string[];
  readonly beside: Readonly<Record<string, string>>;
}

const TASK = '{ "family": "web", "containerDefinitions": [{ "name": "app", "image": "a:1", "memory": 64 }] }';
const WEB = 'kind: TaskDefinition\nfamily: web\ncontainerDefinitions: [{ name: app, image: "a:${A}", memory: 64 }]\n';

const NAMES: readonly Named[] = [
  {
    path: 'task.json',
    good: TASK,
    pieces: ['"family": ', '"containerDefinitions": ', '"services": ', '"taskDefinition": ', '"Statement": ', ',', '//', '/*', 'null'],
    beside: {},
  },
  {
    path: 'compose.yaml',
    good: 'services:\n  web:\n    image: a:${A:-1}\n    ports: ["80:80"]\n    depends_on: [db]\n  db: { image: b, environment: [B] }\n',
    pieces: [
      ...['services:', ' web:', 'image: a', 'ports: ', 'extends: web', 'environment: ', '${A}', '${A:-', '${B:?', '!reset ', '!override '],
      ...['x-longshore:', 'include: ', 'compose.yaml', 'deploy: ', '80:80'],
    ],
    beside: { '.env': 'A=1\n' },
  },
  {
    path: '.env',
    good: 'A=1\nexport B="${A}-x" # y\n',
    pieces: ['A', 'B', '=', 'export ', '$', '${', '}', ':-', ' #', '\\n'],
    beside: { 'compose.yaml': 'services: { web: { image: "a:${A}", env_file: .env } }\n' },
  },
  {
    path: 'ecspresso.yml',
    good: 'cluster: c\nservice: web\nservice_definition: service.json\ntask_definition: task.json\n',
    pieces: ['cluster: ', 'service: ', 'task_definition: ', 'task.json', 'ecspresso.yml', 'plugins: ', '{{ env `A` `b` }}', 'region: r'],
    beside: { 'task.json': TASK, 'service.json': '{ "desiredCount": 1 }' },
  },
  {
    path: 'environments/prod.yaml',
    good: 'kind: Environment\nname: prod\nvariables: { A: "1" }\n---\nkind: TaskDefinition\nfamily: web\ncpu: ${A}\n',
    pieces: ['kind: Environment', 'kind: Service', 'name: prod', 'variables: ', 'A: 1', '${A}', '$${A}', '---', 'serviceName: web'],
    beside: { 'web.yaml': WEB },
  },
];

const STRUCTURE = [
  '\n',
  '\n  ',
  '\n    ',
  '- ',
  ': ',
  '"',
  "'",
  '[',
  ']',
  '{',
  '}',
  '&a ',
  '*a',
  '<<: ',
  '\r',
  '\t',
  'é',
  '\u{feff}',
  '~',
  '0',
];

describe('load never throws, whatever a file is called', { timeout: 600_000 }, () => {
  it.each(NAMES)('$path', ({ path, good, pieces, beside }) => {
    const others = Object.entries(beside).map(([name, text]) => sourceFile(name, text));
    const made = fc.array(fc.constantFrom(...pieces, ...pieces, ...STRUCTURE), { maxLength: 40 }).map((parts) => parts.join(''));
    const changed = fc
      .tuple(fc.nat(good.length), fc.nat(9), fc.constantFrom('', ...pieces, ...STRUCTURE))
      .map(([at, length, put]) => good.slice(0, at) + put + good.slice(at + length));
    const any = fc.property(fc.oneof(made, changed, fc.uint8Array({ maxLength: 200 })), fc.boolean(), (content, chosen) =>
      checkFiles([sourceFile(path, content), ...others], chosen ? 'prod' : null),
    );
    checkFiles([sourceFile(path, good), ...others]);
    fc.assert(any, { seed: 1, numRuns: 100 });
  });
});
