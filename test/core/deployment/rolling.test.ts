// The counting of a rolling deployment, row by row from ECS's own table (spec 3.2), then the rules about unhealthy tasks.
import { describe, expect, test } from 'vitest';
import { type Member, type RollingState, lackingPrimary, launches, stops, targets } from '../../../src/core/deployment/rolling.ts';
import type { Health } from '../../../src/model/task/task.ts';
import { limits } from '../../../src/core/deployment/budget.ts';
import { provesPlacement } from '../../proves.ts';

/** `3H 1U 1? 2h`: three healthy, one unhealthy, one whose health is not known yet, two healthy ones (small letter) on a draining instance. */
function members(set: string, text: string): Member[] {
  const health: Record<string, Health> = { H: 'HEALTHY', U: 'UNHEALTHY', '?': 'UNKNOWN', h: 'HEALTHY', u: 'UNHEALTHY', '!': 'UNKNOWN' };
  const found: Member[] = [];
  for (const part of text.split(' ').filter(Boolean)) {
    for (let index = 0; index < Number.parseInt(part, 10); index++) {
      const slot = found.length;
      const letter = part.at(-1) ?? '';
      const leaving = 'hu!'.includes(letter) && { leaving: 'container instance two is draining' };
      found.push({ id: `${set}-${slot}`, instance: leaving ? 'two' : 'one', slot, health: health[letter] ?? 'UNKNOWN', ...leaving });
    }
  }
  return found;
}

interface Counts {
  readonly desired: number;
  readonly min: number;
  readonly max: number;
  readonly old: string;
  readonly fresh: string;
  readonly oldTarget?: number;
  readonly stopping?: number;
  readonly oldLaunchable?: boolean;
  readonly freshLaunchable?: boolean;
}

function stateOf(counts: Counts): RollingState {
  return {
    leaving: false,
    desiredCount: counts.desired,
    ...limits(counts.desired, counts.min, counts.max),
    sets: [
      {
        id: 'old',
        primary: false,
        failed: false,
        launchable: counts.oldLaunchable ?? true,
        target: counts.oldTarget ?? counts.desired,
        members: members('old', counts.old),
      },
      {
        id: 'new',
        primary: true,
        failed: false,
        launchable: counts.freshLaunchable ?? true,
        target: counts.desired,
        members: members('new', counts.fresh),
      },
    ],
    stopping: counts.stopping ?? 0,
  };
}

/** One turn in words: `+2 new, -1 old`; `room` is how many of the launches find a place. */
function turn(counts: Counts, room = Number.POSITIVE_INFINITY): string {
  const state = stateOf(counts);
  const wanted = targets(state);
  const started = launches(state, wanted);
  const primary = Math.min(room, started.find((launch) => launch.set === 'new')?.count ?? 0);
  const decided = stops(state, wanted, primary);
  const stopped = (set: string): number => decided.stops.filter((stop) => stop.task.startsWith(set)).length;
  const words = [
    ...started.map((launch) => `+${launch.set === 'new' ? primary : launch.count} ${launch.set}`),
    ...['old', 'new'].filter((set) => stopped(set) > 0).map((set) => `-${stopped(set)} ${set}`),
  ];
  return words.filter((word) => !word.startsWith('+0')).join(', ') || 'nothing';
}

/** Turns until nothing changes, every launch healthy and every stop done by the next one. */
function rollout(desired: number, min: number, max: number): string[] {
  let old = desired;
  let oldTarget = desired;
  let fresh = 0;
  const told: string[] = [];
  for (let step = 0; step < 50; step++) {
    const counts = { desired, min, max, old: `${old}H`, fresh: `${fresh}H`, oldTarget };
    const words = turn(counts);
    if (words === 'nothing') break;
    told.push(words);
    const state = stateOf(counts);
    const wanted = targets(state);
    const count = launches(state, wanted).find((launch) => launch.set === 'new')?.count ?? 0;
    const decided = stops(state, wanted, count);
    fresh += count;
    old -= decided.stops.length;
    oldTarget = decided.target.get('old') ?? 0;
  }
  return told;
}

