// The outputs of `longshore validate`: real files in a real repository, their names and texts as nasty as a file system allows.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { commandOf } from '../../src/cli/validation/github.ts';
import { diskSource, folderSource } from '../../src/cli/sources.ts';
import { harmlessJson, validationJson } from '../../src/cli/validation/json.ts';
import { laterText } from '../../src/cli/validation/judged.ts';
import { loadSource } from '../../src/cli/validate.ts';
import { longshore } from './spawn.ts';
import { makePlace, web } from './place.ts';
import { validationSarif } from '../../src/cli/validation/sarif.ts';
import { validationText } from '../../src/cli/validation/text.ts';
import type { Loaded } from '../../src/cli/validation/judged.ts';
import type { Place } from './place.ts';
import type { Problem } from '../../src/model/problem.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => place.leave());

const PLAIN = { paint: (_style: unknown, text: string) => text };
const BROKEN = web({ extra: 'desiredcount: 3' });
/** Everything that may steer a terminal, a runner or a reader: escape, C1, right-to-left override, line separator, bell. */
const NASTY = 'a\u001b]0;b\u0007\u009b\u202e\u2028,:%';
const STEERING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/; // eslint-disable-line no-control-regex

function write(path: string, text: string): void {
  mkdirSync(dirname(join(place.repository, path)), { recursive: true });
  writeFileSync(join(place.repository, path), text);
}

async function loaded(folder = ''): Promise<Loaded> {
  return loadSource(folderSource(join(place.repository, folder)), { deploys: false, environment: null });
}

const PROBLEM: Problem = {
  code: 'unknown-key',
  severity: 'error',
  file: 'web.yaml',
  line: 4,
  column: 3,
  message: 'no key "a"',
  hint: 'did you mean b?',
};

describe('text', () => {
  it('ends with where to read on, what is not deployed, and what there is', async () => {
    write('web.yaml', web({ extra: 'deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 }' }));
    const text = validationText(await loaded(), PLAIN).split('\n');
    expect(text.at(-2)).toBe('docs: docs/reference/problems.md#percentages-allow-nothing');
    expect(text.at(-1)).toBe(`1 file of ${place.repository}: 1 task definition, 1 service; 0 errors, 1 warning`);
  });

  it.each([
    [[], null],
    [['not-deployed-yet'], '1 part of these manifests is valid and not deployed by this version'],
    [['not-deployed-yet', 'bad-image', 'not-deployed-yet'], '2 parts of these manifests are valid and not deployed by this version'],
    [
      ['not-deployed-yet', 'not-deployed-yet', 'too-many-problems'],
      'at least 2 parts of these manifests are valid and not deployed by this version',
    ],
  ])('%j: %s', async (codes, said) => {
    const problems = codes.map((code) => ({ ...PROBLEM, code, severity: 'warning' as const }));
    expect(laterText({ ...(await loaded()), problems })).toBe(said);
  });
});

describe('JSON', () => {
  it('counts each kind, and each problem says where it is explained', async () => {
    write('web.yaml', web());
    write('broken.yaml', 'kind: Cluster\nclusterName: a\n---\nkind: Cluster\nclusterName: b\n---\nkind: Service\ndesiredcount: 1\n');
    const { resources, problems } = JSON.parse(validationJson(await loaded())) as {
      resources: unknown;
      problems: { documentation: string }[];
    };
    expect(resources).toEqual({ Cluster: 2, TaskDefinition: 1, Service: 1 });
    expect(new Set(problems.map(({ documentation }) => documentation))).toEqual(
      new Set(['docs/reference/problems.md#missing-field', 'docs/reference/problems.md#unknown-key']),
    );
  });

  it('loses no character and holds none that steers', () => {
    const text = harmlessJson({ [NASTY]: NASTY });
    expect(text).not.toMatch(STEERING);
    expect(JSON.parse(text)).toEqual({ [NASTY]: NASTY });
  });
});

