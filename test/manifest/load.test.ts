import { describe, expect, it } from 'vitest';
import { MAX_PROBLEMS, createLoader, load } from '../../src/manifest/load.ts';
import { isManifestPath } from '../../src/manifest/source.ts';
import { renderProblem } from '../../src/manifest/render-problem.ts';
import { sourceFile } from './story.ts';
import type { DesiredState } from '../../src/model/turn/desired.ts';
import type { SourceFile } from '../../src/manifest/source.ts';

const DEFINITION = `kind: TaskDefinition
family: web
containerDefinitions:
  - name: app
    image: app:1
    memory: 64
    portMappings:
      - containerPort: 80
`;
const SERVICE = `kind: Service
serviceName: web
taskDefinition: web
desiredCount: 2
`;
const GROUP = 'kind: TargetGroup\nname: web\n';
const BALANCER = `kind: LoadBalancer
name: edge
listeners:
  - port: 8080
    defaultActions: [{ type: forward, targetGroupArn: web }]
`;

function desiredOf(...documents: string[]): DesiredState {
  const { desired, problems } = load([sourceFile('all.yaml', documents.join('---\n'))], 'c0ffee');
  if (desired === null) throw new Error(problems.map(renderProblem).join('\n'));
  return desired;
}

const hashOfDefinition = (text: string): string | undefined => desiredOf(text).taskDefinitions.get('web')?.hash;
const hashOfService = (service: string, definition = DEFINITION): string | undefined =>
  desiredOf(definition, service, GROUP, BALANCER).services.get('default/web')?.hash;

describe('which files are read', () => {
  it.each([
    ['web.yaml', true],
    ['web.yml', true],
    ['apps/shop/prod/web.yaml', true],
    ['a.b/c d.yaml', true],
    ['web.yaml.bak', false],
    ['web.json', true],
    ['yaml', false],
    ['.github/workflows/test.yml', false],
    ['apps/.longshore/web.yaml', false],
    ['.golangci.yml', false],
    ['node_modules/x/web.yaml', false],
    ['apps/node_modules/web.yaml', false],
    ['node_modules.yaml', true],
  ])('%s: %s', (path, read) => {
    expect(isManifestPath(path)).toBe(read);
  });

  it('reads documents of one file or of many alike', () => {
    const one = load([sourceFile('a.yaml', `${DEFINITION}---\n${SERVICE}`)], 'x').desired;
    const two = load([sourceFile('z/s.yml', SERVICE), sourceFile('d.yaml', DEFINITION)], 'x').desired;
    expect(two).toEqual(one);
  });
});

describe('the desired state', () => {
  it('carries the commit, and every reference by name', () => {
    const desired = desiredOf(
      DEFINITION,
      `${SERVICE}loadBalancers:\n  - { targetGroupArn: "arn:aws:elasticloadbalancing:r:123456789012:targetgroup/web/1", containerName: app, containerPort: 80 }\n`,
      GROUP,
      BALANCER,
    );
    expect(desired.commit).toBe('c0ffee');
    expect(desired.services.get('default/web')).toMatchObject({
      id: 'default/web',
      cluster: 'default',
      name: 'web',
      family: 'web',
      loadBalancers: [{ targetGroupArn: 'web', containerName: 'app', containerPort: 80 }],
    });
    expect(desired.services.get('default/web')?.spec).not.toHaveProperty('cluster');
  });

  it('is sorted, whatever the order of the files', () => {
    const families = ['b', 'a', 'C', 'a-1'].map((name) => DEFINITION.replace('family: web', `family: ${name}`));
    expect([...desiredOf(...families).taskDefinitions.keys()]).toEqual(['C', 'a', 'a-1', 'b']);
  });

  it.each([
    ['a service without a cluster brings the cluster default', [DEFINITION, SERVICE], { default: 'prefer-cached' }],
    ['nobody needs default', [DEFINITION, `${SERVICE}cluster: demo\n`, 'kind: Cluster\nclusterName: demo\n'], { demo: 'prefer-cached' }],
    ['a cluster without a name is default', ['kind: Cluster\nx-longshore: { imagePullBehavior: once }\n'], { default: 'once' }],
    [
      'default defined',
      [DEFINITION, SERVICE, 'kind: Cluster\nclusterName: default\nx-longshore: { imagePullBehavior: always }\n'],
      { default: 'always' },
    ],
  ])('clusters: %s', (_, documents, clusters) => {
    const found = [...desiredOf(...documents).clusters.values()].map(({ name, imagePullBehavior }) => [name, imagePullBehavior]);
    expect(Object.fromEntries(found)).toEqual(clusters);
  });

  it('reads task sizes as ECS normalises them', () => {
    expect(desiredOf(DEFINITION.replace('family', 'cpu: 1 vCPU\nmemory: 0.5 GB\nfamily')).taskDefinitions.get('web')?.spec).toMatchObject({
      cpu: '1024',
      memory: '512',
    });
  });
});

