// Availability-zone rebalancing (spec 3.11): a steady service whose zones have numbers of tasks that differ by more than one moves one task at a
// time from the fullest zone to the emptiest one that has a place: the new task is healthy before the old one stops, and nothing moves while
// anything else goes on. Which task moves stands in the service's row, so that each turn knows which of the two is the surplus one.
// Deliberately absent: moves inside of a zone, and services of capacity provider strategies, whose shares would change with a move.
import type { DesiredService } from '../../model/turn/desired.ts';
import type { InstanceView } from '../../model/turn/observed.ts';
import type { Move, Registration, ServiceRow } from '../../model/turn/ledger.ts';
import type { Service } from '../../model/service/service.ts';
import type { Task } from '../../model/task/task.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';
import { type Turn, roomIn, seatsOf, wake } from '../turn.ts';
import { type Seat, groupOf, recount } from '../placement/room.ts';
import { askOf } from '../placement/rules.ts';
import { constraintsOf, isDaemon } from '../instance/daemons.ts';
import { demandOf } from '../placement/demand.ts';
import { bestPlace, openSearch, placeNext } from '../placement/place.ts';
import { instancesWithImages } from '../image/images.ts';
import { limits } from '../deployment/budget.ts';
import { primaryOf } from '../deployment/next.ts';
import { serviceSettings } from '../../model/service/service.ts';
import { isOfCluster, statusOf } from '../instance/instances.ts';
import { stepsOf } from '../placement/strategy.ts';
import { stopOrder } from '../placement/scale-in.ts';
import { strategyIn } from '../instance/capacity.ts';
import { count } from '../../std/text.ts';

/** ECS's attribute of the zone that an instance stands in. */
export const ZONE = 'ecs.availability-zone';
/** What a plan of moves shows at most. */
export const MOST_MOVES = 1_000;

/** One task that would leave its zone, and where its replacement would go. */
export interface ZoneMove {
  readonly task: string;
  readonly from: string;
  readonly fromZone: string;
  readonly to: string;
  readonly toZone: string;
}

/** Why a service is never rebalanced, in words; null: it may be. ECS refuses what is named here together with ENABLED, and so leaves it alone. */
export function notRebalanced(service: DesiredService, definition: TaskDefinition | null): string | null {
  const { spec } = service;
  const { minimumHealthyPercent, maximumPercent } = serviceSettings(spec);
  if (spec.availabilityZoneRebalancing === 'DISABLED') return 'its availabilityZoneRebalancing is DISABLED';
  if (isDaemon(service)) return 'it is a DAEMON, with a task on each instance';
  if (spec.launchType === 'EXTERNAL') return 'its launchType is EXTERNAL';
  const { upper } = limits(spec.desiredCount ?? 0, minimumHealthyPercent, maximumPercent);
  if (upper <= (spec.desiredCount ?? 0)) return `its maximumPercent (${maximumPercent}) allows no task more than ${spec.desiredCount ?? 0}`;
  const [first] = stepsOf(spec.placementStrategy, 'service');
  if (first?.kind !== 'spread' || first.attribute?.toLowerCase() !== ZONE)
    return `its first placement strategy is not spread over attribute:${ZONE}`;
  const constraints = [...(spec.placementConstraints ?? []), ...(definition?.placementConstraints ?? [])];
  if (constraints.some(({ expression = '' }) => expression.includes(ZONE))) return `a constraint of it names ${ZONE}`;
  return null;
}

/** The row with the task that moves next, or that still does, or with none. */
export function withMove(turn: Turn, row: ServiceRow, tasks: readonly Task[]): ServiceRow {
  if (row.moving !== undefined) return isUnderWay(turn, row, row.moving, tasks) ? row : withoutMove(row);
  const service = turn.world.desired.services.get(row.id);
  if (service === undefined || turn.launchesLeft === 0 || !isAtRest(turn, row, tasks) || !isUneven(turn, row, tasks)) return row;
  if (turn.balancesLeft === 0) {
    wake(turn, turn.now);
    return row;
  }
  turn.balancesLeft -= 1;
  const scene = sceneOf(turn, row, service);
  if (scene === null) return row;
  const leaver = leaverOf(scene, tasks);
  if (leaver === null) return row;
  const to = bestPlace(openSearch(scene.seats, scene.ask, scene.steps), row.id);
  const move = to === null ? null : moveOf(scene, leaver, to, tasks);
  return move === null ? row : { ...row, moving: { task: leaver.id, because: becauseOf(scene, move, tasks) } };
}

