// Resources -> the JSON that AWS's own tools take (`aws ecs register-task-definition --cli-input-json file://...`): one file for each call.
// What ECS has no field for is left out and told. A load balancer is several calls that need each other's ARNs, which nobody knows before
// they are made, and a role is too: they are told and not written. Policies stay in the file of their repository, as CloudFormation has them.
import { KINDS } from '../kind.ts';
import { normalised } from '../forms/ecs/normalise.ts';
import { plainOf } from '../text/tree.ts';
import type { KindName } from '../kind.ts';
import type { Resource } from '../document.ts';

export interface Written {
  /** Path relative to the folder that is written into. */
  readonly path: string;
  readonly text: string;
}

/** Something of a resource that the other format has no place for. */
export interface Loss {
  /** `Service web`. */
  readonly what: string;
  readonly why: string;
}

export interface Conversion {
  readonly files: readonly Written[];
  readonly losses: readonly Loss[];
}

/** Folders by kind; a kind without one is no call of AWS's by itself. */
const FOLDERS: Readonly<Partial<Record<KindName, string>>> = {
  Cluster: 'clusters',
  TaskDefinition: 'task-definitions',
  Service: 'services',
  TargetGroup: 'target-groups',
  Schedule: 'schedules',
  Rule: 'rules',
  RuleTargets: 'rule-targets',
  ScalableTarget: 'scalable-targets',
  ScalingPolicy: 'scaling-policies',
  ScheduledAction: 'scheduled-actions',
  Alarm: 'alarms',
  Repository: 'repositories',
};

/** Mappings whose keys are the author's own, and objects of ECS inside those of others, which keep their spelling. */
const AS_WRITTEN: ReadonlySet<string> = new Set([
  'dockerLabels',
  'options',
  'driverOpts',
  'labels',
  'eventPattern',
  'inputPathsMap',
  'repositoryPolicy',
  'capacityProviderStrategy',
  'placementConstraints',
  'placementStrategy',
]);

/** All resources as inputs of AWS's calls. */
export function ecsFiles(resources: readonly Resource[]): Conversion {
  const files: Written[] = [];
  const losses: Loss[] = [];
  for (const resource of resources) {
    const { kind, identity, tree } = resource;
    if (kind === 'Environment') continue;
    const folder = FOLDERS[kind];
    const what = `${kind} ${identity}`.trimEnd();
    if (folder === undefined) losses.push({ what, why: 'it is no single call of AWS, so no file is written for it' });
    else if (identity === '') losses.push({ what, why: 'it has no name, and no call can be made without one' });
    else {
      files.push(
        ...filesOf(
          kind,
          identity,
          withoutExtensions(plainOf(tree.kind === 'mapping' ? normalised(kind, tree) : tree), what, '', losses) as Fields,
          folder,
          files,
        ),
      );
      losses.push(...unlimitedOf(resource, what));
    }
  }
  return { files, losses };
}

type Fields = Readonly<Record<string, unknown>>;

/** One file, but for a rule with targets: those are put by a call of their own. */
function filesOf(kind: KindName, identity: string, input: Fields, folder: string, taken: readonly Written[]): Written[] {
  const path = freePath(folder, identity, taken);
  if (kind === 'Cluster') return [file(kind, path, { clusterName: identity, ...input })];
  // ELB has no default for the protocol of a group whose targets are no functions
  if (kind === 'TargetGroup') return [file(kind, path, { protocol: 'HTTP', ...input })];
  if (kind !== 'Rule') return [file(kind, path, input)];
  const { targets, ...rule } = input;
  if (!Array.isArray(targets) || targets.length === 0) return [file(kind, path, rule)];
  const bus = rule['eventBusName'] === undefined ? {} : { eventBusName: rule['eventBusName'] };
  const put = { rule: rule['name'], ...bus, targets };
  const ids = targets.map((target) => String((target as Fields)['id'])).join(' ');
  return [file(kind, path, rule), file('RuleTargets', freePath('rule-targets', `${identity}/${ids}`, taken), put)];
}

function file(kind: KindName, path: string, input: Fields): Written {
  const spelled = KINDS[kind].pascal === true && kind !== 'Repository' ? pascal(input) : input;
  return { path, text: `${JSON.stringify(spelled, null, 2)}\n` };
}

/** A file of its own for each thing, inside the folder, and one that the loader reads: what begins with a dot is hidden from it. */
function freePath(folder: string, identity: string, taken: readonly Written[]): string {
  const steps = identity
    .replace(/^default\//, '')
    .split('/')
    .map((step) => step.replaceAll(/[^A-Za-z0-9_.-]+/g, '-').replace(/^\.+|^(?=node_modules$)|^$/, '_'));
  const name = steps.map((step) => step.slice(0, 200)).join('/');
  const paths = new Set(taken.map(({ path }) => path.toLowerCase()));
  let path = `${folder}/${name}.json`;
  for (let number = 2; paths.has(path.toLowerCase()); number++) path = `${folder}/${name}-${number}.json`;
  return path;
}

function withoutExtensions(value: unknown, what: string, path: string, losses: Loss[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => withoutExtensions(item, what, `${path}[${index}]`, losses));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const place = path === '' ? key : `${path}.${key}`;
      if (!key.startsWith('x-')) return [[key, AS_WRITTEN.has(key) ? inner : withoutExtensions(inner, what, place, losses)]];
      losses.push({ what, why: `${place}${keysIn(inner)} is Longshore's own` });
      return [];
    }),
  );
}

/** ` (networks, unlimitedMemory)`: what of ours is not there any more. */
function keysIn(extension: unknown): string {
  return typeof extension === 'object' && extension !== null ? ` (${Object.keys(extension).join(', ')})` : '';
}

/** Containers without any limit of memory: Longshore runs them, and ECS does not register them. */
function unlimitedOf(resource: Resource, what: string): Loss[] {
  if (resource.kind !== 'TaskDefinition' || resource.spec.memory !== undefined) return [];
  return resource.spec.containerDefinitions
    .filter(({ memory, memoryReservation }) => memory === undefined && memoryReservation === undefined)
    .map(({ name }) => ({ what, why: `container "${name}" has no memory, and ECS registers none without: add memory before the call` }));
}

/** First letters of keys in upper case, as ELB, EventBridge and Application Auto Scaling write them. The keys of a mapping of tags are the
 * author's own. */
function pascal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pascal);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key === 'awsvpcConfiguration' ? key : key.slice(0, 1).toUpperCase() + key.slice(1),
      AS_WRITTEN.has(key) || (key === 'tags' && !Array.isArray(inner)) ? inner : pascal(inner),
    ]),
  );
}
