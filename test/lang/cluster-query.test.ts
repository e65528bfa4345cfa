import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseClusterQuery } from '../../src/lang/cluster-query.ts';
import type { ClusterQuery } from '../../src/lang/cluster-query.ts';
import { provesPlacement } from '../proves.ts';

describe('cluster queries', () => {
  it.each([
    ['attribute:ecs.instance-type == t2.small', 'attribute:ecs.instance-type == "t2.small"'],
    ['attribute:rack==r.7', 'attribute:rack == "r.7"'],
    ['attribute:rack equals "a b"', 'attribute:rack == "a b"'],
    ["attribute:rack not_equals 'a'", 'attribute:rack != "a"'],
    ['attribute:stack exists', 'attribute:stack exists'],
    ['attribute:stack !exists', 'attribute:stack !exists'],
    ['attribute:stack not_exists', 'attribute:stack !exists'],
    ['attribute:ecs.availability-zone in [eu-north-1b, eu-north-1c]', 'attribute:ecs.availability-zone in "eu-north-1b" "eu-north-1c"'],
    ["ec2InstanceId in ['i-a','i-b']", 'ec2InstanceId in "i-a" "i-b"'],
    ['attribute:zone !in [a]', 'attribute:zone !in "a"'],
    ['attribute:zone not_in [a]', 'attribute:zone !in "a"'],
    ['attribute:ecs.instance-type =~ g2.* and attribute:zone != d', '(attribute:ecs.instance-type =~ "g2.*" and attribute:zone != "d")'],
    ['attribute:type matches "(t2|t3)\\.micro"', 'attribute:type =~ "(t2|t3)\\.micro"'],
    ['attribute:type !~ t[23]\\..{1,9}', 'attribute:type !~ "t[23]\\..{1,9}"'],
    ['task:group == service:production', 'task:group == "service:production"'],
    ['not(task:group == cache)', 'not task:group == "cache"'],
    ['! task:group == database', 'not task:group == "database"'],
    ['runningTasksCount == 4', 'runningTasksCount == "4"'],
    ['runningTasksCount less_than_equal 10', 'runningTasksCount <= "10"'],
    ['agentVersion < 28.5.2', 'agentVersion < "28.5.2"'],
    ['agentConnected == true', 'agentConnected == "true"'],
    ['registeredAt < 2018-02-13', 'registeredAt < "2018-02-13"'],
    ['registeredAt >= 2018-06-18T22:28:28+00:00', 'registeredAt >= "2018-06-18T22:28:28+00:00"'],
    [
      'attribute:a exists or attribute:b exists and attribute:c exists',
      '(attribute:a exists or (attribute:b exists and attribute:c exists))',
    ],
    [
      '(attribute:a exists || attribute:b exists) && attribute:c exists',
      '((attribute:a exists or attribute:b exists) and attribute:c exists)',
    ],
    ['not attribute:a exists and attribute:b exists', '(not attribute:a exists and attribute:b exists)'],
    ['not(attribute:a exists and attribute:b exists)', 'not (attribute:a exists and attribute:b exists)'],
    ['attribute:type not_matches t.*', 'attribute:type !~ "t.*"'],
    ['runningTasksCount less_than 1', 'runningTasksCount < "1"'],
    ['runningTasksCount greater_than 1', 'runningTasksCount > "1"'],
    ['runningTasksCount greater_than_equal 1', 'runningTasksCount >= "1"'],
    ['attribute:or == and', 'attribute:or == "and"'],
    ['attribute:a == order', 'attribute:a == "order"'],
    ['  attribute:a\texists\n', 'attribute:a exists'],
  ])('%s is %s', (text, meaning) => {
    provesPlacement('query: terms', 'attribute:rack==r.7', 'attribute:stack exists', "ec2InstanceId in ['i-a','i-b']");
    provesPlacement(
      'query: words',
      'attribute:rack equals "a b"',
      "attribute:rack not_equals 'a'",
      'attribute:stack not_exists',
      'attribute:zone not_in [a]',
      'attribute:type matches "(t2|t3)\\.micro"',
      'runningTasksCount less_than_equal 10',
      'attribute:type not_matches t.*',
      'runningTasksCount less_than 1',
      'runningTasksCount greater_than 1',
      'runningTasksCount greater_than_equal 1',
    );
    provesPlacement('query: values', 'attribute:rack equals "a b"', "attribute:rack not_equals 'a'", 'attribute:a == order');
    provesPlacement(
      'query: joined',
      '(attribute:a exists || attribute:b exists) && attribute:c exists',
      '! task:group == database',
      'not(attribute:a exists and attribute:b exists)',
    );
    provesPlacement(
      'query: precedence',
      'attribute:a exists or attribute:b exists and attribute:c exists',
      'not attribute:a exists and attribute:b exists',
    );
    const { value, fault } = parseClusterQuery(text);
    expect(fault).toBeNull();
    expect(value && shown(value)).toBe(meaning);
  });

  it.each([
    ['', 0, 'is empty'],
    ['somewhere', 0, 'has an unknown subject "somewhere"'],
    ['attribute: == a', 10, 'names no attribute'],
    ['attribute:a:b == c', 10, 'has an attribute "a:b" that is no name'],
    [`attribute:${'a'.repeat(129)} exists`, 10, 'that is no name'],
    ['task:family == web', 0, 'has an unknown subject "task:family"'],
    ['attribute:a', 11, 'ends after "attribute:a"'],
    ['attribute:a = b', 12, 'has "=" where an operator should stand'],
    ['attribute:a is b', 12, 'has an unknown operator "is"'],
    ['attribute:a Exists', 12, 'has an unknown operator "Exists"'],
    ['attribute:a ==', 14, 'ends where a value should stand'],
    ['attribute:a == $ZONE', 15, 'has a placeholder that nothing has filled in'],
    ['task:group == service:$NAME', 22, 'has a placeholder that nothing has filled in'],
    ['attribute:a in ${zones}', 15, 'has no list in brackets'],
    ['attribute:a in a, b', 15, 'has no list in brackets'],
    ['attribute:a in []', 16, 'has "]" where a value should stand'],
    ['attribute:a in [a', 15, 'has a "[" that is never closed'],
    ['attribute:a in [a b]', 18, 'has "b" inside a list'],
    ['attribute:a == "b', 15, 'has a quote that is never closed'],
    ['attribute:a == b c', 17, 'has "c" after a complete term'],
    ['attribute:a == b AND attribute:c exists', 17, 'has "AND" in this place'],
    ['attribute:a exists and', 22, 'ends where a term should begin'],
    ['and attribute:a exists', 0, 'has an unknown subject "and"'],
    ['(attribute:a exists', 0, 'has a "(" that is never closed'],
    ['attribute:a exists)', 18, 'has a ")" that closes nothing'],
    ['task:group < a', 11, 'compares task:group by <'],
    ['task:group exists', 11, 'compares task:group by exists'],
    ['agentConnected < true', 15, 'compares agentConnected by <'],
    ['agentVersion in [1.14.5]', 13, 'compares agentVersion by in'],
    ['ec2InstanceId >= i-a', 14, 'compares ec2InstanceId by >='],
    ['registeredAt !~ 2018.*', 13, 'compares registeredAt by !~'],
    ['runningTasksCount =~ 1', 18, 'compares runningTasksCount by =~'],
    ['runningTasksCount == many', 21, 'compares runningTasksCount with "many"'],
    ['agentConnected == yes', 18, 'compares agentConnected with "yes"'],
    ['agentVersion < v1', 15, 'compares agentVersion with "v1"'],
    ['registeredAt < 2018-02-30', 15, 'compares registeredAt with "2018-02-30"'],
    ['registeredAt < 2018-13-01', 15, 'compares registeredAt with "2018-13-01"'],
    ['attribute:a =~ (a|b)', 15, 'has "(" where a pattern should stand'],
    ['attribute:a =~ "(a+)+"', 16, 'has a pattern that repeats without an end what itself repeats without an end'],
    ['attribute:a =~ "(a)\\1"', 19, 'has a pattern that has a back-reference'],
    ['attribute:a =~ *', 15, 'has a pattern that has a * that repeats nothing'],
    [`${'('.repeat(60)}attribute:a exists`, 51, 'is nested more than 50 deep'],
    [`attribute:a == ${'b'.repeat(2_000)}`, 2_000, 'has more than 2000 characters'],
  ])('%s is refused at %d: %s', (text, at, message) => {
    provesPlacement('query: other subjects', 'task:family == web');
    provesPlacement(
      'query: other operators',
      'task:group < a',
      'agentConnected < true',
      'agentVersion in [1.14.5]',
      'ec2InstanceId >= i-a',
      'registeredAt !~ 2018.*',
      'runningTasksCount =~ 1',
    );
    provesPlacement('query: words', 'attribute:a Exists', 'attribute:a == b AND attribute:c exists');
    provesPlacement('query: parentheses in a value', 'attribute:a =~ (a|b)');
    provesPlacement('query: length', 'has more than 2000 characters');
    provesPlacement('query: a wrong one', 'attribute:a = b', 'attribute:a == $ZONE', 'attribute:a in ${zones}', 'attribute:a in [a b]');
    provesPlacement('query: patterns', 'attribute:a =~ "(a+)+"', 'attribute:a =~ "(a)\\1"');
    provesPlacement('query: moments', 'registeredAt < 2018-02-30');
    const { fault } = parseClusterQuery(text);
    expect(fault?.message).toContain(message);
    expect(fault?.at).toBe(at);
  });

  it('give a hint for a subject and an operator that are near', () => {
    expect(parseClusterQuery('agentVersio < 1').fault?.hint).toBe('did you mean agentVersion?');
    expect(parseClusterQuery('attribute:a exist').fault?.hint).toBe('did you mean exists?');
  });

  it('never throw, and a fault lies inside the text', () => {
    provesPlacement('query: never throws');
    const word = fc.constantFrom(
      'attribute:a',
      'task:group',
      '==',
      '=~',
      'in',
      '[',
      ']',
      ',',
      '(',
      ')',
      'and',
      'or',
      'not',
      '!',
      'exists',
      "'",
      '"',
      'b.*',
      '$',
      ' ',
    );
    const text = fc.oneof(
      fc.array(word, { maxLength: 30 }).map((words) => words.join(' ')),
      fc.string({ maxLength: 200 }),
    );
    fc.assert(
      fc.property(text, (input) => {
        const { value, fault } = parseClusterQuery(input);
        expect(value === null).toBe(fault !== null);
        if (fault === null) return;
        expect(fault.at).toBeGreaterThanOrEqual(0);
        expect(fault.at).toBeLessThanOrEqual(input.length);
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });
});

/** The tree in words: every group in parentheses, every value in quotes. */
function shown(query: ClusterQuery): string {
  switch (query.kind) {
    case 'not':
      return `not ${shown(query.part)}`;
    case 'and':
    case 'or':
      return `(${query.parts.map(shown).join(` ${query.kind} `)})`;
    case 'term': {
      const subject = query.subject.kind === 'attribute' ? `attribute:${query.subject.name}` : query.subject.kind;
      return [subject, query.operator, ...query.values.map((value) => `"${value}"`)].join(' ');
    }
  }
}
