// Whatever the files of a project are, reading them ends, gives problems that lie inside them, and shows no value of an environment.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { CODES } from '../../../src/manifest/codes.ts';
import { projectOf } from '../../manifest/projects/compose/project.ts';
import type { ReadProject } from '../../../src/manifest/projects/compose/project.ts';

function check(files: Readonly<Record<string, string>>): ReadProject {
  const read = projectOf(files, { main: Object.keys(files).slice(0, 2) });
  const refused = read.problems.some(({ severity }) => severity === 'error');
  for (const { image, provider } of refused ? [] : Object.values(read.project.services)) {
    expect(image !== undefined || provider !== undefined).toBe(true);
  }
  for (const problem of read.problems) {
    expect(CODES).toHaveProperty([problem.code]);
    expect(`${problem.message} ${problem.hint}`).not.toMatch(/undefined(?!-)|\[object|NaN/);
    const lines = (files[problem.file] ?? '').split('\n');
    expect(problem.line).toBeLessThanOrEqual(lines.length);
    if (problem.line > 0) expect(problem.column).toBeLessThanOrEqual((lines[problem.line - 1] ?? '').length + 1);
  }
  return read;
}

/** A project that uses every part of the language once; what is broken in it is broken by the test. */
const WHOLE = {
  include: [{ path: 'b.yaml' }],
  services: {
    web: {
      image: 'nginx:${TAG:-1}',
      extends: { service: 'base' },
      ports: ['80:80', { target: 90, published: '91' }],
      volumes: ['data:/data', { type: 'bind', source: './a', target: '/a' }],
      environment: { A: 1, B: null },
      env_file: ['a.env', { path: 'b.env', required: false }],
      depends_on: { db: { condition: 'service_healthy' } },
      networks: { front: { aliases: ['x'] } },
      healthcheck: { test: 'x', interval: '5s' },
      deploy: { replicas: 2, resources: { limits: { cpus: '1', memory: '1g' } } },
      command: 'a "b c"',
      secrets: ['key'],
    },
    base: { image: 'x', labels: ['a=1'] },
    db: { image: 'db', profiles: ['x'] },
  },
  networks: { front: null },
  volumes: { data: null },
  secrets: { key: { file: './key' } },
  'x-longshore': { files: ['c.yaml'], profiles: ['x'] },
};

const value = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1.5, '', '${', '${X}', '$$', 'no', '1h', '1g', '80:80', '!', '..', '/', 'web', 'a=b'),
  fc.constant([]),
  fc.constant({}),
  fc.constant([{}]),
  fc.constant({ web: {} }),
);

/** The same document with one value replaced, chosen by a number. */
function broken(document: unknown, at: { left: number }, put: unknown): unknown {
  if (at.left-- === 0) return put;
  if (Array.isArray(document)) return document.map((item: unknown) => broken(item, at, put));
  if (typeof document !== 'object' || document === null) return document;
  return Object.fromEntries(Object.entries(document).map(([key, inner]) => [key, broken(inner, at, put)]));
}

describe('reading a project never throws', { timeout: 600_000 }, () => {
  it('on any text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.string({ maxLength: 200 }), (a, b) => {
        check({ 'compose.yaml': a, 'compose.override.yaml': b, '.env': b });
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('on a project with any of its values replaced by another kind of value', () => {
    fc.assert(
      fc.property(fc.nat(90), value, fc.nat(90), value, (first, one, second, other) => {
        const main = stringify(broken(WHOLE, { left: first }, one));
        const over = stringify(broken(WHOLE, { left: second }, other));
        check({ 'compose.yaml': main, 'compose.override.yaml': over, 'b.yaml': over, 'c.yaml': main, 'a.env': 'A=1\nB' });
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  it('the whole project by itself is read without an error', () => {
    const files = { 'compose.yaml': stringify(WHOLE), 'b.yaml': 'services: {}', 'c.yaml': 'services: {}', 'a.env': 'A=0\nC=2\n' };
    const read = projectOf(files);
    expect(read.problems.map(({ code }) => code)).toEqual(['environment-unset']);
    expect(read.project.services['web']?.environment).toEqual({ A: '1', C: '2' });
  });
});

describe('what would be slow ends as a problem', () => {
  const services = (count: number, line: (index: number) => string): string =>
    `services:\n${Array.from({ length: count }, (_, index) => `  s${index}: ${line(index)}\n`).join('')}`;
  it.for<readonly [string, Readonly<Record<string, string>>]>([
    [
      'a thousand services that extend one with many variables',
      {
        'compose.yaml': services(1_000, () => '{ extends: { file: b.yaml, service: b } }'),
        'b.yaml': `services:\n  b:\n    image: a\n    environment:\n${Array.from({ length: 5_000 }, (_, index) => `      V${index}: x\n`).join('')}`,
      },
    ],
    [
      'a thousand services with one large env file',
      {
        'compose.yaml': services(1_000, () => '{ image: a, env_file: a.env }'),
        'a.env': Array.from({ length: 9_000 }, (_, index) => `V${index}=x\n`).join(''),
      },
    ],
    [
      'files that include two others each, twenty deep',
      Object.fromEntries(
        Array.from({ length: 20 }, (_, index) => [
          `f${index}.yaml`,
          `include: [f${index + 1}.yaml, { path: f${index + 1}.yaml }]\nservices: { s${index}: { image: a } }\n`,
        ]),
      ),
    ],
    [
      'variables that double',
      {
        'compose.yaml': 'services: { web: { image: a, command: "$V20$V20$V20$V20" } }',
        '.env': `V0=0123456789\n${Array.from({ length: 20 }, (_, index) => `V${index + 1}=$V${index}$V${index}\n`).join('')}`,
      },
    ],
    ['ranges of ports', { 'compose.yaml': services(1_000, () => '{ image: a, ports: ["1-1000:1-1000"] }') }],
  ])('%s', { timeout: 600_000 }, ([, files]) => {
    const before = process.threadCpuUsage();
    const { problems } = projectOf(files);
    // Of this thread's processor time: a busy machine is no fault of the reader.
    expect(process.threadCpuUsage(before).user / 1_000).toBeLessThan(40_000);
    expect(problems.some(({ severity }) => severity === 'error')).toBe(true);
  });
});
