// What must be true when a fault is over: the declared state is reached, and nothing of ours is orphaned or there twice. Read from the
// engine itself and not only from the daemon that is being judged.
import { setTimeout as sleep } from 'node:timers/promises';
import { get } from '../../test/e2e/get.ts';
import type { House } from '../../test/e2e/house.ts';
import { startLoad } from '../../test/e2e/load.ts';
import type { Status } from '../../src/api/status.ts';
import type { Account } from './account.ts';
import type { OwnEngine } from './own-engine.ts';

const POLL_MS = 50;
const QUIET_LOAD_MS = 2_000;

/** Waits for a status that `found` accepts; rejects with the last one after `limitMs`. A daemon that does not answer is asked again. */
export async function untilStatus(house: House, what: string, found: (status: Status) => boolean, limitMs = 60_000): Promise<Status> {
  const deadline = performance.now() + limitMs;
  let last = 'no daemon answered';
  while (performance.now() < deadline) {
    try {
      const status = await house.status();
      if (found(status)) return status;
      last = JSON.stringify({ settled: status.settled, services: status.services, instances: status.instances });
    } catch (error) {
      last = String(error);
    }
    await sleep(POLL_MS);
  }
  throw new Error(`not within ${limitMs} ms: ${what}; last seen: ${last}`);
}

/** Waits until `commit` is reached as the engine shows it now: a status from before the fault, which also says settled, does not count. */
export async function untilWhole(house: House, commit: string, since: number, count: number, limitMs = 90_000): Promise<Status> {
  return untilStatus(
    house,
    `${count} healthy tasks of commit ${commit.slice(0, 12)}`,
    ({ commit: inForce, settled, instances, services }) =>
      inForce === commit &&
      settled &&
      instances.every((instance) => instance.connected && (instance.observedAt ?? 0) > since) &&
      services.every((service) => service.steady && service.running === count && service.healthy === count),
    limitMs,
  );
}

/** Promises what must hold after every fault: each known task has its one running container, there is no other, and every request succeeds. */
export async function promiseWhole(account: Account, engine: OwnEngine, house: House, version: string): Promise<void> {
  const status = await house.status();
  const containers = await engine.everything();
  const known = status.tasks.map((task) => task.id).sort();
  const seen = containers.map((container) => container.task).sort();
  const running = containers.every((container) => container.state === 'running');
  account.promise(
    running && JSON.stringify(known) === JSON.stringify(seen),
    `${known.length} tasks, each with its one container, and no other`,
    `tasks ${known.map(short).join(' ')}; containers ${containers.map((each) => `${short(each.task)} ${each.state}`).join(', ')}`,
  );
  const [service] = status.services;
  account.promise(
    service?.deployments[0]?.rollout === 'COMPLETED' && service.current,
    'the declared state is reached',
    JSON.stringify(service?.deployments.map(({ revision, rollout, lastFailure }) => ({ revision, rollout, lastFailure }))),
  );
  const load = startLoad(house.port, 100);
  await sleep(QUIET_LOAD_MS);
  const result = await load.stop();
  const served = (await get(house.port)).version;
  account.promise(
    result.failures.length === 0 && served === version,
    `requests succeed again, version ${version}`,
    `${result.failures.length} of ${result.sent} failed (${result.failures.slice(0, 3).join('; ')}), version ${served} answers`,
  );
}

function short(id: string): string {
  return id.slice(0, 8);
}
