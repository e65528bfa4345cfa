// From what an engine or a socket says to a stable code. A code promises something about the effect: Unreachable and Timeout leave it unknown.
// Environment values are cut out of the words here, for every path that leads out of the adapter. No call is made here.
import { withoutSecrets } from './secrecy.ts';
import type { ErrorCode, OutcomeError } from '../../model/turn/outcome.ts';

/** The engine answered, and it refuses. */
export class EngineRefusal extends Error {
  override readonly name = 'EngineRefusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }

  /** dockerode's error as a refusal when it carries a status; anything else as it is. */
  static from(error: unknown): unknown {
    if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return error;
    const answer = 'json' in error ? error.json : null;
    const words = isRecord(answer) && typeof answer['message'] === 'string' ? answer['message'] : error.message;
    return new EngineRefusal(error.statusCode, words.replace(/^\(HTTP code \d+\) [\w ]+ - /, '').trim());
  }

  /** We speak an API version that the engine does not. */
  get isVersionMismatch(): boolean {
    return this.status === 400 && /client version .* is too (?:old|new)/.test(this.message);
  }
}

/** The engine can't be reached, and it is known why. The words hold nothing of a key or a passphrase. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  readonly code = 'EUNREACHABLE';
  /** Somebody has decided it, on this side or the other: asking again changes nothing. */
  readonly isRefusal: boolean;

  constructor(message: string, { cause, isRefusal = false }: { readonly cause?: unknown; readonly isRefusal?: boolean } = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.isRefusal = isRefusal;
  }
}

/** Which code a refusal of this call stands for. */
export type RefusalCode = (refusal: EngineRefusal) => ErrorCode;

/**
 * The outcome of a failed call.
 * `what`: the call, in words. `secrets`: environment values that must not appear in the message.
 */
export function outcomeError(
  error: unknown,
  signal: AbortSignal,
  what: string,
  codeOf: RefusalCode,
  secrets: readonly string[] = [],
): OutcomeError {
  if (error instanceof EngineRefusal) {
    const message = withoutSecrets(error.message, secrets);
    if (error.isVersionMismatch) return { code: 'Unreachable', message };
    if (isDiskFull(error.message)) return { code: 'DiskFull', message };
    return { code: codeOf(error), message };
  }
  if (signal.aborted) return { code: 'Timeout', message: `${what}: the engine did not answer in time` };
  const message = withoutSecrets(wordsOf(error), secrets);
  if (isConnectionError(error)) return { code: 'Unreachable', message: `${what}: ${message}` };
  return { code: 'Failed', message: `${what}: ${message}` };
}

/** What an error says. Node's own of several addresses that were tried says nothing itself. */
export function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(wordsOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** For calls whose refusals have no code of their own. */
export const failed: RefusalCode = () => 'Failed';

/** Docker: overlay, layer and log writes fail with the system's words. */
export function isDiskFull(message: string): boolean {
  return /no space left on device|disk quota exceeded/i.test(message);
}

/** Docker's words for a taken host port: its own allocator, the kernel, an exhausted range. */
export function isPortTaken(message: string): boolean {
  return /port is already allocated|address already in use|all ports are allocated|ports are not available/i.test(message);
}

/** A taken host port in words of ours: where, which one, and what to do. `message`: those of the engine, in which a name may stand for us alone. */
export function takenPort(message: string, instance: string): string {
  if (/all ports are allocated/i.test(message))
    return `container instance ${instance} has no free host port left: stop something on it, or widen net.ipv4.ip_local_port_range there`;
  const [, port] = /(?:\d\.\d+|\]|for \S*|localhost):(\d{1,5})\b/.exec(message) ?? [];
  const which = port === undefined ? 'a host port' : `host port ${port}`;
  const hint = `free it there (\`ss -lntup${port === undefined ? '' : ` | grep :${port}`}\` names a process that holds it), or give the container another hostPort`;
  return `${which} of container instance ${instance} is taken by something else: ${hint}`;
}

/** System errors (ECONNREFUSED, ECONNRESET, ENOENT of a socket), TLS and HTTP parse errors carry a code; defects of ours are TypeErrors. */
function isConnectionError(error: unknown): boolean {
  return error instanceof Error && !(error instanceof TypeError) && 'code' in error && typeof error.code === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object';
}
