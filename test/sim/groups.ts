// Security groups of a scenario, as plain data: in one seed of four most services stand behind some, and rules and members change from commit
// to commit, while services come and go. They have a stream of chance of their own, so that they change nothing else of a seed.
import { random } from './random.ts';
import type { AppOptions } from '../build.ts';
import type { DesiredSecurityGroup } from '../../src/model/turn/desired.ts';

const NAMES = ['back', 'front', 'lone'] as const;
const MEMBERSHIPS: readonly (readonly string[] | null)[] = [['front'], ['front'], ['back'], ['back'], ['back', 'front'], ['lone'], null];
/** At first neighbours are on two sides of a rule. */
const SIDES: readonly (readonly string[])[] = [['front'], ['back']];

/** Who of a commit's services stands behind which groups; null: behind none. */
export interface DrawnGroups {
  readonly groups: readonly DesiredSecurityGroup[];
  readonly members: ReadonlyMap<string, readonly string[] | null>;
}

export interface GroupStream {
  /** The groups of one commit after the other. */
  next(): DrawnGroups;
  /** Other rules and nothing else; null: the seed has no groups. */
  otherRules(): DrawnGroups | null;
}

/** What a seed says of groups. */
export function drawGroups(seed: number, services: readonly string[]): GroupStream {
  const chance = random(seed, 'groups');
  if (!chance.chance(0.25)) return { next: () => ({ groups: [], members: new Map() }), otherRules: () => null };
  const members = new Map<string, readonly string[] | null>();
  let names: readonly string[] = [];
  let groups: readonly DesiredSecurityGroup[] | null = null;
  const rules = (): readonly DesiredSecurityGroup[] =>
    names.map((name) => {
      const admits = NAMES.filter((source) => chance.chance(name === 'back' && source === 'front' ? 0.6 : 0.2));
      return { name, admits };
    });
  const drawn = (now: readonly DesiredSecurityGroup[]): DrawnGroups => ({ groups: now, members: new Map(members) });
  return {
    next: () => {
      if (groups === null || chance.chance(0.5)) {
        names = NAMES.filter(() => chance.chance(0.95));
        groups = rules();
      }
      for (const [index, service] of services.entries()) {
        if (!members.has(service)) members.set(service, chance.chance(0.6) ? (SIDES[index % 2] ?? null) : chance.pick(MEMBERSHIPS));
        else if (chance.chance(0.15)) members.set(service, chance.pick(MEMBERSHIPS));
      }
      return drawn(groups);
    },
    otherRules: () => drawn((groups = rules())),
  };
}

/** A service as it stands in a commit: in groups only with an address of its own, and a fixed port of the instance does not go with that. */
export function grouped(name: string, options: AppOptions, { members }: DrawnGroups): AppOptions {
  const securityGroups = members.get(name) ?? null;
  return securityGroups === null || options.hostPort !== undefined ? options : { ...options, networkMode: 'awsvpc', securityGroups };
}
