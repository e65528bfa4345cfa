// `longshore stop`: ends the daemon through its own door; tasks and proxy go on. With --proxy the proxy drains and ends as well, and
// then nothing serves the listeners until a daemon starts again. No task is ever stopped here: that is git's word.
import { setTimeout as sleep } from 'node:timers/promises';
import { doorClient, DoorError } from '../api/client.ts';
import { examples } from './verb.ts';
import { Failure, failureOf } from './failure.ts';
import { stateFolderOf, stateOption, statePaths, timeoutOption } from './options.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';

interface StopOptions {
  readonly state?: string;
  readonly proxy?: true;
  readonly timeout: number;
}

/** How often to look whether the daemon is gone; it takes some 50 ms. */
const LOOK_AGAIN_MS = 25;
/** A daemon finishes the calls that are under way. */
const DEFAULT_TIMEOUT_MS = 60_000;

/** Registers `stop`. */
export function defineStop(program: Command, { terminal, end }: Context): void {
  program
    .command('stop')
    .description('end the daemon; tasks and the proxy go on')
    .addOption(stateOption())
    .option('--proxy', 'drain and end the proxy, too: its listeners close')
    .addOption(timeoutOption('give up waiting after this time').default(DEFAULT_TIMEOUT_MS, '60s'))
    .addHelpText(
      'after',
      examples(
        ['longshore stop', 'before an upgrade: no request fails, no task stops'],
        ['longshore stop --proxy', 'before the machine goes away'],
      ),
    )
    .action(async (options: StopOptions) => {
      const folder = stateFolderOf(options);
      const paths = statePaths(folder);
      const daemon = await stopDaemon(folder, options.timeout);
      if (daemon !== null) terminal.out(`daemon ${daemon} has ended; tasks go on`);
      if (options.proxy === true) {
        const { stopProxy } = await import('../adapters/proxy/supervisor.ts');
        const stopped = await stopProxy(paths.proxySocket);
        terminal.out(stopped ? 'the proxy has drained and ended' : 'no proxy answers');
        if (daemon === null && !stopped) throw absent(folder);
      } else if (daemon === null) {
        throw absent(folder);
      }
      end('OK', 'announce');
    });
}

/** Ends the daemon of a state folder and waits until it is gone; its process id, or null when none answers. */
async function stopDaemon(folder: string, timeoutMs: number): Promise<number | null> {
  const door = doorClient(statePaths(folder).socket);
  let pid: number;
  try {
    pid = await door.stop();
  } catch (error) {
    if (error instanceof DoorError && error.trouble === 'absent') return null;
    throw failureOf(error, folder);
  }
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(LOOK_AGAIN_MS)) {
    try {
      await door.status();
    } catch (error) {
      // The door closes last. One that hangs up in the middle of an answer is about to be absent: look again.
      if (error instanceof DoorError && error.trouble === 'absent') return pid;
      if (!(error instanceof DoorError) || error.trouble !== 'silent') throw failureOf(error, folder);
    }
  }
  throw new Failure(
    'TIMED_OUT',
    `daemon ${pid} has not ended within ${timeoutMs / 1_000} s`,
    'Its log says what it waits for; a kill -9 of it loses nothing either.',
  );
}

function absent(folder: string): Failure {
  return failureOf(new DoorError('absent', `no daemon answers on ${statePaths(folder).socket}`), folder);
}