describe('workflow commands', () => {
  it.each([
    [
      'a problem',
      {},
      '',
      '::error file=web.yaml,line=4,col=3,title=unknown-key::no key "a"%0Ahint: did you mean b?%0Adocs: docs/reference/problems.md#unknown-key',
    ],
    ['a warning in a folder', { severity: 'warning' as const }, 'fleet/', '::warning file=fleet/web.yaml,line=4,col=3,title=unknown-key::'],
    ['no line', { line: 0, column: 0 }, '', '::error file=web.yaml,title=unknown-key::'],
    ['no file', { file: '', line: 0, column: 0 }, 'fleet/', '::error title=unknown-key::'],
    ['signs that mean something in a property', { file: 'a,b:c%d=e.yaml' }, '', '::error file=a%2Cb%3Ac%25d=e.yaml,line=4,'],
    [
      'signs that mean something in a text',
      { message: '50%,\n::stop-commands::x' },
      '',
      'title=unknown-key::50%25,\u{FFFD}::stop-commands::x%0A',
    ],
  ])('%s', (_what, change, below, expected) => expect(commandOf({ ...PROBLEM, ...change }, below)).toContain(expected));

  it('are one line each, whatever a text holds', () => {
    const command = commandOf({ ...PROBLEM, file: `${NASTY}\r\n::error::x`, message: NASTY, hint: `${NASTY}\n` }, '');
    expect(command).not.toMatch(STEERING);
    expect(command.split('\n')).toHaveLength(1);
  });
});

interface Sarif {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { id: string; help: { text: string }; helpUri: string }[] } };
    readonly invocations: readonly { readonly toolExecutionNotifications: readonly unknown[] }[];
    readonly results: readonly {
      ruleId: string;
      ruleIndex: number;
      level: string;
      message: { text: string };
      locations: readonly { physicalLocation: { artifactLocation: { uri: string }; region: unknown } }[];
      partialFingerprints: { primaryLocationLineHash: string };
    }[];
  }[];
}

describe('SARIF', () => {
  const options = { version: '1.2.3', docsUrl: 'https://git.example/longshore/docs/' };
  const sarif = async (folder = ''): Promise<Sarif['runs'][number]> => {
    const [run] = (JSON.parse(validationSarif(await loaded(folder), options)) as Sarif).runs;
    if (run === undefined) throw new Error('no run');
    return run;
  };

  it('a result has its rule, level, place below the root of the repository, and a text', async () => {
    write('fleet/a, b#%20ü.yaml', BROKEN);
    const { results, tool } = await sarif('fleet');
    expect(results).toMatchObject([
      {
        ruleId: 'unknown-key',
        level: 'error',
        message: { text: 'a Service has no key "desiredcount"\nhint: did you mean desiredCount?' },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'fleet/a%2C%20b%23%2520%C3%BC.yaml', uriBaseId: '%SRCROOT%' },
              region: { startLine: 12, startColumn: 1 },
            },
          },
        ],
      },
    ]);
    const rule = tool.driver.rules[results[0]?.ruleIndex ?? -1];
    expect(rule).toMatchObject({ id: 'unknown-key', helpUri: 'https://git.example/longshore/docs/reference/problems.md#unknown-key' });
    expect(rule?.help.text).toContain('docs/reference/problems.md#unknown-key');
  });

  it('a problem of a file stands at its first line', async () => {
    write('web.yaml', 'a\u0000b');
    expect((await sarif()).results[0]).toMatchObject({
      ruleId: 'binary-file',
      locations: [{ physicalLocation: { region: { startLine: 1 } } }],
    });
  });

  it('a problem of the whole has no place and is a notification: code scanning refuses results without one', async () => {
    const { results, invocations, tool } = await sarif();
    expect(results).toEqual([]);
    expect(invocations[0]?.toolExecutionNotifications).toMatchObject([{ level: 'error', associatedRule: { id: 'no-manifest', index: 0 } }]);
    expect(tool.driver.rules.map(({ id }) => id)).toEqual(['no-manifest']);
  });

  it('fingerprints do not move with the lines, and tell equal lines apart', async () => {
    const prints = async (): Promise<string[]> =>
      (await sarif()).results.map((result) => result.partialFingerprints.primaryLocationLineHash);
    write('web.yaml', `${BROKEN}\n---\nkind: Service\nserviceName: other\ntaskDefinition: web\ndesiredcount: 3\n`);
    const before = await prints();
    expect(new Set(before).size).toBe(2);
    write('web.yaml', `# a line\n\n${BROKEN}\n---\nkind: Service\nserviceName: other\ntaskDefinition: web\ndesiredcount: 3\n`);
    expect(await prints()).toEqual(before);
  });

  it('holds no character that steers', async () => {
    write(
      'web.yaml',
      `kind: Service\nserviceName: web\ntaskDefinition: web\ndesiredCount: 1\n"${NASTY.replace('\u001b', '\\e').replace('\u0007', '\\a')}": 1\n`,
    );
    const text = validationSarif(await loaded(), options);
    expect(JSON.parse(text)).toMatchObject({ runs: [{ results: [{ ruleId: 'unknown-task-definition' }, { ruleId: 'unknown-key' }] }] });
    expect(text).not.toMatch(STEERING);
  });
});

