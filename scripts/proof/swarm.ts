// `npm run proof:swarm`: three engines, each in a network namespace of its own, joined to one Docker Swarm whose nodes are the container instances
// of a cluster. Tasks on different hosts reach each other by the names of their services; the swarm drains, labels and loses nodes; its manager
// freezes. Ends with 1 when a promise is broken.
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Json, balanced, container, service, taskDefinition, yaml } from '../../test/e2e/definitions.ts';
import { engineJson } from '../../test/support/engine.ts';
import { type House, makeHouse } from '../../test/e2e/house.ts';
import { startLoad } from '../../test/e2e/load.ts';
import { type Account, failuresText, openAccount } from './account.ts';
import { unlessInterrupted } from './interrupt.ts';
import { makeLan, type Lan } from './lan.ts';
import { makeOwnEngine, type OwnEngine } from './own-engine.ts';
import { untilStatus } from './whole.ts';
import type { Status } from '../../src/api/status.ts';

const LIMIT_MS = 180_000;
const HEARD_LIMIT_MS = 60_000;
const PORT = 8_080;

/** Says which container it is, and every second whom it finds under the name of a service. */
const PROGRAM = `
const http = require('node:http'); const dns = require('node:dns').promises; process.on('SIGTERM', () => process.exit(0));
const ask = (host) => new Promise((resolve) => {
  const call = http.get({ host, port: ${PORT}, timeout: 2000, agent: false }, (answer) => {
    let body = ''; answer.on('data', (piece) => (body += piece)); answer.on('end', () => resolve(body));
  });
  call.on('timeout', () => call.destroy(new Error('timeout')));
  call.on('error', (error) => resolve(error.code ?? error.message));
});
const look = async () => {
  const found = await dns.lookup(process.env.TARGET, { all: true }).then((all) => all.map((one) => one.address), () => []);
  console.log(JSON.stringify(await Promise.all(found.map(ask))));
  setTimeout(look, 1000);
};
http.createServer((request, response) => response.end(require('node:os').hostname())).listen(${PORT});
if (process.env.TARGET) look();
`;

/** `version`: another one is another revision. */
function definition(family: string, networkMode: string, target: string, version = '1'): Json {
  const environment = [
    { name: 'TARGET', value: target },
    { name: 'VERSION', value: version },
  ];
  return taskDefinition(family, { networkMode }, [container('app', PROGRAM, { environment, portMappings: [{ containerPort: PORT }] })]);
}

interface Scene {
  readonly account: Account;
  readonly house: House;
  readonly engines: readonly OwnEngine[];
}

const nameOf = ({ network }: OwnEngine): string => basename(network);

function manifests({ house, engines: [first] }: Scene, constraints: readonly Json[] = [], version = '1'): string {
  const everywhere = { placementStrategy: [{ type: 'spread', field: 'instanceId' }], placementConstraints: constraints };
  return yaml(
    {
      kind: 'Cluster',
      clusterName: 'e2e',
      'x-longshore': { swarm: { endpoint: `unix://${first?.socketPath}`, nodeEndpoint: 'unix:///run/{hostname}/docker.sock' } },
    },
    definition('web', 'bridge', '', version),
    service('web', {
      ...everywhere,
      desiredCount: 3,
      loadBalancers: [{ targetGroupArn: 'web', containerName: 'app', containerPort: PORT }],
    }),
    definition('asker', 'awsvpc', 'web.e2e', version),
    service('asker', {
      ...everywhere,
      desiredCount: 3,
      networkConfiguration: { awsvpcConfiguration: { subnets: ['any'] } },
    }),
    ...balanced('web', house.port),
  );
}

/** How many tasks of a service that are meant to run stand on each node. */
function standing({ tasks }: Status, name: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { service: of, desiredStatus, instance } of tasks)
    if (of === `e2e/${name}` && desiredStatus === 'RUNNING') counts[instance] = (counts[instance] ?? 0) + 1;
  return counts;
}

const isWhole = ({ services }: Status): boolean =>
  services.length === 2 && services.every((one) => one.steady && one.current && one.running === 3 && one.healthy === 3);

/** The running containers of a service on an engine, as they call themselves: by the beginning of their ids. */
async function namesOn({ house }: Scene, { socketPath }: OwnEngine, name: string): Promise<readonly string[]> {
  const labels = [`dev.longshore.installation=${house.installation}`, `dev.longshore.service=${name}`, 'dev.longshore.container=app'];
  const filters = encodeURIComponent(JSON.stringify({ label: labels, status: ['running'] }));
  const found = await engineJson<{ Id: string }[]>(socketPath, `/containers/json?filters=${filters}`);
  return found.map(({ Id }) => Id.slice(0, 12));
}

