// The ways to an engine: each opens streams of bytes to it, and says in words why it can't. What is spoken over them is for client.ts.
// Files that a way needs are read again for each connection it makes, so that keys and certificates may be replaced under a running daemon.
// Deliberately absent: tries. Whoever calls again is connected again.
import type { Duplex } from 'node:stream';

export interface Transport {
  /** A new stream to the engine. Rejects with Unreachable, or with the system's error; within `connectMs` in any case. */
  open(): Promise<Duplex>;
  /** An error that a stream ended with, as an error that says what to do where there is something to do. Holds no key and no passphrase. */
  explain(error: unknown): unknown;
  /** Calls `listener` when all streams have broken at once, with the reason. */
  onBroken(listener: (reason: Error) => void): void;
  /** Breaks every stream. */
  close(): void;
}

/** Times in milliseconds. */
export interface TransportLimits {
  /** To connect, to shake hands, to be let in: together. Less than a listing has, so that its error says what is wrong. */
  readonly connectMs: number;
  /** Between two questions on a quiet ssh connection; three without an answer break it. On tcp the system asks, once it was quiet for this long. */
  readonly keepaliveMs: number;
  /** A host that has refused our key, or shown a wrong one of its own, is left in peace for this long: who knocks every second is banned. */
  readonly refusedMs: number;
  /** Streams at once over one ssh connection. sshd has no limit below 10,000 for them (MaxSessions counts shells); who needs this many has a leak. */
  readonly channels: number;
}

export const TRANSPORT_LIMITS: TransportLimits = { connectMs: 10_000, keepaliveMs: 5_000, refusedMs: 30_000, channels: 512 };

/** What a way is whose streams have nothing in common. */
export const INDIFFERENT = { explain: (error: unknown) => error, onBroken: () => undefined, close: () => undefined };
