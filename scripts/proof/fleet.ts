// `npm run proof:fleet`: three engines, each in a network namespace of its own, as container instances of one cluster: one at its socket, one over
// mutual TLS, one over ssh. Spread, distinctInstance and DAEMON; then under constant load, each time in the middle of a deployment: an instance
// is drained and comes back, one freezes for longer than its grace, one is cut off from the network, one loses its power, one is taken out of
// git and put in again; memberOf and binpack. Ends with 1 when a promise is broken.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { authority } from '../../test/support/certificates.ts';
import { startSshd, whyNoSshd, type Sshd } from '../../test/support/sshd.ts';
import { files, tlsFiles } from '../../test/support/ways.ts';
import { makeHouse, type House } from '../../test/e2e/house.ts';
import { startLoad } from '../../test/e2e/load.ts';
import { web } from '../../test/e2e/manifests.ts';
import { type Account, failuresText, openAccount } from './account.ts';
import { unlessInterrupted } from './interrupt.ts';
import { makeOwnEngine, TLS_PORT, type OwnEngine } from './own-engine.ts';
import { untilStatus } from './whole.ts';
import { byText } from '../../src/std/order.ts';
import type { Status } from '../../src/api/status.ts';

const REQUESTS_PER_SECOND = 100;
const TASKS = 6;
const WEB = 'e2e/web';
const AGENT = 'e2e/agent';
const ONE_EACH = 'e2e/one-each';
const GRACE_SECONDS = 10;
/** Silence shows within 13 s, the grace follows, then replacements start. */
const GIVEN_UP_LIMIT_MS = 90_000;
/** Three checks in 5 s each, the last one fails after 2 s: from then on nothing is sent to a target that is gone. */
const CHECKS = 3;
const DETECTED_MS = 20_000;

interface Host {
  /** As git calls it. */
  readonly name: string;
  readonly engine: OwnEngine;
  /** How the daemon reaches it, as git says it; null: the engine that the daemon was started with. */
  readonly endpoint: string | null;
  /** What answers for it beside its dockerd. */
  readonly sshd: Sshd | null;
}

interface Declared {
  readonly version: '1' | '2';
  readonly hosts: readonly Host[];
  readonly strategy?: readonly Readonly<Record<string, string>>[];
  /** Besides the web service. */
  readonly more?: readonly Readonly<Record<string, unknown>>[];
  readonly constraints?: readonly Readonly<Record<string, string>>[];
}

/** The manifests: the web service of the other tests in a cluster of these hosts. The first one is the engine that the daemon was started with. */
function manifests(house: House, { version, hosts, strategy, constraints, more = [] }: Declared): string {
  const instances = hosts.map(({ name, endpoint, engine }) => ({
    name,
    ...(endpoint !== null && { endpoint, address: engine.address }),
    cpu: 4_096,
    memory: 1_024,
    attributes: [{ name: 'ecs.availability-zone', value: name === 'n2' ? 'b' : 'a' }],
  }));
  const documents = web({ version, port: house.port, count: TASKS })
    .split('\n---\n')
    .map((text) => JSON.parse(text) as Record<string, unknown>)
    .map((document) => {
      if (document['kind'] === 'Cluster') return { ...document, 'x-longshore': { disconnectedGraceSeconds: GRACE_SECONDS, instances } };
      // A silence shows after 13 s at most. Checks that fail before that would count against the revision.
      if (document['kind'] === 'TargetGroup') return { ...document, unhealthyThresholdCount: CHECKS };
      if (document['kind'] !== 'Service') return document;
      return {
        ...document,
        placementStrategy: strategy ?? [{ type: 'spread', field: 'instanceId' }],
        ...(constraints !== undefined && { placementConstraints: constraints }),
      };
    });
  return [...documents, ...more].map((document) => JSON.stringify(document)).join('\n---\n');
}

/** A service beside the web service, without a load balancer. */
function beside(serviceName: string, fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { kind: 'Service', serviceName, cluster: 'e2e', taskDefinition: 'web', 'x-longshore': { healthyAfter: 1 }, ...fields };
}

/** How many tasks of a service that are meant to run stand on each instance. */
function standing({ tasks }: Status, service = WEB): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const task of tasks)
    if (task.desiredStatus === 'RUNNING' && task.service === service) counts[task.instance] = (counts[task.instance] ?? 0) + 1;
  return counts;
}

