// What happened to container instances between two ledgers: an engine fell silent or answers again, and what became of its registration.
// ECS has no event for these in a service's list; ours name the instance.
import type { Event, EventKind } from '../../model/turn/event.ts';
import type { InstanceRow, Ledger, Registration } from '../../model/turn/ledger.ts';
import { RELAY_TRIES, instanceOfRelayKey } from '../../model/cluster/relay.ts';
import { durationText } from '../../std/time.ts';
import { sentence } from '../../std/text.ts';

/** The events of container instances, each list in order of their ids; `at` in ms. */
export function instanceEvents(before: Ledger, after: Ledger, at: number): readonly Event[] {
  return [
    ...(before.registrations === after.registrations ? [] : registrationEvents(before.registrations, after.registrations, at)),
    ...(before.instances === after.instances ? [] : agentEvents(before.instances, after.instances, at)),
    ...(before.providers === after.providers ? [] : unwantedEvents(before.providers, after.providers, at)),
    ...(before.retries === after.retries ? [] : relayEvents(before.retries, after.retries, at)),
  ];
}

function registrationEvents(before: Ledger['registrations'], after: Ledger['registrations'], at: number): readonly Event[] {
  const changed = [...after.values()].flatMap((row) => {
    const was = before.get(row.id);
    if (was === undefined && row.declared !== null) {
      const first = told(row.id, at, 'instance-registered', `registered into cluster ${row.declared.cluster}.`);
      return row.status === 'ACTIVE' ? [first] : [first, statusEvent(row, at)];
    }
    return (was?.status ?? 'ACTIVE') === row.status ? [] : [statusEvent(row, at)];
  });
  const gone = [...before.values()].filter(({ id }) => !after.has(id));
  return [...changed, ...gone.map((row) => goneEvent(row, at))];
}

function statusEvent({ id, status, drained, declared, leaving }: Registration, at: number): Event {
  const isNode = declared?.node !== undefined;
  if (status === 'ACTIVE') return told(id, at, 'instance-active', 'is ACTIVE: tasks may be placed on it.');
  if (status === 'DEREGISTERING') {
    const what = isNode ? 'is no longer a node of its swarm' : 'is no longer declared';
    return told(id, at, 'instance-deregistering', `${what}: the tasks of services leave it, and then it is forgotten.`);
  }
  const given = isNode ? 'as its swarm says' : 'as git says';
  const who = leaving === true ? 'as its capacity provider takes it away' : drained ? 'as it was asked to' : given;
  return told(id, at, 'instance-draining', `is DRAINING, ${who}: nothing new is placed on it, and the tasks of services leave it.`);
}

/** An engine of which git says nothing has a row only while a person has it drained. */
function goneEvent({ id, declared }: Registration, at: number): Event {
  if (declared === null) return told(id, at, 'instance-active', 'is ACTIVE: tasks may be placed on it.');
  return told(id, at, 'instance-deregistered', `deregistered from cluster ${declared.cluster}.`);
}

/** Machines of capacity providers whose names were taken. */
function unwantedEvents(before: Ledger['providers'], after: Ledger['providers'], at: number): readonly Event[] {
  return [...after.values()].flatMap(({ id, unwanted = [] }) => {
    const known = before.get(id)?.unwanted?.length ?? 0;
    return unwanted.slice(known).map(({ instance: { name, endpoint } }) => {
      const what = `is what the capacity provider ${id} called the machine at ${endpoint}, and the name is taken: it is given back.`;
      return told(name, at, 'instance-unwanted', `${what} Its hook must name each machine as no other instance is named.`);
    });
  });
}

/** A row that goes says nothing: its instance has been back for a while, or is no longer configured. */
function agentEvents(before: Ledger['instances'], after: Ledger['instances'], at: number): readonly Event[] {
  return [...after.values()].flatMap((row) => {
    const was = before.get(row.id);
    return row.agentConnected === (was?.agentConnected ?? true) ? [] : [agentEvent(row, was, at)];
  });
}

function agentEvent(row: InstanceRow, was: InstanceRow | undefined, at: number): Event {
  if (row.agentConnected) return told(row.id, at, 'instance-connected', `agent connected: the engine answers after ${awayFor(row, was)}.`);
  const meanwhile = 'Its tasks are left as they are, and no new one is placed there.';
  return told(row.id, at, 'instance-disconnected', `agent disconnected: ${sentence(row.reason)} ${meanwhile}`);
}

/** Once for as long as it can't be had: the row of its tries stands until it works or nobody needs it. */
function relayEvents(before: Ledger['retries'], after: Ledger['retries'], at: number): readonly Event[] {
  return [...after.values()].flatMap(({ key, tries, error }) => {
    const instance = instanceOfRelayKey(key);
    if (instance === null || tries < RELAY_TRIES || (before.get(key)?.tries ?? 0) >= RELAY_TRIES) return [];
    const meanwhile = 'Tasks start on it without metadata and credentials until it can be had.';
    return [told(instance, at, 'instance-relay-failed', `metadata relay failed: ${sentence(error.message)} ${meanwhile}`)];
  });
}

function awayFor(row: InstanceRow, was: InstanceRow | undefined): string {
  return was === undefined ? 'an absence' : durationText(row.since - was.since);
}

function told(instance: string, at: number, kind: EventKind, what: string): Event {
  return { at, service: '', instance, task: null, deployment: null, kind, message: `(container-instance ${instance}) ${what}` };
}
