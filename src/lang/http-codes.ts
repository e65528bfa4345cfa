// The codes with which a target's answer counts as healthy: `200`, `200,202`, `200-299`, or both kinds mixed (ELB Matcher.HttpCode), and
// those of gRPC (Matcher.GrpcCode).
import { fault, read } from './parsed.ts';
import type { Parsed } from './parsed.ts';

export interface CodeRange {
  readonly from: number;
  readonly to: number;
}

/** ELB: HTTP codes 200 to 499 for an application load balancer's target group, up to 599 for a network load balancer's (spec 4.2). */
const LOWEST = 200;
export const HIGHEST_CODE = { application: 499, network: 599 } as const;
const GRPC_HIGHEST = 99;

/** The ranges of HTTP codes, in the order they are written; a single code is a range of one. `highest`: what the group's protocol allows;
 * null: it is not known here, and any will do. */
export function parseHttpCodes(text: string, highest: number | null): Parsed<readonly CodeRange[]> {
  const hint = `write codes from ${LOWEST} to ${highest ?? HIGHEST_CODE.application}: "200", "200,202" or "200-299"`;
  return parseCodes(text, /^([0-9]{3})(?:-([0-9]{3}))?$/, LOWEST, highest ?? Number.POSITIVE_INFINITY, hint);
}

/** The ranges of gRPC codes, in the order they are written; a single code is a range of one. */
export function parseGrpcCodes(text: string): Parsed<readonly CodeRange[]> {
  return parseCodes(text, /^([0-9]{1,3})(?:-([0-9]{1,3}))?$/, 0, GRPC_HIGHEST, 'write codes from 0 to 99: "0", "0,12" or "0-99"');
}

function parseCodes(text: string, form: RegExp, lowest: number, highest: number, hint: string): Parsed<readonly CodeRange[]> {
  const ranges: CodeRange[] = [];
  let at = 0;
  for (const part of text.split(',')) {
    const match = form.exec(part);
    if (match === null) return fault(at, part === '' ? 'has an empty entry' : `has an entry "${part}" that is no code and no range`, hint);
    const from = Number(match[1]);
    const to = Number(match[2] ?? match[1]);
    if (from > to) return fault(at, `has a range "${part}" that ends before it begins`, hint);
    if (from < lowest || to > highest) return fault(at, `has an entry "${part}" outside ${lowest} to ${highest}`, hint);
    ranges.push({ from, to });
    at += part.length + 1;
  }
  return read(ranges);
}
