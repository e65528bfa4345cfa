// Which instances a query means, operator by operator; where ECS says nothing, what docs/departures.md says.
import { describe, expect, it } from 'vitest';
import { type QueriedInstance, type QueriedTasks, compiledQuery } from '../../src/lang/cluster-query-match.ts';
import { queryText, unmetText } from '../../src/lang/cluster-query-words.ts';
import { provesPlacement } from '../proves.ts';

const INSTANCE: QueriedInstance = {
  attributes: new Map<string, string | null>([
    ['ecs.availability-zone', 'eu-west-1a'],
    ['ecs.instance-type', 't3.small'],
    ['ecs.os-type', 'linux'],
    ['rack', '9'],
    ['name', 'Ärger am Bau'],
    ['com.amazonaws.ecs.capability.privileged-container', null],
  ]),
  agentConnected: true,
  agentVersion: '20.10.24+dfsg1',
  ec2InstanceId: 'i-0a1b2c',
  registeredAt: Date.UTC(2024, 1, 29, 12, 30, 15) + 250,
};
const TASKS: QueriedTasks = {
  runningTasksCount: 3,
  groups: new Map([
    ['service:web', 2],
    ['family:migrate', 1],
  ]),
};
const NOTHING: QueriedTasks = { runningTasksCount: 0, groups: new Map() };

function holds(text: string, tasks = TASKS, instance = INSTANCE): boolean {
  const compiled = compiledQuery(text);
  if (compiled === null) throw new Error(`${text} is no expression`);
  return compiled.holds(instance, tasks);
}

