// Asking the hooks of capacity providers: each call that is not already under way under its key, a bounded number at once. Machines take minutes
// to come, so no turn waits for them; what they answer waits here for the next turn. Nothing is decided here.
import type { CapacityCall } from '../model/cluster/capacity-hook.ts';
import type { Outcome } from '../model/turn/outcome.ts';
import type { CapacityResult, Ports } from './ports.ts';
import { SECOND } from '../std/time.ts';
import { reasonOf, withDeadline } from './deadline.ts';

/** Calls at once; each may start a program that talks to a cloud. */
const CALLS_AT_ONCE = 8;

export interface CapacityDesk {
  ask(calls: readonly CapacityCall[]): void;
  inFlight(): number;
}

/** Hands each answer to `answered`. Without hooks nothing is ever asked. */
export function createCapacityDesk(
  ports: Pick<Ports, 'clock' | 'capacity' | 'log'>,
  stop: AbortSignal,
  answered: (outcome: Outcome) => void,
): CapacityDesk {
  const { capacity, clock, log } = ports;
  const flights = new Set<string>();

  const ask = async (call: CapacityCall): Promise<void> => {
    const { key, kind, provider, because } = call;
    log.write('info', kind === 'scale-out' ? 'capacity provider is asked for instances' : 'capacity provider is given an instance back', {
      ...{ key, provider, because },
      ...(call.kind === 'scale-out' ? { count: call.count } : { instance: call.instance.name }),
    });
    let result: CapacityResult;
    try {
      result = await withDeadline(clock, call.timeoutSeconds * SECOND, stop, async (signal) => {
        if (capacity === undefined) throw new Error('no hook is configured');
        return capacity.call(call, signal);
      });
    } catch (error) {
      result = { error: { code: 'Failed', message: reasonOf(error) }, instances: [] };
    }
    if (result.error !== null)
      log.write('warn', `${kind} failed`, { key, provider, code: result.error.code, reason: result.error.message });
    flights.delete(key);
    answered({ key, at: clock.now(), error: result.error, ...(kind === 'scale-out' && { instances: result.instances }) });
  };

  return {
    ask: (calls) => {
      for (const call of calls) {
        if (stop.aborted || flights.has(call.key) || flights.size >= CALLS_AT_ONCE) continue;
        flights.add(call.key);
        void ask(call);
      }
    },
    inFlight: () => flights.size,
  };
}
