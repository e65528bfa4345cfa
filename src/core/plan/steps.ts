// The turns of a play as steps that a person can follow: equal calls of one turn are one step, and so are tasks that become healthy
// or leave the routing together. Deliberately absent: container ids, environment values and anything else that only a machine reads.
import type { PlannedAction, World } from '../../model/turn/plan.ts';
import type { Event, EventKind } from '../../model/turn/event.ts';
import type { Ledger } from '../../model/turn/ledger.ts';
import type { Play, PlayedTurn } from './turns.ts';
import { byText, groupBy } from '../../std/order.ts';
import { containersOf } from '../../model/task/pause.ts';
import { healthyTasks } from './capacity.ts';
import { serviceOf } from './changes.ts';
import { unreachable } from '../../std/assert.ts';

export type StepVerb =
  | 'network'
  | 'unnetwork'
  | 'unvolume'
  | 'pull'
  | 'create'
  | 'start'
  | 'join'
  | 'leave'
  | 'healthy'
  | 'drain'
  | 'stop'
  | 'remove'
  | 'verdict';

export interface Step {
  readonly at: number;
  readonly verb: StepVerb;
  /** `cluster/name`; null for a network. */
  readonly service: string | null;
  /** A revision, an image reference or a network. */
  readonly subject: string;
  /** Task ids. */
  readonly tasks: readonly string[];
  /** Which containers of them, in the order of their definition; empty: all. */
  readonly containers: readonly string[];
  readonly instance: string | null;
  readonly because: string;
  /** Healthy tasks of the service after the turn, and how many it should have; null for a step without a service. */
  readonly healthy: number | null;
  readonly desired: number | null;
}

/** Events that a reader of a plan wants to see; the others are told by the actions. */
const VERDICTS: readonly EventKind[] = [
  'deployment-completed',
  'deployment-failed',
  'deployment-started',
  'deployment-rolled-back',
  'service-steady',
  'service-blocked',
  'service-deleted',
];

/** The steps of a play, in order. */
export function stepsOf(world: World, played: Play): readonly Step[] {
  // The revision of a service that goes is known at the beginning, that of one that comes at the end.
  const namesOf = (revision: string): readonly string[] => {
    const spec = world.ledger.revisions.get(revision)?.spec ?? played.end.ledger.revisions.get(revision)?.spec;
    return spec ? containersOf(spec).map(({ name }) => name) : [];
  };
  return played.turns.flatMap((turn) => stepsOfTurn(world, turn, namesOf));
}

type NamesOf = (revision: string) => readonly string[];

function stepsOfTurn(world: World, turn: PlayedTurn, namesOf: NamesOf): readonly Step[] {
  const healthy = healthyTasks(turn.tasks);
  const counted = (step: Omit<Step, 'at' | 'healthy' | 'desired'>): Step => {
    const desired = step.service === null ? null : (world.desired.services.get(step.service)?.spec.desiredCount ?? 0);
    return { at: turn.at, ...step, healthy: step.service === null ? null : (healthy.get(step.service) ?? 0), desired };
  };
  const byTask = groupBy(turn.actions.map(actionStep), (step) => [keyOf(step), ...step.tasks].join('\n'));
  const whole = [...byTask.values()].flatMap((steps) => ofOneTask(steps, namesOf));
  const grouped = groupBy(whole, (step) => [keyOf(step), ...step.containers].join('\n'));
  const actions = [...grouped.values()].flatMap((steps) => {
    const [first] = steps;
    return first
      ? [
          counted({
            ...first,
            tasks: inOrder(
              steps.flatMap((step) => step.tasks),
              turn.tasks,
            ),
          }),
        ]
      : [];
  });
  const changed = [...eventSteps('healthy', 'task-healthy', turn), ...eventSteps('drain', 'targets-deregistered', turn)];
  const verdicts = turn.events.filter((event) => VERDICTS.includes(event.kind)).map(verdictStep);
  const [started, ended] = [verdicts.filter((step) => isStart(step, turn)), verdicts.filter((step) => !isStart(step, turn))];
  return [...started.map(counted), ...changed.map(counted), ...actions, ...ended.map(counted)];
}

