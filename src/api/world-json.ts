// The world as JSON, for a plan made by another process than the daemon. Maps become lists of [key, value] in their own order, sets become
// lists; everything else is plain data already. A secret's value has no type in the world, so none can be in here.
// There is no reviver and no tagging: each map of the model is named below, and a new one that is forgotten is a type error.
import { EMPTY_LEDGER } from '../model/turn/ledger.ts';
import { assert } from '../std/assert.ts';
import type { Ledger } from '../model/turn/ledger.ts';
import type { InstanceView, Observed } from '../model/turn/observed.ts';
import type { World } from '../model/turn/plan.ts';
import type { DesiredState } from '../model/turn/desired.ts';

/** `T` with every map as a list of entries and every set as a list. */
export type Json<T> =
  T extends ReadonlyMap<infer K, infer V>
    ? readonly (readonly [K, Json<V>])[]
    : T extends ReadonlySet<infer V>
      ? readonly Json<V>[]
      : T extends readonly (infer V)[]
        ? readonly Json<V>[]
        : T extends object
          ? { readonly [K in keyof T]: Json<T[K]> }
          : T;

/** Every member of the ledger is a map. */
const LEDGER_TABLES = Object.keys(EMPTY_LEDGER) as (keyof Ledger)[];

/** The shape below; a reader that knows another one must not guess. */
export const WORLD_FORMAT = 5;

export interface WorldJson {
  readonly format: typeof WORLD_FORMAT;
  readonly world: Json<World>;
}

/** A world as plain JSON data. */
export function encodeWorld(world: World): WorldJson {
  const { desired, ledger } = world;
  const { swarms, ...observed } = world.observed;
  return {
    format: WORLD_FORMAT,
    world: {
      ...world,
      desired: {
        ...desired,
        clusters: [...desired.clusters],
        instances: [...desired.instances],
        taskDefinitions: [...desired.taskDefinitions],
        services: [...desired.services],
        targetGroups: [...desired.targetGroups],
        loadBalancers: [...desired.loadBalancers],
        securityGroups: [...desired.securityGroups],
      },
      observed: {
        ...observed,
        instances: [...observed.instances].map(([id, view]) => [id, encodeInstance(view)] as const),
        proxy: observed.proxy && { ...observed.proxy, targets: [...observed.proxy.targets] },
        answers: [...observed.answers],
        secrets: [...observed.secrets],
        ...(swarms === undefined ? {} : { swarms: [...swarms] }),
      },
      ledger: encodeLedger(ledger),
    },
  };
}

/** The world that was encoded. Throws with the place when `value` is not an encoded world of this format. */
export function decodeWorld(value: unknown): World {
  const outer = record(value, 'world document');
  if (outer['format'] !== WORLD_FORMAT) {
    throw new Error(`the world has format ${JSON.stringify(outer['format'])}, this version reads ${WORLD_FORMAT}`);
  }
  const { efs, ...world } = record(outer['world'], 'world') as unknown as Json<World>;
  record(world.desired, 'world.desired');
  record(world.observed, 'world.observed');
  record(world.ledger, 'world.ledger');
  return {
    ...world,
    desired: decodeDesired(world.desired),
    observed: decodeObserved(world.observed),
    outcomes: list(world.outcomes, 'outcomes') as World['outcomes'],
    ledger: decodeLedger(world.ledger),
    ...(efs === undefined ? {} : { efs: efs as NonNullable<World['efs']> }),
  };
}

function encodeInstance(view: InstanceView): Json<InstanceView> {
  return { ...view, containers: [...view.containers], networks: [...view.networks], volumes: [...view.volumes] };
}

function encodeLedger(ledger: Ledger): Json<Ledger> {
  return Object.fromEntries(LEDGER_TABLES.map((table) => [table, [...ledger[table]]])) as unknown as Json<Ledger>;
}

function decodeDesired(desired: Json<DesiredState>): DesiredState {
  return {
    ...desired,
    clusters: mapOf(desired.clusters, 'desired.clusters') as DesiredState['clusters'],
    instances: mapOf(desired.instances, 'desired.instances') as DesiredState['instances'],
    taskDefinitions: mapOf(desired.taskDefinitions, 'desired.taskDefinitions') as DesiredState['taskDefinitions'],
    services: mapOf(desired.services, 'desired.services') as DesiredState['services'],
    targetGroups: mapOf(desired.targetGroups, 'desired.targetGroups') as DesiredState['targetGroups'],
    loadBalancers: mapOf(desired.loadBalancers, 'desired.loadBalancers') as DesiredState['loadBalancers'],
    securityGroups: mapOf(desired.securityGroups, 'desired.securityGroups') as DesiredState['securityGroups'],
  };
}

function decodeObserved(observed: Json<Observed>): Observed {
  const instances = list(observed.instances, 'observed.instances') as Json<Observed>['instances'];
  return {
    instances: new Map(
      instances.map(([id, view]) => [
        id,
        {
          ...view,
          containers: mapOf(view.containers, 'containers') as InstanceView['containers'],
          networks: new Set(list(view.networks, 'networks') as string[]),
          volumes: mapOf(view.volumes, 'volumes') as InstanceView['volumes'],
        },
      ]),
    ),
    proxy: observed.proxy && {
      ...observed.proxy,
      targets: mapOf(observed.proxy.targets, 'observed.proxy.targets') as NonNullable<Observed['proxy']>['targets'],
    },
    answers: mapOf(observed.answers, 'observed.answers') as Observed['answers'],
    secrets: mapOf(observed.secrets, 'observed.secrets') as Observed['secrets'],
    ...(observed.swarms === undefined ? {} : { swarms: mapOf(observed.swarms, 'observed.swarms') as NonNullable<Observed['swarms']> }),
  };
}

function decodeLedger(ledger: Json<Ledger>): Ledger {
  return Object.fromEntries(LEDGER_TABLES.map((table) => [table, mapOf(ledger[table], `ledger.${table}`)])) as unknown as Ledger;
}

function mapOf(entries: unknown, place: string): Map<string, unknown> {
  const pairs = list(entries, place);
  assert(
    pairs.every((pair) => Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string'),
    `${place} is a list of [key, value]`,
  );
  return new Map(pairs as [string, unknown][]);
}

function list(value: unknown, place: string): unknown[] {
  assert(Array.isArray(value), `${place} is a list`);
  return value;
}

function record(value: unknown, place: string): Record<string, unknown> {
  assert(value !== null && typeof value === 'object' && !Array.isArray(value), `${place} is an object`);
  return value as Record<string, unknown>;
}
