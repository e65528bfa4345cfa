// Regular expressions of load balancers: regexValues of conditions, regex of transforms. ELB does not say which language it reads, so one is
// refused only when neither the engine of JavaScript nor our own reader of Java's patterns can make anything of it. Nothing is matched here.
import { onValue } from '../finding.ts';
import { parsePattern } from '../../lang/pattern.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';

/** What is wrong with a regular expression at `path`. */
export function regexFindings(text: string, path: Path): Finding[] {
  const { fault } = parsePattern(text);
  if (fault === null || compiles(text)) return [];
  const message = `"${text}" is not read as a regular expression: it ${fault.message}`;
  return [{ ...onValue('bad-regex', path, message, fault.hint), inside: fault.at }];
}

function compiles(text: string): boolean {
  try {
    return new RegExp(text).source !== '';
  } catch {
    return false; // the only error it has: this is no regular expression
  }
}
