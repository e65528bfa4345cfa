// New tasks: a slot, a number that was never used before, and a place. Their containers are created by the next step of the task's own
// machine; how many there should be was decided by deployment/.
import type { ServiceRow } from '../../model/turn/ledger.ts';
import type { Task } from '../../model/task/task.ts';
import type { TaskSet } from '../../model/service/deployment.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';
import { type Turn, roomIn, seatsOf, wake } from '../turn.ts';
import { type Ask, askOf } from '../placement/rules.ts';
import { type Step, stepsOf } from '../placement/strategy.ts';
import { constraintsOf } from '../instance/daemons.ts';
import { demandOf } from '../placement/demand.ts';
import { groupOf, recount } from '../placement/room.ts';
import type { Place } from '../placement/place.ts';
import { placesFor } from '../instance/capacity.ts';
import { stopOrder } from '../placement/scale-in.ts';
import { containersOf } from '../../model/task/pause.ts';
import { hashOf } from '../../std/hash.ts';
import { volumeFault } from '../../model/task/file-system.ts';
import { instancesWithImages } from '../image/images.ts';
import { type RollingState, type StopOrder, launches } from '../deployment/rolling.ts';
import { primaryOf } from '../deployment/next.ts';

/** What a round of launches came to. */
export interface Launched {
  readonly row: ServiceRow;
  readonly tasks: readonly Task[];
  /** How many of them belong to the primary. */
  readonly primary: number;
  /** Why one could not be placed; null when all were. */
  readonly refused: string | null;
  /** The capacity provider that one waits for; null: none does. */
  readonly waits: string | null;
}

interface Round {
  readonly tasks: readonly Task[];
  /** Why one could not be placed; null when all were, or when the turn may place no more. */
  readonly refused: string | null;
  readonly waits: string | null;
}

/** Places and records what the rolling strategy wants started, set by set, until something finds no place. */
export function launch(
  turn: Turn,
  row: ServiceRow,
  tasks: readonly Task[],
  state: RollingState,
  wanted: ReadonlyMap<string, number>,
): Launched {
  const started: Task[] = [];
  let next = row;
  let primary = 0;
  let refused: string | null = null;
  let waits: string | null = null;
  const asked = launches(state, wanted);
  if (asked.length > 0) for (const task of tasks) recount(roomIn(turn), task);
  for (const { set: id, count } of asked) {
    const set = next.taskSets.find((each) => each.id === id);
    const spec = set && turn.draft.revisions.get(set.target.taskDefinition)?.spec;
    if (!set || !spec) continue;
    const standing = tasks.filter((task) => task.taskSet === id && task.desiredStatus === 'RUNNING');
    const round = launchSet(turn, next, set, spec, { slots: freeSlots(state, id, count), standing });
    started.push(...round.tasks);
    refused = round.refused ?? refused;
    waits = round.waits ?? waits;
    if (primaryOf(row)?.taskSet === id) primary += round.tasks.length;
    const launched = set.launches + round.tasks.length;
    if (launched !== set.launches)
      next = { ...next, taskSets: next.taskSets.map((each) => (each === set ? { ...set, launches: launched } : each)) };
  }
  return { row: next, tasks: started, primary, refused, waits };
}

interface Wanted {
  readonly slots: readonly number[];
  /** The tasks that the set has already. */
  readonly standing: readonly Task[];
}

