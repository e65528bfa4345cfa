// One blob -> the trees of its documents, or why it can't be read. YAML and JSON give the same trees. Everything here depends on the blob
// and its name alone, so that the result can be kept for as long as both are unchanged. What a document means is not asked here.
import { MAX_FILE_BYTES } from './source.ts';
import { fileText } from './text/text.ts';
import { foreignText, mayBeManifest } from './forms/foreign.ts';
import { parseJson } from './text/json.ts';
import { parseYaml } from './text/yaml.ts';
import { isSopsDocument } from './sops.ts';
import { problemAt, problemOfFile } from './problem.ts';
import type { FileText } from './text/text.ts';
import type { Guard } from './text/excerpt.ts';
import type { Problem } from '../model/problem.ts';
import type { SourceFile } from './source.ts';
import type { Tree } from './text/tree.ts';

export interface ParsedFile {
  readonly source: SourceFile;
  /** Null when the blob is no text. */
  readonly file: FileText | null;
  /** Without files of secrets, which lie beside manifests and are none. */
  readonly documents: readonly Tree[];
  /** Why nothing, or not everything, of it could be read. */
  readonly problems: readonly Problem[];
}

/** Parses one blob; never throws. */
export function parseFile(source: SourceFile): ParsedFile {
  const { text, problem } = textOf(source);
  if (text === null) return { source, file: null, documents: [], problems: problem === null ? [] : [ofOtherTools(source, problem)] };
  const file = fileText(source.path, text);
  const isJson = isJsonPath(source.path);
  const parsed = isJson ? parseJson(text) : { ...parseYaml(text), secrets: [] };
  if (isJson && parsed.faults.length > 0 && !mayBeManifest(source.path, text)) {
    const message = 'this file is not JSON as ECS reads it, and nothing of ECS is found in it';
    return { source, file, documents: [], problems: [problemOfFile('json-not-a-manifest', source.path, message, NOT_MEANT)] };
  }
  const foreign = isJson || parsed.faults.length === 0 ? null : foreignText(text);
  if (foreign !== null) {
    return { source, file, documents: [], problems: [problemOfFile('foreign-format', source.path, foreign.message, foreign.hint)] };
  }
  const guard: Guard = { exact: false, secrets: parsed.secrets };
  const problems = parsed.faults.map((fault) => problemAt(file, fault.offset, fault, guard));
  return { source, file, documents: parsed.documents.filter((document) => !isSopsDocument(document)), problems };
}

/** A large JSON file is data of some other tool, unless its name says otherwise. */
function ofOtherTools({ path, size }: SourceFile, problem: Problem): Problem {
  if (problem.code !== 'file-too-large' || !isJsonPath(path) || mayBeManifest(path, '')) return problem;
  return problemOfFile(
    'json-not-a-manifest',
    path,
    `the file has ${size} bytes, more than a manifest ever has`,
    'nothing needs to be done',
  );
}

const NOT_MEANT = 'nothing needs to be done; if it is meant for Longshore, mend it: longshore validate tells where, once it has a "kind"';

/** Whether a file is read as JSON. */
export function isJsonPath(path: string): boolean {
  return /\.json$/i.test(path);
}

/** The text of a blob, or why there is none. */
export function textOf(source: SourceFile): { readonly text: string | null; readonly problem: Problem | null } {
  const refused = refusalOf(source);
  if (refused !== null) return { text: null, problem: refused };
  const text = decoded(source.content);
  if (text !== null) return { text, problem: null };
  return { text, problem: problemOfFile('not-utf8', source.path, 'the file is not UTF-8', 'save the file as UTF-8') };
}

function refusalOf(source: SourceFile): Problem | null {
  const { path, kind, size, content } = source;
  if (kind === 'symlink') {
    const hint = 'put the file itself into the repository; links are never followed';
    return problemOfFile('symlink-refused', path, 'a symbolic link stands where a manifest would', hint);
  }
  if (kind === 'submodule') {
    const hint = 'put the manifests into the repository itself; submodules are never followed';
    return problemOfFile('submodule-refused', path, 'a submodule stands where a manifest would', hint);
  }
  if (size > MAX_FILE_BYTES || content.length > MAX_FILE_BYTES) {
    const message = `the file has ${size} bytes; a manifest has at most ${MAX_FILE_BYTES}`;
    return problemOfFile('file-too-large', path, message, 'split the manifest into several files');
  }
  if (isUtf16(content)) {
    const hint = 'save the file as UTF-8; PowerShell does so with | Out-File -Encoding utf8';
    return problemOfFile('not-utf8', path, 'the file is UTF-16, not UTF-8', hint);
  }
  if (content.includes(0)) {
    const hint = 'a manifest is a text in UTF-8; rename the file if it is something else';
    return problemOfFile('binary-file', path, 'the file holds NUL bytes', hint);
  }
  return null;
}

/** Whether a text begins with the byte order mark of UTF-16, as texts do that PowerShell and some editors of Windows write. */
function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

function decoded(content: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return null; // the only error a fatal decoder has: these bytes are not UTF-8
  }
}
