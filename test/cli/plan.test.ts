// `longshore validate` and `longshore plan` as people run them: real processes, real git, a daemon that is a plain object behind a real door.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fakeDoor } from '../api/fake-door.ts';
import { forecast } from '../../src/core/plan/forecast.ts';
import { instance, observed, world } from '../build.ts';
import { load } from '../../src/manifest/load.ts';
import { longshore } from './spawn.ts';
import { makePlace, web } from './place.ts';
import type { Ended } from './spawn.ts';
import type { Place } from './place.ts';
import type { World } from '../../src/model/turn/plan.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => place.leave());

const WARNED = web({ extra: 'deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 }' });
const BROKEN = web({ extra: 'desiredcount: 3' });

/** The same web service behind a listener. */
function webBehind(port: number): string {
  const balanced = 'loadBalancers: [{ targetGroupArn: web, containerName: main, containerPort: 80 }]';
  return `${web({ extra: balanced }).replace('    memory: 64', '    memory: 64\n    portMappings: [{ containerPort: 80 }]')}
---
{ kind: TargetGroup, name: web }
---
{ kind: LoadBalancer, name: edge, listeners: [{ port: ${port}, defaultActions: [{ type: forward, targetGroupArn: web }] }] }
`;
}

/** The world of a daemon that has done all that these manifests declare, or as much of it as can be done, from `before` on. */
function done(text: string, before: World = world({ observed: observed([instance('local')]) })): World {
  const content = new TextEncoder().encode(text);
  const { desired } = load([{ path: 'web.yaml', id: '1', kind: 'file', size: content.length, content }], 'a'.repeat(40));
  if (!desired) throw new Error('the manifests of this test are wrong');
  return { ...forecast({ ...before, desired }).end, outcomes: [] };
}

/** The same with the newest deployment of web turned into a failed one. */
function failed(all: World): World {
  const row = all.ledger.services.get('default/web');
  if (!row) throw new Error('no web service');
  const deployments = row.deployments.map((each, index) => (index === 0 ? { ...each, rollout: 'FAILED' as const } : each));
  return { ...all, ledger: { ...all.ledger, services: new Map([['default/web', { ...row, deployments }]]) } };
}

const NO_ROOM = (image: string): string =>
  web({ image, extra: 'deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 }' });