describe('limits', () => {
  test.each([
    [4, 50, 100, 2, 4],
    [4, 100, 200, 4, 8],
    [2, 75, 100, 2, 2],
    [3, 50, 150, 2, 4],
    [1, 100, 150, 1, 1],
    [1, 0, 100, 0, 1],
    [10, 95, 105, 10, 10],
  ])('desired %i at %i/%i percent keeps %i healthy and allows %i', (desired, min, max, lower, upper) => {
    expect(limits(desired, min, max)).toEqual({ lower, upper });
  });
});

describe('a rollout', () => {
  test.each([
    ['4 at 50/100 stops two, starts two, twice', 4, 50, 100, ['-2 old', '+2 new', '-2 old', '+2 new']],
    ['4 at 100/200 starts four, then stops four', 4, 100, 200, ['+4 new', '-4 old']],
    ['2 at 75/100 is a deadlock', 2, 75, 100, []],
    [
      '3 at 50/150 starts one and stops one, and the last is replaced before it goes',
      3,
      50,
      150,
      ['+1 new, -1 old', '+1 new, -1 old', '+1 new', '-1 old'],
    ],
    ['1 at 100/150 is a deadlock', 1, 100, 150, []],
    ['1 at 0/100 stops before it starts', 1, 0, 100, ['-1 old', '+1 new']],
    ['10 at 95/105 is a deadlock', 10, 95, 105, []],
    ['4 at 50/200 starts all before it stops any, as the percentages allow it', 4, 50, 200, ['+4 new', '-4 old']],
    ['2 at 100/150 goes one by one', 2, 100, 150, ['+1 new', '-1 old', '+1 new', '-1 old']],
  ])('%s', (_, desired, min, max, told) => {
    expect(rollout(desired, min, max)).toEqual(told);
  });
});

describe('a draining instance', () => {
  const none = { old: '', oldTarget: 0 };
  test.each<[string, Counts, string]>([
    ['is left once replacements are healthy: they start first', { desired: 3, min: 100, max: 200, ...none, fresh: '1H 2h' }, '+2 new'],
    ['waits for them', { desired: 3, min: 100, max: 200, ...none, fresh: '1H 2h 2?' }, 'nothing'],
    ['loses one task for each that is healthy', { desired: 3, min: 100, max: 200, ...none, fresh: '2H 2h 1?' }, '-1 new'],
    ['loses as many at once as the minimum allows', { desired: 4, min: 50, max: 100, ...none, fresh: '1H 3h' }, '-2 new'],
    ['is stuck at 100/100, as with ECS', { desired: 2, min: 100, max: 100, ...none, fresh: '2h' }, 'nothing'],
    ['loses at once what is not healthy', { desired: 2, min: 100, max: 200, ...none, fresh: '1H 1! 1u' }, '+1 new, -2 new'],
    ['gives its old tasks up first in a rollout', { desired: 2, min: 100, max: 200, old: '1H 1h', fresh: '1H 1?' }, '-1 old'],
  ])('%s', (_, counts, told) => {
    provesPlacement(
      'draining: running tasks',
      'is left once replacements are healthy: they start first',
      'loses one task for each that is healthy',
      'loses as many at once as the minimum allows',
    );
    provesPlacement('draining: stuck', 'is stuck at 100/100, as with ECS');
    provesPlacement('draining: pending tasks', 'loses at once what is not healthy');
    expect(turn(counts)).toBe(told);
  });

  test('is the one whose tasks go', () => {
    const state = stateOf({ desired: 2, min: 100, max: 200, ...none, fresh: '2H 1h' });
    expect(stops(state, targets(state), 0).stops).toEqual([{ task: 'new-2', because: 'container instance two is draining' }]);
  });
});

