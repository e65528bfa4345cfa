// The command `longshore`: the list of verbs, and the one place where a command's end becomes words and an exit code.
// There is no logic of any verb here; each has a file of its own.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { defineConvert } from './convert.ts';
import { defineDescribe } from './describe.ts';
import { defineEvents } from './events.ts';
import { defineExec } from './exec.ts';
import { defineHelp } from './help.ts';
import { defineInit } from './init.ts';
import { defineInstance } from './instance.ts';
import { defineLogs } from './logs.ts';
import { definePlan } from './plan.ts';
import { definePs } from './ps.ts';
import { defineRebalance } from './rebalance.ts';
import { defineRender } from './render.ts';
import { defineStatus } from './status.ts';
import { defineStopTask } from './stop-task.ts';
import { defineStop } from './stop.ts';
import { defineValidate } from './validate.ts';
import { defineVersion } from './version.ts';
import { defineWatch } from './watch.ts';
import { defineWhy } from './why.ts';
import { LONGSHORE_FOLDER } from './folder.ts';
import { exitCodeOf, resultLine } from './exit-codes.ts';
import { Failure, failureOf } from './failure.ts';
import { processTerminal } from './terminal.ts';
import { stateFolderOf } from './options.ts';
import type { Result } from './exit-codes.ts';
import type { Context, Verb } from './verb.ts';

const VERBS: readonly Verb[] = [
  defineInit,
  defineValidate,
  defineRender,
  defineConvert,
  definePlan,
  defineWatch,
  defineStatus,
  defineEvents,
  definePs,
  defineDescribe,
  defineWhy,
  defineLogs,
  defineExec,
  defineStopTask,
  defineInstance,
  defineRebalance,
  defineStop,
  defineVersion,
  defineHelp,
];

// The YAML parser prints every value of a manifest on the console when it finds one of these, and log shippers have such names, too.
for (const name of ['LOG_STREAM', 'LOG_TOKENS']) delete process.env[name];
const terminal = processTerminal();
// `longshore events | head` closes our stdout early: that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.exit(await run(process.argv.slice(2)));

/** Runs one command line; returns the exit code once every word is written. */
async function run(words: readonly string[]): Promise<number> {
  let result: Result = 'OK';
  let announced = false;
  let foreign: number | null = null;
  const context: Context = {
    terminal,
    version: packageVersion(),
    end: (ended, announce) => {
      result = ended;
      announced = announce === 'announce';
    },
    exit: (code) => {
      foreign = code;
    },
  };
  const program = programOf(context);
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return flushed(0);
    // Commander has printed the help itself when no verb was named.
    if (error instanceof CommanderError && error.code === 'commander.help') return flushed(1);
    const failure = error instanceof CommanderError ? usageFailure(error, program, words) : failureOf(error, stateFolderOf({}));
    complain(failure, error);
    result = failure.result;
  }
  if (foreign !== null) return flushed(foreign);
  if (announced || result !== 'OK') terminal.note(resultLine(result));
  return flushed(exitCodeOf(result));
}

function programOf(context: Context): Command {
  const program = new Command('longshore')
    .description("Keeps Docker engines in the state that a git repository declares, in Amazon ECS's own terms.")
    .usage('<verb> [options]')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .helpCommand(false)
    .commandsGroup('Verbs:')
    .addHelpText('after', '\nlongshore help <verb> tells more; longshore help exit-codes lists how commands end.');
  for (const define of VERBS) define(program, context);
  return program;
}

/** Commander's complaint as ours: one line what, one line what to do. */
function usageFailure(error: CommanderError, program: Command, [verb = '', part = '']: readonly string[]): Failure {
  const [first = '', suggestion = ''] = error.message.split('\n');
  const what = first.replace(/^error: /, '').replaceAll("'", '`');
  const meant = /^\(Did you mean (?:one of )?(.+)\?\)$/.exec(suggestion)?.[1];
  const known = program.commands.find((command) => command.name() === verb);
  const parts = known?.commands.some((command) => command.name() === part) === true ? `${verb} ${part}` : verb;
  const help = known === undefined ? 'longshore --help' : `longshore ${parts} --help`;
  return new Failure(
    'ERROR',
    what,
    meant === undefined ? `\`${help}\` says what it takes.` : `Did you mean ${meant}? \`${help}\` says what it takes.`,
  );
}

function complain(failure: Failure, origin: unknown): void {
  terminal.note(`${terminal.paintNote('red', 'error:')} ${failure.message}`);
  terminal.note(`${terminal.paintNote('cyan', 'hint:')} ${failure.hint}`);
  if (process.env['LONGSHORE_DEBUG'] === '1' && origin instanceof Error) terminal.note(origin.stack ?? origin.message);
}

function packageVersion(): string {
  const text = readFileSync(new URL('package.json', LONGSHORE_FOLDER), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** `code`, once stdout and stderr have taken everything: an exit before that cuts what goes into a pipe. */
async function flushed(code: number): Promise<number> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => {
      stream.write('', () => resolve());
    });
  }
  return code;
}
