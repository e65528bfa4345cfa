// What a container on a real engine sees of the settings in its definition: one that reports on itself is made from manifests' own fields,
// by the core's translation and the adapter. What not every test machine can show (rights that it lacks itself, GPUs, other runtimes, drivers of other logs) is shown by the
// request that creates the container.
import { afterAll, describe, expect, it } from 'vitest';
import { callEngine } from '../../../scripts/engine.mjs';
import { createBody } from '../../../src/adapters/docker/container-body.ts';
import { RUN_LIMIT_MS, definitionRunner } from '../../support/definition-runner.ts';
import { until } from '../../support/docker-harness.ts';
import { BRIDGE } from '../../../src/model/task/container-network.ts';
import { TaskDefinition } from '../../../src/model/task/task-definition.ts';
import { networkCall } from '../../../src/adapters/docker/networks.ts';
import { networksNeeded } from '../../../src/core/task/network.ts';
import { proves, provesRequest } from '../../proves.ts';

const runner = await definitionRunner();
afterAll(() => runner.dispose());

/** A program that prints what it sees as one line of JSON. */
const REPORT = `
const { readFileSync: read, existsSync, readdirSync } = require('node:fs');
const text = (path) => { try { return read(path, 'utf8').trim() } catch (error) { return error.code } };
const status = Object.fromEntries(text('/proc/self/status').split('\\n').map((line) => line.split(':\\t')));
console.log(JSON.stringify({
  hostname: require('node:os').hostname(), hosts: text('/etc/hosts'), resolv: text('/etc/resolv.conf'), domain: text('/proc/sys/kernel/domainname'),
  capabilities: status.CapEff, noNewPrivileges: status.NoNewPrivs, groups: status.Groups, seccomp: status.Seccomp,
  limits: text('/proc/self/limits'), mounts: text('/proc/mounts'), first: text('/proc/1/cmdline').replaceAll('\\0', ' '),
  somaxconn: text('/proc/sys/net/core/somaxconn'), oom: text('/proc/self/oom_score_adj'), cpus: status.Cpus_allowed_list,
  terminal: process.stdout.isTTY === true, device: existsSync('/dev/mine'), interfaces: Object.keys(require('node:os').networkInterfaces()),
  processes: readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).length,
}));`;

const NOTHING = `console.log('{}')`;

interface Report {
  readonly [fact: string]: string | number | boolean | readonly string[];
}

async function report(fields: object, task: object = {}): Promise<Report> {
  return JSON.parse((await runner.run(REPORT, fields, task)).output) as Report;
}

