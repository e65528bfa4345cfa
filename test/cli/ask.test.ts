// The verbs that ask a running daemon: status, events, stop. Real processes, a real socket, a daemon that is a plain object.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { app, containerView, desired, identity, instance, ledger, NOW, observed, serviceRow, task, world } from '../build.ts';
import { fakeDoor } from '../api/fake-door.ts';
import { longshore, MAIN, start } from './spawn.ts';
import { makePlace } from './place.ts';
import { openStore } from '../../src/adapters/store/sqlite.ts';
import { type LogLine, logTime } from '../../src/model/task/container-log.ts';
import type { ContainerEvidence } from '../../src/model/task/stopped-task.ts';
import type { Place } from './place.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => place.leave());

describe('status', () => {
  it('shows commit, services, instances and listeners; 0', async () => {
    await place.open(fakeDoor({ refusedCommit: 'b'.repeat(40) }));
    const { code, stdout, stderr } = await longshore(['status', '--state', place.state]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('commit      aaaaaaaaaaaa in force');
    expect(stdout).toContain('bbbbbbbbbbbb refused: 0 errors; longshore plan --commit bbbbbbbbbbbb shows all');
    expect(stdout).toContain('far: away');
    expect(stdout).toContain('web-lb on port 8080: default/web - closed: EADDRINUSE');
    expect(stdout).toMatch(/^default\/web +2 +2 +0 +1 {2}web:2 +IN_PROGRESS for 0 ms$/m);
    expect(stdout).toContain('web:2 IN_PROGRESS: ECS deployment ecs-svc/2 in progress.');
    expect(stdout).toMatch(/^default\/web: task [0-9a-f]{12}: running for 0 ms of the 40 s until it counts as healthy$/m);
    expect(stdout).not.toContain('\u001b');
  });

  it('lists tasks with the reason of a stop when asked', async () => {
    await place.open(fakeDoor());
    const { stdout } = await longshore(['status', '--state', place.state, '--tasks']);
    expect(stdout).toMatch(/default\/web +web:1 +local +STOPPED +- +Essential container in task exited/);
  });

  it('is whole as JSON', async () => {
    await place.open(fakeDoor());
    const { stdout } = await longshore(['status', '--output', 'json'], { LONGSHORE_STATE: place.state });
    expect(JSON.parse(stdout)).toMatchObject({ ready: true, settled: true, services: [{ id: 'default/web', healthy: 1 }] });
  });

  it('has colours when asked for, and none under NO_COLOR', async () => {
    await place.open(fakeDoor());
    const words = ['status', '--state', place.state];
    expect((await longshore(words, { FORCE_COLOR: '1' })).stdout).toContain('\u001b[31m');
    expect((await longshore(words, { FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toContain('\u001b');
  });

  it('text from outside does not steer the terminal', async () => {
    await place.open(fakeDoor({ repository: 'evil\u001b]0;title\u0007\u001b[2J' }));
    const { stdout } = await longshore(['status', '--state', place.state]);
    expect(stdout).toContain('evil·]0;title··[2J');
  });
});

describe('events', () => {
  it('come one a line; 0', async () => {
    const door = fakeDoor();
    await place.open(door);
    door.turn({}, ['one', 'two', 'three']);
    const { code, stdout } = await longshore(['events', '--state', place.state, '--limit', '2']);
    expect(code).toBe(0);
    expect(stdout).toBe('#2  2026-01-01 00:00:00  default: two\n#3  2026-01-01 00:00:00  default: three\n');
  });

  it('begin after a number, or at a moment', async () => {
    const door = fakeDoor();
    await place.open(door);
    door.turn({}, ['one', 'two']);
    const after = await longshore(['events', '--state', place.state, '--since', '1', '--output', 'json']);
    expect(
      after.stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { message: string }).message),
    ).toEqual(['two']);
    expect((await longshore(['events', '--state', place.state, '--since', '1h'])).stdout).toBe('');
  });

  it('are followed until the daemon ends; 0', async () => {
    const door = fakeDoor();
    const opened = await place.open(door);
    const following = start(['events', '--follow', '--state', place.state]);
    await expect.poll(() => door.listeners.size, { timeout: 10_000 }).toBe(2);
    door.turn({}, ['a new one']);
    await expect.poll(() => following.stdout(), { timeout: 10_000 }).toContain('a new one');
    await opened.close();
    expect((await following.ended).code).toBe(0);
  });

  it('are followed until Ctrl-C; 130', async () => {
    const door = fakeDoor();
    await place.open(door);
    const following = start(['events', '-f', '--state', place.state]);
    await expect.poll(() => door.listeners.size, { timeout: 10_000 }).toBe(2);
    following.process.kill('SIGINT');
    const { code, stderr } = await following.ended;
    expect([code, stderr]).toEqual([130, 'result: INTERRUPTED (exit 130)\n']);
  });

  it('a reader that closes the pipe is no error', async () => {
    const door = fakeDoor();
    await place.open(door);
    const following = start(['events', '-f', '--state', place.state]);
    await expect.poll(() => door.listeners.size, { timeout: 10_000 }).toBe(2);
    following.process.stdout?.destroy();
    door.turn({}, ['nobody reads this']);
    const { code, stderr } = await following.ended;
    expect([code, stderr]).toEqual([0, '']);
  });

  it('are read from the store when the daemon has gone', async () => {
    const store = await openStore({ folder: place.state, holder: { pid: 1, host: 'h', startedAt: 0, command: 'c' } });
    await store.write(
      [],
      [{ at: 0, kind: 'service-steady', service: 'default/web', task: null, deployment: null, message: 'left behind' }],
    );
    await store.close();
    const { code, stdout } = await longshore(['events', '--state', place.state]);
    expect([code, stdout]).toEqual([0, '#1  1970-01-01 00:00:00  default: left behind\n']);
  });
});

describe('logs', () => {
  const line = (text: string, stream: LogLine['stream'] = 'stdout'): LogLine => ({ time: logTime(NOW), stream, text });
  const view = containerView(identity({ slot: 1 }));
  const shop = world({
    observed: observed([instance('local', [view])]),
    ledger: ledger({ services: [serviceRow()], tasks: [task({ slot: 1 })] }),
  });
  const origin = `web/${view.identity.task.slice(0, 8)}/main`;

  it('come with whose they are, and without a way to steer the terminal; 0', async () => {
    const door = fakeDoor({ world: shop });
    await place.open(door);
    door.write(view.id, line('one'), line('evil\u001b[2J', 'stderr'));
    const { code, stdout, stderr } = await longshore(['logs', 'web', '--state', place.state]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(`${origin} | one\n${origin} | evil·[2J\n`);
    const timed = await longshore(['logs', 'web', '--state', place.state, '--timestamps', '--tail', '1']);
    expect(timed.stdout).toBe(`${origin} | 2026-01-01T00:00:00.000000000Z evil·[2J\n`);
    const coloured = await longshore(['logs', 'web', '--state', place.state, '--tail', '1'], { FORCE_COLOR: '1' });
    expect(coloured.stdout).toContain('\u001b[3');
  });

  it('are one JSON object a line when asked; what can not be read is said on stderr', async () => {
    const door = fakeDoor({ world: shop });
    await place.open(door);
    door.write(view.id, line('one'));
    const { stdout } = await longshore(['logs', view.identity.task.slice(0, 8), '--state', place.state, '--output', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ service: 'default/web', task: view.identity.task, container: 'main', text: 'one' });
    door.unreadable.set(view.id, "its log driver none can't be read back");
    const none = await longshore(['logs', 'web', '--state', place.state]);
    expect([none.code, none.stdout, none.stderr]).toEqual([0, '', `${origin}: its log driver none can't be read back\n`]);
  });

  it('follow until Ctrl-C; 130', async () => {
    const door = fakeDoor({ world: shop });
    await place.open(door);
    door.write(view.id, line('one'));
    const running = start(['logs', 'web', '--follow', '--state', place.state]);
    await expect.poll(() => running.stdout(), { timeout: 10_000 }).toContain('one');
    door.write(view.id, line('two'));
    await expect.poll(() => running.stdout(), { timeout: 10_000 }).toContain('two');
    running.process.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
  });

  it('of what is not there: 1, and what there is', async () => {
    await place.open(fakeDoor({ world: shop }));
    const { code, stderr } = await longshore(['logs', 'wob', '--state', place.state]);
    expect(code).toBe(1);
    expect(stderr).toContain('error: the daemon refused: no service and no task is called wob\nhint: Did you mean web?');
  });
});

describe('describe and ps', () => {
  const running = containerView(identity({ slot: 1 }), { ports: [{ containerPort: 8080, hostPort: 32_768, protocol: 'tcp' }] });
  const shop = world({
    observed: observed([instance('local', [running])]),
    ledger: ledger({ services: [serviceRow()], tasks: [task({ slot: 1, startedAt: NOW - 5_000 })] }),
  });
  const over = task({
    ...{ slot: 2, lastStatus: 'STOPPED', desiredStatus: 'STOPPED', stoppedAt: NOW, stopCode: 'EssentialContainerExited' },
    stoppedReason: 'Essential container in task exited (main: exit code 137)',
  });
  const left: ContainerEvidence = {
    ...{ name: 'main', exitCode: 137, oomKilled: true, error: '', startedAt: NOW, finishedAt: NOW, logMissing: null },
    health: [{ at: NOW, exitCode: 1, output: 'connection refused\n' }],
    log: [{ time: logTime(NOW), stream: 'stderr', text: 'no memory \u001b[2J' }],
  };
  const { name: _, ...now } = {
    ...left,
    exitCode: null,
    oomKilled: false,
    log: [{ time: logTime(NOW), stream: 'stdout', text: 'serving' }] as const,
  };
  const opened = async (): Promise<void> => {
    const door = fakeDoor({ world: shop });
    door.stopped.push({ task: over, containers: [left] });
    door.left.set(running.id, now);
    await place.open(door);
  };
  const asked = async (...words: string[]) => longshore([...words, '--state', place.state]);

  it('a task that runs: where, its containers, its last lines; 0', async () => {
    await opened();
    const { code, stdout, stderr } = await asked('describe', 'task', running.identity.task.slice(0, 8));
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(
      `task        ${running.identity.task}\nservice     default/web\nstatus      RUNNING, wanted RUNNING, UNKNOWN\n`,
    );
    expect(stdout).toContain('container main: RUNNING\n');
    expect(stdout).toContain('  port      127.0.0.1:32768 to 8080/tcp\n');
    expect(stdout).toContain('    2026-01-01T00:00:00.000  serving\n');
  });

  it('a task that has stopped: why, exit code, checks, last lines', async () => {
    await opened();
    const { stdout } = await asked('describe', 'task', over.id.slice(0, 8));
    expect(stdout).toContain(
      'stop code   EssentialContainerExited\nreason      Essential container in task exited (main: exit code 137)\n',
    );
    expect(stdout).toContain('container main: STOPPED, exit code 137\n');
    expect(stdout).toContain('  reason    OutOfMemoryError: Container killed due to memory usage\n');
    expect(stdout).toContain('  check     2026-01-01 00:00:00 exit code 1: connection refused\n');
    expect(stdout).toContain('    2026-01-01T00:00:00.000  no memory ·[2J\n');
    const json = await asked('describe', 'task', over.id, '--output', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      task: { id: over.id, stopCode: 'EssentialContainerExited' },
      containers: [{ exitCode: 137 }],
    });
    expect((await asked('logs', over.id.slice(0, 8))).stdout).toContain('/main | no memory ·[2J\n');
  });

  it('a service: its deployments and tasks, those that have stopped included', async () => {
    await opened();
    const { stdout } = await asked('describe', 'service', 'web');
    expect(stdout).toContain('tasks       1 desired, 1 running, 0 pending, 0 healthy\n');
    expect(stdout).toMatch(/^[0-9a-f]{8} +default\/web .* STOPPED .*exit code 137\)$/m);
    expect((await asked('ps')).stdout.split('\n')).toHaveLength(3);
    expect((await asked('ps', 'web', '--stopped')).stdout.split('\n')).toHaveLength(4);
  });

  it('of what is the other, or nothing: 1, and what to ask instead', async () => {
    await opened();
    expect((await asked('describe', 'task', 'web')).stderr).toContain('web is a service, not a task\nhint: longshore ps web');
    expect((await asked('describe', 'service', over.id)).stderr).toContain('no service and no task is called');
    expect((await asked('describe', 'service', running.identity.task)).stderr).toContain('is a task, not a service');
  });
});

describe('exec', () => {
  const view = containerView(identity({ slot: 1 }));
  const allowed = (enableExecuteCommand: boolean) => {
    const web = app('web');
    return world({
      desired: desired([{ ...web, service: { ...web.service, enableExecuteCommand } }]),
      observed: observed([instance('local', [view])]),
      ledger: ledger({ services: [serviceRow()], tasks: [task({ slot: 1 })] }),
    });
  };
  const piped = async (input: string, ...words: string[]) =>
    new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
      const child = spawn(process.execPath, [MAIN, 'exec', ...words], { env: { PATH: process.env['PATH'], LONGSHORE_STATE: place.state } });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
      child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
      child.once('close', (code) => resolve({ code, stdout, stderr }));
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });

  it('runs a command where it is allowed, with what comes through a pipe; the exit code is its own', async () => {
    const door = fakeDoor({ world: allowed(true) });
    await place.open(door);
    const long = `${'x'.repeat(300_000)}\nend\n`;
    const { code, stdout, stderr } = await piped(long, 'web', '-i', '--', 'cat', '-', '--flag');
    expect(code).toBe(5);
    expect(stdout).toBe(long);
    expect(stderr).toBe(`in task ${view.identity.task.slice(0, 8)}, container main\n$ cat - --flag\n`);
    expect(door.sessions[0]?.request).toMatchObject({ command: ['cat', '-', '--flag'], stdin: true, tty: false });
    await expect.poll(() => door.sessions[0]?.session.hungUp()).toBe(true);
  });

  it('sends nothing without -i, and says nothing of the place that was named', async () => {
    await place.open(fakeDoor({ world: allowed(true) }));
    const { code, stdout, stderr } = await piped('ignored', view.identity.task.slice(0, 8), '--container', 'main', '--', 'ls');
    expect([code, stdout, stderr]).toEqual([5, '', '$ ls\n']);
  });

  it('hangs up when it is interrupted; 130', async () => {
    const door = fakeDoor({ world: allowed(true) });
    await place.open(door);
    const child = spawn(process.execPath, [MAIN, 'exec', 'web', '-i', '--', 'cat'], { env: { LONGSHORE_STATE: place.state } });
    await expect.poll(() => door.sessions.length, { timeout: 10_000 }).toBe(1);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    await expect.poll(() => door.sessions[0]?.session.hungUp()).toBe(true);
  });

  it('is refused where the service does not allow it, and where nothing runs; 1', async () => {
    const door = fakeDoor({ world: allowed(false) });
    await place.open(door);
    const { code, stderr } = await piped('', 'web', '--', 'ls');
    expect(code).toBe(1);
    expect(stderr).toContain('service default/web does not allow commands in its tasks\nhint: Set enableExecuteCommand: true');
    door.turn({ world: allowed(true) });
    expect((await piped('', 'web', '--container', 'db', '--', 'ls')).stderr).toContain(
      'has no running container db\nhint: These run: main.',
    );
    expect((await piped('', 'web', '-t', '--', 'ls')).stderr).toContain('stdin is not a terminal');
    expect(door.sessions).toEqual([]);
  });
});

