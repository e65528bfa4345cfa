// Which way a connection takes. Joins the files of this folder.
import { isDeepStrictEqual } from 'node:util';
import { connectionOfContext } from './context.ts';
import { INDIFFERENT, type Transport, type TransportLimits } from './transport.ts';
import { socketTransport } from './socket.ts';
import { sshTransport } from './ssh.ts';
import { tlsTransport } from './tls.ts';
import { Unreachable } from '../errors.ts';
import type { EngineConnection } from '../../../model/cluster/engine-endpoint.ts';

/** The way that a connection says; nothing is opened before the first stream is. */
export function transportTo(connection: EngineConnection, limits: TransportLimits): Transport {
  switch (connection.kind) {
    case 'unix':
      return socketTransport(connection, limits);
    case 'tcp':
      return connection.tls === null ? socketTransport(connection, limits) : tlsTransport({ ...connection, tls: connection.tls }, limits);
    case 'ssh':
      return sshTransport(connection, limits);
    case 'none':
      return { open: () => Promise.reject(new Unreachable(connection.why)), ...INDIFFERENT };
    case 'context':
      return contextTransport(connection, limits);
  }
}

/** Whatever the context says when a stream is opened; a context that says something else than before closes what it said then. */
function contextTransport(connection: Extract<EngineConnection, { kind: 'context' }>, limits: TransportLimits): Transport {
  const listeners: ((reason: Error) => void)[] = [];
  let inner: { readonly connection: EngineConnection; readonly transport: Transport } | null = null;
  const current = (): Transport => {
    const now = connectionOfContext(connection.name, connection.credentials);
    if (inner !== null && isDeepStrictEqual(inner.connection, now)) return inner.transport;
    inner?.transport.close();
    const transport = transportTo(now, limits);
    for (const listener of listeners) transport.onBroken(listener);
    inner = { connection: now, transport };
    return transport;
  };
  return {
    open: async () => current().open(),
    explain: (error) => (inner === null ? error : inner.transport.explain(error)),
    onBroken: (listener) => {
      listeners.push(listener);
      inner?.transport.onBroken(listener);
    },
    close: () => inner?.transport.close(),
  };
}
