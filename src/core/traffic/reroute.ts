// What a commit changes about listeners, rules and target groups: the routes before against the routes after, told one by one.
// The plan shows it before, an event tells it afterwards. A listener is its port, because two listeners never share one: a load balancer
// that takes over another's port closes nothing. Deliberately absent: targets (their tasks tell of them), and whether the proxy could
// open a port (observed.proxy.refused).
import type { DesiredState } from '../../model/turn/desired.ts';
import { type Difference, same } from '../../std/diff.ts';
import type { Event, EventKind } from '../../model/turn/event.ts';
import type { RouteListener, RouteRule } from '../../model/traffic/route.ts';
import type { TargetGroupSettings } from '../../model/traffic/load-balancer.ts';
import { SECOND } from '../../std/time.ts';
import { byText } from '../../std/order.ts';
import { cut } from '../../std/text.ts';
import { declaredRoutes } from './routes.ts';

/** What is served at some moment, as far as it is known. */
export interface ServedRoutes {
  /** By port. Null: the port is open, but what it serves is not known. */
  readonly listeners: ReadonlyMap<number, RouteListener | null>;
  /** By name. Null: not known. */
  readonly targetGroups: ReadonlyMap<string, TargetGroupSettings> | null;
}

export interface RouteChange {
  readonly subject: 'listener' | 'target-group';
  /** `loadBalancer:port`, or the name of the target group. */
  readonly id: string;
  readonly kind: 'create' | 'update' | 'delete';
  /** Null for a target group. */
  readonly port: number | null;
  /** The default action, each rule by its priority, each setting under ELB's name. Only what differs. */
  readonly fields: readonly Difference[];
  /** False: whether anything changes can't be told; `fields` hold what will be. */
  readonly isBeforeKnown: boolean;
}

/** No port is open: no proxy runs, or it was never given a table. */
export const NOTHING_SERVED: ServedRoutes = { listeners: new Map(), targetGroups: new Map() };
/** An event names what changed, not all of a hundred rules. */
const MAX_NAMED = 200;

/** What is served once a commit is in force. */
export function routesOf(desired: DesiredState): ServedRoutes {
  const { listeners, groups } = declaredRoutes(desired);
  return {
    listeners: new Map(listeners.map((listener) => [listener.port, listener])),
    targetGroups: new Map(groups.map((group) => [group.name, group.settings])),
  };
}

/** What is known of a proxy that was only asked for its open ports. */
export function openPorts(ports: Iterable<number>): ServedRoutes {
  return { listeners: new Map([...ports].map((port) => [port, null])), targetGroups: null };
}

/** The changes from one state to another: listeners by load balancer and port, then target groups by name. `after` is known whole. */
export function routeChanges(before: ServedRoutes, after: ServedRoutes): readonly RouteChange[] {
  const ports = [...new Set([...before.listeners.keys(), ...after.listeners.keys()])];
  const listeners = ports.flatMap((port) => listenerChange(port, before.listeners.get(port), after.listeners.get(port) ?? null) ?? []);
  const names = new Set([...(before.targetGroups?.keys() ?? []), ...(after.targetGroups?.keys() ?? [])]);
  const groups = [...names]
    .sort(byText)
    .flatMap((name) => groupChange(name, before.targetGroups, after.targetGroups?.get(name) ?? null) ?? []);
  const byPlace = (a: RouteChange, b: RouteChange): number => byText(balancerOf(a), balancerOf(b)) || (a.port ?? 0) - (b.port ?? 0);
  return [...listeners.sort(byPlace), ...groups];
}

/** The events of a commit that comes into force at the moment `now` (ms). They name fields and no values. */
export function routeEvents(before: DesiredState | null, after: DesiredState, now: number): readonly Event[] {
  const changes = routeChanges(before === null ? NOTHING_SERVED : routesOf(before), routesOf(after));
  return changes.map((change) => ({
    at: now,
    kind: EVENT_KINDS[change.subject][change.kind],
    service: '',
    task: null,
    deployment: null,
    message: eventMessage(change),
  }));
}

const EVENT_KINDS: Readonly<Record<RouteChange['subject'], Readonly<Record<RouteChange['kind'], EventKind>>>> = {
  listener: { create: 'listener-created', update: 'listener-modified', delete: 'listener-deleted' },
  'target-group': { create: 'target-group-created', update: 'target-group-modified', delete: 'target-group-deleted' },
};

