// Which values of a manifest a plan may print.
import { describe, expect, test } from 'vitest';
import { isSecretName, shownDifference, shownText, visible } from '../../../src/core/plan/secrecy.ts';

test.each(['DB_PASSWORD', 'API_TOKEN', 'STRIPE_SECRET', 'ssh_key', 'AWS_ACCESS_KEY_ID', 'authHeader', 'PGPASSWORD', 'SENTRY_DSN'])(
  '%s sounds like a secret',
  (name) => expect(isSecretName(name)).toBe(true),
);

test.each(['GREETING', 'PORT', 'LOG_LEVEL', 'DATABASE_HOST'])('%s does not', (name) => expect(isSecretName(name)).toBe(false));

describe('values', () => {
  test.each([
    ['a plain word', 'hello', 'hello'],
    ['a password in a URL', 'pg://me:s3cr3t@db/web', 'pg://me:(not shown)@db/web'],
    ['an argument', 'run --password=s3cr3t --port=80', 'run --password=(not shown) --port=80'],
    ['a quoted argument', `run --api-token="s3cr3t s3cr3t"`, 'run --api-token=(not shown)'],
    ['the argument after a flag', ['run', '--password', 's3cr3t', 'x'], '["run","--password","(not shown)","x"]'],
    ['a variable in a shell line', 'export DB_PASSWORD=s3cr3t; run', 'export DB_PASSWORD=(not shown) run'],
    ['a list of variables', [{ name: 'PGPASSWORD', value: 's3cr3t' }], '[{"name":"PGPASSWORD","value":"(not shown)"}]'],
    ['labels', { 'my.token': 's3cr3t', team: 'blue' }, '{"my.token":"(not shown)","team":"blue"}'],
    [
      'a container',
      { name: 'main', environment: [{ name: 'KEY', value: 's3cr3t' }] },
      '{"name":"main","environment":[{"name":"KEY","value":"(not shown)"}]}',
    ],
    ['a number', 80, '80'],
  ])('%s', (_, value, expected) => expect(shownText(value)).toBe(expected));

  test('a long value is cut', () => expect(shownText('x'.repeat(5_000))).toHaveLength(200));
});

describe('differences', () => {
  test.each([
    [
      'a variable that sounds like one',
      'containerDefinitions[main].environment[DB_PASSWORD].value',
      's3cr3t',
      's3cr3t2',
      '(not shown)',
      true,
    ],
    ['a variable that does not', 'containerDefinitions[main].environment[GREETING].value', 'a', 'b', 'a', false],
    ['a label that sounds like one', 'containerDefinitions[main].dockerLabels.api.token', 's3cr3t', 's3cr3t2', '(not shown)', true],
    [
      'passwords in URLs',
      'containerDefinitions[main].environment[URL].value',
      'a://b:s3cr3t@c',
      'a://b:s3cr3t2@c',
      'a://b:(not shown)@c',
      true,
    ],
  ])('%s', (_, path, before, after, shown, hidden) => {
    expect(shownDifference({ path, before, after })).toMatchObject({ before: shown, hidden });
    expect(JSON.stringify(shownDifference({ path, before, after }))).not.toContain('s3cr3t');
  });

  test('a new secret is not shown either', () => {
    const shown = shownDifference({ path: 'environment[API_TOKEN]', before: undefined, after: { name: 'API_TOKEN', value: 's3cr3t' } });
    expect(shown).toEqual({ path: 'environment[API_TOKEN]', before: undefined, after: '(not shown)', hidden: false });
  });
});

test('a manifest can not repaint a terminal', () => {
  expect(visible('a\u001b[31mb\u202ec\nd\u0007')).toBe('a\\u001b[31mb\\u202ec\\nd\\u0007');
});
