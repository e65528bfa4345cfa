// What no order of arrivals and departures may do: give one host port of an instance to two tasks, tear a range apart, or refuse a task
// for whose ranges there is room.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Demand, RangeAsk } from '../../../src/core/placement/demand.ts';
import type { Task } from '../../../src/model/task/task.ts';
import { openSearch, placeNext } from '../../../src/core/placement/place.ts';
import { recount, roomOf } from '../../../src/core/placement/room.ts';
import { ask, candidate, SMALL, standing } from '../../core/placement/fleet.ts';

const protocol = fc.constantFrom('tcp' as const, 'udp' as const);
const ranges: fc.Arbitrary<readonly RangeAsk[]> = fc.array(
  fc.record({ container: fc.constant('main'), protocol, containerPort: fc.constant(5_000), length: fc.integer({ min: 2, max: 700 }) }),
  { minLength: 0, maxLength: 3 },
);
const ports = fc.array(
  fc.tuple(protocol, fc.integer({ min: 49_000, max: 65_535 })).map(([of, port]) => `${of}/${port}`),
  { maxLength: 4 },
);
/** A task that comes, or one of those that stand (by its place among them) that goes. */
const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ ranges, ports, seed: fc.integer() }) },
    { weight: 1, arbitrary: fc.record({ goes: fc.nat() }) },
  ),
  { minLength: 1, maxLength: 60 },
);

it('never gives a host port of an instance to two tasks, nor a range in pieces, and refuses only what no run is left for', () => {
  const check = (reserved: readonly string[], story: typeof steps extends fc.Arbitrary<infer Steps> ? Steps : never): void => {
    const machine = candidate('a', { cpu: 100_000, memory: 100_000, ports: new Set(reserved) });
    const demands = new Map<string, Demand>();
    const room = roomOf([machine], [], (revision) => demands.get(revision) ?? null);
    const seats = [...room.seats.values()];
    const stand = new Map<string, Task>();
    for (const [number, step] of story.entries()) {
      if ('goes' in step) {
        const gone = [...stand.values()][step.goes % Math.max(1, stand.size)];
        if (gone !== undefined) recount(room, { ...gone, lastStatus: 'STOPPED', desiredStatus: 'STOPPED' });
        if (gone !== undefined) stand.delete(gone.id);
        continue;
      }
      const demand: Demand = { ...SMALL, cpu: 0, memory: 0, ranges: step.ranges, ports: [...new Set(step.ports)] };
      const taken = new Set([...reserved, ...[...stand.values()].flatMap((task) => portsOf(task, demands))]);
      const id = `${number}-${step.seed}`;
      // As the turn does it: the search takes the place, and the next turn counts from the rows.
      const place = placeNext(openSearch(seats, ask({ demand }), []), id);
      if (place === null) {
        expect(demand.ports.some((port) => taken.has(port)) || !hasRuns(taken, demand)).toBe(true);
        continue;
      }
      demands.set(`${id}:1`, demand);
      const task = standing('web', 'a', number, { id, revision: `${id}:1`, hostRanges: place.hostRanges });
      const own = portsOf(task, demands);
      expect(new Set([...taken, ...own]).size).toBe(taken.size + own.length);
      expect(place.hostRanges).toMatchObject(step.ranges);
      expect(place.hostRanges.every(({ hostPort, length }) => hostPort >= 49_153 && hostPort + length - 1 <= 65_535)).toBe(true);
      room.counted.set(id, task);
      stand.set(id, task);
    }
    // Counted anew, the rows take what was taken step by step.
    const again = [...roomOf([machine], stand.values(), (revision) => demands.get(revision) ?? null).seats.values()];
    expect(again[0]?.held).toEqual(seats[0]?.held);
  };
  fc.assert(fc.property(ports, steps, check), { seed: 7, numRuns: 60 });
});

/** Every host port of a task as `tcp/61000`. */
function portsOf({ revision, hostRanges = [] }: Task, demands: ReadonlyMap<string, Demand>): readonly string[] {
  const runs = hostRanges.flatMap(({ protocol: of, hostPort, length }) =>
    Array.from({ length }, (_, offset) => `${of}/${hostPort + offset}`),
  );
  return [...runs, ...(demands.get(revision)?.ports ?? [])];
}

/** Whether the ranges find room one after the other, each at the lowest port: tried port by port. */
function hasRuns(taken: ReadonlySet<string>, { ranges: asked, ports: fixed }: Demand): boolean {
  const left = new Set([...taken, ...fixed]);
  return asked.every(({ protocol: of, length }) => {
    for (const [first, last] of [
      [61_000, 65_535],
      [49_153, 60_999],
    ] as const) {
      let run = 0;
      for (let port = first; port <= last; port++) {
        run = left.has(`${of}/${port}`) ? 0 : run + 1;
        if (run < length) continue;
        for (let own = port - length + 1; own <= port; own++) left.add(`${of}/${own}`);
        return true;
      }
    }
    return false;
  });
}
