// Environment values are in no text: not in a reason, a key, a label, a ledger's words or an event.
import { eventsBetween } from '../../../src/core/events.ts';
import { MARKER } from '../draw.ts';
import type { Turn } from './facts.ts';

/** Looks for the marker that every environment of a simulation carries. */
export function checkSecrets(turn: Turn): void {
  const { plan, before, after, world, blame } = turn;
  const look = (where: string, text: string | null): void => {
    if (text?.includes(MARKER)) blame(`an environment value stands in ${where}`);
  };
  for (const action of plan.actions) {
    look(`the reason of ${action.key}`, action.because);
    look('an action key', action.key);
    if (action.kind === 'create-container') look(`the labels of ${action.key}`, JSON.stringify(action.spec.labels));
  }
  for (const look_ of plan.looks) look('the key of a look', look_.key);
  if (before.services === after.services && before.tasks === after.tasks && before.retries === after.retries) return;
  for (const [id, row] of after.services) {
    if (before.services.get(id) === row) continue;
    look(`the row of service ${id}`, row.message);
    for (const deployment of row.deployments) look(deployment.id, `${deployment.reason} ${deployment.lastFailure}`);
  }
  for (const [id, task] of after.tasks) if (before.tasks.get(id) !== task) look(`task ${id}`, task.stoppedReason);
  for (const retry of after.retries.values()) look(`the retry of ${retry.key}`, retry.error.message);
  for (const event of eventsBetween(before, after, world.now)) look(`event ${event.kind}`, event.message);
}
