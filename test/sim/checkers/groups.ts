// Security groups: a task with groups is on the networks that their rules give it and on no other, from its start on; a task without is on that
// of its cluster. Judged from the declared rules, the rows and the machines; how the core comes to its networks is not asked.
import { apartNetwork, networkName, sharedNetwork } from '../../../src/model/turn/identity.ts';
import { rowOf, short, type Turn } from './facts.ts';
import { PAUSE } from '../../../src/model/task/pause.ts';
import type { Action, World } from '../../../src/model/turn/plan.ts';
import type { Ledger } from '../../../src/model/turn/ledger.ts';
import type { SimContainer } from '../containers.ts';
import type { Task } from '../../../src/model/task/task.ts';

/** Judges which networks a turn takes containers onto, and that none starts before it is on its own. */
export function checkGroups(turn: Turn): void {
  for (const action of turn.plan.actions) {
    if (!('identity' in action) || action.identity.container !== PAUSE) continue;
    const task = turn.after.tasks.get(action.identity.task);
    if (task?.instance !== action.instance) continue;
    const groups = groupsOf(turn.after, task);
    if (action.kind === 'connect-network') checkJoin(turn, task, groups, action);
    if (action.kind === 'disconnect-network' && must(turn.world, turn.after, groups).has(action.network))
      turn.blame(`${short(task)} leaves ${action.network}, which its groups share`);
    if (action.kind === 'start-container' && groups !== null) checkStart(turn, task, groups, action);
  }
}

function checkJoin(turn: Turn, task: Task, groups: readonly string[] | null, action: Extract<Action, { kind: 'connect-network' }>): void {
  const { network, aliases } = action.endpoint;
  if (!may(turn.world, groups).has(network)) turn.blame(`${short(task)} joins ${network}, and no rule of its groups says so`);
  const isFound = aliases.includes(`${task.service}.${task.cluster}`);
  if (isFound !== (network !== apartNetwork(turn.world.installation)))
    turn.blame(`${short(task)} is ${isFound ? '' : 'not '}found by its name on ${network}`);
}

function checkStart(turn: Turn, task: Task, groups: readonly string[], action: Extract<Action, { kind: 'start-container' }>): void {
  const view = turn.world.observed.instances.get(action.instance)?.containers.get(action.container);
  for (const network of must(turn.world, turn.before, groups))
    if (view?.networks.includes(network) === false) turn.blame(`${short(task)} starts before it is on ${network}`);
}

/** At the end: exactly its networks. Whoever is on one network other than that of everybody, reaches the others. */
export function checkMembership(world: World, task: Task, container: SimContainer, blame: (what: string) => void): void {
  if (container.identity?.container !== PAUSE || container.spec?.network.kind !== 'networks') return;
  const groups = groupsOf(world.ledger, task);
  checkGroupsOf(world, task, groups, blame);
  const wanted = groups === null ? [networkName(world.installation, task.cluster)] : [...must(world, world.ledger, groups)];
  const [is, should] = [[...container.networks].sort().join(' '), wanted.sort().join(' ')];
  if (is !== should) blame(`${short(task)} is on ${is}, and its groups ${groups?.join(', ') ?? '(none)'} give it ${should}`);
}

/** A task of what git asks for stands behind the groups that git says. */
function checkGroupsOf(world: World, task: Task, groups: readonly string[] | null, blame: (what: string) => void): void {
  const declared = world.desired.services.get(`${task.cluster}/${task.service}`);
  const hash = rowOf(world.ledger, task)?.taskSets.find(({ id }) => id === task.taskSet)?.target.hash;
  if (declared === undefined || hash?.split('.')[0] !== declared.hash) return;
  const [is, should] = [groups, declared.securityGroups].map((names) => names?.join(', ') ?? '(none)');
  if (is !== should) blame(`${short(task)} stands behind the groups ${is}, and git says ${should}`);
}

/** Networks that some task of security groups is to be on. */
export function networksOfGroups(world: World): ReadonlySet<string> {
  const peopled = peopledBy(world, world.ledger);
  return peopled.size === 0 ? new Set() : must(world, world.ledger, [...peopled]);
}

/** The groups of a task; null: none. */
function groupsOf(ledger: Ledger, task: Task): readonly string[] | null {
  return rowOf(ledger, task)?.taskSets.find(({ id }) => id === task.taskSet)?.target.securityGroups ?? null;
}

/** Where rules let it be. */
function may({ desired, installation }: World, groups: readonly string[] | null): ReadonlySet<string> {
  if (groups === null) return new Set();
  const networks = [...desired.securityGroups.values()].flatMap(({ name, admits }) =>
    admits.flatMap((source) =>
      groups.includes(name) || groups.includes(source) ? [sharedNetwork(installation, ...inOrder(name, source))] : [],
    ),
  );
  return new Set([apartNetwork(installation), ...networks]);
}

/** Where it has to be: where rules let it, unless nobody is on the other side. */
function must(world: World, ledger: Ledger, groups: readonly string[] | null): Set<string> {
  const peopled = peopledBy(world, ledger);
  const { installation } = world;
  const empty = new Set(
    [...world.desired.securityGroups.values()].flatMap(({ name, admits }) =>
      admits
        .filter((source) => !peopled.has(source) || !peopled.has(name))
        .map((source) => sharedNetwork(installation, ...inOrder(name, source))),
    ),
  );
  return new Set([...may(world, groups)].filter((network) => !empty.has(network)));
}

function peopledBy({ desired }: World, ledger: Ledger): ReadonlySet<string> {
  const wanted = [...desired.services.values()].flatMap(({ spec, securityGroups = [] }) => (spec.desiredCount > 0 ? securityGroups : []));
  const there = [...ledger.tasks.values()].flatMap((task) => (task.lastStatus === 'STOPPED' ? [] : (groupsOf(ledger, task) ?? [])));
  return new Set([...wanted, ...there]);
}

function inOrder(a: string, b: string): [string, string] {
  return a < b ? [a, b] : [b, a];
}