describe('one turn', () => {
  test.each<[string, Counts, string]>([
    ['each healthy new task takes the place of one old one', { desired: 3, min: 100, max: 200, old: '3H', fresh: '1H 2?' }, '-1 old'],
    ['new tasks that are not healthy yet replace nobody', { desired: 3, min: 100, max: 200, old: '3H', fresh: '3?' }, 'nothing'],
    ['an old task that died is replaced by the old revision', { desired: 3, min: 100, max: 200, old: '2H', fresh: '3?' }, '+1 old'],
    ['an old set that was lowered stays low', { desired: 3, min: 100, max: 200, old: '1H', oldTarget: 1, fresh: '2H 1?' }, 'nothing'],
    [
      'an old set that never completed is not kept up',
      { desired: 3, min: 100, max: 200, old: '2H', oldLaunchable: false, fresh: '3?' },
      'nothing',
    ],
    [
      'a throttled new set starts nothing and takes nothing away',
      { desired: 2, min: 50, max: 100, old: '2H', fresh: '', freshLaunchable: false },
      'nothing',
    ],
    ['an unhealthy task is replaced before it stops', { desired: 2, min: 100, max: 200, old: '', oldTarget: 0, fresh: '1H 1U' }, '+1 new'],
    [
      'it waits while its replacement is not healthy',
      { desired: 2, min: 100, max: 200, old: '', oldTarget: 0, fresh: '1H 1U 1?' },
      'nothing',
    ],
    ['it stops once the replacement is healthy', { desired: 2, min: 100, max: 200, old: '', oldTarget: 0, fresh: '2H 1U' }, '-1 new'],
    [
      'without room one unhealthy task at a time is stopped',
      { desired: 2, min: 50, max: 100, old: '', oldTarget: 0, fresh: '2U' },
      '-1 new',
    ],
    [
      'and no second one while the first is stopping',
      { desired: 2, min: 50, max: 100, old: '', oldTarget: 0, fresh: '1U', stopping: 1 },
      'nothing',
    ],
    [
      'at 100 percent a new task waits for the end of an old one',
      { desired: 2, min: 50, max: 100, old: '1H', fresh: '', stopping: 1 },
      'nothing',
    ],
    ['above 100 percent it does not wait', { desired: 2, min: 50, max: 150, old: '1H', fresh: '', stopping: 1 }, '+1 old, +1 new'],
    ['scale-in stops what is not known healthy first', { desired: 2, min: 100, max: 200, old: '', oldTarget: 0, fresh: '2H 2?' }, '-2 new'],
    ['scale-in to nothing stops all', { desired: 0, min: 100, max: 200, old: '', oldTarget: 0, fresh: '3H' }, '-3 new'],
    ['scale-out starts what is missing', { desired: 5, min: 100, max: 200, old: '', oldTarget: 0, fresh: '3H' }, '+2 new'],
    ['old tasks that are not healthy make room for free', { desired: 1, min: 100, max: 100, old: '1U', fresh: '' }, '-1 old'],
    ['a healthy one does not when the minimum forbids it', { desired: 1, min: 100, max: 100, old: '1H', fresh: '' }, 'nothing'],
  ])('%s', (_, counts, words) => {
    provesPlacement('scale-in: unhealthy first', 'scale-in stops what is not known healthy first');
    provesPlacement('scale-in: older first', 'each healthy new task takes the place of one old one');
    expect(turn(counts)).toBe(words);
  });

  test('a task without a place makes old ones step aside, down to the minimum', () => {
    expect(turn({ desired: 2, min: 50, max: 200, old: '2H', fresh: '' }, 0)).toBe('-1 old');
  });

  test('room that is coming free is not made twice', () => {
    expect(turn({ desired: 2, min: 0, max: 200, old: '1H', oldTarget: 1, fresh: '', stopping: 2 }, 0)).toBe('nothing');
  });

  test('the primary lacks nothing while it may not launch', () => {
    const state = stateOf({ desired: 2, min: 100, max: 200, old: '2H', fresh: '', freshLaunchable: false });
    expect(lackingPrimary(state, targets(state))).toBe(0);
  });
});
