// The examples load without a problem and come to their end; so do the manifests and configurations that stand in the documentation,
// and the manifests of the demo.
import { describe, expect, it } from 'vitest';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { declaredBy, fileOf, filesOf, planned } from './repository.ts';
import { pages, ROOT } from './markdown.ts';
import { readOperatorConfig } from '../../src/manifest/operator-config.ts';
import { renderProblem } from '../../src/manifest/render-problem.ts';

const EXAMPLES = join(ROOT, 'examples');
/** Programs that a daemon runs, and no repository. */
const HOOKS = 'capacity-providers';
const examples = readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== HOOKS);

/** Those that a page gives a name are files of its own little repository: test/cli/pages.test.ts runs its commands over them. */
const all = pages().flatMap(({ path, fences }) =>
  fences.filter(({ language, file }) => language === 'yaml' && file === null).map(({ line, text }) => ({ name: `${path}:${line}`, text })),
);

/** Configurations of a daemon begin with a key that no manifest has at its top. */
const [configurations, blocks] = [true, false].map((isWanted) =>
  all.filter(({ text }) => /^(?:secrets|engines|metadata|efs|capacityProviders):/.test(text) === isWanted),
);

describe('configurations in the documentation', () => {
  it('are there', () => expect(configurations?.length).toBeGreaterThanOrEqual(4));

  it.each(configurations ?? [])('$name', ({ text }) => {
    const { config, problems } = readOperatorConfig(fileOf('config.yaml', new TextEncoder().encode(text)));
    expect(problems.map(renderProblem)).toEqual([]);
    expect(config).not.toBeNull();
  });
});

describe('examples', () => {
  it('are four, each told of in their README', () => {
    const told = pages().find(({ path }) => path === 'examples/README.md')?.links ?? [];
    expect(told).toEqual(expect.arrayContaining(examples.map(({ name }) => `${name}/`)));
    expect(examples).toHaveLength(4);
  });

  it.each([...examples.map(({ name }) => join(EXAMPLES, name)), join(ROOT, 'manifests')])('%s is planned to its end', (folder) => {
    const desired = declaredBy(filesOf(folder));
    const made = planned(desired);
    expect(made).toMatchObject({ complete: true, waits: [], notAsDeclared: [] });
    const services = made.changes.filter((change) => change.subject === 'service');
    expect(services.map((change) => change.id)).toEqual([...desired.services.keys()]);
    expect(made.changes.every((change) => change.kind === 'create')).toBe(true);
    expect(planned(desired, made.end).changes).toEqual([]);
  });

  it('name the schema for editors where they are meant to be edited', () => {
    expect(existsSync(join(ROOT, 'schemas/longshore.schema.json'))).toBe(true);
  });
});

describe('hooks of capacity providers', () => {
  const hooks = readdirSync(join(EXAMPLES, HOOKS));

  it('are told of in the README', () => {
    expect(pages().find(({ path }) => path === 'examples/README.md')?.links).toContain(`${HOOKS}/`);
    expect(hooks).toEqual(['hcloud.sh', 'ssh.sh', 'terraform.sh']);
  });

  it.each(hooks)('%s is a shell script without a fault of syntax', (name) => {
    expect(spawnSync('sh', ['-n', join(EXAMPLES, HOOKS, name)], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('manifests in the documentation', () => {
  it('are there', () => expect(blocks?.length).toBeGreaterThanOrEqual(2));

  it.each(blocks ?? [])('$name', ({ text }) => {
    const made = planned(declaredBy([fileOf('page.yaml', new TextEncoder().encode(text))]));
    expect(made).toMatchObject({ complete: true, notAsDeclared: [] });
  });
});
