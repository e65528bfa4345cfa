// The ways to the test engine as an operator has them: mutual TLS and ssh, each with keys made for it, and each with a socket on the way that can
// be cut and frozen. And what to say where there is no sshd.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authority, type Authority, type Issued } from './certificates.ts';
import { faultSocket, type FaultSocket } from './fault-socket.ts';
import { tlsRelay } from './tls-relay.ts';
import type { EngineConnection } from '../../src/model/cluster/engine-endpoint.ts';
import type { Sshd } from './sshd.ts';
import type { TransportLimits } from '../../src/adapters/docker/transport/transport.ts';

export type TcpConnection = Extract<EngineConnection, { kind: 'tcp' }>;
export type SshConnection = Extract<EngineConnection, { kind: 'ssh' }>;

export interface Way<Connection = EngineConnection> {
  readonly connection: Connection;
  /** Between the adapter and what it connects to. */
  readonly faults: FaultSocket;
  close(): Promise<void>;
}

/** Short enough for a test, long enough for a busy machine. */
export const QUICK: TransportLimits = { connectMs: 8_000, keepaliveMs: 1_000, refusedMs: 1_000, channels: 512 };

/** Puts texts into files of a folder of their own. */
export function files(): { put(name: string, text: string): string; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  return {
    put: (name, text) => {
      const path = join(folder, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}

/** Mutual TLS to the engine at `socketPath`. */
export async function tlsWay(socketPath: string, ca: Authority = authority()): Promise<Way<TcpConnection>> {
  const relay = await tlsRelay(socketPath, ca.issue({ purpose: 'server', names: ['127.0.0.1'] }), ca.cert);
  const faults = await faultSocket(relay.port);
  const folder = files();
  const tls = tlsFiles(folder.put, ca.cert, ca.issue({ purpose: 'client' }));
  return {
    connection: { kind: 'tcp', host: '127.0.0.1', port: faults.port, tls },
    faults,
    close: async () => {
      await faults.close();
      await relay.close();
      folder.close();
    },
  };
}

/** A credential out of PEM texts. */
export function tlsFiles(
  put: (name: string, text: string) => string,
  ca: string,
  { cert, key }: Issued,
): NonNullable<TcpConnection['tls']> {
  return { name: 'test', kind: 'tls', caFile: put('ca.pem', ca), certFile: put('cert.pem', cert), keyFile: put('key.pem', key) };
}

/** ssh through `sshd` to the engine at `path`. The socket on the way has another port: known_hosts gets a line for it. */
export async function sshWay(sshd: Sshd, path: string): Promise<Way<SshConnection>> {
  const faults = await faultSocket(sshd.port);
  const folder = files();
  const knownHostsFile = folder.put('known_hosts', sshd.hostKeys.map((key) => `[127.0.0.1]:${faults.port} ${key}\n`).join(''));
  const credential = { name: 'test', kind: 'ssh' as const, keyFile: sshd.keyFile, knownHostsFile };
  return {
    connection: { kind: 'ssh', user: sshd.user, host: '127.0.0.1', port: faults.port, path, credential },
    faults,
    close: async () => {
      await faults.close();
      folder.close();
    },
  };
}
