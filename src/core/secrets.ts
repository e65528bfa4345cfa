// What the secrets of a service mean for its deployments: the desired state of a commit together with the fingerprints of the secrets that it
// names. A changed fingerprint is a changed service, so it rolls like any other change; what is not known changes nothing that runs.
// Deliberately absent: any value (no type below the adapters holds one), and asking for fingerprints (daemon/secrets.ts).
import type { DesiredService, DesiredState } from '../model/turn/desired.ts';
import type { Ledger } from '../model/turn/ledger.ts';
import {
  type SecretMarks,
  type SecretPrint,
  type SecretUse,
  pullSecretUses,
  secretKey,
  secretPlaces,
  secretUses,
} from '../model/access/secret.ts';
import type { TaskDefinition } from '../model/task/task-definition.ts';
import type { World } from '../model/turn/plan.ts';
import { hashOf } from '../std/hash.ts';

export type Prints = ReadonlyMap<string, SecretPrint>;

/** Between the hash of what the author wrote and that of the fingerprints. */
const SEPARATOR = '.';
/** What ECS says before the reason why a task can't be given its secrets. */
const FAULT = 'ResourceInitializationError: ';
/** In place of the second: a secret that is not there, or is not given to us. */
const UNREADABLE = `${SEPARATOR}?`;

/** Every secret that the services of a commit need, for their containers or to pull their images, each once, in order of their keys. */
export function usesOf(desired: DesiredState): readonly SecretUse[] {
  const uses = new Map(
    [...desired.services.values()]
      .flatMap((service) => [...usesOfService(desired, service), ...pullUsesOf(desired, service)])
      .map((use) => [secretKey(use), use]),
  );
  return [...uses].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, use]) => use);
}

/** What is asked for in a world: its desired state with what is known of its secrets. */
export function desiredWithSecrets({ desired, observed, ledger }: World): DesiredState {
  return withSecrets(desired, observed.secrets, ledger);
}

/** Services that git has changed and that wait for their secrets, by id: what for, in words. */
export function heldBySecrets(world: World): ReadonlyMap<string, string> {
  const services = [...desiredWithSecrets(world).services.values()];
  return new Map(services.flatMap(({ id, held }) => (held === undefined ? [] : [[id, held] as const])));
}

/** A world in which every secret that nobody was asked about is taken to be there, and those of services that did not change to be the same. */
export function assumingSecrets(world: World): World {
  const missing = usesOf(world.desired).filter((use) => !world.observed.secrets.has(secretKey(use)));
  if (missing.length === 0) return world;
  const assumed = missing.map((use) => [secretKey(use), { fingerprint: 'assumed', fault: null, assumed: true }] as const);
  return { ...world, observed: { ...world.observed, secrets: new Map([...world.observed.secrets, ...assumed]) } };
}

interface Joined {
  readonly prints: Prints;
  readonly requested: readonly (string | undefined)[];
  readonly desired: DesiredState;
}

const JOINED = new WeakMap<DesiredState, Joined>();

/**
 * The desired state in which the hash of each service that has secrets covers their fingerprints, too. Equal inputs give the same reference.
 * A secret of which nothing is known, or whose provider is away, leaves a service that git did not change as it was asked for last, and holds
 * back one that git did change. One that is absent or refused makes a deployment that fails as such.
 */
export function withSecrets(desired: DesiredState, prints: Prints, ledger: Ledger): DesiredState {
  const users = [...desired.services.values()].filter((service) => usesOfService(desired, service).length > 0);
  if (users.length === 0) return desired;
  const requested = users.map(({ id }) => ledger.services.get(id)?.requested);
  const known = JOINED.get(desired);
  if (known?.prints === prints && known.requested.every((one, index) => one === requested[index])) return known.desired;
  const services = new Map(desired.services);
  users.forEach((service, index) => {
    const before = known?.desired.services.get(service.id);
    const joined = joinedService(service, usesOfService(desired, service), prints, requested[index]);
    const same =
      before?.hash === joined.hash &&
      before.held === joined.held &&
      before.secretFault === joined.secretFault &&
      (before.secretMarks === undefined) === (joined.secretMarks === undefined);
    services.set(service.id, same ? before : joined);
  });
  const joined = { ...desired, services };
  JOINED.set(desired, { prints, requested, desired: joined });
  return joined;
}

