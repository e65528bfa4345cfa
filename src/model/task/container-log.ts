// What a container writes: lines with the moment at which its engine read them. The words are the container's own and may hold anything:
// they are shown to whoever asks for them and never become part of a decision, an event or a log of ours.

export interface LogLine {
  /** RFC 3339 in UTC with nine decimals, by the engine's clock: as text, lines sort in the order in which they were read. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  /** Without the end of the line. */
  readonly text: string;
}

export interface LogQuery {
  /** Lines from this moment on (a `time` of a line); null: from the first. */
  readonly since: string | null;
  /** The newest so many of the past; null: all. */
  readonly tail: number | null;
  /** Go on with what is written next, until the container ends. */
  readonly follow: boolean;
}

/** A moment (milliseconds since the epoch) as the time of a log line. */
export function logTime(at: number): string {
  return new Date(at).toISOString().replace('Z', '000000Z');
}
