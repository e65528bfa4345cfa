// Shapes of what a service opens and mounts: ports, volumes, devices, exposed ports. A text may stand for several ports.
import { cleanPath, isHostPath, parseMount } from '../../../lang/mount.ts';
import { isIp, parsePortMapping, portRange } from '../../../lang/port-mapping.ts';
import { resolvedPath } from './paths.ts';
import {
  complain,
  fieldOf,
  itself,
  keyed,
  mappingAt,
  named,
  orEmpty,
  record,
  replacing,
  scalarOf,
  valued,
  warn,
  wrongType,
} from './shape.ts';
import { bytes, choice, flag, mode, text, textMap, textOrNumber } from './values.ts';
import { spent } from './unit.ts';
import type { Mapping, Scalar, Tree } from '../../text/tree.ts';
import type { MountText } from '../../../lang/mount.ts';
import type { Reading, Shape } from './shape.ts';

/** One port or a range of them. */
const portText: Shape = replacing((tree, name, reading) => {
  const found = textOrNumber.read(tree, name, reading);
  if (found?.kind !== 'scalar' || found.value === '') return found;
  const range = portRange(String(found.value), 0, String(found.value).length);
  return range.fault === null
    ? found
    : complain(reading, tree, 'bad-port', `${name} ${range.fault.message}`, range.fault.hint, range.fault.at);
});

const hostIp: Shape = replacing((tree, name, reading) => {
  const found = text.read(tree, name, reading);
  if (found?.kind !== 'scalar' || found.value === '' || isIp(String(found.value))) return found;
  return complain(reading, tree, 'bad-port', `${name} is no IP address`, 'write an address like 127.0.0.1');
});

const protocol: Shape = replacing((tree, name, reading) => {
  const found = text.read(tree, name, reading);
  const lower = found?.kind === 'scalar' ? valued(found, String(found.value).toLowerCase()) : null;
  if (lower?.value === '') return null;
  return lower === null ? null : choice(['tcp', 'udp', 'sctp']).read(lower, name, reading);
});

const longPort = record(
  {
    name: text,
    mode: text,
    host_ip: hostIp,
    target: portText,
    published: portText,
    protocol,
    app_protocol: text,
  },
  { required: ['target'] },
);

/** Ports: one text may stand for many. An equal port of a later file takes the place of an earlier one. */
export const ports: Shape = {
  read: (tree, name, reading) => {
    if (tree.kind !== 'list') return wrongType(reading, tree, name, 'a list');
    const items = tree.items.flatMap((item, index) => portsOf(item, `${name}[${index}]`, reading));
    return { ...tree, items: keyed([], items, portKey) };
  },
  merge: (earlier, later) =>
    earlier.kind === 'list' && later.kind === 'list' ? { ...later, items: keyed(earlier.items, later.items, portKey) } : later,
};

/** What one mapping takes of the room of a project. */
const PORT_FIELDS = 4;

function portKey(port: Tree): string {
  const [ip, from, to, target, kind] = ['host_ip', 'published', 'published_end', 'target', 'protocol'].map((key) => scalarOf(port, key));
  return `${ip ?? '0.0.0.0'}:${from ?? ''}-${to ?? ''}:${target}/${kind ?? 'tcp'}`;
}

function portsOf(item: Tree, name: string, reading: Reading): Tree[] {
  if (item.kind === 'mapping') {
    const found = longPort.read(item, name, reading);
    const port = found?.kind === 'mapping' ? writtenOut(found) : null;
    return port === null ? [] : [port];
  }
  const found = textOrNumber.read(item, name, reading);
  if (found?.kind !== 'scalar') return [];
  const mappings = parsePortMapping(String(found.value));
  if (mappings.fault !== null) {
    complain(reading, item, 'bad-port', `${name} ${mappings.fault.message}`, mappings.fault.hint, mappings.fault.at);
    return [];
  }
  if (!spent(reading, mappings.value.length * PORT_FIELDS, item.start)) return [];
  return mappings.value.map((port) =>
    mappingAt(item, {
      target: port.target,
      published: port.published,
      published_end: port.publishedEnd,
      host_ip: port.hostIp,
      protocol: port.protocol,
    }),
  );
}

