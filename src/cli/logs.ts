// `longshore logs`: what the containers of a service or a task write, on every engine, read through the daemon. It is printed as it comes: a
// reader that is slower than the containers makes the engines wait, and nothing is kept in between.
import { once } from 'node:events';
import { InvalidArgumentError } from 'commander';
import { doorClient } from '../api/client.ts';
import { SHORT_ID } from '../api/choose.ts';
import { examples, interruption } from './verb.ts';
import { failureOf } from './failure.ts';
import { outputOption, parseCount, parseDuration, stateFolderOf, stateOption, statePaths } from './options.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';
import type { LogNote, LogOrigin, LogRecord, LogRequest } from '../api/logs.ts';
import type { Paint, Terminal } from './terminal.ts';

interface LogOptions {
  readonly state?: string;
  readonly follow?: true;
  readonly container?: string;
  readonly since?: number;
  readonly tail?: number;
  readonly timestamps?: true;
  readonly output: string;
}

/** One colour a container, so that the eye can tell them apart; red is left to what went wrong. */
const COLOURS: readonly Paint[] = ['cyan', 'yellow', 'green', 'magenta', 'blue'];

/** Registers `logs`. */
export function defineLogs(program: Command, { terminal, end }: Context): void {
  program
    .command('logs')
    .argument('<service|task>', 'a service (web, or main/web), or a task by its id or at least 4 digits of its beginning')
    .description('show what the containers of a service or a task write')
    .addOption(stateOption())
    .option('-f, --follow', 'go on with what is written next, new tasks included, until Ctrl-C or the daemon ends')
    .option('--container <name>', 'only containers of this name')
    .option('--since <when>', 'lines of this last time (10m), or since a moment (2026-01-31T12:00:00Z)', parseSince)
    .option('--tail <count>', 'the newest so many lines of each container (default: all)', parseCount)
    .option('-t, --timestamps', 'begin each line with its time')
    .addOption(outputOption(['text', 'json']))
    .addHelpText(
      'after',
      examples(
        ['longshore logs web --follow --tail 20', 'every task of a service, and those that replace them'],
        ['longshore logs 1a2b3c4d --container app', 'one container of one task'],
        ['longshore logs web --since 10m --output json', 'one JSON object a line'],
      ),
    )
    .action(async (of: string, options: LogOptions) => {
      const stop = interruption();
      const folder = stateFolderOf(options);
      try {
        for await (const record of doorClient(statePaths(folder).socket).logs(requestOf(of, options), stop.signal)) {
          if ('note' in record) terminal.note(noteText(record, terminal));
          else terminal.out(options.output === 'json' ? JSON.stringify(record) : logText(record, terminal, options.timestamps === true));
          if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain', { signal: stop.signal });
        }
      } catch (error) {
        if (!stop.signal.aborted) throw failureOf(error, folder);
      } finally {
        stop.release();
      }
      if (stop.signal.aborted) end('INTERRUPTED');
    });
}

/** A line with whose it is before it: `web/1a2b3c4d/app | text`. */
export function logText(line: LogRecord, { paint }: Pick<Terminal, 'paint'>, timestamps: boolean): string {
  const prefix = `${originText(line)} |`;
  return `${paint(colourOf(line), prefix)} ${timestamps ? `${line.time} ` : ''}${line.text}`;
}

function noteText(note: LogNote, { paintNote }: Terminal): string {
  return paintNote('yellow', note.about === null ? note.note : `${originText(note.about)}: ${note.note}`);
}

function originText({ service, task, container }: LogOrigin): string {
  return `${service.slice(service.indexOf('/') + 1)}/${task.slice(0, SHORT_ID)}/${container}`;
}

function colourOf({ task, container }: LogRecord): Paint {
  let sum = 0;
  for (const letter of `${task.slice(0, SHORT_ID)}${container}`) sum = (sum * 31 + letter.charCodeAt(0)) % 65_521;
  return COLOURS[sum % COLOURS.length] ?? 'cyan';
}

function requestOf(of: string, options: LogOptions): LogRequest {
  return {
    of,
    container: options.container ?? null,
    since: options.since ?? null,
    tail: options.tail ?? null,
    follow: options.follow === true,
  };
}

function parseSince(text: string): number {
  if (!/^\d{4}-/.test(text)) return Date.now() - parseDuration(text);
  const at = Date.parse(text);
  if (!Number.isFinite(at)) throw new InvalidArgumentError('A moment is a duration (10m) or a date and time such as 2026-01-31T12:00:00Z.');
  return at;
}