describe('the hash of a task definition', () => {
  const sized = DEFINITION.replace('family', 'cpu: "256"\nfamily');
  it.each([
    [
      'the order of keys',
      DEFINITION,
      'containerDefinitions: [{ portMappings: [{ containerPort: 80 }], memory: 64, image: "app:1", name: app }]\nfamily: web\nkind: TaskDefinition',
    ],
    ['a number for a text', sized, sized.replace('"256"', '256')],
    ['another unit', sized, sized.replace('"256"', '.25 vCPU')],
    ['comments', DEFINITION, DEFINITION.replaceAll('\n', ' # a comment\n')],
    ['keys of the author', DEFINITION, `x-owner: me\n${DEFINITION}    x-note: here\n`],
    ['merge keys', DEFINITION, DEFINITION.replace('  - name', '  - <<: { image: app:1 }\n    name').replace('    image: app:1\n', '')],
    ['the end of lines', DEFINITION, DEFINITION.replaceAll('\n', '\r\n')],
  ])('does not depend on %s', (_, one, other) => {
    expect(other).not.toBe(one);
    expect(hashOfDefinition(other)).toBe(hashOfDefinition(one));
  });

  it('has a version', () => {
    expect(hashOfDefinition(DEFINITION)).toMatch(/^v1:[0-9a-f]{32}$/);
  });
});

describe('the hash of a service', () => {
  const target = (port: number): string => `loadBalancers:\n  - { targetGroupArn: web, containerName: app, containerPort: ${port} }\n`;
  it.each([
    ['desiredCount', SERVICE.replace('2', '20')],
    ['percentages', `${SERVICE}deploymentConfiguration: { minimumHealthyPercent: 50 }\n`],
    ['the grace period', `${SERVICE}healthCheckGracePeriodSeconds: 9\n`],
    ['healthyAfter', `${SERVICE}x-longshore: { healthyAfter: 9 }\n`],
    ['the name of its cluster written out', `${SERVICE}cluster: default\n`],
  ])('does not change with %s: ECS starts no deployment for it', (_, service) => {
    expect(hashOfService(service)).toBe(hashOfService(SERVICE));
  });

  it('changes with what starts a deployment', () => {
    const hashes = [
      hashOfService(SERVICE),
      hashOfService(SERVICE, DEFINITION.replace('app:1', 'app:2')),
      hashOfService(SERVICE + target(80)),
      hashOfService(`${SERVICE}x-longshore: { forceNewDeployment: a }\n`),
      hashOfService(`${SERVICE}x-longshore: { forceNewDeployment: b }\n`),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashes).not.toContain(undefined);
  });
});

