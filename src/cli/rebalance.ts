// `longshore rebalance --plan`: which tasks would move to even out availability zones. It only tells: the daemon moves what may be moved by
// itself, one task of a service at a time, unless availabilityZoneRebalancing is DISABLED.
import { doorClient } from '../api/client.ts';
import { count } from '../std/text.ts';
import { examples } from './verb.ts';
import { Failure, failureOf } from './failure.ts';
import { SHORT_ID } from '../api/choose.ts';
import { outputOption, parseCount, stateFolderOf, stateOption, statePaths } from './options.ts';
import { table } from './table.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';
import type { ServiceBalance } from '../api/rebalance.ts';

interface RebalanceOptions {
  readonly state?: string;
  readonly plan?: true;
  readonly budget: number;
  readonly output: string;
}

const MOVES_SHOWN = 100;

/** Registers `rebalance`. */
export function defineRebalance(program: Command, { terminal }: Context): void {
  program
    .command('rebalance')
    .argument('[service]', 'only this service')
    .description('show which tasks would move to even out availability zones')
    .addOption(stateOption())
    .option('--plan', 'show the moves; the daemon makes them by itself')
    .option('--budget <count>', 'no more moves than this', parseCount, MOVES_SHOWN)
    .addOption(outputOption(['text', 'json']))
    .addHelpText(
      'after',
      examples(
        ['longshore rebalance --plan', 'every service'],
        ['longshore rebalance --plan web --budget 3', 'the next three moves of one'],
      ),
    )
    .action(async (service: string | undefined, options: RebalanceOptions) => {
      if (options.plan !== true) {
        const hint = 'A service at rest is evened out by itself, unless its availabilityZoneRebalancing is DISABLED; --plan shows how.';
        throw new Failure('ERROR', 'rebalance only shows moves: add --plan', hint);
      }
      const folder = stateFolderOf(options);
      try {
        const found = await doorClient(statePaths(folder).socket).balances(service ?? null, options.budget);
        terminal.out(
          options.output === 'json'
            ? JSON.stringify(found, null, 2)
            : balanceLines(found, service !== undefined, terminal.width).join('\n'),
        );
      } catch (error) {
        throw failureOf(error, folder);
      }
    });
}

/** Services with their zones, then the moves in their order. `isNamed`: also one of which nothing moves is told why. */
export function balanceLines(found: readonly ServiceBalance[], isNamed: boolean, width: number): readonly string[] {
  if (found.length === 0) return ['no service'];
  const shown = isNamed ? found : found.filter(({ moves, moving }) => moves.length > 0 || moving !== null);
  if (shown.length === 0) return [`${count(found.length, 'service')}: nothing to move`];
  const zones = shown.map((one) => [
    one.service,
    one.zones.map(({ zone, tasks }) => `${zone}: ${tasks}`).join(', ') || 'in no zone',
    one.leftAlone ??
      (one.moving === null
        ? one.moves.length === 0
          ? 'nothing to move'
          : count(one.moves.length, 'move')
        : `task ${one.moving.slice(0, SHORT_ID)} moves now`),
  ]);
  const moves = shown.flatMap(({ service, moves: own }) =>
    own.map((move) => [service, move.task.slice(0, SHORT_ID), `${move.from} (${move.fromZone})`, `${move.to} (${move.toZone})`]),
  );
  return [
    ...table(['SERVICE', 'ZONES', 'PLAN'], zones, width),
    ...(moves.length === 0 ? [] : ['', ...table(['SERVICE', 'TASK', 'FROM', 'TO'], moves, width)]),
  ];
}
