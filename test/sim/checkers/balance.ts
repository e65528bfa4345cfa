// The end of a run, zone by zone: where availability-zone rebalancing (spec 3.11) may act, the numbers of tasks differ by one at most, as far as the
// emptiest zone has room. Counted from what commits declare and what the machines are; nothing of it comes from the product.
import { definitionOf, limitsOf } from './facts.ts';
import { sizeOf } from './placement.ts';
import type { DesiredService } from '../../../src/model/turn/desired.ts';
import type { ServiceRow } from '../../../src/model/turn/ledger.ts';
import type { Task } from '../../../src/model/task/task.ts';
import type { World } from '../../../src/model/turn/plan.ts';

const ZONE = 'ecs.availability-zone';

/** Judges one service that has come to rest. */
export function checkBalance(world: World, row: ServiceRow, service: DesiredService, blame: (what: string) => void): void {
  const { spec } = service;
  const tasks = [...world.ledger.tasks.values()].filter((task) => `${task.cluster}/${task.service}` === row.id);
  const [first] = tasks;
  const size = first && definitionOf(world.ledger, first);
  const constraints = [...(spec.placementConstraints ?? []), ...(size?.placementConstraints ?? [])];
  if (row.deployments[0]?.rollout !== 'COMPLETED' || !size || constraints.length > 0 || spec.schedulingStrategy === 'DAEMON') return;
  if (limitsOf(service).upper <= spec.desiredCount || spec.placementStrategy !== undefined || sizeOf(size).ports.length > 0) return;
  const zones = new Map<string, { readonly ids: string[]; tasks: number }>();
  for (const { name, status = 'ACTIVE', attributes = [] } of world.desired.instances.values()) {
    const zone = attributes.find((attribute) => attribute.name === ZONE)?.value;
    if (zone === undefined || status !== 'ACTIVE') continue;
    const found = zones.get(zone) ?? { ids: [], tasks: 0 };
    zones.set(zone, found);
    found.ids.push(name);
    found.tasks += tasks.filter((task) => task.instance === name).length;
  }
  const sorted = [...zones].sort(([, a], [, b]) => a.tasks - b.tasks);
  const [emptiest] = sorted;
  const fullest = sorted.at(-1);
  if (!emptiest || !fullest || fullest[1].tasks - emptiest[1].tasks < 2) return;
  const hasRoom = emptiest[1].ids.some((id) => fits(world, id, sizeOf(size)));
  if (hasRoom)
    blame(
      `service ${row.id} has ${fullest[1].tasks} tasks in zone ${fullest[0]} and ${emptiest[1].tasks} in ${emptiest[0]}, which has room`,
    );
}

function fits({ observed, desired, ledger }: World, id: string, size: { readonly cpu: number; readonly memory: number }): boolean {
  const view = observed.instances.get(id);
  const declared = desired.instances.get(id);
  if (view === undefined) return false;
  const taken = { ...size };
  for (const task of ledger.tasks.values()) if (task.instance === id) add(taken, ledger, task);
  return taken.cpu <= (declared?.cpu ?? view.cpu) && taken.memory <= (declared?.memory ?? view.memory);
}

function add(taken: { cpu: number; memory: number }, ledger: World['ledger'], task: Task): void {
  const definition = definitionOf(ledger, task);
  const { cpu, memory } = definition === null ? { cpu: 0, memory: 0 } : sizeOf(definition);
  taken.cpu += cpu;
  taken.memory += memory;
}
