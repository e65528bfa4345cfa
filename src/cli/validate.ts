// `longshore validate`: are these manifests good? Reads a folder or a file as it lies on disk, or a commit. Asks no daemon and no engine: what a
// manifest says is right or wrong by itself.
import { count } from '../std/text.ts';
import { examples } from './verb.ts';
import { environmentOption, outputOption } from './options.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';
import type { DesiredState } from '../model/desired.ts';
import type { LoadOptions } from '../manifest/load.ts';
import type { ProblemCode } from '../manifest/codes.ts';
import type { Problem } from '../model/problem.ts';
import type { Result } from './exit-codes.ts';
import type { Source } from './sources.ts';
import type { Terminal } from './terminal.ts';

interface ValidateOptions {
  readonly commit?: string;
  readonly strict?: true;
  readonly environment?: string;
  readonly output: string;
}

/** A source after loading. */
export interface Loaded {
  readonly source: Source;
  readonly desired: DesiredState | null;
  readonly problems: readonly Problem[];
}

/** Registers `validate`. */
export function defineValidate(program: Command, { terminal, end }: Context): void {
  program
    .command('validate')
    .argument('[path]', 'the folder of the manifests or one of them, or with --commit the repository', '.')
    .description('check the manifests of a folder or of a commit')
    .option('--commit <revision>', 'check what this commit of the repository holds, not what lies on disk')
    .option('--strict', 'end with 2 when there are warnings')
    .addOption(environmentOption())
    .addOption(outputOption(['text', 'json']))
    .addHelpText(
      'after',
      examples(
        ['longshore validate', 'the manifests in this folder and below'],
        ['longshore validate web.yaml', 'one file: references into others are warnings'],
        ['longshore validate --commit HEAD', 'what the last commit holds'],
        ['longshore validate manifests --strict', 'in a pipeline: warnings count'],
      ),
    )
    .action(async (path: string, options: ValidateOptions) => {
      const { commitSource, diskSource } = await import('./sources.ts');
      const source = options.commit === undefined ? diskSource(path) : await commitSource(path, options.commit);
      const loaded = await loadSource(source, { deploys: false, environment: options.environment ?? null });
      const judged = { ...loaded, problems: loaded.source.isPart === true ? loaded.problems.map(referenceAsWarning) : loaded.problems };
      terminal.out(options.output === 'json' ? validationJson(judged) : await validationText(judged, terminal));
      end(verdict(judged, options.strict === true), 'announce');
    });
}

/** Loads what a source holds. */
export async function loadSource(source: Source, options: LoadOptions): Promise<Loaded> {
  const { load } = await import('../manifest/load.ts');
  return { source, ...load(source.files, source.commit, options) };
}

/** Every problem, rendered with its place, excerpt and hint. */
export async function problemsText(problems: readonly Problem[], { paint }: Pick<Terminal, 'paint'>): Promise<string> {
  const { renderProblem } = await import('../manifest/render-problem.ts');
  return problems
    .map((problem) => {
      const [first = '', ...rest] = renderProblem(problem).split('\n');
      return [paint(problem.severity === 'error' ? 'red' : 'yellow', first), ...rest].join('\n');
    })
    .join('\n\n');
}

/** `2 services, 1 load balancer`, for a desired state. */
export function contentText(desired: DesiredState): string {
  const kinds = [
    [desired.clusters.size, 'cluster'],
    [desired.taskDefinitions.size, 'task definition'],
    [desired.services.size, 'service'],
    [desired.targetGroups.size, 'target group'],
    [desired.loadBalancers.size, 'load balancer'],
  ] as const;
  return kinds.flatMap(([number, noun]) => (number === 0 ? [] : [count(number, noun)])).join(', ');
}

/** What a file refers to and does not hold itself. */
const REFERENCES: ReadonlySet<string> = new Set([
  'unknown-cluster',
  'unknown-task-definition',
  'unknown-target-group',
  'unattached-target-group',
] satisfies readonly ProblemCode[]);

/** Of one file alone nobody can say that what it refers to does not exist. */
function referenceAsWarning(problem: Problem): Problem {
  if (!REFERENCES.has(problem.code)) return problem;
  return { ...problem, severity: 'warning', hint: `${problem.hint}; only this file was read, validate its folder to look in the others` };
}

function isValid(problems: readonly Problem[]): boolean {
  return problems.every((problem) => problem.severity === 'warning');
}

function verdict({ problems }: Loaded, strict: boolean): Result {
  if (!isValid(problems)) return 'INVALID';
  return strict && problems.length > 0 ? 'WARNINGS' : 'OK';
}

async function validationText(loaded: Loaded, terminal: Terminal): Promise<string> {
  const { problems, desired, source } = loaded;
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const found = problems.length === 0 ? [] : [await problemsText(problems, terminal), ''];
  const counts = [count(errors, 'error'), ...(problems.length > errors ? [count(problems.length - errors, 'warning')] : [])].join(', ');
  const where = `${count(source.files.length, 'file')} of ${source.name}`;
  const content = desired === null ? counts : `${contentText(desired)}; ${counts}`;
  const last = errors > 0 ? terminal.paint('red', `${counts} in ${where}`) : `${where}: ${content}`;
  return [...found, last].join('\n');
}

function validationJson({ problems, source }: Loaded): string {
  return JSON.stringify({ valid: isValid(problems), source: source.name, files: source.files.length, problems }, null, 2);
}
