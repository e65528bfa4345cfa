// What an engine itself says of the containers of a house, past Longshore: what they print, when they end, which networks there are.
import { setTimeout as sleep } from 'node:timers/promises';
import { callEngine } from '../../scripts/engine.mjs';
import { engineJson } from '../support/engine.ts';
import type { House } from './house.ts';
import type { Json } from './definitions.ts';

const WAIT_MS = 60_000;

export interface Inside {
  readonly id: string;
  readonly health: string | null;
  /** `running`, `exited`, ... */
  readonly state: string;
  readonly exitCode: number;
  readonly restarts: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** The newest container of a service by its name in the task definition; null: there is none. */
export async function containerOf(house: House, service: string, container: string): Promise<Inside | null> {
  const labels = [
    `dev.longshore.installation=${house.installation}`,
    `dev.longshore.service=${service}`,
    `dev.longshore.container=${container}`,
  ];
  const filters = encodeURIComponent(JSON.stringify({ label: labels }));
  const [first] = await engineJson<{ Id: string }[]>(house.engine, `/containers/json?all=1&filters=${filters}`);
  if (first === undefined) return null;
  const { State, RestartCount } = await engineJson<{ State: InspectedState; RestartCount: number }>(
    house.engine,
    `/containers/${first.Id}/json`,
  );
  return {
    ...{ id: first.Id, health: State.Health?.Status ?? null, state: State.Status, exitCode: State.ExitCode },
    ...{ restarts: RestartCount, startedAt: Date.parse(State.StartedAt) },
  };
}

interface InspectedState {
  readonly Status: string;
  readonly ExitCode: number;
  readonly Health?: { readonly Status: string };
  readonly StartedAt: string;
}

/** The lines of JSON that the newest container has printed, once there are `count` of them. */
export async function printed(house: House, service: string, container: string, count = 1, limitMs = WAIT_MS): Promise<readonly Json[]> {
  const look = async (): Promise<readonly Json[] | null> => {
    const found = await containerOf(house, service, container);
    const lines = found === null ? [] : await linesOf(house, found.id);
    return lines.length >= count ? lines : null;
  };
  return eventually(`${count} lines of ${service}/${container}`, look, limitMs);
}

/** The value that `look` comes to see, asked again until it is not null. */
export async function eventually<T>(what: string, look: () => Promise<T | null>, limitMs = WAIT_MS): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms`);
    await sleep(100);
  }
}

/** Kills a container as if it had crashed. */
export async function kill(house: House, id: string): Promise<void> {
  await engineJson(house.engine, `/containers/${id}/kill?signal=KILL`, 'POST');
}

/** When containers ended, since a moment (ms), by id: milliseconds since the epoch. */
export async function endsSince(house: House, since: number, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const events = await eventsSince(house, since, { event: ['die'], container: ids });
  return new Map(events.map(({ id, at }) => [id, at] as const));
}

/** Something that the engine says of a container. */
export interface EngineEvent {
  readonly id: string;
  /** Name of the container in its task definition. */
  readonly container: string;
  /** `start`, `kill`, `die`, ... */
  readonly action: string;
  /** What else is said: signal, exitCode, labels. */
  readonly said: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What the engine says since a moment (ms) of the containers that its own filters let through, oldest first. */
export async function eventsSince(
  house: House,
  since: number,
  filters: Readonly<Record<string, readonly string[]>>,
): Promise<readonly EngineEvent[]> {
  const until = Math.ceil(Date.now() / 1_000) + 1;
  const query = `since=${Math.floor(since / 1_000)}&until=${until}&filters=${encodeURIComponent(JSON.stringify(filters))}`;
  const { body } = await callEngine(house.engine, `/events?${query}`, { limitMs: 20_000 });
  const lines = body.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const { Action, Actor, timeNano } = JSON.parse(line) as {
      Action: string;
      Actor: { ID: string; Attributes: Record<string, string> };
      timeNano: number;
    };
    const container = Actor.Attributes['dev.longshore.container'] ?? '';
    return { id: Actor.ID, container, action: Action, said: Actor.Attributes, at: timeNano / 1e6 };
  });
}

/** The names of the networks that carry the label of the house. */
export async function networksOf(house: House): Promise<readonly string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`dev.longshore.installation=${house.installation}`] }));
  return (await engineJson<{ Name: string }[]>(house.engine, `/networks?filters=${filters}`)).map(({ Name }) => Name);
}

/** Without a terminal each frame of a log has a head of eight bytes. */
async function linesOf(house: House, id: string): Promise<readonly Json[]> {
  const { body } = await callEngine(house.engine, `/containers/${id}/logs?stdout=1`, { limitMs: 20_000 });
  return body.split('\n').flatMap((line) => {
    const text = line.slice(Math.max(0, line.indexOf('{"')));
    return text.startsWith('{') ? [JSON.parse(text) as Json] : [];
  });
}
