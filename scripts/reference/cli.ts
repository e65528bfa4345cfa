// The page docs/reference/cli.md: the help of every verb, as the program prints it at 80 columns. The verbs are found in the imports of
// src/cli/main.ts, in whose order they are listed; that file itself runs a command when it is loaded, so it is read and not imported.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { Context, Verb } from '../../src/cli/verb.ts';

const CLI = new URL('../../src/cli/', import.meta.url);
const COLUMNS = 80;

/** A verb registers itself; its action is never called here. */
const CONTEXT: Context = {
  terminal: { out: () => {}, note: () => {}, width: COLUMNS, paint: (_, text) => text, paintNote: (_, text) => text },
  version: '',
  exit: () => {},
  end: () => {},
};

/** The whole page. */
export async function cliPage(): Promise<string> {
  const helps = (await verbs()).flatMap(helpsOf);
  return [
    '# The command line',
    '',
    'Written by `scripts/reference.ts` from the help of each verb; do not edit. How commands end: [exit-codes.md](exit-codes.md).',
    '',
    'Answers go to stdout, everything said about them to stderr. Colours only on a terminal, and never when `NO_COLOR` is set.',
    '`LONGSHORE_DEBUG=1` adds the stack of an error. An option that shows `env:` may be given by that variable instead.',
    '',
    ...helps.flatMap(({ name, text }) => [`## longshore ${name}`, '', '```text', text, '```', '']),
  ].join('\n');
}

interface Help {
  readonly name: string;
  readonly text: string;
}

/** Every verb with its help. */
export async function verbHelps(): Promise<readonly Help[]> {
  return (await verbs()).flatMap(helpsOf);
}

async function verbs(): Promise<readonly Verb[]> {
  const main = readFileSync(new URL('main.ts', CLI), 'utf8');
  const imports = [...main.matchAll(/^import \{ (define\w+) \} from '\.\/([\w-]+\.ts)';$/gm)].map(([, name = '', file = '']) => ({
    name,
    file,
  }));
  const listed = /VERBS: readonly Verb\[\] = \[([^\]]*)\]/.exec(main)?.[1]?.match(/define\w+/g) ?? [];
  if (listed.length === 0 || listed.length !== imports.length) throw new Error('src/cli/main.ts does not list its verbs as it did');
  return Promise.all(
    listed.map(async (name) => {
      const file = imports.find((each) => each.name === name)?.file ?? '';
      const room = (await import(new URL(file, CLI).href)) as Readonly<Record<string, Verb>>;
      const verb = room[name];
      if (verb === undefined) throw new Error(`src/cli/${file} does not export ${name}`);
      return verb;
    }),
  );
}

/** A verb's help, and that of each thing that it can do. */
function helpsOf(verb: Verb): readonly Help[] {
  const program = new Command('longshore');
  verb(program, CONTEXT);
  const [command] = program.commands;
  if (command === undefined) throw new Error('a verb registered no command');
  const parts = command.commands.map((part) => ({ name: `${command.name()} ${part.name()}`, text: textOf(part) }));
  return [{ name: command.name(), text: textOf(command) }, ...parts];
}

function textOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => COLUMNS, getOutHasColors: () => false });
  command.outputHelp();
  return text.trimEnd();
}
