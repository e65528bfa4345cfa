// A compose project -> drafts: each service becomes a task definition with one container, and a service that keeps it running. The project's
// name goes before the names of both; `x-longshore` says what Compose has no word for. What a key becomes stands in to-fields.ts and
// beside it, one file for each sort of keys.
import { DEFAULT_CLUSTER } from '../../../model/cluster/cluster.ts';
import { FIELDS } from './to-fields.ts';
import { dependenciesOf, resourcesOf, serviceFieldsOf, serviceName } from './to-service.ts';
import { definedNetworks, linkedNames, networkByMode, networksOf, tellAddresses } from './to-networks.ts';
import { entriesOf, fieldAt, givenAt, itemsOf, listAt, mappingAt, numberIn, textIn, valueAt } from './made.ts';
import { ecsName, notYet, leftOut } from './translation.ts';
import { filesOf } from './to-files.ts';
import { mountsOf } from './to-volumes.ts';
import { folderOf } from './paths.ts';
import { hasFixedPorts, portMappingsOf } from './to-ports.ts';
import { isImagePlaceholder } from '../../../lang/image-reference.ts';
import { nearest } from '../../../std/text.ts';
import { overlaid } from '../../overlay.ts';
import type { Draft } from '../../draft.ts';
import type { Entry, Tree } from '../../text/tree.ts';
import type { Fields } from './made.ts';
import type { Mounts } from './to-volumes.ts';
import type { Networking } from './to-networks.ts';
import type { Open } from '../project.ts';
import type { Parts, Told, Translation } from './translation.ts';
import type { ReadProject } from './project.ts';

export interface Drafts {
  readonly drafts: readonly Draft[];
  readonly told: readonly Told[];
  /** What services that are told to be wrong already would have become. */
  readonly broken: readonly { readonly kind: 'TaskDefinition' | 'Service'; readonly identity: string }[];
}

/** The drafts of a project. `main`: path of its main file; `open`: the files of its commit. */
export function draftsOf(project: ReadProject, main: string, open: Open): Drafts {
  const { tree, broken, unset } = project;
  const name = projectName(tree, main);
  const prefix = name === '' ? '' : `${name}-`;
  const services = entriesOf(fieldAt(tree, 'services'));
  const told: Told[] = [
    ...strangersIn(fieldAt(tree, 'x-longshore'), 'x-longshore of the project', PROJECT_KEYS),
    ...tellAddresses(fieldAt(tree, 'networks')),
  ];
  const twice = colliding(services, prefix, tree, told);
  const linked = linkedNames(services, (service) => ({ name: service, prefix, told }));
  const named = (service: string): string | null => (services.some(({ key }) => key === service) ? serviceName(prefix, service) : null);
  const drafts = services.flatMap((entry): Draft[] => {
    if (broken.has(entry.key) || isImageless(entry.value, unset) || twice.has(entry.key)) return [];
    return translated(entry, { name: entry.key, prefix, told }, { tree, name, named, unset, open, linked, isMany: services.length > 1 });
  });
  const failed = services.flatMap(({ key, value }) => (isImageless(value, unset) ? [key] : []));
  return { drafts, told, broken: [...new Set([...broken, ...failed])].flatMap((key) => wouldBe(key, prefix, tree)) };
}

/** Whether a service has no image, or an empty one; one whose variable is not set waits to be filled in. */
function isImageless(service: Tree, unset: ReadonlyMap<number, string>): boolean {
  const image = fieldAt(service, 'image');
  return image === null || (textIn(image) === '' && !unset.has(image.start));
}

/** Tells of services that would have the name of an earlier one, and gives back their keys: Compose takes dots in names, and ECS none. */
function colliding(services: readonly Entry[], prefix: string, tree: Tree, told: Told[]): ReadonlySet<string> {
  const first = new Map<string, string>();
  const found = new Set<string>();
  for (const { key, start } of services) {
    const identity = wouldBe(key, prefix, tree)[1]?.identity ?? '';
    const earlier = first.get(identity);
    if (earlier === undefined) first.set(identity, key);
    else {
      const message = `services.${key} and services.${earlier} would both be the service "${identity}": a name in ECS has letters, digits, - and _ alone`;
      told.push({ code: 'compose-names-collide', offset: start, message, hint: 'rename one of the two' });
      found.add(key);
    }
  }
  return found;
}

