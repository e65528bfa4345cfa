// `longshore version` and `longshore --version`: which Longshore this is, and the Node it runs on, which half of all reports leave out.
// Deliberately absent: the daemon's version. It may be another one; `longshore status` tells it.
import { outputOption } from './options.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';

const SAYS = 'print the version of Longshore and of Node';

/** Registers `version`, and `--version` before any verb. */
export function defineVersion(program: Command, { terminal, version }: Context): void {
  const node = process.versions.node;
  const text = `longshore ${version} (node ${node})`;
  program.version(text, '-V, --version', SAYS);
  program
    .command('version')
    .description(SAYS)
    .addOption(outputOption(['text', 'json']))
    .action((options: { output: string }) => {
      terminal.out(options.output === 'json' ? JSON.stringify({ longshore: version, node }) : text);
    });
}
