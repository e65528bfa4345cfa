// How long the core works to place 10,000 tasks on 500 container instances of three zones, with spread, binpack and a memberOf expression:
// as two services (ECS: 5,000 tasks each at most), and as 100 beside a daemon service. All turns count, from the commit to the one in which the last task runs; the
// engines do at once what they are told, or nothing at all, so that thousands of tasks stand there PENDING.
import { app, desired, type Declared } from '../test/build.ts';
import { EMPTY_LEDGER, type Ledger } from '../src/model/ledger.ts';
import type { Action, World } from '../src/model/plan.ts';
import type { Answer, ContainerView, InstanceView } from '../src/model/observed.ts';
import type { DesiredInstance } from '../src/model/container-instance.ts';
import type { DesiredState } from '../src/model/desired.ts';
import { reconcile } from '../src/core/reconcile.ts';
import { type Benchmark, median, type Row, told } from './measure.ts';

const INSTANCES = 500;
const TASKS = 10_000;
const ROUNDS = 5;
/** For 10,000 tasks. */
const WHOLE_MS = 2_000;
const TURN_MS = 50;
const START = Date.UTC(2026, 0, 1);
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
  const declared = declaredOf(shape);
  const wanted = TASKS + (shape.daemon ? INSTANCES : 0);
  const engines = new Map(
    [...declared.instances.keys()].map((id) => [id, { containers: new Map<string, ContainerView>(), view: viewOf(id, new Map()) }]),
  );
  const times: number[] = [];
  let ledger = EMPTY_LEDGER;
  let answers = new Map<string, Answer>();
  while (times.length < MOST_TURNS) {
    const now = START + times.length * 100;
    const instances = new Map([...engines].map(([id, { view }]) => [id, view]));
    const world: World = {
      installation: 'test',
      desired: declared,
      observed: { instances, proxy: { version: '', targets: new Map(), refused: [] }, answers, secrets: new Map() },
      outcomes: [],
      ledger,
      now,
    };
    const began = computed();
    const plan = reconcile(world);
    times.push(computed() - began);
    ledger = plan.ledger;
    answers = new Map(
      plan.looks.map(({ key }) => [key, { key, at: now, error: null, image: { id: 'sha256:1', digest: `sha256:${'a'.repeat(64)}` } }]),
    );
    if (!shape.silent) for (const id of performed(plan.actions, engines, now)) restate(engines, id);
    if (isDone(ledger, wanted, shape.silent)) return times;
  }
  throw new Error(`${ledger.tasks.size} of ${wanted} tasks are placed after ${MOST_TURNS} turns`);
}

function isDone({ tasks }: Ledger, wanted: number, silent: boolean): boolean {
  if (tasks.size < wanted) return false;
  if (silent) return true;
  for (const task of tasks.values()) if (task.lastStatus !== 'RUNNING') return false;
  return true;
}

interface Engine {
  readonly containers: Map<string, ContainerView>;
  view: InstanceView;
}

function restate(engines: ReadonlyMap<string, Engine>, id: string): void {
  const engine = engines.get(id);
  if (engine !== undefined) engine.view = viewOf(id, new Map(engine.containers));
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

function viewOf(id: string, containers: ReadonlyMap<string, ContainerView>): InstanceView {
  return {
    id,
    clusters: null,
    declared: true,
    address: '127.0.0.1',
    connected: true,
    observedAt: START,
    cpu: 4_096,
    memory: 8_192,
    containers,
    networks: new Set(['longshore-test-default']),
    volumes: new Map(),
  };
}

/** Does what the engines are told; the ids of those that did anything. */
function performed(actions: readonly Action[], engines: ReadonlyMap<string, Engine>, now: number): ReadonlySet<string> {
  const touched = new Set<string>();
  for (const action of actions) {
    const containers = engines.get(action.instance)?.containers;
    if (containers === undefined) continue;
    touched.add(action.instance);
    if (action.kind === 'create-container') containers.set(`c-${action.name}`, createdBy(action));
    const view = action.kind === 'start-container' ? containers.get(action.container) : undefined;
    if (view !== undefined) containers.set(view.id, { ...view, state: 'running', startedAt: now });
  }
  return touched;
}

function createdBy({ name, identity }: Extract<Action, { kind: 'create-container' }>): ContainerView {
  return {
    id: `c-${name}`,
    name,
    identity,
    state: 'created',
    exitCode: null,
    oomKilled: false,
    health: 'none',
    ports: [],
    networks: [],
    imageId: 'sha256:1',
    startedAt: null,
    finishedAt: null,
  };
}

/** Milliseconds that this thread has computed: what else the machine does is not its work. */
function computed(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
