// Services of the scheduling strategy DAEMON (spec 3.1): one task on each instance of the cluster that meets the constraints. How many that are
// and where they belong is worked out at the beginning of a turn and written into what git declares, so that nothing else need know of it.
import type { DesiredService, DesiredState } from '../../model/turn/desired.ts';
import type { PlacementConstraint } from '../../model/cluster/placement.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';
import type { Turn } from '../turn.ts';
import { askOf } from '../placement/rules.ts';
import { daemonPlaces } from '../placement/daemon.ts';
import { demandOf } from '../placement/demand.ts';
import { groupOf, tasksOfGroup } from '../placement/room.ts';
import { seatsOf } from '../turn.ts';

/** There is one task an instance, whatever the author says; so the next one always finds another instance. */
const ONE_EACH: PlacementConstraint = { type: 'distinctInstance' };

/** Equal places give the very same objects: a commit in force must stay one object for as long as nothing changes (quiet.ts, routes.ts). */
const LAST = new WeakMap<DesiredState, { readonly key: string; readonly result: DesiredState }>();

/** The turn with the places of its DAEMON services; the same turn when there is none. */
export function withDaemons(turn: Turn): Turn {
  const { desired } = turn.world;
  const daemons = [...desired.services.values()].filter(isDaemon);
  if (daemons.length === 0) return turn;
  const groups = new Set(daemons.map(({ name }) => groupOf({ service: name })));
  const places = new Map(daemons.map((service) => [service.id, placesOf(turn, service, groups)] as const));
  const key = JSON.stringify([...places]);
  let known = LAST.get(desired);
  if (known?.key !== key) LAST.set(desired, (known = { key, result: withPlaces(desired, places, known?.result) }));
  return { ...turn, world: { ...turn.world, desired: known.result } };
}

/** Whether git asks for one task on each instance. */
export function isDaemon({ spec }: Pick<DesiredService, 'spec'>): boolean {
  return spec.schedulingStrategy === 'DAEMON';
}

/** All constraints of a task: those of its definition, of its service (undefined: git has none any more), and what the strategy brings. */
export function constraintsOf(definition: TaskDefinition, service: DesiredService | undefined): readonly PlacementConstraint[] {
  const own = [...(definition.placementConstraints ?? []), ...(service?.spec.placementConstraints ?? [])];
  return service !== undefined && isDaemon(service) ? [...own, ONE_EACH] : own;
}

/** ECS: a DAEMON gets its task on each ACTIVE instance; one that runs on an instance of which nothing can be said goes on. */
function placesOf(turn: Turn, service: DesiredService, groups: ReadonlySet<string>): readonly string[] {
  const definition = turn.world.desired.taskDefinitions.get(service.family)?.spec;
  if (definition === undefined) return [];
  const group = groupOf({ service: service.name });
  const seats = seatsOf(turn, service.cluster);
  const ask = askOf(service.cluster, group, demandOf(definition, null), constraintsOf(definition, service));
  return daemonPlaces(seats, ask, groups).flatMap(({ instance, verdict }, index) => {
    const seat = seats[index];
    const runs = seat !== undefined && tasksOfGroup(seat, service.cluster, group) > 0;
    return verdict === 'wanted' || verdict === 'blocked' || (verdict === 'kept' && runs) ? [instance] : [];
  });
}

function withPlaces(desired: DesiredState, places: ReadonlyMap<string, readonly string[]>, before: DesiredState | undefined): DesiredState {
  const services = new Map(desired.services);
  for (const [id, own] of places) {
    const service = desired.services.get(id);
    const known = before?.services.get(id);
    if (service === undefined) continue;
    const same = known?.places !== undefined && known.places.join('\n') === own.join('\n');
    services.set(id, same ? known : { ...service, spec: { ...service.spec, desiredCount: own.length }, places: own });
  }
  return { ...desired, services };
}
