import { describe, expect, it } from 'vitest';
import { parseSecretReference } from '../../src/lang/secret-reference.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:';
const none = { jsonKey: null, versionStage: null, versionId: null };

describe('what valueFrom names', () => {
  it.each([
    ['db-password', { store: 'ssm', name: 'db-password', ...none }],
    ['/shop/db', { store: 'ssm', name: '/shop/db', ...none }],
    ['arn:aws:ssm:eu-west-1:123456789012:parameter/shop/db', { store: 'ssm', name: 'shop/db', ...none }],
    ['arn:aws:ssm:region:account:parameter:/db', { store: 'ssm', name: '/db', ...none }],
    [`${SECRET}db-AbCdEf`, { store: 'secretsmanager', name: 'db-AbCdEf', ...none }],
    [`${SECRET}team/db:password::`, { store: 'secretsmanager', name: 'team/db', ...none, jsonKey: 'password' }],
    [`${SECRET}db::AWSPREVIOUS:`, { store: 'secretsmanager', name: 'db', ...none, versionStage: 'AWSPREVIOUS' }],
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
    [`${SECRET}db::stage:id`, SECRET.length + 4, 'names a version by its stage and by its id'],
  ])('%s is none', (text, at, message) => {
    expect(parseSecretReference(text).fault).toMatchObject({ at, message });
  });
});
