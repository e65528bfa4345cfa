// Stories of the loader: files above a line of dashes, the problems as people see them below it. `UPDATE=1` rewrites the lower half;
// the difference is reviewed like code. What can't be written into a text file is said by a line that begins with @ or %:
//   @ file web.yaml             what follows is its content        @ symlink a.yaml, @ submodule a.yaml
//   @ bytes a.yaml 6b 00        a file of these bytes              @ many 33 f{n}.yaml 1048576   so many files of so many bytes
//   @ environment prod          the environment that is chosen
//   %repeat 3 k{n}: 1           so many lines, {n} counting from 1
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from '../../src/manifest/load.ts';
import { renderProblem } from '../../src/manifest/render-problem.ts';
import type { Problem } from '../../src/model/problem.ts';
import type { SourceFile } from '../../src/manifest/source.ts';

const FOLDER = fileURLToPath(new URL('stories/', import.meta.url));
const SEPARATOR = '\n--------\n';

export interface Story {
  readonly name: string;
  readonly input: string;
  readonly expected: string;
}

/** All stories, in order of their names. */
export function stories(): Story[] {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));
  return names.sort().map((name) => {
    const text = readFileSync(FOLDER + name, 'utf8');
    const at = text.lastIndexOf(SEPARATOR);
    const [input, expected] = at === -1 ? [text.trimEnd(), ''] : [text.slice(0, at), text.slice(at + SEPARATOR.length)];
    return { name: name.replace(/\.txt$/, ''), input, expected };
  });
}

/** What a story's files give: its problems, and whether they may be used. */
export function told(story: Story): string {
  const files = filesOf(story.input);
  const { desired, problems } = load(files, 'c0ffee', { deploys: false, environment: environmentOf(story.input) });
  return shown(problems, desired === null ? null : [...desired.services.keys()]);
}

function shown(problems: readonly Problem[], accepted: readonly string[] | null): string {
  const verdict = accepted === null ? 'refused' : `accepted: ${accepted.join(', ') || 'no service'}`;
  const texts = problems.map(renderProblem);
  const few = texts.length <= 20 ? texts : [...texts.slice(0, 2), `(${texts.length - 4} more)`, ...texts.slice(-2)];
  return `${[...few, verdict].join('\n\n')}\n`;
}

/** Writes what was told into the story, when UPDATE=1 asks for it. */
export function rewrite(story: Story, result: string): void {
  writeFileSync(`${FOLDER}${story.name}.txt`, `${story.input}${SEPARATOR}${result}`);
}

/** A file of a commit, from text or bytes. */
export function sourceFile(path: string, content: string | Uint8Array, kind: SourceFile['kind'] = 'file'): SourceFile {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return { path, id: `${path}:${bytes.length}`, kind, size: bytes.length, content: bytes };
}

function environmentOf(input: string): string | null {
  return /^@ environment (\S+)$/m.exec(input)?.[1] ?? null;
}

function filesOf(input: string): SourceFile[] {
  return input
    .split(/^@ /m)
    .slice(1)
    .flatMap((part) => {
      const [head = '', ...body] = part.split('\n');
      const [verb, ...words] = head.split(' ');
      const [first = '', second = '', third = ''] = words;
      if (verb === 'file') return [sourceFile(first, body.flatMap(repeated).join('\n'))];
      if (verb === 'environment') return [];
      if (verb === 'symlink' || verb === 'submodule') return [sourceFile(first, '', verb)];
      if (verb === 'bytes')
        return [
          sourceFile(
            first,
            Uint8Array.from(words.slice(1), (byte) => Number.parseInt(byte, 16)),
          ),
        ];
      if (verb === 'many') {
        const content = new Uint8Array(Number(third)).fill('#'.charCodeAt(0));
        return Array.from({ length: Number(first) }, (_, index) => sourceFile(second.replace('{n}', String(index + 1)), content));
      }
      throw new Error(`a story has no verb "${verb}"`);
    });
}

function repeated(line: string): string[] {
  const match = /^%repeat ([0-9]+) (.*)$/.exec(line);
  if (match === null) return [line];
  return Array.from({ length: Number(match[1]) }, (_, index) => (match[2] ?? '').replaceAll('{n}', String(index + 1)));
}
