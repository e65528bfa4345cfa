// What a declared role means for the task definitions that name it; the decision itself is in test/lang/iam-decision.test.ts.
import { describe, expect, it } from 'vitest';
import { load } from '../../../src/manifest/load.ts';
import { sourceFile } from '../story.ts';

const TRUST = { Statement: { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' } };
const allow = (Action: string | string[], Resource = '*'): object => ({ Effect: 'Allow', Action, Resource });
const role = (statements: object[], more: object = {}): object => ({
  kind: 'Role',
  roleName: 'shop',
  assumeRolePolicyDocument: TRUST,
  ...(statements.length > 0 && { policies: [{ policyName: 'own', policyDocument: { Statement: statements } }] }),
  ...more,
});
const IMAGE = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web:1';
const definition = (more: object = {}, container: object = {}): object => ({
  kind: 'TaskDefinition',
  family: 'web',
  executionRoleArn: 'arn:aws:iam::123456789012:role/apps/shop',
  containerDefinitions: [
    { name: 'app', image: 'app:1', memory: 64, secrets: [{ name: 'DB', valueFrom: '/shop/db' }], ...container },
    { name: 'side', image: 'side:1', memory: 64 },
  ],
  ...more,
});

function problemsOf(...documents: object[]): string[] {
  const text = documents.map((document) => JSON.stringify(document)).join('\n---\n');
  const { problems } = load([sourceFile('all.yaml', text)], 'c0ffee', { deploys: false });
  return problems.map(({ code }) => code);
}

describe('roles of task definitions', () => {
  it.each<[string, object[], string[]]>([
    ['a role that allows', [role([allow('ssm:GetParameters')]), definition()], []],
    ['a role without policies', [role([]), definition()], ['secret-not-allowed']],
    ['a role that is declared behind', [definition(), role([])], ['secret-not-allowed']],
    ['another role', [role([], { roleName: 'mail' }), definition()], ['field-approximated']],
    ['no role at all', [role([]), definition({ executionRoleArn: '' })], ['secrets-without-role']],
    ['a broken policy is told once', [role([{ ...allow('ssm:GetParameters'), Effect: 'Alow' }]), definition()], ['bad-policy']],
    ['a broken role is told once', [role([], { roleNam: 'x' }), definition()], ['unknown-key']],
    [
      'a policy of AWS',
      [role([], { managedPolicyArns: ['arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess'] }), definition()],
      ['field-approximated'],
    ],
    [
      'a policy that nobody can read',
      [role([], { managedPolicyArns: ['arn:aws:iam::123456789012:policy/AmazonSSMReadOnlyAccess'] }), definition()],
      ['field-approximated', 'secret-not-allowed'],
    ],
    ['an image, and a role that says nothing of ECR', [role([allow('ssm:*')]), definition({}, { image: IMAGE })], []],
    [
      'an image, and a role of other images',
      [role([allow('ssm:*'), allow('ecr:*', 'arn:aws:ecr:*:*:repository/team/api')]), definition({}, { image: IMAGE })],
      ['image-not-allowed'],
    ],
    [
      'an image that is denied by a role that says nothing of ECR',
      [
        role([allow('*'), { Effect: 'Deny', Action: '*', Resource: 'arn:aws:ecr:*:*:repository/team/*' }]),
        definition({}, { image: IMAGE }),
      ],
      ['image-not-allowed'],
    ],
    [
      'a role that ECS may not take',
      [role([allow('*')], { assumeRolePolicyDocument: { Statement: { ...TRUST.Statement, Action: 'sts:TagSession' } } }), definition()],
      ['role-not-for-tasks'],
    ],
  ])('%s', (_, documents, codes) => {
    expect(problemsOf(...documents)).toEqual(codes);
  });

  it('a login to a registry is a secret as well', () => {
    const container = { secrets: [], repositoryCredentials: { credentialsParameter: 'registry' } };
    expect(problemsOf(role([allow('ssm:*')]), definition({}, container))).toContain('secret-not-allowed');
    expect(problemsOf(role([allow('secretsmanager:Get*')]), definition({}, container))).not.toContain('secret-not-allowed');
  });

  it('while a file can not be read, nobody knows which roles there are', () => {
    const text = JSON.stringify(definition());
    const files = [sourceFile('a.yaml', text), sourceFile('b.yaml', 'kind: [')];
    const { problems } = load(files, 'c0ffee', { deploys: false });
    expect(problems.map(({ code }) => code)).toEqual(['yaml-syntax']);
  });
});
