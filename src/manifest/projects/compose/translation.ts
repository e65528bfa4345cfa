// What one compose service has been translated to so far, and what is told about the way. Made, filled and read out by to-drafts.ts.
import type { Fields } from './made.ts';
import type { ProblemCode } from '../../codes.ts';
import type { Tree } from '../../text/tree.ts';

/** Something to tell about a value of the compose file, at its offset. */
export interface Told {
  readonly code: ProblemCode;
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

/** Fields of the three things that a compose service becomes, and of the extension of each. */
export interface Parts {
  readonly container?: Fields;
  readonly containerExtension?: Fields;
  readonly linux?: Fields;
  readonly task?: Fields;
  readonly service?: Fields;
  readonly serviceExtension?: Fields;
}

export interface Translation {
  /** Name of the compose service. */
  readonly name: string;
  /** Name of the project with a separator behind it, or nothing. */
  readonly prefix: string;
  readonly told: Told[];
}

const HINT = 'docs/from-compose.md lists what each key becomes';

/** Tells that a key is left out, and what that means. */
export function leftOut(translation: Translation, key: string, place: Tree, instead: string): void {
  const message = `${key} of service "${translation.name}" is left out: ${instead}`;
  translation.told.push({ code: 'compose-left-out', offset: place.start, message, hint: HINT });
}

/** Tells that a key does something else than in Compose. */
export function otherwise(translation: Translation, key: string, place: Tree, instead: string, hint = HINT): void {
  const message = `${key} of service "${translation.name}" is done in another way: ${instead}`;
  translation.told.push({ code: 'compose-otherwise', offset: place.start, message, hint });
}

/** Tells of what must not be left out and is not acted on by this version. */
export function notYet(translation: Translation, key: string, place: Tree, why: string, hint = HINT): void {
  const message = `${key} of service "${translation.name}" is not deployed yet: ${why}`;
  translation.told.push({ code: 'not-deployed-yet', offset: place.start, message, hint });
}

/** A name of ECS's: letters, digits, hyphens and underscores. */
export function ecsName(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 255);
}
