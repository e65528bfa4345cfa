// The house rules as a test: imports go down, packages stay in their rooms, words, sizes. The rules stand in test/tidy/.
// Each rule is itself tested on planted code: a checker that finds nothing because it sees nothing is worse than none.
import { describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import packageJson from '../package.json' with { type: 'json' };
import { TEST_PROJECTS } from '../vitest.config.ts';
import { circleFindings, floorFindings, packageFindings } from './tidy/floors.ts';
import { dependencyFindings, machineFindings, testProjectFindings, type PackageJson } from './tidy/project.ts';
import { docstringFindings, openingFindings, sizeFindings } from './tidy/sizes.ts';
import { readSources, sourceOf, type Finding, type Rule } from './tidy/source.ts';
import { startFindings } from './tidy/start.ts';
import { purityFindings, testFindings, wordFindings } from './tidy/words.ts';

const RULES: Readonly<Record<string, Rule>> = {
  'imports go down': floorFindings,
  'imports run in no circle': circleFindings,
  'packages stay in their rooms': packageFindings,
  'a command starts light': startFindings,
  'below floor 4 everything is a function of its arguments': purityFindings,
  'names say something, nothing is left undone': wordFindings,
  'tests run whole and against the real thing': testFindings,
  'files and functions stay small': sizeFindings,
  'a file opens with what it is for': openingFindings,
  'a public function says what it does': docstringFindings,
  'dependencies are used, declared and exact': (sources) => dependencyFindings(sources, packageJson),
  'a test file belongs to one project': (sources) => testProjectFindings(sources, TEST_PROJECTS),
  'nothing names one machine': machineFindings,
};

/** Fewer files than this, and the rules look at the wrong place. */
const LEAST_FILES = 30;
const root = fileURLToPath(new URL('..', import.meta.url));

const rendered = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ path, line, message }) => `${path}${line > 0 ? `:${line}` : ''}: ${message}`);

describe('the project is tidy', () => {
  const sources = readSources(root);

  it('sees the files that it judges', () => {
    expect(sources.filter(({ path, tree }) => path.startsWith('src/') && tree !== null).length).toBeGreaterThan(LEAST_FILES);
    expect(sources.map(({ path }) => path)).toEqual(expect.arrayContaining(['package.json', 'src/std/hash.ts', 'test/tidy.test.ts']));
  });

  it.for(Object.entries(RULES))('%s', ([, rule]) => {
    expect(rendered(rule(sources))).toEqual([]);
  });
});

