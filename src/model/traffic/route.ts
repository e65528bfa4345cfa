// The route table: what the proxy serves. Derived each turn; the proxy keeps the last one. The only part of the model the proxy knows.
import type { TargetGroupSettings } from './load-balancer.ts';

export interface RouteTarget {
  /** `targetGroup/taskId/container/containerPort`: unique over the whole table. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Which start of its container it is: the same one at another address goes on as it was. Absent: not known. */
  readonly run?: string;
  /** serving: checked, and sent requests once healthy. draining: no new requests; what is under way goes on. */
  readonly state: 'serving' | 'draining';
  /** What the core recorded last: a proxy that does not know the target yet starts from it. */
  readonly lastKnown: 'initial' | 'healthy' | 'unhealthy';
}

export interface RouteGroup {
  readonly name: string;
  readonly settings: TargetGroupSettings;
  readonly targets: readonly RouteTarget[];
}

export interface RouteRule {
  readonly priority: number;
  /** Any of them matches, ignoring case; `*` and `?` are wildcards. Empty: every host. */
  readonly hosts: readonly string[];
  /** Any of them matches, by case. Empty: every path. */
  readonly paths: readonly string[];
  readonly targetGroup: string;
}

export interface RouteListener {
  readonly port: number;
  readonly loadBalancer: string;
  /** By priority. */
  readonly rules: readonly RouteRule[];
  readonly defaultTargetGroup: string;
}

export interface RouteTable {
  /** Hash of the rest. */
  readonly version: string;
  readonly listeners: readonly RouteListener[];
  /** Sorted by name. */
  readonly targetGroups: readonly RouteGroup[];
}
