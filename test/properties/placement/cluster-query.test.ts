// Cluster queries of any text: reading never throws and says where, what was read is written again as what it was, and asking an instance
// never throws and obeys logic.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseClusterQuery } from '../../../src/lang/cluster-query.ts';
import { compiledQuery, compileQuery, type QueriedInstance, type QueriedTasks } from '../../../src/lang/cluster-query-match.ts';
import { queryText, unmetText } from '../../../src/lang/cluster-query-words.ts';
import { provesPlacement } from '../../proves.ts';

const RUNS = { seed: 7, numRuns: 800 };

const name = fc.constantFrom('a', 'ecs.instance-type', 'com.x/y_z');
const value = fc.constantFrom('x', 't3.small', '9', '10', 'service:web', '"a b"', "'c'");
const comparison = fc.constantFrom('==', '!=', '<', '<=', '>', '>=', 'equals', 'less_than', 'greater_than_equal', 'not_equals');
const pattern = fc.constantFrom('t3.*', '"(x|y)+"', '[a-z]{1,3}', '".*"', '"(?i)X"');
const list = fc.array(value, { minLength: 1, maxLength: 3 }).map((values) => `[${values.join(', ')}]`);
const term = fc.oneof(
  fc.tuple(name, comparison, value).map(([subject, operator, argument]) => `attribute:${subject} ${operator} ${argument}`),
  fc.tuple(name, fc.constantFrom('exists', '!exists', 'not_exists')).map(([subject, operator]) => `attribute:${subject} ${operator}`),
  fc
    .tuple(name, fc.constantFrom('in', '!in', 'not_in'), list)
    .map(([subject, operator, values]) => `attribute:${subject} ${operator} ${values}`),
  fc
    .tuple(fc.constantFrom('attribute:a', 'task:group', 'ec2InstanceId'), fc.constantFrom('=~', '!~', 'matches'), pattern)
    .map((parts) => parts.join(' ')),
  fc.tuple(fc.constantFrom('task:group', 'ec2InstanceId'), fc.constantFrom('==', '!='), value).map((parts) => parts.join(' ')),
  fc.tuple(fc.constant('runningTasksCount'), fc.constantFrom('==', '<', '>='), fc.constantFrom('0', '3')).map((parts) => parts.join(' ')),
  fc.constantFrom(
    'agentConnected == true',
    'agentVersion < 1.14.5',
    'registeredAt >= 2018-02-13',
    'registeredAt == 2018-06-18T22:28:28+02:00',
  ),
);
const query = fc.letrec<{ query: string }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 4 },
    term,
    fc.tuple(tie('query'), fc.constantFrom(' and ', ' or ', ' && ', ' || '), tie('query')).map((parts) => parts.join('')),
    tie('query').map((inner) => `not(${inner})`),
    tie('query').map((inner) => `(${inner})`),
  ),
})).query;

const text = fc.option(fc.constantFrom('x', 'y', 't3.small', '9', '10', 'a b', 'c'), { nil: null });
const instance: fc.Arbitrary<QueriedInstance> = fc.record({
  attributes: fc.array(fc.tuple(name, text), { maxLength: 3 }).map((entries): ReadonlyMap<string, string | null> => new Map(entries)),
  agentConnected: fc.boolean(),
  agentVersion: fc.constantFrom(null, '1.14.4', '20.10.24+dfsg1', 'unknown'),
  ec2InstanceId: fc.constantFrom('x', 'i-1'),
  registeredAt: fc.constantFrom(null, 0, Date.UTC(2018, 5, 18, 20, 28, 28)),
});
const tasks: fc.Arbitrary<QueriedTasks> = fc.subarray(['service:web', 'service:db', 'family:x']).map((groups) => ({
  runningTasksCount: groups.length,
  groups: new Map(groups.map((group) => [group, 1])),
}));

describe('a cluster query', () => {
  it('that is written by the rules is read, and written again it is the same', () => {
    const check = (input: string): void => {
      const { value: first, fault } = parseClusterQuery(input);
      expect(fault).toBeNull();
      const again = first && parseClusterQuery(queryText(first));
      expect(again?.fault).toBeNull();
      expect(again?.value && queryText(again.value)).toBe(first && queryText(first));
    };
    fc.assert(fc.property(query, check), RUNS);
  });

  it('holds or does not, its contrary the other way, and what is not met is said only then', () => {
    const check = (input: string, one: QueriedInstance, on: QueriedTasks): void => {
      const compiled = compiledQuery(input);
      const contrary = compiledQuery(`not(${input})`);
      if (compiled === null || contrary === null) throw new Error(`${input} can't be read`);
      const holds = compiled.holds(one, on);
      expect(contrary.holds(one, on)).toBe(!holds);
      expect(unmetText(compiled.query, one, on) === null).toBe(holds);
      const written = parseClusterQuery(queryText(compiled.query)).value;
      expect(written && compileQuery(written).holds(one, on)).toBe(holds);
      if (!compiled.asksTasks) expect(compiled.holds(one, { runningTasksCount: 99, groups: new Map([['x', 1]]) })).toBe(holds);
    };
    fc.assert(fc.property(query, instance, tasks, check), RUNS);
  });

  it('of any letters never throws, and a fault has a place inside of them', () => {
    provesPlacement('query: never throws');
    const broken = fc
      .tuple(query, fc.nat(), fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('(', ')', '[', "'", '"', '$', ' and', '\\', '{9}')))
      .map(([whole, at, junk]) => whole.slice(0, at % (whole.length + 1)) + junk + whole.slice((at % (whole.length + 1)) + (at % 3)));
    const check = (input: string): void => {
      const { value: read, fault } = parseClusterQuery(input);
      expect(read === null).toBe(fault !== null);
      if (fault === null) return;
      expect(fault.at).toBeGreaterThanOrEqual(0);
      expect(fault.at).toBeLessThanOrEqual(input.length);
      expect(fault.message).not.toBe('');
      expect(fault.hint).not.toBe('');
      expect(compiledQuery(input)).toBeNull();
    };
    fc.assert(fc.property(fc.oneof(broken, fc.string({ maxLength: 100 }), fc.string({ unit: 'binary', maxLength: 60 })), check), RUNS);
  });
});