describe('stop-task', () => {
  const id = identity({ slot: 1 }).task;
  const opened = async () => {
    const door = fakeDoor({ world: world({ ledger: ledger({ services: [serviceRow()], tasks: [task({ slot: 1 })] }) }) });
    await place.open(door);
    return door;
  };

  it('asks for a stop with a reason and says what will come; asking again is no error; 0', async () => {
    const door = await opened();
    const { code, stdout } = await longshore(['stop-task', id.slice(0, 8), '--reason', 'stuck\nsince noon', '--state', place.state]);
    expect([code, stdout]).toEqual([0, `task ${id.slice(0, 8)} of default/web is being stopped: stuck since noon\n`]);
    expect(door.commands).toMatchObject([{ kind: 'stop-task', task: id, reason: 'stuck since noon' }]);
    const again = await longshore(['stop-task', id, '--state', place.state, '--output', 'json']);
    expect(JSON.parse(again.stdout)).toEqual({ task: id, service: 'default/web', outcome: 'already', stoppedReason: 'stuck since noon' });
  });

  it('refuses what is no task, and a reason that is too long; 1', async () => {
    const door = await opened();
    const { code, stderr } = await longshore(['stop-task', 'web', '--state', place.state]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('web is a service, not a task\nhint: longshore ps web lists its tasks.')]);
    const long = await longshore(['stop-task', id, '--reason', 'x'.repeat(256), '--state', place.state]);
    expect(long.stderr).toContain('the reason has 256 characters, 255 at most');
    expect(door.commands).toEqual([]);
  });
});

describe('stop', () => {
  it('ends the daemon and waits until it is gone; 0', async () => {
    await place.open(fakeDoor());
    const { code, stdout, stderr } = await longshore(['stop', '--state', place.state]);
    expect([code, stderr]).toEqual([0, 'result: OK (exit 0)\n']);
    expect(stdout).toBe(`daemon ${process.pid} has ended; tasks go on\n`);
    expect(existsSync(join(place.state, 'longshore.sock'))).toBe(false);
  });

  it('says that no proxy is there, either; 7', async () => {
    const { code, stdout, stderr } = await longshore(['stop', '--proxy', '--state', place.state]);
    expect([code, stdout]).toEqual([7, 'no proxy answers\n']);
    expect(stderr).toContain('NO_DAEMON');
  });

  it('gives up on a daemon that does not end; 4', async () => {
    const door = fakeDoor();
    const opened = await place.open(door);
    const close = opened.close.bind(opened);
    Object.assign(opened, { close: async () => {} });
    const { code, stderr } = await longshore(['stop', '--timeout', '300ms', '--state', place.state]);
    Object.assign(opened, { close });
    expect(code).toBe(4);
    expect(stderr).toContain(`daemon ${process.pid} has not ended within 0.3 s`);
  });
});
