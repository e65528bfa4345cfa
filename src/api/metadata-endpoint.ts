// The addresses under which containers ask about themselves. Who knows one may ask, so none can be guessed: each ends in a MAC under a key that is
// derived from the installation's. They are the same after a restart, and nothing has to be remembered for them.
// Deliberately absent: what is answered there.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What an address opens: the metadata of one container, or the credentials of a task. */
export type EndpointKind = 'container' | 'credentials';

export interface Endpoints {
  /** The last part of an address: `<task>-<mac>`. `container`: its name; empty where the address is the task's. */
  id(kind: EndpointKind, task: string, container: string): string;
  /** Whether `id` is that of this container, in a time that does not depend on how much of it is right. */
  matches(id: string, kind: EndpointKind, task: string, container: string): boolean;
}

const KEY_BYTES = 32;
const FORM = /^([A-Za-z0-9]{1,64})-([0-9a-f]{64})$/;

/** The endpoints of an installation with this key (32 bytes). The key itself signs other things and can't be found from what is made here. */
export function endpointsOf(installationKey: Uint8Array): Endpoints {
  const key = Buffer.from(hkdfSync('sha256', installationKey, '', 'longshore task metadata endpoints', KEY_BYTES));
  const id = (kind: EndpointKind, task: string, container: string): string =>
    `${task}-${createHmac('sha256', key)
      .update(JSON.stringify([kind, task, container]))
      .digest('hex')}`;
  return {
    id,
    matches: (given, kind, task, container) => {
      const expected = Buffer.from(id(kind, task, container));
      const found = Buffer.from(given);
      return expected.length === found.length && timingSafeEqual(expected, found);
    },
  };
}

/** The task that an id speaks of, which proves nothing yet; null: it has not the form of one. */
export function taskOfEndpoint(id: string): string | null {
  return FORM.exec(id)?.[1] ?? null;
}