/** One planted sin a row: the rule, the file it stands in, its text, and a word of what the finding must say. */
const SINS: readonly (readonly [rule: string, path: string, text: string, says: string])[] = [
  ['imports go down', 'src/std/a.ts', `import { x } from '../model/x.ts';`, 'std/ (floor 0) may not import model/ (floor 2)'],
  ['imports go down', 'src/core/a.ts', `import type { x } from '../manifest/x.ts';`, 'may not import its sibling manifest/'],
  ['imports go down', 'src/api/a.ts', `export * from '../adapters/x.ts';`, 'may not import its sibling adapters/'],
  ['imports go down', 'src/daemon/a.ts', `const x = await import('../adapters/x.ts');`, 'imports go down'],
  ['imports go down', 'src/model/a.ts', `type X = import('../core/x.ts').X;`, 'imports go down'],
  ['imports go down', 'src/proxy/a.ts', `import { x } from '../core/x.ts';`, 'hand it data through the route table'],
  ['imports go down', 'src/proxy/a.ts', `import { x } from '../lang/x.ts';`, 'hand it data through the route table'],
  ['imports go down', 'src/core/task/a.ts', `import { x } from '../deployment/x.ts';`, 'these rooms do not know each other'],
  ['imports go down', 'src/core/task/a.ts', `import { x } from '../x.ts';`, 'the rooms that join them may'],
  ['imports go down', 'src/manifest/rules/a.ts', `import { x } from '../forms/x.ts';`, 'join the two in manifest/*.ts'],
  ['imports go down', 'src/manifest/odd/a.ts', `import { x } from '../text/x.ts';`, 'manifest/odd/ is no room'],
  ['imports go down', 'src/core/a.ts', `import { x } from './plan/x.ts';`, 'plan stands on top'],
  ['imports go down', 'src/cli/a.ts', `import { x } from '../../test/build.ts';`, 'the product does not depend on tests'],
  ['imports go down', 'src/misc/a.ts', `import { x } from '../std/x.ts';`, 'is no floor of the house'],
  ['imports run in no circle', 'src/std/a.ts', `import { x } from './a.ts';`, 'src/std/a.ts -> src/std/a.ts'],
  ['packages stay in their rooms', 'src/core/a.ts', `import { z } from 'zod';`, 'it imports no package at all'],
  ['packages stay in their rooms', 'src/std/text.ts', `import { createHash } from 'node:crypto';`, 'it imports no package at all'],
  ['packages stay in their rooms', 'src/api/a.ts', `import Docker from 'dockerode';`, 'it may import prom-client'],
  ['a command starts light', 'src/cli/main.ts', `import { z } from 'zod';`, 'every command loads zod'],
  ['below floor 4 everything is a function of its arguments', 'src/core/a.ts', 'const now = Date.now();', 'take `now` as an argument'],
  ['below floor 4 everything is a function of its arguments', 'src/core/a.ts', 'const now = new Date();', 'take `now` as an argument'],
  ['below floor 4 everything is a function of its arguments', 'src/core/a.ts', 'const x = Math.random();', 'derive it by hash'],
  ['below floor 4 everything is a function of its arguments', 'src/lang/a.ts', 'setTimeout(f, 5);', 'waiting is a value'],
  ['below floor 4 everything is a function of its arguments', 'src/lang/a.ts', 'async function f() {}', 'waiting is a value'],
  ['below floor 4 everything is a function of its arguments', 'src/lang/a.ts', 'const x = await y;', 'waiting is a value'],
  ['below floor 4 everything is a function of its arguments', 'src/model/a.ts', 'class Task {}', 'functions over readonly data'],
  ['below floor 4 everything is a function of its arguments', 'src/std/a.ts', 'console.log(1);', 'the log is an adapter'],
  ['below floor 4 everything is a function of its arguments', 'src/std/a.ts', 'const x = process.env;', 'the daemon reads the outside'],
  ['names say something, nothing is left undone', 'src/api/a.ts', 'export class TaskManager {}', 'name what it does'],
  ['names say something, nothing is left undone', 'src/api/a.ts', 'function parseHelper() {}', 'name the noun'],
  ['names say something, nothing is left undone', 'src/api/utils.ts', 'const x = 1;', 'the file name says nothing'],
  ['names say something, nothing is left undone', 'src/api/a.ts', `// ${['TO', 'DO'].join('')}: later`, 'do it now'],
  ['names say something, nothing is left undone', 'src/api/a.ts', 'const x = y as any;', 'write `unknown`'],
  ['tests run whole and against the real thing', 'test/a.test.ts', 'it.only("x", f);', 'leaves tests out silently'],
  ['tests run whole and against the real thing', 'test/a.test.ts', 'describe.skipIf(true)("x", f);', 'leaves tests out silently'],
  ['tests run whole and against the real thing', 'test/a.test.ts', 'vi.mock("./x.ts");', 'use the real thing'],
  ['files and functions stay small', 'src/api/a.ts', 'const x = 1;\n'.repeat(401), '401 lines, 400 at most'],
  ['files and functions stay small', 'src/api/a.ts', `const f = () => {\n${'g();\n'.repeat(59)}};`, 'a function of 61 lines'],
  ['files and functions stay small', 'test/a.ts', `function f() {\n${'g();\n'.repeat(59)}}`, 'a function of 61 lines'],
  ['a file opens with what it is for', 'src/api/a.ts', `import { x } from './x.ts';\n// late`, 'opens without a comment'],
  ['a file opens with what it is for', 'scripts/a.mjs', '#!/usr/bin/env node\nf();', 'opens without a comment'],
  ['a file opens with what it is for', 'src/api/a.ts', '// more\n'.repeat(7), 'opens with 7 lines of comment'],
  ['a public function says what it does', 'src/api/a.ts', 'export function f() {}', 'f is exported without a docstring'],
  ['a public function says what it does', 'src/api/a.ts', '// not one\nexport const f = () => 1;', 'f is exported without a docstring'],
  ['a test file belongs to one project', 'test/nowhere/a.test.ts', '', 'belongs to no test project'],
  ['nothing names one machine', 'README.md', `see ${['', 'work', 'main'].join('/')}`, 'exists on one machine only'],
  ['nothing names one machine', 'src/api/a.ts', `const host = '${['registry', 'npmjs', 'org'].join('.')}';`, 'exists on one machine only'],
];

