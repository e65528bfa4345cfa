// The log: JSON lines through pino, to standard output or a file. One form for people and machines; a terminal gets the same lines.
// Three nets under credentials: fields with their names are blanked, user names and passwords are cut out of every URL, and an error is
// reduced to code, message and hint (libraries hang whole requests and command lines on theirs).
// Deliberately absent: rotation. Standard output belongs to the service manager, a file to logrotate.
import { openSync } from 'node:fs';
import pino from 'pino';
import type { Log, LogLevel } from '../daemon/ports.ts';
import { lineWriter } from './line-writer.ts';

export interface LogOptions {
  readonly level: LogLevel;
  /** A file to append to, or an open descriptor; default 1, standard output. */
  readonly destination?: string | number;
}

/** Lines kept in memory while nobody reads the pipe: a stuck reader must cost lines, not the daemon. */
const BUFFER_BYTES = 4 * 1024 * 1024;

const CREDENTIAL_FIELDS = [
  'auth',
  'authorization',
  'Authorization',
  'cookie',
  'credentials',
  'env',
  'environment',
  'Env',
  'identitytoken',
  'passphrase',
  'password',
  'Password',
  'privateKey',
  'secret',
  'secrets',
  'token',
  'X-Registry-Auth',
  'x-registry-auth',
];

/** A log whose lines are `{"level","time" (ISO 8601),...fields,"message"}`. What is buffered is written when the process exits. */
export function pinoLog(options: LogOptions): Log {
  const destination = options.destination ?? 1;
  const fd = typeof destination === 'number' ? destination : openSync(destination, 'a', 0o600);
  const lost = (lines: number, reason: string): void => logger.warn({ lines, reason }, 'lines of the log were dropped');
  const writer = lineWriter({ fd, limitBytes: BUFFER_BYTES, onLoss: lost });
  const logger = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      redact: { paths: CREDENTIAL_FIELDS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]), censor: '[redacted]' },
      hooks: { streamWrite: withoutUserInfo },
    },
    writer,
  );
  return { write: (level, message, fields = {}) => logger[level](plainFields(fields), message) };
}

/** `https://user:word@host` becomes `https://host`, wherever it stands in a line. */
function withoutUserInfo(line: string): string {
  return line.includes('@') ? line.replaceAll(/:\/\/[^\s/@"\\]{1,1024}@/g, '://') : line;
}

function plainFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? plainError(value) : value]));
}

/** The stack is kept for defects only: an error with a code is one that somebody foresaw. */
function plainError(error: Error): Record<string, unknown> {
  const code = 'code' in error ? error.code : undefined;
  const hint = 'hint' in error ? error.hint : undefined;
  return { name: error.name, code, message: error.message, hint, stack: code === undefined ? error.stack : undefined };
}
