// The host ports of ranges: in which run of free ports they are, for how long they are a task's own, and how they are told and remembered.
import { describe, expect, it } from 'vitest';
import { demandOf, type Demand, type RangeAsk } from '../../../src/core/placement/demand.ts';
import { rangesIn, rangesText, type HostRange } from '../../../src/model/task/host-range.ts';
import { openSearch, placeNext } from '../../../src/core/placement/place.ts';
import { networkBindings, portsWanted } from '../../../src/core/task/ports.ts';
import { recount } from '../../../src/core/placement/room.ts';
import { refusalsOf } from '../../../src/core/placement/refusal.ts';
import { container } from '../../build.ts';
import type { TaskDefinition } from '../../../src/model/task/task-definition.ts';
import { ask, candidate, fleetOf, SMALL, standing, type Fleet } from './fleet.ts';

const range = (length: number, more: Partial<RangeAsk> = {}): RangeAsk => {
  return { container: 'main', protocol: 'tcp', containerPort: 5_000, length, ...more };
};
const asking = (...ranges: readonly RangeAsk[]): Demand => ({ ...SMALL, cpu: 1, memory: 1, ranges });

/** The first host ports of the ranges of tasks that are placed one after the other. */
function starts({ seats }: Fleet, demand: Demand, tasks: readonly string[]): readonly (readonly number[] | null)[] {
  const search = openSearch(seats, ask({ demand }), []);
  return tasks.map((task) => placeNext(search, task)?.hostRanges.map(({ hostPort }) => hostPort) ?? null);
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `task-${index}`);

describe('the host ports of a range', () => {
  it('follow from the id of the task, whatever was placed before, as long as they are free', () => {
    const demand = asking(range(11));
    const all = starts(fleetOf([candidate('a')]), demand, names(5)).flat();
    expect(all.every((port) => port !== null && port >= 61_000 && port + 10 <= 65_535 && (port - 61_000) % 11 === 0)).toBe(true);
    expect(new Set(all).size).toBe(5);
    expect(starts(fleetOf([candidate('a')]), demand, [...names(5)].reverse()).flat()).toEqual([...all].reverse());
  });

  it('leave no gaps between ranges of one length, and are taken from the lower ports when the higher ones are full', () => {
    const fleet = fleetOf([candidate('a')]);
    const found = starts(fleet, asking(range(1_000)), names(16)).flat();
    expect(new Set(found.slice(0, 4))).toEqual(new Set([61_000, 62_000, 63_000, 64_000]));
    expect(found.slice(4, 15).every((port) => port !== null && port >= 49_153 && port + 999 <= 60_999)).toBe(true);
    expect(new Set(found).size).toBe(16);
    expect(found[15]).toBe(null);
    expect(refusalsOf(fleet.seats, ask({ demand: asking(range(1_000)) })).map(({ rule }) => rule)).toEqual(['portRange']);
    expect(starts(fleet, asking(range(1_000, { protocol: 'udp' })), ['other'])[0]?.[0]).toBeGreaterThanOrEqual(61_000);
  });

  it('are kept from fixed ports, those of the same task, too, and keep fixed ports from themselves', () => {
    const ports = [61_500, 62_500, 63_500, 64_500].map((port) => `tcp/${port}`);
    const fleet = fleetOf([candidate('a', { ports: new Set(ports.slice(0, 2)) })]);
    // Only behind the last of these ports 1,000 are left, and not at a multiple of 1,000.
    expect(starts(fleet, { ...asking(range(1_000)), ports: ports.slice(2) }, ['task'])).toEqual([[64_501]]);
    const refused = refusalsOf(fleet.seats, ask({ demand: { ...SMALL, ports: ['tcp/64502', 'tcp/61000'] } }));
    expect(refused.map(({ detail }) => detail)).toEqual(['is already using a port required by your task: tcp/64502.']);
  });

  it('are those of a task until it is STOPPED', () => {
    const hostRanges: readonly HostRange[] = [{ ...range(4_536), hostPort: 61_000 }];
    const task = standing('web', 'a', 1, { hostRanges, lastStatus: 'STOPPING', desiredStatus: 'STOPPED' });
    const fleet = fleetOf([candidate('a')], [task]);
    expect(starts(fleet, asking(range(1_000)), ['next'])[0]?.[0]).toBeLessThan(61_000);
    recount(fleet.room, { ...task, lastStatus: 'STOPPED' });
    expect(starts(fleet, asking(range(1_000)), ['last'])[0]?.[0]).toBeGreaterThanOrEqual(61_000);
  });

  it('are asked for in bridge only', () => {
    const portMappings = [{ containerPortRange: '5000-5010', protocol: 'udp' as const }];
    const definition: TaskDefinition = { family: 'web', containerDefinitions: [container('main', 'web:1', { portMappings })] };
    expect(demandOf(definition, null).ranges).toEqual([range(11, { protocol: 'udp' })]);
    expect(demandOf({ ...definition, networkMode: 'awsvpc' }, null).ranges).toEqual([]);
  });

  it('are published one by one, at the address that the mapping names', () => {
    const portMappings = [{ containerPort: 80 }, { containerPortRange: '5000-5001', 'x-longshore': { hostIp: '127.0.0.1' } }];
    const main = container('main', 'web:1', { portMappings });
    const task: TaskDefinition = { family: 'web', containerDefinitions: [main] };
    const single = { containerPort: 80, hostPort: 0, protocol: 'tcp' };
    expect(portsWanted(main, task, [], [{ ...range(2), hostPort: 61_000 }], undefined)).toEqual([
      single,
      { containerPort: 5_000, hostPort: 61_000, protocol: 'tcp', hostIp: '127.0.0.1' },
      { containerPort: 5_001, hostPort: 61_001, protocol: 'tcp', hostIp: '127.0.0.1' },
    ]);
    expect(portsWanted(main, task, [], [], undefined)).toEqual([single]);
  });
});

describe('host ranges', () => {
  const ranges: readonly HostRange[] = [
    { ...range(11), hostPort: 61_000 },
    { ...range(2, { container: 'side', protocol: 'udp' }), hostPort: 65_534 },
  ];

  it('stand in a label, and are read from it', () => {
    expect(rangesText(ranges)).toBe('main=61000-61010:5000-5010/tcp,side=65534-65535:5000-5001/udp');
    expect(rangesIn(rangesText(ranges))).toEqual(ranges);
  });

  it.each(['', 'main', 'main=1-2:3-5/tcp', 'main=2-1:2-1/tcp', 'main=1-2:1-2/sctp'])('names nothing as %j', (text) =>
    expect(rangesIn(text)).toEqual([]),
  );

  it('are one binding each, once they are published', () => {
    const tcp = { containerPort: 80, hostPort: 8_080, protocol: 'tcp' as const };
    const published = Array.from({ length: 11 }, (_, index) => ({ ...tcp, containerPort: 5_000 + index, hostPort: 61_000 + index }));
    expect(networkBindings([tcp, ...published], ranges, 'main')).toEqual([
      tcp,
      { containerPortRange: '5000-5010', hostPortRange: '61000-61010', protocol: 'tcp' },
    ]);
    expect(networkBindings([], ranges, 'main')).toEqual([]);
  });
});
