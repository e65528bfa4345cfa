// What becomes of a field, or of one value of a field, that a plain Docker engine can't honour as ECS does. It stands in the schema beside
// the description, so that validation, the JSON Schemas and the table of fates in docs/reference read the same words.
// A field without a fate is honoured: the core or an adapter acts on it, and a test proves it.
import 'zod';

/**
 * approximated: something else happens that serves the same end (warning).
 * ignored: nothing happens, and nothing is lost by that (warning).
 * refused: leaving it out would be unsafe, or it means something only inside AWS (error).
 * later: valid, kept in the model, and not acted on by this version: a warning when manifests are checked, an error when they would be
 * deployed, because a service without its secrets or volumes is not the service that was asked for.
 */
export type Fate = 'approximated' | 'ignored' | 'refused' | 'later';

export interface FateNote {
  readonly fate: Fate;
  /** What happens instead, as a clause that can stand behind a colon: "tasks run on the instances of their cluster". */
  readonly instead: string;
  /** A rule of the kind tells it, once for fields that belong together and in words that fit what they hold. */
  readonly byRule?: true;
}

declare module 'zod' {
  interface GlobalMeta {
    /** Of the field as a whole. */
    fate?: FateNote;
    /** Of single values, by their text: `{ host: later('...') }`. */
    valueFates?: Readonly<Record<string, FateNote>>;
    /** Of a list with more than one entry. */
    severalFate?: FateNote;
  }
}

/** Something else happens that serves the same end. For `.meta(...)`. */
export function approximated(instead: string): { fate: FateNote } {
  return { fate: { fate: 'approximated', instead } };
}

/** Nothing happens, and nothing is lost by that. For `.meta(...)`. */
export function ignored(instead: string): { fate: FateNote } {
  return { fate: { fate: 'ignored', instead } };
}

/** It can neither be honoured nor left out. For `.meta(...)`. */
export function refused(instead: string): { fate: FateNote } {
  return { fate: { fate: 'refused', instead } };
}

/** What this version does with a field that is modelled and not acted on yet. */
export function later(instead = 'it is checked, and nothing acts on it'): { fate: FateNote } {
  return { fate: { fate: 'later', instead } };
}

/** A fate that a rule of the kind tells, see `byRule`. */
export function saidByRule({ fate }: { fate: FateNote }): { fate: FateNote } {
  return { fate: { ...fate, byRule: true } };
}
