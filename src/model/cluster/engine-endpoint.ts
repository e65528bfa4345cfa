// Where an engine is reached, and with what: an endpoint as somebody wrote it becomes a connection with the credential that the operator
// configured for it. Everything here is plain data; no key is in it, only where keys lie.
import { z } from 'zod';
import { fault, read } from '../../lang/parsed.ts';
import { isThisMachine, parseEngineEndpoint } from '../../lang/engine-endpoint.ts';
import { matchesStars } from '../../std/text.ts';
import { readable } from '../syntax.ts';
import type { EngineCredential, SshCredential, TlsCredential } from './engine-credential.ts';
import type { EngineEndpoint } from '../../lang/engine-endpoint.ts';
import type { Parsed } from '../../lang/parsed.ts';

/** An endpoint as text, for schemas. */
export const EngineEndpointText = z
  .string()
  .max(512)
  .superRefine(readable(parseEngineEndpoint, 'bad-form'))
  .meta({ description: 'Where the Docker engine is: unix:///path, tcp://host:port, ssh://[user@]host[:port][/path], context:NAME.' });

/** All that is needed to connect. `tls` null: this very machine, without encryption. `credential` null: the keys of the daemon's own user. */
export type EngineConnection =
  /** There is no way, and `why`: an engine all the same, which never answers. */
  | { readonly kind: 'none'; readonly why: string }
  | Extract<EngineEndpoint, { kind: 'unix' }>
  | (Extract<EngineEndpoint, { kind: 'tcp' }> & { readonly tls: TlsCredential | null })
  | (Extract<EngineEndpoint, { kind: 'ssh' }> & { readonly credential: SshCredential | null })
  /** Docker's context says where; when it says ssh or brings no certificates, one of these is for it. */
  | (Extract<EngineEndpoint, { kind: 'context' }> & { readonly credentials: readonly EngineCredential[] });

/**
 * The connection to an endpoint. `named`: the credential that its author names, or null: then the first one for its host counts.
 * The fault says what is missing, and what to configure.
 */
export function connectionTo(
  endpoint: EngineEndpoint,
  named: string | null,
  credentials: readonly EngineCredential[],
): Parsed<EngineConnection> {
  const chosen = named === null ? null : (credentials.find(({ name }) => name === named) ?? undefined);
  if (chosen === undefined) {
    const names = credentials.map(({ name }) => name).join(', ');
    const hint = `configure it under engines.credentials${names === '' ? '' : `, or name one of ${names}`}`;
    return fault(0, `names the credential ${named}, which is not configured`, hint);
  }
  switch (endpoint.kind) {
    case 'unix':
      return chosen === null ? read(endpoint) : fault(0, 'names a credential, and a unix socket needs none', 'leave the credential out');
    case 'context':
      return read({ ...endpoint, credentials: chosen === null ? credentials : [chosen] });
    case 'ssh': {
      if (chosen?.kind === 'tls') return otherKind(chosen, 'ssh');
      return read({ ...endpoint, credential: chosen ?? credentialFor('ssh', endpoint.host, credentials) });
    }
    case 'tcp': {
      if (chosen?.kind === 'ssh') return otherKind(chosen, 'tls');
      return overTcp(endpoint, chosen ?? credentialFor('tls', endpoint.host, credentials));
    }
  }
}

/** The first credential of a kind whose hosts have this one among them. */
export function credentialFor<Kind extends EngineCredential['kind']>(
  kind: Kind,
  host: string,
  credentials: readonly EngineCredential[],
): Extract<EngineCredential, { kind: Kind }> | null {
  const isOfKind = (each: EngineCredential): each is Extract<EngineCredential, { kind: Kind }> => each.kind === kind;
  const fits = ({ hosts = [] }: EngineCredential): boolean => hosts.some((pattern) => matchesStars(pattern.toLowerCase(), host));
  return credentials.filter(isOfKind).find(fits) ?? null;
}

/** Whoever reaches an engine's port is root on its machine: without TLS it may be this machine's loopback address alone. */
function overTcp(endpoint: Extract<EngineEndpoint, { kind: 'tcp' }>, tls: TlsCredential | null): Parsed<EngineConnection> {
  if (tls !== null || isThisMachine(endpoint.host)) return read({ ...endpoint, tls });
  return fault(
    0,
    `has no certificate for ${endpoint.host}, and an engine of another machine is reached over mutual TLS only`,
    `add { name: ..., kind: tls, hosts: ["${endpoint.host}"], caFile: ..., certFile: ..., keyFile: ... } to engines.credentials of the configuration, or use ssh://`,
  );
}

function otherKind({ name, kind }: EngineCredential, wanted: EngineCredential['kind']): Parsed<EngineConnection> {
  return fault(0, `names the credential ${name}, which is of kind ${kind}`, `name one of kind ${wanted}`);
}
