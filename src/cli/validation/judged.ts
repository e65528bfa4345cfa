// What `longshore validate` judges and its outputs print: a source after loading, its verdict, and the counts of what it holds.
// Each output has a file of its own beside this one; none of them decides what is right or wrong.
import { KINDS, KIND_NAMES } from '../../manifest/kind.ts';
import { count } from '../../std/text.ts';
import { visible } from '../../manifest/render-problem.ts';
import type { DesiredState } from '../../model/turn/desired.ts';
import type { KindName } from '../../manifest/kind.ts';
import type { Problem } from '../../model/problem.ts';
import type { ProblemCode } from '../../manifest/codes.ts';
import type { Resource } from '../../manifest/document.ts';
import type { Source } from '../sources.ts';

/** A source after loading. */
export interface Loaded {
  readonly source: Source;
  readonly desired: DesiredState | null;
  readonly resources: readonly Resource[];
  readonly problems: readonly Problem[];
}

/** Whether no problem is an error. */
export function isValid({ problems }: Loaded): boolean {
  return problems.every(({ severity }) => severity === 'warning');
}

/** How many resources of each kind there are, in the order of the kinds, none left out that is there. */
export function kindCounts({ resources }: Loaded): readonly (readonly [kind: KindName, number: number])[] {
  return KIND_NAMES.map((kind) => [kind, resources.filter((resource) => resource.kind === kind).length] as const).filter(
    ([, number]) => number > 0,
  );
}

/** `3 files of /srv/fleet: 2 services, 1 load balancer; 0 errors, 1 warning`; of what is broken only the errors are counted. */
export function summaryText(loaded: Loaded): string {
  const { source } = loaded;
  const counts = verdictText(loaded);
  const where = `${count(source.files.length, 'file')} of ${visible(source.name)}`;
  if (!isValid(loaded)) return `${counts} in ${where}`;
  const content = kindCounts(loaded).map(([kind, number]) => count(number, KINDS[kind].words));
  return `${where}: ${[...(content.length === 0 ? [] : [content.join(', ')]), counts].join('; ')}`;
}

/** `1 error, 2 warnings`. */
export function verdictText({ problems }: Loaded): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  return [count(errors, 'error'), ...(warnings > 0 ? [count(warnings, 'warning')] : [])].join(', ');
}

const LATER: ProblemCode = 'not-deployed-yet';
const CUT_OFF: ProblemCode = 'too-many-problems';

/** What is in order and not acted on by this version, in one sentence; null when there is nothing of it. */
export function laterText({ problems }: Loaded): string | null {
  const later = problems.filter(({ code }) => code === LATER).length;
  if (later === 0) return null;
  const least = problems.some(({ code }) => code === CUT_OFF) ? 'at least ' : '';
  return `${least}${count(later, 'part')} of these manifests ${later === 1 ? 'is' : 'are'} valid and not deployed by this version`;
}
