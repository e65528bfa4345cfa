// The relay of a container instance: a helper container of ours on the instance's host, which answers its containers at the address of metadata
// and credentials by carrying what they ask to the daemon. An instance needs one when its containers can't reach the daemon's own machine.

/** What runs in it. The adapter makes it out of itself on an engine that does not have it: it is never pulled. */
export const RELAY_IMAGE = 'longshore/relay:1';

export interface RelayView {
  /** Containers of this instance are to be answered, and nothing but a relay can do it. */
  readonly wanted: boolean;
  /** Whether its container is there, and whether it carries what is asked to this daemon. */
  readonly state: RelayState;
}

export type RelayState = 'absent' | 'down' | 'up';

/** So many tries of opening a relay must have failed before tasks do without: one fails while its container is just ending, or another one's. */
export const RELAY_TRIES = 3;

/** The key of opening the relay of an instance. */
export function relayKey(instance: string): string {
  return `relay/${instance}`;
}

/** The key of removing it. */
export function relayRemovalKey(instance: string): string {
  return `remove-relay/${instance}`;
}

/** The instance of the key of opening one; null: it is another one's. */
export function instanceOfRelayKey(key: string): string | null {
  return key.startsWith('relay/') ? key.slice('relay/'.length) : null;
}

/** What an action that succeeded has made of a relay; null: nothing. */
export function relayAfter(kind: string): RelayState | null {
  if (kind === 'open-relay') return 'up';
  return kind === 'remove-relay' ? 'absent' : null;
}
