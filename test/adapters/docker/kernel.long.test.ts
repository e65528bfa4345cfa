// What the kernel of a real engine makes of a container definition: limits, rights, namespaces, devices and ports, as the container finds them
// in its own /proc and /sys, or as its neighbours meet them. Both versions of cgroups are known.
import { afterAll, describe, expect, it } from 'vitest';
import { connect } from 'node:net';
import { existsSync } from 'node:fs';
import { callEngine } from '../../../scripts/engine.mjs';
import { RUN_LIMIT_MS, definitionRunner } from '../../support/definition-runner.ts';
import { engineJson, freePort, removeContainer } from '../../support/engine.ts';
import type { ActResult } from '../../../src/daemon/ports.ts';
import { BRIDGE } from '../../../src/model/task/container-network.ts';
import { IMAGE } from '../../support/images.ts';
import { echoed } from '../../support/datagrams.ts';
import { TaskDefinition } from '../../../src/model/task/task-definition.ts';
import { networkName } from '../../../src/model/turn/identity.ts';
import { networksNeeded } from '../../../src/core/task/network.ts';
import { proves } from '../../proves.ts';

const runner = await definitionRunner();
afterAll(() => runner.dispose());

const MIB = 1_048_576;
/** A device that Docker gives to nobody unasked. */
const DEVICE = existsSync('/dev/fuse') ? '/dev/fuse' : '/dev/net/tun';
/** Prints the limits of its cgroup in the words of cgroup v2; `v1` says in which words they were found. */
const LIMITS = `
const text = (path) => { try { return require('node:fs').readFileSync('/sys/fs/cgroup/' + path, 'utf8').trim() } catch { return null } };
const v1 = text('cgroup.controllers') === null; const either = (old, now) => text(v1 ? old : now);
console.log(JSON.stringify({ v1,
  shares: either('cpu/cpu.shares', 'cpu.weight'), quota: either('cpu/cpu.cfs_quota_us', 'cpu.max')?.split(' ')[0],
  memory: Number(either('memory/memory.limit_in_bytes', 'memory.max')), soft: Number(either('memory/memory.soft_limit_in_bytes', 'memory.low')),
  swap: Number(either('memory/memory.memsw.limit_in_bytes', 'memory.swap.max')), swappiness: either('memory/memory.swappiness', 'memory.swappiness'),
  oom: either('memory/memory.oom_control', 'memory.oom_control'), processes: either('pids/pids.max', 'pids.max') }));`;

interface Seen {
  readonly [fact: string]: unknown;
}

async function sees(program: string, fields: object, task: object = {}): Promise<Seen> {
  return JSON.parse((await runner.run(program, fields, task)).output) as Seen;
}

async function outputOf(id: string): Promise<string> {
  const { body } = await callEngine(runner.socketPath, `/containers/${id}/logs?stdout=1`, { limitMs: RUN_LIMIT_MS });
  return body.slice(body.indexOf('{'));
}

