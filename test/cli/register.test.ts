// `longshore instance register` and `deregister`: real processes, and a real repository that gets a commit, or is left as it was.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deregistered, registered } from '../../src/cli/instance/manifest.ts';
import { desired, instance, ledger, observed, world } from '../build.ts';
import { loadSource } from '../../src/cli/validate.ts';
import { fakeDoor } from '../api/fake-door.ts';
import { longshore, type Ended } from './spawn.ts';
import { makePlace, type Place } from './place.ts';

const ME = {
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.invalid',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.invalid',
};
const PROD = `# our hosts
kind: Cluster
clusterName:  prod   # never renamed
x-longshore:
  instances:
    - name: web1
      endpoint: unix:///run/web1.sock
`;

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => place.leave());

const verb = async (...words: string[]): Promise<Ended> => longshore(['instance', ...words, '--repo', place.repository], ME);
const register = async (name: string, ...words: string[]): Promise<Ended> =>
  verb('register', name, '--endpoint', 'ssh://longshore@10.0.0.6', ...words);
const text = (path: string): string => readFileSync(join(place.repository, path), 'utf8');

/** The repository with one cluster, whose only instance is web1. */
function withProd(): string {
  place.write('prod.yaml', PROD);
  return place.commit('prod');
}

describe('register', () => {
  it('prints the change with --dry-run; commits the instance without it, and nothing else of the file changes', async () => {
    const head = withProd();
    const words: [string, ...string[]] = ['web2', '--attribute', 'ecs.availability-zone=b', '--attribute', 'gpu', '--memory', '8192'];
    const dry = await register(...words, '--dry-run');
    expect([dry.code, dry.stderr]).toEqual([0, 'nothing is written\n']);
    expect(dry.stdout).toContain('--- a/prod.yaml\n+++ b/prod.yaml\n@@ -5,3 +5,9 @@\n   instances:\n     - name: web1\n');
    expect(dry.stdout).toContain('\n+    - name: web2\n+      endpoint: ssh://longshore@10.0.0.6\n');
    expect([place.git('rev-parse', 'HEAD'), text('prod.yaml')]).toEqual([head, PROD]);
    const { code, stdout, stderr } = await register(...words);
    expect([code, stdout.trim()]).toEqual([0, place.git('rev-parse', 'HEAD')]);
    expect(stderr).toContain(
      'Register container instance web2 in cluster prod: committed in prod.yaml\nnext: a daemon that follows this folder',
    );
    expect(text('prod.yaml')).toBe(`${PROD}    - name: web2
      endpoint: ssh://longshore@10.0.0.6
      attributes:
        - { name: ecs.availability-zone, value: b }
        - { name: gpu }
      memory: 8192
`);
    expect(place.git('show', '--stat', '--format=%an: %s', 'HEAD')).toMatch(/^A: Register container instance web2 in cluster prod\n/);
    expect(place.git('status', '--porcelain')).toBe('');
  });

  it('makes a cluster that does not exist yet, and says so; a remote is to be pushed to', async () => {
    withProd();
    place.git('remote', 'add', 'origin', 'https://git.example.invalid/fleet');
    const { code, stderr } = await register('edge1', '--cluster', 'edge', '--reserved-memory', '256', '--reserved-port', '22');
    expect([code, stderr]).toEqual([0, expect.stringContaining('the repository declared no cluster edge: clusters/edge.yaml is new')]);
    expect(stderr).toContain('next: git push');
    expect(text('clusters/edge.yaml')).toContain('reserved: { memory: 256, ports: [ 22 ] }');
  });

  it('writes nothing when the manifests would have errors with it; 1', async () => {
    const head = withProd();
    const { code, stderr } = await verb('register', 'web2', '--endpoint', 'http://10.0.0.6');
    expect([code, stderr]).toEqual([1, expect.stringContaining('begins with something else than unix, tcp, ssh or context')]);
    expect(stderr).toContain('nothing is written: with this the manifests would have errors');
    expect([place.git('rev-parse', 'HEAD'), text('prod.yaml')]).toEqual([head, PROD]);
  });
});

describe('deregister', () => {
  it('takes it out of the manifest, and tells of a silent one what the daemon knows', async () => {
    withProd();
    const view = instance('web1', [], { connected: false, silence: 'connection refused' });
    await place.open(fakeDoor({ world: world({ desired: desired([]), observed: observed([view]), ledger: ledger({}) }) }));
    const { code, stderr } = await verb('deregister', 'web1', '--state', place.state);
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('Deregister container instance web1 of cluster prod: committed in prod.yaml'),
    ]);
    expect(stderr).toContain('prod declares no instance any more');
    expect(stderr).toContain('web1 is silent (connection refused): no task is known there, at once where');
    expect(text('prod.yaml')).toContain('  instances: []\n');
  });
});

describe('which file says so', () => {
  const judged = async (...files: readonly (readonly [path: string, text: string])[]) => {
    const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);
    const source = files.map(([path, content]) => ({
      path,
      id: path,
      kind: 'file' as const,
      size: content.length,
      content: bytes(content),
    }));
    return loadSource({ name: 'test', commit: 'on-disk', below: '', files: source }, { deploys: false });
  };
  const web9 = { name: 'web9', endpoint: 'ssh://h' };
  const EDGE = '{"kind":"Cluster","clusterName":"edge","x-longshore":{"instances":[{"name":"e1","endpoint":"ssh://e1"}]}}';

  it('the only cluster, the named one, or that of the instance', async () => {
    const one = await judged(['prod.yaml', PROD]);
    expect(registered(one, web9, null)).toMatchObject({ path: 'prod.yaml', cluster: 'prod', isNew: false });
    const two = await judged(['prod.yaml', PROD], ['edge.json', EDGE]);
    expect(registered(two, web9, 'edge').text).toBe(EDGE.replace(']}}', ',{"name":"web9","endpoint":"ssh://h"}]}}'));
    expect(deregistered(two, 'e1')).toMatchObject({ path: 'edge.json', cluster: 'edge', isLast: true });
    expect(registered(await judged(['a.yaml', 'kind: TaskDefinition\nfamily: a\ncontainerDefinitions: []\n']), web9, null).path).toBe(
      'clusters/default.yaml',
    );
  });

  it('no cluster of several, a name that is taken, one that is not there, a file in the way, a form that is none of ours', async () => {
    const two = await judged(['prod.yaml', PROD], ['edge.json', EDGE]);
    expect(() => registered(two, web9, null)).toThrow('there are 2 clusters, and none is named');
    expect(() => registered(two, { ...web9, name: 'web1' }, 'edge')).toThrow('web1 is declared already, in cluster prod (prod.yaml:6:7)');
    expect(() => deregistered(two, 'web3')).toThrow('no manifest declares a container instance web3');
    const taken = await judged(['clusters/new.yaml', PROD]);
    expect(() => registered(taken, web9, 'new')).toThrow('clusters/new.yaml is there and declares no cluster new');
    const answer = await judged(['c.json', '{"clusters":[{"clusterName":"prod","status":"ACTIVE"}]}']);
    expect(() => registered(answer, web9, 'prod')).toThrow('cluster prod (c.json:1:14) has a form that is not edited here');
  });
});