/** What a service would have become, under the names that x-longshore may give it. */
function wouldBe(key: string, prefix: string, tree: Tree): Drafts['broken'] {
  const own = fieldAt(fieldAt(fieldAt(tree, 'services'), key), 'x-longshore');
  const said = (part: 'taskDefinition' | 'service', field: string): string | null => textIn(fieldAt(fieldAt(own, part), field));
  const name = serviceName(prefix, key);
  const cluster = said('service', 'cluster') ?? textIn(fieldAt(fieldAt(tree, 'x-longshore'), 'cluster')) ?? DEFAULT_CLUSTER;
  return [
    { kind: 'TaskDefinition', identity: said('taskDefinition', 'family') ?? name },
    { kind: 'Service', identity: `${cluster}/${said('service', 'serviceName') ?? name}` },
  ];
}

/** Compose's own name of a project, without its fallback for the root of a repository, which has no name of its own. */
function projectName(tree: Tree, main: string): string {
  const folder = folderOf(main);
  const written = textIn(fieldAt(tree, 'name')) ?? folder.slice(folder.lastIndexOf('/') + 1).toLowerCase();
  return ecsName(written).replace(/^-+|-+$/g, '');
}

interface Whole extends Networking {
  readonly named: (service: string) => string | null;
  readonly unset: ReadonlyMap<number, string>;
  readonly open: Open;
}

function translated({ key, value: service }: Entry, translation: Translation, whole: Whole): Draft[] {
  tellStrangers(service, translation);
  const name = serviceName(translation.prefix, key);
  const mounts = mountsOf(fieldAt(service, 'volumes'), fieldAt(whole.tree, 'volumes'), whole.name, translation);
  const mode = modeOf(service, translation);
  const own = fieldAt(service, 'x-longshore');
  // an empty text is Compose's way to say nothing
  const given = entriesOf(service).filter((entry) => textIn(entry.value) !== '');
  const parts = given.map((entry) => FIELDS[entry.key]?.(entry.value, translation) ?? {});
  const container = overlaidBy(containerOf(key, service, { parts, mounts, mode, translation }, whole), fieldAt(own, 'container'));
  const definition = mappingAt(service, {
    family: valueAt(service, name),
    networkMode: mode === null ? null : valueAt(fieldAt(service, 'network_mode') ?? service, mode),
    containerDefinitions: listAt(service, [container]),
    volumes: mounts.volumes,
    ...joined(parts, 'task'),
    'x-longshore': mode === null ? mappingAt(service, { networks: definedNetworks(service, whole) }) : null,
  });
  const running = mappingAt(service, {
    serviceName: valueAt(service, name),
    cluster: fieldAt(fieldAt(whole.tree, 'x-longshore'), 'cluster'),
    taskDefinition: valueAt(service, name),
    ...serviceFieldsOf(service, mounts.isShared || hasFixedPorts(fieldAt(service, 'ports')), translation),
    'x-longshore': mappingAt(service, { dependsOn: dependenciesOf(service, whole.named) }),
  });
  const made = {
    TaskDefinition: overlaidBy(definition, fieldAt(own, 'taskDefinition')),
    Service: overlaidBy(running, fieldAt(own, 'service')),
  };
  return (['TaskDefinition', 'Service'] as const).flatMap((kind) => {
    const tree = made[kind];
    return tree === null ? [] : [{ kind, tree, findings: [] }];
  });
}

/** What the keys of a service have become before its container is put together. */
interface Made {
  readonly parts: readonly Parts[];
  readonly mounts: Mounts;
  readonly mode: 'host' | 'none' | null;
  readonly translation: Translation;
}

function containerOf(key: string, service: Tree, { parts, mounts, mode, translation }: Made, whole: Whole): Tree | null {
  const ports = fieldAt(service, 'ports');
  if (mode !== null && ports !== null) leftOut(translation, 'ports', ports, `with network_mode ${mode} nothing is published`);
  const mac = givenAt(service, 'mac_address');
  if (mode !== null && mac !== null)
    leftOut(translation, 'mac_address', mac, `with network_mode ${mode} the container has no address of its own`);
  const sizes = resourcesOf(fieldAt(service, 'deploy'));
  const fields: Fields = {
    name: valueAt(service, ecsName(key)),
    ...joined(parts, 'container'),
    image: imageOf(service, whole.unset),
    ...sizes.container,
    portMappings: mode === null ? portMappingsOf(ports, translation) : null,
    mountPoints: mounts.mountPoints,
    linuxParameters: mappingAt(service, nested(joined(parts, 'linux'), service)),
  };
  const isUnlimited = fields['memory'] == null && fields['memoryReservation'] == null;
  const beyond = joined(parts, 'containerExtension');
  const extension = mappingAt(service, {
    unlimitedMemory: isUnlimited ? valueAt(service, true) : null,
    ...quotaOf(service),
    ...beyond,
    ...sizes.extension,
    tmpfs: listAt(service, [...itemsOf(beyond['tmpfs'] ?? null), ...mounts.tmpfs]),
    files: filesOf(service, whole.tree, whole.open, translation),
    networks: mode === null ? networksOf(service, whole, key, translation) : null,
  });
  return mappingAt(service, { ...fields, 'x-longshore': extension });
}