describe('a cluster query holds of an instance', () => {
  it.each([
    // comparison as texts, whole and in the letters as they stand
    ['attribute:ecs.instance-type == t3.small', true],
    ['attribute:ecs.instance-type equals T3.small', false],
    ['attribute:ecs.instance-type == t3', false],
    ['attribute:ecs.instance-type != t3.large', true],
    ['attribute:ecs.instance-type not_equals t3.small', false],
    ['attribute:name == "Ärger am Bau"', true],
    // lists
    ['attribute:ecs.availability-zone in [eu-west-1b, eu-west-1a]', true],
    ['attribute:ecs.availability-zone in [eu-west-1b]', false],
    ['attribute:ecs.availability-zone !in [eu-west-1b]', true],
    ["attribute:ecs.availability-zone not_in ['eu-west-1a']", false],
    // patterns match the whole value
    ['attribute:ecs.instance-type =~ t3.*', true],
    ['attribute:ecs.instance-type =~ t3', false],
    ['attribute:ecs.instance-type matches .*small', true],
    ['attribute:ecs.instance-type =~ "(t2|t3)\\.(micro|small)"', true],
    ['attribute:ecs.instance-type =~ "(?i)T3\\.SMALL"', true],
    ['attribute:ecs.instance-type !~ t2.*', true],
    ['attribute:ecs.instance-type not_matches t3.*', false],
    // presence
    ['attribute:rack exists', true],
    ['attribute:shelf exists', false],
    ['attribute:shelf !exists', true],
    ['attribute:rack not_exists', false],
    // an attribute without a value is there and equals nothing
    ['attribute:com.amazonaws.ecs.capability.privileged-container exists', true],
    ['attribute:com.amazonaws.ecs.capability.privileged-container == x', false],
    ['attribute:com.amazonaws.ecs.capability.privileged-container != x', true],
    ['attribute:com.amazonaws.ecs.capability.privileged-container =~ .*', false],
    // a missing one: what is negated holds
    ['attribute:shelf == a', false],
    ['attribute:shelf != a', true],
    ['attribute:shelf in [a]', false],
    ['attribute:shelf !in [a]', true],
    ['attribute:shelf =~ .*', false],
    ['attribute:shelf !~ .*', true],
    ['attribute:shelf < 1', false],
    ['attribute:shelf >= 1', false],
    // numbers where both are
    ['attribute:rack < 10', true],
    ['attribute:rack > 8.5', true],
    ['attribute:rack >= 9', true],
    ['attribute:rack <= 09.0', true],
    ['attribute:rack < a', true],
    ['attribute:ecs.availability-zone < eu-west-1b', true],
    ['attribute:ecs.availability-zone greater_than eu-west-1', true],
    // groups: of some task on the instance
    ['task:group in [service:db]', false],
    ['task:group == service:web', true],
    ['task:group == service:db', false],
    ['task:group != service:web', true],
    ['not(task:group == service:web)', false],
    ['task:group in [service:db, family:migrate]', true],
    ['task:group !in [service:web, family:migrate]', false],
    ['task:group =~ service:.*', true],
    ['task:group !~ service:.*', true],
    // the agent is the engine
    ['agentConnected == true', true],
    ['agentConnected != true', false],
    ['agentConnected in [true, false]', true],
    ['agentConnected !in [true]', false],
    ['agentConnected =~ t.*', true],
    ['agentConnected !~ f.*', true],
    ['agentVersion == 20.10.24', true],
    ['agentVersion > 20.9', true],
    ['agentVersion >= 20.10.24.0', true],
    ['agentVersion < 20.10.9', false],
    ['agentVersion < 100', true],
    ['agentVersion <= 20.10.24', true],
    ['agentVersion <= 20.10.23', false],
    ['agentVersion != 20.10', true],
    ['ec2InstanceId == i-0a1b2c', true],
    ['ec2InstanceId != i-0a1b2c', false],
    ['ec2InstanceId in [i-x, i-0a1b2c]', true],
    ['ec2InstanceId !in [i-x, i-0a1b2c]', false],
    ['ec2InstanceId =~ "i-[0-9a-f]+"', true],
    ['ec2InstanceId !~ i-.*', false],
    // moments to the second; a date is its midnight, and no zone is UTC
    ['registeredAt == 2024-02-29T12:30:15Z', true],
    ['registeredAt == 2024-02-29T12:30:15', true],
    ['registeredAt == 2024-02-29T13:30:15+01:00', true],
    ['registeredAt != 2024-02-29T12:30:16Z', true],
    ['registeredAt > 2024-02-29', true],
    ['registeredAt < 2024-03-01', true],
    ['registeredAt <= 2024-02-29T12:30:15Z', true],
    ['registeredAt < 2024-02-29T12:30:15-01:00', true],
    ['registeredAt >= 2024-02-29T12:30:15Z', true],
    ['registeredAt >= 2024-02-29T12:30:16Z', false],
    // counts
    ['runningTasksCount == 3', true],
    ['runningTasksCount != 3', false],
    ['runningTasksCount < 10', true],
    ['runningTasksCount <= 2', false],
    ['runningTasksCount > 2', true],
    ['runningTasksCount > 3', false],
    ['runningTasksCount >= 4', false],
    // not before and before or
    ['attribute:rack exists or attribute:shelf exists and attribute:shelf exists', true],
    ['(attribute:rack exists or attribute:shelf exists) and attribute:shelf exists', false],
    ['not attribute:shelf exists and attribute:rack exists', true],
    ['!(attribute:shelf exists && attribute:rack exists) || attribute:shelf exists', true],
  ])('%s: %s', (text, expected) => {
    provesPlacement('query: attribute:<name> {==,!=,<,<=,>,>=,in,!in,=~,!~,exists,!exists}');
    provesPlacement('query: task:group {==,!=,in,!in,=~,!~}');
    provesPlacement('query: agentConnected {==,!=,in,!in,=~,!~}');
    provesPlacement('query: agentVersion {==,!=,<,<=,>,>=}');
    provesPlacement('query: ec2InstanceId {==,!=,in,!in,=~,!~}');
    provesPlacement('query: registeredAt {==,!=,<,<=,>,>=}');
    provesPlacement('query: runningTasksCount {==,!=,<,<=,>,>=}');
    provesPlacement(
      'query: missing attribute',
      'attribute:shelf == a',
      'attribute:shelf != a',
      'attribute:shelf !in [a]',
      'attribute:shelf !~ .*',
    );
    provesPlacement('query: attribute without a value', 'attribute:com.amazonaws.ecs.capability.privileged-container exists');
    provesPlacement('query: group anti-affinity', 'not(task:group == service:web)', 'task:group != service:web');
    provesPlacement('query: whole value', 'attribute:ecs.instance-type =~ t3.*', 'attribute:ecs.instance-type =~ t3');
    provesPlacement('query: versions', 'agentVersion > 20.9', 'agentVersion < 20.10.9', 'agentVersion < 100');
    provesPlacement(
      'query: moments',
      'registeredAt == 2024-02-29T13:30:15+01:00',
      'registeredAt == 2024-02-29T12:30:15',
      'registeredAt > 2024-02-29',
    );
    provesPlacement('query: precedence', 'attribute:rack exists or attribute:shelf exists and attribute:shelf exists');
    expect(holds(text)).toBe(expected);
  });

  it.each([
    ['task:group == service:web', false],
    ['task:group != service:web', false],
    ['task:group !in [service:web]', false],
    ['task:group !~ x', false],
    ['not(task:group == service:web)', true],
    ['runningTasksCount == 0', true],
  ])('without tasks, %s: %s', (text, expected) => expect(holds(text, NOTHING)).toBe(expected));

  it.each([
    ['agentVersion < 1', false],
    ['agentVersion == 1', false],
    ['agentVersion != 1', true],
    ['registeredAt > 2000-01-01', false],
    ['registeredAt != 2000-01-01', true],
  ])('where the instance does not say, %s: %s', (text, expected) =>
    expect(holds(text, TASKS, { ...INSTANCE, agentVersion: null, registeredAt: null })).toBe(expected),
  );

  it('is compiled once per text, and says whether it asks about tasks', () => {
    expect(compiledQuery('attribute:rack exists')).toBe(compiledQuery('attribute:rack exists'));
    expect(compiledQuery('attribute:rack exists')?.asksTasks).toBe(false);
    expect(compiledQuery('attribute:rack exists and not(task:group == a)')?.asksTasks).toBe(true);
    expect(compiledQuery('runningTasksCount < 3 or attribute:rack exists')?.asksTasks).toBe(true);
    expect(compiledQuery('somewhere')).toBeNull();
  });

  it('forgets the oldest of many texts, and reads it again the same way', () => {
    const first = compiledQuery('attribute:first exists');
    for (let number = 0; number < 1_000; number++) compiledQuery(`attribute:a${number} exists`);
    const again = compiledQuery('attribute:first exists');
    expect(again).not.toBe(first);
    expect(again?.holds(INSTANCE, TASKS)).toBe(false);
  });
});

