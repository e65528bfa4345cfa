// Where a task goes: filters that explain themselves, then the instance with the fewest tasks of the same service, then the emptiest.
// Charged from placement until STOPPED (spec 5.7). Absent yet: strategies and constraints of the author's own.
import type { InstanceView } from '../../model/observed.ts';
import type { Task } from '../../model/task.ts';
import { type TaskDefinition, reservedPorts } from '../../model/task-definition.ts';
import { cpuUnits, memoryMib } from '../../lang/size.ts';
import { byText } from '../../std/order.ts';

/** What one task takes from an instance: CPU units, MiB, and fixed host ports as `tcp/8080`. */
export interface Demand {
  readonly cpu: number;
  readonly memory: number;
  readonly ports: readonly string[];
  /** Instances that have a local-only image; null: the image can be pulled anywhere. */
  readonly imageOn: ReadonlySet<string> | null;
}

/** What is taken of one instance; changed in place as tasks are placed in a turn. */
export interface Usage {
  cpu: number;
  memory: number;
  readonly ports: Set<string>;
  /** Tasks by `cluster/service`. */
  readonly services: Map<string, number>;
}

export type Placed = { readonly instance: string } | { readonly refused: string };

/** ECS: the task's size, or the sum over its containers: cpu, and memoryReservation where there is one, else memory. */
export function demandOf(definition: TaskDefinition, imageOn: ReadonlySet<string> | null): Demand {
  const containers = definition.containerDefinitions;
  const cpu = definition.cpu === undefined ? null : cpuUnits(definition.cpu);
  const memory = definition.memory === undefined ? null : memoryMib(definition.memory);
  return {
    cpu: cpu ?? containers.reduce((sum, container) => sum + (container.cpu ?? 0), 0),
    memory: memory ?? containers.reduce((sum, container) => sum + (container.memoryReservation ?? container.memory ?? 0), 0),
    ports: reservedPorts(definition).map((port) => `${port.protocol}/${port.hostPort}`),
    imageOn,
  };
}

/** What the tasks of the ledger take. `demand`: what a revision takes; null when it is unknown (adopted by labels only). */
export function usageOf(tasks: Iterable<Task>, demand: (revision: string) => Demand | null): Map<string, Usage> {
  const usage = new Map<string, Usage>();
  for (const task of tasks) {
    if (task.lastStatus === 'STOPPED') continue;
    charge(usage, task.instance, `${task.cluster}/${task.service}`, demand(task.revision));
  }
  return usage;
}

/** Adds one task to what an instance has taken. */
export function charge(usage: Map<string, Usage>, instance: string, service: string, demand: Demand | null): void {
  let taken = usage.get(instance);
  if (taken === undefined) usage.set(instance, (taken = { cpu: 0, memory: 0, ports: new Set(), services: new Map() }));
  taken.cpu += demand?.cpu ?? 0;
  taken.memory += demand?.memory ?? 0;
  for (const port of demand?.ports ?? []) taken.ports.add(port);
  taken.services.set(service, (taken.services.get(service) ?? 0) + 1);
}

/** The instance for one task of a service, charged to `usage`; or why none will do, in ECS's words. */
export function place(
  cluster: string,
  service: string,
  demand: Demand,
  instances: ReadonlyMap<string, InstanceView>,
  usage: Map<string, Usage>,
): Placed {
  const candidates = [...instances.values()].filter((instance) => instance.clusters === null || instance.clusters.includes(cluster));
  if (candidates.length === 0) return { refused: 'No Container Instances were found in your cluster.' };
  const fitting: InstanceView[] = [];
  const refusals: string[] = [];
  for (const instance of candidates) {
    const filter = FILTERS.find((each) => !each.passes(instance, demand, usage.get(instance.id)));
    if (filter === undefined) fitting.push(instance);
    else
      refusals.push(`The closest matching (container-instance ${instance.id}) ${filter.explain(instance, demand, usage.get(instance.id))}`);
  }
  // ECS: any of the ties. The emptiest, so that small services do not all meet on the first instance.
  const [best] = fitting.sort(
    (a, b) =>
      tasksOf(usage, a.id, service) - tasksOf(usage, b.id, service) || memoryOf(usage, a.id) - memoryOf(usage, b.id) || byText(a.id, b.id),
  );
  if (best === undefined) return { refused: `no container instance met all of its requirements. ${refusals[0] ?? ''}`.trim() };
  charge(usage, best.id, service, demand);
  return { instance: best.id };
}

interface Filter {
  passes(instance: InstanceView, demand: Demand, taken: Usage | undefined): boolean;
  explain(instance: InstanceView, demand: Demand, taken: Usage | undefined): string;
}

const FILTERS: readonly Filter[] = [
  {
    passes: (instance) => instance.connected && instance.observedAt !== null,
    explain: () => 'encountered error "AGENT": the engine does not answer.',
  },
  {
    passes: (instance, demand) => demand.imageOn === null || demand.imageOn.has(instance.id),
    explain: () => 'does not have the image, which exists only locally on another instance.',
  },
  {
    passes: (instance, demand, taken) => (taken?.cpu ?? 0) + demand.cpu <= instance.cpu,
    explain: (instance, demand, taken) =>
      `has insufficient CPU units available: ${demand.cpu} wanted, ${instance.cpu - (taken?.cpu ?? 0)} left.`,
  },
  {
    passes: (instance, demand, taken) => (taken?.memory ?? 0) + demand.memory <= instance.memory,
    explain: (instance, demand, taken) =>
      `has insufficient memory available: ${demand.memory} MiB wanted, ${instance.memory - (taken?.memory ?? 0)} left.`,
  },
  {
    passes: (_, demand, taken) => !demand.ports.some((port) => taken?.ports.has(port)),
    explain: (_, demand, taken) =>
      `is already using a port required by your task: ${demand.ports.find((port) => taken?.ports.has(port)) ?? ''}.`,
  },
];

function memoryOf(usage: ReadonlyMap<string, Usage>, instance: string): number {
  return usage.get(instance)?.memory ?? 0;
}

function tasksOf(usage: ReadonlyMap<string, Usage>, instance: string, service: string): number {
  return usage.get(instance)?.services.get(service) ?? 0;
}
