// Whether the Condition of a statement holds, as far as that can be known: few keys of a request mean anything without AWS. A key that is not
// known leaves the answer open; whoever asks decides what doubt means. The form of conditions is iam-condition.ts's.
import { isObject } from './value-fault.ts';
import { matchesPattern, subjectOf } from './iam-match.ts';

/** Whether one value of a key is what one value of the policy asks for. */
const COMPARISONS: ReadonlyMap<string, (asked: string, given: string) => boolean> = new Map([
  ['stringequals', (asked, given) => asked === given],
  ['stringequalsignorecase', (asked, given) => asked.toLowerCase() === given.toLowerCase()],
  ['stringlike', (asked, given) => matchesPattern(asked, subjectOf([given]))],
  ['bool', (asked, given) => asked.toLowerCase() === given.toLowerCase()],
]);

/** The operators that hold where another one does not. */
const OPPOSITES: ReadonlyMap<string, string> = new Map([
  ['stringnotequals', 'stringequals'],
  ['stringnotequalsignorecase', 'stringequalsignorecase'],
  ['stringnotlike', 'stringlike'],
]);

/** True or false, or null where a key or an operator leaves it open. Every key of every operator must hold; one that does not decides. */
export function conditionHolds(condition: unknown, context: Readonly<Record<string, string>>): boolean | null {
  if (!isObject(condition)) return null;
  const answers = Object.entries(condition).flatMap(([operator, keys]) =>
    isObject(keys) ? Object.entries(keys).map(([key, asked]) => keyHolds(operator, key, asked, context)) : [null],
  );
  if (answers.includes(false)) return false;
  return answers.includes(null) ? null : true;
}

function keyHolds(operator: string, key: string, asked: unknown, context: Readonly<Record<string, string>>): boolean | null {
  const name = key.toLowerCase();
  const given = Object.hasOwn(context, name) ? context[name] : undefined;
  if (given === undefined) return null;
  // a key that is there makes no difference between an operator and its form with IfExists
  const bare = operator.toLowerCase().replace(/ifexists$/, '');
  const opposite = OPPOSITES.get(bare);
  const compare = COMPARISONS.get(opposite ?? bare);
  const values: readonly unknown[] = Array.isArray(asked) ? asked : [asked];
  if (compare === undefined || values.some((value) => String(value).includes('${'))) return null;
  return values.some((value) => compare(String(value), given)) !== (opposite !== undefined);
}
