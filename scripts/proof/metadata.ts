// `npm run proof:metadata`: an engine on another host than the daemon's, in a network namespace of its own and reached over mutual TLS. Its tasks
// ask for their metadata and credentials through the relay: their own, and not those of others; after the relay, the daemon and the way to the
// engine were lost; and they run without while another program has its address. Ends with 1 when a promise is broken.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { container, service, taskDefinition, yaml } from '../../test/e2e/definitions.ts';
import { makeHouse, type House } from '../../test/e2e/house.ts';
import { engineJson } from '../../test/support/engine.ts';
import { IMAGE } from '../../test/support/images.ts';
import { tlsWay, type TcpConnection, type Way } from '../../test/support/ways.ts';
import { type Account, openAccount } from './account.ts';
import { unlessInterrupted } from './interrupt.ts';
import { makeOwnEngine, type OwnEngine } from './own-engine.ts';
import { untilStatus } from './whole.ts';

const ROLE = 'arn:aws:iam::123456789012:role/app';
const ENDPOINT = 'http://169.254.170.2';
const BACK_LIMIT_MS = 60_000;
/** Fetches an address and prints the status and the body. */
const ASK = `const [what] = process.argv.slice(1); const at = { metadata: process.env.ECS_CONTAINER_METADATA_URI_V4, task: process.env.ECS_CONTAINER_METADATA_URI_V4 + '/task', credentials: '${ENDPOINT}' + process.env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI };
fetch(at[what] ?? what, { signal: AbortSignal.timeout(5000) }).then(async (answer) => console.log(JSON.stringify({ status: answer.status, body: await answer.json() })), (error) => console.log(JSON.stringify({ status: 0, body: String(error.cause ?? error) })));`;
/** Asks 300 times, 30 at once, and prints how many were answered with what. */
const ASK_OFTEN = `const counts = {}; let left = 300; const one = async () => { while (left-- > 0) { const status = await fetch(process.env.ECS_CONTAINER_METADATA_URI_V4 + '/task', { signal: AbortSignal.timeout(20000) }).then(async (answer) => { await answer.text(); return answer.status; }, (error) => String(error.cause ?? error)); counts[status] = (counts[status] ?? 0) + 1; } };
Promise.all(Array.from({ length: 30 }, one)).then(() => console.log(JSON.stringify(counts)));`;
/** Opens 200 connections that say nothing, asks meanwhile when some have ended, and prints the status. */
const HOLD = `const net = require('node:net'); const held = Array.from({ length: 200 }, () => net.connect(80, '169.254.170.2').on('error', () => undefined));
setTimeout(() => fetch(process.env.ECS_CONTAINER_METADATA_URI_V4, { signal: AbortSignal.timeout(60000) }).then((answer) => answer.status, String).then((status) => { console.log(JSON.stringify({ status })); process.exit(0); }), 1000);`;
const STAYS = "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1e6);";
const TAKES_THE_PORT = "require('node:net').createServer().listen(80, '169.254.170.2'); setInterval(() => {}, 1e6);";

