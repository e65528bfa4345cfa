// Runs of host ports for ranges of ports (ECS: hostPortRange), out of the ports of an instance that Linux hands out to nobody, and then out of
// IANA's dynamic ones. Where a run begins follows from the id of its task: a plan shows what will happen, and a task that met a port of
// somebody else is followed by one that asks for others. Deliberately absent: ports that engines choose and other processes have.
import { type Demand, type RangeAsk } from './demand.ts';
import type { HostRange } from '../../model/task/host-range.ts';
import { chanceOf, seedOf } from './chance.ts';

/** Ports without a gap. */
interface Stretch {
  readonly first: number;
  readonly last: number;
}

/** Ports that are in use on one instance, by protocol, in order of their first; what is held twice stands there twice. */
export interface Held {
  readonly tcp: Stretch[];
  readonly udp: Stretch[];
}

/** In order of preference. Linux: clients and engines get their ports from 32768 to 60999 by default. */
const WINDOWS: readonly Stretch[] = [
  { first: 61_000, last: 65_535 },
  { first: 49_153, last: 60_999 },
];
const LOWEST = 49_153;

/** For messages. */
export const WINDOWS_TEXT = WINDOWS.map(({ first, last }) => `${first}-${last}`).join(' or ');

/** What is held of an instance without tasks: these ports, such as `tcp/61000`. */
export function newlyHeld(ports: Iterable<string>): Held {
  const held: Held = { tcp: [], udp: [] };
  for (const port of ports) holdPort(held, port);
  return held;
}

/** Takes the host ports of a range. */
export function hold(held: Held, { protocol, hostPort, length }: HostRange): void {
  insert(held[protocol], { first: hostPort, last: hostPort + length - 1 });
}

/** Gives back what `hold` took. */
export function letGo(held: Held, { protocol, hostPort, length }: HostRange): void {
  remove(held[protocol], { first: hostPort, last: hostPort + length - 1 });
}

/** Takes one port, such as `tcp/61000`; below every range nobody minds it. */
export function holdPort(held: Held, port: string): void {
  const { protocol, number } = portIn(port);
  if (number >= LOWEST) insert(held[protocol], { first: number, last: number });
}

/** Gives back what `holdPort` took. */
export function letPortGo(held: Held, port: string): void {
  const { protocol, number } = portIn(port);
  if (number >= LOWEST) remove(held[protocol], { first: number, last: number });
}

/** Whether a port such as `tcp/61000` is held. */
export function isHeld(held: Held, port: string): boolean {
  const { protocol, number } = portIn(port);
  return number >= LOWEST && held[protocol].some(({ first, last }) => first <= number && number <= last);
}

/** Whether there is a run for every range of a task, whatever its id. */
export function fits(held: Held, demand: Pick<Demand, 'ports' | 'ranges'>): boolean {
  return chosen(held, demand, lowestStart) !== null;
}

/** The runs for the ranges of a task, where they fit: by its id, or, where one would leave too little to another, the lowest. */
export function chosenRanges(held: Held, demand: Pick<Demand, 'ports' | 'ranges'>, task: string): readonly HostRange[] {
  if (demand.ranges.length === 0) return [];
  const seed = seedOf(task);
  const byId = chosen(held, demand, (stretches, length, index) => startFor(stretches, length, chanceOf(seed, index)));
  return byId ?? chosen(held, demand, lowestStart) ?? [];
}

type Start = (stretches: readonly Stretch[], length: number, index: number) => number | null;

/** A run for each range; none of them has a port of another, or a fixed one of the same task. Null: one finds no place. */
function chosen(held: Held, { ports, ranges }: Pick<Demand, 'ports' | 'ranges'>, start: Start): readonly HostRange[] | null {
  const left: Held = { tcp: [...held.tcp], udp: [...held.udp] };
  for (const port of ports) holdPort(left, port);
  const found: HostRange[] = [];
  for (const [index, { container, protocol, containerPort, length }] of ranges.entries()) {
    const hostPort = start(left[protocol], length, index);
    if (hostPort === null) return null;
    const got = { container, protocol, containerPort, hostPort, length };
    hold(left, got);
    found.push(got);
  }
  return found;
}

function lowestStart(stretches: readonly Stretch[], length: number): number | null {
  for (const window of WINDOWS) {
    const start = firstFree(stretches, length, window, 0, 1);
    if (start !== null) return start;
  }
  return null;
}

/** Begins at a multiple of the length, so that runs of one length leave no gaps between them; after the last multiple comes the first. */
function startFor(stretches: readonly Stretch[], length: number, chance: number): number | null {
  for (const window of WINDOWS) {
    const runs = Math.floor((window.last - window.first + 1) / length);
    const offset = runs === 0 ? 0 : (chance % runs) * length;
    const start =
      firstFree(stretches, length, window, offset, length) ??
      firstFree(stretches, length, window, 0, length) ??
      firstFree(stretches, length, window, 0, 1);
    if (start !== null) return start;
  }
  return null;
}

/** The first run of free ports in a window, from an offset on, at multiples of `step` from the beginning of the window. */
function firstFree(stretches: readonly Stretch[], length: number, window: Stretch, offset: number, step: number): number | null {
  let start = window.first + offset;
  for (const { first, last } of stretches) {
    if (last < start) continue;
    if (first >= start + length) break;
    start = window.first + Math.ceil((last + 1 - window.first) / step) * step;
  }
  return start + length - 1 <= window.last ? start : null;
}

function insert(stretches: Stretch[], stretch: Stretch): void {
  let place = stretches.length;
  while (place > 0 && (stretches[place - 1]?.first ?? 0) > stretch.first) place -= 1;
  stretches.splice(place, 0, stretch);
}

function remove(stretches: Stretch[], { first, last }: Stretch): void {
  const place = stretches.findIndex((each) => each.first === first && each.last === last);
  if (place >= 0) stretches.splice(place, 1);
}

function portIn(port: string): { readonly protocol: 'tcp' | 'udp'; readonly number: number } {
  return { protocol: port.startsWith('udp/') ? 'udp' : 'tcp', number: Number(port.slice(4)) };
}

/** The range that is hardest to place. */
export function longestOf(ranges: readonly RangeAsk[]): RangeAsk {
  return ranges.reduce((longest, range) => (range.length > longest.length ? range : longest));
}