/** Keys that no table knows: the reader let them pass, so they are told here. */
function tellStrangers(service: Tree, translation: Translation): void {
  for (const { key, start, value } of entriesOf(service)) {
    if (Object.hasOwn(FIELDS, key) || ELSEWHERE.has(key) || key.startsWith('x-')) continue;
    leftOut(translation, key, { ...value, start }, 'it is not known here');
  }
  translation.told.push(...strangersIn(fieldAt(service, 'x-longshore'), `x-longshore of service "${translation.name}"`, OWN_KEYS));
  const shared = fieldAt(service, 'volumes_from');
  if (shared !== null) notYet(translation, 'volumes_from', shared, 'tasks do not share the volumes of others by their names');
}

/** Keys of an extension of ours that it does not have. */
function strangersIn(extension: Tree | null, what: string, known: readonly string[]): Told[] {
  return entriesOf(extension).flatMap(({ key, start }): Told[] => {
    if (known.includes(key)) return [];
    const meant = nearest(key, known);
    const hint = meant === null ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`;
    return [{ code: 'unknown-key', offset: start, message: `${what} has no key "${key}"`, hint }];
  });
}

/** What `x-longshore` of a project may say. */
const PROJECT_KEYS: readonly string[] = ['cluster', 'files', 'profiles'];

/** What `x-longshore` of a service may say: fields that are laid over those that are made of the other keys. */
const OWN_KEYS: readonly string[] = ['container', 'taskDefinition', 'service'];

/** Keys that are read by the files beside this one. */
export const ELSEWHERE: ReadonlySet<string> = new Set([
  'configs',
  'depends_on',
  'deploy',
  'links',
  'mac_address',
  'network_mode',
  'networks',
  'ports',
  'restart',
  'scale',
  'secrets',
  'volumes',
  'volumes_from',
]);

/** An image whose variable is not set waits to be filled in. */
function imageOf(service: Tree, unset: ReadonlyMap<number, string>): Tree | null {
  const image = fieldAt(service, 'image');
  const variable = image === null ? undefined : unset.get(image.start);
  if (image === null || variable === undefined || variable === '') return image;
  const filled = isImagePlaceholder(textIn(image) ?? '') ? textIn(image) : null;
  return valueAt(image, filled ?? `\${${variable}}`);
}

/** host or none; null: the network of the project. */
function modeOf(service: Tree, translation: Translation): 'host' | 'none' | null {
  const written = fieldAt(service, 'network_mode');
  const mode = textIn(written) ?? 'bridge';
  if (mode === 'host' || mode === 'none') return mode;
  if (written !== null && mode !== 'bridge' && mode !== 'default' && networkByMode(service) === null)
    notYet(
      translation,
      'network_mode',
      written,
      'a task does not join the network of another one',
      'write one task definition with networkMode awsvpc for both: its containers share one address and localhost',
    );
  return null;
}

/** cpu_quota of each cpu_period is a number of cores. */
function quotaOf(service: Tree): Fields {
  const quota = fieldAt(service, 'cpu_quota');
  const microseconds = numberIn(quota);
  if (quota === null || microseconds === null || microseconds <= 0) return {};
  return { cpus: valueAt(quota, microseconds / (numberIn(fieldAt(service, 'cpu_period')) ?? 100_000)) };
}

function joined(parts: readonly Parts[], of: keyof Parts): Fields {
  return Object.assign({}, ...parts.map((part) => part[of] ?? {})) as Fields;
}

/** `capabilities.add` beside `capabilities.drop` as one mapping. */
function nested(fields: Fields, place: Tree): Fields {
  const add = fields['capabilities.add'] ?? null;
  const drop = fields['capabilities.drop'] ?? null;
  const rest = Object.fromEntries(Object.entries(fields).filter(([key]) => !key.startsWith('capabilities.')));
  return { ...rest, capabilities: mappingAt(add ?? drop ?? place, { add, drop }) };
}

function overlaidBy(lower: Tree | null, upper: Tree | null): Tree | null {
  return lower === null || upper === null ? lower : overlaid(lower, upper);
}
