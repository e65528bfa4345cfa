import { describe, expect, it } from 'vitest';
import { crowdedFindings } from '../../../src/manifest/commit/crowded.ts';
import { fileText } from '../../../src/manifest/text/text.ts';
import type { Resource } from '../../../src/manifest/document.ts';

const common = { identity: '', file: fileText('a.yaml', ''), tree: { kind: 'mapping' as const, entries: [], start: 0, end: 0 } };
const target = (id: string) => ({ id, arn: 'default', ecsParameters: { taskDefinitionArn: 'job' } });
const rule = (name: string, ...ids: string[]): Resource => ({ ...common, kind: 'Rule', spec: { name, targets: ids.map(target) } });
const more = (rule: string | undefined, ...ids: string[]): Resource => ({
  ...common,
  kind: 'RuleTargets',
  spec: { rule, targets: ids.map(target) },
});
const policy = (resourceId: string): Resource => ({ ...common, kind: 'ScalingPolicy', spec: { resourceId } });
const action = (resourceId: string): Resource => ({
  ...common,
  kind: 'ScheduledAction',
  spec: { resourceId, schedule: 'rate(1 day)', scalableTargetAction: { maxCapacity: 1 } },
});
const many = (count: number, make: (resourceId: string) => Resource, resourceId = 'service/a/b') =>
  Array.from({ length: count }, () => make(resourceId));

describe('what documents hold together', () => {
  it.each<[string, Resource[], string[]]>([
    ['five targets in two documents', [rule('r', 'a', 'b', 'c'), more('r', 'd', 'e')], []],
    ['six targets in two documents', [rule('r', 'a', 'b', 'c'), more('r', 'd', 'e', 'f')], ['too-many-targets']],
    ['targets of two rules', [rule('r', 'a', 'b', 'c'), more('s', 'a', 'b', 'c')], []],
    ['one id in two documents', [rule('r', 'a'), more('r', 'b', 'a')], ['duplicate-target-id']],
    ['lists that belong to no rule', [more(undefined, 'a'), more(undefined, 'a')], []],
    ['the limit is told once', [rule('r', 'a', 'b', 'c'), more('r', 'd', 'e', 'f'), more('r', 'g')], ['too-many-targets']],
    ['50 policies', many(50, policy), []],
    ['52 policies', many(52, policy), ['too-many-policies']],
    ['policies of two services', [...many(30, policy), ...many(30, policy, 'service/a/c')], []],
    ['200 scheduled actions', many(200, action), []],
    ['201 scheduled actions', many(201, action), ['too-many-scheduled-actions']],
  ])('%s', (_, resources, codes) => {
    expect(crowdedFindings(resources).map(({ finding }) => finding.code)).toEqual(codes);
  });
});
