// What people do with running tasks, on a real engine: read their logs, run a command in them, stop one, and ask afterwards why it stopped.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mainFile } from '../../scripts/build.mjs';
import { BASE } from './programs.ts';
import { container, service, taskDefinition, yaml } from './definitions.ts';
import { echoed } from '../support/datagrams.ts';
import { type House, makeHouse } from './house.ts';
import { proves } from '../proves.ts';
import { startLoad } from './load.ts';
import { web } from './manifests.ts';
import type { TaskDescription, TaskList } from '../../src/api/describe.ts';

const MAIN = mainFile();
/** The usual service, with more fields. */
const manifest = (port: number, more: object = {}): string =>
  web({ version: '1', port }).replace('"kind":"Service"', JSON.stringify({ kind: 'Service', ...more }).slice(1, -1));

/** Says on each port of a range in which container it is, and which port. An engine works for each port: there are two. */
const RELAY = yaml(
  taskDefinition('relay', {}, [
    container(
      'relay',
      `${BASE} const name = require('node:os').hostname();
       for (const port of [9000, 9001]) {
         const udp = require('node:dgram').createSocket('udp4');
         udp.on('message', (text, from) => udp.send(name + ' ' + port, from.port, from.address)).bind(port);
       }`,
      { portMappings: [{ containerPortRange: '9000-9001', protocol: 'udp' }] },
    ),
  ]),
  service('relay', { desiredCount: 2 }),
);

