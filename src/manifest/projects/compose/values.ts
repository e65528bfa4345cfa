// Shapes of single values. A text in a place of a number or true/false is read as such, because that is what a replaced variable
// leaves; a number in a place of a text is refused, as Compose refuses it: 08 and 1.10 would already have lost what was written.
import { parseByteSize } from '../../../lang/byte-size.ts';
import { parseDuration } from '../../../lang/duration.ts';
import { splitWords } from '../../../lang/shell-words.ts';
import { nearest } from '../../../std/text.ts';
import { resolvedPath } from './paths.ts';
import { complain, mappingAt, named, replacing, valued, warn, wrongType, joined } from './shape.ts';
import type { Entry, Scalar } from '../../text/tree.ts';
import type { Parsed } from '../../../lang/parsed.ts';
import type { ProblemCode } from '../../codes.ts';
import type { Reading, Shape } from './shape.ts';

/** As it stands: extensions, and what is only looked at by others. */
export const anything: Shape = replacing((tree) => tree);

export const text: Shape = replacing((tree, name, reading) => {
  if (tree.kind === 'scalar' && typeof tree.value === 'string') return tree;
  return wrongType(reading, tree, name, 'a text');
});

/** A text that may be written as a number. */
export const textOrNumber: Shape = replacing((tree, name, reading) => {
  if (tree.kind === 'scalar' && typeof tree.value === 'number') return valued(tree, String(tree.value));
  return text.read(tree, name, reading);
});

/** A text, or true or false as one. */
export const textOrFlag: Shape = replacing((tree, name, reading) => {
  if (tree.kind === 'scalar' && typeof tree.value === 'boolean') return valued(tree, String(tree.value));
  return text.read(tree, name, reading);
});

/** A text that must have a form. */
export function textLike(form: RegExp, hint: string): Shape {
  return replacing((tree, name, reading) => {
    const found = text.read(tree, name, reading);
    if (found === null || found.kind !== 'scalar' || form.test(String(found.value))) return found;
    return complain(reading, tree, 'bad-form', `${name} does not have the form it must have`, hint);
  });
}

/** One of some words; `orNothing`: an empty text, which a variable that is not set leaves behind, says as much as no field. */
export function choice(words: readonly string[], orNothing = false): Shape {
  return replacing((tree, name, reading) => {
    const found = text.read(tree, name, reading);
    if (found === null || found.kind !== 'scalar' || words.includes(String(found.value))) return found;
    if (orNothing && found.value === '') return found;
    const meant = nearest(String(found.value), words);
    const all = words.join(', ');
    return complain(
      reading,
      tree,
      'wrong-value',
      `${name} must be one of ${all}`,
      meant === null ? `write one of ${all}` : `did you mean ${meant}?`,
    );
  });
}

const TRUE: ReadonlySet<string> = new Set(['true', 'y', 'yes', 'on']);
const FALSE: ReadonlySet<string> = new Set(['false', 'n', 'no', 'off']);

/** True or false; the words of YAML 1.1 count, as they do in Compose. */
export const flag: Shape = replacing((tree, name, reading) => {
  if (tree.kind !== 'scalar' || tree.value === null || typeof tree.value === 'number')
    return wrongType(reading, tree, name, 'true or false');
  if (typeof tree.value === 'boolean') return tree;
  const word = tree.value.toLowerCase();
  if (TRUE.has(word) || FALSE.has(word)) return valued(tree, TRUE.has(word));
  return complain(reading, tree, 'wrong-type', `${name} must be true or false, not this text`, 'write true or false');
});

/** A whole number. */
export function whole(minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER): Shape {
  return numeric('a whole number', /^[+-]?\d+$/, minimum, maximum);
}

/** A number that may have a fraction. */
export function decimal(minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER): Shape {
  return numeric('a number', /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i, minimum, maximum);
}

