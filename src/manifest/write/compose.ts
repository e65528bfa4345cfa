// Resources -> one compose file: a service of Compose for each service of ECS. What Compose has no word for stands in `x-longshore`: the file
// is read as Longshore reads it, and what differs from what was asked for is laid over it. So reading gives the same things back, and
// converting twice changes nothing. What not even that can carry is told, and stands as comments at the top.
import { Document } from 'yaml';
import { DEFAULT_CLUSTER } from '../../model/cluster/cluster.ts';
import { SCHEMAS } from '../kind.ts';
import { attachmentsOf, isDefault, networksOf } from './compose-networks.ts';
import { containerFields } from './compose-container.ts';
import { defined, nonEmpty } from './compose-values.ts';
import { difference } from './difference.ts';
import { draftsOf } from '../projects/compose/to-drafts.ts';
import { isEssential } from '../../model/task/container-definition.ts';
import { mountsOf, volumesOf, withComposeNames } from './compose-volumes.ts';
import { plainOf } from '../text/tree.ts';
import { projectOf } from './compose-project.ts';
import { readProject } from '../projects/compose/read.ts';
import { withNotes } from './notes.ts';
import { withoutDefaults } from './without-defaults.ts';
import type { Attachment } from './compose-networks.ts';
import type { Conversion, Loss } from './ecs.ts';
import type { Fields } from './compose-values.ts';
import type { KindName } from '../kind.ts';
import type { Pair, Project } from './compose-project.ts';
import type { Resource } from '../document.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';
import type { Service } from '../../model/service/service.ts';

/** Kinds that a compose file has nothing for, and why that is so. */
const WITHOUT_PLACE: Readonly<Partial<Record<KindName, string>>> = {
  Cluster: 'Compose has no clusters; keep its document beside the file',
  LoadBalancer: 'Compose has no load balancers; keep its document beside the file',
  TargetGroup: 'Compose has no load balancers; keep its document beside the file',
  Schedule: 'Compose starts nothing at set times',
  Rule: 'Compose starts nothing at set times',
  RuleTargets: 'Compose starts nothing at set times',
  ScalableTarget: 'Compose does not scale by itself',
  ScalingPolicy: 'Compose does not scale by itself',
  ScheduledAction: 'Compose does not scale by itself',
  Alarm: 'Compose has no alarms',
  Repository: 'Compose has no registry',
  Role: 'Compose has no roles',
  SecurityGroup: 'Compose has no security groups; its networks say who reaches whom',
};
const FILE = 'compose.yaml';

/** All resources as `compose.yaml`. `before`: what their own readers left out. */
export function composeFile(resources: readonly Resource[], before: readonly Loss[] = []): Conversion {
  const losses: Loss[] = [...before];
  for (const { kind, identity } of resources) {
    const why = WITHOUT_PLACE[kind];
    if (why !== undefined && !(kind === 'Cluster' && identity === DEFAULT_CLUSTER))
      losses.push({ what: `${kind} ${identity}`.trimEnd(), why });
  }
  const pairs = pairsOf(resources, losses);
  const project = projectOf(pairs);
  const file = nativeFile(pairs, project);
  const read = readBack(textOf(file));
  const services = Object.fromEntries(
    pairs.map((pair, index) => {
      const key = project.keys[index] ?? '';
      const extension = extensionOf(pair, key, project, read.get(key) ?? null, losses);
      return [key, { ...file.services[key], ...(extension === undefined ? {} : { 'x-longshore': extension }) }];
    }),
  );
  return { files: [{ path: FILE, text: withNotes(textOf({ ...file, services }), losses, resources) }], losses };
}

/** Services with their definitions, volumes called as Compose calls them. */
function pairsOf(resources: readonly Resource[], losses: Loss[]): readonly Pair[] {
  const definitions = new Map(
    resources.flatMap((each) =>
      each.kind === 'TaskDefinition'
        ? [[each.identity, withoutDefaults(each.spec, SCHEMAS.TaskDefinition) as TaskDefinition] as const]
        : [],
    ),
  );
  const used = new Set<string>();
  const pairs = resources.flatMap((resource): Pair[] => {
    if (resource.kind !== 'Service') return [];
    const { identity, spec: service } = resource;
    const task = definitions.get(service.taskDefinition ?? '');
    const container = task?.containerDefinitions.find(isEssential);
    used.add(service.taskDefinition ?? '');
    if (task !== undefined && container !== undefined) return [renamed({ identity, service, task, container })];
    losses.push({ what: `Service ${identity}`, why: 'its task definition is not converted with it' });
    return [];
  });
  for (const family of definitions.keys())
    if (!used.has(family)) losses.push({ what: `TaskDefinition ${family}`, why: 'no service runs it, and Compose starts nothing else' });
  return pairs;
}

function renamed(pair: Pair): Pair {
  const task = withComposeNames(pair) ?? pair.task;
  const container = task.containerDefinitions[pair.task.containerDefinitions.indexOf(pair.container)] ?? pair.container;
  return { ...pair, task, container };
}

interface ComposeFile {
  readonly name?: string;
  readonly services: Readonly<Record<string, Fields>>;
  readonly volumes?: Fields;
  readonly networks?: Fields;
}

