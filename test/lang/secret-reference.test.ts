import { describe, expect, it } from 'vitest';
import { keptNames, parseSecretReference } from '../../src/lang/secret-reference.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:';
const none = { provider: null, jsonKey: null, versionStage: null, versionId: null };

describe('what valueFrom names', () => {
  it.each([
    ['db-password', { store: 'ssm', name: 'db-password', ...none }],
    ['/shop/db', { store: 'ssm', name: '/shop/db', ...none }],
    ['arn:aws:ssm:eu-west-1:123456789012:parameter/shop/db', { store: 'ssm', name: 'shop/db', ...none }],
    ['arn:aws:ssm:region:account:parameter:/db', { store: 'ssm', name: '/db', ...none }],
    [`${SECRET}db-AbCdEf`, { store: 'secretsmanager', name: 'db-AbCdEf', ...none }],
    [`${SECRET}team/db:password::`, { store: 'secretsmanager', name: 'team/db', ...none, jsonKey: 'password' }],
    [`${SECRET}db::AWSPREVIOUS:`, { store: 'secretsmanager', name: 'db', ...none, versionStage: 'AWSPREVIOUS' }],
    ['vault:shop/db', { store: 'provider', name: 'shop/db', ...none, provider: 'vault' }],
    ['vault:shop/db:password', { store: 'provider', name: 'shop/db', ...none, provider: 'vault', jsonKey: 'password' }],
    ['vault:shop/db::AWSPREVIOUS', { store: 'provider', name: 'shop/db', ...none, provider: 'vault', versionStage: 'AWSPREVIOUS' }],
    ['vault:shop/db:::3', { store: 'provider', name: 'shop/db', ...none, provider: 'vault', versionId: '3' }],
    ['Vault:db', { store: 'ssm', name: 'Vault:db', ...none }],
    [`${SECRET}db:::9d4c`, { store: 'secretsmanager', name: 'db', ...none, versionId: '9d4c' }],
  ])('%s', (text, value) => {
    expect(parseSecretReference(text)).toEqual({ value, fault: null });
  });

  it.each([
    ['', 0, 'is empty'],
    ['arn:aws:ssm:eu-west-1', 21, 'has 4 of the 6 parts of an ARN'],
    ['arn:aws:s3:::bucket/key', 8, 'is an ARN of s3, which keeps no secrets'],
    ['arn:aws:ssm:eu-west-1:123456789012:document/db', 35, 'names no parameter'],
    ['arn:aws:ssm:eu-west-1:123456789012:parameter/', 35, 'names no parameter'],
    [SECRET, SECRET.length - 'secret:'.length, 'names no secret'],
    [
      `${SECRET}db:password`,
      SECRET.length + 2,
      'has 1 part behind the name of the secret; there are none or three, each of which may be empty',
    ],
    [
      `${SECRET}db::a::b`,
      SECRET.length + 2,
      'has 4 parts behind the name of the secret; there are none or three, each of which may be empty',
    ],
    ['vault:', 6, 'names no secret'],
    ['vault:db:a:b:c:d', 8, 'has 4 parts behind the name of the secret; there are at most three'],
    ['vault:db::stage:id', 8, 'names a version by its stage and by its id'],
    [`${SECRET}db::stage:id`, SECRET.length + 4, 'names a version by its stage and by its id'],
  ])('%s is none', (text, at, message) => {
    expect(parseSecretReference(text).fault).toMatchObject({ at, message });
  });
});

describe('the names that a secret may be kept under', () => {
  it.each([
    ['/shop/db', ['shop/db']],
    ['db-AbCdEf', ['db-AbCdEf']],
    [`${SECRET}shop/db`, ['shop/db']],
    [`${SECRET}shop/db-AbCdEf:password::`, ['shop/db-AbCdEf', 'shop/db']],
    [`${SECRET}smtp-passwd`, ['smtp-passwd', 'smtp']],
    ['vault:shop/db-AbCdEf', ['shop/db-AbCdEf']],
  ])('%s: %j', (text, names) => {
    const { value } = parseSecretReference(text);
    expect(value === null ? null : keptNames(value)).toEqual(names);
  });
});