function numeric(wanted: string, form: RegExp, minimum: number, maximum: number): Shape {
  return replacing((tree, name, reading) => {
    const found = tree.kind === 'scalar' ? tree.value : null;
    if (found === null || typeof found === 'boolean' || (typeof found === 'string' && !form.test(found)))
      return wrongType(reading, tree, name, wanted);
    const number = Number(found);
    if (!form.test(String(number))) return wrongType(reading, tree, name, wanted);
    if (number >= minimum && number <= maximum) return typeof found === 'number' ? tree : valued(tree, number);
    const bound = number < minimum ? `at least ${minimum}` : `at most ${maximum}`;
    return complain(reading, tree, 'out-of-range', `${name} is ${number}; it must be ${bound}`, `write a number that is ${bound}`);
  });
}

/** A text of a small language, or a number that means itself when `numbers` is true. */
function parsed(parse: (text: string) => Parsed<number>, code: ProblemCode, wanted: string, numbers: boolean): Shape {
  return replacing((tree, name, reading) => {
    if (tree.kind !== 'scalar') return wrongType(reading, tree, name, wanted);
    if (numbers && typeof tree.value === 'number' && Number.isInteger(tree.value)) return tree;
    if (typeof tree.value === 'number') {
      const hint = numbers ? 'write whole bytes, or a text like 512m' : `put a unit behind the number: ${tree.value}s`;
      return complain(reading, tree, code, `${name} is a bare number; it must be ${wanted}`, hint);
    }
    if (typeof tree.value !== 'string') return wrongType(reading, tree, name, wanted);
    const found = parse(tree.value);
    if (found.fault === null) return valued(tree, found.value);
    return complain(reading, tree, code, `${name} ${found.fault.message}`, found.fault.hint, found.fault.at);
  });
}

/** A duration as seconds. */
export const seconds = parsed(parseDuration, 'bad-duration', 'a duration like 30s', false);
/** A size as bytes. */
export const bytes = parsed(parseByteSize, 'bad-byte-size', 'a size like 512m', true);

/** A file mode: a number as it is, a text of octal digits. */
export const mode: Shape = replacing((tree, name, reading) => {
  if (tree.kind === 'scalar' && typeof tree.value === 'number' && Number.isInteger(tree.value)) return tree;
  if (tree.kind === 'scalar' && typeof tree.value === 'string' && /^0?o?[0-7]+$/.test(tree.value)) {
    return valued(tree, Number.parseInt(tree.value.replace('o', ''), 8));
  }
  return complain(reading, tree, 'bad-form', `${name} must be a file mode`, 'write octal digits, like "0440"');
});

/** A path; a relative one is told from the root of the repository. */
export const path: Shape = replacing((tree, name, reading) => {
  const found = text.read(tree, name, reading);
  return found?.kind === 'scalar' ? resolvedScalar(found, reading) : null;
});

/** The text of a path with the folder of its file before it. */
export function resolvedScalar(tree: Scalar, reading: Reading): Scalar {
  return valued(tree, resolvedPath(reading.folder, String(tree.value)));
}

/** A command: words, or one text that is split into words. An empty value takes nothing away; an empty text or list does. */
export const command: Shape = replacing((tree, name, reading) => {
  if (tree.kind === 'scalar' && tree.value === null) return tree;
  if (tree.kind === 'list') {
    const items = tree.items.flatMap((item, index) => text.read(item, `${name}[${index}]`, reading) ?? []);
    return { ...tree, items };
  }
  if (tree.kind !== 'scalar' || typeof tree.value !== 'string') return wrongType(reading, tree, name, 'a text or a list of texts');
  const split = splitWords(tree.value);
  if (split.fault !== null)
    return complain(reading, tree, 'bad-command', `${name} ${split.fault.message}`, split.fault.hint, split.fault.at);
  const { words, cutAt } = split.value;
  if (cutAt !== null) {
    const message = `${name} ends before "${tree.value[cutAt]}": Compose knows no operators of a shell and leaves out what follows`;
    warn(reading, tree, 'command-cut', message, 'give the whole text to a shell: ["sh", "-c", "..."]', cutAt);
  }
  return { kind: 'list', items: words.map((word) => valued(tree, word)), start: tree.start, end: tree.end };
});

