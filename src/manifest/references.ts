// What one resource names and another one defines. Data only: whether it is there is resolve.ts's question. A reference to a thing that
// AWS keeps and Longshore has no kind for (a subnet, a certificate) is not listed here.
import { DEFAULT_CLUSTER } from '../model/cluster.ts';
import type { KindName, Specs } from './kind.ts';
import type { ListenerAction, LoadBalancer } from '../model/load-balancer.ts';
import type { Path } from './tree.ts';
import type { ProblemCode } from './codes.ts';

export interface Reference {
  readonly kind: KindName;
  readonly name: string;
  /** Where the name stands in the resource that refers. */
  readonly path: Path;
  /** What a missing one is called. */
  readonly code: ProblemCode;
}

type References = { readonly [K in KindName]: (spec: Specs[K]) => readonly Reference[] };

const NONE = (): readonly Reference[] => [];

const REFERENCES: References = {
  Cluster: NONE,
  TaskDefinition: NONE,
  Service: ({ cluster, taskDefinition, loadBalancers }) => [
    { kind: 'Cluster', name: cluster ?? DEFAULT_CLUSTER, path: ['cluster'], code: 'unknown-cluster' },
    { kind: 'TaskDefinition', name: taskDefinition, path: ['taskDefinition'], code: 'unknown-task-definition' },
    ...(loadBalancers ?? []).map((entry, index) => groupNamed(entry.targetGroupArn, ['loadBalancers', index, 'targetGroupArn'])),
  ],
  LoadBalancer: (balancer) => actionsOf(balancer).map(({ action, path }) => groupNamed(action.targetGroupArn, [...path, 'targetGroupArn'])),
  TargetGroup: NONE,
};

/** Everything that a resource names. */
export function referencesOf<K extends KindName>(kind: K, spec: Specs[K]): readonly Reference[] {
  return REFERENCES[kind](spec);
}

/** Every action of a load balancer, with its place. */
export function actionsOf({ listeners }: LoadBalancer): { readonly action: ListenerAction; readonly path: Path }[] {
  return listeners.flatMap((listener, index) => [
    ...listener.defaultActions.map((action, place) => ({ action, path: ['listeners', index, 'defaultActions', place] })),
    ...(listener.rules ?? []).flatMap((rule, number) =>
      rule.actions.map((action, place) => ({ action, path: ['listeners', index, 'rules', number, 'actions', place] })),
    ),
  ]);
}

function groupNamed(name: string, path: Path): Reference {
  return { kind: 'TargetGroup', name, path, code: 'unknown-target-group' };
}
