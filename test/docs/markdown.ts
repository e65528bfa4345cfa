// What the tests of the documentation read: every Markdown file of the project, taken apart into fenced blocks, code spans, links and
// headings. Deliberately absent: a whole Markdown parser; the pages use fences, inline links and ATX headings, and nothing clever.
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join, relative } from 'node:path';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', '.git', '.longshore']);

export interface Fence {
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** The file that the page says this is: the line above is `name`: and nothing else. */
  readonly file: string | null;
}

export interface Page {
  /** From the project's root, with forward slashes. */
  readonly path: string;
  readonly fences: readonly Fence[];
  /** Code spans outside of fences. */
  readonly spans: readonly string[];
  readonly links: readonly string[];
  /** Anchors of the headings. */
  readonly anchors: ReadonlySet<string>;
}

/** Every page, sorted by path. */
export function pages(): readonly Page[] {
  return markdownBelow(ROOT)
    .sort()
    .map((file) => pageOf(relative(ROOT, file), readFileSync(file, 'utf8')));
}

/** A page from its text. */
export function pageOf(path: string, text: string): Page {
  const fences: Fence[] = [];
  const prose: string[] = [];
  let open: { line: number; language: string; lines: string[]; file: string | null } | null = null;
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const mark = /^```(\w*)\s*$/.exec(line);
    if (open !== null && mark) {
      fences.push({ line: open.line, language: open.language, text: open.lines.join('\n'), file: open.file });
      open = null;
    } else if (open !== null) open.lines.push(line);
    else if (mark) open = { line: index + 1, language: mark[1] ?? '', lines: [], file: fileAbove(lines, index) };
    else prose.push(line);
  }
  if (open !== null) throw new Error(`${path}:${open.line}: the fence is not closed`);
  const words = prose.join('\n');
  return {
    path,
    fences,
    spans: [...words.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span.replaceAll('\n', ' ')),
    links: [...words.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link),
    anchors: new Set(prose.flatMap((line) => (/^#{1,6} /.test(line) ? [anchorOf(line.replace(/^#+ /, ''))] : []))),
  };
}

function fileAbove(lines: readonly string[], fence: number): string | null {
  const above = lines[fence - 1] === '' ? lines[fence - 2] : lines[fence - 1];
  return /^`([\w./-]+)`:$/.exec(above ?? '')?.[1] ?? null;
}

/** The anchor that a forge gives a heading: lower case, punctuation left out, blanks as hyphens. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function markdownBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdownBelow(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}