/** What looks like a sin and is none. */
const VIRTUES: readonly (readonly [rule: string, path: string, text: string])[] = [
  ['imports go down', 'src/core/plan/a.ts', `import { x } from '../task/x.ts';\nimport { y } from '../../std/y.ts';`],
  ['imports go down', 'src/proxy/a.ts', `import type { RouteTable } from '../model/route.ts';`],
  ['packages stay in their rooms', 'src/std/hash.ts', `import { createHash } from 'node:crypto';`],
  [
    'packages stay in their rooms',
    'src/adapters/docker/a.ts',
    `import { readFile } from 'node:fs/promises';\nimport Docker from 'dockerode';`,
  ],
  [
    'below floor 4 everything is a function of its arguments',
    'src/core/a.ts',
    'const x = { process: 1 }; const y = x.process; const z = new Date(now);',
  ],
  ['below floor 4 everything is a function of its arguments', 'src/daemon/a.ts', 'const now = Date.now();'],
  ['names say something, nothing is left undone', 'src/api/a.ts', 'const company = many; // anything'],
  ['files and functions stay small', 'test/a.test.ts', `describe('x', () => {\n${'g();\n'.repeat(59)}});`],
  [
    'files and functions stay small',
    'src/api/a.ts',
    `const room = () => {\n${`const f = () => {\n${'g();\n'.repeat(40)}};\n`.repeat(3)}};`,
  ],
  ['a public function says what it does', 'src/api/a.ts', '/** One. */\nexport function f() {}\nfunction g() {}\nexport const LIMIT = 3;'],
];

describe('the rules are tested themselves', () => {
  it.for(SINS)('%s: %s is caught', ([rule, path, text, says]) => {
    const found = rendered(RULES[rule]?.([sourceOf(path, text)]) ?? []);
    expect(found.join('\n')).toContain(says);
  });

  it('every rule has a planted sin', () => {
    const planted = new Set([...SINS.map(([rule]) => rule), 'dependencies are used, declared and exact']);
    expect([...planted].toSorted()).toEqual(Object.keys(RULES).toSorted());
  });

  it.for(VIRTUES)('%s: %s is not', ([rule, path, text]) => {
    expect(rendered(RULES[rule]?.([sourceOf(path, text)]) ?? (['no such rule'] as never))).toEqual([]);
  });

  it('a circle over several files is named whole', () => {
    const found = circleFindings([
      sourceOf('src/std/a.ts', `import './b.ts';`),
      sourceOf('src/std/b.ts', `import './c.ts';`),
      sourceOf('src/std/c.ts', `import './a.ts';`),
    ]);
    expect(rendered(found).join()).toContain('src/std/a.ts -> src/std/b.ts -> src/std/c.ts -> src/std/a.ts');
  });

  it('dependencies: unused, ranged, undeclared, in the wrong list', () => {
    const manifest: PackageJson = {
      dependencies: { yaml: '2.9.1', zod: '^4.6.7', pino: '10.4.0' },
      devDependencies: { ws: '8.23.0', typescript: 'npm:@typescript/typescript6@6.0.2' },
    };
    const found = dependencyFindings(
      [
        sourceOf('src/a.ts', `import 'yaml';\nimport 'ws';\nimport 'undici/pool';\nimport 'node:fs';`),
        sourceOf('test/a.ts', `import 'zod';\nimport 'typescript';`),
      ],
      manifest,
    );
    expect(rendered(found)).toEqual([
      'package.json: zod is ^4.6.7: write one exact version',
      'package.json: zod is imported by tests or scripts only: move it to devDependencies',
      'package.json: pino is imported nowhere: remove it',
      'src/a.ts: the product imports ws, which is a development dependency: move it to dependencies',
      'src/a.ts: undici is imported but not in package.json: add it there, in one exact version',
    ]);
  });

  it('a test file in two projects is caught', () => {
    const found = testProjectFindings([sourceOf('test/x/a.test.ts', '')], { one: ['test/**/*.test.ts'], two: ['test/x/*.test.ts'] });
    expect(rendered(found).join()).toContain('several test projects (one, two)');
  });
});
