// The world around the daemon, made from a scenario: time, machines, proxy, registry, and the faults on their timetable.
// Both levels of simulation stand in the same surroundings; what differs is what drives them.
import type { Scenario } from './draw.ts';
import { engineModel, type EngineModel } from './engine-model.ts';
import { faultNamed, type DaemonFaults } from './faults.ts';
import { INSTALLATION, NOW } from '../build.ts';
import { proxyModel, type ProxyModel } from './proxy-model.ts';
import { random, type Random } from './random.ts';
import { virtualTime, type VirtualTime } from './clock.ts';
import type { Registry } from './images.ts';
import { vaultModel, type VaultModel } from './vault-model.ts';

export interface Surroundings {
  readonly scenario: Scenario;
  readonly time: VirtualTime;
  /** The moment at which it begins. */
  readonly start: number;
  readonly engines: ReadonlyMap<string, EngineModel>;
  readonly registry: Registry;
  readonly proxy: ProxyModel;
  readonly vault: VaultModel;
  readonly chance: Random;
  /** Lines of what happened, when a trace was asked for. */
  readonly trace: ((line: string) => void) | null;
}

/** Everything a scenario names, at its first moment. `timesSeed` draws the machines' times from another seed than the scenario. */
export function surround(scenario: Scenario, trace: ((line: string) => void) | null = null, timesSeed = scenario.seed): Surroundings {
  const time = virtualTime(NOW);
  const chance = random(timesSeed, 'surroundings');
  const registry: Registry = { images: new Map(scenario.images.map((image) => [image.reference, image])), away: false };
  const vault = vaultModel();
  const engines = new Map(
    scenario.instances.map((instance, index) => {
      const engine = engineModel({
        ...instance,
        time,
        registry,
        vault,
        ...(scenario.healAfterMs > 0 && scenario.seed % 5 === 2 && { relays: NOW + scenario.healAfterMs }),
        random: chance.branch(instance.id),
        installation: INSTALLATION,
        address: `10.0.0.${index + 1}`,
      });
      for (const image of scenario.preloaded) engine.addImage(image);
      return [instance.id, engine] as const;
    }),
  );
  return {
    scenario,
    time,
    start: NOW,
    engines,
    registry,
    proxy: proxyModel(time, chance.branch('proxy'), engines),
    vault,
    chance,
    trace,
  };
}

const ROTATED_AFTER_MS = 60_000;
const DEATH_AFTER_MS = 80_000;

/** The first container of ours that runs dies. */
function strikeLast({ engines, trace }: Surroundings): void {
  for (const engine of engines.values()) {
    const victim = [...engine.containers.values()].find((container) => container.identity !== null && container.state === 'running');
    if (victim === undefined) continue;
    trace?.(`${victim.name} dies`);
    return engine.kill(victim.id, 1, false);
  }
}

/** The last moment at which something is done to the world from outside, in milliseconds since the epoch. */
export function lastMoment({ seed, healAfterMs, commits }: Scenario): number {
  const rotated = healAfterMs > 0 && usesSecrets(commits) ? healAfterMs + ROTATED_AFTER_MS : 0;
  const died = healAfterMs > 0 && seed % 3 === 0 ? healAfterMs + DEATH_AFTER_MS : 0;
  return NOW + Math.max(healAfterMs, rotated, died, ...commits.map((commit) => commit.afterMs));
}

function usesSecrets(commits: Scenario['commits']): boolean {
  return commits.some(({ apps }) =>
    apps.some(({ taskDefinition }) => taskDefinition.containerDefinitions.some(({ secrets }) => secrets !== undefined)),
  );
}

/** Puts the scenario's faults on the timetable, and the moment at which all of them end. */
export function scheduleFaults(around: Surroundings, daemon: DaemonFaults | null): void {
  const { scenario, time, proxy, registry, vault } = around;
  const engines = [...around.engines.values()];
  const heal: (() => void)[] = [];
  for (const fault of scenario.faults) {
    const kind = faultNamed(fault.name);
    const target = { engines, proxy, registry, vault, daemon, where: fault.where };
    const end = (): void => kind.end?.(target);
    time.at(NOW + fault.afterMs, () => {
      around.trace?.(`fault: ${fault.name} (${fault.where.toFixed(3)}, for ${fault.lastsMs} ms)`);
      kind.begin(target);
      time.after(fault.lastsMs, end);
    });
    heal.push(end);
  }
  // After the last commit, so that nothing but the secrets themselves makes their services roll.
  if (scenario.healAfterMs > 0 && usesSecrets(scenario.commits)) time.at(NOW + scenario.healAfterMs + ROTATED_AFTER_MS, vault.rotate);
  // In a world that is quiet and whole otherwise: nothing but the death itself can make anybody look.
  if (scenario.healAfterMs > 0 && scenario.seed % 3 === 0) time.at(NOW + scenario.healAfterMs + DEATH_AFTER_MS, () => strikeLast(around));
  time.at(NOW + scenario.healAfterMs, () => {
    around.trace?.('everything heals');
    for (const end of heal) end();
    for (const engine of engines) engine.disarm();
  });
}
