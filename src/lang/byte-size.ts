// Sizes as Docker writes them: `512m`, `1.5gb`, `64KiB`, `1048576`. Every unit counts in 1024s, with or without an "i".
import { fault, read } from './parsed.ts';
import type { Parsed } from './parsed.ts';

const SIZE = /^([+-]?\d+(?:\.\d+)?|\.\d+)( ?)(.*)$/s;
const UNIT = /^(?:([kmgtp])(?:i?b)?|b)?$/i;
const POWERS = 'kmgtp';
const HINT = 'write a number with b, k, m or g behind it, like 512m or 1.5g';

/** Whole bytes. A negative number without a unit is read as it is: -1 means no limit. */
export function parseByteSize(text: string): Parsed<number> {
  const parts = SIZE.exec(text);
  if (parts === null) return fault(0, 'does not begin with a number', HINT);
  const [, number = '', blank = '', unit = ''] = parts;
  const known = UNIT.exec(unit);
  if (known === null) return fault(number.length + blank.length, `has a unit "${unit.slice(0, 20)}" that does not exist`, HINT);
  const bytes = Math.floor(Number(number) * 1_024 ** (POWERS.indexOf((known[1] ?? ' ').toLowerCase()) + 1));
  if (bytes < 0 && unit !== '') return fault(0, 'is a negative size', HINT);
  return Number.isSafeInteger(bytes) ? read(bytes) : fault(0, 'is larger than any machine', HINT);
}