describe('a loader', () => {
  const file = (id: string, path: string, text: string): SourceFile => ({ ...sourceFile(path, text), id });
  const specOf = (loaded: ReturnType<typeof load>, family: string): unknown => loaded.desired?.taskDefinitions.get(family)?.spec;
  const web = file('1', 'web.yaml', DEFINITION);
  const api = file('2', 'api.yaml', DEFINITION.replace('family: web', 'family: api'));
  const newer = file('3', 'api.yaml', DEFINITION.replace('family: web', 'family: api').replace('64', '128'));

  it('does not read an unchanged blob again, and does read a changed one', () => {
    const loader = createLoader();
    const first = loader([web, api], 'a');
    const second = loader([web, newer], 'b');
    expect(specOf(second, 'web')).toBe(specOf(first, 'web'));
    expect(specOf(second, 'api')).toMatchObject({ containerDefinitions: [{ memory: 128 }] });
    expect(specOf(loader([web, api], 'a'), 'api')).toBe(specOf(first, 'api'));
  });

  it('forgets what the last two commits did not hold', () => {
    const loader = createLoader();
    const first = loader([web], 'a');
    loader([api], 'b');
    loader([api], 'c');
    const again = loader([web], 'd');
    expect(specOf(again, 'web')).toEqual(specOf(first, 'web'));
    expect(specOf(again, 'web')).not.toBe(specOf(first, 'web'));
  });

  it('tells the same blob under two paths apart', () => {
    const copy = { ...web, path: 'copy.yaml' };
    const { problems } = createLoader()([web, copy], 'a');
    expect(problems.map(({ file, code }) => `${file} ${code}`)).toEqual(['web.yaml duplicate-definition']);
  });

  it('gives what a fresh load gives', () => {
    const loader = createLoader();
    for (const files of [[web, api], [web], [newer, web], []]) expect(loader(files, 'x')).toEqual(load(files, 'x'));
  });
});

describe('what would be slow ends as a problem', () => {
  const keys = (count: number): string => Array.from({ length: count }, (_, index) => `k${index}: 1`).join('\n');
  it.each([
    ['40,000 keys', keys(40_000), 'yaml-too-many-keys'],
    ['40,000 equal keys', 'k: 1\n'.repeat(40_000), 'yaml-too-many-keys'],
    ['a list of 500,000 items', `a: [${'1,'.repeat(500_000)}]`, 'yaml-too-many-keys'],
    ['a megabyte of commas', `[${','.repeat(1_000_000)}`, 'yaml-too-many-keys'],
    ['a megabyte of brackets', '['.repeat(1_000_000), 'yaml-too-deep'],
    ['a megabyte of braces', '{a: '.repeat(250_000), 'yaml-too-deep'],
    ['a line of dashes', '- '.repeat(500_000), 'yaml-too-deep'],
    ['a line of questions', '? '.repeat(500_000), 'yaml-too-deep'],
    ['a thousand levels of indentation', Array.from({ length: 1_000 }, (_, level) => `${' '.repeat(level)}a:`).join('\n'), 'yaml-too-deep'],
    ['an alias bomb', bomb(9), 'yaml-alias-bomb'],
    [
      'a bomb of merge keys',
      `${bomb(6).replace('kind: Cluster\n', 'kind: Cluster\nx-m: &m { a: 1 }\n')}\nx-n: { <<: [${'*m,'.repeat(20)}] }`,
      'yaml-alias-bomb',
    ],
    [
      'aliases that get deeper',
      `a0: &a0 [1]\n${Array.from({ length: 50 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}]`).join('\n')}`,
      'yaml-too-deep',
    ],
  ])('%s', (_, text, code) => {
    const { desired, problems } = load([sourceFile('big.yaml', text)], 'x');
    expect(desired).toBeNull();
    expect(problems.map((problem) => problem.code)).toContain(code);
  });

  it('2,000 equal keys behind 200,000 lines are 20 problems, and the lines are not counted for each of them', () => {
    const { problems } = load([sourceFile('a.yaml', `a: |\n${'  \n'.repeat(200_000)}  x\nb:\n${'  k: 1\n'.repeat(2_000)}`)], 'x');
    expect(problems.map((problem) => problem.code)).toEqual(Array.from({ length: 20 }, () => 'duplicate-key'));
  });

  it('10,000 mistakes are not 10,000 problems', () => {
    const variables = '      - name: A\n'.repeat(4_000);
    const { problems } = load([sourceFile('a.yaml', `${DEFINITION}    environment:\n${variables}`)], 'x');
    expect(problems).toHaveLength(MAX_PROBLEMS);
    expect(problems.at(-1)?.code).toBe('too-many-problems');
  });
});

function bomb(levels: number): string {
  const lines = Array.from({ length: levels }, (_, level) => `x-${level + 1}: &b${level + 1} [${`*b${level},`.repeat(10)}]`);
  return ['kind: Cluster', 'x-0: &b0 [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]', ...lines].join('\n');
}
