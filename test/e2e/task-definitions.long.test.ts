// Tasks of several containers on a real engine, from a commit on: the order in which they start and stop, the network that they share or are
// found on. What the containers print is what they see; nothing is read from Longshore's own pictures.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type House, makeHouse } from './house.ts';
import { type Json, balanced, container, node, service, taskDefinition, yaml } from './definitions.ts';
import { IMAGE, NEXT_IMAGE } from '../support/images.ts';
import { containerOf, endsSince, eventsSince, eventually, kill, networksOf, printed } from './inside.ts';
import type { Status } from '../../src/api/status.ts';
import { callEngine } from '../../scripts/engine.mjs';
import { engineJson } from '../support/engine.ts';
import { BASE, STAY, lookUp, serve } from './programs.ts';
import { freePort } from './ports.ts';
import { get } from './get.ts';
import { proves } from '../proves.ts';

/** An image whose tag comes to mean another one. */
const MOVING = 'longshore-moving';

/** ECS: a container must have run for this long, a minute at least, to be started again. */
const PERIOD_SECONDS = 60;

/** A task whose containers end after a moment or after a minute; which of them are started again is what their policies say. */
function restarting(): readonly Json[] {
  const ends = (exitCode: number, seconds: number): string =>
    `${BASE} say({ started: Date.now() }); setTimeout(() => process.exit(${exitCode}), ${seconds * 1_000})`;
  const policy = (more: Json = {}): Json => ({
    restartPolicy: { enabled: true, restartAttemptPeriod: PERIOD_SECONDS, ...more },
    memory: 64,
  });
  return [
    taskDefinition('restarts', {}, [
      container('again', ends(5, PERIOD_SECONDS + 0.5), policy({ ignoredExitCodes: [7] })),
      container('ignored', ends(7, PERIOD_SECONDS + 0.5), { ...policy({ ignoredExitCodes: [7] }), essential: false }),
      container('soon', ends(5, 0.5), { ...policy(), essential: false }),
      container('off', ends(5, PERIOD_SECONDS + 0.5), { ...policy({ enabled: false }), essential: false }),
    ]),
    service('restarts'),
  ];
}

