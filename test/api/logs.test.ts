// Logs through the door: over a real socket, with containers whose words the test writes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { containerView, desired, app, identity, instance, ledger, NOW, observed, serviceRow, task, world } from '../build.ts';
import { doorClient } from '../../src/api/client.ts';
import { fakeDoor } from './fake-door.ts';
import { logTime } from '../../src/model/task/container-log.ts';
import { serveDoor } from '../../src/api/server.ts';
import type { FakeDoor } from './fake-door.ts';
import type { LogLine } from '../../src/model/task/container-log.ts';
import type { LogNote, LogRecord, LogRequest } from '../../src/api/logs.ts';
import type { OpenDoor } from '../../src/api/server.ts';
import type { World } from '../../src/model/turn/plan.ts';

const ALL: LogRequest = { of: 'web', container: null, since: null, tail: null, follow: false };
let folder: string;
let door: FakeDoor;
let opened: OpenDoor;
let left: AbortController;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'logs-'));
  door = fakeDoor({ world: shop([1, 2]) });
  opened = await serveDoor(door, { socketPath: join(folder, 's'), metricsPort: null, version: '0.1.0', stop: () => undefined });
  left = new AbortController();
});
afterEach(async () => {
  left.abort();
  await opened.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Tasks of `web` by their slots, each with one running container on its own engine. */
function shop(slots: readonly number[], away: readonly number[] = []): World {
  return world({
    desired: desired([app('web')]),
    observed: observed(slots.map((slot) => instance(`e${slot}`, [view(slot)], { connected: !away.includes(slot) }))),
    ledger: ledger({ services: [serviceRow()], tasks: slots.map((slot) => task({ slot, instance: `e${slot}` })) }),
  });
}
const view = (slot: number) => containerView(identity({ slot }));
const at = (ms: number, text: string, stream: LogLine['stream'] = 'stdout'): LogLine => ({ time: logTime(NOW + ms), stream, text });
const asked = (query: Partial<LogRequest>) => doorClient(join(folder, 's')).logs({ ...ALL, ...query }, left.signal);
async function all(query: Partial<LogRequest> = {}): Promise<(LogRecord | LogNote)[]> {
  const records: (LogRecord | LogNote)[] = [];
  for await (const record of asked(query)) records.push(record);
  return records;
}
const texts = (records: readonly (LogRecord | LogNote)[]) => records.map((record) => ('note' in record ? record.note : record.text));

describe('logs', () => {
  it('of a service are those of its tasks on every engine, in the order of their times', async () => {
    door.write(view(1).id, at(0, 'one'), at(20, 'three', 'stderr'), at(40, 'five'));
    door.write(view(2).id, at(10, 'two'), at(30, 'four'));
    const records = await all();
    expect(texts(records)).toEqual(['one', 'two', 'three', 'four', 'five']);
    const { task: id, container } = view(1).identity;
    expect(records[2]).toEqual({ service: 'default/web', task: id, container, instance: 'e1', ...at(20, 'three', 'stderr') });
  });

  it('can be those of one task, of the last lines, of the lines since a moment', async () => {
    door.write(view(1).id, at(0, 'one'), at(20, 'three'));
    door.write(view(2).id, at(10, 'two'), at(30, 'four'));
    expect(texts(await all({ of: view(2).identity.task.slice(0, 8) }))).toEqual(['two', 'four']);
    expect(texts(await all({ tail: 1 }))).toEqual(['three', 'four']);
    expect(texts(await all({ since: NOW + 20 }))).toEqual(['three', 'four']);
  });

  it('of what nobody knows are refused with the candidates', async () => {
    await expect(all({ of: 'wbe' })).rejects.toMatchObject({ message: 'no service and no task is called wbe', hint: /Did you mean web\?/ });
    await expect(all({ of: 'ffffffff' })).rejects.toMatchObject({ hint: /There is default\/web/ });
    await expect(all({ container: 'nope' })).rejects.toMatchObject({ message: 'no container is called nope', hint: 'There is main.' });
  });

  it('that can not be read say so, and hide no others', async () => {
    door.unreadable.set(view(1).id, "its log driver none can't be read back");
    door.write(view(2).id, at(10, 'two'));
    const records = await all();
    expect(texts(records).toSorted()).toEqual(["its log driver none can't be read back", 'two']);
  });

  it('of an engine that is away say so', async () => {
    door.turn({ world: shop([1, 2], [1]) });
    door.write(view(2).id, at(10, 'two'));
    expect(texts(await all())).toEqual(['engine e1 does not answer', 'two']);
  });

  it('follow: what is written next, containers that come later, until the reader leaves', async () => {
    door.write(view(1).id, at(0, 'one'), at(1, 'two'));
    const lines = asked({ follow: true, tail: 1 });
    expect(texts([(await lines.next()).value as LogRecord])).toEqual(['two']);
    door.write(view(2).id, at(10, 'three'));
    expect(texts([(await lines.next()).value as LogRecord])).toEqual(['three']);
    door.write(view(3).id, at(20, 'four'), at(21, 'five'));
    door.turn({ world: shop([1, 2, 3]) });
    expect(texts([(await lines.next()).value as LogRecord, (await lines.next()).value as LogRecord])).toEqual(['four', 'five']);
    left.abort();
    expect((await lines.next()).done).toBe(true);
    await expect.poll(() => door.listeners.size).toBe(1); // the metrics'
  });

  it('of a task end with the task', async () => {
    door.write(view(1).id, at(0, 'last words'));
    const lines = asked({ follow: true, of: view(1).identity.task });
    expect(texts([(await lines.next()).value as LogRecord])).toEqual(['last words']);
    door.ends(view(1).id);
    door.turn({ world: shop([2]) });
    expect((await lines.next()).done).toBe(true);
  });

  it('of many lines come whole to a slow reader', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => at(index, `line ${index} ${'x'.repeat(80)}`));
    door.write(view(1).id, ...many);
    let count = 0;
    for await (const record of asked({})) {
      expect('text' in record && record.text.startsWith(`line ${count++} `)).toBe(true);
      if (count % 5_000 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(count).toBe(20_000);
  });
});
