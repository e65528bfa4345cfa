// The seal of a plan: a hash over everything that it rests on and everything that it does. The same seal later means: the same plan.
// Deliberately absent from it: commit, moment and ledger version (a merge makes a new commit), health and failure counters (they move
// each second), and the reasons given in words.
import type { Action, World } from '../../model/turn/plan.ts';
import type { Change } from './changes.ts';
import type { Ledger } from '../../model/turn/ledger.ts';
import type { Play } from './turns.ts';
import { groupBy, sortedBy } from '../../std/order.ts';
import { hashOf } from '../../std/hash.ts';

/** One thing that a plan rests on. */
export interface SealInput {
  /** In words: `git: service default/web`, `image web:2 on local`. */
  readonly name: string;
  readonly fingerprint: string;
}

export interface Seal {
  readonly id: string;
  /** Sorted by name. */
  readonly inputs: readonly SealInput[];
}

/** The input that holds the actions themselves: it moves when something moves that no other input names. */
const ACTIONS = 'actions';

/** Seals a plan: what git declares, the affected services, instances and images, and the actions. */
export function sealOf(world: World, played: Play, changes: readonly Change[]): Seal {
  const actions = played.turns.flatMap((turn) => turn.actions);
  const services = changes.filter((change) => change.subject === 'service').map((change) => change.id);
  const inputs = sortedBy(
    [
      ...desiredInputs(world),
      ...services.map((id) => input(`state of service ${id}`, serviceState(world.ledger, id))),
      ...[...new Set(actions.map((action) => action.instance))].map((id) => input(`instance ${id}`, instanceState(world, id))),
      ...played.looks.map((look) =>
        input(`image ${look.reference} on ${look.instance}`, world.observed.answers.get(look.key)?.image ?? null),
      ),
      input(ACTIONS, sequences(actions)),
    ],
    (one) => one.name,
  );
  return { id: hashOf(inputs, 12), inputs };
}

/** Which inputs differ between two seals, in words; empty when the seals are equal. */
export function explainMoved(before: Seal, after: Seal): readonly string[] {
  const old = new Map(before.inputs.map((one) => [one.name, one.fingerprint]));
  const fresh = new Map(after.inputs.map((one) => [one.name, one.fingerprint]));
  const named = [
    ...after.inputs.filter((one) => !old.has(one.name)).map((one) => [one.name, 'is new'] as const),
    ...before.inputs.filter((one) => !fresh.has(one.name)).map((one) => [one.name, 'is gone'] as const),
    ...after.inputs
      .filter((one) => old.has(one.name) && old.get(one.name) !== one.fingerprint)
      .map((one) => [one.name, 'has changed'] as const),
  ].filter(([name]) => name !== ACTIONS);
  if (named.length > 0) return named.map(([name, what]) => `${name} ${what}`);
  return before.id === after.id ? [] : ['the actions differ: a service that the plan does not change takes part in the placement'];
}

function input(name: string, content: unknown): SealInput {
  return { name, fingerprint: hashOf(content, 16) };
}

function desiredInputs(world: World): readonly SealInput[] {
  const { desired } = world;
  const of = (noun: string, map: ReadonlyMap<string, unknown>): SealInput[] =>
    [...map].map(([id, content]) => input(`git: ${noun} ${id}`, content));
  return [
    ...of('cluster', desired.clusters),
    ...of('container instance', desired.instances),
    ...of('task definition', desired.taskDefinitions),
    ...of('service', desired.services),
    ...of('target group', desired.targetGroups),
    ...of('load balancer', desired.loadBalancers),
    ...of('security group', desired.securityGroups),
  ];
}

function serviceState(ledger: Ledger, id: string): unknown {
  const row = ledger.services.get(id);
  if (row === undefined) return null;
  const primary = row.deployments[0];
  const tasks = [...ledger.tasks.values()]
    .filter((task) => `${task.cluster}/${task.service}` === id && task.lastStatus !== 'STOPPED')
    .map((task) => [task.id, task.instance, task.revision, task.desiredStatus]);
  return {
    status: row.status,
    desiredCount: row.desiredCount,
    requested: row.requested,
    primary: primary && [primary.id, primary.target, primary.rollout],
    tasks: sortedBy(tasks, (task) => task[0] ?? ''),
  };
}

function instanceState(world: World, id: string): unknown {
  const instance = world.observed.instances.get(id);
  if (instance === undefined) return null;
  const { clusters, address, connected, cpu, memory, networks } = instance;
  return { clusters, address, connected, cpu, memory, networks: [...networks].sort() };
}

/** What is done to each task, network and image, in order; how independent things interleave is left out. */
function sequences(actions: readonly Action[]): unknown {
  const bySubject = groupBy(actions, (action) => ('identity' in action ? `task ${action.identity.task}` : action.key));
  const steps = [...bySubject].map(([subject, own]) => ({
    subject,
    steps: own.map((action) => [action.key, action.instance, action.kind === 'create-container' ? action.spec : null]),
  }));
  return sortedBy(steps, (step) => step.subject);
}