/** All moves that would even out the zones of a service, in order, each after the one before it; the room of the turn changes with them. */
export function movesOf(turn: Turn, row: ServiceRow, service: DesiredService, budget = MOST_MOVES): readonly ZoneMove[] {
  const scene = sceneOf(turn, row, service);
  const found: ZoneMove[] = [];
  if (scene === null) return found;
  let tasks: readonly Task[] = [...turn.draft.tasks.values()].filter(
    (task) => `${task.cluster}/${task.service}` === row.id && task.desiredStatus === 'RUNNING',
  );
  while (found.length < Math.min(budget, MOST_MOVES)) {
    const leaver = leaverOf(scene, tasks);
    const search = openSearch(scene.seats, scene.ask, scene.steps);
    const to = leaver === null ? null : bestPlace(search, row.id);
    const move = leaver === null || to === null ? null : moveOf(scene, leaver, to, tasks);
    if (leaver === null || move === null) break;
    placeNext(search, row.id);
    recount(roomIn(turn), { ...leaver, desiredStatus: 'STOPPED', lastStatus: 'STOPPED' });
    // Counted already, by its place.
    tasks = tasks.map((task) => (task.id === leaver.id ? { ...task, id: `${task.id}+`, instance: move.to } : task));
    found.push(move);
  }
  return found;
}

/** How many tasks that are to run stand in each zone. */
export function zonesOf(turn: Turn, row: Pick<ServiceRow, 'cluster'>, tasks: readonly Task[]): ReadonlyMap<string, number> {
  return countsOf({ seats: seatsOf(turn, row.cluster) }, tasks);
}

interface Scene {
  readonly turn: Turn;
  readonly seats: readonly Seat[];
  readonly ask: ReturnType<typeof askOf>;
  readonly steps: ReturnType<typeof stepsOf>;
}

/** What placement goes by for the primary of a service that may be rebalanced; null: it may not. */
function sceneOf(turn: Turn, row: ServiceRow, service: DesiredService): Scene | null {
  const set = row.taskSets.find(({ id }) => id === primaryOf(row)?.taskSet);
  const spec = (set && turn.draft.revisions.get(set.target.taskDefinition)?.spec) ?? null;
  if (set === undefined || spec === null || notRebalanced(service, spec) !== null || strategyIn(turn, service) !== null) return null;
  const demand = demandOf(spec, instancesWithImages(set.target.images ?? []));
  return {
    turn,
    seats: seatsOf(turn, row.cluster),
    ask: askOf(row.cluster, groupOf({ service: row.name }), demand, constraintsOf(spec, service)),
    steps: stepsOf(service.spec.placementStrategy, 'service'),
  };
}

/** Nothing else goes on: the primary is complete, and its tasks are all there, healthy, on ACTIVE instances that answer. */
function isAtRest(turn: Turn, row: ServiceRow, tasks: readonly Task[]): boolean {
  const primary = primaryOf(row);
  return (
    row.steady &&
    row.status === 'ACTIVE' &&
    primary?.rollout === 'COMPLETED' &&
    (primary.retryAt === null || primary.retryAt <= turn.now) &&
    row.desiredCount > 1 &&
    tasks.length === row.desiredCount &&
    tasks.every((task) => task.taskSet === primary.taskSet && stands(task) && isAt(turn, task))
  );
}

/** A move goes on as long as its two tasks are all that differs from rest: whatever else happens, the strategy alone says what goes. */
function isUnderWay(turn: Turn, row: ServiceRow, { task: id }: Move, tasks: readonly Task[]): boolean {
  const primary = primaryOf(row);
  const service = turn.world.desired.services.get(row.id);
  const leaver = tasks.find((task) => task.id === id);
  if (service === undefined || leaver === undefined || primary?.rollout !== 'COMPLETED' || row.status !== 'ACTIVE') return false;
  if (notRebalanced(service, null) !== null || !stands(leaver)) return false;
  const others = tasks.filter((task) => task.id !== id && task.desiredStatus === 'RUNNING');
  return (
    others.length === row.desiredCount &&
    others.every((task) => task.taskSet === primary.taskSet && task.health !== 'UNHEALTHY' && isAt(turn, task))
  );
}

function withoutMove(row: ServiceRow): ServiceRow {
  const { moving, ...rest } = row;
  return moving === undefined ? row : rest;
}

function stands({ desiredStatus, lastStatus, health }: Task): boolean {
  return desiredStatus === 'RUNNING' && lastStatus === 'RUNNING' && health === 'HEALTHY';
}

function isAt(turn: Turn, { instance }: Task): boolean {
  return statusOf(turn.draft, instance) === 'ACTIVE' && turn.world.observed.instances.get(instance)?.connected === true;
}

