// `longshore convert`: any format that is read, to Longshore YAML, ECS JSON or a compose file. Converting twice changes nothing. What the other format has
// no place for is told. Writes into a folder or to stdout; never over a file that exists. Asks no daemon and no engine.
import { resolve } from 'node:path';
import { Option } from 'commander';
import { count } from '../std/text.ts';
import { environmentOption } from './options.ts';
import { examples } from './verb.ts';
import { Failure } from './failure.ts';
import { judgedSource } from './validate.ts';
import { writeNew } from './new-files.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';
import type { Conversion, Written } from '../manifest/write/ecs.ts';
import type { Loaded } from './validation/judged.ts';

type Format = 'longshore' | 'ecs' | 'compose';

interface ConvertOptions {
  readonly to: Format;
  readonly out?: string;
  readonly environment?: string;
}

/** Registers `convert`. */
export function defineConvert(program: Command, { terminal, end }: Context): void {
  program
    .command('convert')
    .argument('[path]', 'a folder of manifests, a compose file, ECS JSON: anything that validate reads', '.')
    .description('write manifests in another format')
    .addOption(new Option('--to <format>', 'the format to write').choices(['longshore', 'ecs', 'compose']).default('longshore'))
    .option('--out <folder>', 'the folder to write into; without it the text goes to stdout')
    .addOption(environmentOption())
    .addHelpText(
      'after',
      examples(
        ['longshore convert compose.yaml', 'the same as Longshore YAML'],
        ['longshore convert --to ecs --out ecs', 'JSON for aws ... --cli-input-json, a file for each call'],
        ['longshore convert ecs --to compose > compose.yaml', 'for docker compose; what it can not say stands there as comments'],
      ),
    )
    .action(async (path: string, options: ConvertOptions) => {
      const { diskSource } = await import('./sources.ts');
      const loaded = await judgedSource(diskSource(path), options.environment ?? null);
      const errors = loaded.problems.filter(({ severity }) => severity === 'error');
      if (errors.length > 0) {
        const { problemsText } = await import('./validation/text.ts');
        terminal.note(problemsText(errors, terminal));
        return end('INVALID', 'announce');
      }
      const { files, losses } = await converted(loaded, options.to);
      for (const { what, why } of losses) terminal.note(`${terminal.paintNote('yellow', 'not carried:')} ${what}: ${why}`);
      if (options.out !== undefined) {
        writeNew(resolve(options.out), files, 'with --out');
        terminal.note(`${count(files.length, 'file')} written to ${options.out}`);
      } else terminal.out(oneText(files));
    });
}

function noService(): Failure {
  const hint = 'Name a folder with a service and the task definition that it runs, or convert --to longshore or ecs.';
  return new Failure('ERROR', 'there is no service with its task definition here, and a compose file declares nothing else', hint);
}

/** What was read, in another format. */
async function converted({ resources, problems }: Pick<Loaded, 'resources' | 'problems'>, format: Format): Promise<Conversion> {
  const { lossesOf } = await import('../manifest/write/notes.ts');
  const before = lossesOf(problems);
  if (format === 'ecs') {
    const { ecsFiles } = await import('../manifest/write/ecs.ts');
    const { files, losses } = ecsFiles(resources);
    return { files, losses: [...before, ...losses] };
  }
  if (format === 'compose') {
    const defined = new Set(resources.flatMap(({ kind, identity }) => (kind === 'TaskDefinition' ? identity : [])));
    if (!resources.some((each) => each.kind === 'Service' && defined.has(each.spec.taskDefinition ?? ''))) throw noService();
    const { composeFile } = await import('../manifest/write/compose.ts');
    return composeFile(resources, before);
  }
  const { longshoreText } = await import('../manifest/write/longshore.ts');
  return { files: [{ path: 'longshore.yaml', text: longshoreText(resources, before) }], losses: before };
}

function oneText(files: readonly Written[]): string {
  const [only, ...others] = files;
  if (only === undefined) throw new Failure('ERROR', 'there is nothing to convert', 'Name a folder or a file that declares something.');
  if (others.length === 0) return only.text.trimEnd();
  throw new Failure('ERROR', `the result is ${files.length} files`, 'Name a folder for them with --out.');
}