describe('the kernel gives a container', { timeout: RUN_LIMIT_MS * 2 }, () => {
  it('its share and its limit of the processors, its limits of memory, swap and processes', async () => {
    proves(
      'containerDefinitions[].{cpu,memory,memoryReservation,linuxParameters.{maxSwap,swappiness}}',
      'containerDefinitions[].x-longshore.{cpus,pidsLimit,oomKillDisable}',
    );
    const seen = await sees(LIMITS, {
      ...{ cpu: 512, memory: 128, memoryReservation: 64, linuxParameters: { maxSwap: 32, swappiness: 10 } },
      'x-longshore': { cpus: 0.25, pidsLimit: 99, oomKillDisable: true },
    });
    expect(seen).toMatchObject({ memory: 128 * MIB, soft: 64 * MIB, quota: '25000', processes: '99' });
    // 512 shares of 1,024 are a weight of 20 of 100; version 2 counts swap by itself, and knows neither swappiness nor a container that is spared.
    if (seen['v1'] === true)
      expect(seen).toMatchObject({
        shares: '512',
        swap: 160 * MIB,
        swappiness: '10',
        oom: expect.stringContaining('oom_kill_disable 1') as string,
      });
    else expect(seen).toMatchObject({ shares: '20', swap: 32 * MIB });
  });

  it('the limits of its task where it has none of its own, or none at all', async () => {
    proves('cpu', 'memory', 'containerDefinitions[].x-longshore.{memorySwap,unlimitedMemory}');
    const [ofTask, own, none] = await Promise.all([
      sees(LIMITS, { memory: undefined }, { cpu: '.5 vcpu', memory: '1 GB' }),
      sees(LIMITS, { memory: 64, 'x-longshore': { memorySwap: 96 } }, { cpu: '512', memory: '1024' }),
      sees(LIMITS, { memory: undefined, 'x-longshore': { unlimitedMemory: true } }),
    ]);
    expect(ofTask).toMatchObject({ quota: '50000', memory: 1_024 * MIB });
    expect(own).toMatchObject({ quota: '50000', memory: 64 * MIB, swap: own['v1'] === true ? 96 * MIB : 32 * MIB });
    expect(none['memory'] === null || Number(none['memory']) > 2 ** 50).toBe(true);
  });

  it('its user, its folder, a root that can only be read, an open input', async () => {
    proves('containerDefinitions[].{user,workingDirectory,readonlyRootFilesystem,interactive}');
    const program = `const fs = require('node:fs'); let wrote = 'written'; try { fs.writeFileSync('/tmp/a', '') } catch (error) { wrote = error.code }
      console.log(JSON.stringify({ uid: process.getuid(), gid: process.getgid(), folder: process.cwd(), wrote, input: fs.readlinkSync('/proc/self/fd/0') }))`;
    const fields = { user: '1234:2345', workingDirectory: '/usr/bin', readonlyRootFilesystem: true, interactive: true };
    expect(await sees(program, fields)).toEqual({
      uid: 1234,
      gid: 2345,
      folder: '/usr/bin',
      wrote: 'EROFS',
      input: expect.stringContaining('pipe:') as string,
    });
    expect((await sees(program, {}))['input']).toBe('/dev/null');
  });

  it('every right of root, where it is privileged', async () => {
    proves('containerDefinitions[].privileged');
    const program = `console.log(JSON.stringify({ rights: /CapEff:\\s*(\\w+)/.exec(require('node:fs').readFileSync('/proc/self/status', 'utf8'))[1] }))`;
    const made = runner.specOf({ entryPoint: ['/usr/bin/node', '-e', program], command: [], user: '0', privileged: true });
    const id = (await runner.create(made)).container?.id ?? '';
    const { error } = await runner.start(made, id);
    // Who lacks rights himself, as root of a container does, can't give them: then the refusal shows that they were asked for.
    if (error !== null) return expect(error.message).toMatch(/unable to apply caps|operation not permitted/);
    await engineJson(runner.socketPath, `/containers/${id}/wait`, 'POST');
    const { rights } = JSON.parse(await outputOf(id)) as { rights: string };
    // SYS_ADMIN is capability 21, and Docker gives it to nobody else.
    expect((BigInt(`0x${rights}`) >> 21n) & 1n).toBe(1n);
  });

  it('the namespaces of its instance, or none, where it asks for them', async () => {
    proves(
      'ipcMode: host',
      'ipcMode: none',
      'containerDefinitions[].x-longshore.{utsMode,cgroupParent,cgroupNamespace: host,cgroupNamespace: private}',
    );
    const program = `const fs = require('node:fs'); console.log(JSON.stringify({ ipc: fs.readlinkSync('/proc/self/ns/ipc'), host: require('node:os').hostname(),
      shm: /\\s\\/dev\\/shm\\s/.test(fs.readFileSync('/proc/mounts', 'utf8')), cgroup: fs.readFileSync('/proc/self/cgroup', 'utf8') }))`;
    const { Name } = await engineJson<{ Name: string }>(runner.socketPath, '/info');
    const [plain, host, other, none] = await Promise.all([
      sees(program, { 'x-longshore': { cgroupNamespace: 'private' } }),
      sees(
        program,
        { 'x-longshore': { utsMode: 'host', cgroupNamespace: 'host', cgroupParent: 'longshore-tests.slice' } },
        { ipcMode: 'host' },
      ),
      sees(program, {}, { ipcMode: 'host' }),
      sees(program, {}, { ipcMode: 'none' }),
    ]);
    expect(host['ipc']).toBe(other['ipc']);
    expect(plain['ipc']).not.toBe(host['ipc']);
    expect([plain['shm'], none['shm']]).toEqual([true, false]);
    expect(none['ipc']).not.toBe(host['ipc']);
    expect([host['host'], plain['host'] === Name]).toEqual([Name, false]);
    expect(host['cgroup']).toMatch(/:\/(?:\S*\/)?longshore-tests\.slice\/\S*[0-9a-f]{64}/);
    expect(plain['cgroup']).not.toMatch(/[0-9a-f]{64}/);
  });

  it('devices, for what it may do with them, and those that its rules let it open', async () => {
    proves(
      'containerDefinitions[].linuxParameters.devices[].{permissions: read,permissions: write}',
      'containerDefinitions[].x-longshore.deviceCgroupRules',
    );
    const program = `const fs = require('node:fs'); const opens = (path) => ['r', 'a'].map((flag) => {
      try { fs.closeSync(fs.openSync(path, flag)); return 'open' } catch (error) { return error.code } });
      console.log(JSON.stringify({ given: opens('/dev/given'), bound: opens('${DEVICE.replace('/dev/', '/instance/')}') }))`;
    const given = (permission: string) => ({
      linuxParameters: { devices: [{ hostPath: DEVICE, containerPath: '/dev/given', permissions: [permission] }] },
    });
    const folder = { volumes: [{ name: 'dev', host: { sourcePath: '/dev' } }] };
    const bound = { mountPoints: [{ sourceVolume: 'dev', containerPath: '/instance' }] };
    const [reads, writes, ruled] = await Promise.all([
      sees(program, { user: '0', ...given('read') }),
      sees(program, { user: '0', ...given('write') }),
      sees(program, { user: '0', ...bound, 'x-longshore': { deviceCgroupRules: ['c 10:* r'] } }, folder),
    ]);
    expect(reads['given']).toEqual(['open', 'EPERM']);
    expect(writes['given']).toEqual(['EPERM', 'open']);
    expect(ruled['bound']).toEqual(['open', 'EPERM']);
  });
});