describe('the root of the repository', () => {
  it('is found above a folder and above a file; where there is none, paths stay as they are', () => {
    write('fleet/web/web.yaml', web());
    expect(folderSource(place.repository).below).toBe('');
    expect(folderSource(join(place.repository, 'fleet/web')).below).toBe('fleet/web/');
    expect(diskSource(join(place.repository, 'fleet/web/web.yaml')).below).toBe('fleet/web/');
    expect(folderSource(place.state).below).toBe('');
  });
});

describe('a single file', () => {
  const one = async (path: string): Promise<Loaded> =>
    loadSource(diskSource(join(place.repository, path)), { deploys: false, environment: null });
  const shown = ({ problems, resources, source }: Loaded): unknown => [
    source.files.map(({ path }) => path),
    problems
      .filter(({ severity }) => severity === 'error')
      .map(({ code }) => code)
      .sort(),
    resources.map(({ kind, identity }) => `${kind} ${identity}`).sort(),
  ];
  const WEB = ['Service default/web', 'TaskDefinition web'];

  it('of compose is read with what it names, and without what only lies beside it', async () => {
    write('.env', 'TAG=1.27\n');
    write('docker-compose.yml', 'services:\n  base:\n    image: nginx:${TAG}\n');
    write('parts/db.yml', 'services:\n  db:\n    image: postgres:17\n    env_file: db.env\n');
    write('parts/db.env', 'MODE=fast\n');
    write('compose.override.yaml', 'services:\n  web:\n    nonsense: 1\n');
    write('other.yaml', 'kind: Nonsense\n');
    const service = 'services:\n  web:\n    extends: { file: docker-compose.yml, service: base }\n';
    write('docker-compose.prod.yml', `include: [parts/db.yml]\n${service}    label_file: gone.env\n`);
    const named = ['docker-compose.yml', '.env', 'parts/db.yml', 'parts/db.env'];
    const [files, problems, resources] = shown(await one('docker-compose.prod.yml')) as string[][];
    expect(files?.[0]).toBe('docker-compose.prod.yml');
    expect(files).toEqual(expect.arrayContaining(named));
    expect([problems, resources]).toEqual([
      ['env-file-missing'],
      ['Service default/db', 'Service default/web', 'TaskDefinition db', 'TaskDefinition web'],
    ]);
    write('gone.env', 'A=b\n');
    const read = await one('docker-compose.prod.yml');
    expect(shown(read)).toMatchObject([expect.arrayContaining(['gone.env']), [], expect.anything()]);
    expect(read.resources.find(({ identity }) => identity === 'web')?.spec).toMatchObject({
      containerDefinitions: [{ image: 'nginx:1.27', dockerLabels: { A: 'b' } }],
    });
    write('compose.yaml', service);
    expect(shown(await one('compose.yaml'))).toMatchObject([expect.anything(), [], WEB]);
  });

  it('of ecspresso is read with its definitions', async () => {
    write('ecspresso.yml', 'cluster: default\nservice: web\ntask_definition: task.json\nservice_definition: service.json\n');
    write('task.json', '{ "family": "web", "containerDefinitions": [{ "name": "a", "image": "a:1", "memory": 64 }] }');
    write('service.json', '{ "desiredCount": 1 }');
    expect(shown(await one('ecspresso.yml'))).toEqual([['ecspresso.yml', 'task.json', 'service.json'], [], expect.arrayContaining(WEB)]);
  });

  it('is followed by no link and to no folder above', async () => {
    write('shop/compose.yaml', 'include: [a.yml, ../b.yml]\nservices:\n  web:\n    image: a:1\n');
    write('b.yml', 'services: {}\n');
    symlinkSync(join(place.repository, 'b.yml'), join(place.repository, 'shop/a.yml'));
    expect(shown(await one('shop/compose.yaml'))).toEqual([
      ['compose.yaml', 'a.yml'],
      ['compose-file-missing', 'compose-file-missing', 'symlink-refused'],
      WEB,
    ]);
  });
});

