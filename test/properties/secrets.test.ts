// What is read of a file out of a repository, or of a reference out of a manifest, is arbitrary: nothing but SecretError is ever thrown for it,
// no message repeats a value, and what is matched agrees with a plain pattern.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SecretError } from '../../src/adapters/secrets/provider.ts';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { matchesStars } from '../../src/std/text.ts';
import { openSecrets } from '../../src/adapters/secrets/secrets.ts';
import { readSops } from '../../src/adapters/secrets/sops-document.ts';
import { openedValues } from '../../src/adapters/secrets/sops-cipher.ts';
import { sopsFile } from '../adapters/secrets/sops-encrypt.ts';
import { sourceFile } from '../manifest/story.ts';

const KEY = new Uint8Array(32);

/** The values of a SOPS file, or null when there is a SecretError; throws anything else. */
function valuesOf(path: string, text: string): Readonly<Record<string, unknown>> | null {
  try {
    return openedValues(path, readSops(path, text), KEY);
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    expect(error.message).toMatch(/\S/);
    expect(error.hint).toMatch(/\S/);
    expect(error.message + error.hint).not.toMatch(/hunter2/);
    return null;
  }
}

describe('a SOPS file', { timeout: 600_000 }, () => {
  it.each(['a.yaml', 'a.json', 'a.env'])('%s of any text gives nothing, and throws nothing else', (path) => {
    const piece = fc.constantFrom(
      'sops',
      ':',
      '\n',
      '  ',
      'mac',
      'ENC[AES256_GCM,data:',
      ',iv:',
      ',tag:',
      ',type:str]',
      '{',
      '}',
      '"',
      ',',
      'sops_mac=',
      'sops_lastmodified=',
      'age',
      '- ',
      'x',
      '[',
      ']',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 200 }),
          fc.array(piece, { maxLength: 60 }).map((parts) => parts.join('')),
        ),
        (text) => {
          expect(valuesOf(path, text)).toBeNull();
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });

  it('with any one letter changed gives what it gave, or nothing', async () => {
    const recipients = [await identityToRecipient(await generateX25519Identity())];
    for (const path of ['a.yaml', 'a.json', 'a.env']) {
      const text = await sopsFile(path, { user: 'shop', password: 'hunter2', note_unencrypted: 'x' }, { recipients, key: KEY });
      expect(valuesOf(path, text)).toEqual({ user: 'shop', password: 'hunter2', note_unencrypted: 'x' });
      let refused = 0;
      const letters = fc.constantFrom('A', 'b', '=', '\n', ' ', '"', ':', ']', '_');
      fc.assert(
        fc.property(fc.nat(text.length - 1), letters, (at, letter) => {
          const values = valuesOf(path, text.slice(0, at) + letter + text.slice(at + 1));
          if (values === null) refused += 1;
          // as in SOPS, the name of a readable value is covered by nothing, and neither are keys of other people
          else expect([values['user'], values['password'], Object.values(values).length]).toEqual(['shop', 'hunter2', 3]);
        }),
        { seed: 2, numRuns: 300 },
      );
      expect(refused).toBeGreaterThan(100);
    }
  });
});

describe('a reference', { timeout: 600_000 }, () => {
  const secrets = openSecrets({
    config: {
      providers: [
        { name: 'env', kind: 'environment', allow: ['A'] },
        { name: 'git', kind: 'sops', ageKeyFile: '/nonexistent' },
      ],
      routes: [
        { match: '/*', provider: 'git' },
        { match: '*', provider: 'env' },
      ],
    },
    key: KEY,
    environment: { A: 'hunter2' },
  });

  it('of any text has a fault or a value, and no fault holds a value', async () => {
    const piece = fc.constantFrom(
      'arn:aws:',
      'ssm',
      'secretsmanager',
      ':',
      ':::',
      'secret:',
      'parameter/',
      'A',
      'env:',
      'git:',
      '/',
      '..',
      '.env',
      's3',
      '\0',
      '-AbCdEf',
      '%',
    );
    const text = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom('secret', 'environment-file'), async (from, kind) => {
        const [found] = (
          await secrets.fingerprint([{ kind, from }], [sourceFile('secrets/x.yaml', 'a: hunter2\n')], AbortSignal.timeout(5_000))
        ).values();
        expect([found?.fingerprint === null, found?.fault === null]).toContain(true);
        expect(found?.fault === null).toBe(found?.fingerprint !== null);
        expect(JSON.stringify(found)).not.toContain('hunter2');
      }),
      { seed: 3, numRuns: 400 },
    );
  });

  it('matches a route as the pattern that its * stand for', () => {
    const text = fc.array(fc.constantFrom('a', 'b', ':', '/', '*'), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        text,
        text.map((each) => each.replaceAll('*', '')),
        (match, from) => {
          const pattern = new RegExp(`^${match.split('*').join('.*')}$`, 's');
          expect(matchesStars(match, from)).toBe(pattern.test(from));
        },
      ),
      { seed: 4, numRuns: 2_000 },
    );
  });
});
