// Mutual TLS in front of an engine's socket, as dockerd's own --tlsverify: who shows no certificate of the CA is turned away. It forwards bytes
// in both directions and passes half-closed connections on; nothing else.
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Issued } from './certificates.ts';

export interface TlsRelay {
  readonly port: number;
  /** Connections that were let in so far. */
  connections(): number;
  /** Breaks every connection; new ones work. */
  cut(): number;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 with the certificate `own`, lets in what `ca` has signed, and forwards to the unix socket `target`. */
export async function tlsRelay(target: string, own: Issued, ca: string): Promise<TlsRelay> {
  /** Those that still shake hands among them. */
  const open = new Set<Socket>();
  let count = 0;
  const server = createServer({ ...own, ca, requestCert: true, rejectUnauthorized: true, allowHalfOpen: true }, (client) => {
    const engine = connect({ path: target, allowHalfOpen: true });
    count++;
    client.pipe(engine);
    engine.pipe(client);
    for (const end of [client, engine]) {
      end.on('error', () => undefined);
      end.on('close', () => {
        client.destroy();
        engine.destroy();
      });
    }
  });
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const cut = (): number => {
    const { size } = open;
    for (const client of open) client.destroy();
    return size;
  };
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => count,
    cut,
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
