// Every bound of the data path, with the source of its number. Times can be set by whoever makes a proxy (tests do), sizes can't.

export interface Limits {
  /** ALB: a target that doesn't accept a connection within 10 s costs a 504. */
  readonly connectTimeoutMs: number;
  /** ALB: 60 s without a byte in either direction ends a request or an upgraded connection. */
  readonly idleTimeoutMs: number;
  /** ALB's client keep-alive: 3600 s. */
  readonly clientKeepAliveMs: number;
  /** A request head must be complete this long after its first byte. */
  readonly headTimeoutMs: number;
  /** How long the rest of a request body is read and dropped after the answer: closing at once would reset the answer away. */
  readonly lingerMs: number;
  /** How long requests under way may take after SIGTERM or a stop. */
  readonly drainMs: number;
  /** How long a process that handed over serves its last connections: the longest deregistration delay there is. */
  readonly handedOverDrainMs: number;
  /** A connection that stayed idle this long after a handover is closed; each busy one is told to close by its next answer. */
  readonly handedOverIdleMs: number;
}

export const LIMITS: Limits = {
  connectTimeoutMs: 10_000,
  idleTimeoutMs: 60_000,
  clientKeepAliveMs: 3_600_000,
  headTimeoutMs: 60_000,
  lingerMs: 5_000,
  drainMs: 30_000,
  handedOverDrainMs: 3_600_000,
  handedOverIdleMs: 60_000,
};

/** ALB's size limits in bytes: request line, one header, all request headers, all response headers. */
export const MAX_REQUEST_LINE = 16_384;
export const MAX_HEADER = 16_384;
export const MAX_REQUEST_HEADERS = 65_536;
export const MAX_RESPONSE_HEADERS = 32_768;
/** ALB answers 463 beyond this many addresses in X-Forwarded-For. */
export const MAX_FORWARDED_ADDRESSES = 30;

/** Requests and upgrades under way in the whole process; one more is answered with 503. */
export const MAX_IN_FLIGHT = 20_000;
/** The first try and two more: enough to step over a task that died between two health checks. */
export const MAX_ATTEMPTS = 3;
/** Idle connections kept per target and kind. */
export const MAX_IDLE_CONNECTIONS = 256;
/** An idle connection is used again for requests that may be repeated. An upstream that closes sooner costs a retry, no error. */
export const IDLE_REPEATABLE_MS = 60_000;
/** Requests that may not be repeated only use a connection that was busy within this time: few servers close that soon. */
export const IDLE_ONCE_MS = 1_000;

/** A table of 10,000 targets is about 2 MB. */
export const MAX_TABLE_BYTES = 16_777_216;
export const MAX_INSTALLS_WAITING = 8;
export const MAX_WATCHERS = 32;
/** A watcher that leaves this much unread is cut off; it comes back and gets the whole view. */
export const MAX_WATCH_BUFFER = 1_048_576;
/** Exceptions that reached nobody: beyond this many the process is not trusted any more and exits. */
export const MAX_DEFECTS = 20;
