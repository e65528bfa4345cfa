// What a task definition and a service say beside their containers: what of it each compose service repeats, which networks the file declares,
// and what has no place in Compose.
import { defined, mapped, nonEmpty } from './compose-values.ts';
import { isNetworkKey } from './compose-extension.ts';
import type { ContainerDefinition } from '../../model/container-definition.ts';
import type { Fields } from './compose-values.ts';
import type { Service } from '../../model/service.ts';
import type { TaskDefinition } from '../../model/task-definition.ts';

/** Fields that are carried, or that ask for what a compose file is anyway. */
const CARRIED: ReadonlySet<string> = new Set(
  `family networkMode pidMode ipcMode volumes runtimePlatform requiresCompatibilities containerDefinitions x-longshore
   serviceName taskDefinition desiredCount schedulingStrategy launchType platformVersion`.split(/\s+/),
);

/** Fields of a task definition that each of its containers gets. */
export function taskFields({ networkMode, pidMode, ipcMode, runtimePlatform }: TaskDefinition): Fields {
  return defined({
    network_mode: networkMode === 'host' || networkMode === 'none' ? networkMode : undefined,
    pid: pidMode === 'host' ? 'host' : undefined,
    ipc: ipcMode === 'host' || ipcMode === 'none' ? ipcMode : undefined,
    platform: runtimePlatform?.cpuArchitecture === 'ARM64' ? 'linux/arm64' : undefined,
  });
}

/** The networks that a task definition declares, and those that its containers join without, under their own names. */
export function networksOf(task: TaskDefinition): Readonly<Record<string, Fields>> {
  const joined = task.containerDefinitions.flatMap((container) => container['x-longshore']?.networks ?? []);
  const declared = (task['x-longshore']?.networks ?? []).filter(({ name }) => isNetworkKey(name));
  const bare = joined.filter(({ name }) => isNetworkKey(name)).map(({ name }): [string, Fields] => [name, { name }]);
  const entries = declared.map(
    ({ name, external, internal, driver, driverOpts, enableIpv4, enableIpv6, subnets, labels }): [string, Fields] => [
      name,
      defined({
        name,
        external: external === true ? true : undefined,
        driver,
        driver_opts: nonEmpty(driverOpts),
        internal,
        enable_ipv4: enableIpv4,
        enable_ipv6: enableIpv6,
        ipam: subnets === undefined || subnets.length === 0 ? undefined : { config: subnets.map((subnet) => ({ subnet })) },
        labels: nonEmpty(labels),
      }),
    ],
  );
  return Object.fromEntries([...bare, ...entries]);
}

const CONDITIONS = { START: 'service_started', HEALTHY: 'service_healthy', SUCCESS: 'service_completed_successfully' } as const;

/** What a container waits for. `keyOf`: the compose service of a container of the same task. */
export function dependencies(container: ContainerDefinition, keyOf: (name: string) => string): ComposeDependencies {
  const all = container.dependsOn ?? [];
  const said = all.flatMap(({ containerName, condition }) =>
    condition === 'COMPLETE' ? [] : [{ key: keyOf(containerName), condition: CONDITIONS[condition] }],
  );
  return {
    depends: mapped(said, ({ key, condition }) => [key, { condition }]),
    lost: said.length === all.length ? [] : ['dependsOn with condition COMPLETE'],
  };
}

export interface ComposeDependencies {
  readonly depends: Fields | undefined;
  readonly lost: readonly string[];
}

/** What of a service and its task definition is not written. */
export function lostFields(service: Service, task: TaskDefinition): readonly string[] {
  const cluster = service.cluster === undefined || service.cluster === 'default' ? [] : ['cluster'];
  const modes = [
    ...(task.networkMode === 'awsvpc' ? ['networkMode: awsvpc'] : []),
    ...(task.pidMode === 'task' ? ['pidMode: task'] : []),
    ...(task.ipcMode === 'task' ? ['ipcMode: task'] : []),
  ];
  const others = [...Object.entries(service), ...Object.entries(task)].flatMap(([key, value]) =>
    CARRIED.has(key) || key === 'cluster' || isNothing(value) ? [] : [key],
  );
  return [...cluster, ...modes, ...others, ...(service['x-longshore'] === undefined ? [] : ['x-longshore'])];
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === false || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}
