import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formOf } from '../../../src/manifest/forms/forms.ts';
import { load } from '../../../src/manifest/load.ts';
import { parseJson } from '../../../src/manifest/text/json.ts';
import { plainOf } from '../../../src/manifest/text/tree.ts';
import { sourceFile } from '../story.ts';

const TRACKING = { TargetValue: 50, PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' } };
const TRACKED = { targetValue: 50, predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageCPUUtilization' } };
const STEP = { AdjustmentType: 'ChangeInCapacity', StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }] };
const STEPPED = { adjustmentType: 'ChangeInCapacity', stepAdjustments: [{ metricIntervalLowerBound: 0, scalingAdjustment: 1 }] };
const OWNER = { ServiceNamespace: 'ecs', ResourceId: 'service/default/web', ScalableDimension: 'ecs:service:DesiredCount' };
const OWNED = { serviceNamespace: 'ecs', resourceId: 'service/default/web', scalableDimension: 'ecs:service:DesiredCount' };
const TARGET = { Id: '1', Arn: 'default', EcsParameters: { TaskDefinitionArn: 'job' } };
const TARGETED = { id: '1', arn: 'default', ecsParameters: { taskDefinitionArn: 'job' } };
const PATTERN = { source: ['aws.ecs'], 'detail-type': ['ECS Task State Change'], detail: { 'Some-Key': ['A'] } };
const LIFECYCLE = { rules: [{ rulePriority: 1, selection: { tagStatus: 'any' }, action: { type: 'expire' } }] };
const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};
const ACCESS = { Statement: [{ Effect: 'Allow', Principal: '*', Action: ['ecr:BatchGetImage'] }] };
const RIGHTS = { Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' } };

describe('the JSON of AWS tools', () => {
  it.each<[string, unknown, unknown]>([
    ['a target tracking configuration', TRACKING, { ScalingPolicy: { targetTrackingScalingPolicyConfiguration: TRACKED } }],
    ['a step scaling configuration', STEP, { ScalingPolicy: { stepScalingPolicyConfiguration: STEPPED } }],
    [
      'a configuration under its name',
      { StepScalingPolicyConfiguration: STEP },
      { ScalingPolicy: { stepScalingPolicyConfiguration: STEPPED } },
    ],
    [
      'put-scaling-policy',
      { PolicyName: 'cpu', ...OWNER, PolicyType: 'StepScaling', StepScalingPolicyConfiguration: STEP },
      { ScalingPolicy: { policyName: 'cpu', ...OWNED, policyType: 'StepScaling', stepScalingPolicyConfiguration: STEPPED } },
    ],
    [
      'describe-scaling-policies',
      {
        ScalingPolicies: [
          { PolicyARN: 'a', PolicyName: 'cpu', ...OWNER, TargetTrackingScalingPolicyConfiguration: TRACKING, Alarms: [], CreationTime: 1 },
        ],
      },
      { ScalingPolicy: { policyName: 'cpu', ...OWNED, targetTrackingScalingPolicyConfiguration: TRACKED } },
    ],
    [
      'register-scalable-target',
      { ...OWNER, MinCapacity: 1, MaxCapacity: 4, RoleARN: 'r' },
      { ScalableTarget: { ...OWNED, minCapacity: 1, maxCapacity: 4, roleARN: 'r' } },
    ],
    [
      'describe-scalable-targets',
      { ScalableTargets: [{ ...OWNER, MinCapacity: 1, MaxCapacity: 4, CreationTime: 1.5, ScalableTargetARN: 'a' }] },
      { ScalableTarget: { ...OWNED, minCapacity: 1, maxCapacity: 4 } },
    ],
    [
      'put-scheduled-action',
      { ScheduledActionName: 'night', ...OWNER, Schedule: 'rate(1 day)', ScalableTargetAction: { MaxCapacity: 1 } },
      { ScheduledAction: { scheduledActionName: 'night', ...OWNED, schedule: 'rate(1 day)', scalableTargetAction: { maxCapacity: 1 } } },
    ],
    [
      'put-metric-alarm',
      { AlarmName: 'high', OKActions: ['a'], ComparisonOperator: 'GreaterThanThreshold' },
      { Alarm: { alarmName: 'high', oKActions: ['a'], comparisonOperator: 'GreaterThanThreshold' } },
    ],
    [
      'describe-alarms',
      { MetricAlarms: [{ AlarmName: 'high', AlarmArn: 'a', StateValue: 'OK', EvaluationPeriods: 1 }] },
      { Alarm: { alarmName: 'high', evaluationPeriods: 1 } },
    ],
    ['put-rule', { Name: 'a', ScheduleExpression: 'rate(1 day)' }, { Rule: { name: 'a', scheduleExpression: 'rate(1 day)' } }],
    [
      'put-rule with a pattern as a text',
      { Name: 'a', EventPattern: JSON.stringify(PATTERN) },
      { Rule: { name: 'a', eventPattern: PATTERN } },
    ],
    [
      'list-rules',
      { Rules: [{ Name: 'a', Arn: 'x', EventPattern: '{"source": [null]}', EventBusName: 'b' }] },
      { Rule: { name: 'a', eventPattern: { source: [null] }, eventBusName: 'b' } },
    ],
    ['a pattern alone', PATTERN, { Rule: { eventPattern: PATTERN } }],
    ['put-targets', { Rule: 'a', Targets: [TARGET] }, { RuleTargets: { rule: 'a', targets: [TARGETED] } }],
    ['list-targets-by-rule', { Targets: [TARGET] }, { RuleTargets: { targets: [TARGETED] } }],
    ['a list of targets', [TARGET], { RuleTargets: { targets: [TARGETED] } }],
    [
      'one target',
      { Arn: 'default', EcsParameters: {} },
      { RuleTargets: { targets: [{ id: 'target', arn: 'default', ecsParameters: {} }] } },
    ],
    [
      'create-schedule',
      { Name: 'a', ScheduleExpression: 'rate(1 day)', Target: { Arn: 'default' }, FlexibleTimeWindow: { Mode: 'OFF' } },
      { Schedule: { name: 'a', scheduleExpression: 'rate(1 day)', target: { arn: 'default' }, flexibleTimeWindow: { mode: 'OFF' } } },
    ],
    [
      'get-schedule',
      { Arn: 'x', Name: 'a', CreationDate: 1, ScheduleExpression: 'rate(1 day)', Target: {} },
      { Schedule: { name: 'a', scheduleExpression: 'rate(1 day)', target: {} } },
    ],
    ['a lifecycle policy', LIFECYCLE, { Repository: { lifecyclePolicy: LIFECYCLE } }],
    [
      'put-lifecycle-policy',
      { repositoryName: 'app', lifecyclePolicyText: JSON.stringify(LIFECYCLE) },
      { Repository: { repositoryName: 'app', lifecyclePolicy: LIFECYCLE } },
    ],
    [
      'a repository of CloudFormation',
      { RepositoryName: 'app', LifecyclePolicy: { LifecyclePolicyText: JSON.stringify(LIFECYCLE) }, RepositoryPolicyText: ACCESS },
      { Repository: { repositoryName: 'app', lifecyclePolicy: LIFECYCLE, repositoryPolicy: ACCESS } },
    ],
    [
      'create-repository',
      { repositoryName: 'app', imageTagMutability: 'IMMUTABLE' },
      { Repository: { repositoryName: 'app', imageTagMutability: 'IMMUTABLE' } },
    ],
    [
      'describe-repositories',
      { repositories: [{ repositoryArn: 'a', registryId: '1', repositoryName: 'app', repositoryUri: 'u', createdAt: 1 }] },
      { Repository: { registryId: '1', repositoryName: 'app' } },
    ],
    [
      'the answer of create-repository',
      { repository: { repositoryName: 'app', repositoryUri: 'u' } },
      { Repository: { repositoryName: 'app' } },
    ],
    [
      'set-repository-policy',
      { repositoryName: 'app', policyText: JSON.stringify(ACCESS) },
      { Repository: { repositoryName: 'app', repositoryPolicy: ACCESS } },
    ],
    ['a repository policy', ACCESS, { Repository: { repositoryPolicy: ACCESS } }],
    ['a trust policy', TRUST, { Role: { assumeRolePolicyDocument: TRUST } }],
    ['an identity policy', RIGHTS, { Role: { policies: [{ policyDocument: RIGHTS }] } }],
    [
      'create-role',
      { RoleName: 'a', AssumeRolePolicyDocument: JSON.stringify(TRUST) },
      { Role: { roleName: 'a', assumeRolePolicyDocument: TRUST } },
    ],
    [
      'get-role',
      {
        Role: {
          RoleName: 'a',
          RoleId: 'i',
          Arn: 'x',
          AssumeRolePolicyDocument: TRUST,
          PermissionsBoundary: { PermissionsBoundaryArn: 'b' },
        },
      },
      { Role: { roleName: 'a', assumeRolePolicyDocument: TRUST, permissionsBoundary: 'b' } },
    ],
  ])('%s is read', (_, document, expected) => {
    const drafts = draftsOf(document);
    expect(drafts.flatMap(({ findings }) => findings)).toEqual([]);
    expect(drafts.map(({ kind, tree }) => ({ [kind]: plainOf(tree) }))).toEqual([expected]);
  });

  it('an answer that lists nothing declares nothing', () => {
    const { problems } = load([sourceFile('a.json', '{ "ScalableTargets": [] }')], 'c0ffee', { deploys: false });
    expect(problems.map(({ code }) => code)).toEqual(['nothing-declared']);
  });

  it.each<[string, unknown]>([
    ['a listener rule', { Rules: [{ Priority: '1', RuleArn: 'a', Conditions: [] }] }],
    ['a package', { name: 'app', version: '1.0.0', scripts: {} }],
    ['a list of containers', [{ name: 'app', image: 'app' }]],
    ['an empty object', {}],
    ['an empty list', []],
  ])('%s is none of it', (_, document) => {
    const form = formOf(parseJson(JSON.stringify(document)).documents[0] ?? empty());
    expect(['Application Auto Scaling or CloudWatch JSON', 'EventBridge JSON', 'ECR or IAM JSON']).not.toContain(form?.name);
  });

  it('never throws, whatever stands under the keys that it knows', () => {
    const keys = `TargetValue StepAdjustments ScalingPolicies ScalableTargets ResourceId MinCapacity Targets Rule Rules Id Arn EcsParameters EventPattern
      ScheduleExpression Target rules rulePriority Statement Principal Action repositoryName lifecyclePolicy lifecyclePolicyText policyText
      RoleName AssumeRolePolicyDocument Policies PolicyDocument PermissionsBoundary source detail-type AlarmName MetricAlarms Metrics Expression Id`;
    const key = fc.constantFrom(...keys.split(/\s+/));
    const leaf = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom('{}', '[]', '{"Statement": 1}', 'service/a/b', 'm1 / m2'),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 5 }, leaf, fc.array(tie('tree'), { maxLength: 3 }), fc.dictionary(key, tie('tree'), { maxKeys: 6 })),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(() => load([sourceFile('a.json', JSON.stringify(value))], 'c0ffee')).not.toThrow();
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });
});

function draftsOf(document: unknown) {
  const tree = parseJson(JSON.stringify(document)).documents[0] ?? empty();
  return formOf(tree)?.read(tree, 'a.json').drafts ?? [];
}

function empty() {
  return { kind: 'scalar' as const, value: null, start: 0, end: 0, text: null };
}
