// How a small language of lang/ checks a field of a schema: one fault becomes one issue that carries the problem's code, its hint
// and the place inside the text. Deliberately no default and no other transformation than what the language itself reads.
import type { Fault, Parsed } from '../lang/parsed.ts';

/** What an issue of ours carries besides zod's own fields. */
export interface SyntaxParams {
  readonly code: string;
  readonly hint: string;
  /** 0-based index inside the field's text. */
  readonly at: number;
}

interface IssueSink {
  addIssue(issue: { code: 'custom'; message: string; input: unknown; params: Record<string, unknown> }): void;
}

/** A refinement: the text must be readable by `parse`; a fault is reported under `code`. */
export function readable<T>(parse: (text: string) => Parsed<T>, code: string): (text: string, context: IssueSink) => void {
  return (text, context) => {
    const { fault } = parse(text);
    if (fault !== null) report(context, text, code, fault);
  };
}

/** A transformation: the text becomes what `parse` reads, told as text; a fault leaves it as it is and is reported under `code`. */
export function readAs<T>(parse: (text: string) => Parsed<T>, code: string): (text: string | number, context: IssueSink) => string {
  return (input, context) => {
    const text = String(input);
    const parsed = parse(text);
    if (parsed.fault === null) return String(parsed.value);
    report(context, input, code, parsed.fault);
    return text;
  };
}

function report(context: IssueSink, input: unknown, code: string, fault: Fault): void {
  const params: SyntaxParams = { code, hint: fault.hint, at: fault.at };
  context.addIssue({ code: 'custom', message: fault.message, input, params: { ...params } });
}
