// Tells when nothing new has come of a pull for too long. A line counts as news when it says something that was not said of its layer before:
// the containerd store repeats its lines several times a second, whether bytes come or not.
import type { PullProgress } from '../../daemon/ports.ts';
import { SECOND } from '../../std/time.ts';

/**
 * The ECS agent waits 1 min on Linux (ECS_IMAGE_PULL_INACTIVITY_TIMEOUT). An engine says nothing while it copies what a large layer stands on,
 * which takes a slow disk longer than that. Of a download the containerd store tells each whole MiB only: slower than 6 KB/s is standing still.
 */
export const PULL_STILL_MS = 180 * SECOND;

/** A pull that stood still. */
export class PullStoodStill extends Error {
  override readonly name = 'PullStoodStill';
}

export interface Standstill {
  /** Aborts, with a PullStoodStill, when there has been no news for the limit. */
  readonly signal: AbortSignal;
  /** A line of the engine, and how far the pull is after it where it says so. */
  heard(line: unknown, progress: PullProgress | null): void;
  /** The pull is over. */
  end(): void;
}

/** An image has at most 127 layers; of more than this nothing is remembered, and each of their lines is news. */
const LAYERS_MAX = 1_000;
const MIB = 1_048_576;

/** Begins to wait for news of a pull. */
export function standstill(reference: string, limitMs: number): Standstill {
  const still = new AbortController();
  const said = new Map<string, string>();
  let reached: PullProgress | null = null;
  const timer = setTimeout(() => still.abort(new PullStoodStill(wordsOf(reference, limitMs, reached))), limitMs);
  return {
    signal: still.signal,
    heard: (line, progress) => {
      reached = progress ?? reached;
      const { id = '', ...rest } = line as { id?: string };
      const text = JSON.stringify(rest);
      if (said.get(id) === text) return;
      if (said.size < LAYERS_MAX || said.has(id)) said.set(id, text);
      timer.refresh();
    },
    end: () => clearTimeout(timer),
  };
}

function wordsOf(reference: string, limitMs: number, reached: PullProgress | null): string {
  const at =
    reached === null
      ? 'before its first layer'
      : `at ${reached.layersDone} of ${reached.layers} layers, ${mebibytes(reached.bytes)} of ${mebibytes(reached.totalBytes)} MiB`;
  const hint = "look whether its registry answers, and whether the engine's host reaches it and has room on its disk";
  return `the pull of ${reference} stood still for ${limitMs / SECOND} s, ${at}: ${hint}`;
}

function mebibytes(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
