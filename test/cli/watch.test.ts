// `longshore watch` as a process: how it starts, refuses, ends. What it does to a real engine is shown in test/e2e; here no engine answers.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { doorClient } from '../../src/api/client.ts';
import { longshore, start } from './spawn.ts';
import { makePlace, web } from './place.ts';
import { readState } from '../../src/adapters/proxy/control-client.ts';
import { openStore } from '../../src/adapters/store/sqlite.ts';
import type { AddressInfo } from 'node:net';
import type { Place } from './place.ts';
import type { Running } from './spawn.ts';

let place: Place;
let words: string[];
const running: Running[] = [];
beforeEach(() => {
  place = makePlace();
  words = [
    'watch',
    '--repo',
    place.repository,
    '--state',
    place.state,
    '--engine',
    `unix://${place.state}/no.sock`,
    '--installation',
    'cli-test',
  ];
});
afterEach(async () => {
  for (const one of running.splice(0)) {
    if (one.process.exitCode === null) one.process.kill('SIGKILL');
    await one.ended;
  }
  await place.leave();
});

/** A daemon whose door is open. */
async function watching(...more: string[]): Promise<Running> {
  const one = start([...words, ...more]);
  running.push(one);
  await expect.poll(async () => answers(), { timeout: 15_000 }).toBe(true);
  return one;
}

const status = async () => doorClient(join(place.state, 'longshore.sock')).status();

async function answers(): Promise<boolean> {
  try {
    await status();
    return true;
  } catch {
    return false;
  }
}

describe('watch', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s ends it; 0, and no socket is left', async (signal) => {
    const daemon = await watching();
    daemon.process.kill(signal);
    const { code, stdout } = await daemon.ended;
    expect(code).toBe(0);
    const messages = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { message: string }).message);
    expect(messages).toContain('longshore watches');
    expect(messages.at(-1)).toBe('longshore has stopped; tasks and proxy go on');
    expect(existsSync(join(place.state, 'longshore.sock'))).toBe(false);
  });

  it('Ctrl-C reaches git before it reaches us: what that breaks off is not reported', async () => {
    const folder = join(place.state, 'bin');
    const asked = join(place.state, 'asked');
    mkdirSync(folder);
    // A git that hangs until it hears the signal itself.
    writeFileSync(join(folder, 'git'), `#!/bin/sh\n: > ${asked}\nexec sleep 20\n`, { mode: 0o755 });
    const daemon = start(words, { PATH: `${folder}:${process.env['PATH']}` }, true);
    running.push(daemon);
    await expect.poll(() => existsSync(asked), { timeout: 15_000 }).toBe(true);
    await expect.poll(async () => answers(), { timeout: 15_000 }).toBe(true);
    process.kill(-(daemon.process.pid ?? 0), 'SIGINT');
    const { code, stdout } = await daemon.ended;
    expect(code).toBe(0);
    expect(stdout).toContain('longshore has stopped');
    expect(stdout).not.toContain('could not be read');
  });

  it('longshore stop ends it; 0', async () => {
    const daemon = await watching();
    expect((await longshore(['stop', '--state', place.state])).code).toBe(0);
    expect((await daemon.ended).code).toBe(0);
  });

  it('a second one on the same state is refused and told who holds it; 5', async () => {
    const daemon = await watching();
    const { code, stderr } = await longshore(words);
    expect(code).toBe(5);
    expect(stderr).toContain(`is held by process ${daemon.process.pid} on `);
    expect(stderr).toMatch(/\nhint: Stop that daemon first.+\nresult: LOCKED \(exit 5\)\n$/);
    expect(await answers()).toBe(true);
  });

  it('one that was killed leaves a socket that its successor replaces', async () => {
    const daemon = await watching();
    daemon.process.kill('SIGKILL');
    await daemon.ended;
    expect(existsSync(join(place.state, 'longshore.sock'))).toBe(true);
    expect(await longshore(['status', '--state', place.state])).toMatchObject({ code: 7 });
    await watching();
  });

  it('status names the branch that HEAD named at the start, and a checkout of another one puts nothing in force', async () => {
    place.write('web.yaml', web());
    const first = place.commit('one');
    const daemon = await watching();
    await expect.poll(async () => (await status()).commit, { timeout: 10_000 }).toBe(first);
    place.git('checkout', '--quiet', '-b', 'feature');
    place.commit('not yet');
    expect((await longshore(['status', '--state', place.state])).stdout).toContain(`repository  ${place.repository}#main\n`);
    place.git('checkout', '--quiet', 'main');
    const second = place.commit('two');
    await expect.poll(async () => (await status()).commit, { timeout: 10_000 }).toBe(second);
    const { stdout } = await longshore(['events', '--state', place.state]);
    expect(stdout.match(/commit [0-9a-f]{12} is in force/g)).toHaveLength(2);
    expect(daemon.stdout()).toContain('"branch":"main"');
  });

  it('a detached HEAD at the start names no branch: status says what to do, the last good commit stays in force until it is done', async () => {
    place.write('web.yaml', web());
    const first = place.commit('one');
    const before = await watching();
    await expect.poll(async () => (await status()).commit, { timeout: 10_000 }).toBe(first);
    before.process.kill('SIGTERM');
    await before.ended;
    place.git('checkout', '--quiet', '--detach');
    const commit = place.commit('two');
    place.git('branch', '--force', 'main');
    await watching();
    await expect.poll(async () => (await status()).repositoryError, { timeout: 10_000 }).toContain('HEAD is detached');
    const { stdout } = await longshore(['status', '--state', place.state]);
    expect(stdout).toContain('HEAD is detached, so it names no branch to follow (Name the branch with --branch, or check one out.)');
    expect((await status()).commit).toBe(first);
    place.git('checkout', '--quiet', 'main');
    await expect.poll(async () => (await status()).commit, { timeout: 15_000 }).toBe(commit);
    expect(await status()).toMatchObject({ repositoryError: null, repository: `${place.repository}#main` });
  });

  it('a bad first commit stays refused, and status says so', async () => {
    place.write('web.yaml', 'kind: Nothing\n');
    const commit = place.commit('bad');
    await watching();
    await expect.poll(async () => (await status()).refusedCommit, { timeout: 10_000 }).toBe(commit);
    expect((await longshore(['status', '--state', place.state])).stdout).toMatch(
      new RegExp(`${commit.slice(0, 12)} refused: 1 error; longshore plan --commit .+ shows all\\n +web\\.yaml:\\d+: `),
    );
  });

  it('metrics on a loopback port when asked', async () => {
    const daemon = await watching('--metrics-port', '0');
    const line =
      daemon
        .stdout()
        .split('\n')
        .find((text) => text.includes('longshore watches')) ?? '{}';
    const { metricsPort } = JSON.parse(line) as { metricsPort: number };
    const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
    expect(await response.text()).toContain('longshore_instances_connected 0');
  });

  it('a taken metrics port: 1, a hint, and the state folder is free again', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await longshore([...words, '--metrics-port', String(port)]);
    taken.close();
    expect([code, stderr]).toEqual([1, expect.stringContaining('hint: Choose another port')]);
    await (await openStore({ folder: place.state, holder: { pid: 1, host: 'h', startedAt: 0, command: 'c' } })).close();
    expect(await readState(join(place.state, 'proxy.sock'))).toBeNull();
  });
});

