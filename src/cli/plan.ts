// `longshore plan`: what would happen if this commit were in force, from now on. The very function that the daemon obeys is asked, its
// effects are predicted; nothing here can act. Images are looked up on engines only, never in a registry: a commit under review is not trusted.
import { Option } from 'commander';
import { configOption, engineOption, environmentOption, installationOption, outputOption, repoOption, stateOption } from './options.ts';
import { examples } from './verb.ts';
import { Failure } from './failure.ts';
import { count } from '../std/text.ts';
import { loadSource } from './validate.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';
import type { DesiredState } from '../model/turn/desired.ts';
import type { Forecast } from '../core/plan/forecast.ts';
import type { LoadOptions } from '../manifest/load.ts';
import type { Loaded } from './validation/judged.ts';
import type { OutputFormat } from './options.ts';
import type { Result } from './exit-codes.ts';
import type { Paint as PlanPaint } from '../core/plan/render.ts';
import type { PlanBase, WorldOptions } from './world.ts';
import type { Paint, Terminal } from './terminal.ts';
import type { ServedRoutes } from '../core/traffic/reroute.ts';
import type { World } from '../model/turn/plan.ts';

type PlanFormat = Exclude<OutputFormat, 'sarif' | 'github'>;

interface PlanOptions extends WorldOptions {
  readonly repo: string;
  readonly commit?: string;
  readonly head?: string;
  readonly base?: string;
  readonly dir?: string;
  readonly environment?: string;
  readonly output: PlanFormat;
  readonly detailedExitcode?: true;
}

/** Each round answers the looks that the round before asked for: two are needed (image, then the same after a pull), three are plenty. */
const LOOK_ROUNDS = 3;

/** Registers `plan`. */
export function definePlan(program: Command, { terminal, end }: Context): void {
  program
    .command('plan')
    .description('forecast what a commit would change, step by step; changes nothing')
    .addOption(repoOption())
    .addOption(new Option('--commit <revision>', 'the commit to plan (default: HEAD)').conflicts(['head', 'dir']))
    .addOption(new Option('--head <revision>', 'the same as --commit; pairs with --base').conflicts('dir'))
    .addOption(new Option('--base <revision>', 'plan what comes on top of this commit, as if it were in force and done'))
    .addOption(new Option('--dir <folder>', 'plan a folder as it lies on disk, not a commit'))
    .addOption(environmentOption())
    .addOption(stateOption())
    .addOption(configOption())
    .addOption(engineOption())
    .addOption(installationOption())
    .addOption(outputOption(['text', 'json', 'markdown']))
    .option('--detailed-exitcode', 'end with 2 unless all is as the commit declares and nothing is left to do')
    .addHelpText(
      'after',
      examples(
        ['longshore plan', 'what the last commit would change'],
        ['longshore plan --dir .', 'what the files on disk would change'],
        ['longshore plan --base main --head feature --output markdown', 'for a pull request'],
      ),
    )
    .action(async (options: PlanOptions) => {
      const head = await loadHead(options);
      if (head.desired === null) {
        await showProblems(head, options.output, terminal);
        return end('INVALID', 'announce');
      }
      const { presentWorld } = await import('./world.ts');
      const base = await presentWorld(options);
      try {
        const start = await startOf(options, base, head.desired);
        const made = await forecastWith(start, base);
        for (const note of base.notes) terminal.note(terminal.paintNote('yellow', note));
        terminal.out(await rendered(made, start, options.output, terminal));
        end(options.detailedExitcode === true ? detailedResult(made) : 'OK', 'announce');
      } finally {
        base.close();
      }
    });
}

/** OK only where the world is as the commit declares and nothing is left to do: an empty plan may also mean that nothing can be done. */
export function detailedResult({ changes, notAsDeclared, complete, end }: Forecast): Result {
  if (changes.length > 0) return 'CHANGES';
  const isAsDeclared = notAsDeclared.length === 0 && complete && (end.observed.proxy?.refused ?? []).length === 0;
  return isAsDeclared ? 'OK' : 'NOT_AS_DECLARED';
}