/** What Compose has words for. */
function nativeFile(pairs: readonly Pair[], project: Project): ComposeFile {
  const keys = new Map(pairs.map(({ service }, index) => [service.serviceName, project.keys[index] ?? '']));
  const all = pairs.map((pair, index) => ({ pair, key: project.keys[index] ?? '', isMountable: withComposeNames(pair) !== null }));
  const services = all.map(({ pair, key, isMountable }): [string, Fields] => [
    key,
    defined({
      ...containerFields(pair.container),
      // Compose leaves a container that has ended alone unless it is told otherwise; a service always has its tasks.
      restart: 'always',
      ...namespacesOf(pair.task),
      network_mode: modeOf(pair),
      networks: modeOf(pair) === undefined ? attachmentsOf(pair, key, project) : undefined,
      volumes: isMountable ? mountsOf(pair, project) : undefined,
      depends_on: dependenciesOf(pair.service, keys),
      deploy: deployOf(pair.service),
    }),
  ]);
  const volumes = Object.assign({}, ...all.filter((each) => each.isMountable).map(({ pair }) => volumesOf(pair, project))) as Fields;
  const networks = Object.assign(
    {},
    ...all.filter(({ pair }) => modeOf(pair) === undefined).map(({ pair, key }) => networksOf(pair, key, project)),
  ) as Fields;
  return {
    ...(project.name === null ? {} : { name: project.name }),
    services: Object.fromEntries(services),
    ...(nonEmpty(volumes) === undefined ? {} : { volumes }),
    ...(nonEmpty(networks) === undefined ? {} : { networks }),
  };
}

function modeOf({ task, container }: Pair): string | undefined {
  if (task.networkMode === 'host') return 'host';
  return task.networkMode === 'none' || container.disableNetworking === true ? 'none' : undefined;
}

/** What a task says for all its containers. */
function namespacesOf({ pidMode, ipcMode, runtimePlatform }: TaskDefinition): Fields {
  return defined({
    pid: pidMode === 'host' ? 'host' : undefined,
    ipc: ipcMode === 'host' || ipcMode === 'none' ? ipcMode : undefined,
    platform: runtimePlatform?.cpuArchitecture === 'ARM64' ? 'linux/arm64' : undefined,
  });
}

/** One task is what a compose service is anyway. */
function deployOf({ schedulingStrategy, desiredCount }: Service): Fields | undefined {
  if (schedulingStrategy === 'DAEMON') return { mode: 'global' };
  return desiredCount === undefined || desiredCount === 1 ? undefined : { replicas: desiredCount };
}

const CONDITIONS: Readonly<Record<string, string>> = {
  STARTED: 'service_started',
  HEALTHY: 'service_healthy',
  COMPLETED: 'service_completed_successfully',
};

function dependenciesOf(service: Service, keys: ReadonlyMap<string, string>): Fields | undefined {
  const entries = (service['x-longshore']?.dependsOn ?? []).flatMap(({ serviceName, condition }) => {
    const key = keys.get(serviceName);
    return key === undefined || serviceName === service.serviceName
      ? []
      : [[key, { condition: CONDITIONS[condition ?? 'STARTED'] }] as const];
  });
  return nonEmpty(Object.fromEntries(entries));
}

/** What a compose service is read as. */
interface Read {
  readonly task: Fields;
  readonly service: Fields;
}

/** Each service of a compose file as Longshore reads it, by its key. */
function readBack(text: string): ReadonlyMap<string, Read> {
  const project = readProject({ files: [FILE], open: (path) => (path === FILE ? text : null) });
  const { drafts } = draftsOf(project, FILE, () => null);
  const keys = Object.keys(project.project.services);
  const plain = drafts.map(({ tree }) => plainOf(tree) as Fields);
  if (plain.length !== 2 * keys.length) return new Map();
  return new Map(keys.map((key, index) => [key, { task: plain[2 * index] ?? {}, service: plain[2 * index + 1] ?? {} }]));
}

/** What is laid over a service as it is read, so that it is what was asked for. */
function extensionOf(pair: Pair, key: string, project: Project, read: Read | null, losses: Loss[]): Fields | undefined {
  const what = `Service ${pair.identity}`;
  if (read === null) {
    losses.push({ what, why: 'what Compose has no word for is left out' });
    return undefined;
  }
  const stuck: string[] = [];
  const bare = (container: unknown): Fields => withoutDefaultNetwork(container as Fields, key, project);
  const wanted = withoutDefaults(pair.task, SCHEMAS.TaskDefinition) as Fields;
  const containers = (wanted['containerDefinitions'] as readonly Fields[]).map((each) =>
    each['name'] === pair.container.name ? bare(each) : each,
  );
  const main = containers.find((each) => each['name'] === pair.container.name) ?? {};
  const task = withoutDefaults(read.task, SCHEMAS.TaskDefinition) as Fields;
  const [first] = task['containerDefinitions'] as readonly Fields[];
  const extension = defined({
    container: difference(bare(first), main, stuck),
    taskDefinition: difference({ ...task, containerDefinitions: [main] }, { ...wanted, containerDefinitions: containers }, stuck),
    service: difference(withoutDefaults(read.service, SCHEMAS.Service), withoutDefaults(pair.service, SCHEMAS.Service), stuck),
  });
  for (const path of new Set(stuck)) losses.push({ what, why: `some of ${path} comes out otherwise` });
  if (containers.length > 1) losses.push({ what, why: `Compose starts only the container ${pair.container.name} of its task` });
  return nonEmpty(extension);
}

/** Whether a service that joins its project's network says so makes no difference. */
function withoutDefaultNetwork(container: Fields, key: string, project: Project): Fields {
  const { networks, ...rest } = (container['x-longshore'] ?? {}) as Fields;
  if (!Array.isArray(networks) || !isDefault(networks as readonly Attachment[], key, project)) return container;
  return defined({ ...container, 'x-longshore': nonEmpty(rest) });
}

function textOf(file: ComposeFile): string {
  return new Document(escaped(file), { aliasDuplicateObjects: false, version: '1.1' }).toString({ lineWidth: 0 });
}

/** Texts with each dollar sign doubled: Compose would take it for a variable. Keys are never replaced. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, escaped(inner)]));
}
