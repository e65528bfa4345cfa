// `longshore help [topic]`: the help of a verb, or the table of exit codes.
import { exitCodeRows } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { nearest } from '../std/text.ts';
import { table } from './table.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';

/** Registers `help`. */
export function defineHelp(program: Command, { terminal }: Context): void {
  program
    .command('help')
    .argument('[topic]', 'a verb, or exit-codes')
    .description('tell more about a verb, or about exit codes')
    .action((topic: string | undefined) => {
      if (topic === undefined) return program.outputHelp();
      if (topic === 'exit-codes') {
        const rows = exitCodeRows().map(([code, name, verbs, meaning]) => [{ text: code, right: true }, name, meaning, verbs]);
        return terminal.out(table(['EXIT', 'RESULT', 'MEANING', 'VERBS'], rows, terminal.width).join('\n'));
      }
      const verb = program.commands.find((command) => command.name() === topic);
      if (verb) return verb.outputHelp();
      const topics = [...program.commands.map((command) => command.name()), 'exit-codes'];
      const meant = nearest(topic, topics);
      throw new Failure(
        'ERROR',
        `there is no help on \`${topic}\``,
        meant === null ? `Topics: ${topics.join(', ')}.` : `Did you mean ${meant}?`,
      );
    });
}