describe('a path that a commit is refused for', () => {
  it.each([
    ['not UTF-8', Buffer.from([0x62, 0xff, ...Buffer.from('.yaml')]), 'it is not UTF-8'],
    ['a control character', Buffer.from('a\u001b[31m.yaml'), 'it holds a control character'],
  ])('is refused on disk, too: %s', (_, name, why) => {
    write('web.yaml', web());
    writeFileSync(Buffer.concat([Buffer.from(`${place.repository}/`), name]), 'kind: Cluster\n');
    expect(() => folderSource(place.repository)).toThrow(`the folder holds a path that is refused, because ${why}: `);
  });

  it('is passed over where nothing is read', () => {
    write('web.yaml', web());
    mkdirSync(Buffer.concat([Buffer.from(`${place.repository}/.x`), Buffer.from([0xff])]));
    writeFileSync(Buffer.concat([Buffer.from(`${place.repository}/`), Buffer.from([0xff]), Buffer.from('.txt')]), '');
    expect(folderSource(place.repository).files.map(({ path }) => path)).toEqual(['web.yaml']);
  });
});

describe('the command', () => {
  it.each([
    ['github', /^::error file=fleet\/web\.yaml,line=12,col=1,title=unknown-key::.*\n1 error in 1 file of .+\n$/],
    ['sarif', /"uri": "fleet\/web\.yaml"/],
  ])('prints %s and ends with 1', async (output, expected) => {
    write('fleet/web.yaml', BROKEN);
    const { code, stdout } = await longshore(['validate', join(place.repository, 'fleet'), '--output', output]);
    expect([code, stdout]).toEqual([1, expect.stringMatching(expected)]);
  });

  it('variables with which the YAML parser would print what it reads change nothing', async () => {
    write('web.yaml', web());
    const words = ['validate', place.repository];
    const plain = await longshore(words);
    expect(plain).toMatchObject({ code: 0 });
    expect(await longshore(words, { LOG_STREAM: 'web', LOG_TOKENS: '1' })).toEqual(plain);
  });

  it('links of SARIF lead to the docs of this installation, or where they are said to be', async () => {
    write('web.yaml', BROKEN);
    const words = ['validate', place.repository, '--output', 'sarif'];
    const page = pathToFileURL(fileURLToPath(new URL('../../docs/reference/problems.md', import.meta.url)));
    expect((await longshore(words)).stdout).toContain(`"helpUri": "${page.href}#unknown-key"`);
    const elsewhere = await longshore(words, { LONGSHORE_DOCS_URL: 'https://git.example/docs' });
    expect(elsewhere.stdout).toContain('"helpUri": "https://git.example/docs/reference/problems.md#unknown-key"');
    expect(await longshore([...words, '--docs-url', 'docs'])).toMatchObject({ code: 1, stdout: '' });
  });
});
