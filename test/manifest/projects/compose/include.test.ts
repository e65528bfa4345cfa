// Projects inside projects: what an included file brings, where its paths and variables begin, and whose word counts.
import { describe, expect, it } from 'vitest';
import { composeProjects, foundProjects, looksLikeCompose } from '../../../../src/manifest/projects/compose/discover.ts';
import { isComposePath } from '../../../../src/manifest/projects/compose/paths.ts';
import { projectOf, toldOf } from './project.ts';
import { sourceFile } from '../../story.ts';

describe('include', () => {
  it('brings services and things, with paths and variables of their own folder', () => {
    const read = projectOf({
      'app/compose.yaml':
        'include: [../db/compose.yaml]\nservices:\n  web: { image: "web:${TAG}", depends_on: [db], volumes: ["./conf:/c"] }\n',
      'app/.env': 'TAG=1\n',
      'db/compose.yaml':
        'services:\n  db: { image: "db:${TAG}", volumes: ["./conf:/c", "data:/d"], env_file: db.env, environment: [OTHER] }\nvolumes: { data: }\n',
      'db/.env': 'TAG=2\nOTHER=3\n',
      'db/db.env': 'A=1\n',
    });
    expect(toldOf(read)).toEqual([]);
    expect(read.project.services['web']).toMatchObject({ image: 'web:1', volumes: [{ source: './app/conf' }] });
    expect(read.project.services['db']).toMatchObject({
      image: 'db:1',
      volumes: [{ source: './db/conf' }, { source: 'data' }],
      environment: { A: '1', OTHER: '3' },
    });
    expect(read.project.volumes).toEqual({ data: {} });
    expect(read.merged).toEqual(['app/compose.yaml', 'db/compose.yaml']);
  });

  it('has a long form: several files, another folder, other env files', () => {
    const read = projectOf({
      'compose.yaml':
        'include:\n  - path: [db/a.yaml, db/b.yaml]\n    project_directory: shared\n    env_file: [prod.env]\nservices:\n  web: { image: a }\n',
      'prod.env': 'TAG=7\n',
      'db/a.yaml': 'services:\n  db: { image: "db:${TAG}", volumes: ["./x:/x"] }\n',
      'db/b.yaml': 'services:\n  db: { hostname: b }\n',
    });
    expect(toldOf(read)).toEqual([]);
    expect(read.project.services['db']).toMatchObject({ image: 'db:7', hostname: 'b', volumes: [{ source: './shared/x' }] });
  });

  it('is overridden by the file that includes', () => {
    const read = projectOf({
      'compose.yaml': 'include: [db.yaml]\nservices:\n  db: { image: mine, environment: !override { B: 2 } }\n',
      'db.yaml': 'services:\n  db: { image: theirs, hostname: h, environment: { A: 1 } }\n',
    });
    expect(read.project.services['db']).toEqual({ image: 'mine', hostname: 'h', environment: { B: '2' } });
  });

  it('brings services that can be extended', () => {
    const read = projectOf({
      'compose.yaml': 'include: [db.yaml]\nservices:\n  web: { extends: db, hostname: w }\n',
      'db.yaml': 'services:\n  db: { image: theirs }\n',
    });
    expect(toldOf(read)).toEqual([]);
    expect(read.project.services['web']).toEqual({ image: 'theirs', hostname: 'w' });
  });

  it.for<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      'a file that is not there',
      { 'compose.yaml': 'include: [a.yaml]\nservices: { w: { image: a } }' },
      ['compose.yaml:1:11 compose-file-missing'],
    ],
    [
      'a file elsewhere',
      { 'compose.yaml': 'include: ["https://x.y/a.yaml"]\nservices: { w: { image: a } }' },
      ['compose.yaml:1:12 compose-file-missing'],
    ],
    [
      'an env file that is not there',
      { 'compose.yaml': 'include: [{ path: a.yaml, env_file: b.env }]', 'a.yaml': 'services: { w: { image: a } }' },
      ['compose.yaml:1:37 env-file-missing'],
    ],
    ['a circle', { 'compose.yaml': 'include: [a.yaml]', 'a.yaml': 'include: [compose.yaml]' }, ['a.yaml:1:11 compose-loop']],
    ['no path', { 'compose.yaml': 'include: [{}]\nservices: { w: { image: a } }' }, ['compose.yaml:1:11 missing-field']],
  ])('%s', ([, files, wanted]) => {
    expect(toldOf(projectOf(files))).toEqual(wanted);
  });

  it('a file too many ends the reading', () => {
    const files = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`f${index}.yaml`, 'services: { w: { image: a } }']));
    const read = projectOf({ 'compose.yaml': `include: [${Object.keys(files).join(', ')}]`, ...files });
    expect(new Set(toldOf(read).map((line) => line.split(' ')[1]))).toEqual(new Set(['compose-too-large']));
  });
});

