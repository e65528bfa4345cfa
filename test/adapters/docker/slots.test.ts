import { describe, expect, it } from 'vitest';
import { slotsFor } from '../../../src/adapters/docker/slots.ts';

const NEVER = new AbortController().signal;

describe('places for calls', () => {
  it('are given in the order of coming, never more than there are', async () => {
    const slots = slotsFor(2);
    const order: string[] = [];
    const call = async (name: string): Promise<() => void> => {
      const leave = await slots.take(NEVER);
      order.push(name);
      return leave;
    };
    const [first, second] = [await call('a'), await call('b')];
    const later = [call('c'), call('d'), call('e')];
    await Promise.resolve();
    expect(order).toEqual(['a', 'b']);
    second();
    second(); // twice is once
    await later[0];
    expect(order).toEqual(['a', 'b', 'c']);
    first();
    (await later[1])?.();
    await later[2];
    expect(order).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('are not waited for longer than the signal says, and what was given up takes none', async () => {
    const slots = slotsFor(1);
    const leave = await slots.take(NEVER);
    const left = new AbortController();
    const waiting = slots.take(left.signal);
    left.abort(new Error('the caller has left'));
    await expect(waiting).rejects.toThrow('the caller has left');
    await expect(slots.take(left.signal)).rejects.toThrow('the caller has left');
    leave();
    (await slots.take(NEVER))();
    await slots.take(NEVER);
  });
});
