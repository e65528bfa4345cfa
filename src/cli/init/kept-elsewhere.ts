// What the files of an ECS project name and AWS keeps: clusters, target groups and the load balancer in front of them. A repository has to
// declare them, and the files do not say what they are, so each gets what ECS and ELB have by default.
import { groupsOf } from '../../manifest/commit/references.ts';
import type { Loaded } from '../validation/judged.ts';
import type { ProblemCode } from '../../manifest/codes.ts';
import type { Started } from './started.ts';
import { byText } from '../../std/order.ts';

/** Errors that are gone once the missing things are declared. */
const MISSING: ReadonlySet<string> = new Set<ProblemCode>(['unknown-cluster', 'unknown-target-group', 'unattached-target-group']);
/** The first listener; each further target group gets the next port that no listener has. */
const FIRST_PORT = 8_080;
const LISTENERS = 'load-balancer.yaml';

/** Whether the only errors are that what AWS keeps is not declared. */
export function lacksOnlyWhatAwsKeeps({ problems }: Loaded): boolean {
  return problems.every(({ severity, code }) => severity === 'warning' || MISSING.has(code));
}

/** Documents for what is named and not declared, and what is to be said of them. */
export function keptElsewhere({ problems, resources }: Loaded): Started {
  const services = resources.flatMap((resource) => (resource.kind === 'Service' ? [resource.spec] : []));
  const named = (code: ProblemCode, names: readonly string[], declared: readonly string[]): readonly string[] =>
    problems.some((problem) => problem.code === code) ? [...new Set(names)].filter((name) => !declared.includes(name)).sort(byText) : [];
  const clusters = named(
    'unknown-cluster',
    services.flatMap(({ cluster }) => cluster ?? []),
    resources.flatMap((resource) => (resource.kind === 'Cluster' ? (resource.spec.clusterName ?? 'default') : [])),
  );
  const used = services.flatMap(({ loadBalancers = [] }) => loadBalancers.map(({ targetGroupArn }) => targetGroupArn));
  const declared = resources.flatMap((resource) => (resource.kind === 'TargetGroup' ? resource.spec.name : []));
  const groups = named('unknown-target-group', used, declared);
  const attached = resources.flatMap((resource) =>
    resource.kind === 'LoadBalancer' ? groupsOf(resource.spec).map(({ name }) => name) : [],
  );
  // a listener lies in no answer about a target group
  const unattached = named(
    'unattached-target-group',
    used.filter((name) => declared.includes(name)),
    attached,
  );
  const behind = [...groups, ...unattached];
  const files = [
    ...(clusters.length === 0 ? [] : [{ path: 'clusters.yaml', text: clusters.map(clusterText).join('---\n') }]),
    ...(behind.length === 0
      ? []
      : [{ path: LISTENERS, text: [...groups.map(groupText), balancerText(behind, portsOf(resources))].join('---\n') }]),
  ];
  return {
    files,
    notes: [
      ...(clusters.length === 0
        ? []
        : ['clusters.yaml: the files name these clusters; every engine belongs to them unless --engine says otherwise']),
      ...(groups.length === 0
        ? []
        : [
            `${LISTENERS}: the files name these target groups; set the health checks, and the ports and rules (${FIRST_PORT} on) of the listeners`,
          ]),
      ...(unattached.length === 0
        ? []
        : [`${LISTENERS}: no listener forwarded to ${unattached.join(', ')}; set the ports and rules (${FIRST_PORT} on) to yours`]),
    ],
  };
}

function portsOf(resources: Loaded['resources']): ReadonlySet<number> {
  return new Set(
    resources.flatMap((resource) => (resource.kind === 'LoadBalancer' ? (resource.spec.listeners ?? []).map(({ port }) => port ?? 0) : [])),
  );
}

// Names are quoted: one may look like a number.
function clusterText(name: string): string {
  return `kind: Cluster\nclusterName: ${JSON.stringify(name)}\n`;
}

function groupText(name: string): string {
  return `kind: TargetGroup\nname: ${JSON.stringify(name)}\nhealthCheckPath: /\n`;
}

function balancerText(groups: readonly string[], taken: ReadonlySet<number>): string {
  let port = FIRST_PORT;
  const listeners = groups.map((name) => {
    while (taken.has(port)) port++;
    return `  - port: ${port++}\n    defaultActions:\n      - type: forward\n        targetGroupArn: ${JSON.stringify(name)}\n`;
  });
  return `kind: LoadBalancer\nname: edge\nlisteners:\n${listeners.join('')}`;
}
