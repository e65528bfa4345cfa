// Which placements of a forecast are no promise, because they would come out otherwise if pulls, starts or drains took another time.
// Two ways to know: several services move at once (then whose turn comes first decides), and the same play with other times.
// Deliberately absent: a proof for one service that moves alone. The other times are samples of what could be.
import type { Ledger } from '../../model/turn/ledger.ts';
import type { Task } from '../../model/task/task.ts';
import type { World } from '../../model/turn/plan.ts';
import { type Play, type PlayOptions, play } from './turns.ts';
import type { Timings } from './predict.ts';
import { HOUR, MINUTE, SECOND } from '../../std/time.ts';
import { byText } from '../../std/order.ts';

/** A large image from a slow registry, while what ends is gone at once. */
const SLOW_TO_BEGIN: Partial<Timings> = {
  lookMs: MINUTE,
  pullMs: MINUTE,
  createMs: 100,
  startMs: 2 * SECOND,
  healthyMs: 30 * SECOND,
  stopMs: 1,
  removeMs: 1,
};
/** The image is nearly there, while what ends takes its time: requests and processes that go on to their deadline. */
const SLOW_TO_END: Partial<Timings> = {
  pullMs: 100,
  startMs: 100,
  healthyMs: SECOND / 2,
  stopMs: 10 * SECOND,
  removeMs: SECOND,
  drainMs: HOUR,
};
/** The pace of beginnings and endings against each other, and within each, of two equal things each one first. */
const OTHER_TIMINGS: readonly Partial<Timings>[] = [SLOW_TO_BEGIN, SLOW_TO_END, { drainMs: 5 * SECOND }].flatMap((pace, index) =>
  [false, true].map((mirrored) => ({ ...pace, variant: `pace ${index}`, mirrored })),
);

/** With one task that goes, the paces tell what comes of its being gone or not; with more, their orders are too many to play. */
const MOST_TASKS_THAT_GO = 1;

/** Ids of the services whose tasks may come to stand on other instances than `played` has them. One instance leaves no choice. */
export function timeDependentServices(world: World, played: Play, options: PlayOptions): readonly string[] {
  const choices = [...world.observed.instances.values()].filter((instance) => instance.connected).length;
  const movements = movementsOf(world, played);
  if (choices < 2 || movements.every((movement) => movement.placed.size === 0)) return [];
  const moved = new Set(movements.flatMap((movement) => [...movement.placed, ...movement.going.values()]));
  // What the first turn places is decided by the world as it is, before anything had time to happen.
  const crowded = movements
    .slice(1)
    .filter((movement) => moved.size > 1 || movement.going.size > MOST_TASKS_THAT_GO)
    .flatMap((movement) => [...movement.placed]);
  const known = new Set(crowded);
  // Playing again costs as much as the forecast itself: only where there is something left to learn.
  const isKnown = movements.every((movement) => [...movement.placed].every((service) => known.has(service)));
  return [...new Set([...known, ...(isKnown ? [] : placedOtherwise(world, played, options))])].sort(byText);
}

interface Movement {
  /** Services with a task that is new in this turn. */
  readonly placed: ReadonlySet<string>;
  /** Service by task, of the tasks that were told to stop up to this turn and may or may not be gone. */
  readonly going: ReadonlyMap<string, string>;
}

function movementsOf(world: World, played: Play): readonly Movement[] {
  const going = new Map<string, string>();
  let before = standing(world.ledger.tasks);
  return played.turns.map((turn) => {
    const now = standing(turn.tasks);
    const known = new Set(before.map((task) => task.id));
    const placed = new Set(now.filter((task) => !known.has(task.id)).map(serviceOfTask));
    for (const task of before) if (turn.tasks.get(task.id)?.desiredStatus !== 'RUNNING') going.set(task.id, serviceOfTask(task));
    before = now;
    return { placed, going: new Map(going) };
  });
}

/** Tasks that take room. */
function standing(tasks: Ledger['tasks']): readonly Task[] {
  return [...tasks.values()].filter((task) => task.lastStatus !== 'STOPPED');
}

function serviceOfTask(task: Task): string {
  return `${task.cluster}/${task.service}`;
}

/** Played again with other times: services of which a task is placed elsewhere then. */
function placedOtherwise(world: World, played: Play, options: PlayOptions): readonly string[] {
  const promised = placesOf(played);
  return OTHER_TIMINGS.flatMap((timings) => {
    const other = placesOf(play(world, { ...options, timings: { ...options.timings, ...timings } }));
    const moved = [...promised, ...other].filter(([task]) => promised.get(task)?.instance !== other.get(task)?.instance);
    return moved.map(([, place]) => place.service);
  });
}

interface Place {
  readonly service: string;
  readonly instance: string;
}

function placesOf(played: Play): ReadonlyMap<string, Place> {
  const created = played.turns.flatMap((turn) => turn.actions.filter((action) => action.kind === 'create-container'));
  return new Map(
    created.map(({ identity, instance }) => [identity.task, { service: `${identity.cluster}/${identity.service}`, instance }]),
  );
}
