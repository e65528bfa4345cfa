import { describe, expect, it } from 'vitest';
import { ruleFindings, ruleTargetsFindings, scheduleFindings } from '../../../src/manifest/rules/schedule.ts';
import { fileText } from '../../../src/manifest/text/text.ts';
import { overrideFindings } from '../../../src/manifest/commit/overrides.ts';
import { shown } from '../shown.ts';
import type { Rule, RuleTarget } from '../../../src/model/time/rule.ts';
import type { Tree } from '../../../src/manifest/text/tree.ts';
import type { Schedule, ScheduleTarget } from '../../../src/model/time/schedule.ts';

const TREE: Tree = { kind: 'mapping', entries: [], start: 0, end: 0 };
const target: ScheduleTarget = { arn: 'default', ecsParameters: { taskDefinitionArn: 'job' } };
const schedule: Schedule = { name: 'nightly', scheduleExpression: 'rate(1 day)', flexibleTimeWindow: { mode: 'OFF' }, target };

describe('schedules', () => {
  it.each<[Partial<Schedule>, string[]]>([
    [{}, []],
    [{ flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: 5 } }, []],
    [{ flexibleTimeWindow: { mode: 'FLEXIBLE' } }, ['flexible-window flexibleTimeWindow']],
    [{ flexibleTimeWindow: { mode: 'OFF', maximumWindowInMinutes: 5 } }, ['flexible-window flexibleTimeWindow']],
    [{ startDate: '2030-01-02', endDate: '2030-01-01' }, ['end-before-start endDate']],
  ])('%j: %j', (changes, codes) => {
    expect(shown(scheduleFindings({ ...schedule, ...changes }, TREE))).toEqual(codes);
  });

  it.each<[Partial<ScheduleTarget>, string[]]>([
    [{ arn: 'arn:aws:ecs:eu-west-1:123456789012:cluster/default' }, []],
    [{ input: '{"containerOverrides": []}' }, []],
    [{ arn: 'arn:aws:lambda:eu-west-1:123456789012:function:f', ecsParameters: undefined }, ['not-ecs target.arn']],
    [{ arn: 'arn:aws:scheduler:::aws-sdk:ecs:runTask', ecsParameters: undefined }, ['not-ecs target.arn']],
    [{ arn: 'arn:aws:lambda' }, ['bad-arn target.arn']],
    [{ ecsParameters: undefined }, ['missing-field target.ecsParameters']],
    [
      { ecsParameters: { taskDefinitionArn: 'job', launchType: 'EC2', capacityProviderStrategy: [{ capacityProvider: 'a' }] } },
      ['target-launch target.ecsParameters.launchType'],
    ],
    [{ input: 'PASSWORD=hunter2' }, ['bad-json target.input']],
    [{ input: '[]' }, ['bad-json target.input']],
  ])('with the target %j: %j', (changes, codes) => {
    const found = scheduleFindings({ ...schedule, target: { ...target, ...changes } }, TREE);
    expect(shown(found)).toEqual(codes);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });
});

describe('rules', () => {
  const rule: Rule = { name: 'stopped', eventPattern: { source: ['aws.ecs'] } };
  const first: RuleTarget = { id: 'a', arn: 'default', ecsParameters: { taskDefinitionArn: 'job' } };

  it.each<[Partial<Rule>, string[]]>([
    [{}, []],
    [{ scheduleExpression: 'rate(1 day)' }, []],
    [{ eventPattern: undefined }, ['schedule-or-pattern ']],
    [{ scheduleExpression: 'rate(1 day)', eventBusName: 'default' }, []],
    [{ scheduleExpression: 'rate(1 day)', eventBusName: 'orders' }, ['schedule-bus eventBusName']],
    [{ eventBusName: 'orders' }, []],
    [{ name: undefined }, ['not-attached ']],
    [
      { eventPattern: { source: 'aws.ecs', detail: { a: [{ prefx: 'x' }] } } },
      ['bad-event-pattern eventPattern.source', 'bad-event-pattern eventPattern.detail.a[0].prefx'],
    ],
    [{ targets: [first, { ...first, id: 'b' }] }, []],
    [{ targets: [first, first] }, ['duplicate-target-id targets[1].id']],
    [{ targets: [{ ...first, input: '{}', inputPath: '$.detail' }] }, ['target-input targets[0].inputPath']],
    [{ targets: [{ ...first, arn: 'arn:aws:sqs:eu-west-1:123456789012:q', ecsParameters: undefined }] }, ['not-ecs targets[0].arn']],
  ])('%j: %j', (changes, codes) => {
    expect(shown(ruleFindings({ ...rule, ...changes }, TREE))).toEqual(codes);
  });

  it('take their targets from another document', () => {
    expect(ruleTargetsFindings({ rule: 'stopped', targets: [first] }, TREE)).toEqual([]);
    expect(shown(ruleTargetsFindings({ targets: [first] }, TREE))).toEqual(['not-attached ']);
  });
});

describe('overrides', () => {
  const definition = {
    family: 'job',
    containerDefinitions: [
      { name: 'a', image: 'x' },
      { name: 'b', image: 'x' },
    ],
  };
  const of = (input: string | undefined, family = 'job') => {
    const spec = { ...schedule, target: { ...target, ecsParameters: { taskDefinitionArn: family }, input } };
    const resource = { kind: 'Schedule' as const, identity: 'default/nightly', file: fileText('a.yaml', ''), tree: TREE, spec };
    return overrideFindings(resource, new Map([['job', definition]]));
  };

  it.each([
    [undefined, []],
    ['{}', []],
    ['no JSON', []],
    ['{"containerOverrides": [{"name": "a"}, {"name": "b"}]}', []],
    ['{"containerOverrides": [{"name": "a"}, {"name": "c"}]}', ['unknown-override target.input']],
    ['{"containerOverrides": [{"command": ["x"]}]}', ['unknown-override target.input']],
  ])('%s: %j', (input, codes) => {
    expect(shown(of(input))).toEqual(codes);
  });

  it('of a task definition that is missing are not looked at', () => {
    expect(of('{"containerOverrides": [{"name": "c"}]}', 'other')).toEqual([]);
  });

  it('point at the name inside the text', () => {
    expect(of('{"containerOverrides": [{"name": "c"}]}')[0]).toMatchObject({ inside: 34 });
  });
});
