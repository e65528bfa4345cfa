import { describe, expect, it } from 'vitest';
import { CLUSTER_REFERENCE, TARGET_GROUP_REFERENCE, TASK_DEFINITION_REFERENCE, parseArn, referencedName } from '../../src/lang/arn.ts';

describe('ARNs', () => {
  it('are taken apart, colons and slashes of the resource included', () => {
    expect(parseArn('arn:aws-cn:ecs:cn-north-1:123456789012:task-definition/web:3').value).toEqual({
      partition: 'aws-cn',
      service: 'ecs',
      region: 'cn-north-1',
      account: '123456789012',
      resource: 'task-definition/web:3',
    });
  });

  it.each([
    ['web', 0, 'is not an ARN'],
    ['arn:aws:ecs', 11, 'has 3 of the 6 parts of an ARN'],
    ['arn:azure:ecs:r:123456789012:cluster/web', 4, 'has an unknown partition "azure"'],
    ['arn:aws::r:123456789012:cluster/web', 8, 'names no service'],
    ['arn:aws:ecs:eu-west-1:12:cluster/web', 22, 'has an account that is not 12 digits'],
    ['arn:aws:ecs:eu-west-1:123456789012:', 35, 'names no resource'],
  ])('%j is refused at %d: %s', (text, at, message) => {
    expect(parseArn(text).fault).toMatchObject({ at, message });
  });

  it.each([
    ['web', CLUSTER_REFERENCE, 'web'],
    ['arn:aws:ecs:eu-west-1:123456789012:cluster/web', CLUSTER_REFERENCE, 'web'],
    ['arn:aws:ecs:::cluster/web', CLUSTER_REFERENCE, 'web'],
    ['arn:aws:ecs:region:aws_account_id:cluster/web', CLUSTER_REFERENCE, 'web'],
    ['arn:aws:ecs:eu-west-1:<ACCOUNT>:cluster/web', CLUSTER_REFERENCE, 'web'],
    ['arn:aws:ecs:eu-west-1:*:cluster/web', CLUSTER_REFERENCE, 'web'],
    ['arn:aws:ecs:eu-west-1:123456789012:task-definition/web:3', TASK_DEFINITION_REFERENCE, 'web:3'],
    ['arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/73e2', TARGET_GROUP_REFERENCE, 'web'],
  ])('%j stands for a name', (text, target, name) => {
    expect(referencedName(text, target)).toEqual({ value: name, fault: null });
  });

  it.each([
    ['arn:aws:ecs:eu-west-1:123456789012:service/default/web', CLUSTER_REFERENCE, 35, 'is an ARN of ecs service, not of a cluster'],
    ['arn:aws:s3:::bucket', TARGET_GROUP_REFERENCE, 13, 'is an ARN of s3 bucket, not of a target group'],
    ['arn:aws:ecs:eu-west-1:123456789012:cluster/', CLUSTER_REFERENCE, 43, 'names no cluster'],
  ])('%j is refused', (text, target, at, message) => {
    expect(referencedName(text, target).fault).toMatchObject({ at, message });
  });
});
