// Security groups as networks. A rule that lets group a into group b gives both a network that their tasks share, internal to the engine; two groups
// need one whichever of them is let in. Besides, every task of a group is on one network on which no task reaches another: that is where its
// default route and what it publishes belong, so that joining and leaving the others disturbs nothing.
// A network that nobody but one of its groups would be on is not made: it would let the tasks of that group reach each other, as no rule does.
import type { DesiredSecurityGroup } from '../../model/turn/desired.ts';
import type { Turn } from '../turn.ts';
import { apartNetwork, sharedNetwork, spanningNetwork } from '../../model/turn/identity.ts';
import { byText } from '../../std/order.ts';

type Groups = ReadonlyMap<string, DesiredSecurityGroup>;

/** The turn with the groups that have tasks, or are to have some. */
export function withPeople(turn: Turn): Turn {
  return { ...turn, peopled: peopledGroups(turn) };
}

/** The groups that have tasks, or are to have some. */
export function peopledGroups({ world: { desired }, draft }: Turn): ReadonlySet<string> {
  const peopled = new Set<string>();
  for (const { securityGroups = [], spec } of desired.services.values())
    if (spec.desiredCount > 0) for (const group of securityGroups) peopled.add(group);
  const sets = new Map<string, readonly string[]>();
  for (const { taskSets } of draft.services.values())
    for (const { id, target } of taskSets) if (target.securityGroups !== undefined) sets.set(id, target.securityGroups);
  // What is being replaced serves until it has stopped: whom it reaches must not go before it.
  if (sets.size > 0)
    for (const { taskSet, lastStatus } of draft.tasks.values())
      if (lastStatus !== 'STOPPED') for (const group of sets.get(taskSet) ?? []) peopled.add(group);
  return peopled;
}

/**
 * The networks of a task of these groups, the one of its default route first; null: it names no group. `spans`: it is on a node of a swarm, where
 * those that tasks share reach over all nodes.
 */
export function networksOfGroups(turn: Turn, groups: readonly string[] | undefined, spans = false): readonly string[] | null {
  if (groups === undefined) return null;
  const { installation, desired } = turn.world;
  const shared = pairsOf(desired.securityGroups)
    .filter((pair) => pair.some((group) => groups.includes(group)) && pair.every((group) => turn.peopled.has(group)))
    .map(([a, b]) => (spans ? spanningNetwork : sharedNetwork)(installation, a, b));
  return [apartNetwork(installation), ...shared];
}

/** Every network that some task is to be on. */
export function networksOfAllGroups(turn: Turn): readonly string[] {
  return turn.peopled.size === 0 ? [] : (networksOfGroups(turn, [...turn.peopled]) ?? []);
}

type Pair = readonly [string, string];
const PAIRS = new WeakMap<Groups, readonly Pair[]>();

/** Groups of which one lets in the other, each pair once. */
function pairsOf(groups: Groups): readonly Pair[] {
  const known = PAIRS.get(groups);
  if (known !== undefined) return known;
  const pairs = new Map<string, Pair>();
  for (const { name, admits } of groups.values()) {
    for (const source of admits) {
      const pair: Pair = byText(name, source) < 0 ? [name, source] : [source, name];
      pairs.set(JSON.stringify(pair), pair);
    }
  }
  const sorted = [...pairs].sort(([a], [b]) => byText(a, b)).map(([, pair]) => pair);
  PAIRS.set(groups, sorted);
  return sorted;
}
