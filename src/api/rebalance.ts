// What availability-zone rebalancing would move now, service by service: the moves in their order, or why a service is left alone. Pure: the very
// decisions of a turn, over a turn that is thrown away.
import { choose } from './choose.ts';
import { type ZoneMove, movesOf, notRebalanced, zonesOf } from '../core/service/rebalance.ts';
import { tasksByService } from '../core/turn.ts';
import { turnOver } from '../core/service/why.ts';
import { byText } from '../std/order.ts';
import { Refusal } from './refusal.ts';
import type { World } from '../model/turn/plan.ts';

export interface ServiceBalance {
  /** `cluster/name`. */
  readonly service: string;
  /** Why nothing of it is ever moved; null: it may be. */
  readonly leftAlone: string | null;
  /** Tasks that are to run, by zone, in order of the zones. */
  readonly zones: readonly { readonly zone: string; readonly tasks: number }[];
  readonly moves: readonly ZoneMove[];
  /** The task that moves now; null: none does. */
  readonly moving: string | null;
}

/** The balance of one service, or of all (null); `budget`: moves of all of them together. Throws a Refusal. */
export function balancesOf(world: World, word: string | null, budget: number): readonly ServiceBalance[] {
  const chosen = word === null ? null : choose(world, word);
  if (chosen?.kind === 'task') throw new Refusal(404, `${word} is a task, not a service`, 'Name its service; longshore ps lists both.');
  const turn = turnOver(world);
  let left = budget;
  const services = [...turn.world.desired.services.values()].sort((a, b) => byText(a.id, b.id));
  return services
    .filter(({ id }) => chosen === null || id === chosen.id)
    .map((service) => {
      const row = world.ledger.services.get(service.id);
      const tasks = (tasksByService(world.ledger.tasks).get(service.id) ?? []).filter((task) => task.desiredStatus === 'RUNNING');
      const zones = [...zonesOf(turn, service, tasks)].sort(([a], [b]) => byText(a, b)).map(([zone, count]) => ({ zone, tasks: count }));
      const definition = turn.world.desired.taskDefinitions.get(service.family)?.spec ?? null;
      const moves = row === undefined ? [] : movesOf(turn, row, service, left);
      left -= moves.length;
      return { service: service.id, leftAlone: notRebalanced(service, definition), zones, moves, moving: row?.moving?.task ?? null };
    });
}
