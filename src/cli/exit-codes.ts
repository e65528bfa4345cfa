// How a command can end: one table for the process, for `longshore help exit-codes`, for docs/reference/exit-codes.md and for the tests.
// A result is a word; several words may share a number where scripts ask only "did it go well". Numbers never change once released.

interface ResultRow {
  readonly code: number;
  readonly meaning: string;
  /** Which verbs can end like this. */
  readonly verbs: string;
}

export const RESULTS = {
  OK: {
    code: 0,
    meaning: 'Done. For `watch --once` and `plan --detailed-exitcode`: all is as git declares it, and nothing is left to do.',
    verbs: 'all',
  },
  ERROR: { code: 1, meaning: 'Something failed, or the command line is wrong; the lines `error:` and `hint:` say what.', verbs: 'all' },
  INVALID: {
    code: 1,
    meaning: 'The manifests have errors.',
    verbs: 'validate, init, convert, render, plan, watch --once, instance register',
  },
  CHANGES: { code: 2, meaning: 'The plan is not empty, and --detailed-exitcode asked.', verbs: 'plan' },
  NOT_AS_DECLARED: {
    code: 2,
    meaning: "The plan is empty, but a service waits, failed or was rolled back, or a port can't be opened; --detailed-exitcode asked.",
    verbs: 'plan',
  },
  WARNINGS: { code: 2, meaning: 'There are warnings but no errors, and --strict asked.', verbs: 'validate' },
  ROLLED_BACK: { code: 3, meaning: 'A deployment failed and the service is back at its last completed one.', verbs: 'watch --once' },
  FAILED: { code: 3, meaning: 'A deployment failed; what ran before it still runs.', verbs: 'watch --once' },
  TIMED_OUT: { code: 4, meaning: 'The time was up and something was still under way.', verbs: 'watch --once, instance drain --wait, stop' },
  LOCKED: { code: 5, meaning: 'Another process holds the state folder.', verbs: 'watch' },
  NO_ENGINE: { code: 6, meaning: 'No engine answered.', verbs: 'watch --once' },
  NO_DAEMON: {
    code: 7,
    meaning: 'No daemon answered on the socket in the state folder.',
    verbs: 'status, events, ps, describe, why, logs, exec, stop-task, instance, rebalance, stop',
  },
  INTERRUPTED: {
    code: 130,
    meaning: 'Ended by Ctrl-C or SIGTERM before it was done.',
    verbs: 'watch --once, events --follow, logs --follow, exec',
  },
} as const satisfies Readonly<Record<string, ResultRow>>;

export type Result = keyof typeof RESULTS;

/** The process's exit code for a result. */
export function exitCodeOf(result: Result): number {
  return RESULTS[result].code;
}

/** The last line that a judging verb prints: `result: ROLLED_BACK (exit 3)`. */
export function resultLine(result: Result): string {
  return `result: ${result} (exit ${exitCodeOf(result)})`;
}

/** The rows as text: exit code, name, verbs, meaning. */
export function exitCodeRows(): readonly (readonly [code: string, name: string, verbs: string, meaning: string])[] {
  return Object.entries(RESULTS).map(([name, { code, verbs, meaning }]) => [String(code), name, verbs, meaning] as const);
}

/** The page docs/reference/exit-codes.md, whole. */
export function exitCodePage(): string {
  const rows = exitCodeRows().map(([code, name, verbs, meaning]) => `| ${code} | \`${name}\` | ${verbs} | ${meaning} |`);
  return [
    '# Exit codes',
    '',
    'How a `longshore` command ends. Verbs that judge (`validate`, `plan`, `watch --once`, `stop`), and every verb that does not end',
    'well, print the name as their last line on stderr, for example `result: ROLLED_BACK (exit 3)`; stdout holds only what was asked for.',
    '`plan` ends with 0, 1 or 2 only. `longshore help exit-codes` prints this table.',
    '',
    '| exit | result | verbs | meaning |',
    '| ---: | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
