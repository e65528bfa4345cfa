// What a document of broken shape still says: its spec without the values that are wrong and the keys that do not exist, so that what it names and
// nobody defines is told together with what is wrong with its shape, and not after that was mended. It is asked only what the lost parts
// can't have answered otherwise, and it is never deployed.
import { keysAt } from '../model/keys.ts';
import { nearest } from '../std/text.ts';
import { SCHEMAS } from './kind.ts';
import { plainOf } from './text/tree.ts';
import { ruleFindings } from './rules/rules.ts';
import type { Finding } from './finding.ts';
import type { KindName, Specs } from './kind.ts';
import type { Path, Tree } from './text/tree.ts';
import type { ProblemCode } from './codes.ts';

export interface Salvaged<K extends KindName = KindName> {
  readonly spec: Specs[K];
  /** Keys of the document itself of which something was taken away. */
  readonly lost: ReadonlySet<string>;
}

/** Each round takes away what the last one found; a value that was taken away may leave its holder without what it needs. */
const ROUNDS = 4;
/** More is wrong than anybody would mend at once. */
const MAX_ISSUES = 100;

/** Where a service is decides what it means by the names of others. */
const HOME = 'cluster';

/** Rules that no lost part of a document can break. */
const CERTAIN: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'container-not-in-task',
  'dependency-loop',
  'duplicate-container',
  'container-path-relative',
]);
/** Rules that hold as long as nothing of one key is lost. */
const CERTAIN_WITH: ReadonlyMap<ProblemCode, string> = new Map([['unknown-volume', 'volumes']]);

/** What is left of a document of broken shape; null when what is wrong can't be taken away from it. */
export function salvaged<K extends KindName>(kind: K, tree: Tree): Salvaged<K> | null {
  const value = plainOf(tree);
  const lost = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    const result = SCHEMAS[kind].safeParse(value);
    if (result.success) return lost.has(HOME) ? null : { spec: result.data as Specs[K], lost };
    const { issues } = result.error;
    if (issues.length > MAX_ISSUES) return null;
    for (const issue of issues) {
      const place = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
      const taken = issue.code === 'unrecognized_keys' ? issue.keys.map((key): Path => [...place, key]) : [place];
      for (const path of taken) {
        const key = takeAway(value, path);
        if (key === null) return null;
        lost.add(key);
        // a key that does not exist may be a misspelt one that does: what that would have said is lost as well
        if (path.length === 1) lost.add(nearest(key, keysAt(SCHEMAS[kind], [], value)) ?? key);
      }
    }
  }
  return null;
}

/** What rules say of it for sure. */
export function certainFindings<K extends KindName>(kind: K, { spec, lost }: Salvaged<K>, tree: Tree): readonly Finding[] {
  return ruleFindings(kind, spec, tree).filter(
    ({ code }) => CERTAIN.has(code) || (CERTAIN_WITH.has(code) && !lost.has(CERTAIN_WITH.get(code) ?? '')),
  );
}

/**
 * Takes the value at a path away, or the nearest holder of it that is the value of a key: places in lists must not move. Gives back the key of
 * the document in which that was; null: nothing would be left.
 */
function takeAway(value: unknown, path: Path): string | null {
  for (let end = path.length; end > 0; end--) {
    const [key] = path;
    const last = path[end - 1];
    const holder = path.slice(0, end - 1).reduce<unknown>(within, value);
    if (typeof last !== 'string' || !isObject(holder) || !Object.hasOwn(holder, last)) continue;
    delete holder[last];
    return String(key);
  }
  return null;
}

function within(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
  return isObject(value) && typeof step === 'string' ? value[step] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
