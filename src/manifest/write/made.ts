// A document that was made and not read: its fields as plain values, with comments for whoever completes it. Fields without a value are left
// out, except those that wait for one (WAITS), which are written empty and so are refused until somebody fills them in.
import { Document, Pair, Scalar, isCollection } from 'yaml';
import type { KindName } from '../kind.ts';

export interface Made {
  readonly kind: KindName;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Lines above the document. */
  readonly comments: readonly string[];
}

/** Stands for a value that only a person knows. */
export const WAITS = null;
const WAITS_COMMENT = ' to be filled in';

/** The documents as one text. */
export function madeText(documents: readonly Made[]): string {
  return documents.map(textOf).join('---\n');
}

function textOf({ kind, fields, comments }: Made): string {
  const document = new Document({ kind, ...withoutAbsent(fields) }, { aliasDuplicateObjects: false });
  comment(document.contents);
  const head = comments.map((line) => `# ${line.replace(/\p{Cc}/gu, ' ')}\n`).join('');
  return head + document.toString({ lineWidth: 0, nullStr: '' });
}

function withoutAbsent(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
}

/** Every empty value says that it waits. */
function comment(node: unknown): void {
  if (node instanceof Pair) {
    if (node.value instanceof Scalar && node.value.value === WAITS) node.value.comment = WAITS_COMMENT;
    else comment(node.value);
  } else if (isCollection(node)) for (const item of node.items) comment(item);
}
