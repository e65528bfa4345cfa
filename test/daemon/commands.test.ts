// The way of a command into a turn: it is answered by a durable row and by nothing else.
import { describe, expect, it } from 'vitest';
import { createDesk } from '../../src/daemon/commands.ts';
import { EMPTY_LEDGER } from '../../src/model/turn/ledger.ts';
import type { Command, CommandRow } from '../../src/model/turn/command.ts';

const COMMAND: Command = { kind: 'stop-task', key: 'key-one', at: 1, task: 'a', reason: null };
const ROW: CommandRow = { command: COMMAND, obeyedAt: 2, outcome: 'done' };
const NEVER = new AbortController().signal;
const durable = { ...EMPTY_LEDGER, commands: new Map([['key-one', ROW]]) };

describe('a command', () => {
  it('wakes the loop, waits for a row, and is answered by it', async () => {
    let wakes = 0;
    const desk = createDesk(() => (wakes += 1));
    const asked = desk.ask(COMMAND, NEVER);
    expect([wakes, desk.pending()]).toEqual([1, [COMMAND]]);
    desk.settle(EMPTY_LEDGER);
    expect(desk.pending()).toEqual([COMMAND]);
    desk.settle(durable);
    await expect(asked).resolves.toBe(ROW);
    expect(desk.pending()).toEqual([]);
  });

  it('is not obeyed any more once nobody waits for it', async () => {
    const desk = createDesk(() => undefined);
    const left = new AbortController();
    const asked = desk.ask(COMMAND, left.signal);
    left.abort(new Error('no turn within 8 s'));
    await expect(asked).rejects.toThrow('no turn within 8 s');
    expect(desk.pending()).toEqual([]);
  });

  it('is refused when a hundred wait already', async () => {
    const desk = createDesk(() => undefined);
    for (let number = 0; number < 100; number++) void desk.ask({ ...COMMAND, key: `key-${number}` }, NEVER);
    await expect(desk.ask(COMMAND, NEVER)).rejects.toThrow('too many commands wait');
  });
});
