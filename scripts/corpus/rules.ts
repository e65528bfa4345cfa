// The rule behind a refusal, in the words of whoever else refuses the file: AWS's API, Compose, YAML, JSON. A code without a line here is
// refused by a rule of Longshore's own, which its cause says.
import { CODES } from '../../src/manifest/codes.ts';
import type { ProblemCode } from '../../src/manifest/codes.ts';

const RULES: Readonly<Partial<Record<ProblemCode, string>>> = {};

/** What refuses a file that has this code. */
export function ruleOf(code: string): string {
  return RULES[code as ProblemCode] ?? CODES[code as ProblemCode] ?? code;
}
