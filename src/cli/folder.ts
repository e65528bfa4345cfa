// Where Longshore itself lies, for the few files of it that a command reads: its version, its documentation, its example.
// Two folders up, from src/cli/ as from dist/cli/: built, everything of the command line stands in that one folder.

export const LONGSHORE_FOLDER = new URL('../../', import.meta.url);
