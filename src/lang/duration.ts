// Durations as Compose writes them: `1m30s`, `2h`, `500ms`, `1.5s`, `1w2d`. Units stand behind each number; a bare number is refused,
// except 0. The result is seconds, with fractions down to a nanosecond.
import { fault, read } from './parsed.ts';
import type { Parsed } from './parsed.ts';

const SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
};
const PART = /(\d+(?:\.\d*)?|\.\d+)([a-zµμ]*)/y;
const HINT = 'write numbers with units, like 30s, 1m30s or 500ms';
/** Above it a number of nanoseconds no longer fits into 63 bits: 292 years. */
const SECONDS_MAX = 9_223_372_036;

/** Seconds. The fault stands at the part that cannot be read. */
export function parseDuration(text: string): Parsed<number> {
  if (text === '') return fault(0, 'is empty where a duration is expected', HINT);
  if (text === '0') return read(0);
  const negative = text.startsWith('-');
  let at = negative || text.startsWith('+') ? 1 : 0;
  let seconds = 0;
  while (at < text.length || at === 0) {
    PART.lastIndex = at;
    const part = PART.exec(text);
    if (part === null) return fault(at, 'has something else than a number with its unit', HINT);
    const [all, number = '', unit = ''] = part;
    const factor = Object.hasOwn(SECONDS, unit) ? SECONDS[unit] : undefined;
    if (unit === '') return fault(at + all.length, `has the number ${number} without a unit`, HINT);
    if (factor === undefined) return fault(at + number.length, `has a unit "${unit}" that does not exist`, HINT);
    seconds += Number(number) * factor;
    at += all.length;
  }
  if (seconds > SECONDS_MAX) return fault(0, 'is longer than 292 years', HINT);
  // sums of fractions carry a last digit too many: 0.1 + 0.2
  const rounded = Math.round(seconds * 1e9) / 1e9;
  return read(negative ? -rounded : rounded);
}