describe('a task of several containers', { timeout: 120_000 }, () => {
  let house: House;
  let outside: string;
  beforeAll(async () => {
    house = await makeHouse();
    outside = `${house.installation}-a-outside`;
    await engineJson(house.engine, '/networks/create', 'POST', { Name: outside });
    // What takes a minute to be seen begins here, and is looked at in the end.
    house.commit({ 'cluster.yaml': yaml({ kind: 'Cluster', clusterName: 'e2e' }), 'restarts.yaml': yaml(...restarting()) });
    house.start();
  });
  afterAll(async () => {
    await house.dispose();
    await engineJson(house.engine, `/networks/${outside}`, 'DELETE');
    await callEngine(house.engine, `/images/${MOVING}:${house.installation}`, { method: 'DELETE' });
  });
  const deploy = async (...documents: readonly Json[]): Promise<void> => {
    const status = await house.settled(house.commit({ 'all.yaml': documents.length === 0 ? null : yaml(...documents) }), 100_000);
    expect(status.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  };

  /** The first text that the status has of a service. */
  const toldOf = async (name: string, told: (service: Status['services'][number]) => string | null | undefined): Promise<string> =>
    eventually(`word of ${name}`, async () => {
      const found = (await house.status()).services.find(({ id }) => id === `e2e/${name}`);
      return (found && told(found)) ?? null;
    });

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
    proves(
      'networkMode: awsvpc',
      'pidMode: task',
      'ipcMode: task',
      'containerDefinitions[].{portMappings[].containerPort,dependsOn[].condition: START}',
    );
    const heard = `require('node:http').get('http://127.0.0.1:8080', (response) =>
      response.on('data', (data) => say({ heard: String(data), memory: fs.readFileSync('/dev/shm/of-app', 'utf8') })));`;
    const definition = taskDefinition('pod', { networkMode: 'awsvpc', pidMode: 'task', ipcMode: 'task' }, [
      container('app', `${BASE} fs.writeFileSync('/dev/shm/of-app', 'shared'); say({ address: address() }); ${serve(8080, 'pod')}`, {
        portMappings: [{ containerPort: 8080 }],
      }),
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
    expect(side[1]).toEqual({ heard: 'pod', memory: 'shared' });
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
    proves('requiresCompatibilities: {EC2,EXTERNAL,MANAGED_INSTANCES}', 'runtimePlatform.operatingSystemFamily');
    const linux = { runtimePlatform: { operatingSystemFamily: 'LINUX' } };
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
      taskDefinition('store', { ...networks, ...linux, requiresCompatibilities: ['EC2', 'EXTERNAL'] }, [
        container('store', `${BASE} ${STAY}`, joins({ aliases: ['database'] })),
      ]),
      service('store'),
    ];
    await deploy(...servers);
    await deploy(
      ...servers,
      taskDefinition('inside', networks, [container('inside', `${BASE} ${lookUp('database', 'store.e2e', 'db.e2e')} ${STAY}`, joins())]),
      service('inside'),
      taskDefinition('outside', { requiresCompatibilities: ['MANAGED_INSTANCES'] }, [
        container('outside', `${BASE} ${lookUp('db.e2e', 'near', 'database', 'sql.shop', 'database-of-shop')} ${STAY}`, {
          links: ['cache:near'],
        }),
        container('cache', `${BASE} ${STAY}`, { essential: false }),
      ]),
      service('outside'),
    );
    expect(await printed(house, 'inside', 'inside')).toEqual([{ found: ['database', 'store.e2e', 'db.e2e unknown'] }]);
    expect(await printed(house, 'outside', 'outside')).toEqual([
      { found: ['db.e2e', 'near', 'database unknown', 'sql.shop', 'database-of-shop'] },
    ]);
    expect(await networksOf(house)).toHaveLength(2);
  });

  test('joins networks that are made as its definition says, at the addresses that it names', async () => {
    proves(
      'containerDefinitions[].x-longshore.networks[].{name,aliases,ipv4Address,ipv6Address,macAddress,priority}',
      'x-longshore.networks[].{name,external,internal,driverOpts,enableIpv6,subnets,labels}',
    );
    const [back, front] = [`${house.installation}-b-back`, `${house.installation}-front`];
    const [v4, v6] = [`10.213.${process.pid % 250}`, `fd00:213:${process.pid % 250}:`];
    const networks = [
      { name: back, internal: true },
      {
        ...{ name: front, driver: 'bridge', driverOpts: { 'com.docker.network.driver.mtu': '1400' }, labels: { team: 'shop' } },
        ...{ enableIpv6: true, subnets: [`${v4}.0/24`, `${v6}:/64`] },
      },
      { name: outside, external: true },
    ];
    const at = { ipv4Address: `${v4}.7`, ipv6Address: `${v6}:7`, macAddress: '02:42:ac:11:65:44', priority: 10 };
    // The default route is that of the first network by priority, not by name.
    const seen = `const mine = Object.entries(require('node:os').networkInterfaces()).find(([, all]) => all.some((one) => one.address === '${at.ipv4Address}'));
      say({ mac: mine[1][0].mac, addresses: mine[1].map((one) => one.address), mtu: fs.readFileSync('/sys/class/net/' + mine[0] + '/mtu', 'utf8').trim(),
        isDefault: fs.readFileSync('/proc/net/route', 'utf8').split('\\n').some((line) => line.startsWith(mine[0] + '\\t00000000')), interfaces: fs.readdirSync('/sys/class/net').length });`;
    await deploy(
      taskDefinition('store', { 'x-longshore': { networks } }, [
        container('store', `${BASE} ${STAY}`, { 'x-longshore': { networks: [{ name: back, aliases: ['database'] }] } }),
      ]),
      service('store'),
      taskDefinition('both', { 'x-longshore': { networks } }, [
        container('both', `${BASE} ${seen} ${lookUp('database', 'other')} ${STAY}`, {
          'x-longshore': { networks: [{ name: outside }, { name: back }, { name: front, aliases: ['other'], ...at }] },
        }),
      ]),
      service('both', { 'x-longshore': { healthyAfter: 1, dependsOn: [{ serviceName: 'store' }] } }),
    );
    const [own, found] = await printed(house, 'both', 'both', 2);
    expect(own).toMatchObject({ mac: at.macAddress, mtu: '1400', isDefault: true, interfaces: 4 });
    expect(own?.['addresses']).toEqual(expect.arrayContaining([at.ipv4Address, at.ipv6Address]));
    expect(found).toEqual({ found: ['database', 'other'] });
    const made = async (name: string): Promise<unknown> => engineJson(house.engine, `/networks/${name}`);
    expect(await made(back)).toMatchObject({ Internal: true, Driver: 'bridge' });
    expect(await made(front)).toMatchObject({ Internal: false, Driver: 'bridge', EnableIPv6: true, Labels: { team: 'shop' } });
    expect(await networksOf(house)).not.toContain(outside);
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

  test('that waits for what never comes starts nothing, and says why: startTimeout, a check that fails', async () => {
    proves('containerDefinitions[].startTimeout', 'containerDefinitions[].{healthCheck.retries,dependsOn[].condition: HEALTHY}');
    const waits = { dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] };
    const ill = (retries: number): Json => ({
      healthCheck: { command: ['CMD', '/no/such/check'], retries, 'x-longshore': { interval: 0.5 } },
    });
    const definition = (family: string, more: Json): Json =>
      taskDefinition(family, {}, [container('app', `${BASE} ${STAY}`, waits), container('db', `${BASE} ${STAY}`, more)]);
    const since = Date.now();
    const late = [definition('late', { ...ill(10), startTimeout: 2 }), service('late')];
    house.commit({ 'late.yaml': yaml(...late, definition('never', ill(1)), service('never')) });
    expect(await toldOf('late', ({ deployments }) => deployments[0]?.lastFailure)).toMatch(/startTimeout of 2 s/);
    // ECS: without a startTimeout it waits for ever.
    await eventually('the check that fails', async () => ((await containerOf(house, 'never', 'db'))?.health === 'unhealthy' ? true : null));
    expect(await toldOf('never', ({ waiting }) => waiting)).toMatch(/container app waits for db to become healthy/);
    const labels = [`dev.longshore.installation=${house.installation}`];
    const starts = await eventsSince(house, since, { event: ['start'], label: [...labels, 'dev.longshore.service=late'] });
    expect(new Set(starts.map((event) => event.container))).toEqual(new Set(['db']));
    const [ends] = await eventsSince(house, since, { event: ['kill'], label: [...labels, 'dev.longshore.service=late'] });
    expect((ends?.at ?? 0) - (starts[0]?.at ?? 0)).toBeGreaterThan(1_900);
    const others = await eventsSince(house, since, { event: ['start'], label: [...labels, 'dev.longshore.service=never'] });
    expect(new Set(others.map((event) => event.container))).toEqual(new Set(['db']));
  });

  test('has for its end the time that its containers ask for, and then they are killed', async () => {
    proves('containerDefinitions[].stopTimeout');
    const deaf = `process.on('SIGTERM', () => {}); console.log('{"deaf":true}'); ${STAY}`;
    await house.settled(
      house.commit({
        'late.yaml': yaml(
          taskDefinition('deaf', {}, [container('quick', deaf, { stopTimeout: 1 }), container('patient', deaf, { stopTimeout: 3 })]),
          service('deaf'),
        ),
      }),
      100_000,
    );
    for (const name of ['quick', 'patient']) await printed(house, 'deaf', name);
    const since = Date.now();
    await house.settled(house.commit({ 'late.yaml': null }), 100_000);
    const label = [`dev.longshore.installation=${house.installation}`, 'dev.longshore.service=deaf'];
    const events = await eventsSince(house, since, { event: ['kill', 'die'], label });
    const took = (name: string): number => {
      const own = events.filter((event) => event.container === name);
      const died = own.find(({ action }) => action === 'die');
      expect([own[0]?.said['signal'], died?.said['exitCode']]).toEqual(['15', '137']);
      return (died?.at ?? 0) - (own[0]?.at ?? 0);
    };
    expect(took('quick')).toBeGreaterThan(900);
    expect(took('quick')).toBeLessThan(2_900);
    expect(took('patient')).toBeGreaterThan(2_900);
  });

  test('runs the image that its tag meant when its deployment began; the next deployment runs what it means then', async () => {
    proves('containerDefinitions[].versionConsistency: {enabled,disabled}');
    const mean = async (image: string): Promise<void> => {
      await engineJson(house.engine, `/images/${image}/tag?repo=${MOVING}&tag=${house.installation}`, 'POST');
    };
    const moving = (versionConsistency: string, note: string): Json =>
      container(versionConsistency, `${BASE} say({ version: process.env.VERSION }); ${STAY}`, {
        ...{ image: `${MOVING}:${house.installation}`, versionConsistency, environment: [{ name: 'NOTE', value: note }] },
      });
    const task = (note: string): readonly Json[] => [
      taskDefinition('moving', {}, [moving('enabled', note), moving('disabled', note)]),
      service('moving'),
    ];
    const versions = async (): Promise<readonly unknown[]> =>
      Promise.all(['enabled', 'disabled'].map(async (name) => (await printed(house, 'moving', name))[0]?.['version']));
    await mean(IMAGE);
    await deploy(...task('first'));
    await mean(NEXT_IMAGE);
    const before = await containerOf(house, 'moving', 'enabled');
    await kill(house, before?.id ?? '');
    await eventually('another task', async () => {
      const now = await containerOf(house, 'moving', 'disabled');
      return now === null || now.startedAt < (before?.startedAt ?? 0) + 1 || now.state !== 'running' ? null : now;
    });
    expect(await versions()).toEqual(['1', '1']);
    await deploy(...task('second'));
    expect(await versions()).toEqual(['2', '2']);
  });

  test('starts a container again in place that has run for long enough, unless its exit code is ignored', async () => {
    proves('containerDefinitions[].restartPolicy.{enabled,ignoredExitCodes,restartAttemptPeriod}');
    const [first, second] = await printed(house, 'restarts', 'again', 2, 110_000);
    expect(Number(second?.['started']) - Number(first?.['started'])).toBeGreaterThanOrEqual(PERIOD_SECONDS * 1_000);
    for (const [name, exitCode] of [
      ['ignored', 7],
      ['soon', 5],
      ['off', 5],
    ] as const) {
      await eventually(`the end of ${name}`, async () => ((await containerOf(house, 'restarts', name))?.state === 'exited' ? true : null));
      expect(await containerOf(house, 'restarts', name)).toMatchObject({ exitCode });
      expect(await printed(house, 'restarts', name)).toHaveLength(1);
    }
    expect((await containerOf(house, 'restarts', 'again'))?.state).toBe('running');
    expect((await house.containers()).filter(({ name }) => name.includes('-restarts-'))).toHaveLength(4);
  });

  test('leaves no network behind that git no longer declares', async () => {
    house.commit({ 'compose.yaml': null, 'restarts.yaml': null });
    await deploy();
    await eventually('the networks are gone', async () => {
      const left = await networksOf(house);
      return left.every((name) => name.startsWith(`longshore-${house.installation}-`)) ? left : null;
    });
  });
});