async function joins({ account, engines }: Scene, { addresses }: Lan): Promise<void> {
  const [first, ...others] = engines;
  const [leader = '', ...rest] = addresses;
  if (first === undefined) throw new Error('there are three engines');
  await engineJson(first.socketPath, '/swarm/init', 'POST', { ListenAddr: `${leader}:2377`, AdvertiseAddr: leader });
  const { JoinTokens } = await engineJson<{ JoinTokens: { Worker: string } }>(first.socketPath, '/swarm');
  for (const [index, engine] of others.entries()) {
    const address = rest[index] ?? '';
    const sent = { ListenAddr: `${address}:2377`, AdvertiseAddr: address, RemoteAddrs: [`${leader}:2377`], JoinToken: JoinTokens.Worker };
    await engineJson(engine.socketPath, '/swarm/join', 'POST', sent);
  }
  account.row('three engines are joined to one swarm', addresses.join(', '));
}

/** `docker node update`. */
async function update({ engines: [first] }: Scene, engine: OwnEngine, change: Json): Promise<void> {
  const nodes = await engineJson<{ ID: string; Version: { Index: number }; Spec: Json; Description: { Hostname: string } }[]>(
    first?.socketPath ?? '',
    '/nodes',
  );
  const node = nodes.find(({ Description }) => Description.Hostname === nameOf(engine));
  if (node === undefined) throw new Error(`${nameOf(engine)} is no node`);
  const path = `/nodes/${node.ID}/update?version=${node.Version.Index}`;
  await engineJson(first?.socketPath ?? '', path, 'POST', { ...node.Spec, ...change });
}

async function discovers(scene: Scene): Promise<void> {
  const { account, house, engines } = scene;
  const cluster = manifests(scene).split('\n---\n')[0] ?? '';
  house.commit({ 'all.yaml': cluster });
  house.start();
  const { instances } = await untilStatus(
    house,
    'three nodes answer',
    (now) => now.instances.filter((one) => one.connected).length === 3,
    LIMIT_MS,
  );
  account.promise(
    engines.every((engine) => instances.some(({ id }) => id === nameOf(engine))),
    'the nodes of the swarm are the instances',
    JSON.stringify(instances.map(({ id }) => id)),
  );
  house.commit({ 'all.yaml': manifests(scene) });
  const status = await untilStatus(house, 'three tasks of each service', isWhole, LIMIT_MS);
  account.promise(
    engines.every((engine) => standing(status, 'web')[nameOf(engine)] === 1 && standing(status, 'asker')[nameOf(engine)] === 1),
    'one task of each service on each node',
    JSON.stringify([standing(status, 'web'), standing(status, 'asker')]),
  );
}

async function reaches(scene: Scene): Promise<void> {
  const { account, house, engines } = scene;
  const web = (await Promise.all(engines.map((engine) => namesOn(scene, engine, 'web')))).flat();
  // Each task of asker prints the host names that it was given under web.e2e: those are the ids of containers.
  const printed = async (): Promise<readonly string[]> => {
    const { stdout } = await house.run('logs', 'e2e/asker', '--tail', '1', '--state', house.state);
    return stdout.split('\n').filter((line) => line.includes('['));
  };
  const isAll = (lines: readonly string[]): boolean => lines.length === 3 && lines.every((line) => web.every((id) => line.includes(id)));
  const deadline = performance.now() + 60_000;
  let seen = await printed();
  while (!isAll(seen) && performance.now() < deadline) {
    await sleep(500);
    seen = await printed();
  }
  account.promise(
    web.length === 3 && isAll(seen),
    'each task finds those of the other service, on every host, by its name',
    `${web.join(', ')}; ${seen.join('; ')}`,
  );
  const load = startLoad(house.port, 50);
  await sleep(2_000);
  const result = await load.stop();
  account.promise(result.failures.length === 0, 'the proxy reaches them at the addresses of the nodes', failuresText(result, 0));
}

/** The newest line of a service, which tells whom its task reaches, once it is as wanted; whatever it is when the time is up. */
async function heard({ house }: Scene, name: string, isWanted: (line: string) => boolean): Promise<string> {
  const deadline = performance.now() + HEARD_LIMIT_MS;
  for (;;) {
    const { stdout } = await house.run('logs', `e2e/${name}`, '--tail', '1', '--state', house.state);
    if (isWanted(stdout) || performance.now() > deadline) return stdout.trim();
    await sleep(500);
  }
}

