// tcp with mutual TLS: the engine's certificate must come from the operator's CA and be for its host, and ours is shown to it.
// Deliberately absent: a way to go on without either check.
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, connect, createSecureContext } from 'node:tls';
import { Unreachable } from '../errors.ts';
import { endpointText } from '../../../lang/engine-endpoint.ts';
import { opened } from './socket.ts';
import { readKeyFile } from './files.ts';
import type { SecureContext } from 'node:tls';
import type { EngineConnection } from '../../../model/cluster/engine-endpoint.ts';
import type { TlsCredential } from '../../../model/cluster/engine-credential.ts';
import { INDIFFERENT, type Transport, type TransportLimits } from './transport.ts';

type Secured = Extract<EngineConnection, { kind: 'tcp' }> & { readonly tls: TlsCredential };

const UNKNOWN_ISSUER: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);
/**
 * What OpenSSL calls a server's refusal of our certificate: ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE from a dockerd, in node 24;
 * ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED, ERR_SSL_TLSV1_ALERT_UNKNOWN_CA.
 */
const REFUSED =
  /^ERR_SSL_.*ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR|HANDSHAKE_FAILURE)$/;
const NO_TLS: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'EPROTO',
]);
const HANG_UPS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

/** Streams over TLS. */
export function tlsTransport(connection: Secured, limits: TransportLimits): Transport {
  const { host, port, tls } = connection;
  const where = endpointText(connection);
  const name = tls.serverName ?? host;
  /** With TLS 1.3 an engine judges our certificate after we think that we are connected: its refusal ends the first call. */
  let answered = false;
  const explain = (error: unknown): unknown => explained(error, { where, name, tls, answered });
  return {
    open: async () => {
      const socket = connect({
        ...{ host, port, secureContext: contextOf(tls), minVersion: 'TLSv1.2' },
        // A name for the server that is an address is against RFC 6066.
        ...(isIP(name) === 0 && { servername: name }),
        checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
      });
      try {
        const secured = await opened(socket, 'secureConnect', where, limits);
        secured.once('readable', () => {
          answered ||= secured.readableLength > 0;
        });
        return secured;
      } catch (error) {
        throw explain(error);
      }
    },
    ...INDIFFERENT,
    explain,
  };
}

/** The files of a credential, read now. Throws Unreachable with the one that is no good. */
function contextOf(tls: TlsCredential): SecureContext {
  const ca = readKeyFile(tls.caFile, 'caFile');
  const cert = readKeyFile(tls.certFile, 'certFile');
  const key = readKeyFile(tls.keyFile, 'keyFile');
  for (const [what, path, text] of [
    ['caFile', tls.caFile, ca],
    ['certFile', tls.certFile, cert],
  ] as const) {
    if (!isCertificate(text)) throw new Unreachable(`${what} ${path} holds no certificate (PEM)`);
  }
  if (key.includes('ENCRYPTED'))
    throw new Unreachable(`keyFile ${tls.keyFile} is encrypted: write it without a passphrase (openssl pkey -in ... -out ...)`);
  try {
    createSecureContext({ key });
  } catch {
    throw new Unreachable(`keyFile ${tls.keyFile} holds no private key (PEM)`);
  }
  try {
    return createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' });
  } catch {
    throw new Unreachable(`keyFile ${tls.keyFile} is not the key of certFile ${tls.certFile}`);
  }
}

function isCertificate(text: Buffer): boolean {
  try {
    return new X509Certificate(text).subject !== '';
  } catch {
    return false;
  }
}

interface Circumstances {
  readonly where: string;
  readonly name: string;
  readonly tls: TlsCredential;
  /** Whether the engine has ever said anything behind a handshake. */
  readonly answered: boolean;
}

function explained(error: unknown, { where, name, tls, answered }: Circumstances): unknown {
  if (error instanceof Unreachable || !(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const { code } = error;
  const said = (words: string): Unreachable => new Unreachable(`${where}: ${words}`, { cause: error });
  if (UNKNOWN_ISSUER.has(code)) return said(`its certificate does not come from caFile ${tls.caFile}: is that the CA that signed it?`);
  if (code === 'CERT_HAS_EXPIRED') return said('its certificate has expired: give the engine a new one');
  if (code === 'CERT_NOT_YET_VALID') return said('its certificate is not valid yet: is the clock of one of the two machines wrong?');
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return said(`its certificate is not for ${name}, but for ${namesOf(error)}: set serverName, or give the engine one for ${name}`);
  }
  if (NO_TLS.has(code)) return said('it does not speak TLS: is that the port, and does dockerd run with --tlsverify?');
  const refused = REFUSED.exec(code)?.[1]?.toLowerCase().replaceAll('_', ' ');
  if (refused !== undefined) return said(`it refuses certFile ${tls.certFile} (${refused}): ${doubtOf(tls.certFile)}`);
  if (!answered && HANG_UPS.has(code)) return said(`it hangs up as soon as it has seen certFile ${tls.certFile}: ${doubtOf(tls.certFile)}`);
  return error;
}

/** The names of a certificate, as node tells them with its refusal. */
function namesOf(error: Error): string {
  const { cert } = error as Error & { readonly cert?: { readonly subjectaltname?: string } };
  return cert?.subjectaltname?.replaceAll(/DNS:|IP Address:/g, '') ?? 'no name at all';
}

/** What is probably wrong with our certificate. */
function doubtOf(certFile: string): string {
  try {
    const certificate = new X509Certificate(readKeyFile(certFile, 'certFile'));
    if (certificate.validToDate.getTime() < Date.now()) return `it has expired on ${certificate.validToDate.toISOString().slice(0, 10)}`;
  } catch {
    return 'it can not be read any more';
  }
  return "does it come from the engine's --tlscacert, and is it for clients (extendedKeyUsage clientAuth)?";
}
