// Measurements for Prometheus, as OpenMetrics. Levels are read from the daemon's view at each scrape; what would be lost between two scrapes
// (turn durations, deployment results) is counted turn by turn. Labels hold clusters, services, instances and fixed words only: the number of
// series is bounded by what git declares. No default collector of prom-client runs: its event-loop sampling would cost a quiet daemon its quiet.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { servicesOf } from './status.ts';
import { TASK_STATUSES } from '../model/task/task.ts';
import type { DaemonDoor, DaemonView } from '../daemon/view.ts';
import type { OpenMetricsContentType } from 'prom-client';
import type { ServiceRow } from '../model/turn/ledger.ts';
import type { World } from '../model/turn/plan.ts';

export interface Metrics {
  readonly contentType: string;
  /** The exposition text, ending in `# EOF`. */
  text(): Promise<string>;
  /** Stops counting turns. */
  close(): void;
}

const PREFIX = 'longshore_';
/** Seconds; a turn takes milliseconds, one that waits for an engine's first answer takes seconds. */
const TURN_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 10];

/** Measures a daemon from now on; `version` is the running version of Longshore. */
export function measure(door: DaemonDoor, version: string): Metrics {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const registers = [registry];
  registerLevels(registers, door);
  registerWorld(registers, door);
  registerProgram(registers, door, version);
  const turnSeconds = new Histogram({
    name: `${PREFIX}turn_duration_seconds`,
    help: 'Time of one turn: observe, reconcile, record, act.',
    buckets: TURN_BUCKETS,
    registers,
  });
  const results = new Counter({
    name: `${PREFIX}deployments_finished`,
    help: 'Deployments that ended since the daemon started.',
    labelNames: ['cluster', 'service', 'result'],
    registers,
  });
  const finished = finishedDeployments(door.view().world);
  let turns = door.view().turns;
  const close = door.onTurn(() => {
    const view = door.view();
    if (view.turns > turns) turnSeconds.observe(view.lastTurnMs / 1_000);
    turns = view.turns;
    for (const { cluster, service, result } of finished(view.world)) results.inc({ cluster, service, result });
  });
  return { contentType: Registry.OPENMETRICS_CONTENT_TYPE, text: async () => registry.metrics(), close };
}

/**
 * A function that gives, at each call, the deployments that ended since the call before. A service's row that is the same object costs nothing.
 * What had ended in `before` is history and not counted.
 */
export function finishedDeployments(before: World | null): (now: World | null) => { cluster: string; service: string; result: string }[] {
  let rows: ReadonlyMap<string, ServiceRow> | null = before?.ledger.services ?? null;
  return (now) => {
    if (now === null || now.ledger.services === rows) return [];
    const ended: { cluster: string; service: string; result: string }[] = [];
    for (const [id, row] of now.ledger.services) {
      const last = rows?.get(id);
      if (rows === null || last === row) continue;
      const known = new Set(last?.deployments.filter((deployment) => deployment.rollout !== 'IN_PROGRESS').map(({ id: name }) => name));
      for (const deployment of row.deployments) {
        if (deployment.rollout === 'IN_PROGRESS' || known.has(deployment.id)) continue;
        ended.push({ cluster: row.cluster, service: row.name, result: deployment.rollout });
      }
    }
    rows = now.ledger.services;
    return ended;
  };
}

/** Single numbers of the view. */
function registerLevels(registers: Registry<OpenMetricsContentType>[], door: DaemonDoor): void {
  const level = (name: string, help: string, read: (view: DaemonView) => number): void => {
    const gauge: Gauge = new Gauge({ name: `${PREFIX}${name}`, help, registers, collect: () => gauge.set(read(door.view())) });
  };
  const total = (name: string, help: string, read: (view: DaemonView) => number): void => {
    const counter: Counter = new Counter({
      name: `${PREFIX}${name}`,
      help,
      registers,
      collect: () => {
        counter.reset();
        counter.inc(read(door.view()));
      },
    });
  };
  total('turns', 'Turns of the loop.', (view) => view.turns);
  total('actions', 'Engine calls started.', (view) => view.actionsTotal);
  total('action_errors', 'Engine calls that failed.', (view) => view.actionErrorsTotal);
  level('actions_in_flight', 'Engine calls under way.', (view) => view.actionsInFlight);
  level('last_turn_timestamp_seconds', 'When the last turn succeeded; 0 before the first.', (view) => (view.world?.now ?? 0) / 1_000);
  level('ready', '1 when a commit is in force, every engine was asked and the route table is installed.', (view) => Number(view.ready));
  level('settled', '1 when nothing is left to do.', (view) => Number(view.settled));
  level('commit_refused', '1 when the newest commit was refused.', (view) => Number(view.refusedCommit !== null));
  level('repository_readable', '1 when the repository could be read last time.', (view) => Number(view.repositoryError === null));
  level('ledger_writable', '1 when the last decision could be recorded.', (view) => Number(view.storeError === null));
  level('proxy_connected', '1 when the proxy answers.', (view) => Number(view.world?.observed.proxy != null));
  level('instances_connected', 'Container instances whose engine answers.', (view) => {
    return [...(view.world?.observed.instances.values() ?? [])].filter((instance) => instance.connected).length;
  });
}

