// `npm run proof:engine-restart`: a dockerd of its own is stopped, killed and cut off from power under tasks that serve requests, at rest
// and in the middle of a rolling deployment. Each time: the daemon lives, says that the engine is away and stops nothing; afterwards the
// declared state is reached, with no orphan and no double. Ends with 1 when a promise is broken.
import { setTimeout as sleep } from 'node:timers/promises';
import { makeHouse, type House } from '../../test/e2e/house.ts';
import { startLoad } from '../../test/e2e/load.ts';
import { web } from '../../test/e2e/manifests.ts';
import { type Account, failuresText, kindOf, openAccount } from './account.ts';
import { unlessInterrupted } from './interrupt.ts';
import { makeOwnEngine, type OwnEngine } from './own-engine.ts';
import { promiseWhole, untilStatus, untilWhole } from './whole.ts';

const REQUESTS_PER_SECOND = 50;
const AWAY_MS = 2_000;
const ROLLING_LIMIT_MS = 20_000;
const TASKS = 2;
/** What git asks for now. */
let declared: Version = '1';

type Version = '1' | '2';

interface Fault {
  readonly name: string;
  readonly begin: (engine: OwnEngine, house: House) => Promise<void>;
  /** A deployment is under way when it begins. */
  readonly deploying: boolean;
  readonly liveRestore: boolean;
  /** Whether containers and proxy serve on while the engine is away. */
  readonly serves: 'while it is away' | 'at any moment' | 'no';
}

const terminate = async (engine: OwnEngine): Promise<void> => engine.terminate();
const crash = async (engine: OwnEngine): Promise<void> => engine.crash();
/** The whole machine: the daemon with the engine. The proxy is killed as well and comes back with the daemon. */
const cutPower = async (engine: OwnEngine, house: House): Promise<void> => {
  process.kill(await house.proxyPid(), 'SIGKILL');
  await house.kill();
  await engine.cutPower();
};

const FAULTS: readonly Fault[] = [
  { name: 'SIGTERM to dockerd', begin: terminate, deploying: false, liveRestore: false, serves: 'no' },
  { name: 'SIGTERM to dockerd while it rolls', begin: terminate, deploying: true, liveRestore: false, serves: 'no' },
  { name: 'kill -9 of dockerd', begin: crash, deploying: false, liveRestore: false, serves: 'while it is away' },
  { name: 'kill -9 of dockerd while it rolls', begin: crash, deploying: true, liveRestore: false, serves: 'while it is away' },
  { name: 'power cut: engine, tasks, daemon, proxy', begin: cutPower, deploying: true, liveRestore: false, serves: 'no' },
  { name: 'kill -9 of dockerd, live-restore', begin: crash, deploying: false, liveRestore: true, serves: 'at any moment' },
];

/** One fault from its beginning to its end. `round` makes each deployment another one. */
async function prove(account: Account, engine: OwnEngine, house: House, fault: Fault, round: number): Promise<void> {
  const loadBegan = performance.now();
  const load = startLoad(house.port, REQUESTS_PER_SECOND);
  let commit = house.git('rev-parse', 'HEAD');
  if (fault.deploying) {
    declared = declared === '1' ? '2' : '1';
    commit = house.commit({ 'web.yaml': web({ version: declared, port: house.port, environment: { ROUND: String(round) } }) });
    await untilRolling(house);
  }
  const ids = (await house.containers()).map(({ id }) => id).sort();
  const faultAt = performance.now() - loadBegan;
  await fault.begin(engine, house);
  account.row(fault.name, `${ids.length} containers of ours before it`);
  if (fault.begin !== cutPower) await promiseLives(account, house);
  else await sleep(AWAY_MS);
  const answered = await engine.start({ liveRestore: fault.liveRestore });
  const upAt = performance.now();
  const since = Date.now();
  if (fault.begin === cutPower) house.start();
  await untilWhole(house, commit, since, TASKS);
  const result = await load.stop();
  account.row('', `engine answers after ${answered} ms, whole ${((performance.now() - upAt) / 1_000).toFixed(1)} s later`);
  account.row('', failuresText(result, faultAt));
  if (fault.begin !== cutPower) {
    const strange = result.failures.filter((failure) => !/status 50[234]$/.test(failure));
    account.promise(strange.length === 0, 'the proxy answers all the time', [...new Set(strange.map(kindOf))].join(', '));
  }
  promiseServed(account, fault, result.failures, upAt - loadBegan - answered);
  if (fault.serves === 'at any moment') {
    const after = (await house.containers()).map(({ id }) => id).sort();
    account.promise(JSON.stringify(after) === JSON.stringify(ids), 'the same containers are found again', `${after.length} others`);
  }
  await promiseWhole(account, engine, house, declared);
}

/** Waits until the new revision has a container beside the old ones. */
async function untilRolling(house: House): Promise<void> {
  const deadline = performance.now() + ROLLING_LIMIT_MS;
  while ((await house.containers()).length <= TASKS) {
    if (performance.now() > deadline) throw new Error(`no container of the new revision within ${ROLLING_LIMIT_MS} ms`);
    await sleep(10);
  }
}

/** While the engine is away: the daemon says so, and neither stops nor removes anything. */
async function promiseLives(account: Account, house: House): Promise<void> {
  const told = await untilStatus(house, 'the engine is away', (status) => status.instances.some((instance) => !instance.connected), 20_000);
  const lines = house.log().length;
  await sleep(AWAY_MS);
  const status = await house.status();
  const said = await house.run('status', '--state', house.state);
  account.promise(status.pid === told.pid && /: away/.test(said.stdout), 'the daemon lives and `status` says away', said.stdout);
  const stops = house
    .log()
    .slice(lines)
    .filter((line) => line['message'] === 'stop-container' || line['message'] === 'remove-container');
  account.promise(stops.length === 0, 'nothing is stopped while it is away', stops.map((line) => String(line['key'])).join(', '));
  account.promise(
    status.services[0]?.running === told.services[0]?.running,
    'tasks that nobody can see keep their state',
    `${status.services[0]?.running} running, before ${told.services[0]?.running}`,
  );
}

function promiseServed(account: Account, fault: Fault, failures: readonly string[], startMs: number): void {
  if (fault.serves === 'no') return;
  const early = failures.filter((failure) => fault.serves === 'at any moment' || Number.parseInt(failure, 10) < startMs - 500);
  account.promise(early.length === 0, `no request fails ${fault.serves}`, early.slice(0, 3).join('; '));
}

async function proveAll(account: Account, engine: OwnEngine, house: House): Promise<void> {
  const commit = house.commit({ 'web.yaml': web({ version: declared, port: house.port }) });
  house.start();
  await house.settled(commit);
  for (const [index, fault] of FAULTS.entries()) {
    if (fault.liveRestore) {
      await engine.terminate();
      await engine.start({ liveRestore: true });
      await untilWhole(house, house.git('rev-parse', 'HEAD'), Date.now(), TASKS);
    }
    await prove(account, engine, house, fault, index);
  }
}

const account = openAccount('an engine that is stopped, killed, and cut off from power');
const engine = await makeOwnEngine();
try {
  const house = await makeHouse(undefined, { engine: engine.socketPath, address: engine.address });
  try {
    await unlessInterrupted(proveAll(account, engine, house));
  } finally {
    await house.dispose();
  }
} finally {
  await engine.dispose();
}
process.exitCode = account.close() ? 0 : 1;
