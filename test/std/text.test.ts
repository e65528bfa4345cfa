import { describe, expect, it } from 'vitest';
import { count } from '../../src/std/text.ts';

describe('a count', () => {
  it.each([
    [0, 'task', '0 tasks'],
    [1, 'task', '1 task'],
    [2, 'scaling policy', '2 scaling policies'],
    [1, 'scaling policy', '1 scaling policy'],
    [2, 'list of targets', '2 lists of targets'],
    [2, 'key', '2 keys'],
  ])('%i %s: %s', (number, noun, text) => expect(count(number, noun)).toBe(text));
});