describe('watch --once', () => {
  const once = async (...more: string[]) => longshore([...words, '--once', ...more]);

  it.each([
    ['a service', web()],
    ['no service', 'kind: Cluster\n'],
  ])('no engine answers, %s declared; 6', async (_what, text) => {
    place.write('web.yaml', text);
    place.commit('one');
    const { code, stderr } = await once();
    expect(code).toBe(6);
    expect(stderr).toMatch(/^error: no engine answers: engine local: .+\nhint: Is Docker running\?.+\nresult: NO_ENGINE \(exit 6\)\n$/);
  });

  it('the time is up first; 4', async () => {
    place.write('web.yaml', web());
    place.commit('one');
    const { code, stderr } = await once('--timeout', '500ms');
    expect(code).toBe(4);
    expect(stderr).toMatch(/^error: not settled after 0\.5 s.*\nhint: .+\nresult: TIMED_OUT \(exit 4\)\n$/);
  });

  it('the commit is refused; 1', async () => {
    place.write('web.yaml', web({ extra: 'desiredcount: 3' }));
    const commit = place.commit('broken');
    const { code, stderr } = await once();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^error: commit ${commit.slice(0, 12)} is refused: web\\.yaml:12: .+\nhint: .+\nresult: INVALID \\(exit 1\\)\n$`),
    );
  });

  it('the repository is not there; 1', async () => {
    rmSync(place.repository, { recursive: true });
    const { code, stderr } = await once();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .+\nhint: .+\nresult: ERROR \(exit 1\)\n$/);
  });

  it('interrupted; 130', async () => {
    place.write('web.yaml', web());
    place.commit('one');
    const daemon = await watching('--once');
    daemon.process.kill('SIGINT');
    const { code, stderr } = await daemon.ended;
    expect([code, stderr]).toEqual([130, 'result: INTERRUPTED (exit 130)\n']);
  });
});