async function groups(scene: Scene): Promise<void> {
  const { account, house, engines } = scene;
  const ingress = [{ ipProtocol: 'tcp', fromPort: PORT, toPort: PORT, sourceSecurityGroupId: 'front' }];
  const group = (groupName: string, more: Json = {}): Json => ({ kind: 'SecurityGroup', groupName, groupDescription: groupName, ...more });
  const grouped = (name: string, role: string): Json =>
    service(name, {
      networkConfiguration: { awsvpcConfiguration: { subnets: ['any'], securityGroups: [name] } },
      placementConstraints: [{ type: 'memberOf', expression: `attribute:swarm.role == ${role}` }],
    });
  const documents = [
    ...[group('db', { securityGroupIngress: ingress }), group('front'), group('other')],
    ...[definition('db', 'awsvpc', ''), definition('front', 'awsvpc', 'db.e2e'), definition('other', 'awsvpc', 'db.e2e')],
    ...[grouped('db', 'manager'), grouped('front', 'worker'), grouped('other', 'worker')],
  ];
  await house.settled(house.commit({ 'groups.yaml': yaml(...documents) }), LIMIT_MS);
  const [db = 'none'] = (await Promise.all(engines.map((engine) => namesOn(scene, engine, 'db')))).flat();
  const hostname = (line: string): boolean => /\["[0-9a-f]{12}"\]/.test(line);
  const front = await heard(scene, 'front', hostname);
  account.promise(hostname(front), 'a group that a rule lets in reaches the other one on another host', `${front}; db is ${db}`);
  const other = await heard(scene, 'other', (line) => line.includes('[]'));
  account.promise(other.includes('[]'), 'a group that no rule lets in does not find it', other);
  await house.settled(house.commit({ 'groups.yaml': null }), LIMIT_MS);
}

async function drains(scene: Scene): Promise<void> {
  const { account, house, engines } = scene;
  const node = engines[2];
  if (node === undefined) throw new Error('there are three engines');
  const load = startLoad(house.port, 50);
  await update(scene, node, { Availability: 'drain' });
  const status = await untilStatus(
    house,
    'its tasks elsewhere',
    (now) => isWhole(now) && ['web', 'asker'].every((name) => standing(now, name)[nameOf(node)] === undefined),
    LIMIT_MS,
  );
  const result = await load.stop();
  account.promise(result.failures.length === 0, 'a node that the swarm drains: no request fails', failuresText(result, 0));
  account.row('', JSON.stringify(standing(status, 'web')));
  await update(scene, node, { Availability: 'active', Labels: { disk: 'ssd' } });
  const constraints = [{ type: 'memberOf', expression: 'attribute:disk == ssd and attribute:swarm.role == worker' }];
  house.commit({ 'all.yaml': manifests(scene, constraints, '2') });
  const labelled = await untilStatus(
    house,
    'all on the node with the label',
    (now) => isWhole(now) && standing(now, 'web')[nameOf(node)] === 3,
    LIMIT_MS,
  );
  account.promise(true, 'a label of a node is an attribute for constraints', JSON.stringify(standing(labelled, 'web')));
}

async function losesLeader(scene: Scene): Promise<void> {
  const { account, house, engines } = scene;
  engines[0]?.freeze();
  await untilStatus(house, 'the manager is silent', ({ instances }) => instances.some(({ connected }) => !connected), LIMIT_MS);
  await sleep(20_000);
  const status = await house.status();
  account.promise(status.instances.length === 3, 'the nodes stay while no manager answers', JSON.stringify(status.instances));
  account.promise(isWhole(status), 'and so do their tasks', JSON.stringify(status.services));
  engines[0]?.thaw();
  await untilStatus(house, 'the manager is back', ({ instances }) => instances.every(({ connected }) => connected), LIMIT_MS);
}

async function leaves(scene: Scene): Promise<void> {
  const { account, house, engines } = scene;
  const [first, node] = engines;
  if (first === undefined || node === undefined) throw new Error('there are three engines');
  const nodes = await engineJson<{ ID: string; Description: { Hostname: string } }[]>(first.socketPath, '/nodes');
  const id = nodes.find(({ Description }) => Description.Hostname === nameOf(node))?.ID ?? '';
  await engineJson(first.socketPath, `/nodes/${id}?force=1`, 'DELETE');
  await untilStatus(house, 'it is forgotten', ({ instances }) => !instances.some((one) => one.id === nameOf(node)), LIMIT_MS);
  account.promise(true, 'a node that is no longer listed is no instance any more');
}

async function proveAll(scene: Scene, lan: Lan): Promise<void> {
  await joins(scene, lan);
  await discovers(scene);
  await reaches(scene);
  await groups(scene);
  await drains(scene);
  await losesLeader(scene);
  await leaves(scene);
}

const account = openAccount('three engines, each with a network of its own, joined to one swarm');
const engines: OwnEngine[] = [];
let lan: Lan | null = null;
try {
  for (const number of [0, 1, 2]) engines.push(await makeOwnEngine({ number }));
  lan = makeLan(engines);
  const [first] = engines;
  if (first === undefined) throw new Error('there are three engines');
  const house = await makeHouse(undefined, { engine: first.socketPath, name: nameOf(first), address: lan.addresses[0] ?? '' });
  try {
    await unlessInterrupted(proveAll({ account, house, engines }, lan));
  } finally {
    await house.stop();
    // The overlay goes with the swarm: while containers of other nodes are on it, nobody can remove it.
    await engineJson(first.socketPath, '/swarm/leave?force=1', 'POST');
    await house.dispose();
  }
} finally {
  for (const engine of engines) await engine.dispose();
  lan?.dispose();
}
process.exitCode = account.close() ? 0 : 1;