/** What an empty value of a mapping of texts becomes. */
type Empty = 'kept' | 'text';

/** A mapping of texts, also written as a list of NAME=VALUE. Numbers and true/false are written as Compose writes them. */
export function textMap(empty: Empty = 'text', separator = '='): Shape {
  const nothing = empty === 'kept' ? null : '';
  const read: Shape['read'] = (tree, name, reading) => {
    if (tree.kind === 'scalar') return wrongType(reading, tree, name, 'a mapping or a list of NAME=VALUE');
    const entries = new Map<string, Entry>();
    if (tree.kind === 'mapping') {
      for (const entry of tree.entries) {
        if (entry.value.kind !== 'scalar') wrongType(reading, entry.value, named(name, entry.key), 'a single value');
        else entries.set(entry.key, { ...entry, value: textOf(entry.value, nothing) });
      }
    } else {
      for (const [index, item] of tree.items.entries()) {
        const found = text.read(item, `${name}[${index}]`, reading);
        const entry =
          found?.kind === 'scalar' ? pairOf(found, String(found.value), separator, nothing, `${name}[${index}]`, reading) : null;
        if (entry !== null) entries.set(entry.key, entry);
      }
    }
    return { kind: 'mapping', entries: [...entries.values()], start: tree.start, end: tree.end };
  };
  return { read, merge: (earlier, later) => joined(earlier, later, (_, __, b) => b) };
}

function pairOf(item: Scalar, pair: string, separator: string, nothing: '' | null, name: string, reading: Reading): Entry | null {
  const at = pair.indexOf(separator);
  const key = at === -1 ? pair : pair.slice(0, at);
  if (/\s$/.test(key)) {
    return complain(reading, item, 'bad-form', `${name} has a blank before "${separator}"`, 'remove the blank', key.length - 1);
  }
  if (at === -1) return { key, start: item.start, value: valued(item, nothing) };
  const first = item.text === null ? null : item.text + at + 1;
  return { key, start: item.start, value: { ...item, value: pair.slice(at + 1), text: first } };
}

function textOf(value: Scalar, nothing: '' | null): Scalar {
  if (typeof value.value === 'string') return value;
  return valued(value, value.value === null ? nothing : typeof value.value === 'number' ? numberText(value.value) : String(value.value));
}

/** A number as Go prints it: an exponent has two digits, and begins below 0.0001 and at 1e21. */
function numberText(number: number): string {
  const size = Math.abs(number);
  if (number !== 0 && size < 1e-4) return number.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return String(number);
}

/** One entry as a mapping of its own: `{ source: NAME }`. */
export function shortOr(field: string, long: Shape): Shape {
  return {
    read: (tree, name, reading) =>
      tree.kind === 'scalar' && typeof tree.value === 'string' ? mappingAt(tree, { [field]: tree }) : long.read(tree, name, reading),
    merge: long.merge,
  };
}

/** A list of names as a mapping with one empty (or given) value each; a mapping as it is. */
export function namesOr(long: Shape, fields: Readonly<Record<string, string | boolean>> = {}): Shape {
  return {
    read: (tree, name, reading) => {
      if (tree.kind !== 'list') return long.read(tree, name, reading);
      const entries = new Map<string, Entry>();
      for (const [index, item] of tree.items.entries()) {
        const found = text.read(item, `${name}[${index}]`, reading);
        if (found === null || found.kind !== 'scalar') continue;
        const key = String(found.value);
        if (entries.has(key)) complain(reading, item, 'duplicate-item', `${name} holds "${key}" twice`, 'remove one of the two');
        else entries.set(key, { key, start: item.start, value: mappingAt(item, fields) });
      }
      return { kind: 'mapping', entries: [...entries.values()], start: tree.start, end: tree.end };
    },
    merge: long.merge,
  };
}
