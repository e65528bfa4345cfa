// The networks of a container and of its task -> attachments of a compose service and networks of the file.
import { defined, nonEmpty } from './compose-values.ts';
import { isKey, keyInProject } from './compose-project.ts';
import { ENGINE_NETWORKS, networkOfProject } from '../projects/compose/to-networks.ts';
import type { Fields } from './compose-values.ts';
import type { Pair, Project } from './compose-project.ts';

export type Attachment = NonNullable<NonNullable<Pair['container']['x-longshore']>['networks']>[number];

/** Whether these are what a compose service has without a word: the project's own network, and its name there. */
export function isDefault(networks: readonly Attachment[], key: string, project: Project): boolean {
  const [only] = networks;
  const name = networkOfProject('default', project.name);
  return networks.length === 1 && JSON.stringify(only) === JSON.stringify({ name, aliases: [key] });
}

/** The key under which the file declares a network, and its name where that does not follow from the key. */
function keyOf(name: string, project: Project): ReturnType<typeof keyInProject> {
  if (name === networkOfProject('default', project.name)) return { key: 'default', named: {} };
  return ENGINE_NETWORKS.has(name) ? { key: name, named: { name } } : keyInProject(name, project);
}

/** Attachments of a service; undefined: none is written. Its own name is an alias that Compose adds. */
export function attachmentsOf({ container }: Pair, key: string, project: Project): Fields | undefined {
  const networks = container['x-longshore']?.networks ?? [];
  if (networks.length === 0 || isDefault(networks, key, project) || !networks.every(({ name }) => isKey(name))) return undefined;
  return nonEmpty(
    Object.fromEntries(
      networks.map(({ name, aliases, ipv4Address, ipv6Address, macAddress, priority }) => {
        const others = nonEmpty(aliases?.filter((alias) => alias !== key));
        const fields = defined({
          aliases: others,
          ipv4_address: ipv4Address,
          ipv6_address: ipv6Address,
          mac_address: macAddress,
          priority,
        });
        return [keyOf(name, project).key, nonEmpty(fields) ?? null];
      }),
    ),
  );
}

/** The networks that the file declares for a task: those with options of their own, and those that its service joins. */
export function networksOf(pair: Pair, key: string, project: Project): Readonly<Record<string, Fields | null>> {
  const declared = pair.task['x-longshore']?.networks ?? [];
  const attachments = pair.container['x-longshore']?.networks ?? [];
  const isPlain = isDefault(attachments, key, project) && declared.some(({ name }) => name === attachments[0]?.name);
  const joined = isPlain ? ['default'] : Object.keys(attachmentsOf(pair, key, project) ?? {});
  const names = new Map(attachments.map(({ name }) => [keyOf(name, project).key, name]));
  return Object.fromEntries(
    joined.map((joinedKey) => {
      const name = names.get(joinedKey) ?? joinedKey;
      const { driverOpts, enableIpv4, enableIpv6, subnets, labels, external, ...rest } = declared.find((each) => each.name === name) ?? {
        name,
      };
      const fields = defined({
        ...rest,
        name: undefined,
        ...keyOf(name, project).named,
        external: external === true ? true : undefined,
        driver_opts: nonEmpty(driverOpts),
        enable_ipv4: enableIpv4,
        enable_ipv6: enableIpv6,
        ipam: nonEmpty(subnets) === undefined ? undefined : { config: subnets?.map((subnet) => ({ subnet })) },
        labels: nonEmpty(labels),
      });
      // the name of what is there already is its key, unless it says otherwise
      return [joinedKey, nonEmpty(external === true ? { ...fields, name } : fields) ?? null];
    }),
  );
}
