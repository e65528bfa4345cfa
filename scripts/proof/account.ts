// The account that a proof gives: what it did and saw, line by line as it happens, and which promises were broken. A broken promise does
// not end the proof, because the ones after it may tell why.
import type { LoadResult } from '../../test/e2e/load.ts';

export interface Account {
  /** One row: seconds since the beginning, what was done, what was seen. */
  row(did: string, saw: string): void;
  /** A promise of the product; `seen` is shown when it does not hold. */
  promise(holds: boolean, text: string, seen?: string): void;
  /** Prints the end; true when every promise was kept. */
  close(): boolean;
}

const DID_WIDTH = 46;

/** An empty account; prints its title at once. */
export function openAccount(title: string): Account {
  const began = performance.now();
  const broken: string[] = [];
  let kept = 0;
  const print = (mark: string, did: string, saw: string): void => {
    const seconds = ((performance.now() - began) / 1_000).toFixed(1).padStart(6);
    console.log(`${seconds} s  ${mark}  ${did.padEnd(DID_WIDTH)}  ${saw}`.trimEnd());
  };
  console.log(title);
  return {
    row: (did, saw) => print('      ', did, saw),
    promise: (holds, text, seen = '') => {
      if (holds) kept += 1;
      else broken.push(seen === '' ? text : `${text}: ${seen}`);
      print(holds ? 'kept  ' : 'BROKEN', text, holds ? '' : seen);
    },
    close: () => {
      const seconds = Math.round((performance.now() - began) / 1_000);
      console.log(`${kept} promises kept, ${broken.length} broken, in ${seconds} s`);
      for (const text of broken) console.log(`BROKEN: ${text}`);
      return broken.length === 0;
    },
  };
}

/** The failures of a load in words: how many of how many, from when to when after `sinceMs` (ms after the load's start), and the kinds. */
export function failuresText({ failures, sent }: LoadResult, sinceMs: number): string {
  if (failures.length === 0) return `0 of ${sent} requests failed`;
  const moments = failures.map((failure) => Number.parseInt(failure, 10));
  const seconds = (ms: number): string => `${((ms - sinceMs) / 1_000).toFixed(1)} s`;
  const kinds = [...new Set(failures.map(kindOf))].join(', ');
  return `${failures.length} of ${sent} requests failed, from ${seconds(Math.min(...moments))} to ${seconds(Math.max(...moments))} after it (${kinds})`;
}

/** `123 ms: status 503` -> `status 503`. */
export function kindOf(failure: string): string {
  return failure.slice(failure.indexOf(': ') + 2);
}