describe('a cluster query in words', () => {
  it.each([
    ['attribute:a==b', 'attribute:a == b'],
    ['attribute:a in [b,"c d"]', "attribute:a in [b, 'c d']"],
    ['attribute:a == "it\'s"', 'attribute:a == "it\'s"'],
    ['attribute:a not_exists', 'attribute:a !exists'],
    [
      'not(attribute:a exists) and (task:group == b or runningTasksCount < 2)',
      'not(attribute:a exists) and (task:group == b or runningTasksCount < 2)',
    ],
    ['attribute:a =~ "(b|c).*"', "attribute:a =~ '(b|c).*'"],
  ])('%s', (text, expected) => {
    const compiled = compiledQuery(text);
    expect(compiled && queryText(compiled.query)).toBe(expected);
    expect(compiledQuery(expected)?.query).toEqual(compiled?.query);
  });

  it.each([
    ['attribute:ecs.instance-type =~ m5.* and attribute:rack exists', 'attribute:ecs.instance-type =~ m5.* (it is t3.small)'],
    ['attribute:shelf == a or attribute:rack == 1', 'attribute:shelf == a (it has no such attribute) or attribute:rack == 1 (it is 9)'],
    ['not(task:group == service:web)', 'not(task:group == service:web)'],
    ['task:group == service:db', 'task:group == service:db (it has tasks of service:web, family:migrate)'],
    ['runningTasksCount == 0', 'runningTasksCount == 0 (it is 3)'],
    ['agentConnected == false', 'agentConnected == false (it is true)'],
    ['agentVersion < 1.14.5', 'agentVersion < 1.14.5 (it is 20.10.24+dfsg1)'],
    ['ec2InstanceId == i-1', 'ec2InstanceId == i-1 (it is i-0a1b2c)'],
    ['registeredAt < 2018-02-13', 'registeredAt < 2018-02-13 (it is 2024-02-29T12:30:15.250Z)'],
    [
      'attribute:com.amazonaws.ecs.capability.privileged-container == x',
      'attribute:com.amazonaws.ecs.capability.privileged-container == x (it has no value)',
    ],
  ])('says what of %s is not met', (text, expected) => {
    const compiled = compiledQuery(text);
    expect(compiled && unmetText(compiled.query, INSTANCE, TASKS)).toBe(expected);
  });

  it('says nothing of what is met, and not too much of what is long', () => {
    const met = compiledQuery('attribute:rack == 9');
    expect(met && unmetText(met.query, INSTANCE, TASKS)).toBeNull();
    const groups = new Map(Array.from({ length: 9 }, (_, number) => [`service:${number}`, 1] as const));
    const unmet = compiledQuery('task:group == x');
    expect(unmet && unmetText(unmet.query, INSTANCE, { runningTasksCount: 9, groups })).toBe(
      'task:group == x (it has tasks of service:0, service:1, service:2, service:3, service:4 and 4 more)',
    );
    expect(unmet && unmetText(unmet.query, INSTANCE, NOTHING)).toBe('task:group == x (it has no task)');
  });
});