type BareStep = Omit<Step, 'at' | 'healthy' | 'desired'>;

function keyOf({ verb, subject, instance, because }: BareStep): string {
  return [verb, subject, instance, because].join('\n');
}

/** Equal calls for the containers of one task as one step; which containers is told only where it is not all of them. */
function ofOneTask(steps: readonly BareStep[], namesOf: NamesOf): readonly BareStep[] {
  const [first] = steps;
  if (first === undefined || first.containers.length === 0) return steps;
  const called = new Set(steps.flatMap((step) => step.containers));
  const names = namesOf(first.subject);
  const isAll = names.every((name) => called.has(name));
  return [{ ...first, containers: isAll ? [] : names.filter((name) => called.has(name)) }];
}

function actionStep(action: PlannedAction): BareStep {
  const common = { service: serviceOf(action), instance: action.instance, because: shortened(action.because), tasks: [], containers: [] };
  switch (action.kind) {
    case 'create-network':
      return { ...common, verb: 'network', subject: action.network };
    case 'remove-network':
      return { ...common, verb: 'unnetwork', subject: action.network };
    case 'remove-volume':
      return { ...common, verb: 'unvolume', subject: action.volume };
    case 'pull-image':
      return { ...common, verb: 'pull', subject: action.reference.split('@')[0] ?? action.reference };
    case 'create-container':
      return { ...common, ...ofTask(action), verb: 'create' };
    case 'start-container':
      return { ...common, ...ofTask(action), verb: 'start' };
    case 'connect-network':
      return { ...common, ...ofTask(action), verb: 'join', subject: action.endpoint.network };
    case 'disconnect-network':
      return { ...common, ...ofTask(action), verb: 'leave', subject: action.network };
    case 'stop-container':
      return { ...common, ...ofTask(action), verb: 'stop' };
    case 'remove-container':
      return { ...common, ...ofTask(action), verb: 'remove' };
    default:
      return unreachable(action);
  }
}

function ofTask(action: Extract<PlannedAction, { identity: unknown }>): Pick<Step, 'subject' | 'tasks' | 'containers'> {
  const { revision, task, container } = action.identity;
  return { subject: revision, tasks: [task], containers: [container] };
}

/** Tasks of one revision about which the same thing happens in one turn. */
function eventSteps(verb: StepVerb, kind: EventKind, turn: PlayedTurn): readonly BareStep[] {
  const events = turn.events.filter((event) => event.kind === kind && event.task !== null);
  const groups = groupBy(events, (event) => `${event.service}\n${revisionOf(event, turn.tasks)}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const tasks = inOrder(
      group.flatMap((event) => event.task ?? []),
      turn.tasks,
    );
    return [{ verb, service: first.service, subject: revisionOf(first, turn.tasks), tasks, containers: [], instance: null, because: '' }];
  });
}

/** Each task once, in the order in which they were launched; a task without a row (its remains are cleared away) comes first. */
function inOrder(ids: readonly string[], tasks: Ledger['tasks']): readonly string[] {
  return [...new Set(ids)].sort((a, b) => (tasks.get(a)?.attempt ?? -1) - (tasks.get(b)?.attempt ?? -1) || byText(a, b));
}

function revisionOf(event: Event, tasks: Ledger['tasks']): string {
  return tasks.get(event.task ?? '')?.revision ?? '';
}

function verdictStep(event: Event): BareStep {
  return { verb: 'verdict', service: event.service, subject: '', tasks: [], containers: [], instance: null, because: event.message };
}

/** The start of a deployment is told before what it brings, everything else after. */
function isStart(step: BareStep, turn: PlayedTurn): boolean {
  return turn.events.some((event) => event.kind === 'deployment-started' && event.message === step.because);
}

/** A reason without the ids that stand beside it anyway, so that equal reasons are equal. */
function shortened(because: string): string {
  return because
    .replace(/^task [0-9a-f]{8}(?: of \S+)? is /, '')
    .replace(/^Scaling activity initiated by \(deployment [^)]*\): /, '')
    .replace(/\(service [^)]*\) /, '');
}