function words(status: Status, service = WEB): string {
  return Object.entries(standing(status, service))
    .sort(([a], [b]) => byText(a, b))
    .map(([name, tasks]) => `${name} ${tasks}`)
    .join(', ');
}

const isWhole = (status: Status): boolean => {
  const service = status.services.find(({ id }) => id === WEB);
  return service !== undefined && service.steady && service.current && service.running === TASKS && service.healthy === TASKS;
};

/** Whether all tasks are healthy on the other instances, whatever became of this one. */
const hasReplaced =
  (lost: string) =>
  ({ tasks }: Status): boolean =>
    tasks.filter(
      ({ service, instance, health, desiredStatus }) =>
        service === WEB && instance !== lost && health === 'HEALTHY' && desiredStatus === 'RUNNING',
    ).length >= TASKS;

interface Scene {
  readonly account: Account;
  readonly house: House;
  readonly hosts: readonly Host[];
  /** The one that is declared; each deployment brings the other. */
  version: '1' | '2';
}

interface Expected {
  /** After how long no request may fail any more; 0: none may fail at all. */
  readonly failsForMs?: number;
}

/** Runs `work` under load, and tells how many requests failed. */
async function underLoad(
  { account, house }: Scene,
  what: string,
  work: () => Promise<void>,
  { failsForMs = 0 }: Expected = {},
): Promise<void> {
  const load = startLoad(house.port, REQUESTS_PER_SECOND);
  await sleep(500);
  await work();
  const result = await load.stop();
  account.row(what, `${failuresText(result, 500)}; slowest ${result.slowestMs} ms`);
  const late = result.failures.filter((failure) => Number.parseInt(failure, 10) > failsForMs + 500);
  const promised = failsForMs === 0 ? 'no request fails' : `no request fails later than ${failsForMs / 1_000} s after it`;
  account.promise((failsForMs === 0 ? result.failures : late).length === 0, `${what}: ${promised}`, late.slice(0, 3).join('; '));
}

async function commitAll(scene: Scene, declared: Omit<Declared, 'version'>): Promise<void> {
  const commit = scene.house.commit({ 'web.yaml': manifests(scene.house, { version: scene.version, ...declared }) });
  await untilStatus(scene.house, `commit ${commit.slice(0, 8)} in force`, (status) => status.commit === commit, 20_000);
}

/** Begins a deployment of the other version. */
async function deploy(scene: Scene, declared: Omit<Declared, 'version'> = { hosts: scene.hosts }): Promise<void> {
  scene.version = scene.version === '1' ? '2' : '1';
  await commitAll(scene, declared);
  const status = await untilStatus(scene.house, 'a deployment begins', ({ services }) => services.some(({ steady }) => !steady), 20_000);
  const rollout = status.services[0]?.deployments[0]?.rollout;
  if (rollout !== 'IN_PROGRESS') throw new Error(`the deployment is over before its fault begins: ${rollout}`);
}

async function spreads(scene: Scene): Promise<void> {
  const { account, house, hosts } = scene;
  // The images are on the engines alone: where nobody has looked for one, none of its tasks is placed.
  const cluster = manifests(house, { version: '1', hosts }).split('\n---\n')[0] ?? '';
  house.commit({ 'web.yaml': cluster });
  await untilStatus(house, 'three instances answer', ({ instances }) => instances.length === 3 && instances.every((one) => one.connected));
  await commitAll(scene, { hosts });
  const status = await untilStatus(house, 'six healthy tasks', isWhole);
  account.promise(
    hosts.every(({ name }) => standing(status)[name] === 2),
    'spread over instances: two tasks on each of three',
    words(status),
  );
}