describe('validate', () => {
  it('good manifests: what they hold; 0', async () => {
    place.write('web.yaml', web());
    const { code, stdout, stderr } = await longshore(['validate', place.repository]);
    expect([code, stderr]).toEqual([0, 'result: OK (exit 0)\n']);
    expect(stdout).toBe(`1 file of ${place.repository}: 1 task definition, 1 service; 0 errors\n`);
  });

  it('an error: place, message, hint; 1', async () => {
    place.write('web.yaml', BROKEN);
    const { code, stdout, stderr } = await longshore(['validate', place.repository]);
    expect([code, stderr]).toEqual([1, 'result: INVALID (exit 1)\n']);
    expect(stdout).toMatch(/^web\.yaml:12:1: error\[.+desiredcount/m);
    expect(stdout).toMatch(/hint: .*desiredCount/);
  });

  it('a warning: 0, and 2 when it counts', async () => {
    place.write('web.yaml', WARNED);
    const lenient = await longshore(['validate', place.repository]);
    expect([lenient.code, lenient.stdout]).toEqual([0, expect.stringContaining('0 errors, 1 warning')]);
    const strict = await longshore(['validate', place.repository, '--strict']);
    expect([strict.code, strict.stderr]).toEqual([2, 'result: WARNINGS (exit 2)\n']);
  });

  it('one file: as if it lay alone, its path relative to its folder', async () => {
    place.write('web.yaml', web());
    place.write('broken.yaml', BROKEN);
    const { code, stdout } = await longshore(['validate', join(place.repository, 'web.yaml')]);
    expect([code, stdout]).toEqual([0, `1 file of ${place.repository}: 1 task definition, 1 service; 0 errors\n`]);
    const broken = await longshore(['validate', join(place.repository, 'broken.yaml')]);
    expect([broken.code, broken.stdout]).toEqual([1, expect.stringMatching(/^broken\.yaml:12:1: error/)]);
  });

  it('one file that refers to another: warnings, so that only --strict ends with 2; a mistake of its own still counts', async () => {
    const service = web().slice(web().indexOf('kind: Service'));
    place.write('service.yaml', service);
    const words = ['validate', join(place.repository, 'service.yaml')];
    const { code, stdout } = await longshore(words);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^service\.yaml:3:17: warning\[unknown-task-definition\].*\n(?:.*\n)*?hint: .*only this file was read/);
    expect(stdout).toContain(`1 file of ${place.repository}: 1 service; 0 errors, 1 warning\n`);
    expect((await longshore([...words, '--strict'])).code).toBe(2);
    expect(JSON.parse((await longshore([...words, '--output', 'json'])).stdout)).toMatchObject({
      valid: true,
      problems: [{ severity: 'warning' }],
    });
    // In its folder the same is an error, and so is any other mistake.
    expect((await longshore(['validate', place.repository])).code).toBe(1);
    place.write('service.yaml', `${service}desiredcount: 3\n`);
    expect((await longshore(words)).code).toBe(1);
  });

  it('a link is not followed, as it would not be in a commit', async () => {
    place.write('web.yaml', web());
    symlinkSync('web.yaml', join(place.repository, 'link.yaml'));
    const { code, stdout } = await longshore(['validate', join(place.repository, 'link.yaml')]);
    expect([code, stdout]).toEqual([1, expect.stringContaining('error[symlink-refused]')]);
  });

  it('a commit is read, not what lies on disk', async () => {
    place.write('web.yaml', web());
    const commit = place.commit('good');
    place.write('web.yaml', BROKEN);
    for (const revision of [commit, 'HEAD', 'main', commit.slice(0, 10)]) {
      expect((await longshore(['validate', place.repository, '--commit', revision])).code).toBe(0);
    }
    place.commit('broken');
    expect((await longshore(['validate', place.repository, '--commit', 'HEAD'])).code).toBe(1);
    expect((await longshore(['validate', place.repository, '--commit', 'HEAD~1'])).code).toBe(0);
  });

  it('JSON is whole and alone on stdout', async () => {
    place.write('web.yaml', BROKEN);
    const { stdout } = await longshore(['validate', place.repository, '--output', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      files: 1,
      problems: [{ file: 'web.yaml', line: 12, column: 1, severity: 'error' }],
    });
  });

  it.each([
    ['a commit that is not there', ['--commit', 'nowhere']],
    ['a revision that looks like an option', ['--commit=--all']],
  ])('%s: 1 and a hint', async (_what, words) => {
    place.write('web.yaml', web());
    place.commit('good');
    const { code, stderr } = await longshore(['validate', place.repository, ...words]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .+\nhint: .+\nresult: ERROR \(exit 1\)\n$/);
  });
});

