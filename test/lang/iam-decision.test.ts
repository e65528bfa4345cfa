import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, speaksOf } from '../../src/lang/iam-decision.ts';
import { managedPolicy } from '../../src/lang/iam-managed.ts';
import { matchesPattern, subjectOf } from '../../src/lang/iam-match.ts';
import { credentialsRequest, fileRequest, imageRequest, secretRequest } from '../../src/lang/iam-request.ts';
import { roleNameOf } from '../../src/lang/arn.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:';
const PARAMETER = 'arn:aws:ssm:eu-west-1:123456789012:parameter/';
const READ = ['ssm:GetParameters', 'secretsmanager:GetSecretValue'];

function asked(valueFrom: string, ...statements: object[]): string {
  const request = secretRequest(valueFrom);
  return request === null ? 'malformed' : decide([{ Statement: statements }], request).kind;
}
const allow = (resource: string, more: object = {}): object => ({ Effect: 'Allow', Action: READ, Resource: resource, ...more });
const deny = (resource: string, more: object = {}): object => ({ Effect: 'Deny', Action: READ, Resource: resource, ...more });
const without = (key: string, statement: object): object => Object.fromEntries(Object.entries(statement).filter(([name]) => name !== key));

describe('wildcards', () => {
  it.each<[string, readonly (string | number | null)[], boolean]>([
    ['*', ['anything:at/all'], true],
    ['', [''], true],
    ['', ['a'], false],
    ['a', [''], false],
    ['arn:aws:s3:::bucket/*', ['arn:aws:s3:::bucket/a/b:c'], true],
    ['arn:aws:s3:::bucket/*', ['arn:aws:s3:::buckets/a'], false],
    ['a*c', ['abbc'], true],
    ['a*c', ['abbcd'], false],
    ['*b*', ['abc'], true],
    ['**', [''], true],
    ['a?c', ['abc'], true],
    ['a?c', ['ac'], false],
    ['a?', ['a'], false],
    ['A', ['a'], false],
    ['arn:aws:ssm:eu-west-1:1:x', ['arn:', null, ':ssm:', null, ':', null, ':x'], true],
    ['arn:aws:ssm:*:x', ['arn:', null, ':ssm:', null, ':', null, ':x'], true],
    ['arn:aws:ssm:*:*:y*', ['arn:', null, ':ssm:', null, ':', null, ':x'], false],
    ['arn:aws:ssm:*:*:y', ['arn:', null, ':ssm:', null, ':', null, ':x'], false],
    ['db-??????', ['db-', 6], true],
    ['db-AbCdEf', ['db-', 6], true],
    ['db-AbCdE', ['db-', 6], false],
    ['db-*', ['db-', 6], true],
  ])('%s against %j: %s', (pattern, parts, matches) => {
    expect(matchesPattern(pattern, subjectOf(parts))).toBe(matches);
  });

  it('are those of a regular expression where all is known', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', ':', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(letters, fc.string({ unit: fc.constantFrom('a', 'b', ':'), maxLength: 8 }), (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesPattern(pattern, subjectOf([text]))).toBe(expression.test(text));
      }),
    );
  });

  it('are those of some text that the subject may be where a part of it is not known', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', ':', '*', '?'), maxLength: 4 });
    const known = fc.string({ unit: fc.constantFrom('a', ':'), maxLength: 2 });
    const fillers = [''];
    for (let length = 0; length < 4; length += 1)
      fillers.push(...fillers.filter((text) => text.length === length).flatMap((text) => [`${text}a`, `${text}b`]));
    fc.assert(
      fc.property(pattern, known, known, known, (text, first, second, third) => {
        const expression = new RegExp(`^${text.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        const some = fillers.some((one) => fillers.some((two) => expression.test(`${first}${one}${second}${two}${third}`)));
        expect(matchesPattern(text, subjectOf([first, null, second, null, third]))).toBe(some);
      }),
      { numRuns: 500 },
    );
  });

  it('take no longer than the two texts multiplied', () => {
    const started = process.threadCpuUsage();
    expect(matchesPattern('a*'.repeat(2_000), subjectOf(['a'.repeat(2_000), 'b', null]))).toBe(true);
    expect(process.threadCpuUsage(started).user / 1_000).toBeLessThan(2_000);
  });
});

describe('what a policy says of a secret', () => {
  it.each<[string, string, object[], string]>([
    ['nothing allows', '/shop/db', [], 'none'],
    ['allowed', '/shop/db', [allow('*')], 'allow'],
    ['allowed by name', '/shop/db', [allow(`${PARAMETER}shop/db`)], 'allow'],
    ['allowed by prefix', '/shop/db', [allow('arn:aws:ssm:*:*:parameter/shop/*')], 'allow'],
    ['a name without slash', 'token', [allow('arn:aws:ssm:*:*:parameter/token')], 'allow'],
    ['another prefix', '/mail/db', [allow('arn:aws:ssm:*:*:parameter/shop/*')], 'none'],
    ['another store', '/shop/db', [allow(`${SECRET}shop/*`)], 'none'],
    ['a Deny wins before', '/shop/db', [deny('*'), allow('*')], 'deny'],
    ['a Deny wins behind', '/shop/db', [allow('*'), deny(`${PARAMETER}shop/db`)], 'deny'],
    ['a Deny of another thing', '/shop/db', [allow('*'), deny(`${PARAMETER}shop/key`)], 'allow'],
    ['actions in any case', '/shop/db', [allow('*', { Action: 'SSM:getparameters' })], 'allow'],
    ['actions with wildcards', '/shop/db', [allow('*', { Action: ['ecr:*', 'ssm:Get*'] })], 'allow'],
    ['another action', '/shop/db', [allow('*', { Action: 'ssm:GetParameter' })], 'none'],
    ['NotAction spares it', '/shop/db', [without('Action', allow('*', { NotAction: 'ssm:*' }))], 'none'],
    ['NotAction is about another', '/shop/db', [without('Action', allow('*', { NotAction: 'iam:*' }))], 'allow'],
    ['NotResource spares it', '/shop/db', [without('Resource', allow('', { NotResource: `${PARAMETER}shop/*` }))], 'none'],
    ['NotResource is about another', '/shop/db', [without('Resource', allow('', { NotResource: `${PARAMETER}mail/*` }))], 'allow'],
    ['denied all but these', '/mail/db', [allow('*'), without('Resource', deny('', { NotResource: `${PARAMETER}shop/*` }))], 'deny'],
    ['one of these', '/shop/db', [allow('*'), without('Resource', deny('', { NotResource: `${PARAMETER}shop/*` }))], 'allow'],
    ['by ARN', `${PARAMETER}shop/db`, [allow(`${PARAMETER}shop/db`)], 'allow'],
    ['by the ARN of another account', 'arn:aws:ssm:eu-west-1:999999999999:parameter/shop/db', [allow(`${PARAMETER}*`)], 'none'],
    ['a masked account', 'arn:aws:ssm:eu-west-1:aws_account_id:parameter/shop/db', [allow(`${PARAMETER}*`)], 'allow'],
    ['a Deny under another account', 'arn:aws:ssm:us-east-1:999999999999:parameter/db', [allow('*'), deny(`${PARAMETER}db`)], 'deny'],
    ['a secret with key', `${SECRET}shop/db-AbCdEf:password::`, [allow(`${SECRET}shop/db-AbCdEf`)], 'allow'],
    ['a secret without its suffix', `${SECRET}shop/db`, [allow(`${SECRET}shop/db-??????`)], 'allow'],
    ['a secret whose policy has no suffix', `${SECRET}shop/db`, [allow(`${SECRET}shop/db`)], 'allow'],
    ['what only ends like a suffix', `${SECRET}my-secret`, [allow(`${SECRET}my-secret-??????`)], 'allow'],
    ['longer name', `${SECRET}shop/db2-AbCdEf`, [allow(`${SECRET}shop/db-??????`)], 'none'],
    ['a Deny under another suffix', `${SECRET}shop/db-XXXXXX`, [allow('*'), deny(`${SECRET}shop/db-AbCdEf`)], 'deny'],
    ['a named provider', 'vault:shop/db:password', [allow('arn:aws:secretsmanager:*:*:secret:shop/*')], 'allow'],
    ['a named provider, denied', 'vault:shop/db:password', [allow('*'), deny(`${SECRET}shop/*`)], 'deny'],
    ['variables never allow', '/shop/db', [allow(`${PARAMETER}\${aws:PrincipalTag/team}/*`)], 'none'],
    ['variables deny', '/shop/db', [allow('*'), deny(`${PARAMETER}\${aws:PrincipalTag/team}/*`)], 'deny'],
  ])('%s', (_, valueFrom, statements, kind) => {
    expect(asked(valueFrom, ...statements)).toBe(kind);
  });

  it.each<[object, string, string]>([
    [{ StringEquals: { 'aws:PrincipalTag/team': 'shop' } }, 'none', 'deny'],
    [{ Bool: { 'aws:SecureTransport': true } }, 'allow', 'deny'],
    [{ Bool: { 'aws:SecureTransport': 'false' } }, 'none', 'allow'],
    [{ BoolIfExists: { 'aws:securetransport': 'true' } }, 'allow', 'deny'],
    [{ StringEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-west-1'] } }, 'allow', 'deny'],
    [{ StringNotEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-west-1'] } }, 'none', 'allow'],
    [{ StringLike: { 'aws:RequestedRegion': 'eu-*' } }, 'allow', 'deny'],
    [{ StringNotLike: { 'aws:RequestedRegion': 'us-*' } }, 'allow', 'deny'],
    [{ StringEquals: { 'aws:ResourceAccount': '123456789012' } }, 'allow', 'deny'],
    [{ StringEquals: { 'aws:ResourceAccount': '${aws:PrincipalAccount}' } }, 'none', 'deny'],
    [{ Bool: { 'aws:SecureTransport': 'false' }, StringEquals: { 'aws:PrincipalTag/team': 'shop' } }, 'none', 'allow'],
    [{ Bool: { 'aws:SecureTransport': 'true' }, StringEquals: { 'aws:PrincipalTag/team': 'shop' } }, 'none', 'deny'],
    [{ DateLessThan: { 'aws:CurrentTime': '2030-01-01T00:00:00Z' } }, 'none', 'deny'],
    [{ 'ForAnyValue:StringEquals': { 'aws:RequestedRegion': 'eu-west-1' } }, 'none', 'deny'],
    [{ constructor: { 'aws:RequestedRegion': 'eu-west-1' } }, 'none', 'deny'],
  ])('%j: an Allow under it gives %s, a Deny %s', (condition, allowed, denied) => {
    expect(asked(`${PARAMETER}shop/db`, allow('*', { Condition: condition }))).toBe(allowed);
    expect(asked(`${PARAMETER}shop/db`, allow('*'), deny('*', { Condition: condition }))).toBe(denied);
  });

  it('a policy may be one statement, and anything else says nothing', () => {
    const request = secretRequest('/shop/db');
    if (request === null) throw new Error('a request is expected');
    expect(decide([{ Statement: allow('*') }], request)).toEqual({ kind: 'allow' });
    expect(decide([{ Statement: allow('*') }, { Statement: [{}, deny('*')] }], request)).toEqual({ kind: 'deny', policy: 1, statement: 1 });
    fc.assert(fc.property(fc.array(fc.jsonValue()), (documents) => void decide(documents, request)));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('Effect', 'Action', 'Resource', 'Condition', 'NotAction'), fc.jsonValue()), (statement) => {
        expect(decide([{ Statement: statement }], request).kind).not.toBe(statement['Effect'] === 'Deny' ? 'allow' : 'deny');
      }),
    );
  });
});

describe('what is asked of IAM', () => {
  it.each([
    ['/shop/db', 'ssm:GetParameters', 'arn:aws:ssm:*:*:parameter/shop/db'],
    ['arn:aws-cn:ssm:cn-north-1:123456789012:parameter/db', 'ssm:GetParameters', 'arn:aws-cn:ssm:cn-north-1:123456789012:parameter/db'],
    [`${SECRET}shop/db-AbCdEf:password::`, 'secretsmanager:GetSecretValue', `${SECRET}shop/db-AbCdEf`],
    [`${SECRET}shop/db`, 'secretsmanager:GetSecretValue', `${SECRET}shop/db-??????`],
    ['arn:aws:secretsmanager:<region>:<account>:secret:db', 'secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:*:*:secret:db-??????'],
    ['vault:shop/db:key', 'secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:*:*:secret:shop/db-??????'],
  ])('the secret %s: %s on %s', (valueFrom, action, pattern) => {
    expect(secretRequest(valueFrom)).toMatchObject({ action, pattern });
    expect(asked(valueFrom, { Effect: 'Allow', Action: action, Resource: pattern })).toBe('allow');
  });

  it('a login to a registry is a secret of Secrets Manager, by name as well', () => {
    expect(credentialsRequest('registry/login')?.pattern).toBe('arn:aws:secretsmanager:*:*:secret:registry/login-??????');
    expect(credentialsRequest(`${PARAMETER}login`)?.action).toBe('ssm:GetParameters');
    expect(credentialsRequest('vault:login')?.action).toBe('secretsmanager:GetSecretValue');
  });

  it('a file of variables is an object of S3, and a path of the repository nothing', () => {
    expect(fileRequest('arn:aws:s3:::bucket/env/prod.env')).toMatchObject({
      action: 's3:GetObject',
      pattern: 'arn:aws:s3:::bucket/env/prod.env',
    });
    expect(fileRequest('env/prod.env')).toBeNull();
  });

  it.each([
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web:1', 'arn:aws:ecr:eu-west-1:123456789012:repository/team/web'],
    ['registry.example:5000/team/app:1', 'arn:aws:ecr:*:*:repository/team/app'],
    ['registry.example:5000/team/web:1', null],
    ['team/app:1', null],
    ['nginx', null],
    ['NOT AN IMAGE', null],
  ])('the image %s: %s', (image, pattern) => {
    expect(imageRequest(image, new Set(['team/app']))?.pattern ?? null).toBe(pattern);
  });

  it('a service is spoken of by its own prefix alone', () => {
    expect(speaksOf([{ Statement: { Action: ['ssm:*', 'ECR:BatchGetImage'] } }], 'ecr')).toBe(true);
    expect(speaksOf([{ Statement: { NotAction: 'ecr:*' } }], 'ecr')).toBe(true);
    expect(speaksOf([{ Statement: { Action: ['*', 'ecr-public:*'] } }], 'ecr')).toBe(false);
  });

  it('a policy of AWS is known by its ARN, one of an account is not', () => {
    expect(managedPolicy('arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy')).not.toBeNull();
    expect(managedPolicy('arn:aws:iam::123456789012:policy/AdministratorAccess')).toBeNull();
  });

  it('a role is known by its name, whatever its path', () => {
    expect(roleNameOf('arn:aws:iam::123456789012:role/tasks/shop')).toBe('shop');
    expect(roleNameOf('shop')).toBe('shop');
  });
});
