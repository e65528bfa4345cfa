// The types of build.mjs, which is plain JavaScript because bin/longshore.mjs asks it on whatever Node there is.
// Deliberately absent: its helpers.

/** The main file of the command line: built, where that is of the sources as they are now; else the source. */
export function mainFile(): string;
/** Builds dist/ unless it is of the sources as they are now. */
export function ensureBuilt(): Promise<void>;
