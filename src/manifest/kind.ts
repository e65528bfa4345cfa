// The kinds of documents: which schema each has, whether AWS writes its keys in PascalCase, and what names one of them.
// `kind` itself and `x-` keys are Longshore's; everything else below is the field of ECS, ELB or whoever else defines the thing.
import { Cluster, DEFAULT_CLUSTER } from '../model/cluster.ts';
import { LoadBalancer, TargetGroup } from '../model/load-balancer.ts';
import { Service } from '../model/service.ts';
import { TaskDefinition } from '../model/task-definition.ts';
import { CLUSTER_REFERENCE, referencedName } from '../lang/arn.ts';
import { textAt } from './tree.ts';
import type { FateNote } from '../model/fate.ts';
import type { Tree } from './tree.ts';

/** What is asked of a kind; `Specs` gives the types. */
interface Kind {
  /** In sentences. */
  readonly words: string;
  /** The field that names a thing of this kind. */
  readonly nameField: string;
  /** AWS's documentation of this kind writes PascalCase; both are read. */
  readonly pascal?: true;
  /** What becomes of the kind as a whole; absent: it is acted on. */
  readonly fate?: FateNote;
}

export interface Specs {
  readonly Cluster: Cluster;
  readonly TaskDefinition: TaskDefinition;
  readonly Service: Service;
  readonly LoadBalancer: LoadBalancer;
  readonly TargetGroup: TargetGroup;
}
export type KindName = keyof Specs;

export const SCHEMAS = { Cluster, TaskDefinition, Service, LoadBalancer, TargetGroup } as const;

export const KINDS: Readonly<Record<KindName, Kind>> = {
  Cluster: { words: 'cluster', nameField: 'clusterName' },
  TaskDefinition: { words: 'task definition', nameField: 'family' },
  Service: { words: 'service', nameField: 'serviceName' },
  LoadBalancer: { words: 'load balancer', nameField: 'name', pascal: true },
  TargetGroup: { words: 'target group', nameField: 'name', pascal: true },
};

export const KIND_NAMES = Object.keys(KINDS) as readonly KindName[];

/** Whether a text is the name of a kind, in its exact spelling. */
export function isKind(text: string): text is KindName {
  return Object.hasOwn(KINDS, text);
}

/** What a document defines, even when the rest of it is broken: the key among its kind, or null when it has no name.
 * Services are named within their cluster: `default/web`. */
export function identityOf(kind: KindName, tree: Tree): string | null {
  const name = textAt(tree, [KINDS[kind].nameField]);
  if (kind === 'Cluster') return name ?? DEFAULT_CLUSTER;
  if (kind !== 'Service' || name === null) return name;
  const cluster = textAt(tree, ['cluster']) ?? DEFAULT_CLUSTER;
  return `${referencedName(cluster, CLUSTER_REFERENCE).value ?? cluster}/${name}`;
}
