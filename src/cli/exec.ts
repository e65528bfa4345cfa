// `longshore exec`: a command inside a running container, as ECS's ExecuteCommand. With a terminal every key goes to the command, Ctrl-C too; its
// exit code is ours. The terminal is put back as it was, however this ends.
import { once } from 'node:events';
import { SHORT_ID } from '../api/choose.ts';
import { examples, interruption } from './verb.ts';
import { Failure, failureOf } from './failure.ts';
import { stateFolderOf, stateOption, statePaths } from './options.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';
import type { ExecChannel } from '../api/exec-client.ts';
import type { Terminal } from './terminal.ts';

interface ExecOptions {
  readonly state?: string;
  readonly container?: string;
  readonly interactive?: true;
  readonly tty?: true;
}

/** Registers `exec`. */
export function defineExec(program: Command, { terminal, end, exit }: Context): void {
  program
    .command('exec')
    .argument('<service|task>', 'a task by its id or at least 4 digits of its beginning, or a service: then one of its tasks')
    .argument('<command...>', 'the program and its arguments, behind --')
    .description('run a command in a running container')
    .addOption(stateOption())
    .option('--container <name>', 'which container, where the task has several')
    .option('-i, --interactive', 'send it what stdin gives')
    .option('-t, --tty', 'give it a terminal')
    .addHelpText(
      'after',
      examples(
        ['longshore exec web -it -- sh', 'a shell in a task of the service'],
        ['longshore exec 1a2b3c4d --container app -- cat /etc/hosts', 'one command in one container'],
        ['longshore exec web -i -- psql < query.sql', 'with the input of a file'],
      ),
    )
    .action(async (of: string, command: readonly string[], options: ExecOptions) => {
      if (options.tty === true && !process.stdin.isTTY)
        throw new Failure('ERROR', 'stdin is not a terminal', 'Leave -t out; -i alone sends what comes through a pipe.');
      const folder = stateFolderOf(options);
      const stop = interruption();
      try {
        const code = await run(of, command, options, statePaths(folder).socket, terminal, stop.signal);
        exit(code);
      } catch (error) {
        if (!stop.signal.aborted) throw failureOf(error, folder);
        end('INTERRUPTED');
      } finally {
        stop.release();
      }
    });
}

/** Runs the command to its end; its exit code. */
async function run(
  of: string,
  command: readonly string[],
  options: ExecOptions,
  socketPath: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const { openSession } = await import('../api/exec-client.ts');
  const [stdin, tty] = [options.interactive === true, options.tty === true];
  const { columns, rows } = process.stdout.isTTY ? process.stdout : { columns: 80, rows: 24 };
  const start = { of, container: options.container ?? null, command, stdin, tty, columns, rows };
  const channel = await openSession(socketPath, start, signal);
  let restore = (): void => undefined;
  try {
    for await (const event of channel.events) {
      if (event.kind === 'exit') return event.exitCode;
      if (event.kind === 'started') {
        const { task, container } = event.place;
        if (!task.startsWith(of)) terminal.note(`in task ${task.slice(0, SHORT_ID)}, container ${container}`);
        restore = connect(channel, stdin, tty, signal);
      } else {
        const stream = event.kind === 'stdout' ? process.stdout : process.stderr;
        if (!stream.write(event.bytes)) await once(stream, 'drain', { signal });
      }
    }
    throw new Error('the session ended without an exit code');
  } finally {
    restore();
    channel.close();
  }
}

/** Connects the terminal, or what is piped in; the returned function lets go of it. */
function connect(channel: ExecChannel, stdin: boolean, tty: boolean, signal: AbortSignal): () => void {
  const resize = (): void => channel.resize(process.stdout.columns, process.stdout.rows);
  if (tty) {
    process.stdin.setRawMode(true);
    process.stdout.on('resize', resize);
  }
  if (stdin) void pump(channel, signal);
  return () => {
    process.stdout.off('resize', resize);
    if (tty) process.stdin.setRawMode(false);
    process.stdin.destroy();
  };
}

/** Sends stdin as fast as the command reads it, then its end. */
async function pump(channel: ExecChannel, signal: AbortSignal): Promise<void> {
  try {
    for await (const bytes of process.stdin as AsyncIterable<Buffer>) await channel.stdin(bytes);
  } catch (error) {
    // The command has ended and with it the reading, or somebody has pressed Ctrl-C.
    if (!signal.aborted && !process.stdin.destroyed) throw error;
  }
  channel.end();
}
