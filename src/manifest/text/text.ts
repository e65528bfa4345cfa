// The text of a file: offsets become lines and columns. Files that make one thing together (a compose project) share one numbering: each
// begins where the one before it ends. Deliberately absent: what of a line is shown (excerpt.ts).

export interface FileText {
  readonly path: string;
  readonly text: string;
  /** Offsets at which lines begin, ascending. */
  readonly lines: readonly number[];
  /** The files behind this one in the same numbering of offsets, ascending; absent for a file alone. */
  readonly behind?: readonly { readonly base: number; readonly file: FileText }[];
}

export interface Place {
  /** Both 1-based; columns count code units, as editors do. */
  readonly line: number;
  readonly column: number;
}

/** Finds the line starts once, so that each place costs a binary search. */
export function fileText(path: string, text: string): FileText {
  const lines = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.push(at + 1);
  return { path, text, lines };
}

/** Files in one numbering of offsets: the first begins at 0, each other one at the base that is given with it, in ascending order. */
export function joinedTexts(first: FileText, behind: readonly { readonly base: number; readonly file: FileText }[]): FileText {
  return { ...first, behind };
}

/** The file that an offset lies in, and the offset inside it. */
export function partAt(file: FileText, offset: number): { readonly file: FileText; readonly offset: number } {
  const part = file.behind?.findLast(({ base }) => base <= offset);
  return part === undefined ? { file, offset } : { file: part.file, offset: offset - part.base };
}

/** Line and column of an offset in its file; offsets behind the end stand at the end. */
export function placeOf(joined: FileText, joinedOffset: number): Place {
  const { file, offset } = partAt(joined, joinedOffset);
  const at = Math.min(offset, file.text.length);
  let low = 0;
  let high = file.lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((file.lines[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: at - (file.lines[low] ?? 0) + 1 };
}

/** `web.yaml:3:5`, for a message that names a second place. */
export function placeName(file: FileText, offset: number): string {
  const { line, column } = placeOf(file, offset);
  return `${partAt(file, offset).file.path}:${line}:${column}`;
}