/** The task that the scale-in order would stop first: one of the fullest zone. */
function leaverOf({ turn, ask, steps }: Scene, tasks: readonly Task[]): Task | null {
  const order = stopOrder({ room: roomIn(turn), cluster: ask.cluster, group: ask.group, steps, demand: ask.demand }, [tasks]);
  for (const task of order) return task;
  return null;
}

/** Null: it would even out nothing. Instances without a zone are in nobody's balance. */
function moveOf(scene: Scene, leaver: Task, to: string, tasks: readonly Task[]): ZoneMove | null {
  const fromZone = zoneIn(scene, leaver.instance);
  const toZone = zoneIn(scene, to);
  if (fromZone === null || toZone === null || fromZone === toZone) return null;
  const counts = countsOf(scene, tasks);
  if ((counts.get(fromZone) ?? 0) - (counts.get(toZone) ?? 0) < 2) return null;
  return { task: leaver.id, from: leaver.instance, fromZone, to, toZone };
}

function zoneIn({ seats }: Pick<Scene, 'seats'>, instance: string): string | null {
  return seats.find(({ candidate }) => candidate.id === instance)?.candidate.attributes.get(ZONE) ?? null;
}

function countsOf({ seats }: Pick<Scene, 'seats'>, tasks: readonly Task[]): ReadonlyMap<string, number> {
  const zones = new Map(seats.map(({ candidate }) => [candidate.id, candidate.attributes.get(ZONE)]));
  const counts = new Map<string, number>();
  for (const { instance } of tasks) {
    const zone = zones.get(instance);
    if (zone != null) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  }
  return counts;
}

function becauseOf(scene: Scene, { fromZone, toZone }: ZoneMove, tasks: readonly Task[]): string {
  const counts = countsOf(scene, tasks);
  return `availability zone ${fromZone} has ${count(counts.get(fromZone) ?? 0, 'task')} of it, and ${toZone} has ${counts.get(toZone) ?? 0}`;
}

/** What a balance goes by: where tasks may go in a cluster, by zone; and that as one text. */
interface Zones {
  readonly byInstance: ReadonlyMap<string, string>;
  readonly key: string;
}

/** By what belongs to one turn alone: each cluster is walked once a turn. */
const ZONES = new WeakMap<Turn['seats'], Map<string, Zones>>();

/** The zones of a cluster as one text, which makes a quiet service worth another look when it changes; empty for services that never move. */
export function zonesKey(turn: Turn, service: Service | undefined, cluster: string): string {
  return service === undefined || service.availabilityZoneRebalancing === 'DISABLED' ? '' : zonesIn(turn, cluster).key;
}

/** Whether two zones differ by more than one task, whether or not there is room: asked before anything that costs a walk over the instances. */
function isUneven(turn: Turn, { cluster }: ServiceRow, tasks: readonly Task[]): boolean {
  const { byInstance } = zonesIn(turn, cluster);
  if (byInstance.size === 0) return false;
  const counts = new Map([...byInstance.values()].map((zone) => [zone, 0]));
  if (counts.size < 2) return false;
  for (const { instance } of tasks) {
    const zone = byInstance.get(instance);
    if (zone !== undefined) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  }
  const numbers = [...counts.values()];
  return Math.max(...numbers) - Math.min(...numbers) > 1;
}

function zonesIn(turn: Turn, cluster: string): Zones {
  let known = ZONES.get(turn.seats);
  if (known === undefined) ZONES.set(turn.seats, (known = new Map()));
  let zones = known.get(cluster);
  if (zones === undefined) known.set(cluster, (zones = readZones(turn, cluster)));
  return zones;
}

function readZones({ draft, world }: Turn, cluster: string): Zones {
  const byInstance = new Map<string, string>();
  for (const view of world.observed.instances.values()) {
    const row = draft.registrations.get(view.id);
    if (!view.connected || view.observedAt === null || (row?.status ?? 'ACTIVE') !== 'ACTIVE' || !isOfCluster(row, view, cluster)) continue;
    const zone = zoneOf(row, view);
    if (zone !== null) byInstance.set(view.id, zone);
  }
  return { byInstance, key: [...byInstance].map(([id, zone]) => `${id}=${zone}`).join(' ') };
}

/** As attributesOf has it, without the others. */
function zoneOf(row: Registration | undefined, view: InstanceView): string | null {
  const declared = row?.declared?.attributes?.findLast(({ name }) => name === ZONE);
  if (declared !== undefined) return declared.value ?? null;
  const label = view.engine?.labels.findLast((each) => each.startsWith(`${ZONE}=`));
  return label === undefined ? null : label.slice(ZONE.length + 1);
}
