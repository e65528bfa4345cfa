// The kinds of documents: which schema each has, whether ELB's spelling is folded, and what names one of them.
// `kind` itself and `x-` keys are Longshore's; everything else below is ECS's or ELB's own field.
import { Cluster, DEFAULT_CLUSTER } from '../model/cluster.ts';
import { LoadBalancer, TargetGroup } from '../model/load-balancer.ts';
import { Service } from '../model/service.ts';
import { TaskDefinition } from '../model/task-definition.ts';
import { CLUSTER_REFERENCE, referencedName } from '../lang/arn.ts';
import { textAt } from './tree.ts';
import type { Tree } from './tree.ts';

export interface Specs {
  readonly Cluster: Cluster;
  readonly TaskDefinition: TaskDefinition;
  readonly Service: Service;
  readonly LoadBalancer: LoadBalancer;
  readonly TargetGroup: TargetGroup;
}
export type KindName = keyof Specs;

export const SCHEMAS = { Cluster, TaskDefinition, Service, LoadBalancer, TargetGroup } as const;
export const KIND_NAMES: readonly KindName[] = ['Cluster', 'TaskDefinition', 'Service', 'LoadBalancer', 'TargetGroup'];
/** In sentences. */
export const KIND_WORDS: Readonly<Record<KindName, string>> = {
  Cluster: 'cluster',
  TaskDefinition: 'task definition',
  Service: 'service',
  LoadBalancer: 'load balancer',
  TargetGroup: 'target group',
};
/** ELB's documentation writes PascalCase. */
export const PASCAL_KINDS: ReadonlySet<KindName> = new Set<KindName>(['LoadBalancer', 'TargetGroup']);

/** Whether a text is the name of a kind, in its exact spelling. */
export function isKind(text: string): text is KindName {
  return Object.hasOwn(SCHEMAS, text);
}

/** The field that names a thing of this kind. */
export const NAME_FIELDS: Readonly<Record<KindName, string>> = {
  Cluster: 'clusterName',
  TaskDefinition: 'family',
  Service: 'serviceName',
  LoadBalancer: 'name',
  TargetGroup: 'name',
};

/** What a document defines, even when the rest of it is broken: the key among its kind, or null when it has no name.
 * Services are named within their cluster: `default/web`. */
export function identityOf(kind: KindName, tree: Tree): string | null {
  const name = textAt(tree, [NAME_FIELDS[kind]]);
  if (kind === 'Cluster') return name ?? DEFAULT_CLUSTER;
  if (kind !== 'Service' || name === null) return name;
  const cluster = textAt(tree, ['cluster']) ?? DEFAULT_CLUSTER;
  return `${referencedName(cluster, CLUSTER_REFERENCE).value ?? cluster}/${name}`;
}
