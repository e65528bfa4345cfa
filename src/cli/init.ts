// `longshore init`: the manifests that a repository starts with, from files that somebody has, from what runs on an engine, or from nothing.
// Writes new files only, and says what to do next. It makes no repository, no commit, and changes nothing on an engine.
import { resolve } from 'node:path';
import { Option } from 'commander';
import { count } from '../std/text.ts';
import { configOption, engineOption, enginesOf, environmentOption, stateFolderOf } from './options.ts';
import { examples } from './verb.ts';
import { Failure } from './failure.ts';
import { endpointText } from '../lang/engine-endpoint.ts';
import { writeNew } from './new-files.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';
import type { EngineAddress } from './options.ts';
import type { Started } from './init/started.ts';
import type { Terminal } from './terminal.ts';

interface InitOptions {
  readonly from?: string;
  readonly fromEngine?: true;
  readonly engine?: readonly EngineAddress[];
  readonly config?: string;
  readonly environment?: string;
}

/** Registers `init`. */
export function defineInit(program: Command, { terminal, end }: Context): void {
  program
    .command('init')
    .argument('[folder]', 'the folder to write into', '.')
    .description('start a repository: from a compose file, an ECS project, what runs on an engine, or an example')
    .addOption(
      new Option('--from <path>', 'a compose file, ECS JSON, an ecspresso project: a file or folder that validate reads').conflicts(
        'fromEngine',
      ),
    )
    .option('--from-engine', 'the containers that run on an engine; no value of a variable is taken over')
    .addOption(engineOption())
    .addOption(configOption())
    .addOption(environmentOption())
    .addHelpText(
      'after',
      examples(
        ['longshore init fleet', 'an example: a web service behind a load balancer'],
        ['longshore init fleet --from compose.yaml', 'the services of a compose file'],
        ['longshore init fleet --from-engine', 'what runs here, without values of variables'],
      ),
    )
    .action(async (folder: string, options: InitOptions) => {
      const started = await startedBy(folder, options, terminal);
      if (started === null) return end('INVALID', 'announce');
      writeNew(resolve(folder), started.files, 'to write into');
      terminal.out(started.files.map(({ path }) => path).join('\n'));
      for (const note of started.notes) terminal.note(terminal.paintNote('yellow', note));
      for (const line of nextSteps(folder, started.files.length)) terminal.note(line);
    });
}

/** Files and notes; null when what they would come from is broken, which has been told then. */
async function startedBy(folder: string, options: InitOptions, terminal: Terminal): Promise<Started | null> {
  if (options.fromEngine === true) {
    const [engine, ...others] = enginesOf(options);
    if (engine === undefined || others.length > 0)
      throw new Failure(
        'ERROR',
        'one engine at a time is read',
        'Name one with --engine, and run this again for each other one, into a folder of its own.',
      );
    const [{ startedFromEngine }, { reachedEngines }, { configOf }] = await Promise.all([
      import('./init/engine.ts'),
      import('./engines.ts'),
      import('./config.ts'),
    ]);
    const [reached] = reachedEngines([engine], () => configOf(options, stateFolderOf({})));
    return reached === undefined ? null : startedFromEngine(reached, endpointText(engine.endpoint));
  }
  const { refuseBeside, startedFromExample, startedFromFiles } = await import('./init/files.ts');
  if (options.from === undefined) return startedFromExample();
  refuseBeside(options.from, folder);
  const [{ diskSource }, { judgedSource }] = await Promise.all([import('./sources.ts'), import('./validate.ts')]);
  return startedFromFiles(await judgedSource(diskSource(options.from), options.environment ?? null), terminal);
}

function nextSteps(folder: string, files: number): readonly string[] {
  return [
    `${count(files, 'file')} written to ${folder}. Next:`,
    `  longshore validate ${folder}      are they good?`,
    `  longshore plan --dir ${folder}    what would they start?`,
    '  git init, git add, git commit; then longshore watch --repo <folder>',
  ];
}
