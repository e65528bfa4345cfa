// What every provider of secrets is to the rest: asked for a secret by the names that it may be kept under, it gives its content or says why
// not. Deliberately absent: fingerprints, keys inside a secret, deadlines (secrets.ts, content.ts); they are the same for all of them.
import type { SecretFault, SecretFaultCode } from '../../model/access/secret.ts';
import type { SourceFile } from '../../manifest/source.ts';

/** What a manifest asks for, as a provider needs to know it. */
export interface Wanted {
  /** The names it may be kept under; the first that is there counts. */
  readonly names: readonly string[];
  /** AWSCURRENT, AWSPREVIOUS; null with versionId null: what is current. */
  readonly versionStage: string | null;
  readonly versionId: string | null;
}

/** One reading of many secrets. */
export interface Reading {
  /** Of the commit; null: none was read yet. */
  readonly files: readonly SourceFile[] | null;
  readonly signal: AbortSignal;
  /** What was read already in this reading, by provider and name: three keys of one secret are one request. */
  readonly memo: Map<string, Promise<Content>>;
}

/** A text, or fields of which each is a text of its own. */
export type Content =
  | { readonly kind: 'text'; readonly text: string }
  /** `sole`: the field that stands for the whole where it is the only one. */
  | { readonly kind: 'fields'; readonly fields: Readonly<Record<string, unknown>>; readonly sole: readonly string[] };

export interface Provider {
  readonly name: string;
  /** Whether it can decrypt a file of the commit. */
  readonly opensCommit: boolean;
  /** Throws SecretError. */
  read(wanted: Wanted, reading: Reading): Promise<Content>;
  /** A file of variables, whole; null where it keeps no files. */
  readonly readFile: ((name: string, reading: Reading) => Promise<string>) | null;
}

export class SecretError extends Error {
  readonly code: SecretFaultCode;
  /** What to do next. */
  readonly hint: string;

  constructor(code: SecretFaultCode, message: string, hint: string) {
    super(message);
    this.name = 'SecretError';
    this.code = code;
    this.hint = hint;
  }
}

/** Any thrown value as a fault. What nobody foresaw is told without its own words: they might quote what was read. */
export function faultOf(error: unknown, signal: AbortSignal): SecretFault {
  if (error instanceof SecretError) return { code: error.code, message: error.message, hint: error.hint };
  if (signal.aborted) return { code: 'away', message: 'no answer came in time', hint: 'Nothing needs to be done; it is asked again.' };
  const kind = error instanceof Error ? ('code' in error && typeof error.code === 'string' ? error.code : error.name) : typeof error;
  return { code: 'away', message: `it could not be read (${kind})`, hint: 'It is asked again; if that does not help, please report it.' };
}

/** The files of the commit; throws SecretError while there is none. */
export function filesOf({ files }: Reading): readonly SourceFile[] {
  if (files !== null) return files;
  throw new SecretError('away', 'no commit was read yet', 'Nothing needs to be done; it is asked again.');
}

/** The parts of a name that leads nowhere else; throws SecretError for any other. */
export function nameParts(name: string, provider: string): readonly string[] {
  const parts = name.split('/');
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  const isBad = (part: string): boolean => part === '' || part === '.' || part === '..' || /[\\\u0000-\u001f\u007f]/.test(part);
  if (!parts.some(isBad)) return parts;
  throw new SecretError(
    'refused',
    `${provider} does not read a secret whose name has empty parts, "." or ".." in it`,
    'Give it a plain name, such as shop/db.',
  );
}

/** Refuses another version than the current one, for providers that keep no other. */
export function onlyCurrent({ versionStage, versionId }: Pick<Wanted, 'versionStage' | 'versionId'>, provider: string): void {
  if (versionId === null && (versionStage === null || versionStage === 'AWSCURRENT')) return;
  throw new SecretError('absent', `${provider} keeps the current version alone`, 'Leave version-stage and version-id in valueFrom empty.');
}