describe('the engine gives a container', { timeout: RUN_LIMIT_MS * 2 }, () => {
  it('ports of the instance, of the protocol, number and address that it asks for, and its labels', async () => {
    proves(
      'containerDefinitions[].portMappings[].{hostPort,protocol: tcp,protocol: udp,x-longshore.hostIp}',
      'containerDefinitions[].dockerLabels',
    );
    const [tcp, udp] = [await freePort(), await freePort()];
    const program = `const udp = require('node:dgram').createSocket('udp4'); udp.on('message', (text, { port, address }) => udp.send('udp ' + text, port, address)); udp.bind(8081);
      require('node:net').createServer((socket) => socket.end('tcp')).listen(8080); setInterval(() => {}, 1e6)`;
    const made = runner.specOf({
      ...{ entryPoint: ['/usr/bin/node', '-e', program], command: [], dockerLabels: { team: runner.installation } },
      portMappings: [
        { containerPort: 8080, hostPort: tcp, protocol: 'tcp', 'x-longshore': { hostIp: '127.0.0.1' } },
        { containerPort: 8081, hostPort: udp, protocol: 'udp' },
      ],
    });
    const id = (await runner.create(made)).container?.id ?? '';
    expect((await runner.start(made, id)).error).toBeNull();
    await expect.poll(() => saidBy('127.0.0.1', tcp), { timeout: RUN_LIMIT_MS }).toBe('tcp');
    // Another address of this machine, which 0.0.0.0 would have covered.
    expect(await saidBy('127.0.0.2', tcp)).toBe('ECONNREFUSED');
    await expect.poll(() => echoed(udp, 'hello'), { timeout: RUN_LIMIT_MS }).toBe('udp hello');
    const filters = encodeURIComponent(JSON.stringify({ label: [`team=${runner.installation}`] }));
    expect(await engineJson<{ Id: string }[]>(runner.socketPath, `/containers/json?filters=${filters}`)).toMatchObject([{ Id: id }]);
    await removeContainer(runner.socketPath, id);
  });

  it('the network of its cluster in bridge, which is the default, and DNS servers where it has its own way out', async () => {
    proves('networkMode: bridge', 'networkMode: default', 'containerDefinitions[].dnsServers');
    const program = `console.log(JSON.stringify({ interfaces: Object.keys(require('node:os').networkInterfaces()).sort(), resolv: require('node:fs').readFileSync('/etc/resolv.conf', 'utf8') }))`;
    for (const networkMode of ['bridge', 'default']) {
      const { id, output } = await runner.run(program, {}, { networkMode });
      expect(JSON.parse(output)).toMatchObject({ interfaces: ['eth0', 'lo'] });
      const { NetworkSettings } = await engineJson<{ NetworkSettings: { Networks: object } }>(runner.socketPath, `/containers/${id}/json`);
      expect(Object.keys(NetworkSettings.Networks)).toEqual([networkName(runner.installation, 'default')]);
    }
    // On a network of its own an engine answers itself, and asks these servers.
    expect((await sees(program, { dnsServers: ['10.9.8.7'] }, { networkMode: 'host' }))['resolv']).toMatch(/^nameserver 10\.9\.8\.7$/m);
  });

  it('the runtime and the driver of networks that it asks for, or says that it has none', async () => {
    proves('containerDefinitions[].x-longshore.runtime', 'x-longshore.networks[].driver');
    expect((await sees(LIMITS, { 'x-longshore': { runtime: 'runc' } }))['memory']).toBe(128 * MIB);
    const { error } = await runner.create(runner.specOf({ 'x-longshore': { runtime: 'nobody-has-it' } }));
    expect(error?.message).toMatch(/nobody-has-it/);
    const network = `${runner.installation}-strange`;
    const ofDriver = async (driver: string): Promise<ActResult> => {
      const containerDefinitions = [{ name: 'app', image: IMAGE, memory: 128, 'x-longshore': { networks: [{ name: network }] } }];
      const definition = TaskDefinition.parse({
        family: 'web',
        'x-longshore': { networks: [{ name: network, driver }] },
        containerDefinitions,
      });
      const [needed] = networksNeeded(definition, runner.installation, 'default', null);
      const action = { key: 'network', kind: 'create-network', network, cluster: null, options: needed?.options ?? BRIDGE } as const;
      return runner.engine.act({ ...action, because: 'a test asks for it', instance: 'contract' }, AbortSignal.timeout(RUN_LIMIT_MS));
    };
    expect((await ofDriver('nobody-has-it')).error?.message).toMatch(/nobody-has-it/);
    expect((await ofDriver('bridge')).error).toBeNull();
  });
});

/** What a server says when it is spoken to, or the code of the failure. */
async function saidBy(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.setTimeout(2_000, () => socket.destroy(new Error('silent')));
    let said = '';
    socket.on('data', (bytes) => (said += bytes.toString()));
    socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    socket.on('end', () => resolve(said));
  });
}
