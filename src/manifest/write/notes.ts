// What a conversion could not carry, as comments at the top of what it writes. A later conversion finds them in the text that it reads and
// repeats them: what was lost on the way stays told, and converting twice changes nothing.
import type { FileText } from '../text/text.ts';
import type { Loss } from './ecs.ts';
import type { Problem } from '../../model/problem.ts';
import type { Resource } from '../document.ts';

const MARK = '# not carried: ';
/** More comments than a person reads. */
const MAX_NOTES = 500;

/** A text with what was lost above it: by earlier conversions, and by this one. */
export function withNotes(text: string, losses: readonly Loss[], resources: readonly Resource[]): string {
  const notes = new Set([...earlierNotes(resources), ...losses.map(({ what, why }) => `${what}: ${why}`)]);
  return [...[...notes].slice(0, MAX_NOTES).map((note) => `${MARK}${note}\n`), text].join('');
}

/** What the reader of a compose file has left out itself. */
export function lossesOf(problems: readonly Problem[]): readonly Loss[] {
  return problems.flatMap(({ code, file, message }) => (code === 'compose-left-out' ? [{ what: file, why: message }] : []));
}

/** The notes in the texts that resources come from, each once, in their order. */
function earlierNotes(resources: readonly Resource[]): readonly string[] {
  const texts = new Set(resources.flatMap(({ file }) => textsOf(file)));
  const lines = [...texts].flatMap((text) => (text.includes(MARK) ? text.split(/\r?\n/) : []));
  return lines.flatMap((line) => (line.startsWith(MARK) ? [line.slice(MARK.length)] : []));
}

function textsOf({ text, behind }: FileText): readonly string[] {
  return [text, ...(behind ?? []).map((part) => part.file.text)];
}
