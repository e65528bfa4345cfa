// `longshore init` as people run it: real files, real processes, and an engine's answers from a socket. What it writes is read again by validate.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { documentsOf, nameOf } from '../../src/cli/init/container.ts';
import { longshore } from './spawn.ts';
import { makePlace } from './place.ts';
import type { Server } from 'node:http';
import type { Ended } from './spawn.ts';
import type { Inspected } from '../../src/cli/init/container.ts';
import type { Place } from './place.ts';

let place: Place;
let engine: Server | null = null;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  engine?.close();
  engine = null;
  await place.leave();
});

const SECRET = 'hunter2';

function container(change: Omit<Partial<Inspected>, 'Config'> & { Config?: Inspected['Config'] } = {}): Inspected {
  return { Name: '/web', HostConfig: {}, ...change, Config: { Image: 'web:1', ...change.Config } };
}

/** The first container definition of a container. */
function written(change: Parameters<typeof container>[0], image: Inspected['Config'] = {}): Readonly<Record<string, unknown>> {
  const [definition] = documentsOf({ name: 'web', container: container(change), image: { Config: image }, count: 1 });
  const plain = JSON.parse(JSON.stringify(definition?.fields)) as { containerDefinitions: Readonly<Record<string, unknown>>[] };
  return plain.containerDefinitions[0] ?? {};
}

