// X.509 certificates for tests, made here and now: a CA, servers, clients, expired ones. Written in DER by hand (RFC 5280), so that no test needs
// a tool or keeps a key in the repository. Only what TLS asks for: names, times, purposes.
import { createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

export interface Issued {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Issued {
  issue(wanted: Wanted): Issued;
}

export interface Wanted {
  readonly purpose: 'server' | 'client';
  /** Names and IPv4 addresses. */
  readonly names?: readonly string[];
  readonly notBefore?: number;
  readonly notAfter?: number;
}

const DAY = 86_400_000;
const OID = {
  commonName: '2.5.4.3',
  ecdsaSha256: '1.2.840.10045.4.3.2',
  basicConstraints: '2.5.29.19',
  subjectAltName: '2.5.29.17',
  extKeyUsage: '2.5.29.37',
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
};

/** A CA that nobody else knows. */
export function authority(name = 'Test CA'): Authority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = { name, keys: keys.privateKey };
  const cert = certificate(own, name, keys.publicKey, Date.now() - DAY, Date.now() + DAY, [
    extension(OID.basicConstraints, sequence(element(0x01, Buffer.from([0xff])))),
  ]);
  return {
    cert,
    key: pemOf(keys.privateKey),
    issue: ({ purpose, names = [], notBefore = Date.now() - DAY, notAfter = Date.now() + DAY }) => {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const extensions = [extension(OID.extKeyUsage, sequence(oid(OID[purpose])))];
      if (names.length > 0) extensions.push(extension(OID.subjectAltName, sequence(...names.map(generalName))));
      return { cert: certificate(own, `test ${purpose}`, publicKey, notBefore, notAfter, extensions), key: pemOf(privateKey) };
    },
  };
}

function certificate(
  issuer: { readonly name: string; readonly keys: KeyObject },
  subject: string,
  publicKey: KeyObject,
  notBefore: number,
  notAfter: number,
  extensions: readonly Buffer[],
): string {
  const algorithm = sequence(oid(OID.ecdsaSha256));
  const body = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))),
    element(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    distinguishedName(issuer.name),
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(subject),
    createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, issuer.keys);
  const whole = sequence(body, algorithm, element(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function distinguishedName(commonName: string): Buffer {
  return sequence(element(0x31, sequence(oid(OID.commonName), element(0x0c, Buffer.from(commonName)))));
}

function generalName(name: string): Buffer {
  const isAddress = /^[0-9.]+$/.test(name);
  return isAddress ? element(0x87, Buffer.from(name.split('.').map(Number))) : element(0x82, Buffer.from(name));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), element(0x04, value));
}

/** UTCTime, for years before 2050. */
function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14);
  return element(0x17, Buffer.from(`${digits}Z`));
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return element(0x06, Buffer.from(bytes));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts));
}

function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}