/** A long port with numbers; null when its target is missing or no single port. */
function writtenOut(port: Mapping): Mapping | null {
  const target = scalarOf(port, 'target');
  if (target === null || !/^\d+$/.test(String(target))) return null;
  const entries = port.entries.flatMap((entry) => {
    if (entry.key === 'target') return [{ ...entry, value: valued(entry.value, Number(target)) }];
    if (entry.key !== 'published') return [entry];
    const [first, last] = itself(entry.value).split('-');
    if (first === undefined || first === '') return [];
    const published = { ...entry, value: valued(entry.value, Number(first)) };
    return last === undefined ? [published] : [published, { ...entry, key: 'published_end', value: valued(entry.value, Number(last)) }];
  });
  return { ...port, entries };
}

/** `3000`, `3000-3005/udp`: opened to other containers only. */
export const exposed: Shape = replacing((tree, name, reading) => {
  const found = textOrNumber.read(tree, name, reading);
  if (found?.kind !== 'scalar') return null;
  const slash = String(found.value).split('/');
  const range = portRange(slash[0] ?? '', 0, (slash[0] ?? '').length);
  if (range.fault === null && /^(?:tcp|udp|sctp)?$/i.test(slash[1] ?? '') && slash.length < 3) return found;
  return complain(reading, tree, 'bad-port', `${name} is no port`, 'write a port or a range, with /udp behind it for UDP');
});

/** A size that cannot stand for "no limit". */
function notNegative(shape: Shape): Shape {
  return replacing((tree, name, reading) => {
    const found = shape.read(tree, name, reading);
    if (found?.kind !== 'scalar' || Number(found.value) >= 0) return found;
    return complain(reading, tree, 'out-of-range', `${name} is ${found.value}; it must be at least 0`, 'write a size like 64m');
  });
}

const longMount = record(
  {
    type: choice(['bind', 'volume', 'tmpfs', 'cluster', 'npipe', 'image']),
    source: text,
    target: text,
    read_only: flag,
    consistency: text,
    bind: orEmpty(
      record({
        propagation: text,
        create_host_path: flag,
        recursive: choice(['enabled', 'disabled', 'writable', 'readonly']),
        selinux: choice(['z', 'Z']),
      }),
    ),
    volume: orEmpty(record({ labels: textMap(), nocopy: flag, subpath: text })),
    tmpfs: orEmpty(record({ size: notNegative(bytes), mode })),
    image: orEmpty(record({ subpath: text })),
  },
  { required: ['type', 'target'] },
);

/** One volume of a service. */
export const mount: Shape = {
  read: (tree, name, reading) => {
    if (tree.kind === 'scalar' && typeof tree.value === 'string') return shortMount(tree, name, reading);
    const found = longMount.read(tree, name, reading);
    if (found?.kind !== 'mapping' || scalarOf(found, 'target') === null || scalarOf(found, 'type') === null) return null;
    const bind = scalarOf(found, 'type') === 'bind';
    if (bind && fieldOf(found, 'source') === null) {
      const message = `${name} binds a path of the host and has no source`;
      return complain(reading, tree, 'missing-field', message, 'add the source, or take type: volume');
    }
    const entries = found.entries.map((entry) => {
      if (entry.key === 'target') return { ...entry, value: valued(entry.value, cleanPath(itself(entry.value))) };
      if (entry.key !== 'source' || !bind) return entry;
      return { ...entry, value: valued(entry.value, resolvedPath(reading.folder, itself(entry.value))) };
    });
    return { ...found, entries };
  },
  merge: (_, later) => later,
};

/** What makes two volumes of a service the same. */
export function mountKey(item: Tree): string {
  return String(scalarOf(item, 'target'));
}

function shortMount(tree: Scalar, name: string, reading: Reading): Tree | null {
  const parsed = parseMount(String(tree.value));
  if (parsed.fault !== null)
    return complain(reading, tree, 'bad-volume', `${name} ${parsed.fault.message}`, parsed.fault.hint, parsed.fault.at);
  const found = parsed.value;
  for (const { option, at } of found.ignored) {
    const message = `${name} has the option "${option}", which means nothing to Compose and is left out`;
    warn(reading, tree, 'volume-option-ignored', message, 'write ro, rw, nocopy, z, Z or how mounts are propagated', at);
  }
  return mountTree(tree, found, reading);
}

