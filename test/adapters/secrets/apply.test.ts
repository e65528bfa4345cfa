import { describe, expect, it } from 'vitest';
import { environmentOf, confidentialValues } from '../../../src/adapters/secrets/apply.ts';
import type { Opened } from '../../../src/adapters/secrets/secrets.ts';

const text = (value: string): Opened => ({ kind: 'text', text: value, fingerprint: 'f' });
const variables = (values: Readonly<Record<string, string>>): Opened => ({
  kind: 'variables',
  variables: Object.entries(values).map(([name, value]) => ({ name, value })),
  fingerprint: 'f',
});
const fault = { code: 'absent', message: 'the secret b: gone', hint: 'Create it.' } as const;
const opened = new Map<string, Opened>([
  ['environment-file one.env', variables({ A: 'one', B: 'one', C: 'one', D: 'one' })],
  ['environment-file two.env', variables({ C: 'two', E: 'two' })],
  ['secret a', text('secret')],
  ['secret b', { kind: 'fault', fault }],
]);

describe('the environment of a container', () => {
  it('has secrets over variables over files, of which the first that has a name counts', () => {
    const sources = {
      environment: [
        { name: 'A', value: 'plain' },
        { name: 'B', value: 'plain' },
      ],
      environmentFiles: ['one.env', 'two.env'],
      secrets: [{ name: 'A', valueFrom: 'a' }],
    };
    const made = environmentOf(sources, opened).variables ?? [];
    expect(Object.fromEntries(made.map(({ name, value }) => [name, value]))).toEqual({
      A: 'secret',
      B: 'plain',
      C: 'one',
      D: 'one',
      E: 'two',
    });
  });

  it.each([
    ['a secret that has a fault', { secrets: [{ name: 'A', valueFrom: 'b' }], environmentFiles: [] }, fault.message],
    ['a secret that nobody opened', { secrets: [{ name: 'A', valueFrom: 'c' }], environmentFiles: [] }, 'c was not opened'],
    ['a file that nobody opened', { secrets: [], environmentFiles: ['three.env'] }, 'three.env was not opened'],
  ])('is none with %s', (_, sources, message) => {
    expect(environmentOf({ environment: [], ...sources }, opened)).toMatchObject({ variables: null, fault: { message } });
  });

  it('every value is known that no message may repeat', () => {
    expect(confidentialValues(opened)).toEqual(['one', 'one', 'one', 'one', 'two', 'two', 'secret']);
  });
});
