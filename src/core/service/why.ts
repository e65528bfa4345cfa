// Where a task of a service could be now, instance by instance and rule by rule, and which of them placement prefers. It is the very search
// that places tasks, over a turn that is thrown away: what it says is what the next turn would do in this world. Deliberately absent: why an
// earlier turn chose as it did (nobody remembers that), and what else a service waits for (api/why.ts).
import type { DesiredService } from '../../model/turn/desired.ts';
import type { Task } from '../../model/task/task.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';
import type { World } from '../../model/turn/plan.ts';
import { type Turn, newTurn, roomIn, seatsOf, worldOfTurn } from '../turn.ts';
import { type Ask, askOf } from '../placement/rules.ts';
import { type Buckets, type Step, bucketsOf, stepsOf } from '../placement/strategy.ts';
import { type Refusal, refusalsOf } from '../placement/refusal.ts';
import { type Seat, groupOf, recount, tasksOfGroup } from '../placement/room.ts';
import { type DaemonVerdict, daemonPlaces } from '../placement/daemon.ts';
import { constraintsOf, isDaemon, withDaemons } from '../instance/daemons.ts';
import { demandOf } from '../placement/demand.ts';
import { draftOf } from '../draft.ts';
import { instancesWithImages } from '../image/images.ts';
import { placesFor, strategyIn } from '../instance/capacity.ts';
import { primaryOf } from '../deployment/next.ts';

/** One instance of the cluster, as the task would find it. */
export interface InstanceWhy {
  readonly instance: string;
  /** Tasks of the service that are meant to run there, the one that is asked about left out. */
  readonly tasks: number;
  /** Every rule that it does not pass; empty: the task fits. */
  readonly refusals: readonly Omit<Refusal, 'instance'>[];
  /** What the strategies compare, in their order: `zone a: 2 tasks`. */
  readonly preferred: readonly string[];
  /** Of a DAEMON service: whether a task belongs there. */
  readonly daemon?: DaemonVerdict;
}

export interface PlacementWhy {
  /** Which definition it is about: `family:n`. */
  readonly revision: string;
  readonly wants: readonly string[];
  readonly constraints: readonly string[];
  readonly strategies: readonly string[];
  /** Where the next task would go; null: nowhere, or the service is a DAEMON. */
  readonly next: string | null;
  /** The capacity provider that it would wait for; null: none. */
  readonly waitsFor: string | null;
  /** In order of their ids. */
  readonly instances: readonly InstanceWhy[];
}

/** How placement sees a service now, or one of its tasks, which is left out of all counts then; null: git does not declare it, or its definition is not known. */
export function placementWhy(given: World, id: string, task: Task | null): PlacementWhy | null {
  const turn = turnOver(given);
  const service = turn.world.desired.services.get(id);
  if (service === undefined) return null;
  const found = definitionFor(turn, service, task);
  if (found === null) return null;
  if (task !== null) recount(roomIn(turn), { ...task, lastStatus: 'STOPPED', desiredStatus: 'STOPPED' });
  const group = groupOf({ service: service.name });
  const constraints = constraintsOf(found.spec, service);
  const ask = askOf(service.cluster, group, demandOf(found.spec, found.imageOn), constraints);
  const steps = stepsOf(service.spec.placementStrategy, 'service');
  const seats = seatsOf(turn, service.cluster);
  return {
    revision: found.revision,
    wants: wantsOf(ask),
    constraints: [...ask.members.map(({ expression }) => `memberOf ${expression}`), ...(ask.distinct ? ['distinctInstance'] : [])],
    strategies: isDaemon(service) ? ['one task on each instance (DAEMON)'] : strategyTexts(turn, service, steps),
    instances: instancesOf(turn, service, seats, ask, isDaemon(service) ? [] : steps),
    // last: it takes the place that it finds
    ...(isDaemon(service) ? { next: null, waitsFor: null } : nextOf(turn, service, seats, ask, steps, task)),
  };
}

/** A turn over a world as reconcile begins one, without anything being decided in it. */
export function turnOver(given: World): Turn {
  const world = worldOfTurn(given);
  return withDaemons(newTurn(world, draftOf(world.ledger)));
}

interface Definition {
  readonly revision: string;
  readonly spec: TaskDefinition;
  readonly imageOn: ReadonlySet<string> | null;
}

/** The definition that a task runs, or that the service is to run. */
function definitionFor(turn: Turn, service: DesiredService, task: Task | null): Definition | null {
  const row = turn.draft.services.get(service.id);
  const primary = row && primaryOf(row);
  const set = row?.taskSets.find(({ id }) => id === (task?.taskSet ?? primary?.taskSet));
  const revision = task?.revision ?? primary?.target.taskDefinition;
  const known = revision === undefined ? undefined : turn.draft.revisions.get(revision)?.spec;
  if (known && revision !== undefined) return { revision, spec: known, imageOn: instancesWithImages(set?.target.images ?? []) };
  const declared = task === null ? turn.world.desired.taskDefinitions.get(service.family)?.spec : undefined;
  return declared === undefined ? null : { revision: service.family, spec: declared, imageOn: null };
}

