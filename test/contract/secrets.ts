// What every provider of secrets must do, whatever it keeps them in: the same sentences for all of them, through the port that the daemon
// uses. Deliberately absent: links, tokens, MACs; they belong to the provider that has them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSecrets } from '../../src/adapters/secrets/secrets.ts';
import { secretKey } from '../../src/model/access/secret.ts';
import type { Opened, Secrets } from '../../src/adapters/secrets/secrets.ts';
import type { SecretFault } from '../../src/model/access/secret.ts';
import type { SecretProvider } from '../../src/model/operator-config.ts';
import type { SourceFile } from '../../src/manifest/source.ts';

export interface ProviderUnderTest {
  readonly config: SecretProvider;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The files of the commit, as they are now. */
  files(): readonly SourceFile[];
  /** Keeps a secret that is one text. Names are letters, digits and underscores. */
  put(name: string, text: string): Promise<void>;
  /** Keeps a secret with fields. */
  putFields(name: string, fields: Readonly<Record<string, string | number | boolean>>): Promise<void>;
  remove(name: string): Promise<void>;
  /** Takes the provider away; null: it can't be. */
  readonly leave: (() => Promise<void>) | null;
  dispose(): Promise<void>;
}

const KEY = Buffer.alloc(32, 7);
const VALUE = 'hunter2';

/** Opens one secret. */
export async function openOne(
  secrets: Secrets,
  from: string,
  files: readonly SourceFile[],
  signal = AbortSignal.timeout(20_000),
): Promise<Opened> {
  const use = { kind: 'secret', from } as const;
  const prints = await secrets.fingerprint([use], files, signal);
  const opened = (await secrets.open([use], signal)).get(secretKey(use));
  if (opened === undefined) throw new Error(`nothing is said of ${from}`);
  const print = prints.get(secretKey(use));
  // what is decided with is what is given
  expect(print).toEqual(
    opened.kind === 'fault' ? { fingerprint: null, fault: opened.fault } : { fingerprint: opened.fingerprint, fault: null },
  );
  return opened;
}

/** The fault of a secret that can't be given. */
export async function faultOf(...words: Parameters<typeof openOne>): Promise<SecretFault> {
  const opened = await openOne(...words);
  if (opened.kind !== 'fault') throw new Error('it was given');
  return opened.fault;
}

