// Resources -> the JSON that AWS's own tools take (`aws ecs register-task-definition --cli-input-json file://...`): one file for each call.
// What ECS has no field for is left out and told. A load balancer is several calls that need each other's ARNs, which nobody knows before
// they are made: it is told, too, and not written.
import { KINDS } from '../kind.ts';
import { plainOf } from '../tree.ts';
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
  ScalableTarget: 'scalable-targets',
  ScalingPolicy: 'scaling-policies',
  ScheduledAction: 'scheduled-actions',
  Alarm: 'alarms',
  Repository: 'repositories',
};

/** Texts inside these are the author's own, whatever they are called. */
const FREE_MAPS: ReadonlySet<string> = new Set(['dockerLabels', 'options', 'driverOpts', 'labels', 'tags', 'eventPattern']);

/** All resources as inputs of AWS's calls. */
export function ecsFiles(resources: readonly Resource[]): Conversion {
  const files: Written[] = [];
  const losses: Loss[] = [];
  for (const resource of resources) {
    const { kind, identity, tree } = resource;
    if (kind === 'Environment') continue;
    const folder = FOLDERS[kind];
    const what = `${kind} ${identity}`;
    if (folder === undefined) {
      losses.push({ what, why: 'it is no single call of AWS, so no file is written for it' });
      continue;
    }
    const input = withoutExtensions(plainOf(tree), what, '', losses);
    const spelled = KINDS[kind].pascal === true && kind !== 'Repository' ? pascal(input) : input;
    const name = identity.replaceAll(/[^A-Za-z0-9_.-]+/g, '-').replace(/^default-/, '');
    files.push({ path: `${folder}/${name}.json`, text: `${JSON.stringify(spelled, null, 2)}\n` });
  }
  return { files, losses };
}

function withoutExtensions(value: unknown, what: string, path: string, losses: Loss[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => withoutExtensions(item, what, `${path}[${index}]`, losses));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const place = path === '' ? key : `${path}.${key}`;
      if (!key.startsWith('x-')) return [[key, FREE_MAPS.has(key) ? inner : withoutExtensions(inner, what, place, losses)]];
      losses.push({ what, why: `${place} is Longshore's own` });
      return [];
    }),
  );
}

/** First letters of keys in upper case, as ELB, EventBridge and Application Auto Scaling write them. */
function pascal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pascal);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.slice(0, 1).toUpperCase() + key.slice(1), FREE_MAPS.has(key) ? inner : pascal(inner)]),
  );
}
