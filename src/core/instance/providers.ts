// Capacity providers with managed scaling in one turn: what they have, what their tasks need, what their hook is asked, and what became of it.
// Joins scaling/ with rows and tasks. An instance that a hook brought is a registration that git does not declare; one that is to go is DRAINING
// until nothing is left on it, and is given back after that. Deliberately absent: how a hook is asked (adapters/capacity/).
import {
  type CapacityCall,
  type CapacityLimits,
  DEFAULT_MAXIMUM,
  DEFAULT_TIMEOUT_SECONDS,
  type ProvidedInstance,
} from '../../model/cluster/capacity-hook.ts';
import type { CapacityRow, UnwantedInstance } from '../../model/cluster/capacity-provider.ts';
import type { DesiredProvider } from '../../model/turn/desired.ts';
import type { Registration } from '../../model/turn/ledger.ts';
import { type ScalingSettings, nextPointAt, nextStep, withPoint } from '../scaling/step.ts';
import { type Reservation, type Size, type WaitingTasks, reservationOf } from '../scaling/reservation.ts';
import { leavingInstances } from '../scaling/leaving.ts';
import { isOfProvider, scaledProviders } from './capacity.ts';
import { isSilence } from '../../model/turn/outcome.ts';
import { graceMsOf, isUsed } from './instances.ts';
import { lostAt } from '../task/status.ts';
import { isDaemon } from './daemons.ts';
import { type Turn, emitCall, roomIn, wake } from '../turn.ts';
import { MINUTE, SECOND } from '../../std/time.ts';
import { count } from '../../std/text.ts';
import { same } from '../../std/diff.ts';

interface Scaled {
  readonly provider: DesiredProvider;
  readonly hook: CapacityLimits;
}

/** Takes over what hooks have answered: before anything is placed. */
export function registerProvided(turn: Turn): void {
  const requests = new Map([...turn.draft.providers.values()].map((row) => [outKey(row), row]));
  const leaving = new Map(
    [...turn.draft.registrations.values()].flatMap((row) => (row.leaving === true ? [[inKey(row), row.id] as const] : [])),
  );
  for (const outcome of turn.world.outcomes) {
    const row = requests.get(outcome.key);
    if (row !== undefined && outcome.error === null) {
      const unwanted = (outcome.instances ?? []).filter((instance) => !takes(turn, row, instance));
      const kept = [...(row.unwanted ?? []), ...unwanted.map((instance) => ({ instance, at: turn.now }))];
      const answered = { ...row, request: null, scaledOutAt: turn.now, points: [], message: null };
      turn.draft.providers.set(row.id, kept.length === 0 ? answered : { ...answered, unwanted: kept });
    } else if (row !== undefined && outcome.error !== null) turn.draft.providers.set(row.id, { ...row, message: outcome.error.message });
    if (outcome.error === null) forgetUnwanted(turn, outcome.key);
    const left = outcome.error === null ? leaving.get(outcome.key) : undefined;
    if (left !== undefined) turn.draft.registrations.delete(left);
  }
}

/**
 * Registers what a hook has made; false: it is to be given back, because its name is that of another instance. A machine that is answered again
 * is the one that is there, and of two under one name of the same hook nobody can say which one it would take away: neither is given back.
 */
function takes({ draft, now }: Turn, { id: provider, cluster }: CapacityRow, instance: ProvidedInstance): boolean {
  const holder = draft.registrations.get(instance.name);
  if (holder !== undefined) return holder.provider === provider || holder.declared?.endpoint === instance.endpoint;
  const declared = { ...instance, cluster, capacityProvider: provider };
  draft.registrations.set(instance.name, {
    ...{ id: instance.name, declared, status: 'ACTIVE', drained: false },
    ...{ registeredAt: now, provider },
  });
  return true;
}

/** Gives back what was made under names that were taken. */
function returnUnwanted(turn: Turn, { id, cluster, unwanted = [] }: CapacityRow, hook: CapacityLimits | undefined): void {
  for (const each of unwanted) {
    if (hook === undefined) continue;
    emitCall(turn, {
      kind: 'scale-in',
      key: unwantedKey(id, each),
      instance: each.instance,
      because: `the name ${each.instance.name} is taken by another instance`,
      ...{ hook: hook.name, provider: id, cluster, timeoutSeconds: hook.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS },
    });
  }
}

/** A machine that was given back is done with. */
function forgetUnwanted({ draft }: Turn, key: string): void {
  for (const row of [...draft.providers.values()]) {
    const left = row.unwanted?.filter((each) => unwantedKey(row.id, each) !== key) ?? [];
    if (left.length === (row.unwanted?.length ?? 0)) continue;
    const { unwanted: _, ...rest } = row;
    draft.providers.set(row.id, left.length === 0 ? rest : { ...rest, unwanted: left });
  }
}

