// Attributes of load balancers, listeners and target groups against the tables of model/traffic/elb-attributes.ts: known keys, values in range,
// each key once, and what becomes of a value that is not the default.
import { nearest } from '../../std/text.ts';
import { onValue } from '../finding.ts';
import { told } from '../fates.ts';
import type { AttributeNote } from '../../model/traffic/elb-attributes.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';

interface Attribute {
  readonly key: string;
  readonly value: string;
}

/** What is wrong with a list of attributes. `owner`: "a target group". */
export function attributeFindings(
  attributes: readonly Attribute[] | undefined,
  table: Readonly<Record<string, AttributeNote>>,
  owner: string,
  path: Path,
): Finding[] {
  const seen = new Set<string>();
  return (attributes ?? []).flatMap(({ key, value }, index) => {
    const place = [...path, index];
    if (seen.has(key))
      return [onValue('duplicate-attribute', [...place, 'key'], `the attribute ${key} is given twice`, 'keep one of the two')];
    seen.add(key);
    const note = Object.hasOwn(table, key) ? table[key] : undefined;
    if (note === undefined) {
      const meant = nearest(key, Object.keys(table));
      const hint = meant === null ? 'docs/reference/fates.md lists the attributes that are known' : `did you mean ${meant}?`;
      return [onValue('unknown-attribute', [...place, 'key'], `${owner} has no attribute "${key}"`, hint)];
    }
    const wrong = valueFinding(key, value, note, [...place, 'value']);
    if (wrong !== null) return [wrong];
    if (note.fate === undefined || value === note.default) return [];
    return [{ ...told(note.fate, `the attribute ${key}`, [...place, 'key']), on: 'value' }];
  });
}

function valueFinding(key: string, value: string, { range, or, choices, default: fallback }: AttributeNote, path: Path): Finding | null {
  if (value === or || value === fallback) return null;
  if (choices !== undefined) {
    if (choices.includes(value)) return null;
    const list = choices.join(' or ');
    return onValue('bad-attribute-value', path, `${key} is "${value}"; it must be ${list}`, `write ${list}`);
  }
  if (range === undefined) return null;
  const [from, to] = range;
  if (/^[0-9]{1,6}$/.test(value) && Number(value) >= from && Number(value) <= to) return null;
  const unit = key.endsWith('seconds') ? ' of seconds' : '';
  const beside = or === undefined ? '' : `, or ${or}`;
  const message = `${key} is "${value}"; it must be a whole number${unit} from ${from} to ${to}${beside}`;
  return onValue('bad-attribute-value', path, message, unit === '' ? `write a number, such as "${from}"` : 'write seconds, such as "30"');
}

/** The value of an attribute, or its default. */
export function attributeOf(
  attributes: readonly Attribute[] | undefined,
  key: string,
  table: Readonly<Record<string, AttributeNote>>,
): string | null {
  return attributes?.find((attribute) => attribute.key === key)?.value ?? table[key]?.default ?? null;
}
