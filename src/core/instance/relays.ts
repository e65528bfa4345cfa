// The relays of container instances whose containers can't reach the daemon's machine: one where tasks are, none where none are any more.
// A task waits for a few tries of opening it and no longer: what can't be had is told, and the task starts without (docs/metadata.md).
import { RELAY_TRIES, relayKey, relayRemovalKey } from '../../model/cluster/relay.ts';
import type { InstanceView } from '../../model/turn/observed.ts';
import type { Draft } from '../draft.ts';
import { type Turn, emit } from '../turn.ts';

/** Opens the relays that tasks need, again when one is lost, and removes those that nobody needs. */
export function followRelays(turn: Turn): void {
  let busy: ReadonlySet<string> | null = null;
  for (const { id, relay, connected, observedAt, containers } of turn.world.observed.instances.values()) {
    if (relay === undefined || !connected || observedAt === null) continue;
    busy ??= new Set([...turn.draft.tasks.values()].map((task) => task.instance));
    const isNeeded = relay.wanted && (busy.has(id) || containers.size > 0);
    if (isNeeded && relay.state !== 'up') {
      const because = relay.state === 'absent' ? `tasks on ${id} ask about themselves` : `the relay of ${id} is lost`;
      emit(turn, { kind: 'open-relay', key: relayKey(id), instance: id, because });
    }
    if (!isNeeded && relay.state !== 'absent') {
      emit(turn, { kind: 'remove-relay', key: relayRemovalKey(id), instance: id, because: `no task on ${id} needs it` });
    }
  }
}

/** Whether what is created on an instance now would start before its relay, which is being opened. */
export function awaitsRelay(draft: Pick<Draft, 'retries'>, { id, relay }: InstanceView): boolean {
  return relay?.wanted === true && relay.state !== 'up' && (draft.retries.get(relayKey(id))?.tries ?? 0) < RELAY_TRIES;
}