function unwantedKey(provider: string, { instance, at }: UnwantedInstance): string {
  return `scale-in/${provider}/${instance.name}/unwanted/${at}`;
}

/** One turn of every provider: after everything was placed, so that it is known what waits. */
export function scaleProviders(turn: Turn): void {
  const scaled = scaledProviders(turn.world);
  for (const one of scaled) scale(turn, one);
  const names = new Set(scaled.map(({ provider }) => provider.name));
  for (const row of [...turn.draft.providers.values()]) {
    const hook = scaled.find(({ provider }) => provider.name === row.id)?.hook ?? turn.world.capacity?.find(({ name }) => name === row.id);
    returnUnwanted(turn, row, hook);
    const isOwed = row.unwanted !== undefined && hook !== undefined;
    if (!names.has(row.id) && row.request === null && !isOwed) turn.draft.providers.delete(row.id);
  }
  for (const row of [...turn.draft.registrations.values()]) {
    if (row.provider === undefined) continue;
    if (!names.has(row.provider) && row.leaving !== true) setLeaving(turn, row);
    giveBack(turn, turn.draft.registrations.get(row.id) ?? row, scaled);
  }
}

function scale(turn: Turn, { provider, hook }: Scaled): void {
  const before = turn.draft.providers.get(provider.name) ?? freshRow(provider);
  const rows = [...turn.draft.registrations.values()].filter((row) => isOfProvider(row, provider.cluster, provider.name));
  const own = rows.filter(({ status }) => status === 'ACTIVE');
  const settings = settingsOf(provider, hook);
  const busy = busyInstances(turn);
  const used = own.filter(({ id }) => (busy.get(id) ?? 0) > 0).length;
  const waiting = waitingFor(turn, provider.name);
  const reservation = reservationOf(own.length, used, waiting, sizesOf(turn, hook, own), settings);
  let row: CapacityRow = { ...before, cluster: provider.cluster, points: withPoint(before.points, reservation.percent, turn.now) };
  wake(turn, nextPointAt(row.points));
  const state = {
    points: row.points,
    youngestAt: own.length === 0 ? null : Math.max(...own.map(({ registeredAt }) => registeredAt)),
    leaving: rows.length - own.length,
    scaledInAt: row.scaledInAt,
  };
  const step = nextStep(reservation, state, settings, turn.now);
  wake(turn, step.wakeAt);
  row = withRequest(turn, row, step.change, waiting.length > 0 ? reservation : null);
  if (step.change < 0 && row.request === null) row = scaleIn(turn, row, own, -step.change, { provider, busy });
  if (row.request !== null) askForMore(turn, row, row.request, hook);
  if (!same(row, turn.draft.providers.get(provider.name))) turn.draft.providers.set(provider.name, row);
}

function freshRow({ name, cluster }: DesiredProvider): CapacityRow {
  return { id: name, cluster, points: [], request: null, nextRequest: 1, scaledOutAt: null, scaledInAt: null, message: null };
}

function settingsOf({ managedScaling = {} }: DesiredProvider, hook: CapacityLimits): ScalingSettings {
  return {
    targetCapacity: managedScaling.targetCapacity ?? 100,
    minimumScalingStepSize: managedScaling.minimumScalingStepSize ?? 1,
    maximumScalingStepSize: managedScaling.maximumScalingStepSize ?? 10_000,
    instanceWarmupMs: (managedScaling.instanceWarmupPeriod ?? 300) * SECOND,
    minimum: hook.minimum ?? 0,
    maximum: hook.maximum ?? DEFAULT_MAXIMUM,
  };
}

/** Tasks on each instance, without those of DAEMON services. */
function busyInstances({ draft, world }: Turn): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const task of draft.tasks.values()) {
    const service = world.desired.services.get(`${task.cluster}/${task.service}`);
    if (task.lastStatus === 'STOPPED' || (service !== undefined && isDaemon(service))) continue;
    counts.set(task.instance, (counts.get(task.instance) ?? 0) + 1);
  }
  return counts;
}

function waitingFor({ waiting }: Turn, provider: string): readonly WaitingTasks[] {
  return waiting
    .filter((task) => task.provider === provider)
    .map(({ demand: { cpu, memory, gpus, ports }, distinct }) => ({ cpu, memory, gpus, ports, distinct, count: 1 }));
}

