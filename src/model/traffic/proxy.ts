// What the proxy's process says over its control socket: shared by the proxy and by the daemon's adapter to it, which are floors apart.
// The protocol number grows only when an older reader would misunderstand; a field that is merely new does not change it.
import type { ProxyView, TargetView } from '../turn/observed.ts';

export const PROXY_PROTOCOL = 1;
/** A silent watch stream is dead after three of these. */
export const PROXY_BEAT_MS = 2_000;

export interface RefusedPort {
  readonly port: number;
  readonly reason: string;
}

/** What a target group has served since the process started. */
export interface GroupCounters {
  readonly requests: number;
  /** By status class of what a target answered: 2xx, 3xx, 4xx, 5xx (1xx counts upgrades). */
  readonly targetResponses: Readonly<Record<string, number>>;
  /** Answers the proxy made itself, by code: 502, 503, 504. */
  readonly proxyResponses: Readonly<Record<string, number>>;
  readonly connectionErrors: number;
  readonly retries: number;
  readonly inFlight: number;
}

/** The small view: ProxyView as JSON. */
export interface ProxyViewJson {
  readonly version: string;
  readonly targets: readonly TargetView[];
  readonly refused: readonly RefusedPort[];
}

/** GET /state. */
export interface ProxyState extends ProxyViewJson {
  readonly protocol: number;
  /** What the starter said it is (`--software`): a difference leads to a handover. */
  readonly software: string;
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly listeners: readonly number[];
  /** Requests and upgraded connections under way, those of a predecessor that still drains included. */
  readonly inFlight: number;
  /** By name of the target group; the empty name collects what no group was found for. */
  readonly groups: Readonly<Record<string, GroupCounters>>;
}

/** A line of GET /watch. */
export type ProxyWatchLine =
  | ({ readonly kind: 'view' } & ProxyViewJson)
  | { readonly kind: 'targets'; readonly targets: readonly TargetView[] }
  | { readonly kind: 'beat' };

/** The version of a proxy that was never given a table. */
export const NO_TABLE = '';

/** The view behind its JSON. */
export function proxyViewOf(json: ProxyViewJson): ProxyView {
  return { version: json.version, targets: new Map(json.targets.map((target) => [target.id, target])), refused: json.refused };
}

/** `view` with one watch line applied; a beat changes nothing and gives the same view back. */
export function withWatchLine(view: ProxyView, line: ProxyWatchLine): ProxyView {
  if (line.kind === 'view') return proxyViewOf(line);
  if (line.kind === 'beat') return view;
  const targets = new Map(view.targets);
  for (const target of line.targets) targets.set(target.id, target);
  return { ...view, targets };
}