async function placesBeside(scene: Scene): Promise<void> {
  const { account, house, hosts } = scene;
  const more = [
    beside('one-each', { desiredCount: 4, placementConstraints: [{ type: 'distinctInstance' }] }),
    beside('agent', { schedulingStrategy: 'DAEMON' }),
  ];
  await commitAll(scene, { hosts, more });
  const each = JSON.stringify(Object.fromEntries(hosts.map(({ name }) => [name, 1])));
  const oneEach = (status: Status, service: string): boolean =>
    JSON.stringify(Object.fromEntries(Object.entries(standing(status, service)).sort(([a], [b]) => byText(a, b)))) === each;
  const status = await untilStatus(house, 'a daemon on each', (now) => oneEach(now, AGENT) && oneEach(now, ONE_EACH));
  account.row('DAEMON', words(status, AGENT));
  const waiting = await untilStatus(house, 'a reason', (now) =>
    now.services.some(({ id, message }) => id === ONE_EACH && message !== null),
  );
  account.promise(
    oneEach(waiting, ONE_EACH),
    'distinctInstance: three of four stand on one each, the fourth waits',
    `${words(waiting, ONE_EACH)}; ${waiting.services.find(({ id }) => id === ONE_EACH)?.message ?? ''}`,
  );
  account.row('', waiting.services.find(({ id }) => id === ONE_EACH)?.message ?? '');
  await commitAll(scene, { hosts });
  await untilStatus(house, 'both gone', ({ tasks }) => tasks.every(({ service }) => service === WEB));
}

async function drains(scene: Scene): Promise<void> {
  const { account, house } = scene;
  await underLoad(scene, 'n1 is drained in a deployment', async () => {
    await deploy(scene);
    const drained = await house.run('instance', 'drain', 'n1', '--wait', '--timeout', '90s', '--state', house.state);
    account.promise(drained.code === 0, 'drain --wait ends with 0', drained.stderr);
    const status = await untilStatus(house, 'whole without n1', isWhole);
    account.promise((standing(status)['n1'] ?? 0) === 0, 'no task is left on it', words(status));
  });
  await house.run('instance', 'activate', 'n1', '--state', house.state);
}

async function freezes(scene: Scene): Promise<void> {
  const { account, house, hosts } = scene;
  const host = hosts[2];
  if (host === undefined) throw new Error('there are three hosts');
  await underLoad(scene, 'n2 freezes in a deployment and comes back', async () => {
    await deploy(scene);
    host.engine.freeze();
    host.sshd?.signal('SIGSTOP');
    const lost = await untilStatus(house, 'its tasks replaced elsewhere', hasReplaced('n2'), GIVEN_UP_LIMIT_MS);
    account.row('', `given up and replaced: ${words(lost)}`);
    host.engine.thaw();
    host.sshd?.signal('SIGCONT');
    await promiseNoSurplus(scene, host);
  });
}

/** What was replaced while a host was away is stopped there when it is back. */
async function promiseNoSurplus({ account, house }: Scene, { name, engine }: Host): Promise<void> {
  const isBack = (status: Status): boolean => isWhole(status) && status.instances.some(({ id, connected }) => id === name && connected);
  const status = await untilStatus(house, 'whole again, surplus stopped', isBack, GIVEN_UP_LIMIT_MS);
  const containers = await engine.everything();
  account.promise(
    containers.every(({ task }) => status.tasks.some(({ id }) => id === task)),
    `what is too much is stopped when ${name} is back`,
    `${words(status)}; containers ${containers.length}`,
  );
}

async function isCutOff(scene: Scene): Promise<void> {
  const { account, house, hosts } = scene;
  const host = hosts[1];
  if (host === undefined) throw new Error('there are three hosts');
  await underLoad(
    scene,
    'n1 is cut off in a deployment and comes back',
    async () => {
      await deploy(scene);
      host.engine.setLink(false);
      const lost = await untilStatus(house, 'its tasks replaced elsewhere', hasReplaced('n1'), GIVEN_UP_LIMIT_MS);
      account.row('', `given up and replaced: ${words(lost)}`);
      host.engine.setLink(true);
      await promiseNoSurplus(scene, host);
    },
    { failsForMs: DETECTED_MS },
  );
}

async function losesPower(scene: Scene): Promise<void> {
  const { account, house, hosts } = scene;
  const host = hosts[1];
  if (host === undefined) throw new Error('there are three hosts');
  await underLoad(
    scene,
    'n1 loses its power in a deployment',
    async () => {
      await deploy(scene);
      await host.engine.cutPower();
      const status = await untilStatus(house, 'whole without n1', hasReplaced('n1'), GIVEN_UP_LIMIT_MS);
      account.row('', words(status));
      await host.engine.start();
      await promiseNoSurplus(scene, host);
    },
    { failsForMs: DETECTED_MS },
  );
}

