// How long the core works to place 10,000 tasks on 500 container instances of three zones, with spread, binpack and a memberOf expression:
// as two services (ECS: 5,000 tasks each at most), and as 100 beside a daemon service. All turns count, from the commit to the one in which the last task runs; the
// engines do at once what they are told, or nothing at all, so that thousands of tasks stand there PENDING.
import { app, desired, type Declared } from '../test/build.ts';
import type { Ledger } from '../src/model/turn/ledger.ts';
import type { DesiredInstance } from '../src/model/cluster/container-instance.ts';
import type { DesiredState } from '../src/model/turn/desired.ts';
import { type Benchmark, median, type Row, told } from './measure.ts';
import { rounds } from '../test/sim/rounds.ts';

const INSTANCES = 500;
const TASKS = 10_000;
const ROUNDS = 5;
/** For 10,000 tasks. */
const WHOLE_MS = 2_000;
const TURN_MS = 50;
const MOST_TURNS = 500;

/** Who places what, and on engines that answer or not. */
const SHAPES = {
  '2 services of 5,000': { services: 2, daemon: false, silent: false },
  '100 services of 100, one daemon': { services: 100, daemon: true, silent: false },
  'the same, and no engine answers yet': { services: 100, daemon: true, silent: true },
} as const;

export const place: Benchmark = {
  about: 'placing 10,000 tasks on 500 instances with spread, binpack and memberOf: all turns, and the longest of them',
  run: async (options) => {
    const rounds = options.pairs ?? ROUNDS;
    return Object.entries(SHAPES).flatMap(([name, shape]) => {
      const runs = Array.from({ length: rounds + 1 }, () => turnsOf(shape)).slice(1);
      told(`place: ${name}: ${runs[0]?.length} turns`);
      if (options.trace) told((runs[0] ?? []).map((ms) => ms.toFixed(0)).join(' '));
      // Each turn is the same in each run: the middle of its times is what it costs.
      const turns = (runs[0] ?? []).map((_, turn) => median(runs.map((times) => times[turn] ?? Number.NaN)));
      return rowsOf(name, turns);
    });
  },
};

function rowsOf(name: string, turns: readonly number[]): readonly Row[] {
  const whole = turns.reduce((sum, ms) => sum + ms, 0);
  return [
    { figure: `place: ${name}: in all`, ours: whole, limit: WHOLE_MS, unit: 'ms', allowed: 1 },
    { figure: `place: ${name}: longest turn`, ours: Math.max(...turns), limit: TURN_MS, unit: 'ms', allowed: 1 },
  ];
}

interface Shape {
  readonly services: number;
  readonly daemon: boolean;
  readonly silent: boolean;
}

/** Milliseconds of each turn until all tasks have a place, and run where engines answer. */
function turnsOf(shape: Shape): readonly number[] {
  const fleet = rounds(declaredOf(shape), { callsPerEngine: shape.silent ? 0 : TASKS, roundMs: 100, eachTurn: true });
  const wanted = TASKS + (shape.daemon ? INSTANCES : 0);
  const times: number[] = [];
  while (times.length < MOST_TURNS) {
    fleet.round((_world, _plan, ms) => times.push(ms));
    if (isDone(fleet.ledger(), wanted, shape.silent)) return times;
  }
  throw new Error(`${fleet.ledger().tasks.size} of ${wanted} tasks are placed after ${MOST_TURNS} turns`);
}

function isDone({ tasks }: Ledger, wanted: number, silent: boolean): boolean {
  if (tasks.size < wanted) return false;
  if (silent) return true;
  for (const task of tasks.values()) if (task.lastStatus !== 'RUNNING') return false;
  return true;
}

function declaredOf({ services, daemon }: Shape): DesiredState {
  const apps = Array.from({ length: services }, (_, index): Declared => {
    const declared = app(`s${String(index).padStart(4, '0')}`, {
      count: TASKS / services,
      cpu: 64,
      memory: 100,
      constraints: [{ type: 'memberOf', expression: 'attribute:ecs.instance-type =~ m5.* and not(attribute:stack == test)' }],
    });
    const placementStrategy = [
      { type: 'spread', field: 'attribute:ecs.availability-zone' },
      { type: 'binpack', field: 'memory' },
    ] as const;
    return { ...declared, service: { ...declared.service, placementStrategy: [...placementStrategy] } };
  });
  if (daemon) apps.push(app('watcher', { daemon: true, memory: 16 }));
  return desired(apps, { instances: instances() });
}

/** Three zones; one instance in ten is of another type, and one in twenty of another stack. */
function instances(): readonly DesiredInstance[] {
  return Array.from({ length: INSTANCES }, (_, index) => ({
    name: `i${String(index).padStart(3, '0')}`,
    cluster: 'default',
    endpoint: `tcp://10.0.${index >> 8}.${index & 255}:2376`,
    attributes: [
      { name: 'ecs.availability-zone', value: `zone-${'abc'[index % 3]}` },
      { name: 'ecs.instance-type', value: index % 10 === 0 ? 'c5.large' : 'm5.large' },
      { name: 'stack', value: index % 20 === 1 ? 'test' : 'live' },
    ],
    cpu: 2_048,
    memory: 4_096,
  }));
}