/** Numbers per service, instance and target state. */
function registerWorld(registers: Registry<OpenMetricsContentType>[], door: DaemonDoor): void {
  const family = (name: string, help: string, labelNames: string[], fill: (world: World, set: Setter) => void): void => {
    const gauge: Gauge = new Gauge({
      name: `${PREFIX}${name}`,
      help,
      labelNames,
      registers,
      collect: () => {
        gauge.reset();
        const world = door.view().world;
        if (world) fill(world, (labels, value) => gauge.set(labels, value));
      },
    });
  };
  const perService = (name: string, help: string, read: (service: ReturnType<typeof servicesOf>[number]) => number): void =>
    family(name, help, ['cluster', 'service'], (world, set) => {
      for (const service of servicesOf(world)) set(labelsOf(service.id), read(service));
    });
  perService('tasks_desired', 'Tasks that should run.', (service) => service.desired);
  perService('tasks_healthy', 'Running tasks that are healthy.', (service) => service.healthy);
  perService('deployments_in_progress', 'Deployments under way.', (service) => {
    return service.deployments.filter((deployment) => deployment.rollout === 'IN_PROGRESS').length;
  });
  family('tasks', 'Tasks by their last status.', ['cluster', 'service', 'status'], (world, set) => {
    for (const [labels, status, number] of tasksByStatus(world)) set({ ...labels, status }, number);
  });
  family('instance_connected', '1 when the engine of the instance answers.', ['instance'], (world, set) => {
    for (const instance of world.observed.instances.values()) set({ instance: instance.id }, Number(instance.connected));
  });
  family('targets', 'Targets of the proxy by state.', ['state'], (world, set) => {
    const targets = [...(world.observed.proxy?.targets.values() ?? [])];
    for (const state of ['initial', 'healthy', 'unhealthy', 'draining']) {
      set({ state }, targets.filter((target) => target.state === state).length);
    }
  });
}

/** The process itself, with the names that every Prometheus dashboard knows. */
function registerProgram(registers: Registry<OpenMetricsContentType>[], door: DaemonDoor, version: string): void {
  const build = new Gauge({ name: `${PREFIX}build_info`, help: 'The running version.', labelNames: ['version'], registers });
  build.set({ version }, 1);
  const start = new Gauge({ name: 'process_start_time_seconds', help: 'When the daemon started.', registers });
  start.set(door.view().startedAt / 1_000);
  const memory: Gauge = new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the daemon.',
    registers,
    collect: () => memory.set(process.memoryUsage.rss()),
  });
  const cpu: Counter = new Counter({
    name: 'process_cpu_seconds',
    help: 'CPU time of the daemon.',
    registers,
    collect: () => {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc((user + system) / 1_000_000);
    },
  });
}

type Setter = (labels: Record<string, string>, value: number) => void;

/** One number per service and status, zeros too: a series that vanishes can't be alerted on. */
function tasksByStatus(world: World): (readonly [{ cluster: string; service: string }, string, number])[] {
  const counts = new Map<string, number>();
  for (const { cluster, service, lastStatus } of world.ledger.tasks.values()) {
    const key = `${cluster}/${service} ${lastStatus}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return servicesOf(world).flatMap(({ id }) =>
    TASK_STATUSES.map((status) => [labelsOf(id), status, counts.get(`${id} ${status}`) ?? 0] as const),
  );
}

function labelsOf(id: string): { cluster: string; service: string } {
  const [cluster = '', service = ''] = id.split('/');
  return { cluster, service };
}
