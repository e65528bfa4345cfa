// Tasks of several containers on a real engine, from a commit on: the order in which they start and stop, the network that they share or are
// found on. What the containers print is what they see; nothing is read from Longshore's own pictures.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type House, makeHouse } from './house.ts';
import { type Json, balanced, container, node, service, taskDefinition } from './definitions.ts';
import { IMAGE } from '../support/images.ts';
import { containerOf, endsSince, eventually, kill, networksOf, printed } from './inside.ts';
import { freePort } from './ports.ts';
import { get } from './get.ts';
import { proves } from '../proves.ts';

/** Prints a line of JSON; ends on the stop signal. */
const BASE = `const say = (what) => console.log(JSON.stringify(what)); process.on('SIGTERM', () => process.exit(0)); const fs = require('node:fs');
const address = () => Object.values(require('node:os').networkInterfaces()).flat().find((one) => !one.internal)?.address;`;
const STAY = 'setInterval(() => {}, 1e6);';

function serve(port: number, name: string): string {
  return `require('node:http').createServer((request, response) => response.end(${JSON.stringify(name)})).listen(${port});`;
}

function lookUp(...names: readonly string[]): string {
  return `const dns = require('node:dns').promises; Promise.all(${JSON.stringify(names)}.map(
    (name) => dns.lookup(name).then(() => name, () => name + ' unknown'))).then((found) => say({ found }));`;
}

