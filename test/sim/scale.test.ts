// The scale scenario: 500 container instances in three zones, 10,000 tasks, and one zone is lost. Every service is back at its minimum within the
// rounds that the calls to the engines alone need, and the zone that comes back takes nobody below it.
import { expect, test } from 'vitest';
import { app, desired } from '../build.ts';
import { DEFAULT_LIMITS } from '../../src/daemon/config.ts';
import { MAX_INSTANCES } from '../../src/model/cluster/container-instance.ts';
import type { Plan, World } from '../../src/model/turn/plan.ts';
import type { Task } from '../../src/model/task/task.ts';
import { type Rounds, rounds } from './rounds.ts';

const SERVICES = 100;
const EACH = 100;
const GRACE_SECONDS = 60;
const ROUND_MS = 250;
/** Tasks that one turn may place. */
const LAUNCHES_PER_TURN = 250;

test(`${MAX_INSTANCES} instances, ${SERVICES * EACH} tasks, a zone is lost and comes back`, { timeout: 120_000 }, () => {
  const fleet = rounds(declared(), { callsPerEngine: DEFAULT_LIMITS.callsPerEngine, roundMs: ROUND_MS });
  fleet.settle(100);
  expect(lacking(fleet)).toEqual([]);
  const zone = idsOf('a');
  const lost = [...fleet.ledger().tasks.values()].filter(({ instance }) => zone.includes(instance)).length;
  // Spread: a third of the tasks of each service, off by one at most.
  expect(lost).toBeGreaterThanOrEqual(SERVICES * Math.floor(EACH / 3));

  fleet.cut(zone);
  fleet.settle(10);
  expect(fleet.ledger().tasks.size).toBe(SERVICES * EACH);
  fleet.pass(GRACE_SECONDS * 1_000);

  const away = until(fleet, () => lacking(fleet).length === 0, zone);
  // The turn that gives them up begins to place others. What is left over wakes the next turn, at the same moment.
  expect(away.turns[0]).toBeLessThanOrEqual(Math.ceil(lost / LAUNCHES_PER_TURN) + 1);
  const most = Math.max(...away.placed.values());
  // Created, started, seen: what each engine can do at once, and one more look.
  expect(away.turns.length).toBeLessThanOrEqual(Math.ceil((2 * most) / DEFAULT_LIMITS.callsPerEngine) + 2);
  expect([...away.placed.values()].reduce((sum, count) => sum + count, 0)).toBe(lost);

  fleet.heal(zone);
  const back = until(fleet, () => fleet.ledger().tasks.size === SERVICES * EACH, zone);
  expect(back.worst).toBe(0);
  expect(lacking(fleet)).toEqual([]);
  console.info(
    `${lost} tasks lost: ${away.turns[0]} turns to place others, ${away.turns.length} rounds of calls, at most ${most} tasks an engine; ` +
      `${back.turns.length} rounds when the zone is back; ${Math.round(away.ms + back.ms)} ms of computing`,
  );
});

function declared(): ReturnType<typeof desired> {
  const apps = Array.from({ length: SERVICES }, (_, index) =>
    app(`s${String(index).padStart(3, '0')}`, { count: EACH, cpu: 64, memory: 100, min: 100, max: 200, healthyAfter: 0 }),
  );
  const instances = ['a', 'b', 'c'].flatMap((zone) =>
    idsOf(zone).map((name) => ({
      ...{ name, cluster: 'default', endpoint: `tcp://${name}.example:2376`, cpu: 4_096, memory: 8_192 },
      attributes: [{ name: 'ecs.availability-zone', value: zone }],
    })),
  );
  // What a zone that is back gets again task by task would hide what it does to those that stand (core/service/rebalance.test.ts shows that).
  const still = apps.map((one) => ({ ...one, service: { ...one.service, availabilityZoneRebalancing: 'DISABLED' as const } }));
  const state = desired(still, { instances });
  const clusters = new Map([...state.clusters].map(([id, cluster]) => [id, { ...cluster, graceSeconds: GRACE_SECONDS }]));
  return { ...state, clusters };
}

function idsOf(zone: string): readonly string[] {
  const own = Array.from({ length: MAX_INSTANCES }, (_, index) => index).filter((index) => 'abc'[index % 3] === zone);
  return own.map((index) => `${zone}${String(index).padStart(3, '0')}`);
}

/** Services with fewer tasks that are HEALTHY than their minimum, which is all of them here. */
function lacking(fleet: Rounds): readonly string[] {
  const healthy = new Map<string, number>();
  for (const task of fleet.ledger().tasks.values()) if (isServing(task)) healthy.set(task.service, (healthy.get(task.service) ?? 0) + 1);
  return [...fleet.ledger().services.values()].map(({ name }) => name).filter((name) => (healthy.get(name) ?? 0) < EACH);
}

function isServing({ lastStatus, desiredStatus, health }: Task): boolean {
  return lastStatus === 'RUNNING' && desiredStatus === 'RUNNING' && health === 'HEALTHY';
}

interface Course {
  /** Of each round. */
  readonly turns: readonly number[];
  /** New tasks by instance. */
  readonly placed: ReadonlyMap<string, number>;
  /** How many services were below their minimum in the worst turn. */
  readonly worst: number;
  readonly ms: number;
}

/** Rounds until `done`; nothing new is placed on `closed`, and no instance is given more than it has. */
function until(fleet: Rounds, done: () => boolean, closed: readonly string[]): Course {
  const turns: number[] = [];
  const placed = new Map<string, number>();
  let worst = 0;
  let ms = 0;
  const seen = (world: World, plan: Plan, computed: number): void => {
    ms += computed;
    for (const task of plan.ledger.tasks.values()) {
      if (world.ledger.tasks.has(task.id)) continue;
      expect(closed).not.toContain(task.instance);
      placed.set(task.instance, (placed.get(task.instance) ?? 0) + 1);
    }
  };
  while (turns.length < 100) {
    turns.push(fleet.round(seen));
    worst = Math.max(worst, lacking(fleet).length);
    if (done()) return { turns, placed, worst, ms };
  }
  throw new Error(`not there after ${turns.length} rounds: ${lacking(fleet).join(' ')}`);
}
