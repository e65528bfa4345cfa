// Capacity provider strategies (spec 8.1): which provider the next task of a service or a run belongs to. A base is filled first; what is
// above it follows the weights. Deliberately absent: which instances a provider has, and how many it should have.
import type { CapacityProviderStrategyItem } from '../../model/cluster/placement.ts';

/** How many tasks of one service, or of one run, each provider has. */
export type Assigned = ReadonlyMap<string, number>;

/**
 * The provider of the next task; null when nobody takes any more: every weight is 0 and the base is full.
 * ECS leaves the order of ties open: the first that is listed.
 */
export function nextProvider(strategy: readonly CapacityProviderStrategyItem[], assigned: Assigned): string | null {
  const based = strategy.find((item) => assignedTo(assigned, item) < (item.base ?? 0));
  if (based !== undefined) return based.capacityProvider;
  return best(strategy, (item, total) => share(strategy, item) * (total + 1) - aboveBase(assigned, item), assigned);
}

/** The providers of the next tasks, in order; fewer than `count` when nobody takes the rest. */
export function nextProviders(strategy: readonly CapacityProviderStrategyItem[], assigned: Assigned, count: number): readonly string[] {
  const now = new Map(assigned);
  const found: string[] = [];
  while (found.length < count) {
    const provider = nextProvider(strategy, now);
    if (provider === null) break;
    found.push(provider);
    now.set(provider, (now.get(provider) ?? 0) + 1);
  }
  return found;
}

/**
 * The provider that loses a task when there is one too many: one that the strategy does not name, then the one that is furthest above its
 * share, and the base last; null when there is no task.
 */
export function providerToLeave(strategy: readonly CapacityProviderStrategyItem[], assigned: Assigned): string | null {
  const named = new Set(strategy.map(({ capacityProvider }) => capacityProvider));
  for (const [provider, tasks] of assigned) if (tasks > 0 && !named.has(provider)) return provider;
  const above = strategy.filter((item) => aboveBase(assigned, item) > 0);
  if (above.length > 0)
    return best(above, (item, total) => aboveBase(assigned, item) - share(strategy, item) * (total - 1), assigned, true);
  return strategy.find((item) => assignedTo(assigned, item) > 0)?.capacityProvider ?? null;
}

/** The item with the highest score, the first of equal ones; those without a weight are in no share. */
function best(
  items: readonly CapacityProviderStrategyItem[],
  score: (item: CapacityProviderStrategyItem, total: number) => number,
  assigned: Assigned,
  withoutWeight = false,
): string | null {
  const total = items.reduce((sum, item) => sum + aboveBase(assigned, item), 0);
  let found: string | null = null;
  let highest = Number.NEGATIVE_INFINITY;
  for (const item of items) {
    if ((item.weight ?? 0) === 0 && !withoutWeight) continue;
    // A hair's breadth is rounding, not a difference.
    const points = score(item, total);
    if (points <= highest + 1e-9) continue;
    found = item.capacityProvider;
    highest = points;
  }
  return found;
}

function share(strategy: readonly CapacityProviderStrategyItem[], { weight = 0 }: CapacityProviderStrategyItem): number {
  const whole = strategy.reduce((sum, item) => sum + (item.weight ?? 0), 0);
  return whole === 0 ? 0 : weight / whole;
}

function assignedTo(assigned: Assigned, { capacityProvider }: CapacityProviderStrategyItem): number {
  return assigned.get(capacityProvider) ?? 0;
}

function aboveBase(assigned: Assigned, item: CapacityProviderStrategyItem): number {
  return Math.max(0, assignedTo(assigned, item) - (item.base ?? 0));
}