function eventMessage({ subject, id, kind, port, fields }: RouteChange): string {
  const who = `(${subject} ${id})`;
  if (kind === 'create') return `${who} was created.`;
  if (kind === 'delete') return port === null ? `${who} was deleted.` : `${who} was deleted: port ${port} closes.`;
  return `${who} was modified: ${cut(fields.map((field) => field.path).join(', '), MAX_NAMED)}.`;
}

function listenerChange(port: number, before: RouteListener | null | undefined, after: RouteListener | null): RouteChange | null {
  if (before === undefined) return after && ofListener(after, 'create', listenerFields(null, after));
  if (before === null && after !== null) return { ...ofListener(after, 'update', listenerFields(null, after)), isBeforeKnown: false };
  if (before === null) return { subject: 'listener', id: `:${port}`, kind: 'delete', port, fields: [], isBeforeKnown: true };
  if (after === null) return ofListener(before, 'delete', listenerFields(before, null));
  const fields = listenerFields(before, after);
  return fields.length === 0 ? null : ofListener(after, 'update', fields);
}

function ofListener({ loadBalancer, port }: RouteListener, kind: RouteChange['kind'], fields: readonly Difference[]): RouteChange {
  return { subject: 'listener', id: `${loadBalancer}:${port}`, kind, port, fields, isBeforeKnown: true };
}

/** Another load balancer, another default action, and each rule by its priority: conditions and target group on both sides. */
function listenerFields(before: RouteListener | null, after: RouteListener | null): readonly Difference[] {
  const moved = before !== null && after !== null && before.loadBalancer !== after.loadBalancer;
  const balancer = moved ? [{ path: 'load balancer', before: before.loadBalancer, after: after.loadBalancer }] : [];
  const old = new Map(before?.rules.map((rule) => [rule.priority, ruleText(rule)]));
  const fresh = new Map(after?.rules.map((rule) => [rule.priority, ruleText(rule)]));
  const priorities = [...new Set([...old.keys(), ...fresh.keys()])].sort((a, b) => a - b);
  const rules = priorities.map((priority) => ({ path: `rule ${priority}`, before: old.get(priority), after: fresh.get(priority) }));
  const action = { path: 'default action', before: before?.defaultTargetGroup, after: after?.defaultTargetGroup };
  return [...balancer, ...[action, ...rules].filter((field) => field.before !== field.after)];
}

/** `host a.example, b.example and path /api/* to api`: all of it decides where a request goes. */
function ruleText({ hosts, paths, targetGroup }: RouteRule): string {
  const conditions = [
    ...(hosts.length === 0 ? [] : [`host ${hosts.join(', ')}`]),
    ...(paths.length === 0 ? [] : [`path ${paths.join(', ')}`]),
  ];
  return `${conditions.join(' and ')} to ${targetGroup}`;
}

function groupChange(name: string, known: ServedRoutes['targetGroups'], after: TargetGroupSettings | null): RouteChange | null {
  const change = { subject: 'target-group', id: name, port: null } as const;
  if (known === null) return { ...change, kind: 'update', fields: groupFields(null, after), isBeforeKnown: false };
  const before = known.get(name) ?? null;
  if (after === null) return { ...change, kind: 'delete', fields: [], isBeforeKnown: true };
  const fields = groupFields(before, after);
  if (fields.length === 0) return null;
  return { ...change, kind: before === null ? 'create' : 'update', fields, isBeforeKnown: true };
}

/** Settings with their defaults filled in: a default that is now written down changes nothing. */
function groupFields(before: TargetGroupSettings | null, after: TargetGroupSettings | null): readonly Difference[] {
  const [old, fresh] = [before && elbSettings(before), after && elbSettings(after)];
  return Object.keys(fresh ?? old ?? {})
    .map((path) => ({ path, before: old?.[path], after: fresh?.[path] }))
    .filter((field) => !same(field.before, field.after));
}

/** Under ELB's names, in seconds: as an author writes them. */
function elbSettings(settings: TargetGroupSettings): Readonly<Record<string, string | number>> {
  return {
    healthCheckPath: settings.path,
    healthCheckIntervalSeconds: settings.intervalMs / SECOND,
    healthCheckTimeoutSeconds: settings.timeoutMs / SECOND,
    healthyThresholdCount: settings.healthyThreshold,
    unhealthyThresholdCount: settings.unhealthyThreshold,
    'matcher.httpCode': settings.matcher,
    'deregistration_delay.timeout_seconds': settings.deregistrationDelayMs / SECOND,
  };
}

function balancerOf(change: RouteChange): string {
  return change.id.slice(0, change.id.lastIndexOf(':'));
}