describe('which files are projects', () => {
  it.for<readonly [string, readonly string[], unknown]>([
    [
      'Compose takes the first of its names',
      ['docker-compose.yml', 'compose.yaml'],
      [{ files: ['compose.yaml'], beside: ['docker-compose.yml'] }],
    ],
    [
      'and an override',
      ['a/docker-compose.yml', 'a/docker-compose.override.yml', 'a/docker-compose.prod.yml'],
      [{ files: ['a/docker-compose.yml', 'a/docker-compose.override.yml'], beside: ['a/docker-compose.prod.yml'] }],
    ],
    [
      'without a main file each is one',
      ['docker-compose.prod.yml', 'docker-compose-dev.yaml'],
      [
        { files: ['docker-compose-dev.yaml'], beside: [] },
        { files: ['docker-compose.prod.yml'], beside: [] },
      ],
    ],
    [
      'each folder by itself',
      ['compose.yml', 'b/compose.yml'],
      [
        { files: ['b/compose.yml'], beside: [] },
        { files: ['compose.yml'], beside: [] },
      ],
    ],
  ])('%s', ([, paths, wanted]) => {
    expect(foundProjects(paths)).toEqual(wanted);
  });

  it.for([
    ['compose.yaml', true],
    ['x/docker-compose.prod.yml', true],
    ['compose_test.yml', true],
    ['composer.yaml', false],
    ['my-compose.yaml', false],
    ['compose.json', false],
  ] as const)('%s: %s', ([path, wanted]) => {
    expect(isComposePath(path)).toBe(wanted);
  });

  it.for<readonly [string, boolean]>([
    ['services: { web: { image: a } }', true],
    ['services:\n  web:\n    build: .\n', true],
    ['x: 1\nservices: # all\n  web: { container_name: a }\n', true],
    ['services: [postgres]', false],
    ['services: { internal: true }', false],
    ['kind: Service\nservices: { web: { image: a } }', false],
    ['web: { image: a }', false],
    ['[1]', false],
  ])('%s is known by what is in it: %s', ([text, wanted]) => {
    expect(looksLikeCompose(text)).toBe(wanted);
  });

  it('a commit holds those of its folders; what has a kind is none, and what else is asked for is told', () => {
    const texts: Readonly<Record<string, string>> = {
      'a/docker-compose.yml': 'services: { web: { image: a } }',
      'a/prod.yaml': 'services: { web: { image: b } }',
      'b/stack.yaml': 'services: { api: { image: c } }',
      'c/compose.yaml': 'kind: Cluster\n',
      'd/values.yaml': 'services: { internal: true }',
    };
    const files = new Map(Object.entries(texts).map(([path, text]) => [path, sourceFile(path, text)]));
    const found = composeProjects(files);
    expect(found.map(({ main }) => main)).toEqual(['a/docker-compose.yml', 'b/stack.yaml']);
    const asked: string[] = [];
    const read = found[0]?.read((path) => {
      asked.push(path);
      return texts[path] ?? null;
    });
    expect(read?.problems.map(({ code }) => code)).toEqual(['compose-file-unread']);
    expect(asked).toEqual(expect.arrayContaining(['a/compose.yaml', 'a/compose.override.yml']));
  });
});
