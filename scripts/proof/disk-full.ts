// `npm run proof:disk-full`: a disk is filled to the last byte while tasks serve requests: first the one that holds the daemon's state, at
// rest, at a new commit and in the middle of a rolling deployment, with the daemon and the proxy killed meanwhile; then the one that holds
// the engine's images and containers. No request may fail, nothing may be done that is not recorded, and it goes on when there is room.
import { appendFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStoreReadOnly } from '../../src/adapters/store/sqlite.ts';
import { type House, makeHouse } from '../../test/e2e/house.ts';
import { type Load, startLoad } from '../../test/e2e/load.ts';
import { web } from '../../test/e2e/manifests.ts';
import { type Account, failuresText, openAccount } from './account.ts';
import { unlessInterrupted } from './interrupt.ts';
import { makeOwnEngine, type OwnEngine } from './own-engine.ts';
import { diskAt, mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { promiseWhole, untilStatus, untilWhole } from './whole.ts';

const REQUESTS_PER_SECOND = 100;
/** Calls that were recorded before the disk was full may still be answered. */
const UNDER_WAY_MS = 1_000;
const FULL_MS = 3_000;
const TASKS = 2;
const STATE_MEGABYTES = 24;
const PAGE_BYTES = 4_096;
/** Three images that share a base of some 100 MB, and room to load them. */
const ENGINE_MEGABYTES = 512;
const NOT_RECORDED = /no decision can be recorded/;

interface Scene {
  readonly account: Account;
  readonly engine: OwnEngine;
  readonly house: House;
  readonly disk: SmallDisk;
}

/** `work` under load, and no request of it may fail. */
async function served(account: Account, house: House, work: (load: Load) => Promise<void>): Promise<void> {
  const load = startLoad(house.port, REQUESTS_PER_SECOND);
  try {
    await work(load);
  } finally {
    const result = await load.stop();
    account.promise(result.failures.length === 0, `none of ${result.sent} requests fails`, failuresText(result, 0));
  }
}

/** The daemon says in log and status that it can't record, and does nothing meanwhile but what is recorded. */
async function promiseStandsStill({ account, engine, house }: Scene, message: string): Promise<void> {
  const status = await untilStatus(house, 'the store refuses', ({ storeError }) => storeError !== null, 20_000);
  await sleep(UNDER_WAY_MS);
  const lines = house.log().length;
  const before = await engine.everything();
  await sleep(FULL_MS);
  const said = await house.run('status', '--state', house.state);
  account.promise(NOT_RECORDED.test(said.stdout), '`status` says that no decision can be recorded', said.stdout);
  account.promise(status.repositoryError === null, 'git is not blamed for it', String(status.repositoryError));
  account.promise(
    house.log().some((line) => line['message'] === message),
    `the log says: ${message}`,
  );
  const done = house.log().slice(lines);
  const actions = done.filter((line) => typeof line['key'] === 'string');
  account.promise(actions.length === 0, 'nothing is done', actions.map((line) => String(line['key'])).join(', '));
  const after = await engine.everything();
  account.promise(JSON.stringify(after) === JSON.stringify(before), 'no container comes or goes');
  await promiseRecorded(account, engine, house);
}

/** Every container belongs to a task that the ledger on the disk knows, read past the daemon. */
async function promiseRecorded(account: Account, engine: OwnEngine, house: House): Promise<void> {
  const store = await openStoreReadOnly(house.state);
  const { tasks } = await store.readLedger();
  await store.close();
  const strange = (await engine.everything()).filter((container) => !tasks.has(container.task));
  account.promise(strange.length === 0, 'each container stands in the ledger on the disk', strange.map(({ task }) => task).join(', '));
}

async function atNewCommit(scene: Scene): Promise<void> {
  const { account, engine, house, disk } = scene;
  await served(account, house, async () => {
    account.row('state disk full, then a commit', `${disk.fill()} KiB taken`);
    const commit = house.commit({ 'web.yaml': web({ version: '2', port: house.port }) });
    await promiseStandsStill(scene, 'the commit could not be recorded, it is not in force');
    await heal(scene, commit);
  });
  await promiseWhole(account, engine, house, '2');
}

async function whileRolling(scene: Scene): Promise<void> {
  const { account, engine, house, disk } = scene;
  await served(account, house, async () => {
    const commit = house.commit({ 'web.yaml': web({ version: '1', port: house.port, environment: { ROUND: '2' } }) });
    await untilStatus(house, 'new tasks', ({ tasks }) => tasks.length > TASKS, 20_000);
    account.row('state disk full while it rolls', `${disk.fill()} KiB taken, ${(await engine.everything()).length} containers`);
    await promiseStandsStill(scene, 'the ledger could not be written, nothing is done');
    await house.kill();
    account.row('kill -9 of the daemon, disk still full', '');
    const again = await house.run('watch', '--repo', house.repository, '--state', house.state, '--engine', `unix://${engine.socketPath}`);
    account.promise(
      again.code !== 0 && /the disk is full/.test(again.stderr) && /hint: Free some space/.test(again.stderr),
      'a daemon does not start then, and says why',
      `exit ${again.code}: ${again.stderr}`,
    );
    await promiseRecorded(account, engine, house);
    disk.free();
    const since = Date.now();
    house.start();
    await untilWhole(house, commit, since, TASKS);
    account.row('room again, daemon started', `whole after ${((Date.now() - since) / 1_000).toFixed(1)} s`);
  });
  await promiseWhole(account, engine, house, '1');
}

/** The proxy has its log and its control socket on the full disk: it must come back all the same. */
async function proxyKilled({ account, engine, house, disk }: Scene): Promise<void> {
  // The log's last page has room even on a full disk: it must not be what saves the proxy.
  const log = join(house.state, 'proxy.log');
  appendFileSync(log, ' '.repeat(PAGE_BYTES - (statSync(log).size % PAGE_BYTES)));
  disk.fill();
  const before = await house.proxyPid();
  process.kill(before, 'SIGKILL');
  account.row('kill -9 of the proxy, state disk full', '');
  const began = performance.now();
  let after = before;
  while (after === before && performance.now() - began < 10_000) {
    after = await house.proxyPid().catch(() => before); // nobody answers yet
    await sleep(20);
  }
  account.row('', `another answers after ${Math.round(performance.now() - began)} ms`);
  await sleep(FULL_MS);
  const later = await house.proxyPid().catch(() => 0);
  account.promise(after !== before && later === after, 'the proxy comes back on a full disk, and stays', `${before}, ${after}, ${later}`);
  disk.free();
  await untilWhole(house, house.git('rev-parse', 'HEAD'), 0, TASKS);
  await promiseWhole(account, engine, house, '1');
}

async function heal({ account, house, disk }: Scene, commit: string): Promise<void> {
  disk.free();
  const since = Date.now();
  await untilWhole(house, commit, 0, TASKS);
  account.row('room again', `whole after ${((Date.now() - since) / 1_000).toFixed(1)} s`);
  const { storeError } = await house.status();
  account.promise(storeError === null, '`status` is quiet about it again', String(storeError));
}

/** The engine's own disk: create is refused, the reason is told, what runs serves on, and it is tried again. */
async function engineDiskFull({ account, engine, house }: Scene): Promise<void> {
  const disk = diskAt(engine.dataRoot);
  await served(account, house, async () => {
    account.row("the engine's disk full, then a commit", `${disk.fill()} KiB taken`);
    const commit = house.commit({ 'web.yaml': web({ version: '2', port: house.port, environment: { ROUND: '3' } }) });
    const told = await untilStatus(house, 'the engine refuses', ({ services }) => lastFailure(services) !== null, 30_000);
    account.promise(
      /no space left on device/.test(lastFailure(told.services) ?? ''),
      'the reason is told',
      `${lastFailure(told.services)}`,
    );
    const { stdout } = await house.run('events', '--state', house.state);
    account.promise(/no space left on device/.test(stdout), 'an event says so', stdout.slice(-500));
    account.promise(told.services[0]?.healthy === TASKS, 'what runs is left alone', `${told.services[0]?.healthy} healthy`);
    disk.free();
    const since = Date.now();
    await untilWhole(house, commit, 0, TASKS);
    account.row('room again', `whole after ${((Date.now() - since) / 1_000).toFixed(1)} s`);
  });
  await promiseWhole(account, engine, house, '2');
}

function lastFailure(services: readonly { readonly deployments: readonly { readonly lastFailure: string | null }[] }[]): string | null {
  return services[0]?.deployments[0]?.lastFailure ?? null;
}

async function proveAll(scene: Scene): Promise<void> {
  const { house } = scene;
  const commit = house.commit({ 'web.yaml': web({ version: '1', port: house.port }) });
  house.start();
  await house.settled(commit);
  await atNewCommit(scene);
  await whileRolling(scene);
  await proxyKilled(scene);
  await engineDiskFull(scene);
}

const account = openAccount('a disk that is full: of the state, and of the engine');
const engine = await makeOwnEngine({ dataMegabytes: ENGINE_MEGABYTES });
const disk = mountSmallDisk(`/run/lsstate${process.pid}`, STATE_MEGABYTES);
try {
  const house = await makeHouse(undefined, { engine: engine.socketPath, address: engine.address, state: disk.folder });
  try {
    await unlessInterrupted(proveAll({ account, engine, house, disk }));
  } finally {
    disk.free();
    await house.dispose();
  }
} finally {
  disk.dispose();
  await engine.dispose();
}
process.exitCode = account.close() ? 0 : 1;
