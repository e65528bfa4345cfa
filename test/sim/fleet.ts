// Container instances that commits declare: which of the machines are in git with each commit, which drain, in which zone they stand, and for how
// long one may be silent. In the scenarios without a fleet the machines are those that the daemon was started with.
import { random, type Random } from './random.ts';
import { remoteImage } from './images.ts';
import { DEFAULT_CLUSTER } from '../../src/model/cluster/cluster.ts';
import type { DesiredInstance } from '../../src/model/cluster/container-instance.ts';
import type { Scenario } from './draw.ts';

/** What a commit says of the machines. */
export interface DrawnFleet {
  readonly instances: readonly DesiredInstance[];
  readonly graceSeconds: number;
}

type Standing = 'ACTIVE' | 'DRAINING' | 'absent';

/** The share of the scenarios with faults that have a fleet. */
const SHARE = 0.4;

/** The scenario with its machines declared by its commits, if it has a fleet; nothing else of it changes what it would be without one. */
export function withFleet(scenario: Scenario): Scenario {
  const chance = random(scenario.seed, 'fleet');
  if (scenario.healAfterMs === 0 || !chance.chance(SHARE)) return scenario;
  const graceSeconds = chance.pick([10, 10, 30, 300]);
  const zones = new Map(scenario.instances.map(({ id }) => [id, chance.pick(['a', 'b'])]));
  const standings = new Map<string, Standing>(scenario.instances.map(({ id }) => [id, chance.chance(0.8) ? 'ACTIVE' : 'absent']));
  const fixed = Math.max(1, ...(scenario.commits.at(-1)?.apps ?? []).map((app) => (usesPort(app) ? app.service.desiredCount : 0)));
  const fleetNow = (): DrawnFleet => ({
    graceSeconds,
    instances: [...standings].flatMap(([name, standing]) =>
      standing === 'absent' ? [] : [declared(name, standing, zones.get(name) ?? 'a')],
    ),
  });
  let ended = false;
  const commits = scenario.commits.map((commit, index) => {
    const last = commit.afterMs > scenario.healAfterMs;
    if (last && !ended)
      for (const id of standings.keys()) standings.set(id, chance.pick<Standing>(['ACTIVE', 'ACTIVE', 'ACTIVE', 'DRAINING', 'absent']));
    else if (!last && index > 0 && chance.chance(0.6)) move(chance, standings);
    ended ||= last;
    atLeast(standings, last ? fixed : 1);
    return { ...commit, fleet: fleetNow() };
  });
  const active = [...standings.values()].filter((standing) => standing === 'ACTIVE').length;
  return {
    ...scenario,
    commits,
    declares: true,
    // What only engines hold is pinned where it was found: an instance that comes later would never get a task of it.
    images: [...scenario.images, ...scenario.preloaded.map(({ reference, behaviour }) => remoteImage(reference, behaviour))],
    preloaded: [],
    // What just let the last commit roll must do so on the instances that are left.
    instances: scenario.instances.map((one) => ({ ...one, memory: Math.ceil((one.memory * scenario.instances.length) / active) })),
  };
}

function usesPort({ taskDefinition }: Scenario['commits'][number]['apps'][number]): boolean {
  return taskDefinition.containerDefinitions.some(({ portMappings = [] }) => portMappings.some(({ hostPort = 0 }) => hostPort > 0));
}

/** One instance comes, drains, is used again or goes. */
function move(chance: Random, standings: Map<string, Standing>): void {
  const id = chance.pick([...standings.keys()]);
  const next: Readonly<Record<Standing, readonly Standing[]>> = {
    ACTIVE: ['DRAINING', 'absent'],
    DRAINING: ['ACTIVE', 'absent'],
    absent: ['ACTIVE', 'ACTIVE', 'DRAINING'],
  };
  standings.set(id, chance.pick(next[standings.get(id) ?? 'absent']));
}

function atLeast(standings: Map<string, Standing>, count: number): void {
  let active = [...standings.values()].filter((standing) => standing === 'ACTIVE').length;
  for (const [id, standing] of standings) {
    if (active >= count) return;
    if (standing === 'ACTIVE') continue;
    standings.set(id, 'ACTIVE');
    active += 1;
  }
}

function declared(name: string, status: 'ACTIVE' | 'DRAINING', zone: string): DesiredInstance {
  return {
    ...{ name, status, cluster: DEFAULT_CLUSTER, endpoint: `tcp://${name}.example:2376` },
    attributes: [{ name: 'ecs.availability-zone', value: zone }],
  };
}

/** Whether the ledger is lost in a scenario, or an old one comes back: instances that git has dropped by then are known to nobody. */
export function losesLedger({ faults }: Pick<Scenario, 'faults'>): boolean {
  return faults.some(({ name }) => name === 'ledger lost' || name === 'old ledger restored');
}
