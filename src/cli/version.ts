// `longshore version`.
import { outputOption } from './options.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';

/** Registers `version`. */
export function defineVersion(program: Command, { terminal, version }: Context): void {
  program
    .command('version')
    .description('print the version of Longshore and of Node')
    .addOption(outputOption(['text', 'json']))
    .action((options: { output: string }) => {
      const node = process.versions.node;
      terminal.out(options.output === 'json' ? JSON.stringify({ longshore: version, node }) : `longshore ${version} (node ${node})`);
    });
}