function mountTree(tree: Scalar, found: MountText, reading: Reading): Mapping {
  const bind = found.propagation !== undefined || found.selinux !== undefined;
  const { source } = found;
  return mappingAt(tree, {
    type: found.type,
    source: source === undefined || !isHostPath(source) ? source : resolvedPath(reading.folder, source),
    target: found.target,
    read_only: found.readOnly,
    bind: bind ? mappingAt(tree, { propagation: found.propagation, selinux: found.selinux }) : undefined,
    volume: found.nocopy === undefined ? undefined : mappingAt(tree, { nocopy: true }),
  });
}

const longDevice = record({ source: text, target: text, permissions: text }, { required: ['source'] });

/** A device of the host: SOURCE[:TARGET[:PERMISSIONS]]. */
export const device: Shape = {
  read: (tree, name, reading) => {
    if (tree.kind !== 'scalar' || typeof tree.value !== 'string') return longDevice.read(tree, name, reading);
    const [source = '', target, permissions, more] = tree.value.split(':');
    if (source === '' || more !== undefined) {
      return complain(reading, tree, 'bad-form', `${name} is no device`, 'write SOURCE, SOURCE:TARGET or SOURCE:TARGET:rwm');
    }
    return mappingAt(tree, { source, target: target === '' ? undefined : target, permissions });
  },
  merge: (_, later) => later,
};

/** What makes two devices the same: their path in the container. */
export function deviceKey(item: Tree): string {
  return String(scalarOf(item, 'target') ?? scalarOf(item, 'source'));
}

/** Names of the host list: NAME=ADDRESS, NAME:ADDRESS, or a mapping. Addresses of one name are collected. */
export const hosts: Shape = {
  read: (tree, name, reading) => {
    if (tree.kind === 'scalar') return wrongType(reading, tree, name, 'a mapping or a list of NAME=ADDRESS');
    const found = new Map<string, { start: number; items: Tree[] }>();
    const add = (host: string, start: number, addresses: readonly Tree[]): void => {
      const entry = found.get(host) ?? { start, items: [] };
      entry.items.push(...addresses);
      found.set(host, entry);
    };
    if (tree.kind === 'mapping') {
      for (const { key, start, value } of tree.entries) add(key, start, addressesOf(value, named(name, key), reading));
    } else {
      for (const [index, item] of tree.items.entries()) {
        const host = hostOf(item, `${name}[${index}]`, reading);
        if (host !== null) add(host.name, item.start, host.addresses);
      }
    }
    const entries = Array.from(found, ([key, { start, items }]) => ({ key, start, value: listAt(tree, items) }));
    return { kind: 'mapping', entries, start: tree.start, end: tree.end };
  },
  merge: (earlier, later) => {
    if (earlier.kind !== 'mapping' || later.kind !== 'mapping') return later;
    const entries = new Map(earlier.entries.map((entry) => [entry.key, entry]));
    for (const entry of later.entries) {
      const before = entries.get(entry.key)?.value;
      const items = [...(before?.kind === 'list' ? before.items : []), ...(entry.value.kind === 'list' ? entry.value.items : [])];
      entries.set(entry.key, { ...entry, value: listAt(entry.value, keyed([], items, itself)) });
    }
    return { ...later, entries: [...entries.values()] };
  },
};

function listAt(place: Tree, items: readonly Tree[]): Tree {
  return { kind: 'list', items, start: place.start, end: place.end };
}

function addressesOf(value: Tree, name: string, reading: Reading): Tree[] {
  const items = value.kind === 'list' ? value.items : [value];
  return items.flatMap((item, index) => {
    const found = text.read(item, value.kind === 'list' ? `${name}[${index}]` : name, reading);
    return found === null ? [] : [valued(item, bare(itself(found)))];
  });
}

function hostOf(item: Tree, name: string, reading: Reading): { name: string; addresses: Tree[] } | null {
  const found = text.read(item, name, reading);
  if (found?.kind !== 'scalar') return null;
  const pair = String(found.value);
  const at = pair.includes('=') ? pair.indexOf('=') : pair.indexOf(':');
  if (at > 0)
    return {
      name: pair.slice(0, at),
      addresses: pair
        .slice(at + 1)
        .split(',')
        .map((address) => valued(item, bare(address))),
    };
  return complain(reading, item, 'bad-form', `${name} does not say which address a name has`, 'write NAME=ADDRESS, like db=10.0.0.5');
}

/** An IPv6 address without its brackets. */
function bare(address: string): string {
  return /^\[.+\]$/.test(address) ? address.slice(1, -1) : address;
}
