import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyFaults } from '../../src/lang/iam-policy.ts';
import type { PolicySort } from '../../src/lang/iam-policy.ts';

const ROLE = 'arn:aws:iam::123456789012:role/deploy';
const identity = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ecs-tasks.amazonaws.com' } };
const repository = { Effect: 'Allow', Action: ['ecr:BatchGetImage', 'ecr:PutImage'], Principal: { AWS: [ROLE, '123456789012'] } };
const base = { identity, trust, repository };

describe('policy documents', () => {
  it.each<[PolicySort, object]>([
    ['identity', {}],
    ['identity', { Sid: 'Read1' }],
    ['identity', { Action: ['ecs:Describe*', '*'] }],
    ['identity', { Action: undefined, NotAction: 'iam:*' }],
    ['identity', { Resource: ['arn:aws:s3:::bucket/*', 'arn:aws:ecs:*:123456789012:service/web/*'] }],
    ['identity', { Resource: undefined, NotResource: 'arn:aws:s3:::bucket' }],
    ['identity', { Condition: { StringEquals: { 'aws:RequestTag/team': ['a', 'b'] }, BoolIfExists: { 'aws:SecureTransport': true } } }],
    ['identity', { Condition: { 'ForAnyValue:stringlike': { 'ecs:cluster': '*' }, Null: { 'aws:TokenIssueTime': 'true' } } }],
    ['trust', {}],
    ['trust', { Action: 'sts:AssumeRoleWithWebIdentity', Principal: { Federated: 'accounts.google.com' } }],
    ['trust', { Principal: '*' }],
    ['repository', {}],
    ['repository', { Sid: 'allow push and pull', Action: 'ecr:*', Principal: '*' }],
    ['repository', { Principal: undefined, NotPrincipal: { AWS: ROLE } }],
    ['repository', { Principal: { AWS: 'AROAEXAMPLEEXAMPLE123' } }],
  ])('%s: %j is one', (sort, changes) => {
    const statement = clean({ ...base[sort], ...changes });
    expect(policyFaults({ Version: '2012-10-17', Statement: [statement] }, sort)).toEqual([]);
    expect(policyFaults({ Id: 'x', Statement: statement }, sort)).toEqual([]);
  });

  it.each<[PolicySort, unknown, readonly (string | number)[], string]>([
    ['identity', 'x', [], 'an identity policy must be an object, not the text "x"'],
    ['identity', {}, ['Statement'], 'an identity policy has no Statement'],
    ['identity', { Statement: [] }, ['Statement'], 'must be an object or a list of them'],
    ['identity', { Statement: ['x'] }, ['Statement', 0], 'a statement of an identity policy must be an object'],
    ['identity', { Version: '2012-10-18', Statement: identity }, ['Version'], 'not the text "2012-10-18"'],
    ['identity', { statement: identity, Statement: identity }, ['statement'], 'an identity policy has no key "statement"'],
    ['identity', { Id: 5, Statement: identity }, ['Id'], 'must be a text'],
    [
      'identity',
      {
        Statement: [
          { ...identity, Sid: 'a' },
          { ...identity, Sid: 'a' },
        ],
      },
      ['Statement', 1, 'Sid'],
      'two statements',
    ],
  ])('%s: %j is refused', (sort, policy, path, message) => {
    expect(faultAt(policy, sort, path)).toContain(message);
  });

  it.each<[PolicySort, object, readonly (string | number)[], string]>([
    ['identity', { Effects: 'Allow' }, ['Effects'], 'a statement has no key "Effects"'],
    ['identity', { Effect: 'allow' }, ['Effect'], 'is Allow or Deny, not the text "allow"'],
    ['identity', { Effect: undefined }, ['Effect'], 'a statement has no Effect'],
    ['identity', { Sid: 'a b' }, ['Sid'], 'must be letters and digits'],
    ['identity', { Action: undefined }, ['Action'], 'neither Action nor NotAction'],
    ['identity', { NotAction: 's3:*' }, ['NotAction'], 'both Action and NotAction'],
    ['identity', { Action: 'GetObject' }, ['Action'], '"GetObject" is no action of an identity policy'],
    ['identity', { Action: ['s3:Get Object'] }, ['Action', 0], '"s3:Get Object" is no action'],
    ['identity', { Action: [] }, ['Action'], 'must be a text or a list of texts'],
    ['identity', { Action: [5] }, ['Action', 0], 'must hold texts, not the number 5'],
    ['identity', { Resource: undefined }, ['Resource'], 'neither Resource nor NotResource'],
    ['identity', { Resource: 'bucket' }, ['Resource'], '"bucket" is no resource'],
    ['identity', { Principal: '*' }, ['Principal'], 'an identity policy takes no Principal'],
    ['identity', { Condition: [] }, ['Condition'], 'Condition must be an object, not a list'],
    ['identity', { Condition: { StringEqual: { 'aws:a': 'b' } } }, ['Condition', 'StringEqual'], 'no condition operator "StringEqual"'],
    ['identity', { Condition: { NullIfExists: { 'aws:a': 'b' } } }, ['Condition', 'NullIfExists'], 'no condition operator'],
    ['identity', { Condition: { Bool: true } }, ['Condition', 'Bool'], 'must hold keys and values, not true'],
    ['identity', { Condition: { Bool: { secure: true } } }, ['Condition', 'Bool', 'secure'], '"secure" is no condition key'],
    ['identity', { Condition: { Bool: { 'aws:a': [null] } } }, ['Condition', 'Bool', 'aws:a', 0], 'not null'],
    ['trust', { Action: 's3:GetObject' }, ['Action'], 'is no action of a trust policy'],
    ['trust', { Resource: '*' }, ['Resource'], 'a trust policy takes no Resource'],
    ['trust', { Principal: undefined }, ['Principal'], 'a statement has no Principal'],
    ['trust', { NotPrincipal: '*' }, ['NotPrincipal'], 'both Principal and NotPrincipal'],
    ['trust', { Principal: 'ecs-tasks.amazonaws.com' }, ['Principal'], 'must be "*" or an object'],
    ['trust', { Principal: { Services: 'ecs.amazonaws.com' } }, ['Principal', 'Services'], 'no sort of principal "Services"'],
    ['trust', { Principal: { Service: 'ecs-tasks' } }, ['Principal', 'Service'], 'is no principal of Service'],
    ['repository', { Resource: '*' }, ['Resource'], 'a repository policy takes no Resource'],
    ['repository', { Action: 's3:*' }, ['Action'], 'is no action of a repository policy'],
    ['repository', { Principal: { AWS: [] } }, ['Principal', 'AWS'], 'are an empty list'],
    [
      'repository',
      { Principal: { AWS: ['PLACEHOLDER_ARN'] } },
      ['Principal', 'AWS', 0],
      'the text "PLACEHOLDER_ARN" is no principal of AWS',
    ],
  ])('a statement of %s with %j is refused', (sort, changes, path, message) => {
    const statement = clean({ ...base[sort], ...changes });
    expect(faultAt({ Statement: [statement] }, sort, ['Statement', 0, ...path])).toContain(message);
    expect(faultAt({ Statement: statement }, sort, ['Statement', ...path])).toContain(message);
  });

  it('have a size without their blanks', () => {
    const policy = (length: number) => ({ Id: `${'x'.repeat(length)}${' '.repeat(500)}`, Statement: trust });
    const rest = JSON.stringify(policy(0)).trim().replace(/\s/g, '').length;
    expect(policyFaults(policy(2_048 - rest), 'trust')).toEqual([]);
    expect(policyFaults(policy(2_049 - rest), 'trust')[0]?.message).toBe('a trust policy has 2049 characters; AWS allows 2048');
  });

  it('never throw', () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constantFrom('Allow', '*', 's3:*', ROLE));
    const key = fc.constantFrom(
      'Version',
      'Statement',
      'Effect',
      'Action',
      'Resource',
      'Principal',
      'AWS',
      'Condition',
      'Bool',
      '__proto__',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 6 }, leaf, fc.array(tie('tree'), { maxLength: 3 }), fc.dictionary(key, tie('tree'), { maxKeys: 5 })),
    }));
    fc.assert(
      fc.property(tree, fc.constantFrom<PolicySort>('identity', 'trust', 'repository'), (value, sort) => {
        expect(policyFaults(value, sort).length).toBeLessThanOrEqual(100);
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });
});

function clean(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function faultAt(policy: unknown, sort: PolicySort, path: readonly (string | number)[]): string {
  const faults = policyFaults(policy, sort);
  return faults.find((fault) => JSON.stringify(fault.path) === JSON.stringify(path))?.message ?? JSON.stringify(faults);
}