/** New tasks of one set, one for each slot, as long as they find a place and the turn may place any. */
function launchSet(turn: Turn, row: ServiceRow, set: TaskSet, spec: TaskDefinition, { slots, standing }: Wanted): Round {
  const tasks: Task[] = [];
  const fault = volumeFault(spec, turn.world.efs);
  if (fault !== null) return { tasks, refused: fault, waits: null };
  if (turn.launchesLeft === 0) {
    wake(turn, turn.now);
    return { tasks, refused: null, waits: null };
  }
  const { ask, steps } = requestOf(turn, row, spec, set);
  const places = turn.world.desired.services.get(row.id)?.places;
  const all = seatsOf(turn, row.cluster);
  const seats = places === undefined ? all : all.filter(({ candidate }) => places.includes(candidate.id));
  const next = placesFor(turn, turn.world.desired.services.get(row.id), standing, seats, { ask, steps });
  const containers = containersOf(spec).map(({ name }) => name);
  let waits: string | null = null;
  for (const slot of slots) {
    if (turn.launchesLeft === 0) {
      wake(turn, turn.now);
      break;
    }
    const attempt = set.launches + tasks.length;
    const id = hashOf(['task', turn.world.installation, set.id, slot, attempt]);
    const place = next(id);
    if ('refused' in place) return { tasks, refused: place.refused, waits };
    if ('waits' in place) {
      waits ??= place.waits;
      continue;
    }
    turn.launchesLeft -= 1;
    tasks.push(newTask(turn, row, set, { id, slot, attempt, place, containers }));
  }
  return { tasks, refused: null, waits };
}

/** The order in which tasks of a service are stopped: so that the rest stand as its placement wants them. */
export function stopOrderIn(turn: Turn, row: ServiceRow, tasks: readonly Task[]): StopOrder {
  return (classes) => {
    const room = roomIn(turn);
    for (const task of tasks) recount(room, task);
    const first = classes.flat()[0]?.id;
    const revision = tasks.find(({ id }) => id === first)?.revision ?? '';
    const steps = stepsOf(turn.world.desired.services.get(row.id)?.spec.placementStrategy, 'service');
    return stopOrder({ room, cluster: row.cluster, group: groupOf({ service: row.name }), steps, demand: room.demand(revision) }, classes);
  };
}

/** What is asked of an instance for a task of a set: constraints of its definition and of its service as git has it now. */
function requestOf(turn: Turn, row: ServiceRow, spec: TaskDefinition, set: TaskSet): { ask: Ask; steps: readonly Step[] } {
  const service = turn.world.desired.services.get(row.id);
  const constraints = constraintsOf(spec, service);
  const demand = demandOf(spec, instancesWithImages(set.target.images ?? []));
  return {
    ask: askOf(row.cluster, groupOf({ service: row.name }), demand, constraints),
    steps: stepsOf(service?.spec.placementStrategy, 'service'),
  };
}

/** The smallest slot numbers that no running task of the set holds. */
function freeSlots(state: RollingState, set: string, count: number): readonly number[] {
  const taken = new Set(state.sets.find((each) => each.id === set)?.members.map((member) => member.slot));
  const free: number[] = [];
  for (let slot = 0; free.length < count; slot++) if (!taken.has(slot)) free.push(slot);
  return free;
}

interface NewTask {
  readonly id: string;
  readonly slot: number;
  readonly attempt: number;
  readonly place: Place;
  readonly containers: readonly string[];
}

function newTask(turn: Turn, row: ServiceRow, set: TaskSet, { id, slot, attempt, place, containers }: NewTask): Task {
  const deployment = row.deployments.find((each) => each.taskSet === set.id);
  return {
    id,
    cluster: row.cluster,
    service: row.name,
    taskSet: set.id,
    deployment: deployment?.id ?? primaryOf(row)?.id ?? '',
    revision: set.target.taskDefinition,
    slot,
    attempt,
    instance: place.instance,
    ...(place.hostRanges.length === 0 ? {} : { hostRanges: place.hostRanges }),
    lastStatus: 'PENDING',
    desiredStatus: 'RUNNING',
    health: 'UNKNOWN',
    everHealthy: false,
    failed: false,
    createdAt: turn.now,
    startedAt: null,
    stoppingAt: null,
    stoppedAt: null,
    stopCode: null,
    stoppedReason: null,
    containers: containers.map((name) => ({ name, pull: 'none', exitCode: null, ports: [] })),
  };
}
