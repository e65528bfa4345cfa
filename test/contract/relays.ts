// The relay of an engine whose containers can't reach the daemon's machine: there once, told when it is lost, and gone once.
import { expect, it } from 'vitest';
import type { Bench } from './engine.ts';

/** Registers the cases. */
export function relayContract(bench: () => Bench): void {
  it('opens its relay once and again when it is lost, and removes it once, however often it is asked', async () => {
    const { harness, act, base, changes, observe, until } = bench();
    const open = async (): Promise<void> => expect(await act({ ...base, kind: 'open-relay' })).toEqual({ error: null });
    const remove = async (): Promise<void> => expect(await act({ ...base, kind: 'remove-relay' })).toEqual({ error: null });
    const told = (): readonly string[] => changes.flatMap((change) => (change.kind === 'relay' ? [change.state] : []));
    expect((await observe()).relay).toEqual({ wanted: true, state: 'absent' });
    await open();
    await open();
    expect(await observe()).toMatchObject({ relay: { wanted: true, state: 'up' }, containers: [] });
    expect(told()).toEqual(['up']);
    await harness.settle(harness.loseRelay());
    await until(() => told().at(-1) === 'down', 'its loss as a change');
    expect((await observe()).relay).toEqual({ wanted: true, state: 'down' });
    await open();
    expect((await observe()).relay?.state).toBe('up');
    await remove();
    await remove();
    expect((await observe()).relay).toEqual({ wanted: true, state: 'absent' });
    expect(told()).toEqual(['up', 'down', 'up', 'absent']);
  });
}