describe('a container sees', { timeout: RUN_LIMIT_MS * 2 }, () => {
  it('its names: hostname, domain, hosts, DNS', async () => {
    proves('containerDefinitions[].{hostname,extraHosts[].{hostname,ipAddress},dnsSearchDomains,x-longshore.{domainname,dnsOptions}}');
    const seen = await report({
      hostname: 'web-1',
      extraHosts: [{ hostname: 'db.example', ipAddress: '10.1.2.3' }],
      dnsServers: ['10.9.8.7'],
      dnsSearchDomains: ['svc.example'],
      'x-longshore': { domainname: 'example', dnsOptions: ['ndots:3'] },
    });
    expect(seen).toMatchObject({ hostname: 'web-1', domain: 'example' });
    expect(seen['hosts']).toMatch(/^10\.1\.2\.3\s+db\.example$/m);
    expect(seen['resolv']).toMatch(/search svc\.example[^]*options .*ndots:3|options .*ndots:3[^]*search svc\.example/);
  });

  it('the program of its command where the entry point of its image is taken away', async () => {
    proves('containerDefinitions[].x-longshore.noEntryPoint');
    const asWritten = { entryPoint: undefined, command: ['/usr/bin/node', '-e', REPORT], user: '0:0' };
    const seen = await report({ ...asWritten, 'x-longshore': { noEntryPoint: true } });
    expect(seen['first']).toMatch(/^\/usr\/bin\/node -e /);
  });

  it('its rights: capabilities, security options, groups, limits, kernel parameters', async () => {
    proves(
      'containerDefinitions[].linuxParameters.capabilities.{add,drop}',
      'containerDefinitions[].{dockerSecurityOptions,ulimits[].{name,softLimit,hardLimit},systemControls[].{namespace,value}}',
      'containerDefinitions[].x-longshore.{groupAdd,oomScoreAdj,securityOptions,cpuset}',
    );
    const seen = await report({
      user: '0:0',
      linuxParameters: { capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } },
      dockerSecurityOptions: ['no-new-privileges:true'],
      ulimits: [{ name: 'sigpending', softLimit: 1234, hardLimit: 2345 }],
      systemControls: [{ namespace: 'net.core.somaxconn', value: '333' }],
      'x-longshore': { groupAdd: ['4711'], oomScoreAdj: 321, securityOptions: ['seccomp=unconfined'], cpuset: '0' },
    });
    // NET_ADMIN is capability 12, and nothing else is left.
    expect(seen).toMatchObject({
      capabilities: '0000000000001000',
      noNewPrivileges: '1',
      somaxconn: '333',
      oom: '321',
      cpus: '0',
      seccomp: '0',
    });
    expect(String(seen['groups']).split(' ')).toContain('4711');
    expect(seen['limits']).toMatch(/Max pending signals\s+1234\s+2345/);
  });

  it('memory file systems, /dev/shm, devices, an init process, a terminal', async () => {
    proves(
      'containerDefinitions[].linuxParameters.{initProcessEnabled,sharedMemorySize,tmpfs[].{containerPath,size,mountOptions}}',
      'containerDefinitions[].{pseudoTerminal,linuxParameters.devices[].{hostPath,containerPath},x-longshore.tmpfs[].{containerPath,size,options}}',
    );
    const seen = await report({
      pseudoTerminal: true,
      interactive: true,
      linuxParameters: {
        initProcessEnabled: true,
        sharedMemorySize: 8,
        tmpfs: [{ containerPath: '/scratch', size: 3, mountOptions: ['noexec', 'mode=1777'] }],
        devices: [{ hostPath: '/dev/null', containerPath: '/dev/mine', permissions: ['read'] }],
      },
      'x-longshore': { tmpfs: [{ containerPath: '/free', size: 65_536, options: ['nodev'] }, { containerPath: '/wide' }] },
    });
    expect(seen['first']).toMatch(/^\/sbin\/docker-init|^\/dev\/init/);
    expect(seen).toMatchObject({ terminal: true, device: true });
    expect(seen['mounts']).toMatch(/^tmpfs \/scratch tmpfs \S*noexec\S*size=3072k/m);
    expect(seen['mounts']).toMatch(/^tmpfs \/free tmpfs \S*nodev\S*size=64k/m);
    expect(seen['mounts']).toMatch(/^tmpfs \/wide tmpfs /m);
    expect(seen['mounts']).toMatch(/^shm \/dev\/shm tmpfs \S*size=8192k/m);
  });

  it.each([
    ['disableNetworking', { disableNetworking: true }, {}],
    ['networkMode none', {}, { networkMode: 'none' }],
  ])('no network but its own loopback with %s', async (_, fields, task) => {
    proves('containerDefinitions[].disableNetworking', 'networkMode: none');
    expect((await report(fields, task))['interfaces']).toEqual(['lo']);
  });

  it('the processes of its instance with pidMode host, its own alone without', async () => {
    proves('pidMode: host');
    expect((await report({}, { pidMode: 'host' }))['processes']).toBeGreaterThan(5);
    expect((await report({}))['processes']).toBe(1);
  });

  it('the processes and the shared memory of another container of its task, and of no other', async () => {
    proves('containerDefinitions[].x-longshore.{pidMode,ipcMode}');
    const owner = `require('node:fs').writeFileSync('/dev/shm/of-owner', 'here'); setInterval(() => {}, 1000)`;
    const made = runner.specOf(
      { name: 'owner', user: '0:0', entryPoint: ['/usr/bin/node', '-e', owner], command: [], 'x-longshore': { ipcMode: 'shareable' } },
      {},
      2_000,
    );
    const id = (await runner.create(made)).container?.id ?? '';
    expect((await runner.start(made, id)).error).toBeNull();
    const look = `const fs = require('node:fs');
      const read = (path) => { try { return fs.readFileSync(path, 'utf8') } catch (error) { return error.code } };
      const look = () => ({ first: read('/proc/1/cmdline').includes('of-owner'), memory: read('/dev/shm/of-owner') });
      const say = (tries) => tries > 0 && look().memory === 'ENOENT' ? setTimeout(say, 100, tries - 1) : console.log(JSON.stringify(look()));`;
    const joined = { user: '0:0', 'x-longshore': { pidMode: 'container:owner', ipcMode: 'container:owner' } };
    const see = async (fields: object, tries: number): Promise<unknown> =>
      JSON.parse((await runner.run(`${look} say(${tries})`, fields, {}, 2_000)).output);
    expect(await see(joined, 50)).toEqual({ first: true, memory: 'here' });
    expect(await see({ name: 'alone', user: '0:0' }, 0)).toMatchObject({ memory: 'ENOENT' });
  });

  it('the processes of its instance with pidMode host of its own', async () => {
    expect((await report({ 'x-longshore': { pidMode: 'host', ipcMode: 'private' } }))['processes']).toBeGreaterThan(5);
  });

  it('is stopped by the signal that it asks for', async () => {
    proves('containerDefinitions[].x-longshore.stopSignal');
    const program = `process.on('SIGUSR1', () => { console.log('{"signal":"SIGUSR1"}'); process.exit(0) }); setInterval(() => {}, 1000); process.kill(1, 0)`;
    const made = runner.specOf({ entryPoint: ['/usr/bin/node', '-e', program], command: [], 'x-longshore': { stopSignal: 'SIGUSR1' } });
    const id = (await runner.create(made)).container?.id ?? '';
    await runner.start(made, id);
    let isUp = false;
    const look = setInterval(() => {
      void callEngine(runner.socketPath, `/containers/${id}/top?ps_args=-o%20pid`, { limitMs: RUN_LIMIT_MS }).then(
        ({ status }) => (isUp = status === 200),
      );
    }, 50);
    await until(() => isUp, 'the program runs');
    clearInterval(look);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const stop = { key: 'stop', kind: 'stop-container', container: id, timeoutSeconds: 10 } as const;
    const base = { because: 'a test asks for it', instance: 'contract', identity: made.identity };
    const stopped = await runner.engine.act({ ...base, ...stop }, AbortSignal.timeout(RUN_LIMIT_MS));
    expect(stopped.container?.view).toMatchObject({ state: 'exited', exitCode: 0 });
  });

  it('swap, processes and cores within its limits, as the engine has noted them', async () => {
    const { host } = await runner.run(NOTHING, {
      linuxParameters: { maxSwap: 64, swappiness: 10 },
      'x-longshore': { pidsLimit: 99, cpus: 0.5, cgroupNamespace: 'private' },
    });
    expect(host).toMatchObject({ Memory: 134_217_728, MemorySwap: 201_326_592, PidsLimit: 99, NanoCpus: 500_000_000 });
  });

  it('its output goes where it says: files with the given rotation, or those that stand for AWS', async () => {
    proves(
      'containerDefinitions[].logConfiguration.{logDriver: json-file,logDriver: awslogs,options}',
      'containerDefinitions[].x-longshore.logging.options',
    );
    const logs = async (logConfiguration: object) => (await runner.run(NOTHING, { logConfiguration })).host['LogConfig'];
    expect(await logs({ logDriver: 'json-file', options: { 'max-size': '1m' } })).toEqual({
      Type: 'json-file',
      Config: { 'max-size': '1m' },
    });
    expect(
      await logs({ logDriver: 'awslogs', options: { 'awslogs-group': 'web', 'awslogs-region': 'eu-west-1', mode: 'non-blocking' } }),
    ).toEqual({
      Type: 'json-file',
      Config: { 'max-size': '10m', 'max-file': '3', mode: 'non-blocking' },
    });
    const options = (await runner.run(NOTHING, { 'x-longshore': { logging: { options: { 'max-size': '2m' } } } })).host['LogConfig'];
    expect(options).toMatchObject({ Config: { 'max-size': '2m' } });
  });
});

