// `longshore stop-task`: stops one task, as ECS's StopTask does. It leaves the routing first, like every other; its service starts another one in
// its place, because how many there are is git's word.
import { randomUUID } from 'node:crypto';
import { doorClient } from '../api/client.ts';
import { examples } from './verb.ts';
import { failureOf } from './failure.ts';
import { outputOption, stateFolderOf, stateOption, statePaths } from './options.ts';
import { SHORT_ID } from '../api/choose.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';
import type { StopAnswer } from '../api/commands.ts';

interface StopTaskOptions {
  readonly state?: string;
  readonly reason?: string;
  readonly output: string;
}

/** Registers `stop-task`. */
export function defineStopTask(program: Command, { terminal }: Context): void {
  program
    .command('stop-task')
    .argument('<task>', 'its id or at least 4 digits of its beginning')
    .description('stop a task; its service replaces it')
    .addOption(stateOption())
    .option('--reason <text>', 'why, for the events and for describe (at most 255 characters)')
    .addOption(outputOption(['text', 'json']))
    .addHelpText(
      'after',
      examples(
        ['longshore stop-task 1a2b3c4d', 'it is drained and stopped, and another one started'],
        ["longshore stop-task 1a2b3c4d --reason 'stuck since noon'", 'with the reason that events and describe tell'],
      ),
    )
    .action(async (of: string, options: StopTaskOptions) => {
      const folder = stateFolderOf(options);
      let answer: StopAnswer;
      try {
        answer = await doorClient(statePaths(folder).socket).stopTask({ of, reason: options.reason ?? null, key: randomUUID() });
      } catch (error) {
        throw failureOf(error, folder);
      }
      if (options.output === 'json') return terminal.out(JSON.stringify(answer, null, 2));
      const which = `task ${answer.task.slice(0, SHORT_ID)} of ${answer.service}`;
      if (answer.outcome === 'stopping') terminal.out(`${which} is being stopped: ${answer.stoppedReason ?? ''}`);
      else terminal.out(`${which} was stopping already${answer.stoppedReason === null ? '' : `: ${answer.stoppedReason}`}`);
    });
}
