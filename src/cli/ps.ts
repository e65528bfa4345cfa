// `longshore ps`: the tasks that the daemon runs, and with --stopped those that it remembers, one a line.
import { doorClient } from '../api/client.ts';
import { SHORT_ID } from '../api/choose.ts';
import { durationText } from '../std/time.ts';
import { examples } from './verb.ts';
import { failureOf } from './failure.ts';
import { outputOption, stateFolderOf, stateOption, statePaths } from './options.ts';
import { table } from './table.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';
import type { TaskList } from '../api/describe.ts';
import type { TaskStatusLine } from '../api/status.ts';

interface PsOptions {
  readonly state?: string;
  readonly stopped?: true;
  readonly output: string;
}

/** Registers `ps`. */
export function definePs(program: Command, { terminal }: Context): void {
  program
    .command('ps')
    .argument('[service]', 'only the tasks of this service')
    .description('list tasks')
    .addOption(stateOption())
    .option('--stopped', 'also those that have stopped, as far as they are remembered')
    .addOption(outputOption(['text', 'json']))
    .addHelpText('after', examples(['longshore ps', 'every task'], ['longshore ps web --stopped', 'and why the last ones stopped']))
    .action(async (service: string | undefined, options: PsOptions) => {
      const folder = stateFolderOf(options);
      let list: TaskList;
      try {
        list = await doorClient(statePaths(folder).socket).tasks(service ?? null, options.stopped === true);
      } catch (error) {
        throw failureOf(error, folder);
      }
      if (options.output === 'json') return terminal.out(JSON.stringify(list, null, 2));
      terminal.out(taskLines([...list.tasks, ...list.stopped], Date.now(), terminal.width).join('\n'));
    });
}

/** Tasks as a table of at most `width` columns; `now` (ms) for their ages. */
export function taskLines(tasks: readonly TaskStatusLine[], now: number, width: number): readonly string[] {
  if (tasks.length === 0) return ['no task'];
  const rows = tasks.map((task) => [
    task.id.slice(0, SHORT_ID),
    task.service,
    task.revision,
    task.instance,
    task.lastStatus,
    task.lastStatus === 'STOPPED' ? '-' : task.health,
    sinceText(task, now),
  ]);
  return table(['TASK', 'SERVICE', 'REVISION', 'INSTANCE', 'STATUS', 'HEALTH', 'SINCE OR REASON'], rows, width);
}

function sinceText(task: TaskStatusLine, now: number): string {
  const { stoppedAt, stoppedReason, startedAt } = task;
  const ago = stoppedAt === null ? '' : `${durationText(Math.max(0, now - stoppedAt))} ago: `;
  if (stoppedReason !== null) return `${ago}${stoppedReason}`;
  return startedAt === null ? '-' : `up ${durationText(Math.max(0, now - startedAt))}`;
}
