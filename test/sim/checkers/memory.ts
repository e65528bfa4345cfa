// The core may remember what it worked out (core/service/quiet.ts and the groupings it works on), but a memory must never change a plan: the same
// world without one, every object of it new, gives the same plan.
import type { Plan, World } from '../../../src/model/turn/plan.ts';
import { canonical } from '../../../src/std/hash.ts';
import { reconcile } from '../../../src/core/reconcile.ts';

/** What differs between a plan and the plan of the same world that nothing is remembered of; null when nothing does. */
export function checkMemory(world: World, plan: Plan): string | null {
  const forgetful = reconcile(structuredClone(world));
  for (const part of ['actions', 'looks', 'routes', 'wakeAt', 'ledger'] as const) {
    if (textOf(plan[part]) !== textOf(forgetful[part])) return `what is remembered changes the plan's ${part}`;
  }
  return null;
}

function textOf(value: unknown): string {
  return canonical(JSON.parse(JSON.stringify(value, (_, member: unknown) => (member instanceof Map ? [...member] : member)) ?? 'null'));
}
