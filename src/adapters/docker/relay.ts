// The relay of one engine: a container of ours in the host's network, and in it the relay's program for as long as this daemon holds it. The
// container's own process does nothing (pause), so that a program that begins anew has no past, and one whose daemon is gone ends by itself.
// It gets no engine socket, no volume and no secret; of the capabilities two, which the program gives up as soon as it listens.
// Deliberately absent: when there is to be one (the core says so), tries (it says that, too), and what is answered (RelayDoor).
import type { Duplex } from 'node:stream';
import type { Log } from '../../daemon/ports.ts';
import { LABEL_INSTALLATION, LABEL_RELAY, relayName } from '../../model/turn/identity.ts';
import { RELAY_IMAGE, type RelayState, type RelayView } from '../../model/cluster/relay.ts';
import type { Client } from './client.ts';
import { EngineRefusal } from './errors.ts';
import { type Inspection, inspect } from './container-view.ts';
import { openExec } from './exec.ts';
import { withOwnImage } from './own-images.ts';
import { AddressTaken, openSession, type RelaySession } from './relay-session.ts';

/** What a relay is for. */
export interface RelayDoor {
  /** Link-local: where it listens on the host of the engine. */
  readonly address: string;
  readonly port: number;
  /** Takes a connection that a container of this instance made. */
  serve(stream: Duplex, instance: string): void;
}

export interface Relay {
  /** What is known with this listing; undefined: there is none, and none is wanted. */
  listed(inspections: readonly (Inspection | null)[]): RelayView | undefined;
  isUp(): boolean;
  /** Sees to it that the container runs, and that its program listens. Rejects, in words for the operator, when it can't be had. */
  open(signal: AbortSignal): Promise<void>;
  /** Takes the container away; one that is gone is as good. */
  remove(signal: AbortSignal): Promise<void>;
  /** Calls `listener` when the program begins to listen, and when it is lost. */
  onChange(listener: (state: RelayState) => void): () => void;
  close(): void;
}

interface RelaySite {
  readonly id: string;
  readonly client: Client;
  readonly installation: string;
  /** Null: this engine is to have none; one that is there can be removed. */
  readonly door: RelayDoor | null;
  readonly log: Log;
}

/** The program needs a few kB; a container engine's own start of it some 10 MB for a moment. */
const MEMORY_BYTES = 64 * 1_048_576;
const MOST_PROCESSES = 64;
const CPU_SHARES = 128;

/** The relay of an engine, which nobody has opened yet. */
export function engineRelay(site: RelaySite): Relay {
  const { id, client, installation, door, log } = site;
  const name = relayName(installation, id);
  const path = `/containers/${encodeURIComponent(name)}`;
  const closed = new AbortController();
  const listeners = new Set<(state: RelayState) => void>();
  let session: RelaySession | null = null;

  let last: RelayState | null = null;
  const tell = (state: RelayState): void => {
    if (state === last) return;
    last = state;
    for (const listener of listeners) listener(state);
  };
  const begin = async (container: string, signal: AbortSignal): Promise<void> => {
    if (door === null) throw new Error('this engine is to have no relay');
    const where = `${door.address}:${door.port}`;
    const request = { command: ['/relay', door.address, String(door.port)], stdin: true, tty: false, columns: 80, rows: 24 };
    const program = await openExec(client, container, request, closed.signal);
    signal.addEventListener('abort', program.close, { once: true });
    try {
      const opened = await openSession(program, (stream) => door.serve(stream, id), where);
      session = opened;
      log.write('info', 'metadata relay listens', { instance: id, where });
      tell('up');
      void opened.ended.then((reason) => {
        if (session !== opened) return;
        session = null;
        if (closed.signal.aborted) return;
        log.write('warn', 'metadata relay lost', { instance: id, reason });
        tell('down');
      });
    } finally {
      signal.removeEventListener('abort', program.close);
    }
  };

  return {
    listed: (inspections) => {
      const isThere = inspections.some((each) => each?.Config.Labels?.[LABEL_RELAY] === id);
      if (door === null && !isThere) return undefined;
      return { wanted: door !== null, state: session !== null ? 'up' : isThere ? 'down' : 'absent' };
    },
    isUp: () => session !== null,
    open: async (signal) => {
      if (session !== null) return;
      const container = await runningContainer(site, name, signal);
      try {
        await begin(container, signal);
      } catch (error) {
        if (!(error instanceof AddressTaken)) throw error;
        // By a program of ours whose daemon is gone without a word, perhaps: it would end by itself in half a minute.
        await client.call({ method: 'POST', path: `${path}/restart`, query: { t: 0 }, long: true }, signal);
        await begin(container, signal);
      }
    },
    remove: async (signal) => {
      const before = session;
      session = null;
      before?.close();
      await unlessGone(client.call({ method: 'DELETE', path, query: { force: true, v: true }, long: true }, signal));
      tell('absent');
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      closed.abort(new Error('the engine was closed'));
      session?.close();
    },
  };
}

/** The id of the relay's container, which runs; one that ended, or is that of another release, is made anew. */
async function runningContainer({ id, client, installation }: RelaySite, name: string, signal: AbortSignal): Promise<string> {
  const found = await inspect(client, name, signal);
  if (found !== null) {
    const labels = found.Config.Labels ?? {};
    if (labels[LABEL_INSTALLATION] !== installation || labels[LABEL_RELAY] !== id)
      throw new EngineRefusal(409, `the name ${name} is in use by container ${found.Id.slice(0, 12)}, which is not ours`);
    if (found.State.Status === 'running' && found.Config.Image === RELAY_IMAGE) return found.Id;
    await unlessGone(
      client.call({ method: 'DELETE', path: `/containers/${found.Id}`, query: { force: true, v: true }, long: true }, signal),
    );
  }
  const call = { method: 'POST', path: '/containers/create', query: { name }, body: bodyOf(installation, id) } as const;
  const { Id } = await withOwnImage(client, RELAY_IMAGE, signal, () => client.call<{ Id: string }>(call, signal));
  await client.call({ method: 'POST', path: `/containers/${Id}/start`, long: true }, signal);
  return Id;
}

function bodyOf(installation: string, instance: string): Record<string, unknown> {
  return {
    Image: RELAY_IMAGE,
    Labels: { [LABEL_INSTALLATION]: installation, [LABEL_RELAY]: instance },
    StopTimeout: 2,
    HostConfig: {
      RestartPolicy: { Name: 'no' },
      NetworkMode: 'host',
      // The host's network is not to be had in a user namespace of its own.
      UsernsMode: 'host',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      // To add the address to lo, and to listen at a port below 1024.
      CapAdd: ['NET_ADMIN', 'NET_BIND_SERVICE'],
      SecurityOpt: ['no-new-privileges'],
      LogConfig: { Type: 'none' },
      Memory: MEMORY_BYTES,
      PidsLimit: MOST_PROCESSES,
      CpuShares: CPU_SHARES,
    },
  };
}

async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof EngineRefusal) || error.status !== 404) throw error;
  }
}
