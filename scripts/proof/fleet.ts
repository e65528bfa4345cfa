// `npm run proof:fleet`: three engines, each in a network namespace of its own, as container instances of one cluster. Under constant load, a
// deployment rolling where that is asked: an instance is drained and comes back, one freezes for longer than its grace and comes back, one is
// cut off from the network, one loses its power, one is taken out of git and put in again. Ends with 1 when a promise is broken.
import { setTimeout as sleep } from 'node:timers/promises';
import { makeHouse, type House } from '../../test/e2e/house.ts';
import { startLoad } from '../../test/e2e/load.ts';
import { web } from '../../test/e2e/manifests.ts';
import { type Account, failuresText, openAccount } from './account.ts';
import { unlessInterrupted } from './interrupt.ts';
import { makeOwnEngine, type OwnEngine } from './own-engine.ts';
import { untilStatus } from './whole.ts';
import { byText } from '../../src/std/order.ts';
import type { Status } from '../../src/api/status.ts';

const REQUESTS_PER_SECOND = 100;
const TASKS = 6;
const GRACE_SECONDS = 10;
/** Silence shows within 13 s, the grace follows, then replacements start. */
const GIVEN_UP_LIMIT_MS = 90_000;

interface Host {
  /** As git calls it. */
  readonly name: string;
  readonly engine: OwnEngine;
}

interface Declared {
  readonly version: '1' | '2';
  readonly hosts: readonly Host[];
  readonly strategy?: readonly Readonly<Record<string, string>>[];
  readonly constraints?: readonly Readonly<Record<string, string>>[];
}

/** The manifests: the web service of the other tests in a cluster of these hosts. The first one is the engine that the daemon was started with. */
function manifests(house: House, all: readonly Host[], { version, hosts, strategy, constraints }: Declared): string {
  const instances = hosts.map(({ name, engine }) => ({
    name,
    ...(name !== all[0]?.name && { endpoint: `unix://${engine.socketPath}`, address: engine.address }),
    cpu: 4_096,
    memory: 1_024,
    attributes: [{ name: 'ecs.availability-zone', value: name === 'n2' ? 'b' : 'a' }],
  }));
  return web({ version, port: house.port, count: TASKS })
    .split('\n---\n')
    .map((text) => JSON.parse(text) as Record<string, unknown>)
    .map((document) => {
      if (document['kind'] === 'Cluster') return { ...document, 'x-longshore': { disconnectedGraceSeconds: GRACE_SECONDS, instances } };
      if (document['kind'] !== 'Service') return document;
      return {
        ...document,
        placementStrategy: strategy ?? [{ type: 'spread', field: 'instanceId' }],
        ...(constraints !== undefined && { placementConstraints: constraints }),
      };
    })
    .map((document) => JSON.stringify(document))
    .join('\n---\n');
}

/** How many tasks that are meant to run stand on each instance. */
function standing({ tasks }: Status): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const task of tasks) if (task.desiredStatus === 'RUNNING') counts[task.instance] = (counts[task.instance] ?? 0) + 1;
  return counts;
}

function words(status: Status): string {
  return Object.entries(standing(status))
    .sort(([a], [b]) => byText(a, b))
    .map(([name, tasks]) => `${name} ${tasks}`)
    .join(', ');
}

const isWhole = (status: Status): boolean =>
  status.services.every((service) => service.steady && service.current && service.running === TASKS && service.healthy === TASKS);

/** Whether all tasks are healthy on the other instances, whatever became of this one. */
const hasReplaced =
  (lost: string) =>
  ({ tasks }: Status): boolean =>
    tasks.filter(({ instance, health, desiredStatus }) => instance !== lost && health === 'HEALTHY' && desiredStatus === 'RUNNING')
      .length >= TASKS;

interface Scene {
  readonly account: Account;
  readonly house: House;
  readonly hosts: readonly Host[];
}

/** Runs `work` under load, and tells how many requests failed. */
async function underLoad({ account, house }: Scene, what: string, work: () => Promise<void>, mayFail = false): Promise<void> {
  const load = startLoad(house.port, REQUESTS_PER_SECOND);
  await sleep(500);
  await work();
  const result = await load.stop();
  account.row(what, failuresText(result, 0));
  if (!mayFail) account.promise(result.failures.length === 0, `${what}: no request fails`, result.failures.slice(0, 3).join('; '));
}

async function commitAll(scene: Scene, declared: Declared): Promise<void> {
  const commit = scene.house.commit({ 'web.yaml': manifests(scene.house, scene.hosts, declared) });
  await untilStatus(scene.house, `commit ${commit.slice(0, 8)} in force`, (status) => status.commit === commit, 20_000);
}

