// `longshore why`: the verb for when nothing happens. What a service or a task waits for, and what placement says of each instance. It decides
// nothing and asks only the daemon.
import { doorClient } from '../api/client.ts';
import { count } from '../std/text.ts';
import { examples } from './verb.ts';
import { failureOf } from './failure.ts';
import { outputOption, stateFolderOf, stateOption, statePaths } from './options.ts';
import { table } from './table.ts';
import type { Cell } from './table.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';
import type { Terminal } from './terminal.ts';
import type { WhyAnswer } from '../api/why.ts';

type Placement = NonNullable<WhyAnswer['placement']>;
type Instance = Placement['instances'][number];

interface WhyOptions {
  readonly state?: string;
  readonly output: string;
}

/** More instances are counted; JSON has all. */
const INSTANCES_SHOWN = 40;

/** Registers `why`. */
export function defineWhy(program: Command, { terminal }: Context): void {
  program
    .command('why')
    .argument('<service|task>', 'a service (web, or main/web), or a task by its id or the beginning of it')
    .description('tell why a task is where it is or nowhere, and what a service waits for')
    .addOption(stateOption())
    .addOption(outputOption(['text', 'json']))
    .addHelpText(
      'after',
      examples(
        ['longshore why web', 'why does nothing happen?'],
        ['longshore why 1a2b3c4d', 'why is this task on that host, and not on another?'],
      ),
    )
    .action(async (word: string, options: WhyOptions) => {
      const folder = stateFolderOf(options);
      try {
        const answer = await doorClient(statePaths(folder).socket).why(word);
        terminal.out(options.output === 'json' ? JSON.stringify(answer, null, 2) : whyText(answer, terminal));
      } catch (error) {
        throw failureOf(error, folder);
      }
    });
}

/** An answer as text. */
export function whyText(answer: WhyAnswer, terminal: Terminal): string {
  const row = (name: string, text: string): string => `${name.padEnd(11)}  ${text}`;
  const rows = (name: string, texts: readonly string[]): readonly string[] =>
    texts.map((text, index) => row(index === 0 ? name : '', text));
  const { placement, task } = answer;
  const head = [
    row(answer.kind, terminal.paint('bold', answer.id)),
    ...(task === null
      ? []
      : [row('of', answer.service), row('status', `${task.lastStatus}, wanted ${task.desiredStatus}, on ${task.instance}`)]),
    ...rows(
      'why',
      answer.reasons.map((text, index) => (index === 0 ? terminal.paint('yellow', text) : text)),
    ),
  ];
  if (placement === null) return head.join('\n');
  return [
    ...head,
    '',
    row('placing', placement.revision),
    ...rows('wants', placement.wants.length === 0 ? ['nothing that is counted'] : [placement.wants.join(', ')]),
    ...rows('constraints', placement.constraints.length === 0 ? ['none'] : placement.constraints),
    ...rows('strategy', placement.strategies),
    ...nextLines(placement, row),
    '',
    ...instanceTable(placement, terminal),
  ].join('\n');
}

function nextLines({ next, waitsFor, instances }: Placement, row: (name: string, text: string) => string): readonly string[] {
  if (instances.some(({ daemon }) => daemon !== undefined)) return [];
  if (next !== null) return [row('next', `${next} would get the task now`)];
  return [
    row(
      'next',
      waitsFor === null ? 'no instance would take the task now' : `it would wait for an instance of capacity provider ${waitsFor}`,
    ),
  ];
}

function instanceTable({ instances, next }: Placement, terminal: Terminal): readonly string[] {
  if (instances.length === 0) return ['its cluster has no container instance: longshore instance register adds one'];
  const shown = instances.slice(0, INSTANCES_SHOWN);
  const rows = shown.flatMap((one) => rowsOf(one, next, terminal));
  const more = instances.length - shown.length;
  return [
    ...table(['INSTANCE', 'TASKS', 'VERDICT', 'WHY'], rows, terminal.width),
    ...(more > 0 ? [`and ${count(more, 'more instance')}; --output json has all`] : []),
  ];
}

/** A line for each rule that an instance does not pass, or one with what the strategy goes by. */
function rowsOf(one: Instance, next: string | null, { paint }: Terminal): readonly (readonly (Cell | string)[])[] {
  const tasks: Cell = { text: String(one.tasks), right: true };
  const verdict = verdictCell(one, next, paint);
  if (one.refusals.length === 0) return [[one.instance, tasks, verdict, one.preferred.join(', ') || '-']];
  return one.refusals.map(({ rule, detail }, index) => {
    const why = `${rule}: it ${detail}`;
    return index === 0 ? [one.instance, tasks, verdict, why] : ['', '', '', why];
  });
}

function verdictCell({ daemon, instance, refusals }: Instance, next: string | null, paint: Terminal['paint']): Cell {
  const text = daemon ?? (refusals.length > 0 ? 'refused' : instance === next ? 'first' : 'fits');
  const isGood = text === 'first' || text === 'fits' || text === 'wanted';
  return { text, paint: (padded) => paint(isGood ? 'green' : text === 'refused' || text === 'blocked' ? 'red' : 'yellow', padded) };
}
