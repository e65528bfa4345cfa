// Networks of a compose project -> the networks that a container joins, its names there, and the networks that are made with options of their
// own. In Compose a link gives its target another name for the linking service alone; here that name is one of the target's on the networks
// that both join, for everybody. Where it would mean something else to others it is told and not given.
// Deliberately absent: addresses that are kept free and options of endpoints; engines choose addresses within the subnets.
import { entriesOf, fieldAt, givenAt, isTrue, itemsOf, listAt, mappingAt, numberIn, textIn, valueAt } from './made.ts';
import { leftOut, notYet } from './translation.ts';
import type { Entry, Tree } from '../../text/tree.ts';
import type { Told, Translation } from './translation.ts';

/** A project as its networks see it. */
export interface Networking {
  readonly tree: Tree;
  /** Name of the project; '' without one. */
  readonly name: string;
  /** Whether there are several services, which then find each other. */
  readonly isMany: boolean;
  /** Names that links give, by the service that they are given to. */
  readonly linked: ReadonlyMap<string, readonly LinkedName[]>;
}

interface LinkedName {
  readonly alias: string;
  readonly place: Tree;
  /** Networks of the linking service, by their keys. */
  readonly networks: ReadonlySet<string>;
}

/** Words of network_mode that name no network. */
const MODES: ReadonlySet<string> = new Set(['', 'bridge', 'default', 'host', 'none']);

/** The network that network_mode names: one of the engine that is there already. */
export function networkByMode(service: Tree): Tree | null {
  const written = fieldAt(service, 'network_mode');
  const mode = textIn(written) ?? '';
  return MODES.has(mode) || /^(?:service|container):/.test(mode) ? null : written;
}

/** What a service writes as its networks, by key; those without a word join `default`. */
function joinsOf(service: Tree): readonly { readonly key: string; readonly attachment: Tree | null }[] {
  if (networkByMode(service) !== null) return [];
  const written = fieldAt(service, 'networks');
  if (written === null) return [{ key: 'default', attachment: null }];
  return entriesOf(written).map(({ key, value }) => ({ key, attachment: value }));
}

/** host or none; null: networks of the project. */
function modeOf(service: Tree): 'host' | 'none' | null {
  const mode = textIn(fieldAt(service, 'network_mode'));
  return mode === 'host' || mode === 'none' ? mode : null;
}

/** The names that links of the services give to others. What cannot be given is told by `tell`, with the service that links. */
export function linkedNames(services: readonly Entry[], translationOf: (service: string) => Translation): Networking['linked'] {
  const linked = new Map<string, LinkedName[]>();
  for (const { key, value } of services) {
    const networks = new Set(joinsOf(value).map((join) => join.key));
    for (const link of itemsOf(fieldAt(value, 'links'))) {
      const [target = '', alias = target] = (textIn(link) ?? '').split(':');
      if (alias === target || !services.some((each) => each.key === target)) continue;
      const mode = modeOf(value);
      const other = mode === null ? otherOf(alias, target, services, linked) : null;
      if (mode !== null) leftOut(translationOf(key), 'links', link, `with network_mode ${mode} no names are found`);
      else if (other !== null)
        notYet(translationOf(key), 'links', link, `here all services find a name, and "${alias}" leads to "${other}"`);
      else linked.set(target, [...(linked.get(target) ?? []), { alias, place: link, networks }]);
    }
  }
  return linked;
}

/** Another service that has a name already; null where it is free. */
function otherOf(
  alias: string,
  target: string,
  services: readonly Entry[],
  linked: ReadonlyMap<string, readonly LinkedName[]>,
): string | null {
  const others = services.filter(({ key }) => key !== target);
  const has = ({ key, value }: Entry): boolean =>
    key === alias ||
    textIn(fieldAt(value, 'container_name')) === alias ||
    joinsOf(value).some(({ attachment }) => itemsOf(fieldAt(attachment, 'aliases')).some((item) => textIn(item) === alias)) ||
    (linked.get(key) ?? []).some((each) => each.alias === alias);
  return others.find(has)?.key ?? null;
}

/** Networks that a service joins, and its names there. A project of one service that says nothing of networks needs none. */
export function networksOf(service: Tree, project: Networking, name: string, translation: Translation): Tree | null {
  const engines = networkByMode(service);
  if (engines !== null)
    return listAt(engines, [
      mappingAt(engines, {
        name: engines,
        aliases: listAt(engines, [valueAt(engines, name)]),
        macAddress: givenAt(service, 'mac_address'),
      }),
    ]);
  const written = fieldAt(service, 'networks');
  const isTold = entriesOf(fieldAt(fieldAt(project.tree, 'networks'), 'default')).length > 0;
  const mac = givenAt(service, 'mac_address');
  if (written === null && !project.isMany && !isTold && mac === null) return null;
  const joins = joinsOf(service);
  const main = mainOf(joins);
  return listAt(
    written ?? service,
    joins.map(({ key, attachment }) => {
      const place = attachment?.kind === 'mapping' ? attachment : (written ?? service);
      const links = (project.linked.get(name) ?? []).filter(({ networks }) => networks.has(key));
      const names = [
        valueAt(place, name),
        ...containerName(service, project),
        ...itemsOf(fieldAt(attachment, 'aliases')),
        ...links.map((link) => valueAt(link.place, link.alias)),
      ];
      tellEndpoint(key, attachment, translation);
      return mappingAt(place, {
        name: valueAt(place, networkName(key, project)),
        aliases: listAt(place, [...new Map(names.map((each) => [textIn(each), each])).values()]),
        ipv4Address: givenAt(attachment, 'ipv4_address'),
        ipv6Address: givenAt(attachment, 'ipv6_address'),
        macAddress: givenAt(attachment, 'mac_address') ?? (key === main ? mac : null),
        priority: priorityOf(attachment),
      });
    }),
  );
}