function joinedService(service: DesiredService, uses: readonly SecretUse[], prints: Prints, requested: string | undefined): DesiredService {
  const found = uses.map((use) => ({ use, print: prints.get(secretKey(use)) }));
  const faults = found.flatMap(({ print }) => (print?.fault ? [print.fault] : []));
  const isUnchanged = requested === service.hash || (requested?.startsWith(`${service.hash}${SEPARATOR}`) ?? false);
  const final = faults.find(({ code }) => code !== 'away');
  const away = found.find(({ print }) => print === undefined || print.fault?.code === 'away');
  // A plan that may ask nobody: the secrets are taken to be what they were, or else to be there.
  if (isUnchanged && requested !== undefined && (faults.length > 0 || found.some(({ print }) => print === undefined || print.assumed)))
    return { ...service, hash: requested, ...(final === undefined ? {} : { secretFault: textOf(final) }) };
  if (final !== undefined) return { ...service, hash: `${service.hash}${UNREADABLE}`, secretFault: textOf(final) };
  if (away !== undefined)
    return { ...service, hash: requested ?? '', held: away.print?.fault?.message ?? `the secret ${away.use.from} is being read` };
  return {
    ...service,
    secretMarks: Object.fromEntries(found.map(({ use, print }) => [secretKey(use), hashOf([secretKey(use), print?.fingerprint ?? ''], 8)])),
    hash: `${service.hash}${SEPARATOR}${hashOf(
      found.map(({ use, print }) => [secretKey(use), print?.fingerprint ?? '']),
      16,
    )}`,
  };
}

/** The fault of a service that runs as it was asked for: a secret of it went away since. Nothing stops, and no new task of it can start. */
export function lostSecret({ hash, secretFault }: DesiredService, requested: string | undefined): string | null {
  if (requested !== hash || hash.endsWith(UNREADABLE) || secretFault === undefined) return null;
  return secretFault.slice(FAULT.length).replace(/\.$/, '');
}

/** Places that are named in one sentence. */
const PLACES_TOLD = 5;

/**
 * Why a service is deployed again although git changed nothing, by the names of the places that its secrets have in its containers; null when
 * git did. `marks`: those of the secrets before; what an older version did not write down is known only where there is one.
 */
export function rotation(
  service: DesiredService,
  definition: TaskDefinition,
  before: { readonly requested: string; readonly secretMarks?: SecretMarks },
): string | null {
  // One that could not be read was never what ran.
  if (!rotated(before.requested, service.hash) || before.requested.endsWith(UNREADABLE)) return null;
  const uses = [...new Set(definition.containerDefinitions.flatMap(secretUses).map(secretKey))];
  const [marks, known] = [service.secretMarks ?? {}, before.secretMarks];
  const changed = known === undefined ? (uses.length === 1 ? uses : []) : uses.filter((key) => marks[key] !== known[key]);
  const places = definition.containerDefinitions.flatMap((container) =>
    secretPlaces(container).flatMap(({ use, place }) =>
      changed.includes(secretKey(use)) ? [`${place} of container ${container.name}`] : [],
    ),
  );
  if (places.length === 0) return 'a secret has changed';
  const more = places.length > PLACES_TOLD ? ` and ${places.length - PLACES_TOLD} more` : '';
  return `${places.length === 1 ? 'a secret has' : 'secrets have'} changed: ${places.slice(0, PLACES_TOLD).join(', ')}${more}`;
}

/** Whether a service is asked for with other secrets than before, and in nothing else another way. */
export function rotated(before: string | undefined, now: string): boolean {
  const [author, prints] = (before ?? '').split(SEPARATOR);
  const [authorNow, printsNow] = now.split(SEPARATOR);
  return author === authorNow && prints !== undefined && printsNow !== undefined && prints !== printsNow;
}

function textOf({ message, hint }: { readonly message: string; readonly hint: string }): string {
  return `${FAULT}${message}. ${hint}`;
}

/** They are no part of a service's hash: another password for the registry changes nothing of what runs. */
function pullUsesOf(desired: DesiredState, { family }: DesiredService): readonly SecretUse[] {
  return desired.taskDefinitions.get(family)?.spec.containerDefinitions.flatMap(pullSecretUses) ?? [];
}

const USES = new WeakMap<object, readonly SecretUse[]>();

function usesOfService(desired: DesiredState, { family }: DesiredService): readonly SecretUse[] {
  const definition = desired.taskDefinitions.get(family);
  if (definition === undefined) return [];
  const known = USES.get(definition);
  if (known !== undefined) return known;
  const uses = definition.spec.containerDefinitions.flatMap(secretUses);
  USES.set(definition, uses);
  return uses;
}
