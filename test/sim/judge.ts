// One seed, one verdict: what the tests, the mutants and `npm run sim` have in common.
import { comparePromise } from './promise.ts';
import { draw } from './draw.ts';
import { runLevel1 } from './level1.ts';
import { runLevel2 } from './level2.ts';

/** core: level 1 with faults. daemon: level 2 with faults. plan: no faults, the forecast against what happened. */
export const KINDS = ['core', 'daemon', 'plan'] as const;
export type Kind = (typeof KINDS)[number];

/** What a seed breaks; empty: nothing. An exception of the product is a violation like any other. */
export async function judgeSeed(kind: Kind, seed: number, trace: ((line: string) => void) | null = null): Promise<readonly string[]> {
  try {
    switch (kind) {
      case 'core':
        return runLevel1(draw(seed, 1), trace === null ? {} : { trace }).violations;
      case 'daemon':
        return (await runLevel2(draw(seed, 2), trace)).violations;
      case 'plan':
        return comparePromise(seed, trace).violations;
    }
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
}

/** How a person sees the seed again. */
export function replayText(kind: Kind, seed: number): string {
  return `npm run sim -- --kind ${kind} --seed ${seed} --trace`;
}