describe('plan', () => {
  const plan = async (...words: string[]): Promise<Ended> =>
    longshore(['plan', '--repo', place.repository, '--state', place.state, ...words]);

  it('a new service over the world of the daemon: no engine is asked; 0, and 2 when asked in detail', async () => {
    await place.open(fakeDoor({ world: world({ observed: observed([instance('local')]) }) }));
    place.write('web.yaml', web());
    const commit = place.commit('one');
    const { code, stdout, stderr } = await plan();
    expect([code, stderr]).toEqual([0, 'result: OK (exit 0)\n']);
    expect(stdout).toContain(`-> ${commit.slice(0, 7)}, seal `);
    expect(stdout).toContain('+ service default/web  web:1');
    expect(stdout).toContain('Plan: 1 to create, 0 to update, 0 to delete.');
    expect(await plan('--detailed-exitcode')).toMatchObject({ code: 2, stderr: 'result: CHANGES (exit 2)\n' });
  });

  it('what is already so is no change; 0 in detail as well', async () => {
    place.write('web.yaml', web());
    place.commit('one');
    await place.open(fakeDoor({ world: done(web()) }));
    const { code, stdout } = await plan('--detailed-exitcode');
    expect(stdout).toMatch(/^No changes\./);
    expect(code).toBe(0);
  });

  const ports = (all: World): World => ({
    ...all,
    observed: {
      ...all.observed,
      proxy: { version: '', targets: new Map(), ...all.observed.proxy, refused: [{ port: 18_080, reason: 'taken' }] },
    },
  });
  it.each([
    ['a deployment that waits for room', NO_ROOM('web:2'), () => done(NO_ROOM('web:2'), done(NO_ROOM('web:1')))],
    ['a deployment that failed', web(), () => failed(done(web()))],
    ['a port that can not be opened', webBehind(18_080), () => ports(done(webBehind(18_080)))],
  ])('%s is no change, and not as declared either: 0, and 2 in detail', async (_what, text, present) => {
    place.write('web.yaml', text);
    place.commit('one');
    await place.open(fakeDoor({ world: present() }));
    const { code, stdout } = await plan();
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^No changes/)]);
    expect(await plan('--detailed-exitcode')).toMatchObject({ code: 2, stderr: 'result: NOT_AS_DECLARED (exit 2)\n' });
  });

  it('the commit counts, not the disk, unless the disk is asked for', async () => {
    await place.open(fakeDoor({ world: done(web()) }));
    place.write('web.yaml', web());
    place.commit('one');
    place.write('web.yaml', web({ image: 'web:2' }));
    expect((await plan()).stdout).toMatch(/^No changes\./);
    const onDisk = await longshore(['plan', '--dir', place.repository, '--state', place.state]);
    expect(onDisk.stdout).toContain('~ service default/web  web:1 -> web:2');
  });

  it.each([
    ['of the daemon', []],
    ['of --base', ['--base', 'HEAD~1']],
  ])('a listener that moves to another port is told against the routes %s', async (_what, words) => {
    place.write('web.yaml', webBehind(18_080));
    place.commit('one');
    await place.open(fakeDoor({ world: done(webBehind(18_080)) }));
    place.write('web.yaml', webBehind(18_081));
    place.commit('another port');
    const { stdout } = await plan(...words);
    expect(stdout).toContain('\n- listener edge:18080  the port closes\n');
    expect(stdout).toContain('\n+ listener edge:18081\n');
    expect(stdout).toContain('Plan: 1 to create, 0 to update, 1 to delete.');
    expect(stdout).toContain('Warning: listener edge:18080 goes and its port closes');
  });

  it('--base and --head: what a pull request adds, whatever is in force', async () => {
    await place.open(fakeDoor({ world: done(web({ image: 'web:old' })) }));
    place.write('web.yaml', web());
    const base = place.commit('one');
    place.write('web.yaml', web({ count: 3 }));
    const head = place.commit('three tasks');
    const { stdout } = await plan('--base', base, '--head', head, '--output', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      commit: head,
      base,
      changes: [{ id: 'default/web', desiredCount: { before: 2, after: 3 }, deploys: false }],
    });
    expect((await plan('--base', head, '--head', head, '--detailed-exitcode')).code).toBe(0);
  });

  it('Markdown carries its marker', async () => {
    await place.open(fakeDoor({ world: world({ observed: observed([instance('local')]) }) }));
    place.write('web.yaml', web());
    place.commit('one');
    expect((await plan('--output', 'markdown')).stdout).toMatch(/^<!-- longshore:plan/);
  });

  it.each([
    ['text', /^web\.yaml:12:1: error/],
    ['json', /^\{\n {2}"valid": false/],
    ['markdown', /^### plan: 1 problem, nothing would change/],
  ])('a broken commit is not planned, said as %s; 1, in detail as well', async (output, says) => {
    place.write('web.yaml', BROKEN);
    place.commit('broken');
    const { code, stdout, stderr } = await plan('--output', output, '--detailed-exitcode');
    expect([code, stderr]).toEqual([1, 'result: INVALID (exit 1)\n']);
    expect(stdout).toMatch(says);
  });

  it('neither daemon nor engine: 1, says both, and leaves no state folder behind', async () => {
    place.write('web.yaml', web());
    place.commit('one');
    const state = join(place.state, 'never');
    const words = [
      'plan',
      '--repo',
      place.repository,
      '--state',
      state,
      '--engine',
      `unix://${place.state}/no.sock`,
      '--detailed-exitcode',
    ];
    const { code, stderr } = await longshore(words);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: no daemon and no engine answers: .+\nhint: Is Docker running\? .+\nresult: ERROR \(exit 1\)\n$/);
    expect(existsSync(state)).toBe(false);
  });

  it('a repository without a commit: 1 and a hint', async () => {
    const { code, stderr } = await plan();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .+\nhint: .+\nresult: ERROR \(exit 1\)\n$/);
  });

  it('a value that sounds like a secret is not printed', async () => {
    const secret = (word: string): string =>
      web().replace('    memory: 64', `    memory: 64\n    environment:\n      - { name: DB_PASSWORD, value: ${word} }`);
    await place.open(fakeDoor({ world: done(secret('s3cr3t-old')) }));
    place.write('web.yaml', secret('s3cr3t-new'));
    place.commit('new password');
    for (const output of ['text', 'json', 'markdown']) {
      const { stdout } = await plan('--output', output);
      expect(stdout).toContain('DB_PASSWORD');
      expect(stdout).not.toContain('s3cr3t');
    }
  });
});
