// New tasks: a slot, a number that was never used before, and a place. Their containers are created by the next step of the task's own
// machine; how many there should be was decided by deployment/.
import type { ServiceRow } from '../model/ledger.ts';
import type { Task } from '../model/task.ts';
import type { TaskSet } from '../model/deployment.ts';
import { type Turn, usageIn, wake } from './turn.ts';
import { demandOf, place } from './placement/place.ts';
import { containersOf } from '../model/pause.ts';
import { hashOf } from '../std/hash.ts';
import { instancesWithImages } from './images.ts';
import { type RollingState, launches } from './deployment/rolling.ts';
import { primaryOf } from './deployment/next.ts';

/** What a round of launches came to. */
export interface Launched {
  readonly row: ServiceRow;
  readonly tasks: readonly Task[];
  /** How many of them belong to the primary. */
  readonly primary: number;
  /** Why one could not be placed; null when all were. */
  readonly refused: string | null;
}

/** Places and records what the rolling strategy wants started, set by set, until something finds no place. */
export function launch(turn: Turn, row: ServiceRow, state: RollingState, wanted: ReadonlyMap<string, number>): Launched {
  const tasks: Task[] = [];
  let taskSets = row.taskSets;
  let primary = 0;
  let refused: string | null = null;
  for (const { set: id, count } of launches(state, wanted)) {
    const set = taskSets.find((each) => each.id === id);
    const spec = set && turn.draft.revisions.get(set.target.taskDefinition)?.spec;
    if (!set || !spec) continue;
    const demand = demandOf(spec, instancesWithImages(set.target.images ?? []));
    const slots = freeSlots(state, id, count);
    for (const slot of slots) {
      if (turn.launchesLeft === 0) {
        wake(turn, turn.now);
        break;
      }
      const placed = place(row.cluster, row.id, demand, turn.world.observed.instances, usageIn(turn));
      if ('refused' in placed) {
        refused = placed.refused;
        break;
      }
      turn.launchesLeft -= 1;
      const current = taskSets.find((each) => each.id === id) ?? set;
      tasks.push(
        newTask(
          turn,
          row,
          current,
          slot,
          placed.instance,
          containersOf(spec).map((container) => container.name),
        ),
      );
      taskSets = taskSets.map((each) => (each.id === id ? { ...each, launches: each.launches + 1 } : each));
      if (primaryOf(row)?.taskSet === id) primary += 1;
    }
  }
  return { row: taskSets === row.taskSets ? row : { ...row, taskSets }, tasks, primary, refused };
}

/** The smallest slot numbers that no running task of the set holds. */
function freeSlots(state: RollingState, set: string, count: number): readonly number[] {
  const taken = new Set(state.sets.find((each) => each.id === set)?.members.map((member) => member.slot));
  const free: number[] = [];
  for (let slot = 0; free.length < count; slot++) if (!taken.has(slot)) free.push(slot);
  return free;
}

function newTask(turn: Turn, row: ServiceRow, set: TaskSet, slot: number, instance: string, containers: readonly string[]): Task {
  const deployment = row.deployments.find((each) => each.taskSet === set.id);
  return {
    id: hashOf(['task', turn.world.installation, set.id, slot, set.launches]),
    cluster: row.cluster,
    service: row.name,
    taskSet: set.id,
    deployment: deployment?.id ?? primaryOf(row)?.id ?? '',
    revision: set.target.taskDefinition,
    slot,
    attempt: set.launches,
    instance,
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
