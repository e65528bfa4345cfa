// The login that a container definition names, from a real provider of secrets: what is taken for one, and what is said when it is none.
import { describe, expect, it } from 'vitest';
import { secretLogin } from '../../../src/adapters/registry/secret-login.ts';
import { openSecrets } from '../../../src/adapters/secrets/secrets.ts';

const PASSWORD = 'correct-horse-battery-staple';
const ask = (text: string | undefined, from = 'env:REGISTRY') => {
  const config = { providers: [{ name: 'env', kind: 'environment' as const, allow: ['REGISTRY'] }] };
  const secrets = openSecrets({ config, key: new Uint8Array(32), environment: { REGISTRY: text } });
  return secretLogin(secrets, from, 'r.example/team/app:1', AbortSignal.timeout(10_000));
};

describe('a login in a secret', () => {
  it('is sent to the registry of the image', async () => {
    const found = await ask(JSON.stringify({ username: 'alice', password: PASSWORD }));
    if (!('login' in found)) throw new Error(found.error.message);
    const { login } = found;
    expect(JSON.parse(Buffer.from(login.header ?? '', 'base64url').toString())).toEqual({
      username: 'alice',
      password: PASSWORD,
      serveraddress: 'r.example',
    });
    expect(login.secrets).toContain(PASSWORD);
    expect(`${login.source}${login.trouble}`).not.toContain(PASSWORD);
  });

  it.each([PASSWORD, 'null', '[]', '{"username":"alice"}', `{"username":"","password":"${PASSWORD}"}`, `{"username":1,"password":"x"}`])(
    'is not %s, and nothing of it is repeated',
    async (text) => {
      const found = await ask(text);
      expect(found).toEqual({
        error: {
          code: 'CannotPullContainerError',
          message: 'repositoryCredentials: the secret env:REGISTRY is no login. Make it {"username": "...", "password": "..."}.',
        },
      });
    },
  );

  it('that is absent is final, in the words of its provider', async () => {
    const found = await ask(undefined);
    expect(found).toMatchObject({ error: { code: 'CannotPullContainerError' } });
    expect('error' in found && found.error.message).toMatch(/^repositoryCredentials: the secret env:REGISTRY: .+\. .+/);
  });

  it('of a provider that is away is asked again: nobody is to blame', async () => {
    const away = {
      open: (uses: readonly { from: string }[]) => Promise.resolve(new Map(uses.map(({ from }) => [`secret ${from}`, AWAY]))),
    };
    const AWAY = { kind: 'fault', fault: { code: 'away', message: 'no answer', hint: 'Nothing needs to be done.' } } as const;
    expect(await secretLogin(away, 'x', 'r.example/app', AbortSignal.timeout(1_000))).toEqual({
      error: { code: 'ProviderAway', message: 'repositoryCredentials: no answer. Nothing needs to be done.' },
    });
  });
});