function priorityOf(attachment: Tree | null): Tree | null {
  return fieldAt(attachment, 'gw_priority') ?? fieldAt(attachment, 'priority');
}

/** The network that a container is created with: the first of the highest priority. */
function mainOf(joins: ReturnType<typeof joinsOf>): string | null {
  const number = (attachment: Tree | null): number => numberIn(priorityOf(attachment)) ?? 0;
  const highest = Math.max(...joins.map(({ attachment }) => number(attachment)));
  return joins.find(({ attachment }) => number(attachment) === highest)?.key ?? null;
}

/** In Compose a container is found by its own name, too; here it is a name of its service, unless another service has it. */
function containerName(service: Tree, { tree }: Networking): readonly Tree[] {
  const written = fieldAt(service, 'container_name');
  const isTaken = fieldAt(fieldAt(tree, 'services'), textIn(written) ?? '') !== null;
  return written === null || isTaken ? [] : [written];
}

/** What an attachment says that no engine is asked for. */
function tellEndpoint(key: string, attachment: Tree | null, translation: Translation): void {
  const at = (field: string): string => `networks.${key}.${field}`;
  const told = (field: string): Tree | null => {
    const found = fieldAt(attachment, field);
    return found === null || isEmpty(found) ? null : found;
  };
  const interfaceName = told('interface_name');
  if (interfaceName !== null) leftOut(translation, at('interface_name'), interfaceName, 'the engine names the interface');
  for (const field of ['driver_opts', 'link_local_ips']) {
    const found = told(field);
    if (found !== null) notYet(translation, at(field), found, 'the engine is asked for a network, its names and its addresses only');
  }
}

function isEmpty(tree: Tree): boolean {
  return tree.kind === 'scalar' ? tree.value === null || tree.value === '' : entriesOf(tree).length + itemsOf(tree).length === 0;
}

/** Networks of a service that are made with options of their own. */
export function definedNetworks(service: Tree, project: Networking): Tree | null {
  const engines = networkByMode(service);
  if (engines !== null) return listAt(engines, [mappingAt(engines, { name: engines, external: valueAt(engines, true) })]);
  const defined = fieldAt(project.tree, 'networks');
  return listAt(
    fieldAt(service, 'networks') ?? service,
    joinsOf(service).map(({ key }) => {
      const network = fieldAt(defined, key);
      if (network === null) return null;
      const options = {
        external: fieldAt(network, 'external'),
        internal: fieldAt(network, 'internal'),
        driver: givenAt(network, 'driver'),
        driverOpts: fieldAt(network, 'driver_opts'),
        enableIpv4: fieldAt(network, 'enable_ipv4'),
        enableIpv6: fieldAt(network, 'enable_ipv6'),
        subnets: subnetsOf(network),
        labels: fieldAt(network, 'labels'),
      };
      return mappingAt(network, options) === null
        ? null
        : mappingAt(network, { name: valueAt(network, networkName(key, project)), ...options });
    }),
  );
}

function rangesOf(network: Tree | null): readonly Tree[] {
  return itemsOf(fieldAt(fieldAt(network, 'ipam'), 'config'));
}

function subnetsOf(network: Tree): Tree | null {
  const ranges = rangesOf(network);
  return listAt(
    ranges[0] ?? network,
    ranges.map((range) => givenAt(range, 'subnet')),
  );
}

const PLAIN_DRIVERS: ReadonlySet<string> = new Set(['', 'default']);

/** What the networks of a project say of addresses beyond their subnets: told once, whoever joins them. */
export function tellAddresses(networks: Tree | null): readonly Told[] {
  return entriesOf(networks).flatMap(({ key, value }): Told[] => {
    const hint = 'docs/from-compose.md lists what each key becomes';
    const ipam = fieldAt(value, 'ipam');
    const driver = fieldAt(ipam, 'driver');
    const tell = (code: 'not-deployed-yet' | 'compose-otherwise', field: string, place: Tree, why: string): Told => {
      const what = code === 'not-deployed-yet' ? 'is not deployed yet' : 'is done in another way';
      return { code, offset: place.start, message: `${field} of network "${key}" ${what}: ${why}`, hint };
    };
    const others = [
      [ipam, 'options'],
      ...rangesOf(value).flatMap((range) => ['ip_range', 'gateway', 'aux_addresses'].map((field) => [range, field] as const)),
    ] as const;
    return [
      ...(driver === null || PLAIN_DRIVERS.has(textIn(driver) ?? '')
        ? []
        : [tell('not-deployed-yet', 'ipam.driver', driver, 'addresses are given out by the engine itself')]),
      ...others.flatMap(([holder, field]) => {
        const found = fieldAt(holder, field);
        return found === null || isEmpty(found)
          ? []
          : [tell('compose-otherwise', `ipam.${field}`, found, 'the engine chooses addresses within the subnet')];
      }),
    ];
  });
}

function networkName(key: string, { tree, name }: Networking): string {
  const network = fieldAt(fieldAt(tree, 'networks'), key);
  const own = textIn(fieldAt(network, 'name'));
  if (own !== null || isTrue(fieldAt(network, 'external'))) return own ?? key;
  return networkOfProject(key, name === '' ? null : name);
}

/** Networks that every engine has already, and lets nobody make. */
export const ENGINE_NETWORKS: ReadonlySet<string> = new Set(['default', 'bridge', 'host', 'none']);

/** What a network is called that says no name of its own: Compose's own name for it; without a project's name, its key where that can be one. */
export function networkOfProject(key: string, project: string | null): string {
  if (project !== null) return `${project}_${key}`;
  return ENGINE_NETWORKS.has(key) ? `longshore_${key}` : key;
}