describe('running tasks on a real engine', () => {
  let house: House;
  beforeAll(async () => {
    house = await makeHouse();
    const commit = house.commit({ 'web.yaml': manifest(house.port, { enableExecuteCommand: true }), 'relay.yaml': RELAY });
    house.start();
    await house.settled(commit);
  });
  afterAll(async () => {
    await house.dispose();
  });
  const said = async (verb: string, ...words: string[]) => house.run(verb, '--state', house.state, ...words);
  const tasks = async (...words: string[]): Promise<TaskList> =>
    JSON.parse((await said('ps', 'web', '--output', 'json', ...words)).stdout) as TaskList;

  test("a range of ports has a run of the instance's ports, its own and no other task's, and describe tells it", async () => {
    proves('containerDefinitions[].portMappings[].containerPortRange');
    const { tasks: relays } = JSON.parse((await said('ps', 'relay', '--output', 'json')).stdout) as TaskList;
    const starts: number[] = [];
    for (const { id } of relays) {
      const found = JSON.parse((await said('describe', 'task', id, '--output', 'json')).stdout) as TaskDescription;
      const [relay] = found.containers;
      const first = found.task.hostRanges?.[0]?.hostPort ?? 0;
      expect(relay?.networkBindings).toEqual([
        { containerPortRange: '9000-9001', hostPortRange: `${first}-${first + 1}`, protocol: 'udp', bindIP: '0.0.0.0' },
      ]);
      for (const offset of [0, 1])
        await expect.poll(() => echoed(first + offset, 'hello'), { timeout: 10_000 }).toBe(`${relay?.id?.slice(0, 12)} ${9_000 + offset}`);
      if (starts.length === 0) expect((await said('describe', 'task', id)).stdout).toContain(`:${first}-${first + 1} to 9000-9001/udp`);
      starts.push(first);
    }
    expect(starts).toHaveLength(2);
    expect(Math.abs((starts[0] ?? 0) - (starts[1] ?? 0))).toBeGreaterThanOrEqual(2);
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(61_000);
  });

  test('a command runs in a task, with its input and its exit code', async () => {
    const [task] = (await tasks()).tasks;
    const program = "process.stdin.on('data', (text) => console.log(`got ${text}`)).on('end', () => process.exit(7))";
    const words = ['exec', task?.id ?? '', '-i', '--state', house.state, '--', '/usr/bin/node', '-e', program];
    const { status, stdout } = spawnSync(process.execPath, [MAIN, ...words], { input: 'hello', encoding: 'utf8' });
    expect([status, stdout]).toEqual([7, 'got hello\n']);
    const none = await said('exec', 'web', '--', '/no/such/program');
    expect([126, 127]).toContain(none.code);
  });

  test('a command gets a terminal of the size of ours', () => {
    const words = [
      'exec',
      'web',
      '-it',
      '--state',
      house.state,
      '--',
      '/usr/bin/node',
      '-e',
      `"console.log([process.stdout.columns,process.stdin.isTTY].join(' '))"`,
    ];
    const command = `stty cols 91 rows 20; ${process.execPath} ${MAIN} ${words.join(' ')}`;
    const typed = execFileSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', timeout: 30_000 });
    expect(typed).toContain('91 true');
  });

  test("Ctrl-C on a terminal is the command's", async () => {
    const program = `"process.on('SIGINT',()=>process.exit(9));setInterval(()=>{},99);console.log('waits')"`;
    const words = ['exec', 'web', '-it', '--state', house.state, '--', '/usr/bin/node', '-e', program];
    const typing = spawn('script', ['-qec', `${process.execPath} ${MAIN} ${words.join(' ')}`, '/dev/null']);
    const ended = new Promise((resolve) => typing.once('close', resolve));
    typing.stdout.on('data', (bytes: Buffer) => {
      if (bytes.includes('waits')) typing.stdin.write('\u0003');
    });
    expect(await ended).toBe(9);
  });

  test('what a task writes comes through the daemon, and goes on with the task that replaces it', async () => {
    const [first] = (await tasks()).tasks;
    const write = "require('fs').writeFileSync('/proc/1/fd/1', 'a word for the log\\n')";
    expect((await said('exec', first?.id ?? '', '--', '/usr/bin/node', '-e', write)).code).toBe(0);
    const { stdout } = await said('logs', 'web', '--tail', '5', '--timestamps');
    expect(stdout).toMatch(new RegExp(`^web/${first?.id.slice(0, 8)}/app \\| \\d{4}-[^ ]+Z a word for the log$`, 'm'));
  });

  test('a stopped task is drained and replaced without a failed request, and can be asked about when it is gone', async () => {
    const [before] = (await tasks()).tasks;
    const id = before?.id ?? '';
    const load = startLoad(house.port, 100);
    const { code, stdout } = await said('stop-task', id.slice(0, 8), '--reason', 'stuck since noon');
    expect([code, stdout]).toEqual([0, `task ${id.slice(0, 8)} of e2e/web is being stopped: stuck since noon\n`]);
    await expect
      .poll(async () => (await tasks('--stopped')).stopped.map((task) => task.id), { timeout: 60_000, interval: 500 })
      .toContain(id);
    await expect.poll(async () => (await house.status()).settled, { timeout: 60_000, interval: 500 }).toBe(true);
    expect((await load.stop()).failures).toEqual([]);
    expect((await tasks()).tasks.filter((task) => task.lastStatus === 'RUNNING')).toHaveLength(2);
    expect((await house.containers()).some((container) => container.task === id)).toBe(false);
    const found = JSON.parse((await said('describe', 'task', id.slice(0, 8), '--output', 'json')).stdout) as TaskDescription;
    expect(found.task).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'stuck since noon', lastStatus: 'STOPPED' });
    expect(found.containers).toMatchObject([{ name: 'app', status: 'STOPPED', exitCode: 0 }]);
    expect(found.containers[0]?.evidence?.log.map(({ text }) => text)).toContain('a word for the log');
    expect(found.events.at(-1)?.kind).toBe('task-stopped');
    expect((await said('logs', id.slice(0, 8))).stdout).toContain('a word for the log');
  });

  test('a service that does not allow commands refuses them', async () => {
    const commit = house.commit({ 'web.yaml': manifest(house.port) });
    await house.settled(commit);
    const { code, stderr } = await said('exec', 'web', '--', '/usr/bin/node', '--version');
    expect(code).toBe(1);
    expect(stderr).toContain('service e2e/web does not allow commands in its tasks');
  });
});
