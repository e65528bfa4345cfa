// Rules about the project as a whole: its dependencies, its test projects, and words that belong to one machine only.
// A dependency that nothing imports is refused like an unused variable; a version is one number, because a range installs
// something else tomorrow (and an older major on an older Node).
import { matchesGlob } from 'node:path';
import { importsOf, packageOf, type Finding, type SourceText } from './source.ts';

export interface PackageJson {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** Tools that are run and never imported. */
const TOOLS: ReadonlySet<string> = new Set(['@biomejs/biome', '@types/node', '@typescript/native', 'node', 'oxlint', 'oxlint-tsgolint']);
const EXACT_VERSION = /^(?:npm:(?:@[^/]+\/)?[^@]+@)?\d+\.\d+\.\d+$/;
/** What only one workplace knows. Joined here, so that this file does not find itself. */
const MACHINE_WORDS: readonly string[] = [
  ['', 'work', ''].join('/'),
  ['', 'farm', ''].join('/'),
  ['..', 'shared'].join('/'),
  ['registry', 'npmjs'].join('.'),
  ['deb', 'debian', 'org'].join('.'),
  ['security', 'debian', 'org'].join('.'),
];

/** package.json names what is used, all of it, in exact versions, and what the product needs is not a development dependency. */
export function dependencyFindings(sources: readonly SourceText[], manifest: PackageJson): readonly Finding[] {
  const declared = { ...manifest.dependencies, ...manifest.devDependencies };
  const users = new Map<string, string[]>();
  for (const source of sources)
    for (const { from } of importsOf(source)) {
      const name = packageOf(from);
      if (name !== null && !name.startsWith('node:')) users.set(name, [...(users.get(name) ?? []), source.path]);
    }
  const say = (message: string): Finding => ({ path: 'package.json', line: 0, message });
  const findings: Finding[] = [];
  for (const [name, version] of Object.entries(declared)) {
    if (!EXACT_VERSION.test(version)) findings.push(say(`${name} is ${version}: write one exact version`));
    const used = users.has(name) || TOOLS.has(name) || users.has(name.replace(/^@types\//, ''));
    if (!used) findings.push(say(`${name} is imported nowhere: remove it`));
    else if (name in manifest.dependencies && !users.get(name)?.some((path) => path.startsWith('src/')))
      findings.push(say(`${name} is imported by tests or scripts only: move it to devDependencies`));
  }
  for (const [name, paths] of users) {
    const [path = ''] = paths.filter((user) => user.startsWith('src/')).concat(paths);
    if (!(name in declared))
      findings.push({ path, line: 0, message: `${name} is imported but not in package.json: add it there, in one exact version` });
    else if (
      path.startsWith('src/') &&
      !(name in manifest.dependencies) &&
      !(`@types/${name}` in manifest.devDependencies && name in manifest.dependencies)
    )
      findings.push({ path, line: 0, message: `the product imports ${name}, which is a development dependency: move it to dependencies` });
  }
  return findings;
}

/** Each test file belongs to exactly one project: in none it never runs, in two it runs twice. */
export function testProjectFindings(
  sources: readonly SourceText[],
  projects: Readonly<Record<string, readonly string[]>>,
): readonly Finding[] {
  return sources.flatMap(({ path }) => {
    if (!/\.(?:test|spec)\.m?ts$/.test(path)) return [];
    const homes = Object.entries(projects).flatMap(([name, patterns]) =>
      patterns.some((pattern) => matchesGlob(path, pattern)) ? [name] : [],
    );
    if (homes.length === 1) return [];
    const said =
      homes.length === 0 ? 'belongs to no test project and never runs' : `belongs to several test projects (${homes.join(', ')})`;
    return [{ path, line: 0, message: `${said}: move it to a folder that vitest.config.ts names, or name its folder there` }];
  });
}

/** Nothing names a machine path, a package host or a folder beside the project: it must work anywhere. */
export function machineFindings(sources: readonly SourceText[]): readonly Finding[] {
  return sources.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const word = MACHINE_WORDS.find((candidate) => line.includes(candidate));
      return word === undefined
        ? []
        : [{ path, line: index + 1, message: `${word} exists on one machine only: use a path inside the project, or an argument` }];
    }),
  );
}