/** Runs the suite over providers that `make` gives, each empty, under the name `kept`. */
export function providerContract(name: string, make: () => Promise<ProviderUnderTest>): void {
  describe(`${name} as a provider of secrets`, () => {
    let under: ProviderUnderTest;
    let secrets: Secrets;
    beforeEach(async () => {
      under = await make();
      secrets = openSecrets({ config: { providers: [under.config] }, key: KEY, environment: under.environment });
    });
    afterEach(async () => under.dispose());
    const open = async (from: string): Promise<Opened> => openOne(secrets, from, under.files());
    const fault = async (from: string): Promise<SecretFault> => faultOf(secrets, from, under.files());

    it('gives what it was given, under the plain name, a parameter and a secret with the six characters of its ARN', async () => {
      await under.put('APP_DB', VALUE);
      for (const from of [
        'APP_DB',
        '/APP_DB',
        'arn:aws:ssm:eu-west-1:1:parameter/APP_DB',
        'arn:aws:secretsmanager:eu-west-1:1:secret:APP_DB-AbCdEf',
        `${under.config.name}:APP_DB`,
      ]) {
        expect(await open(from)).toMatchObject({
          kind: 'text',
          text: VALUE,
          fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        });
      }
    });

    it('says that a secret is not there, and says no value', async () => {
      await under.put('APP_DB', VALUE);
      const { code, message, hint } = await fault('APP_OTHER');
      expect(code).toBe('absent');
      expect(message).toContain('the secret APP_OTHER: ');
      expect(hint).not.toBe('');
    });

    it('has another fingerprint when the value changes, and the old one when it changes back', async () => {
      const print = async (): Promise<string> => {
        const opened = await open('APP_DB');
        return opened.kind === 'fault' ? opened.fault.message : opened.fingerprint;
      };
      await under.put('APP_DB', VALUE);
      const first = await print();
      expect(await print()).toBe(first);
      await under.put('APP_DB', 'hunter3');
      expect(await print()).not.toBe(first);
      await under.put('APP_DB', VALUE);
      expect(await print()).toBe(first);
      await under.remove('APP_DB');
      expect((await fault('APP_DB')).code).toBe('absent');
    });

    it('does not show that two secrets are equal, nor anything to who has not the key of the installation', async () => {
      await under.put('APP_DB', VALUE);
      await under.put('APP_OTHER', VALUE);
      const other = openSecrets({ config: { providers: [under.config] }, key: Buffer.alloc(32, 8), environment: under.environment });
      const prints = [await open('APP_DB'), await open('APP_OTHER'), await openOne(other, 'APP_DB', under.files())];
      expect(new Set(prints.map((each) => (each.kind === 'fault' ? each.fault.message : each.fingerprint))).size).toBe(3);
    });

    it('gives the key that is asked for; a number and true/false as they are written', async () => {
      await under.putFields('APP_DB', { password: VALUE, port: 5432, tls: true, ratio: 0.5 });
      const arn = 'arn:aws:secretsmanager:eu-west-1:1:secret:APP_DB-AbCdEf';
      expect(await open(`${arn}:password::`)).toMatchObject({ text: VALUE });
      expect(await open(`${arn}:port::`)).toMatchObject({ text: '5432' });
      expect(await open(`${under.config.name}:APP_DB:tls`)).toMatchObject({ text: 'true' });
      expect(await open(`${arn}:ratio:AWSCURRENT:`)).toMatchObject({ text: '0.5' });
      const whole = await open(arn);
      expect(JSON.parse(whole.kind === 'text' ? whole.text : '')).toEqual({ password: VALUE, port: 5432, tls: true, ratio: 0.5 });
    });

    it('says that a key is missing, which one may be meant, and no value', async () => {
      await under.putFields('APP_DB', { password: VALUE });
      const missing = await fault(`${under.config.name}:APP_DB:pasword`);
      expect(missing).toMatchObject({ code: 'absent', hint: 'Did you mean password?' });
      expect(JSON.stringify(missing)).not.toContain(VALUE);
    });

    it('says that a version is not there', async () => {
      await under.put('APP_DB', VALUE);
      expect((await fault(`${under.config.name}:APP_DB::AWSPENDING`)).code).toBe('absent');
      expect((await fault(`${under.config.name}:APP_DB:::77`)).code).toBe('absent');
    });

    it('refuses what is too large for a secret', async () => {
      await under.put('APP_DB', 'x'.repeat(65_537));
      expect(await fault('APP_DB')).toMatchObject({ code: 'unusable', message: 'the secret APP_DB: it has more than 65536 bytes' });
      await under.put('APP_DB', 'x'.repeat(60_000));
      expect(await open('APP_DB')).toMatchObject({ kind: 'text' });
    });

    it.each(['../APP_DB', 'a/../../APP_DB', 'a//APP_DB', 'a/./b'])('reads nothing by the name %s', async (path) => {
      await under.put('APP_DB', VALUE);
      expect((await fault(`${under.config.name}:${path}`)).code).toBe('refused');
    });

    it('keeps lines, blanks and letters of all kinds', async () => {
      const text = ' -----BEGIN-----\nzwei  "Zeilen" \u{1f511}\n -----END----- ';
      await under.put('APP_DB', text);
      expect(await open('APP_DB')).toMatchObject({ text });
    });

    it('is away when it does not answer, and there again when it does', async () => {
      await under.put('APP_DB', VALUE);
      const late = AbortSignal.abort(new Error('late'));
      expect((await faultOf(secrets, 'APP_DB', under.files(), late)).code).toBe('away');
      if (under.leave === null) return;
      await under.leave();
      const { code, message } = await fault('APP_DB');
      expect([code, message]).toEqual(['away', expect.stringContaining('the secret APP_DB: ')]);
    });
  });
}
