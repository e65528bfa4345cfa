// Resources -> one compose file: a service of Compose for each container of a service of ECS, and the volumes and networks that they use.
// What Compose cannot say is told, and stands as a comment at the top, which a later conversion repeats: so converting twice changes nothing.
import { Document } from 'yaml';
import { containerFields } from './compose-container.ts';
import { defined, distinct, nonEmpty } from './compose-values.ts';
import { dependencies, lostFields, networksOf, taskFields } from './compose-task.ts';
import { mountsOf, volumesOf } from './compose-volumes.ts';
import { withNotes } from './notes.ts';
import type { Conversion, Loss } from './ecs.ts';
import type { Fields } from './compose-values.ts';
import type { KindName } from '../kind.ts';
import type { Resource, ResourceOf } from '../document.ts';
import type { Service } from '../../model/service.ts';
import type { TaskDefinition } from '../../model/task-definition.ts';

/** Kinds that a compose file has nothing for, and why that is so. */
const WITHOUT_PLACE: Readonly<Partial<Record<KindName, string>>> = {
  LoadBalancer: 'Compose has no load balancers; publish ports instead',
  TargetGroup: 'Compose has no load balancers',
  Schedule: 'Compose starts nothing at set times',
  Rule: 'Compose starts nothing at set times',
  RuleTargets: 'Compose starts nothing at set times',
  ScalableTarget: 'Compose does not scale by itself',
  ScalingPolicy: 'Compose does not scale by itself',
  ScheduledAction: 'Compose does not scale by itself',
  Alarm: 'Compose has no alarms',
  Repository: 'Compose has no registry',
  Role: 'Compose has no roles',
};

/** What is put together of all services. */
interface Draft {
  readonly services: Record<string, Fields>;
  readonly volumes: Record<string, Fields>;
  readonly networks: Record<string, Fields>;
  readonly losses: Loss[];
}

/** All resources as `compose.yaml`. */
export function composeFile(resources: readonly Resource[]): Conversion {
  const draft: Draft = { services: {}, volumes: {}, networks: {}, losses: [] };
  const { losses } = draft;
  const definitions = new Map(
    resources.flatMap((resource) => (resource.kind === 'TaskDefinition' ? [[resource.identity, resource] as const] : [])),
  );
  const used = new Set<string>();
  for (const resource of resources) {
    const why = WITHOUT_PLACE[resource.kind];
    if (why !== undefined) losses.push({ what: `${resource.kind} ${resource.identity}`.trimEnd(), why });
    if (resource.kind !== 'Service') continue;
    const family = resource.spec.taskDefinition ?? '';
    const definition = definitions.get(family);
    used.add(family);
    if (definition === undefined)
      losses.push({ what: `Service ${resource.identity}`, why: 'its task definition is not converted with it' });
    else addService(draft, resource, definition.spec);
  }
  for (const family of definitions.keys())
    if (!used.has(family)) losses.push({ what: `TaskDefinition ${family}`, why: 'no service runs it, and Compose starts nothing else' });
  const { services, volumes, networks } = draft;
  const file = defined({ services, volumes: nonEmpty(volumes), networks: nonEmpty(networks) });
  const text = new Document(escaped(file), { aliasDuplicateObjects: false, version: '1.1' }).toString({ lineWidth: 0 });
  return { files: [{ path: 'compose.yaml', text: withNotes(text, losses, resources) }], losses };
}

function addService(draft: Draft, { identity, spec }: ResourceOf<'Service'>, task: TaskDefinition): void {
  const what = `Service ${identity}`;
  const lose = (why: string): number => draft.losses.push({ what, why });
  const containers = task.containerDefinitions;
  const key = freeKey(draft.services, identity.replace(/^default\//, '').replaceAll(/[^a-zA-Z0-9._-]/g, '-'));
  const keyOf = (name: string): string => (containers.length === 1 || name === spec.serviceName ? key : `${key}-${name}`);
  if (containers.length > 1) lose('its containers are services of their own, which neither start nor stop nor find each other as one task');
  for (const path of lostFields(spec, task)) lose(`${path} has no place in Compose`);
  for (const container of containers) {
    const { fields, lost } = containerFields(container);
    const { mounts, lost: lostMounts } = mountsOf(container, task);
    const { depends, lost: lostDependencies } = dependencies(container, keyOf);
    for (const path of [...lost, ...lostMounts, ...lostDependencies])
      lose(`${path} of container ${container.name} has no place in Compose`);
    draft.services[keyOf(container.name)] = defined({
      ...fields,
      volumes: mounts,
      volumes_from: distinct(container.volumesFrom?.map((from) => `${keyOf(from.sourceContainer)}${from.readOnly === true ? ':ro' : ''}`)),
      depends_on: depends,
      ...taskFields(task),
      deploy: deployOf(spec),
    });
  }
  Object.assign(draft.volumes, volumesOf(task));
  Object.assign(draft.networks, networksOf(task));
}

/** One task is what a compose service is anyway. */
function deployOf({ schedulingStrategy, desiredCount }: Service): Fields | undefined {
  if (schedulingStrategy === 'DAEMON') return { mode: 'global' };
  return desiredCount === undefined || desiredCount === 1 ? undefined : { replicas: desiredCount };
}

/** A name that no other service of the file has: services of several clusters may share one. */
function freeKey(services: Readonly<Record<string, Fields>>, name: string): string {
  let key = name;
  for (let number = 2; Object.hasOwn(services, key); number++) key = `${name}-${number}`;
  return key;
}

/** Texts with each dollar sign doubled: Compose would take it for a variable. Keys are never replaced. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, escaped(inner)]));
}
