// One Docker engine as the daemon's Engine port, and as what its containers may ask about themselves. Joins the rooms of this folder: client (calls), observe, act, images, watch.
// Deliberately absent: retries and decisions. The signal of each call is its only deadline; watching has limits of its own.
import type { Engine, FactsSource, Log } from '../../daemon/ports.ts';
import { act } from './act.ts';
import { engineClient } from './client.ts';
import { dynamicPortAddress } from './container-body.ts';
import { readEvidence } from './evidence.ts';
import { openExec } from './exec.ts';
import { failed, outcomeError } from './errors.ts';
import { containerFacts, containerStats } from './facts.ts';
import type { EngineConnection } from '../../model/cluster/engine-endpoint.ts';
import type { OwnVariables } from './own-variables.ts';
import { lookImage } from './images.ts';
import { lastSeen } from './last-seen.ts';
import type { RegistryLogins } from '../registry/logins.ts';
import { readLog } from './logs.ts';
import { engineRelay, type RelayDoor } from './relay.ts';
import { observe } from './observe.ts';
import { PULL_STILL_MS } from './standstill.ts';
import { watch } from './watch.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { TransportLimits } from './transport/transport.ts';

export interface DockerEngineOptions {
  /** The container instance's id. */
  readonly id: string;
  readonly connection: EngineConnection;
  /** Null: it serves every cluster. */
  readonly clusters: readonly string[] | null;
  /** Address at which published ports are reached. */
  readonly address: string;
  readonly installation: string;
  /** With what images are pulled. */
  readonly logins: RegistryLogins;
  readonly secrets: Secrets;
  /** What each container is told beside what its definition says. */
  readonly ownVariables: OwnVariables;
  /** What a relay on its host is for; absent: it is to have none. */
  readonly relay?: RelayDoor | null;
  readonly log: Log;
  /** A pull without news for this long is given up; absent: PULL_STILL_MS. */
  readonly pullStillMs?: number;
  /** Times of the way to the engine; absent: the usual ones. */
  readonly limits?: TransportLimits;
}

/** An engine that connects with its first call; an engine that is away is an error of the calls, never of this function. */
export function dockerEngine(options: DockerEngineOptions): Engine & FactsSource {
  const { id, installation, log } = options;
  const client = engineClient(options.connection, options.limits);
  const closed = new AbortController();
  const seen = lastSeen(installation);
  const relay = engineRelay({ id, client, installation, door: options.relay ?? null, log });
  const isElsewhere = options.relay != null;
  const site = {
    client,
    relay,
    installation,
    seen,
    logins: options.logins,
    dynamicPortAddress: dynamicPortAddress(options.address),
    secrets: options.secrets,
    // An address that nobody answers at would only keep programs waiting.
    ownVariables: (...of: Parameters<OwnVariables>) => (isElsewhere && !relay.isUp() ? [] : options.ownVariables(...of)),
    pullStillMs: options.pullStillMs ?? PULL_STILL_MS,
  };
  const until = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, closed.signal]);
  const watches = new Set<() => void>();

  return {
    id,
    clusters: options.clusters,
    address: options.address,
    observe: async (signal) => {
      const limit = until(signal);
      try {
        return await observe(client, installation, seen, relay, limit);
      } catch (error) {
        const { code, message } = outcomeError(error, limit, 'observe', failed);
        throw new Error(`engine ${id}: ${code}: ${message}`, { cause: error });
      }
    },
    ping: async (signal) => client.ping(until(signal)),
    act: (action, signal, report) => act(site, action, until(signal), report),
    look: async (look, signal) => {
      const limit = until(signal);
      try {
        return { error: null, image: await lookImage(client, look.reference, limit) };
      } catch (error) {
        return { error: outcomeError(error, limit, `look at ${look.reference}`, failed), image: null };
      }
    },
    logs: (container, query, signal) => readLog(client, container, query, until(signal)),
    exec: (container, request, signal) => openExec(client, container, request, until(signal)),
    evidence: (container, secrets, signal) => readEvidence(client, container, secrets, until(signal)),
    facts: (container, signal) => containerFacts(client, container, until(signal)),
    stats: (container, signal) => containerStats(client, container, until(signal)),
    watch: (listener) => {
      const unwatch = watch({ id, client, installation, seen, log }, listener);
      const unheard = relay.onChange((state) => listener({ kind: 'relay', state }));
      const stop = (): void => {
        unheard();
        unwatch();
      };
      watches.add(stop);
      return () => {
        watches.delete(stop);
        stop();
      };
    },
    close: () => {
      closed.abort(new Error('the engine was closed'));
      for (const stop of watches) stop();
      relay.close();
      client.close();
    },
  };
}
