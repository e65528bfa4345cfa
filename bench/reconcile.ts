// How long one turn takes over 1,000 services x 10 tasks on 50 instances, how that grows with the size, and what the world itself weighs.
// Nothing but the pure core runs here. A turn never sees the same objects twice where a daemon would see new ones: the memory of quiet
// services goes by reference, and a benchmark that hands the same picture in again would measure that memory only.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import type { ContainerView, InstanceView } from '../src/model/turn/observed.ts';
import type { World } from '../src/model/turn/plan.ts';
import { encodeWorld } from '../src/api/world-json.ts';
import { reconcile as turn } from '../src/core/reconcile.ts';
import { type Benchmark, median, type Row, told } from './measure.ts';
import { quietWorld } from './quiet-world.ts';

const ROUNDS = 31;
const WARM_UP = 10;
const LIMIT_MS = 20;
/**
 * Linear: ten times the tasks take ten times as long, within what caches of the processor make of it (quadratic would be 10). Judged by turns in which every service
 * is worked out anew; of a quiet turn those caches are nearly all that can be seen.
 */
const LINEAR = 2;
const MEMORY_MB = 300;
/** Services of 10 tasks, instances. */
const SIZES = { small: [100, 5], middle: [300, 15], large: [1_000, 50] } as const;
const TASKS_EACH = 10;

type Worlds = Readonly<Record<keyof typeof SIZES, World>>;

export const reconcile: Benchmark = {
  about: 'one turn of the core over 1,000 services x 10 tasks, its growth, and the memory of that world',
  run: async (options) => {
    const rounds = options.pairs ?? ROUNDS;
    const worlds = Object.fromEntries(
      Object.entries(SIZES).map(([name, [services, instances]]) => [name, settled(quietWorld(services, TASKS_EACH, instances).world)]),
    ) as Worlds;
    told('reconcile: worlds of 1,000, 3,000 and 10,000 tasks are quiet');
    return [...turns(worlds, rounds), memory(worlds.large)];
  },
};

function turns({ small, middle, large }: Worlds, rounds: number): readonly Row[] {
  const works: Readonly<Record<string, readonly [World, (world: World, round: number) => World]>> = {
    quiet: [large, later],
    small: [small, listedAnew],
    middle: [middle, listedAnew],
    large: [large, listedAnew],
    changed: [large, withExit],
    listed: [large, withListing],
    deploys: [large, withForced],
  };
  const times = new Map<string, number[]>(Object.keys(works).map((name) => [name, []]));
  for (let round = -WARM_UP; round < rounds; round++)
    for (const [name, [base, change]] of Object.entries(works)) {
      // The turn before the timed one is quiet in every case; it also undoes what the last change was.
      turn(later(base, round + WARM_UP));
      turn(later(base, round + WARM_UP));
      const world = change(later(base, round + WARM_UP), round + WARM_UP);
      const began = performance.now();
      turn(world);
      if (round >= 0) times.get(name)?.push(performance.now() - began);
    }
  const ms = (name: string): number => median(times.get(name) ?? []);
  const perTask = (name: string, [services]: readonly [number, number]): number => (ms(name) * 1_000) / (services * TASKS_EACH);
  const unit = 'µs/task';
  const base = perTask('small', SIZES.small);
  return [
    { figure: 'reconcile: quiet turn, 1,000 x 10 over 50', ours: ms('quiet'), limit: LIMIT_MS, unit: 'ms', allowed: 1 },
    { figure: 'reconcile: growth, 3,000 tasks against 1,000', ours: perTask('middle', SIZES.middle), limit: base, unit, allowed: LINEAR },
    { figure: 'reconcile: growth, 10,000 tasks against 1,000', ours: perTask('large', SIZES.large), limit: base, unit, allowed: LINEAR },
    { figure: 'reconcile: turn in which one container exited', ours: ms('changed'), limit: LIMIT_MS, unit: 'ms', allowed: null },
    { figure: 'reconcile: turn after the listing of one instance', ours: ms('listed'), limit: LIMIT_MS, unit: 'ms', allowed: null },
    { figure: 'reconcile: turn after the listing of all instances', ours: ms('large'), limit: LIMIT_MS, unit: 'ms', allowed: null },
    { figure: 'reconcile: turn in which one service deploys', ours: ms('deploys'), limit: LIMIT_MS, unit: 'ms', allowed: null },
  ];
}

function later(world: World, round: number): World {
  return { ...world, now: world.now + 1 + round };
}

/** The world after a full listing and a turn that has seen it: what a daemon stands on that has been up for a minute. */
function settled(world: World): World {
  const next = listedAnew(world);
  turn(next);
  return next;
}

/** Every instance was listed: equal content, new objects. */
function listedAnew(world: World): World {
  const fresh = [...world.observed.instances].map(
    ([id, instance]) => [id, { ...instance, containers: copied(instance.containers) }] as const,
  );
  return { ...world, observed: { ...world.observed, instances: new Map(fresh) } };
}

/** One container, another in each round, has exited. */
function withExit(world: World, round: number): World {
  return withPicture(world, round, (containers) => {
    const [first] = containers.values();
    return first === undefined ? containers : new Map(containers).set(first.id, { ...first, state: 'exited', exitCode: 1 });
  });
}

/** One instance was listed: equal content, new objects. */
function withListing(world: World, round: number): World {
  return withPicture(world, round, copied);
}

function copied(containers: ReadonlyMap<string, ContainerView>): ReadonlyMap<string, ContainerView> {
  return new Map([...containers].map(([id, view]) => [id, { ...view }]));
}

function withPicture(
  world: World,
  round: number,
  change: (containers: ReadonlyMap<string, ContainerView>) => ReadonlyMap<string, ContainerView>,
): World {
  const instances = new Map(world.observed.instances);
  const all = [...instances.values()];
  const instance = all[round % all.length] as InstanceView;
  instances.set(instance.id, { ...instance, containers: change(instance.containers), observedAt: world.now });
  return { ...world, observed: { ...world.observed, instances } };
}

/** A commit in which one service, another in each round, asks for a new deployment. */
function withForced(world: World, round: number): World {
  const all = [...world.desired.services.values()];
  const service = all[round % all.length];
  if (service === undefined) throw new Error('a world without services');
  const services = new Map(world.desired.services).set(service.id, { ...service, hash: `forced-${round}` });
  return { ...world, desired: { ...world.desired, commit: `commit-${round}`, services } };
}

/** Resident memory of a process that read this world, as a daemon that starts reads it, and nothing else. */
function memory(world: World): Row {
  const folder = mkdtempSync(join(tmpdir(), 'lb-'));
  try {
    const file = join(folder, 'world.json');
    writeFileSync(file, JSON.stringify(encodeWorld(world)));
    const run = spawnSync(process.execPath, ['--expose-gc', join(import.meta.dirname, 'memory.ts'), file], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`the process that holds the world failed: ${run.stderr}`);
    const ours = Number(run.stdout);
    return { figure: 'reconcile: memory of a process with that world', ours, limit: MEMORY_MB, unit: 'MB', allowed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