async function leavesGit(scene: Scene): Promise<void> {
  const { account, house, hosts } = scene;
  const rest = hosts.slice(0, 2);
  await underLoad(scene, 'n2 is taken out of git, with a deployment', async () => {
    await deploy(scene, { hosts: rest });
    const status = await untilStatus(
      house,
      'n2 is forgotten',
      (now) => !now.instances.some(({ id }) => id === 'n2') && isWhole(now),
      GIVEN_UP_LIMIT_MS,
    );
    account.promise((await hosts[2]?.engine.everything())?.length === 0, 'nothing of ours is left on it', words(status));
  });
  await commitAll(scene, { hosts });
  await untilStatus(house, 'n2 is back', (now) => now.instances.some(({ id, connected }) => id === 'n2' && connected));
}

async function constraints(scene: Scene): Promise<void> {
  const { account, house, hosts } = scene;
  await underLoad(scene, 'memberOf zone b', async () => {
    await deploy(scene, {
      hosts,
      constraints: [{ type: 'memberOf', expression: 'attribute:ecs.availability-zone == b' }],
    });
    const status = await untilStatus(
      house,
      'whole in zone b',
      (now) => isWhole(now) && (standing(now)['n2'] ?? 0) === TASKS,
      GIVEN_UP_LIMIT_MS,
    );
    account.row('a new revision stands where its constraint says', words(status));
  });
  await underLoad(scene, 'binpack', async () => {
    await deploy(scene, { hosts, strategy: [{ type: 'binpack', field: 'memory' }] });
    const status = await untilStatus(house, 'whole, packed', isWhole, GIVEN_UP_LIMIT_MS);
    account.promise(Object.keys(standing(status)).length === 1, 'six small tasks are packed onto one instance', words(status));
  });
}

async function proveAll(scene: Scene): Promise<void> {
  scene.house.start();
  await spreads(scene);
  await placesBeside(scene);
  await drains(scene);
  await freezes(scene);
  await isCutOff(scene);
  await losesPower(scene);
  await leavesGit(scene);
  await constraints(scene);
}

/** Three hosts: at a socket, behind TLS, behind ssh. */
async function makeHosts(engines: readonly OwnEngine[]): Promise<readonly Host[]> {
  const [local, tls, ssh] = engines;
  if (local === undefined || tls === undefined || ssh === undefined) throw new Error('there are three engines');
  const sshd = await startSshd([], { address: ssh.address, within: ['nsenter', `--net=${ssh.network}`] });
  return [
    { name: 'local', engine: local, endpoint: null, sshd: null },
    { name: 'n1', engine: tls, endpoint: `tcp://${tls.address}:${TLS_PORT}`, sshd: null },
    { name: 'n2', engine: ssh, endpoint: `ssh://${sshd.user}@${ssh.address}:${sshd.port}${ssh.socketPath}`, sshd },
  ];
}

/** The operator's configuration, where the daemon looks for it. */
function configure(house: House, hosts: readonly Host[], tls: ReturnType<typeof tlsFiles>): void {
  const ssh = hosts.flatMap(({ engine, sshd }) =>
    sshd === null
      ? []
      : [{ name: 'hosts', kind: 'ssh', hosts: [engine.address], keyFile: sshd.keyFile, knownHostsFile: sshd.knownHostsFile }],
  );
  mkdirSync(house.state, { recursive: true });
  const credentials = [...ssh, { ...tls, hosts: ['10.*'] }];
  writeFileSync(join(house.state, 'config.yaml'), JSON.stringify({ engines: { credentials } }));
}

const account = openAccount('three engines, each with a network of its own, as container instances of one cluster');
const missing = whyNoSshd();
if (missing !== null) throw new Error(missing);
const ca = authority();
const keys = files();
const engines: OwnEngine[] = [];
let hosts: readonly Host[] = [];
try {
  for (const number of [0, 1, 2]) engines.push(await makeOwnEngine({ number, ...(number === 1 && { authority: ca }) }));
  hosts = await makeHosts(engines);
  const house = await makeHouse(undefined, { engine: engines[0]?.socketPath ?? '', address: engines[0]?.address ?? '' });
  try {
    configure(house, hosts, tlsFiles(keys.put, ca.cert, ca.issue({ purpose: 'client' })));
    await unlessInterrupted(proveAll({ account, house, hosts, version: '1' }));
  } finally {
    await house.dispose();
  }
} finally {
  for (const { sshd } of hosts) await sshd?.close();
  for (const engine of engines) await engine.dispose();
  keys.close();
}
process.exitCode = account.close() ? 0 : 1;
