// What a text for people must not repeat: values of secrets, in the forms in which programs and engines print them. Whatever is kept or told of a
// container goes through here. Deliberately absent: which values are secret, and any promise about a program that hides its own secret in a form
// of its own (it may print what it likes; docs/secrets.md says so).

/** Shorter texts occur in any sentence. */
const LEAST_ALONE = 4;
/** Of an address what is shorter than this is a word (`services`, `database`) and no key. */
const LEAST_IN_ADDRESS = 12;
/** A value has no more parts than this that are looked for one by one. */
const MOST_PARTS = 1_000;

/**
 * `text` with each value replaced by `***`: whole, escaped as in JSON or an address, in base64 or hexadecimal; and what of it may stand alone: a line,
 * a member of its JSON, host and login of an address. Values under four characters (`1`, `yes`) occur in any sentence: they are taken out where
 * they stand in quotes, or alone behind an equals sign, where an engine quotes a variable.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = new Set(secrets.flatMap((value) => [...encodings(value), ...[value, ...partsOf(value)].flatMap(escapes)]));
  const longestFirst = [...forms].filter((value) => value !== '').sort((a, b) => b.length - a.length);
  let clean = text;
  for (const value of longestFirst) clean = value.length >= LEAST_ALONE ? clean.replaceAll(value, '***') : withoutShort(clean, value);
  return clean;
}

function withoutShort(text: string, value: string): string {
  let clean = text;
  for (const quote of ['"', "'"]) clean = clean.replaceAll(`${quote}${value}${quote}`, `${quote}***${quote}`);
  const behindEquals = `=${value}`;
  let at = clean.indexOf(behindEquals);
  while (at >= 0) {
    const end = at + behindEquals.length;
    // `=1` is not the beginning of `=100`.
    const isAlone = !/\w/.test(clean.charAt(end));
    if (isAlone) clean = `${clean.slice(0, at)}=***${clean.slice(end)}`;
    at = clean.indexOf(behindEquals, at + 1);
  }
  return clean;
}

/** A text as it is, and as JSON, Node and an address write it. */
function escapes(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const inspected = value.replaceAll('\\', '\\\\');
  return [value, json, inspected, inspected.replaceAll("'", String.raw`\'`), asAddress(value), asAddress(value).replaceAll('%20', '+')];
}

/** Percent-encoded; a lone surrogate has no such form. */
function asAddress(value: string): string {
  return value.isWellFormed() ? encodeURIComponent(value) : value;
}

/** The whole value as base64 (of both alphabets, without padding) and hexadecimal. */
function encodings(value: string): readonly string[] {
  if (value.length < LEAST_ALONE) return [];
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  return [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url'), hex, hex.toUpperCase()];
}

/** What of a value may stand alone in a text: its lines (a key in PEM), the members of a JSON object, what is private in an address. */
function partsOf(value: string): readonly string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  const parts = [...(lines.length > 1 ? lines : []), ...membersOf(value), ...addressParts(value)];
  return parts.filter((part) => part.length >= LEAST_ALONE).slice(0, MOST_PARTS);
}

function membersOf(value: string): readonly string[] {
  if (!value.trimStart().startsWith('{')) return [];
  try {
    return Object.values(JSON.parse(value) as object).flatMap((member: unknown) =>
      typeof member === 'string' || typeof member === 'number' ? [String(member)] : [],
    );
  } catch {
    return []; // it only begins like JSON
  }
}

/** Host and login of an address, and what in its path or query is long enough to be a key: an engine names a host that it does not find. */
function addressParts(value: string): readonly string[] {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value) || !URL.canParse(value)) return [];
  const { hostname, username, password, pathname, searchParams } = new URL(value);
  // A scheme that URL does not know keeps the letters of its host; others are told in small ones.
  const written =
    value
      .slice(value.indexOf('//') + 2)
      .split(/[/?#]/)[0]
      ?.split('@')
      .at(-1)
      ?.replace(/:\d+$/, '') ?? '';
  const keys = [...pathname.split('/'), ...searchParams.values()].filter((part) => part.length >= LEAST_IN_ADDRESS);
  return [hostname, written, username, decoded(password), password, ...keys];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
