// Files of variables as ECS reads them (environmentFiles, spec 1.7): a line is NAME=VALUE, split at its first "="; lines that begin with
// "#", hold no "=" or begin with it are passed over. Nothing is unquoted, replaced or trimmed: a quote is a part of the value.
// Deliberately absent: the .env files of Compose, which are read otherwise (manifest/text/dotenv.ts).
import { fault, read } from './parsed.ts';
import type { Parsed } from './parsed.ts';

export interface FileVariable {
  readonly name: string;
  readonly value: string;
}

/** The ARN of an object in S3, and the key in it. */
const OBJECT = /^arn:aws[a-z-]*:s3:::([^/]+)\/(.+)$/;
const REFERENCE_HINT = 'write the path of a file of the repository, or the ARN of an S3 object, whose name ends in .env';

/**
 * The names that an `environmentFiles` value may mean here, in the order in which they are tried: of an ARN bucket and key, then the key
 * alone; of anything else the text itself. ECS asks for `.env` at the end.
 */
export function parseEnvironmentFileName(text: string): Parsed<readonly string[]> {
  const object = OBJECT.exec(text);
  if (object === null && text.startsWith('arn:')) return fault(0, 'is no ARN of an S3 object', REFERENCE_HINT);
  if (!text.endsWith('.env')) return fault(text.length, 'does not end in .env', REFERENCE_HINT);
  const names = object === null ? [text] : [`${object[1]}/${object[2]}`, object[2] ?? ''];
  const isWay = (name: string): boolean => name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  return names.every(isWay) ? read(names) : fault(0, 'has empty parts, "." or ".." in its path', REFERENCE_HINT);
}

/** No process starts with more. */
const VARIABLES_MAX = 10_000;

/** Reads a file; of a name that it gives twice the last value counts. No message holds a value. */
export function parseEnvironmentFile(text: string): Parsed<readonly FileVariable[]> {
  const variables = new Map<string, string>();
  for (const line of text.replace(/^\u{feff}/u, '').split('\n')) {
    const sign = line.indexOf('=');
    if (sign < 1 || line.startsWith('#')) continue;
    variables.set(line.slice(0, sign), line.slice(sign + 1).replace(/\r$/, ''));
    if (variables.size > VARIABLES_MAX)
      return fault(0, `sets more than ${VARIABLES_MAX} variables`, 'no process starts with so many: split it');
  }
  const broken = text.indexOf('\0');
  if (broken !== -1) return fault(broken, 'holds a NUL character', 'an environment cannot hold one: save the file as UTF-8');
  return read(Array.from(variables, ([name, value]) => ({ name, value })));
}