describe('a task of several containers', { timeout: 120_000 }, () => {
  let house: House;
  beforeAll(async () => {
    house = await makeHouse();
    house.start();
  });
  afterAll(async () => {
    await house.dispose();
  });
  const deploy = async (...documents: readonly Json[]): Promise<void> => {
    const cluster = { kind: 'Cluster', clusterName: 'e2e' };
    const text = [cluster, ...documents].map((document) => JSON.stringify(document)).join('\n---\n');
    await house.settled(house.commit({ 'all.yaml': text }), 100_000);
  };

  test('starts in the order of dependsOn, shares a volume, and stops in the reverse order', async () => {
    proves(
      'family',
      'volumes[].name',
      'containerDefinitions[].{name,entryPoint,command,essential,healthCheck.{command,interval},dependsOn[].containerName}',
      'containerDefinitions[].dependsOn[].{condition: SUCCESS,condition: HEALTHY}',
      'containerDefinitions[].mountPoints[].{sourceVolume,containerPath}',
    );
    const mounts = { user: '0', mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }] };
    const check = { command: ['CMD', ...node("require('node:fs').readFileSync('/tmp/up')")], interval: 5, timeout: 3, retries: 5 };
    const definition = taskDefinition('order', { volumes: [{ name: 'data' }] }, [
      container('app', `${BASE} say({ read: fs.readFileSync('/data/made', 'utf8'), started: Date.now() }); ${STAY}`, {
        ...mounts,
        dependsOn: [
          { containerName: 'init', condition: 'SUCCESS' },
          { containerName: 'db', condition: 'HEALTHY' },
        ],
      }),
      container('db', `${BASE} fs.writeFileSync('/tmp/up', ''); say({ up: Date.now() }); ${STAY}`, { healthCheck: check }),
      container('init', `${BASE} setTimeout(() => { fs.writeFileSync('/data/made', 'by init'); say({ ended: Date.now() }) }, 700)`, {
        ...mounts,
        essential: false,
      }),
    ]);
    await deploy(definition, service('order'));
    const [init] = await printed(house, 'order', 'init');
    const [app] = await printed(house, 'order', 'app');
    const [up] = await printed(house, 'order', 'db');
    expect(app).toMatchObject({ read: 'by init' });
    expect(Number(app?.['started'])).toBeGreaterThan(Number(init?.['ended']));
    // Docker looks for the first time after an interval.
    expect(Number(app?.['started'])).toBeGreaterThan(Number(up?.['up']) + 4_000);
    const [first, last] = [await containerOf(house, 'order', 'app'), await containerOf(house, 'order', 'db')];
    expect(last?.health).toBe('healthy');
    const ids = [first?.id ?? '', last?.id ?? ''];
    const since = Date.now();
    await deploy();
    const ends = await endsSince(house, since, ids);
    expect(ends.get(ids[1] ?? '')).toBeGreaterThan(ends.get(ids[0] ?? '') ?? Number.POSITIVE_INFINITY);
  });

  test('in awsvpc shares one network: one address, localhost, and the load balancer reaches it', async () => {
    proves('networkMode: awsvpc', 'pidMode: task', 'containerDefinitions[].{portMappings[].containerPort,dependsOn[].condition: START}');
    const heard = `require('node:http').get('http://127.0.0.1:8080', (response) => response.on('data', (data) => say({ heard: String(data) })));`;
    const definition = taskDefinition('pod', { networkMode: 'awsvpc', pidMode: 'task', ipcMode: 'task' }, [
      container('app', `${BASE} say({ address: address() }); ${serve(8080, 'pod')}`, { portMappings: [{ containerPort: 8080 }] }),
      container(
        'side',
        `${BASE} say({ address: address(), processes: fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).length });
         setTimeout(() => { ${heard} }, 500); ${STAY}`,
        { dependsOn: [{ containerName: 'app', condition: 'START' }] },
      ),
    ]);
    const loadBalancers = [{ targetGroupArn: 'pod', containerName: 'app', containerPort: 8080 }];
    await deploy(
      definition,
      service('pod', { loadBalancers, networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } } }),
      ...balanced('pod', house.port),
    );
    expect(await get(house.port)).toMatchObject({ status: 200, body: 'pod' });
    const [app] = await printed(house, 'pod', 'app');
    const side = await printed(house, 'pod', 'side', 2);
    expect(side[0]?.['address']).toBe(app?.['address']);
    // The pause container, the application and this one.
    expect(Number(side[0]?.['processes'])).toBeGreaterThanOrEqual(3);
    expect(side[1]).toEqual({ heard: 'pod' });
  });

  test('dies with the container that owns its network, and another task takes its place', async () => {
    const pause = await containerOf(house, 'pod', '.pause');
    await kill(house, pause?.id ?? '');
    await eventually('another pause container', async () => {
      const now = await containerOf(house, 'pod', '.pause');
      return now === null || now.id === pause?.id ? null : now;
    });
    await eventually('an answer', async () => {
      const answer = await get(house.port).catch(() => null);
      return answer?.status === 200 ? answer : null;
    });
  });

  test('in host mode listens on the instance itself, and the load balancer reaches it there', async () => {
    proves('networkMode: host');
    const port = await freePort();
    const definition = taskDefinition('hosted', { networkMode: 'host' }, [
      container('app', `${BASE} ${serve(port, 'hosted')}`, { portMappings: [{ containerPort: port }] }),
    ]);
    const loadBalancers = [{ targetGroupArn: 'hosted', containerName: 'app', containerPort: port }];
    await deploy(definition, service('hosted', { loadBalancers }), ...balanced('hosted', house.port));
    expect(await get(house.port)).toMatchObject({ status: 200, body: 'hosted' });
    expect(await get(port)).toMatchObject({ status: 200, body: 'hosted' });
  });

  test('is found by service.cluster, by links, and by its aliases on named networks', async () => {
    proves('containerDefinitions[].{links,portMappings[].name,x-longshore.networks[].{name,aliases}}', 'x-longshore.networks[].name');
    const back = `${house.installation}-back`;
    const networks = { 'x-longshore': { networks: [{ name: back, internal: true }] } };
    const joins = (more: Json = {}): Json => ({ 'x-longshore': { networks: [{ name: back, ...more }] } });
    const servers = [
      taskDefinition('db', {}, [container('db', `${BASE} ${serve(8080, 'db')}`, { portMappings: [{ name: 'sql', containerPort: 8080 }] })]),
      service('db', {
        serviceConnectConfiguration: {
          enabled: true,
          namespace: 'shop',
          services: [{ portName: 'sql', clientAliases: [{ port: 8080, dnsName: 'database-of-shop' }] }],
        },
      }),
      taskDefinition('store', networks, [container('store', `${BASE} ${STAY}`, joins({ aliases: ['database'] }))]),
      service('store'),
    ];
    await deploy(...servers);
    await deploy(
      ...servers,
      taskDefinition('inside', networks, [container('inside', `${BASE} ${lookUp('database', 'store.e2e', 'db.e2e')} ${STAY}`, joins())]),
      service('inside'),
      taskDefinition('outside', {}, [
        container('outside', `${BASE} ${lookUp('db.e2e', 'near', 'database', 'sql.shop', 'database-of-shop')} ${STAY}`, {
          links: ['cache:near'],
        }),
        container('cache', `${BASE} ${STAY}`, { essential: false }),
      ]),
      service('outside'),
      // On two networks it finds what is on either.
      taskDefinition('both', networks, [
        container('both', `${BASE} ${lookUp('database', 'other')} ${STAY}`, {
          'x-longshore': { networks: [{ name: back }, { name: `${house.installation}-front`, aliases: ['other'] }] },
        }),
      ]),
      service('both'),
    );
    expect(await printed(house, 'inside', 'inside')).toEqual([{ found: ['database', 'store.e2e', 'db.e2e unknown'] }]);
    expect(await printed(house, 'outside', 'outside')).toEqual([
      { found: ['db.e2e', 'near', 'database unknown', 'sql.shop', 'database-of-shop'] },
    ]);
    expect(await printed(house, 'both', 'both')).toEqual([{ found: ['database', 'other'] }]);
    expect(await networksOf(house)).toHaveLength(3);
  });

  test('of a compose project waits for the services that it depends on, and finds them by name', async () => {
    const check = node("require('node:fs').readFileSync('/tmp/up')");
    const command = (program: string): object => ({ entrypoint: ['/usr/bin/node'], command: ['-e', `${BASE} ${program} ${STAY}`] });
    const project = {
      name: house.installation,
      services: {
        web: {
          ...{ image: IMAGE, mem_limit: '128m', depends_on: { db: { condition: 'service_healthy' } } },
          ...command(
            `say({ started: Date.now(), mac: require('node:os').networkInterfaces().eth0?.[0]?.mac }); ${lookUp('db', 'postgres', 'database', 'primary')}`,
          ),
          ...{ networks: ['back'], links: ['db:database'], mac_address: '02:42:ac:11:65:43', pid: 'host', ipc: 'host' },
          'x-longshore': { service: { 'x-longshore': { healthyAfter: 1 } } },
        },
        db: {
          ...{ image: IMAGE, mem_limit: '128m', container_name: 'primary', networks: { back: { aliases: ['postgres'] } } },
          ...command("say({ up: Date.now() }); fs.writeFileSync('/tmp/up', '');"),
          healthcheck: { test: ['CMD', ...check], interval: '2s' },
        },
      },
      networks: { back: {} },
    };
    await house.settled(house.commit({ 'all.yaml': null, 'compose.yaml': JSON.stringify(project) }), 100_000);
    const [up] = await printed(house, `${house.installation}-db`, 'db');
    const [started, found] = await printed(house, `${house.installation}-web`, 'web', 2);
    expect(Number(started?.['started'])).toBeGreaterThan(Number(up?.['up']) + 1_900);
    expect(started?.['mac']).toBe('02:42:ac:11:65:43');
    expect(found).toEqual({ found: ['db', 'postgres', 'database', 'primary'] });
  });

  test('leaves no network behind that git no longer declares', async () => {
    house.commit({ 'compose.yaml': null });
    await deploy();
    await eventually('the networks are gone', async () => {
      const left = await networksOf(house);
      return left.every((name) => name.startsWith(`longshore-${house.installation}-`)) ? left : null;
    });
  });
});