interface Scene {
  readonly account: Account;
  readonly house: House;
  readonly far: OwnEngine;
  readonly way: Way<TcpConnection>;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const services = (...names: readonly string[]): string =>
  names
    .map((name) => {
      const where = name === 'near' ? 'local' : 'far';
      return yaml(
        taskDefinition(name, name === 'app' || name === 'late' ? { taskRoleArn: ROLE } : {}, [container(name, STAYS)]),
        service(name, {
          enableExecuteCommand: true,
          placementConstraints: [{ type: 'memberOf', expression: `attribute:host == ${where}` }],
        }),
      );
    })
    .join('\n---\n');

function manifests({ way, far }: Scene, ...names: readonly string[]): string {
  const instances = [
    { name: 'local', attributes: [{ name: 'host', value: 'local' }] },
    {
      ...{ name: 'far', endpoint: `tcp://127.0.0.1:${way.connection.port}`, address: far.address },
      attributes: [{ name: 'host', value: 'far' }],
    },
  ];
  return [
    yaml({ kind: 'Cluster', clusterName: 'e2e', 'x-longshore': { instances } }),
    ...(names.length > 0 ? [services(...names)] : []),
  ].join('\n---\n');
}

async function deploy(scene: Scene, ...names: readonly string[]): Promise<void> {
  await scene.house.settled(scene.house.commit({ 'all.yaml': manifests(scene, ...names) }), 120_000);
}

/** What a task of a service gets when it runs a program. */
async function runs<T>({ house }: Scene, name: string, program: string, ...words: readonly string[]): Promise<T> {
  const { stdout, stderr } = await house.run('exec', name, '--state', house.state, '--', '/usr/bin/node', '-e', program, ...words);
  if (stdout.trim() === '') throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

const asks = async (scene: Scene, name: string, what: string): Promise<Answer> =>
  runs<Answer>(scene, name, ASK, what).catch((error: unknown) => ({ status: -1, body: { error: String(error) } }));

async function variables(socket: string, house: House, name: string): Promise<Readonly<Record<string, string>>> {
  const filters = encodeURIComponent(
    JSON.stringify({ label: [`dev.longshore.installation=${house.installation}`, `dev.longshore.container=${name}`] }),
  );
  const [found] = await engineJson<{ Id: string }[]>(socket, `/containers/json?filters=${filters}`);
  const { Config } = await engineJson<{ Config: { Env: string[] } }>(socket, `/containers/${found?.Id ?? ''}/json`);
  return Object.fromEntries(Config.Env.map((entry) => entry.split(/=(.*)/s).slice(0, 2) as [string, string]));
}

const relayOf = ({ house }: Scene): string => `longshore-${house.installation}-relay-far`;

/** Asks again and again until the answer is 200; how long that took in s. */
async function untilAnswered(scene: Scene, name: string): Promise<string> {
  const began = performance.now();
  for (;;) {
    const { status, body } = await asks(scene, name, 'metadata');
    const ms = performance.now() - began;
    if (status === 200) return `${(ms / 1_000).toFixed(1)} s`;
    if (ms > BACK_LIMIT_MS) throw new Error(`no answer within ${BACK_LIMIT_MS} ms: ${status} ${JSON.stringify(body)}`);
    await sleep(100);
  }
}

async function answersItsOwn(scene: Scene): Promise<void> {
  const { account, house, far } = scene;
  await deploy(scene, 'app', 'other', 'near');
  const metadata = await asks(scene, 'app', 'metadata');
  account.promise(
    metadata.status === 200 && metadata.body['Name'] === 'app',
    'a task reads the metadata of its container',
    JSON.stringify(metadata),
  );
  const task = await asks(scene, 'app', 'task');
  account.promise(task.status === 200 && task.body['Family'] === 'app', 'and of its task', JSON.stringify(task));
  const credentials = await asks(scene, 'app', 'credentials');
  account.promise(credentials.body['AccessKeyId'] === 'AKIAFAR', 'and the credentials of its role', JSON.stringify(credentials));
  const [own, other] = [await variables(far.socketPath, house, 'app'), await variables(far.socketPath, house, 'other')];
  const near = await variables(house.engine, house, 'near');
  const address = 'ECS_CONTAINER_METADATA_URI_V4';
  const taskOf = (text = ''): string => /v4\/([0-9a-f]{32})-/.exec(text)?.[1] ?? 'none';
  const guess = own[address]?.replace(taskOf(own[address]), taskOf(other[address])) ?? '';
  account.promise((await asks(scene, 'app', guess)).status === 404, 'the metadata of another task is refused');
  const path = (own['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] ?? '').replace(taskOf(own[address]), taskOf(other[address]));
  account.promise((await asks(scene, 'other', `${ENDPOINT}${path}`)).status === 400, 'and its credentials');
  const stolen = await asks(scene, 'app', `${ENDPOINT}/v4/${(near[address] ?? '').split('/v4/')[1] ?? 'none'}`);
  account.promise(
    near[address] === undefined || stolen.status === 404,
    'even the right address of a task on another host',
    JSON.stringify(stolen),
  );
}

async function isSmall(scene: Scene): Promise<void> {
  const { account, far } = scene;
  const { HostConfig, Mounts, Config } = await engineJson<Record<string, Record<string, unknown>>>(
    far.socketPath,
    `/containers/${relayOf(scene)}/json`,
  );
  const kept = JSON.stringify([HostConfig?.['CapAdd'], HostConfig?.['CapDrop'], HostConfig?.['ReadonlyRootfs'], Mounts, Config?.['Env']]);
  account.row('what the relay may: add, drop, read only, mounts, environment', kept);
  const { Titles, Processes } = await engineJson<{ Titles: string[]; Processes: string[][] }>(
    far.socketPath,
    `/containers/${relayOf(scene)}/top`,
  );
  const pid = Processes.find((each) => each.join(' ').includes('/relay'))?.[Titles.indexOf('PID')] ?? '';
  const status = (await import('node:fs')).readFileSync(`/proc/${pid}/status`, 'utf8');
  const effective = /CapEff:\s*(\S+)/.exec(status)?.[1] ?? '';
  const resident = /VmRSS:\s*(.*)/.exec(status)?.[1] ?? '';
  account.promise(/^0+$/.test(effective), 'its program has no capability once it listens', effective);
  account.row('its memory', resident);
}

async function holdsOut(scene: Scene): Promise<void> {
  const { account } = scene;
  const often = await runs<Record<string, number>>(scene, 'app', ASK_OFTEN);
  const isFine = Object.keys(often).every((status) => status === '200' || status === '429');
  account.promise(isFine, '300 questions, 30 at once, are all answered', JSON.stringify(often));
  account.row('300 questions, 30 at once', JSON.stringify(often));
  const began = performance.now();
  const held = await runs<{ status: number }>(scene, 'other', HOLD);
  account.promise(held.status === 200, '200 connections that say nothing hold up nobody for good', JSON.stringify(held));
  account.row('answered beside them after', `${((performance.now() - began) / 1_000).toFixed(1)} s`);
}

async function comesBack(scene: Scene): Promise<void> {
  const { account, house, far, way } = scene;
  await engineJson(far.socketPath, `/containers/${relayOf(scene)}/kill?signal=KILL`, 'POST');
  account.promise(true, `answers after the relay was killed: ${await untilAnswered(scene, 'app')}`);
  await engineJson(far.socketPath, `/containers/${relayOf(scene)}?force=1`, 'DELETE');
  account.promise(true, `after it was removed: ${await untilAnswered(scene, 'app')}`);
  await house.kill();
  house.start();
  account.promise(true, `after the daemon was killed and started: ${await untilAnswered(scene, 'app')}`);
  way.faults.cut();
  account.promise(true, `after the connections to the engine were cut: ${await untilAnswered(scene, 'app')}`);
  far.freeze();
  await sleep(25_000);
  far.thaw();
  account.promise(true, `after the engine was frozen for 25 s: ${await untilAnswered(scene, 'app')}`);
}

async function doesWithout(scene: Scene): Promise<void> {
  const { account, house, far } = scene;
  await house.stop();
  const call = { Image: IMAGE, Entrypoint: ['/usr/bin/node'], Cmd: ['-e', TAKES_THE_PORT], User: '0', HostConfig: { NetworkMode: 'host' } };
  await sleep(1_000);
  await engineJson(far.socketPath, '/containers/create?name=thief', 'POST', call);
  await engineJson(far.socketPath, '/containers/thief/start', 'POST');
  await sleep(1_000);
  house.start();
  const began = performance.now();
  await deploy(scene, 'app', 'other', 'near', 'late');
  account.row(
    'a task is placed while another program has the address',
    `settled after ${((performance.now() - began) / 1_000).toFixed(1)} s`,
  );
  const late = await variables(far.socketPath, house, 'late');
  account.promise(late['ECS_CONTAINER_METADATA_URI_V4'] === undefined, 'it starts without the address of its metadata');
  const { stdout } = await house.run('events', '--state', house.state);
  const told = stdout.split('\n').filter((line) => line.includes('metadata relay failed'));
  account.promise(told.length === 1 && (told[0] ?? '').includes('EADDRINUSE'), 'an event tells why, once', told.join(' | '));
  await engineJson(far.socketPath, '/containers/thief?force=1', 'DELETE');
  account.promise(true, `those with an address are answered again: ${await untilAnswered(scene, 'app')}`);
}

async function goes(scene: Scene): Promise<void> {
  const { account, far, house } = scene;
  await deploy(scene, 'near');
  await untilStatus(house, 'one task', ({ tasks }) => tasks.length === 1);
  const deadline = performance.now() + 20_000;
  while ((await far.everything()).length > 0 && performance.now() < deadline) await sleep(100);
  account.promise((await far.everything()).length === 0, 'no relay is left where no task is', JSON.stringify(await far.everything()));
}

async function proveAll(scene: Scene): Promise<void> {
  const { house, way } = scene;
  mkdirSync(house.state, { recursive: true });
  const credentials = { AccessKeyId: 'AKIAFAR', SecretAccessKey: 'secret', Token: 'token', Expiration: '2100-01-01T00:00:00Z' };
  writeFileSync(join(house.state, '..', 'app.json'), JSON.stringify(credentials), { mode: 0o600 });
  const config = {
    metadata: { credentials: [{ role: 'app', file: '../app.json' }] },
    engines: { credentials: [{ ...way.connection.tls, hosts: ['127.0.0.*'] }] },
  };
  writeFileSync(join(house.state, 'config.yaml'), JSON.stringify(config), { mode: 0o600 });
  house.start();
  house.commit({ 'all.yaml': manifests(scene) });
  await untilStatus(house, 'two instances answer', ({ instances }) => instances.length === 2 && instances.every((one) => one.connected));
  for (const part of [answersItsOwn, isSmall, holdsOut, comesBack, doesWithout, goes]) await part(scene);
}

const account = openAccount('an engine on another host over mutual TLS, whose tasks ask for metadata and credentials');
const far = await makeOwnEngine();
try {
  const way = await tlsWay(far.socketPath);
  const house = await makeHouse();
  try {
    await unlessInterrupted(proveAll({ account, house, far, way }));
  } finally {
    await house.dispose();
    await way.close();
  }
} finally {
  await far.dispose();
}
process.exitCode = account.close() ? 0 : 1;
