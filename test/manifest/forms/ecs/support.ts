// Documents without a kind, as the loader reads them: for tables of one row a document.
import { load } from '../../../../src/manifest/load.ts';
import { sourceFile } from '../../story.ts';
import type { Problem } from '../../../../src/model/problem.ts';
import type { Resource } from '../../../../src/manifest/document.ts';

export interface Read {
  readonly resources: readonly Resource[];
  /** `code line:column`, references to what other files define left out. */
  readonly problems: readonly string[];
}

/** Reads files, to check or to deploy them; a value that is no text is written as JSON. */
export function readFiles(files: Readonly<Record<string, unknown>>, deploys = false): Read {
  const sources = Object.entries(files).map(([path, value]) => sourceFile(path, typeof value === 'string' ? value : JSON.stringify(value)));
  const { resources, problems } = load(sources, 'c0ffee', { deploys });
  return { resources, problems: problems.filter(({ code }) => !MISSING.has(code)).map(nameOf) };
}

/** What other documents would define. */
const MISSING: ReadonlySet<string> = new Set(['unknown-cluster', 'unknown-task-definition', 'unknown-target-group']);

function nameOf({ code, line, column }: Problem): string {
  return `${code} ${line}:${column}`;
}
