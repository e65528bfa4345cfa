// Requests to a Vault or OpenBao server: one GET with a token, a deadline for each try, a few tries while it may be passing, and every
// refusal in words. The token is read anew for each try, because agents renew it, and stands in no error.
// Deliberately absent: logging in (an agent does that, and writes the token file), writing, and following redirects: they would send the
// token to a place that the operator did not name.
import { readFile } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { request as encryptedRequest } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { SecretError } from './provider.ts';

export interface VaultClientOptions {
  readonly provider: string;
  /** Without a slash at its end. */
  readonly address: string;
  readonly namespace: string | null;
  readonly token: { readonly file: string } | { readonly environment: string };
  readonly caFile: string | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Default: TRY_MS. */
  readonly tryMs?: number;
}

export interface VaultAnswer {
  readonly status: number;
  /** Null when it is no JSON. */
  readonly body: unknown;
}

const TRY_MS = 5_000;
/** Between tries; one more try than waits. */
const WAITS_MS: readonly number[] = [100, 500];
/** A secret is small; its metadata, too. */
const MAX_ANSWER_BYTES = 1_048_576;
const MAX_TOKEN_BYTES = 16_384;

/** GETs `path` (below /v1/, encoded). Gives answers of 200 and 404; throws SecretError for everything else. */
export async function vaultGet(options: VaultClientOptions, path: string, signal: AbortSignal): Promise<VaultAnswer> {
  for (const delay of [...WAITS_MS, null]) {
    try {
      return await tryOnce(options, path, signal);
    } catch (error) {
      const isPassing = error instanceof SecretError && error.code === 'away';
      if (!isPassing || delay === null || signal.aborted) throw error;
      await wait(delay, undefined, { signal });
    }
  }
  throw new SecretError('away', `${options.provider} did not answer`, 'It is asked again.'); // the loop has thrown before
}

async function tryOnce(options: VaultClientOptions, path: string, signal: AbortSignal): Promise<VaultAnswer> {
  const { provider, address, namespace, caFile } = options;
  const token = await tokenOf(options);
  const ca = caFile === null ? undefined : await fileOf(caFile, 'the certificates', provider);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(options.tryMs ?? TRY_MS)]);
  const headers = {
    'X-Vault-Token': token,
    'X-Vault-Request': 'true',
    Accept: 'application/json',
    ...(namespace !== null && { 'X-Vault-Namespace': namespace }),
  };
  let answer: { status: number; text: string };
  try {
    answer = await received(`${address}/v1/${path}`, { headers, signal: limit, agent: false, ...(ca !== undefined && { ca }) });
  } catch (error) {
    if (error instanceof SecretError) throw error;
    throw connectionError(error, provider, address);
  }
  const body = parsed(answer.text);
  if ((answer.status === 200 || answer.status === 404) && isVaultAnswer(body)) return { status: answer.status, body };
  throw refusal(answer.status, body, provider, address);
}

function received(url: string, options: RequestOptions & { readonly ca?: string }): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? encryptedRequest : plainRequest;
    const take = (response: IncomingMessage): void => {
      const pieces: Buffer[] = [];
      let bytes = 0;
      response.on('data', (piece: Buffer) => {
        pieces.push(piece);
        bytes += piece.length;
        if (bytes > MAX_ANSWER_BYTES)
          response.destroy(new SecretError('unusable', 'its answer is larger than a secret may be', 'Keep large things elsewhere.'));
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString('utf8') }));
    };
    send(url, options, take).on('error', reject).end();
  });
}

async function tokenOf({ token, environment, provider }: VaultClientOptions): Promise<string> {
  const text = 'file' in token ? await fileOf(token.file, 'the token', provider) : environment[token.environment];
  const value = text?.trim() ?? '';
  if (value === '') {
    const place = 'file' in token ? token.file : `the variable ${token.environment}`;
    throw new SecretError('refused', `there is no token for ${provider} in ${place}`, 'Put one there; it is read again each time.');
  }
  // Node refuses such a header with a message that quotes it
  if (value.length > MAX_TOKEN_BYTES || !/^[\x21-\x7e]+$/.test(value)) {
    throw new SecretError('refused', `what should be the token for ${provider} is none`, 'The file holds the token alone, in one line.');
  }
  return value;
}

async function fileOf(path: string, what: string, provider: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const hint = 'Create it, readable for the user that runs Longshore; it is read again each time.';
    throw new SecretError('refused', `${what} of ${provider} can not be read from ${path} (${code})`, hint);
  }
}

function connectionError(error: unknown, provider: string, address: string): SecretError {
  const { code = '', name } = error as NodeJS.ErrnoException;
  if (/CERT|SIGNED|ALTNAME|SSL|TLS/.test(code)) {
    const hint = 'Name the certificates that it comes from with caFile; Longshore never talks to a server that it can not recognise.';
    return new SecretError('refused', `the certificate of ${provider} at ${address} is not to be trusted (${code})`, hint);
  }
  const why = name === 'TimeoutError' || name === 'AbortError' ? 'no answer in time' : code === '' ? name : code;
  return new SecretError(
    'away',
    `${provider} at ${address} can not be reached (${why})`,
    'It is asked again; is it running, and reachable from here?',
  );
}

/** Vault says `data` or `errors`; something in front of it that says anything else is no word about a secret. */
function isVaultAnswer(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('data' in body || 'errors' in body);
}

/** What Vault's own documentation says of each status. */
function refusal(status: number, body: unknown, provider: string, address: string): SecretError {
  const words = errorsOf(body).join('; ');
  const again = 'It is asked again.';
  if (status === 403 || status === 401 || (status === 400 && /token/i.test(words))) {
    const isToken = /invalid token|bad token|missing client token/i.test(words);
    const message = isToken ? `${provider} takes the token for none of its own` : `${provider} does not let the token read this secret`;
    const hint = isToken
      ? 'The token has ended or was revoked: write a new one into its place; it is read again each time.'
      : 'Give its policy the capability "read" on this path.';
    return new SecretError('refused', message, hint);
  }
  if (status === 503 && /sealed/i.test(words))
    return new SecretError('away', `${provider} at ${address} is sealed`, 'Unseal it; it is asked again.');
  if (status >= 300 && status < 400) {
    const hint = 'Name the address of the active server, or one that passes requests on to it; redirects are not followed with a token.';
    return new SecretError('refused', `${provider} at ${address} sends us elsewhere (${status})`, hint);
  }
  if (status === 429) return new SecretError('away', `${provider} at ${address} has had too many requests`, again);
  if (status === 200 || status === 404) return new SecretError('away', `what answers at ${address} is not ${provider}`, again);
  if (status === 412 || status === 472 || status === 473 || status >= 500)
    return new SecretError('away', `${provider} at ${address} answered ${status}`, again);
  return new SecretError(
    'refused',
    `${provider} at ${address} answered ${status}`,
    'Is it the address of a Vault server, and the mount one of its KV engine, version 2?',
  );
}

function errorsOf(body: unknown): readonly string[] {
  const { errors } = (typeof body === 'object' && body !== null ? body : {}) as { readonly errors?: unknown };
  return Array.isArray(errors) ? errors.filter((each) => typeof each === 'string') : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // some proxy's page; its status says enough, and its words may hold anything
  }
}
