// Roles by name and by ARN, and the addresses at which their credentials are asked for.
import { describe, expect, it } from 'vitest';
import { isSameRole } from '../../src/lang/role.ts';
import { parseCredentialsAddress } from '../../src/lang/credentials-address.ts';

const WEB = 'arn:aws:iam::123456789012:role/web';

describe('two references', () => {
  it.each([
    [WEB, WEB, true],
    ['web', 'web', true],
    ['web', WEB, true],
    [WEB, 'web', true],
    ['web', 'arn:aws:iam::123456789012:role/team/web', true],
    ['web', 'job', false],
    ['job', WEB, false],
    ['eb', WEB, false],
    [WEB, 'arn:aws:iam::999999999999:role/web', false],
  ])('%s and %s are one role: %s', (one, other, same) => expect(isSameRole(one, other)).toBe(same));
});

describe('an address of credentials', () => {
  it.each(['https://a.example', 'https://a.example:8443/web?role=1', 'http://127.0.0.1:9000/web', 'http://localhost/', 'http://[::1]:1/x'])(
    '%s is one',
    (text) => expect(parseCredentialsAddress(text)).toMatchObject({ value: text, fault: null }),
  );

  it.each([
    ['http://a.example/', 'must begin with https:// where it is not this machine'],
    ['http://127.0.0.1.example/', 'must begin with https:// where it is not this machine'],
    ['https://user:hunter2@a.example/', 'must hold no user name and no password'],
    ['file:///etc/web.json', 'must be an address of the web'],
    ['https://a.example/a b', 'must be an address of the web'],
  ])('%s is none', (text, message) => expect(parseCredentialsAddress(text).fault?.message).toBe(message));
});