describe('a container as a definition', () => {
  it.each([
    ['memory is a limit in MiB', { HostConfig: { Memory: 268_435_456 } }, {}, { memory: 256 }],
    ['without one it is a guess', {}, {}, { memoryReservation: 128 }],
    [
      'an entry point that was taken away',
      { Config: { Image: 'web:1', Entrypoint: null } },
      { Entrypoint: ['/init'] },
      { 'x-longshore': { noEntryPoint: true } },
    ],
    [
      'variables lose their values',
      { Config: { Env: [`WORD=${SECRET}`, 'PATH=/bin'] } },
      { Env: ['PATH=/bin'] },
      { environment: [{ name: 'WORD', value: null }] },
    ],
    [
      'the address of its metadata is not its own to keep',
      { Config: { Env: ['ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/x'] } },
      {},
      {},
    ],
    ['a command of its own', { Config: { Cmd: ['run'] } }, { Cmd: ['serve'] }, { command: ['run'] }],
    [
      'ports, each number once for IPv4 and IPv6',
      {
        HostConfig: {
          PortBindings: { '80/tcp': [{ HostPort: '8080' }, { HostIp: '::', HostPort: '8080' }], '53/udp': [{ HostPort: '' }] },
        },
      },
      {},
      {
        portMappings: [
          { containerPort: 80, hostPort: 8080 },
          { containerPort: 53, protocol: 'udp' },
        ],
      },
    ],
    [
      'a health check in seconds',
      { Config: { Healthcheck: { Test: ['CMD', 'true'], Interval: 1_500_000_000, Timeout: 0, Retries: 3 } } },
      {},
      { healthCheck: { command: ['CMD', 'true'], interval: 2, retries: 3 } },
    ],
    [
      'a folder and a volume, and none that has no name',
      {
        Mounts: [
          { Type: 'bind', Source: '/srv', Destination: '/a', RW: false },
          { Type: 'volume', Name: 'data', Destination: '/b', RW: true },
          { Type: 'volume', Name: 'f'.repeat(64), Destination: '/c', RW: true },
        ],
      },
      {},
      {
        mountPoints: [
          { sourceVolume: 'folder-1', containerPath: '/a', readOnly: true },
          { sourceVolume: 'data', containerPath: '/b' },
        ],
      },
    ],
    [
      'limits, capabilities, devices and names',
      {
        Config: { Hostname: 'shop', StopSignal: 'SIGUSR1', Tty: true },
        HostConfig: {
          NanoCpus: 500_000_000,
          PidsLimit: 50,
          ShmSize: 134_217_728,
          CapAdd: ['CAP_NET_ADMIN'],
          CapDrop: ['CHOWN'],
          Ulimits: [{ Name: 'nofile', Soft: 1_024, Hard: 2_048 }],
          Sysctls: { 'net.core.somaxconn': '1024' },
          Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/x', CgroupPermissions: 'r' }],
          Tmpfs: { '/run': '' },
          Dns: ['1.1.1.1'],
          ExtraHosts: ['db:10.0.0.5'],
          Init: true,
          LogConfig: { Type: 'gelf', Config: { tag: '$web', 'gelf-token': SECRET } },
        },
      },
      {},
      {
        hostname: 'shop',
        pseudoTerminal: true,
        ulimits: [{ name: 'nofile', softLimit: 1_024, hardLimit: 2_048 }],
        systemControls: [{ namespace: 'net.core.somaxconn', value: '1024' }],
        dnsServers: ['1.1.1.1'],
        extraHosts: [{ hostname: 'db', ipAddress: '10.0.0.5' }],
        logConfiguration: { logDriver: 'gelf', options: { tag: '$web' } },
        linuxParameters: {
          initProcessEnabled: true,
          sharedMemorySize: 128,
          capabilities: { add: ['NET_ADMIN'], drop: ['CHOWN'] },
          devices: [{ hostPath: '/dev/null', containerPath: '/dev/x', permissions: ['read'] }],
        },
        'x-longshore': { cpus: 0.5, pidsLimit: 50, stopSignal: 'SIGUSR1', tmpfs: [{ containerPath: '/run' }] },
      },
    ],
  ])('%s', (_what, change, image, expected) => {
    expect(written(change, image)).toMatchObject(expected);
    expect(JSON.stringify(written(change, image))).not.toContain(SECRET);
  });

  it('has the namespaces of its host on the task, and no ports then', () => {
    const host = {
      NetworkMode: 'host',
      PidMode: 'host',
      IpcMode: 'host',
      SecurityOpt: ['label=disable'],
      PortBindings: { '80/tcp': [{ HostPort: '80' }] },
    };
    const [definition] = documentsOf({ name: 'web', container: container({ HostConfig: host }), image: null, count: 1 });
    expect(JSON.parse(JSON.stringify(definition?.fields))).toEqual({
      family: 'web',
      networkMode: 'host',
      pidMode: 'host',
      ipcMode: 'host',
      containerDefinitions: [{ name: 'web', image: 'web:1', memoryReservation: 128 }],
    });
  });

  it('says so when the words of an engine are not understood', () => {
    const [definition] = documentsOf({ name: 'web', container: container({ HostConfig: { ExtraHosts: ['x'] } }), image: null, count: 1 });
    expect(definition?.comments).toContain('Its limits, devices, capabilities and names could not be read: compare with docker inspect.');
  });

  it('says nothing that its image says', () => {
    const config = {
      Env: ['PATH=/bin'],
      Cmd: ['serve'],
      Entrypoint: ['/init'],
      User: 'app',
      WorkingDir: '/srv',
      Healthcheck: { Test: ['CMD', 'true'] },
    };
    expect(written({ Config: config }, config)).toEqual({ name: 'web', image: 'web:1', memoryReservation: 128 });
  });

  it.each([
    ['/my.app_1', {}, 'my-app_1'],
    ['/shop-web-1', { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' }, 'shop-web'],
  ])('%s %j is called %s', (Name, Labels, name) => expect(nameOf(container({ Name, Config: { Labels } }))).toBe(name));
});

describe('the command', () => {
  const folder = (): string => join(place.state, 'fleet');
  const init = async (...words: string[]): Promise<Ended> => longshore(['init', folder(), ...words]);

  it('from nothing: an example that is valid, and what comes next', async () => {
    const { code, stdout, stderr } = await init();
    expect([code, stdout]).toEqual([0, 'web.yaml\n']);
    expect(stderr).toContain(`longshore validate ${folder()}`);
    expect((await longshore(['validate', folder()])).code).toBe(0);
  });

  it('writes nothing over what is there, and then nothing at all', async () => {
    mkdirSync(folder());
    writeFileSync(join(folder(), 'web.yaml'), 'mine');
    const { code, stderr } = await init();
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: .*web\.yaml exists already\nhint: /)]);
    expect(readFileSync(join(folder(), 'web.yaml'), 'utf8')).toBe('mine');
  });

  it('from an ECS project: a definition and its service in one file', async () => {
    place.write('task.json', '{ "family": "web", "containerDefinitions": [{ "name": "main", "image": "web:1", "memory": 64 }] }');
    place.write('service.json', '{ "serviceName": "shop", "taskDefinition": "web", "desiredCount": 2 }');
    const { code, stdout } = await init('--from', place.repository);
    expect([code, stdout]).toEqual([0, 'web.yaml\n']);
    expect(readFileSync(join(folder(), 'web.yaml'), 'utf8')).toMatch(/^kind: TaskDefinition\n[^]*---\nkind: Service\nserviceName: shop\n/);
    expect((await longshore(['validate', folder()])).code).toBe(0);
  });

  it('from an ECS project that names what AWS keeps: clusters, target groups and a load balancer are declared', async () => {
    place.write(
      'task.json',
      '{ "family": "web", "containerDefinitions": [{ "name": "main", "image": "web:1", "memory": 64, "portMappings": [{ "containerPort": 80 }] }] }',
    );
    const group = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-tg/0123456789abcdef';
    const balancers = `[{ "targetGroupArn": "${group}", "containerName": "main", "containerPort": 80 }]`;
    place.write(
      'service.json',
      `{ "cluster": "prod", "serviceName": "shop", "taskDefinition": "web", "desiredCount": 2, "loadBalancers": ${balancers} }`,
    );
    const { code, stdout, stderr } = await init('--from', place.repository);
    expect([code, stdout]).toEqual([0, 'web.yaml\nclusters.yaml\nload-balancer.yaml\n']);
    expect(stderr).toContain('clusters.yaml: the files name these clusters');
    expect(readFileSync(join(folder(), 'clusters.yaml'), 'utf8')).toBe('kind: Cluster\nclusterName: "prod"\n');
    expect((await longshore(['validate', folder()])).code).toBe(0);
  });

  it('from answers of ELB: a target group without a listener gets one, on a port that none has', async () => {
    place.write(
      'web.json',
      '{ "family": "web", "containerDefinitions": [{ "name": "app", "image": "app:1", "memory": 64, "portMappings": [{ "containerPort": 80 }] }] }',
    );
    const group = (name: string): string => `{ "targetGroupArn": "${name}", "containerName": "app", "containerPort": 80 }`;
    place.write(
      'service.json',
      `{ "serviceName": "web", "taskDefinition": "web", "desiredCount": 1, "loadBalancers": [${group('open')}, ${group('blue')}] }`,
    );
    place.write(
      'groups.json',
      '{ "TargetGroups": [{ "TargetGroupName": "blue", "Protocol": "HTTP" }, { "TargetGroupName": "open", "Protocol": "HTTP" }] }',
    );
    place.write(
      'edge.yaml',
      'kind: LoadBalancer\nname: public\nlisteners: [{ port: 8080, defaultActions: [{ type: forward, targetGroupArn: open }] }]\n',
    );
    const { code, stdout, stderr } = await init('--from', place.repository);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('no listener forwarded to blue;') });
    expect(stdout).toContain('named-load-balancer.yaml\n');
    expect(readFileSync(join(folder(), 'named-load-balancer.yaml'), 'utf8')).toContain('- port: 8081\n');
    expect((await longshore(['validate', folder()])).code).toBe(0);
  });

  it('from a compose project: a file for each service, and what belongs to it', async () => {
    place.write(
      'compose.yaml',
      'services:\n  web: { image: "web:1", ports: ["80"], env_file: a.env, volumes: ["data:/data"] }\nvolumes: { data: }\n',
    );
    place.write('a.env', 'MODE=fast\n');
    const { code, stdout, stderr } = await init('--from', place.repository);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[a-z0-9-]*web\.yaml\n$/);
    expect(stderr).toContain('values out of 1 file of variables may stand in these files now');
    expect(readFileSync(join(folder(), stdout.trim()), 'utf8')).toMatch(/name: MODE\n\s+value: fast/);
    expect((await longshore(['validate', folder()])).code).toBe(0);
  });

  it('from an ecspresso project: from its folder or its main file, where what that names lies beside it', async () => {
    place.write('ecspresso.yml', 'service: shop\nservice_definition: service.json\ntask_definition: task.json\n');
    const main = join(place.repository, 'ecspresso.yml');
    const alone = await init('--from', main);
    expect(alone).toMatchObject({ code: 1, stderr: expect.stringContaining(`read from its folder: --from ${place.repository}`) });
    place.write('task.json', '{ "family": "web", "containerDefinitions": [{ "name": "main", "image": "web:1", "memory": 64 }] }');
    place.write('service.json', '{ "desiredCount": 2 }');
    const other = join(place.state, 'other');
    expect(await longshore(['init', other, '--from', main])).toMatchObject({ code: 0, stdout: 'web.yaml\n' });
    expect(await init('--from', place.repository)).toMatchObject({ code: 0, stdout: 'web.yaml\n' });
    expect((await longshore(['validate', folder()])).code).toBe(0);
  });

  it('not from files with errors, and not beside them', async () => {
    place.write('task.json', '{ "family": "web", "containerDefinitions": [] }');
    expect(await init('--from', place.repository)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('error[') });
    const beside = await longshore(['init', place.repository, '--from', join(place.repository, 'task.json')]);
    expect(beside).toMatchObject({ code: 1, stderr: expect.stringContaining('would be defined twice') });
    expect(existsSync(folder())).toBe(false);
  });

  it('from an engine: replicas are one service, ours are left out, no value is written', async () => {
    const labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' };
    const web = container({ Config: { Image: 'web:1', Labels: labels, Env: [`WORD=${SECRET}`] }, HostConfig: { Memory: 134_217_728 } });
    const socket = await serve({
      '/containers/json': [
        { Id: 'a', Labels: labels },
        { Id: 'b', Labels: labels },
        { Id: 'c', Labels: { 'dev.longshore.installation': 'x' } },
      ],
      '/containers/a/json': { ...web, Image: 'sha256:1' },
      '/containers/b/json': { ...web, Image: 'sha256:1' },
    });
    const { code, stdout, stderr } = await init('--from-engine', '--engine', `unix://${socket}`);
    expect([code, stdout]).toEqual([0, 'shop-web.yaml\n']);
    expect(stderr).toContain('no value of a variable is taken over');
    const text = readFileSync(join(folder(), 'shop-web.yaml'), 'utf8');
    expect(text).not.toContain(SECRET);
    expect(text).toMatch(/- name: WORD\n +value: # to be filled in\n/);
    expect(text).toContain('desiredCount: 2');
    // A value that waits keeps the manifest from being used.
    const checked = await longshore(['validate', folder()]);
    expect([checked.code, checked.stdout]).toEqual([
      1,
      expect.stringMatching(/^shop-web\.yaml:\d+:\d+: error\[[\w-]+\]: .*environment\[0\]\.value/m),
    ]);
    writeFileSync(join(folder(), 'shop-web.yaml'), text.replace('value: #', 'value: set #'));
    expect((await longshore(['validate', folder()])).code).toBe(0);
  });

  it('not from an engine that is away', async () => {
    const { code, stderr } = await init('--from-engine', '--engine', `unix://${join(place.state, 'none.sock')}`);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: no engine answers at .*\nhint: Is Docker running\?/)]);
    expect(readdirSync(place.state)).toEqual([]);
  });

  /** An engine that has these answers, and no image. */
  async function serve(answers: Readonly<Record<string, unknown>>): Promise<string> {
    const all: Readonly<Record<string, unknown>> = {
      '/version': { ApiVersion: '1.44', MinAPIVersion: '1.24' },
      '/info': { NCPU: 1, MemTotal: 1 },
      ...answers,
    };
    const socket = join(place.state, 'engine.sock');
    const server = createServer((request, response) => {
      const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*$/, '');
      const answer = all[path];
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify(answer ?? { message: 'no such thing' }));
    });
    engine = server;
    await new Promise<void>((resolve) => {
      server.listen(socket, resolve);
    });
    return socket;
  }
});
