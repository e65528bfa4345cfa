// Action sequences as the forecast property compares them: per task, in order. Only the interleaving of independent actions is free.
import type { Action } from '../../src/model/turn/plan.ts';
import type { Forecast } from '../../src/core/plan/forecast.ts';
import { groupBy } from '../../src/std/order.ts';

/** What a forecast says will be done: `create/<task>/<container>`, ... per task, and per network or image for the rest. */
export function actionsByTask(forecast: Forecast): Record<string, readonly string[]> {
  return byTask(forecast.turns.flatMap((turn) => turn.actions.map((action) => action.key)));
}

/** What daemons logged that they did. An action that failed is logged at its start as well, so it shows here twice when it is tried again. */
export function loggedActionsByTask(log: readonly Record<string, unknown>[]): Record<string, readonly string[]> {
  const kinds = new Set<Action['kind']>([
    'create-network',
    'remove-network',
    'pull-image',
    'create-container',
    'start-container',
    'connect-network',
    'disconnect-network',
    'stop-container',
    'remove-container',
  ]);
  return byTask(log.filter((line) => kinds.has(line['message'] as Action['kind'])).map((line) => String(line['key'])));
}

function byTask(keys: readonly string[]): Record<string, readonly string[]> {
  const groups = groupBy(keys, (key) => key.split('/').slice(1, 2).join('/'));
  return Object.fromEntries([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}