function howToLoad({ environment }: PlanOptions): LoadOptions {
  return { deploys: true, environment: environment ?? null };
}

async function loadHead(options: PlanOptions): Promise<Loaded> {
  const { commitSource, folderSource } = await import('./sources.ts');
  if (options.dir !== undefined) return loadSource(folderSource(options.dir), howToLoad(options));
  return loadSource(await commitSource(options.repo, options.head ?? options.commit ?? 'HEAD'), howToLoad(options));
}

interface Start {
  readonly world: World;
  /** The commit that the plan departs from; null when nothing is known to be in force. */
  readonly from: string | null;
  readonly served: ServedRoutes;
}

/** The world to start from: the present one, or with --base the one in which that commit has come to its end. */
async function startOf(options: PlanOptions, base: PlanBase, desired: DesiredState): Promise<Start> {
  const { inForce, served } = base;
  if (options.base === undefined) return { world: { ...base.world, desired }, from: inForce?.commit ?? null, served };
  const [{ commitSource }, { routesOf }] = await Promise.all([import('./sources.ts'), import('../core/traffic/reroute.ts')]);
  const before = await loadSource(await commitSource(options.repo, options.base), howToLoad(options));
  if (before.desired === null) {
    const hint = `\`longshore validate --commit ${options.base}\` shows them; plan against a good commit.`;
    throw new Failure('INVALID', `the base ${options.base} has ${count(before.problems.length, 'problem')}`, hint);
  }
  const done = await forecastWith({ world: { ...base.world, desired: before.desired }, served }, base);
  return { world: { ...done.end, outcomes: [], desired }, from: before.desired.commit, served: routesOf(before.desired) };
}

/** A forecast whose questions about images were put to the engines, as far as they can be reached. */
async function forecastWith(start: Pick<Start, 'world' | 'served'>, base: PlanBase): Promise<Forecast> {
  const { forecast } = await import('../core/plan/forecast.ts');
  let { world } = start;
  const options = { served: start.served };
  let made = forecast(world, undefined, options);
  for (let round = 0; round < LOOK_ROUNDS && made.guessed.length > 0; round++) {
    const answers = await base.answer(made.guessed);
    if (answers.length === 0) break;
    const known = new Map([...world.observed.answers, ...answers.map((answer) => [answer.key, answer] as const)]);
    world = { ...world, observed: { ...world.observed, answers: known } };
    made = forecast(world, undefined, options);
  }
  return made;
}

async function showProblems(loaded: Loaded, output: PlanFormat, terminal: Terminal): Promise<void> {
  const { problems, source } = loaded;
  if (output === 'json') {
    const { harmlessJson, problemsJson } = await import('./validation/json.ts');
    return terminal.out(harmlessJson({ valid: false, source: source.name, problems: problemsJson(problems) }));
  }
  const { problemsText } = await import('./validation/text.ts');
  const text = problemsText(problems, output === 'markdown' ? { paint: (_, plain) => plain } : terminal);
  if (output === 'text') return terminal.out(text);
  terminal.out(`### plan: ${count(problems.length, 'problem')}, nothing would change\n\n\`\`\`\n${text}\n\`\`\``);
}

async function rendered(made: Forecast, start: Start, output: PlanFormat, { paint }: Terminal): Promise<string> {
  const [{ forecastFailure }, { renderJson, renderMarkdown, renderText }] = await Promise.all([
    import('../core/plan/failure.ts'),
    import('../core/plan/render.ts'),
  ]);
  const options = { failure: forecastFailure(start.world), ...(start.from === null ? {} : { base: start.from }) };
  const text = {
    json: () => renderJson(made, options),
    markdown: () => renderMarkdown(made, options),
    text: () => renderText(made, { ...options, paint: (style, part) => paint(COLOURS[style], part) }),
  }[output]();
  return text.trimEnd();
}

const COLOURS: Readonly<Record<Parameters<PlanPaint>[0], Paint>> = {
  create: 'green',
  update: 'yellow',
  delete: 'red',
  repair: 'cyan',
  strong: 'bold',
  dim: 'dim',
  warning: 'yellow',
};
