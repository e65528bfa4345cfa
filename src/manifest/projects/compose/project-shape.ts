// The top level of a compose file: its own keys, and networks, volumes, secrets, configs and models.
import { NAME } from './lists.ts';
import { service } from './service-shape.ts';
import { fieldOf, list, mapOf, orEmpty, record, scalarOf, section, standing, valued, wrongType } from './shape.ts';
import { anything, flag, path, shortOr, text, textMap, whole } from './values.ts';
import type { Entry, Tree } from '../../text/tree.ts';
import type { Shape } from './shape.ts';

/** `external: true`, or in old files `external: { name: NAME }`, which also says `name: NAME`. */
function maybeExternal(fields: Readonly<Record<string, Shape>>): Shape {
  const shape = record({ ...fields, name: text, external: externalValue, labels: textMap(), 'x-longshore': anything });
  return {
    merge: shape.merge,
    read: (tree, name, reading) => {
      const found = shape.read(tree, name, reading);
      const external = found === null ? null : fieldOf(found, 'external');
      if (found?.kind !== 'mapping' || external?.kind !== 'mapping') return found;
      return { ...found, entries: found.entries.flatMap((entry) => (entry.key === 'external' ? writtenOut(found, entry) : [entry])) };
    },
  };
}

const externalValue: Shape = {
  merge: (_, later) => later,
  read: (tree, name, reading) =>
    tree.kind === 'mapping' ? record({ name: text }).read(tree, name, reading) : flag.read(tree, name, reading),
};

function writtenOut(holder: Tree, entry: Entry): Entry[] {
  const name = scalarOf(entry.value, 'name');
  const external: Entry = { ...entry, value: valued(entry.value, true) };
  return name === null || fieldOf(holder, 'name') !== null
    ? [external]
    : [external, { ...entry, key: 'name', value: valued(entry.value, name) }];
}

const network = standing(
  orEmpty(
    maybeExternal({
      driver: text,
      driver_opts: textMap(),
      ipam: record({
        driver: text,
        config: list(record({ subnet: text, ip_range: text, gateway: text, aux_addresses: mapOf(text) }), {
          key: (item) => String(scalarOf(item, 'subnet')),
          joins: true,
        }),
        options: mapOf(text),
      }),
      internal: flag,
      enable_ipv4: flag,
      enable_ipv6: flag,
      attachable: flag,
    }),
  ),
);

const volume = standing(orEmpty(maybeExternal({ driver: text, driver_opts: textMap() })));
const fileFields = { environment: text, file: path, driver: text, driver_opts: textMap(), template_driver: text };
const secret = standing(maybeExternal(fileFields));
const config = standing(maybeExternal({ ...fileFields, content: text }));
const model = standing(record({ name: text, model: text, context_size: whole(), runtime_flags: list(text) }));

const include = list(
  shortOr('path', record({ path: list(text, { single: true }), env_file: list(text, { single: true }), project_directory: text })),
);

/** What Longshore adds: further files of the project, and the profiles that are active; other keys are read by others. */
const extension: Shape = {
  merge: (_, later) => later,
  read: (tree, name, reading) => {
    if (tree.kind !== 'mapping') return wrongType(reading, tree, name, 'a mapping');
    const lists: Readonly<Record<string, Shape>> = { files: list(text), profiles: list(text) };
    const entries = tree.entries.flatMap((entry) => {
      const value = (lists[entry.key] ?? anything).read(entry.value, `${name}.${entry.key}`, reading);
      return value === null ? [] : [{ ...entry, value }];
    });
    return { ...tree, entries };
  },
};

/** One compose file, or several of them merged. */
export const project: Shape = record({
  version: text,
  name: text,
  include,
  services: section(mapOf(service, NAME)),
  networks: section(mapOf(network)),
  volumes: section(mapOf(volume, NAME)),
  secrets: section(mapOf(secret, NAME)),
  configs: section(mapOf(config, NAME)),
  models: section(mapOf(model)),
  'x-longshore': extension,
});

/** The kinds of things that an included file brings into a project. */
export const SECTIONS: Readonly<Record<'services' | 'networks' | 'volumes' | 'secrets' | 'configs' | 'models', Shape>> = {
  services: service,
  networks: network,
  volumes: volume,
  secrets: secret,
  configs: config,
  models: model,
};
