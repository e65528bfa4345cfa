// A small fleet for the tests of placement: candidates in a few words, tasks that stand on them, and a service that asks for more.
import type { Candidate } from '../../../src/core/placement/candidate.ts';
import type { Demand } from '../../../src/core/placement/demand.ts';
import type { PlacementConstraint, PlacementStrategy } from '../../../src/model/cluster/placement.ts';
import type { Task } from '../../../src/model/task/task.ts';
import { type Ask, askOf } from '../../../src/core/placement/rules.ts';
import { type Room, type Seat, roomOf } from '../../../src/core/placement/room.ts';
import { openSearch, placeNext } from '../../../src/core/placement/place.ts';
import { refusalSentence } from '../../../src/core/placement/refusal.ts';
import { stepsOf } from '../../../src/core/placement/strategy.ts';
import { task } from '../../build.ts';

/** A demand of nothing but a little memory. */
export const SMALL: Demand = { cpu: 256, memory: 128, gpus: 0, ports: [], ranges: [], architecture: null, attributes: [], imageOn: null };

/** An ACTIVE instance of 4 vCPU and 8 GiB on Linux; `attributes` are added to ecs.os-type. */
export function candidate(
  id: string,
  more: Partial<Omit<Candidate, 'attributes'>> & { attributes?: Record<string, string | null> } = {},
): Candidate {
  return {
    id,
    status: 'ACTIVE',
    agentConnected: true,
    observed: true,
    agentVersion: null,
    ec2InstanceId: id,
    registeredAt: null,
    cpu: 4_096,
    memory: 8_192,
    gpus: null,
    ports: new Set(),
    ...more,
    attributes: new Map<string, string | null>(Object.entries({ 'ecs.os-type': 'linux', ...more.attributes })),
  };
}

/** An instance in a zone. */
export function inZone(id: string, zone: string, more: Partial<Omit<Candidate, 'attributes'>> = {}): Candidate {
  return candidate(id, { ...more, attributes: { 'ecs.availability-zone': zone } });
}

/** A task of a service on an instance; every one takes `demand`. */
export function standing(service: string, instance: string, slot: number, more: Partial<Task> = {}): Task {
  return task({ service, instance, slot, ...more });
}

export interface Fleet {
  readonly room: Room;
  readonly seats: readonly Seat[];
}

/** The instances and what stands on them. */
export function fleetOf(candidates: readonly Candidate[], tasks: readonly Task[] = [], demand: Demand = SMALL): Fleet {
  const room = roomOf(candidates, tasks, () => demand);
  return { room, seats: [...room.seats.values()] };
}

export interface Wish {
  readonly service?: string;
  readonly demand?: Partial<Demand>;
  readonly constraints?: readonly PlacementConstraint[];
  readonly strategy?: readonly PlacementStrategy[];
  readonly kind?: 'service' | 'run';
}

/** What a service asks of an instance. */
export function ask({ service = 'web', demand = {}, constraints = [] }: Wish = {}): Ask {
  return askOf('default', `service:${service}`, { ...SMALL, ...demand }, constraints);
}

/** The instances for `count` tasks, one after the other; a sentence for the first that finds none. */
export function placed({ seats }: Fleet, count: number, wish: Wish = {}): readonly string[] {
  const asked = ask(wish);
  const search = openSearch(seats, asked, stepsOf(wish.strategy, wish.kind ?? 'service'));
  const found: string[] = [];
  for (let number = 0; number < count; number++) {
    const place = placeNext(search, `task-${number}`);
    if (place === null) return [...found, refusalSentence(seats, asked)];
    found.push(place.instance);
  }
  return found;
}

/** How many of the texts are the same. */
export function counted(texts: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}
