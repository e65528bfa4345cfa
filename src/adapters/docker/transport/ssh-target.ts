// What an ssh connection leads to, and what it can do once it is there.
import type { ClientChannel } from 'ssh2';

export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** As people write it. */
  readonly where: string;
}

export interface SshConnection {
  /** A channel to a unix socket of the host. Rejects with ssh2's error, which says `reason`, and with nothing more when the connection breaks. */
  toSocket(path: string): Promise<ClientChannel>;
  /** The output of a command of the user's shell; null when it can't be had within `limitMs`. */
  run(command: string, limitMs: number): Promise<string | null>;
  /** Resolves when it is over: with the reason, or with null when we have ended it. */
  readonly over: Promise<Error | null>;
  /** The reason, once it is broken. */
  fault(): Error | null;
  end(): void;
}
