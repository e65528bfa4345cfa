// Which capacity providers count, and what a strategy asks of a place: each task belongs to one provider and finds its place on the instances
// of that one, or waits for another instance (ECS: PROVISIONING). Deliberately absent: how many instances a provider has (providers.ts).
import type { CapacityLimits } from '../../model/cluster/capacity-hook.ts';
import type { CapacityProviderStrategyItem } from '../../model/cluster/placement.ts';
import type { DesiredProvider, DesiredService } from '../../model/turn/desired.ts';
import type { Registration } from '../../model/turn/ledger.ts';
import type { Task } from '../../model/task/task.ts';
import type { World } from '../../model/turn/plan.ts';
import type { Ask } from '../placement/rules.ts';
import type { Demand } from '../placement/demand.ts';
import type { Seat } from '../placement/room.ts';
import type { Step } from '../placement/strategy.ts';
import type { Turn } from '../turn.ts';
import { nextProvider, nextProviders } from '../placement/capacity.ts';
import { type Place, openSearch, placeNext } from '../placement/place.ts';
import { refusalSentence } from '../placement/refusal.ts';
import { isDaemon } from './daemons.ts';

/** The place of the next task; `waits`: the provider that it waits for; `refused`: why it has none. */
export type Offer = Place | { readonly waits: string } | { readonly refused: string };

type Wanted = Pick<Turn, 'world' | 'draft'>;

/** The hook that the operator gives a provider, under its name or its group's. */
export function hookOf({ capacity = [] }: World, { name, autoScalingGroupArn }: DesiredProvider): CapacityLimits | undefined {
  return capacity.find((hook) => hook.name === name) ?? capacity.find((hook) => hook.name === autoScalingGroupArn);
}

/** The providers of a commit whose number of instances follows the tasks, each with what the operator says of it. */
export function scaledProviders(world: World): readonly { readonly provider: DesiredProvider; readonly hook: CapacityLimits }[] {
  return (world.desired.capacityProviders ?? []).flatMap((provider) => {
    const hook = hookOf(world, provider);
    return hook === undefined || provider.managedScaling?.status === 'DISABLED' ? [] : [{ provider, hook }];
  });
}

/**
 * The strategy that decides where tasks of a service go: its own, else that of its cluster. Null: any instance of the cluster will do. A strategy
 * counts from the moment on at which one of its providers is known here, by an instance or by a hook.
 */
export function strategyIn(turn: Wanted, service: DesiredService | undefined): readonly CapacityProviderStrategyItem[] | null {
  if (service === undefined || isDaemon(service)) return null;
  const { capacityProviderStrategy: own = [], launchType } = service.spec;
  const fallback = launchType === undefined ? turn.world.desired.clusters.get(service.cluster)?.defaultStrategy : undefined;
  const strategy = own.length > 0 ? own : (fallback ?? []);
  return strategy.some(({ capacityProvider }) => isKnown(turn, service.cluster, capacityProvider)) ? strategy : null;
}

function isKnown({ world, draft }: Wanted, cluster: string, name: string): boolean {
  const declared = world.desired.capacityProviders?.find((provider) => provider.name === name && provider.cluster === cluster);
  if (declared !== undefined && hookOf(world, declared) !== undefined) return true;
  for (const row of draft.registrations.values()) if (isOfProvider(row, cluster, name)) return true;
  return false;
}

/** Whether an instance belongs to a provider of a cluster. */
export function isOfProvider(row: Registration | undefined, cluster: string, provider: string): boolean {
  return row?.declared?.cluster === cluster && row.declared.capacityProvider === provider;
}

/** The places of tasks of one service and definition. Each call takes the place that it returns. */
export function placesFor(
  turn: Turn,
  service: DesiredService | undefined,
  tasks: readonly Task[],
  seats: readonly Seat[],
  { ask, steps }: { readonly ask: Ask; readonly steps: readonly Step[] },
): (task: string) => Offer {
  const strategy = strategyIn(turn, service);
  if (strategy === null) {
    const search = openSearch(seats, ask, steps);
    return (task) => placeNext(search, task) ?? { refused: refusalSentence(seats, ask) };
  }
  const assigned = new Map<string, number>();
  const assign = (provider: string): void => void assigned.set(provider, (assigned.get(provider) ?? 0) + 1);
  for (const { instance } of tasks) assign(turn.draft.registrations.get(instance)?.declared?.capacityProvider ?? '');
  const offers = new Map<string, (task: string) => Offer>();
  return (task) => {
    const provider = nextProvider(strategy, assigned);
    if (provider === null) return { refused: 'no capacity provider of its strategy takes another task: every weight is 0.' };
    assign(provider);
    let offer = offers.get(provider);
    if (offer === undefined) offers.set(provider, (offer = offerOf(turn, provider, seats, ask, steps)));
    return offer(task);
  };
}

/** The places that one provider has. */
function offerOf(turn: Turn, provider: string, all: readonly Seat[], ask: Ask, steps: readonly Step[]): (task: string) => Offer {
  const seats = all.filter(({ candidate }) => isOfProvider(turn.draft.registrations.get(candidate.id), ask.cluster, provider));
  const search = openSearch(seats, ask, steps);
  const scales = isScaled(turn.world, ask.cluster, provider) && ask.demand.imageOn === null;
  return (task) => {
    const place = placeNext(search, task);
    if (place !== null) return place;
    // An empty instance of this kind has no place for it either: another one would be of no use.
    const isUseless = seats.some((seat) => isEmpty(seat) && seat.candidate.status === 'ACTIVE' && seat.candidate.agentConnected);
    if (!scales || isUseless) return { refused: refusalSentence(seats, ask) };
    turn.waiting.push({ provider, demand: ask.demand, distinct: ask.distinct });
    return { waits: provider };
  };
}

function isEmpty({ candidate, tasks }: Seat): boolean {
  return candidate.observed && [...tasks.values()].every(({ runningTasksCount }) => runningTasksCount === 0);
}

function isScaled(world: World, cluster: string, name: string): boolean {
  return scaledProviders(world).some(({ provider }) => provider.name === name && provider.cluster === cluster);
}

/** A service whose cluster has no instance yet: all of its tasks wait. Returns the first provider that they wait for; null: none will come. */
export function waitForFirst(turn: Turn, service: DesiredService, demand: Demand, count: number): string | null {
  const providers = nextProviders(strategyIn(turn, service) ?? [], new Map(), count).filter((name) =>
    isScaled(turn.world, service.cluster, name),
  );
  for (const provider of providers) turn.waiting.push({ provider, demand, distinct: false });
  return providers[0] ?? null;
}

/** ECS's PROVISIONING, in words. */
export function waitingMessage(service: string, provider: string): string {
  return `(service ${service}) is waiting for capacity: a task needs another instance of the capacity provider ${provider}.`;
}