/** What the operator says, else the largest instance that is known. */
function sizesOf(turn: Turn, { instance }: CapacityLimits, own: readonly Registration[]): readonly Size[] {
  if (instance !== undefined) return [{ cpu: instance.cpu, memory: instance.memory, gpus: instance.gpus ?? 0 }];
  let largest: Size | null = null;
  for (const { id } of own) {
    const candidate = roomIn(turn).seats.get(id)?.candidate;
    if (candidate?.observed !== true || (largest !== null && candidate.memory <= largest.memory)) continue;
    largest = { cpu: candidate.cpu, memory: candidate.memory, gpus: candidate.gpus ?? Number.POSITIVE_INFINITY };
  }
  return largest === null ? [] : [largest];
}

/** A request that was made is repeated under its key until it is answered: nobody knows what became of it before. */
function withRequest(turn: Turn, row: CapacityRow, change: number, wanted: Reservation | null): CapacityRow {
  const refused = turn.world.outcomes.some(({ key, error }) => key === outKey(row) && error !== null && !isSilence(error));
  if (row.request !== null) return refused && change <= 0 && wanted === null ? { ...row, request: null, message: null } : row;
  if (change <= 0) return row.message === null ? row : { ...row, message: null };
  // ECS: one figure a minute, so one decision a minute, however short the warm-up is.
  const again = row.scaledOutAt === null ? turn.now : row.scaledOutAt + MINUTE;
  if (again > turn.now) {
    wake(turn, again);
    return row;
  }
  return { ...row, request: { number: row.nextRequest, count: change, since: turn.now }, nextRequest: row.nextRequest + 1 };
}

function askForMore(turn: Turn, row: CapacityRow, request: NonNullable<CapacityRow['request']>, hook: CapacityLimits): void {
  emitCall(turn, {
    kind: 'scale-out',
    key: outKey(row),
    count: request.count,
    because: `${row.id} needs ${count(request.count, 'more instance')}`,
    ...{ hook: hook.name, provider: row.id, cluster: row.cluster, timeoutSeconds: hook.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS },
  });
}

interface Leaving {
  readonly provider: DesiredProvider;
  readonly busy: ReadonlyMap<string, number>;
}

function scaleIn(turn: Turn, row: CapacityRow, own: readonly Registration[], number: number, { provider, busy }: Leaving): CapacityRow {
  const brought = own.filter((each) => each.provider === provider.name);
  const protects = provider.managedTerminationProtection === 'ENABLED';
  const instances = brought.map(({ id, registeredAt }) => ({ id, registeredAt, tasks: busy.get(id) ?? 0 }));
  const chosen = leavingInstances(instances, number, protects);
  for (const id of chosen) {
    const registration = turn.draft.registrations.get(id);
    if (registration !== undefined) setLeaving(turn, registration);
  }
  return chosen.length === 0 ? row : { ...row, scaledInAt: turn.now };
}

function setLeaving(turn: Turn, row: Registration): void {
  turn.draft.registrations.set(row.id, { ...row, status: 'DRAINING', leaving: true });
  wake(turn, turn.now);
}

/** An instance that leaves is given back once nothing is left on it, or at once where its provider drains nothing. */
function giveBack(turn: Turn, row: Registration, scaled: readonly Scaled[]): void {
  if (row.leaving !== true || row.declared?.endpoint === undefined) return;
  const one = scaled.find(({ provider }) => provider.name === row.provider);
  const drains = one?.provider.managedDraining !== 'DISABLED';
  const view = turn.world.observed.instances.get(row.id);
  // Of one that is silent for good nobody will know that it is empty: its tasks have been replaced elsewhere.
  const goneAt = view === undefined ? null : lostAt(view, graceMsOf(turn.world, row.declared.cluster));
  const isGone = goneAt !== null && goneAt <= turn.now;
  if (!isGone) wake(turn, goneAt);
  if (drains && !isGone && isUsed(turn.draft, view, row.id)) return;
  const hook = one?.hook ?? turn.world.capacity?.find(({ name }) => name === row.provider);
  // Neither git nor the operator knows the provider any more: nobody can be asked to take it back.
  if (hook === undefined) {
    turn.draft.registrations.delete(row.id);
    return;
  }
  const { cluster, capacityProvider: _, status: __, ...declared } = row.declared;
  emitCall(turn, {
    kind: 'scale-in',
    key: inKey(row),
    instance: { ...declared, endpoint: row.declared.endpoint },
    because: `no task needs ${row.id} any more`,
    ...{ hook: hook.name, provider: row.provider ?? '', cluster, timeoutSeconds: hook.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS },
  } satisfies CapacityCall);
}

function outKey({ id, request }: CapacityRow): string {
  return `scale-out/${id}/${request?.number ?? 0}`;
}

/** An instance of the same name that comes later is another one. */
function inKey({ id, provider, registeredAt }: Registration): string {
  return `scale-in/${provider}/${id}/${registeredAt}`;
}
