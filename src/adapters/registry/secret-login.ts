// The login that a container definition names (repositoryCredentials): a secret of the operator's providers that holds a user name and a
// password as JSON, as Secrets Manager keeps it for ECS. It is opened for one pull and forgotten.
import type { OutcomeError } from '../../model/turn/outcome.ts';
import { parseImageReference } from '../../lang/image-reference.ts';
import { type SecretUse, secretKey } from '../../model/access/secret.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { authHeader } from './docker-config.ts';
import type { PullLogin } from './logins.ts';

/** Opens secrets; a part of the vault. */
export type SecretOpener = Pick<Secrets, 'open'>;

/**
 * The login in the secret `from` for the registry of `reference`, or why it can't be had. Nothing is pulled without it: its author says that
 * it is needed. A provider that is away is asked again; anything else is final.
 */
export async function secretLogin(
  secrets: SecretOpener,
  from: string,
  reference: string,
  signal: AbortSignal,
): Promise<{ readonly login: PullLogin } | { readonly error: OutcomeError }> {
  const use: SecretUse = { kind: 'secret', from };
  const opened = (await secrets.open([use], signal)).get(secretKey(use));
  if (opened?.kind !== 'text') {
    const fault = opened?.kind === 'fault' ? opened.fault : { code: 'away', message: `the secret ${from} was not opened`, hint: '' };
    const code = fault.code === 'away' ? 'ProviderAway' : 'CannotPullContainerError';
    return { error: { code, message: `repositoryCredentials: ${fault.message}. ${fault.hint}`.trim() } };
  }
  const pair = pairOf(opened.text);
  if (pair === null) {
    const message = `repositoryCredentials: the secret ${from} is no login. Make it {"username": "...", "password": "..."}.`;
    return { error: { code: 'CannotPullContainerError', message } };
  }
  const domain = parseImageReference(reference).value?.domain ?? '';
  const header = authHeader({ ...pair, identityToken: null, registryToken: null }, domain);
  return { login: { header, secrets: [header, opened.text, pair.password], source: `the secret ${from}`, trouble: null } };
}

function pairOf(text: string): { readonly username: string; readonly password: string } | null {
  try {
    const value = JSON.parse(text) as { username?: unknown; password?: unknown } | null;
    const { username, password } = value ?? {};
    if (typeof username !== 'string' || typeof password !== 'string' || username === '' || password === '') return null;
    return { username, password };
  } catch {
    return null;
  }
}