describe('what not every test machine shows stands in the request', () => {
  const body = (fields: object, task: object = {}) => createBody(runner.specOf(fields, task).spec, '0.0.0.0', '1.44');

  it.each<[what: string, fields: object, host: object]>([
    [
      'GPUs',
      { resourceRequirements: [{ type: 'GPU', value: '2' }] },
      { DeviceRequests: [{ Driver: 'nvidia', Count: 2, Capabilities: [['gpu']] }] },
    ],
    [
      'all GPUs',
      { resourceRequirements: [{ type: 'GPU', value: 'ALL' }] },
      { DeviceRequests: [{ Driver: 'nvidia', Count: -1, Capabilities: [['gpu']] }] },
    ],
    [
      'a log service, which does not block',
      { logConfiguration: { logDriver: 'fluentd', options: { 'fluentd-address': 'tcp://10.0.0.1:24224' } } },
      {
        LogConfig: {
          Type: 'fluentd',
          Config: { mode: 'non-blocking', 'max-buffer-size': '10m', 'fluentd-address': 'tcp://10.0.0.1:24224' },
        },
      },
    ],
    [
      'a log service that may block',
      { logConfiguration: { logDriver: 'syslog', options: { mode: 'blocking' } } },
      { LogConfig: { Type: 'syslog', Config: { mode: 'blocking' } } },
    ],
    [
      'AppArmor and SELinux',
      { dockerSecurityOptions: ['apparmor:web', 'label:type:web_t'] },
      { SecurityOpt: ['apparmor=web', 'label=type:web_t'] },
    ],
    ['another runtime', { 'x-longshore': { runtime: 'runsc' } }, { Runtime: 'runsc' }],
    ['options of the storage driver', { 'x-longshore': { storageOptions: { size: '5G' } } }, { StorageOpt: { size: '5G' } }],
    ['annotations', { 'x-longshore': { annotations: { a: 'b' } } }, { Annotations: { a: 'b' } }],
    ['device rules', { 'x-longshore': { deviceCgroupRules: ['c 1:3 r'] } }, { DeviceCgroupRules: ['c 1:3 r'] }],
    ['a parent cgroup', { 'x-longshore': { cgroupParent: 'web.slice' } }, { CgroupParent: 'web.slice' }],
    ['namespaces of the host', { 'x-longshore': { usernsMode: 'host', utsMode: 'host' } }, { UsernsMode: 'host', UTSMode: 'host' }],
    ['a container that outlives others when memory is short', { 'x-longshore': { oomKillDisable: true } }, { OomKillDisable: true }],
    ['memory and swap together', { 'x-longshore': { memorySwap: 512 } }, { MemorySwap: 536_870_912 }],
    ['no limit of swap', { 'x-longshore': { memorySwap: -1 } }, { MemorySwap: -1 }],
    ['no swappiness without maxSwap', { linuxParameters: { swappiness: 5 } }, { MemorySwappiness: undefined }],
    [
      'a port on one address',
      { portMappings: [{ containerPort: 80, hostPort: 8080, 'x-longshore': { hostIp: '127.0.0.1' } }] },
      { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] } },
    ],
    ['the journal of systemd', { logConfiguration: { logDriver: 'journald' } }, { LogConfig: { Type: 'journald' } }],
    [
      'a device of which the container may make nodes',
      { linuxParameters: { devices: [{ hostPath: '/dev/fuse', permissions: ['read', 'mknod'] }] } },
      { Devices: [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rm' }] },
    ],
  ])('%s', (_, fields, host) => {
    provesRequest('no machine that runs the tests has a GPU', 'containerDefinitions[].resourceRequirements[].{type: GPU,value}');
    provesRequest('not every machine that runs the tests has systemd', 'containerDefinitions[].logConfiguration.logDriver: journald');
    provesRequest('Docker lets every container make nodes', 'containerDefinitions[].linuxParameters.devices[].permissions: mknod');
    provesRequest('engines before API 1.43 pass over it', 'containerDefinitions[].x-longshore.annotations');
    provesRequest('the usual storage driver takes them on one file system only', 'containerDefinitions[].x-longshore.storageOptions');
    provesRequest('the engine of the tests maps no users', 'containerDefinitions[].x-longshore.usernsMode');
    expect(body(fields)['HostConfig']).toMatchObject(host);
  });

  it.each([
    ['host', 'host'],
    ['none', 'none'],
  ])('the IPC mode %s', (ipcMode, expected) => {
    expect(body({}, { ipcMode })['HostConfig']).toMatchObject({ IpcMode: expected });
  });

  it('a health check beyond the limits of ECS', () => {
    provesRequest('engines before API 1.44 pass over it', 'containerDefinitions[].healthCheck.x-longshore.startInterval');
    const healthCheck = {
      command: ['CMD', '/check'],
      interval: 30,
      startPeriod: 10,
      'x-longshore': { interval: 0.5, retries: 20, startInterval: 0.1 },
    };
    expect(body({ healthCheck })['Healthcheck']).toEqual({
      ...{ Test: ['CMD', '/check'], Interval: 500_000_000, Timeout: 5_000_000_000, Retries: 20 },
      ...{ StartPeriod: 10_000_000_000, StartInterval: 100_000_000 },
    });
  });

  it('a network without IPv4', () => {
    provesRequest('engines before API 1.47 refuse it', 'x-longshore.networks[].enableIpv4');
    const networks = [{ name: 'six', enableIpv4: false, enableIpv6: true, subnets: ['fd00:7::/64'] }];
    const containerDefinitions = [{ name: 'app', image: 'app:1', memory: 128, 'x-longshore': { networks: [{ name: 'six' }] } }];
    const definition = TaskDefinition.parse({ family: 'web', 'x-longshore': { networks }, containerDefinitions });
    const [needed] = networksNeeded(definition, 'installation', 'default', null);
    const owner = { installation: 'installation', cluster: null };
    const body = { EnableIPv4: false, EnableIPv6: true, IPAM: { Config: [{ Subnet: 'fd00:7::/64' }] } };
    expect(networkCall('six', needed?.options ?? BRIDGE, owner)).toMatchObject({ apiVersion: '1.47', body });
    expect(networkCall('four', BRIDGE, owner)).not.toHaveProperty('apiVersion');
  });

  it('a MAC address of the container before API 1.44, which passes over that of an endpoint', () => {
    const { spec } = runner.specOf({ 'x-longshore': { networks: [{ name: 'back', macAddress: '02:42:ac:11:65:43' }] } });
    expect(createBody(spec, '0.0.0.0', '1.43')).toMatchObject({ MacAddress: '02:42:ac:11:65:43' });
    const since = createBody(spec, '0.0.0.0', '1.44');
    expect(since).not.toHaveProperty('MacAddress');
    expect(since).toMatchObject({ NetworkingConfig: { EndpointsConfig: { back: { MacAddress: '02:42:ac:11:65:43' } } } });
  });
});
