// `longshore validate`: are these manifests good? Reads a folder or a file as it lies on disk, or a commit. Asks no daemon and no engine: what a
// manifest says is right or wrong by itself. How the answer is printed stands in validation/, a file for each form.
import { InvalidArgumentError, Option } from 'commander';
import { LONGSHORE_FOLDER } from './folder.ts';
import { environmentOption, outputOption } from './options.ts';
import { examples } from './verb.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';
import type { LoadOptions } from '../manifest/load.ts';
import type { Loaded } from './validation/judged.ts';
import type { OutputFormat } from './options.ts';
import type { ProblemCode } from '../manifest/codes.ts';
import type { Problem } from '../model/problem.ts';
import type { Result } from './exit-codes.ts';
import type { Source } from './sources.ts';
import type { Terminal } from './terminal.ts';

type ValidateFormat = Exclude<OutputFormat, 'markdown'>;

interface ValidateOptions {
  readonly commit?: string;
  readonly strict?: true;
  readonly forEcs?: true;
  readonly environment?: string;
  readonly output: ValidateFormat;
  readonly docsUrl?: string;
}

/** Registers `validate`. */
export function defineValidate(program: Command, { terminal, version, end }: Context): void {
  program
    .command('validate')
    .argument('[path]', 'the folder of the manifests or one of them, or with --commit the repository', '.')
    .description('check the manifests of a folder or of a commit')
    .option('--commit <revision>', 'check what this commit of the repository holds, not what lies on disk')
    .option('--strict', 'end with 2 when there are warnings')
    .option('--for-ecs', 'judge files that ECS runs: what Longshore would not deploy is a warning')
    .addOption(environmentOption())
    .addOption(outputOption(['text', 'json', 'sarif', 'github']))
    .addOption(
      new Option('--docs-url <url>', "with sarif: where Longshore's docs/ can be read (default: the files of this installation)")
        .env('LONGSHORE_DOCS_URL')
        .argParser(parseUrl),
    )
    .addHelpText(
      'after',
      examples(
        ['longshore validate', 'the manifests in this folder and below'],
        ['longshore validate web.yaml', 'one file: references into others are warnings'],
        ['longshore validate --commit HEAD', 'what the last commit holds'],
        ['longshore validate manifests --strict', 'in a pipeline: warnings count'],
        ['longshore validate --output github', 'in GitHub Actions: problems beside the code'],
        ['longshore validate --output sarif > longshore.sarif', 'for code scanning and editors'],
      ),
    )
    .action(async (path: string, options: ValidateOptions) => {
      const { commitSource, diskSource } = await import('./sources.ts');
      const source = options.commit === undefined ? diskSource(path) : await commitSource(path, options.commit);
      const judged = await judgedSource(source, options.environment ?? null, options.forEcs !== true);
      terminal.out(await printed(judged, options, version, terminal));
      end(verdict(judged, options.strict === true), 'announce');
    });
}

/** Loads what a source holds. */
export async function loadSource(source: Source, options: LoadOptions): Promise<Loaded> {
  const { load } = await import('../manifest/load.ts');
  return { source, ...load(source.files, source.commit, { ...options, below: source.below }) };
}

/** What a source holds. `deploys`: whether it is going to run, as for `plan` and the daemon; else this version need not act on all of it. */
export async function judgedSource(source: Source, environment: string | null, deploys = false): Promise<Loaded> {
  const loaded = await loadSource(source, { deploys, environment });
  return source.isPart === true ? { ...loaded, problems: loaded.problems.map(referenceAsWarning) } : loaded;
}

async function printed(judged: Loaded, options: ValidateOptions, version: string, terminal: Terminal): Promise<string> {
  switch (options.output) {
    case 'text':
      return (await import('./validation/text.ts')).validationText(judged, terminal);
    case 'json':
      return (await import('./validation/json.ts')).validationJson(judged);
    case 'github':
      return (await import('./validation/github.ts')).validationCommands(judged);
    case 'sarif':
      return (await import('./validation/sarif.ts')).validationSarif(judged, {
        version,
        docsUrl: options.docsUrl ?? new URL('docs/', LONGSHORE_FOLDER).href,
      });
  }
}

/** What a file refers to and does not hold itself. */
const REFERENCES: ReadonlySet<string> = new Set([
  'unknown-cluster',
  'unknown-task-definition',
  'unknown-target-group',
  'unattached-target-group',
  'unknown-environment-file',
  'ecspresso-file-missing',
] satisfies readonly ProblemCode[]);

/** Of one file alone nobody can say that what it refers to does not exist. */
export function referenceAsWarning(problem: Problem): Problem {
  if (!REFERENCES.has(problem.code)) return problem;
  return { ...problem, severity: 'warning', hint: `${problem.hint}; only this file was read, validate its folder to look in the others` };
}

function verdict(judged: Loaded, strict: boolean): Result {
  if (judged.problems.some(({ severity }) => severity === 'error')) return 'INVALID';
  return strict && judged.problems.length > 0 ? 'WARNINGS' : 'OK';
}

/** The address of a folder of documentation. Throws commander's InvalidArgumentError. */
function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:', 'file:'].includes(url.protocol))
    throw new InvalidArgumentError('It is a URL: https://git.example/longshore/docs/.');
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}
