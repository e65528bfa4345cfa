// Faults of the languages that are written in JSON (policies, event patterns) as findings at their place in the document.
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { ProblemCode } from '../codes.ts';
import type { ValueFault } from '../../lang/value-fault.ts';

/** Each fault under `code`, below `path`. */
export function valueFindings(code: ProblemCode, faults: readonly ValueFault[], path: Path): Finding[] {
  return faults.map((fault) => ({ code, path: [...path, ...fault.path], on: fault.on, message: fault.message, hint: fault.hint }));
}
