// What every Engine promises of a container whose secrets can't be read: it is not made, and the answer says whose fault it is. What a provider
// promises stands in secrets.ts. Part of the suite in engine.ts.
import { expect, it } from 'vitest';
import type { Bench } from './engine.ts';

/** Registers the cases. */
export function secretContract(bench: () => Bench): void {
  it('says ResourceInitializationError and creates nothing when a secret of the container is not there', async () => {
    const { harness, create, observe, programs } = bench();
    const secrets = [{ name: 'PASSWORD', valueFrom: harness.absentSecret }];
    const refused = await create(programs.serves, 0, { secrets });
    expect(refused.error?.code).toBe('ResourceInitializationError');
    expect(refused.error?.message).toContain(harness.absentSecret);
    expect((await observe()).containers).toEqual([]);
  });
}