async function spreads(scene: Scene): Promise<void> {
  const { account, house, hosts } = scene;
  // The images are on the engines alone: where nobody has looked for one, none of its tasks is placed.
  const cluster = manifests(house, hosts, { version: '1', hosts }).split('\n---\n')[0] ?? '';
  house.commit({ 'web.yaml': cluster });
  await untilStatus(house, 'three instances answer', ({ instances }) => instances.length === 3 && instances.every((one) => one.connected));
  await commitAll(scene, { version: '1', hosts });
  const status = await untilStatus(house, 'six healthy tasks', isWhole);
  account.promise(
    hosts.every(({ name }) => standing(status)[name] === 2),
    'spread over instances: two tasks on each of three',
    words(status),
  );
}

async function drains(scene: Scene): Promise<void> {
  const { account, house } = scene;
  await underLoad(scene, 'n1 is drained', async () => {
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
  await commitAll(scene, { version: '2', hosts });
  await underLoad(scene, 'n2 freezes in a deployment and comes back', async () => {
    host.engine.freeze();
    const lost = await untilStatus(house, 'its tasks replaced elsewhere', hasReplaced('n2'), GIVEN_UP_LIMIT_MS);
    account.row('', `given up and replaced: ${words(lost)}`);
    host.engine.thaw();
    const status = await untilStatus(house, 'whole again, surplus stopped', isWhole, GIVEN_UP_LIMIT_MS);
    const containers = await host.engine.everything();
    account.promise(
      containers.every(({ task }) => status.tasks.some(({ id }) => id === task)),
      'what is too much is stopped when it is back',
      `${words(status)}; containers ${containers.length}`,
    );
  });
}

async function losesPower(scene: Scene): Promise<void> {
  const { account, house, hosts } = scene;
  const host = hosts[1];
  if (host === undefined) throw new Error('there are three hosts');
  await underLoad(
    scene,
    'n1 loses its power',
    async () => {
      await host.engine.cutPower();
      const status = await untilStatus(house, 'whole without n1', hasReplaced('n1'), GIVEN_UP_LIMIT_MS);
      account.row('', words(status));
      await host.engine.start();
      await untilStatus(house, 'whole again', isWhole, GIVEN_UP_LIMIT_MS);
    },
    true,
  );
  account.promise(
    (await house.status()).instances.every(({ connected }) => connected),
    'all instances answer again',
  );
}

async function leavesGit(scene: Scene): Promise<void> {
  const { account, house, hosts } = scene;
  const rest = hosts.slice(0, 2);
  await underLoad(scene, 'n2 is taken out of git', async () => {
    await commitAll(scene, { version: '2', hosts: rest });
    const status = await untilStatus(
      house,
      'n2 is forgotten',
      (now) => !now.instances.some(({ id }) => id === 'n2') && isWhole(now),
      GIVEN_UP_LIMIT_MS,
    );
    account.promise((await hosts[2]?.engine.everything())?.length === 0, 'nothing of ours is left on it', words(status));
  });
  await commitAll(scene, { version: '2', hosts });
  await untilStatus(house, 'n2 is back', (now) => now.instances.some(({ id, connected }) => id === 'n2' && connected));
}

async function constraints(scene: Scene): Promise<void> {
  const { account, house, hosts } = scene;
  await underLoad(scene, 'memberOf zone b', async () => {
    await commitAll(scene, {
      version: '1',
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
    await commitAll(scene, { version: '2', hosts, strategy: [{ type: 'binpack', field: 'memory' }] });
    const status = await untilStatus(house, 'whole, packed', isWhole, GIVEN_UP_LIMIT_MS);
    account.promise(Object.keys(standing(status)).length === 1, 'six small tasks are packed onto one instance', words(status));
  });
}

async function proveAll(scene: Scene): Promise<void> {
  scene.house.start();
  await spreads(scene);
  await drains(scene);
  await freezes(scene);
  await losesPower(scene);
  await leavesGit(scene);
  await constraints(scene);
}

const account = openAccount('three engines, each with a network of its own, as container instances of one cluster');
const engines: OwnEngine[] = [];
try {
  for (const number of [0, 1, 2]) engines.push(await makeOwnEngine({ number }));
  const hosts = engines.map((engine, index): Host => ({ name: index === 0 ? 'local' : `n${index}`, engine }));
  const house = await makeHouse(undefined, { engine: engines[0]?.socketPath ?? '', address: engines[0]?.address ?? '' });
  try {
    await unlessInterrupted(proveAll({ account, house, hosts }));
  } finally {
    await house.dispose();
  }
} finally {
  for (const engine of engines) await engine.dispose();
}
process.exitCode = account.close() ? 0 : 1;
