// The codes with which a target's answer counts as healthy: `200`, `200,202`, `200-299`, or both kinds mixed (ELB Matcher.HttpCode).
import { fault, read } from './parsed.ts';
import type { Parsed } from './parsed.ts';

export interface CodeRange {
  readonly from: number;
  readonly to: number;
}

/** ELB: HTTP codes 200 to 499 for an application load balancer's target group (spec 4.2). */
const LOWEST = 200;
const HIGHEST = 499;

/** The ranges of a matcher, in the order they are written; a single code is a range of one. */
export function parseHttpCodes(text: string): Parsed<readonly CodeRange[]> {
  const hint = 'write codes from 200 to 499: "200", "200,202" or "200-299"';
  const ranges: CodeRange[] = [];
  let at = 0;
  for (const part of text.split(',')) {
    const match = /^([0-9]{3})(?:-([0-9]{3}))?$/.exec(part);
    if (match === null) return fault(at, part === '' ? 'has an empty entry' : `has an entry "${part}" that is no code and no range`, hint);
    const from = Number(match[1]);
    const to = Number(match[2] ?? match[1]);
    if (from < LOWEST || to > HIGHEST) return fault(at, `has an entry "${part}" outside ${LOWEST} to ${HIGHEST}`, hint);
    if (from > to) return fault(at, `has a range "${part}" that ends before it begins`, hint);
    ranges.push({ from, to });
    at += part.length + 1;
  }
  return read(ranges);
}
