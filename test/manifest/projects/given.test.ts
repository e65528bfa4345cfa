// What a compose project gives to its containers and what is no manifest there: one row, one file beside a project that mounts ./conf and app.yml.
import { describe, expect, it } from 'vitest';
import { createLoader, load } from '../../../src/manifest/load.ts';
import { sourceFile } from '../story.ts';

const PROJECT = sourceFile(
  'shop/compose.yaml',
  'services:\n  web:\n    image: a:1\n    volumes: ["./conf:/conf", "./app.yml:/app.yml", ".:/all", "/srv:/srv"]\n',
);
const errorsOf = ({ problems }: ReturnType<typeof load>): readonly string[] =>
  problems.flatMap(({ severity, code }) => (severity === 'error' ? [code] : []));

describe('beside a compose project', () => {
  it.each<[what: string, path: string, text: string, errors: readonly string[]]>([
    ['a file that is mounted', 'shop/app.yml', 'a: b\n', []],
    ['one that is no YAML at all', 'shop/app.yml', 'a: [b\n', []],
    ['one in a folder that is mounted', 'shop/conf/deep/rules.yml', 'groups: []\n', []],
    ['one with a kind further in', 'shop/conf/a.yml', 'a:\n  kind: b\n', []],
    ['one in the folder of the project, which may hold anything', 'shop/other.yml', 'a: b\n', ['missing-kind']],
    ['one in a folder that begins like it', 'shop/configs/a.yml', 'a: b\n', ['missing-kind']],
    ['a manifest', 'shop/conf/web.yml', 'kind: Nonsense\n', ['unknown-kind']],
    ['a manifest with a slip', 'shop/conf/web.yml', 'Kind: Service\n', ['missing-kind']],
    ['a manifest without a kind', 'shop/app.yml', 'serviceName: web\n', ['missing-field']],
    ['a compose file', 'shop/conf/compose.yml', 'services: {}\n', ['compose-no-services']],
  ])('%s', (_, path, text, errors) => expect(errorsOf(load([PROJECT, sourceFile(path, text)], 'x', { deploys: false }))).toEqual(errors));

  it('a file that comes later is seen, although the project is not read again', () => {
    const next = createLoader({ deploys: false });
    expect(errorsOf(next([PROJECT], 'x'))).toEqual([]);
    expect(errorsOf(next([PROJECT, sourceFile('shop/conf/a.yml', 'a: b\n')], 'y'))).toEqual([]);
    expect(errorsOf(next([PROJECT, sourceFile('shop/conf/a.yml', 'kind: Nonsense\n')], 'z'))).toEqual(['unknown-kind']);
  });
});