function wantsOf({ demand }: Ask): readonly string[] {
  const { cpu, memory, gpus, ports, ranges, architecture, attributes } = demand;
  return [
    ...(cpu > 0 ? [`${cpu} CPU units`] : []),
    ...(memory > 0 ? [`${memory} MiB`] : []),
    ...(gpus > 0 ? [`${gpus} GPU`] : []),
    ...ports.map((port) => `port ${port}`),
    ...ranges.map(({ length, protocol }) => `${length} ${protocol} ports in a row`),
    ...(architecture === null ? [] : [`processor ${architecture}`]),
    ...attributes.map(({ name, value }) => (value === null ? name : `${name}=${value}`)),
  ];
}

function strategyTexts(turn: Turn, service: DesiredService, steps: readonly Step[]): readonly string[] {
  const isOwn = (service.spec.placementStrategy ?? []).length > 0;
  const providers = strategyIn(turn, service)?.map(
    ({ capacityProvider, weight = 0, base = 0 }) => `${capacityProvider} (weight ${weight}, base ${base})`,
  );
  return [
    ...(providers === undefined ? [] : [`capacity providers ${providers.join(', ')}`]),
    ...steps.map((step) => `${stepText(step)}${isOwn ? '' : ' (the default)'}`),
  ];
}

function stepText(step: Step): string {
  if (step.kind === 'random') return 'random';
  if (step.kind === 'binpack') return `binpack ${step.resource}`;
  return `spread ${step.attribute === null ? 'instanceId' : `attribute:${step.attribute}`}`;
}

function instancesOf(
  turn: Turn,
  service: DesiredService,
  seats: readonly Seat[],
  ask: Ask,
  steps: readonly Step[],
): readonly InstanceWhy[] {
  const daemons = isDaemon(service) ? daemonVerdicts(turn, seats, ask) : null;
  const refusals = Map.groupBy(refusalsOf(seats, ask), ({ instance }) => instance);
  const buckets = bucketsOf(steps, seats, ask.cluster, ask.group);
  return seats.map((seat) => {
    const { id } = seat.candidate;
    const daemon = daemons?.get(id);
    return {
      instance: id,
      tasks: tasksOfGroup(seat, ask.cluster, ask.group),
      refusals: (refusals.get(id) ?? []).map(({ rule, detail }) => ({ rule, detail })),
      preferred: preferencesOf(seat, ask, steps, buckets),
      ...(daemon !== undefined && { daemon }),
    };
  });
}

function daemonVerdicts(turn: Turn, seats: readonly Seat[], ask: Ask): ReadonlyMap<string, DaemonVerdict> {
  const daemons = [...turn.world.desired.services.values()].filter(isDaemon);
  const groups = new Set(daemons.map(({ name }) => groupOf({ service: name })));
  return new Map(daemonPlaces(seats, ask, groups).map(({ instance, verdict }) => [instance, verdict] as const));
}

/** What each step of the strategy compares of an instance: fewer tasks, or less that is left, is better. */
function preferencesOf(seat: Seat, { cluster, group }: Ask, steps: readonly Step[], buckets: Buckets): readonly string[] {
  const { candidate, cpu, memory } = seat;
  const numbers = buckets.of(candidate);
  let spreads = 0;
  return steps.flatMap((step) => {
    if (step.kind === 'random') return [];
    if (step.kind === 'binpack')
      return [step.resource === 'cpu' ? `${candidate.cpu - cpu} CPU units left` : `${candidate.memory - memory} MiB left`];
    if (step.attribute === null) return [`${tasksOfGroup(seat, cluster, group)} here`];
    const number = buckets.tasks[numbers[spreads++] ?? -1] ?? 0;
    return candidate.attributes.has(step.attribute)
      ? [`${number} with ${step.attribute}=${candidate.attributes.get(step.attribute) ?? ''}`]
      : [`${number} without ${step.attribute}`];
  });
}

function nextOf(
  turn: Turn,
  service: DesiredService,
  seats: readonly Seat[],
  ask: Ask,
  steps: readonly Step[],
  task: Task | null,
): Pick<PlacementWhy, 'next' | 'waitsFor'> {
  const row = turn.draft.services.get(service.id);
  const set = task?.taskSet ?? (row && primaryOf(row)?.taskSet);
  const standing: Task[] = [];
  for (const each of turn.draft.tasks.values())
    if (
      each.service === service.name &&
      each.cluster === service.cluster &&
      each.taskSet === set &&
      each.desiredStatus === 'RUNNING' &&
      each.id !== task?.id
    )
      standing.push(each);
  const offer = placesFor(turn, service, standing, seats, { ask, steps })(task?.id ?? service.id);
  if ('instance' in offer) return { next: offer.instance, waitsFor: null };
  return { next: null, waitsFor: 'waits' in offer ? offer.waits : null };
}
