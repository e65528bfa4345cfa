// Files that only their owner may read. SQLite makes them with the process's umask and gives its side files the mode of the main one.
// Deliberately absent: opening a file that is there. Closing any descriptor of it drops every lock this process has on it (POSIX).
import { closeSync, existsSync, openSync } from 'node:fs';

/** Makes an empty `file` with mode 0600 unless it exists; an existing one is not touched. */
export function makePrivateFile(file: string): void {
  if (existsSync(file)) return;
  try {
    closeSync(openSync(file, 'ax', 0o600));
  } catch (error) {
    // Another process made it since we looked: it is there, which is all that was wanted.
    if (!existsSync(file)) throw error;
  }
}
