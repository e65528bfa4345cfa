// What a refused pull says, for the very words of dockerd 20.10.24, 26.1.5 and 28.5.2 (graph drivers and the containerd store), each made
// against a registry, a resolver or a disk that misbehaved so. No engine here; pull.test.ts makes some of them again.
import { describe, expect, it } from 'vitest';
import { type LoginUsed, pullRefusal } from '../../../src/adapters/docker/pull-refusal.ts';

const FILE = '/root/.docker/config.json';
const NOBODY: LoginUsed = { header: null, source: FILE, trouble: null };
const ALICE: LoginUsed = { header: 'e30=', source: 'docker-credential-pass', trouble: null };
const BROKEN: LoginUsed = {
  header: null,
  source: 'docker-credential-pass',
  trouble: 'docker-credential-pass is not on the PATH of the daemon',
};
const REFERENCE = 'r.example:5000/team/app:1';
const containerd = (words: string): string => `failed to resolve reference "${REFERENCE}": ${words}`;
const status = (words: string): string =>
  `unknown: ${containerd(`unexpected status from HEAD request to http://r.example:5000/v2/team/app/manifests/1: ${words}`)}`;
const request = (words: string): string =>
  containerd(`failed to do request: Head "https://r.example:5000/v2/team/app/manifests/1": ${words}`);
const get = (words: string): string => `Get "https://r.example:5000/v2/": ${words}`;

const WITHOUT = `r.example:5000 does not let us pull ${REFERENCE} without a login, and ${FILE} has none for it: check the name; for a private image, \`docker login r.example:5000\` as the user of the daemon`;
const WITH = `r.example:5000 does not let us pull ${REFERENCE} with the login of docker-credential-pass: check the name, that this account may read it, and that the login still holds (\`docker login r.example:5000\`)`;
const ABSENT = `r.example:5000 has no image ${REFERENCE}: check the name and the tag, and that it was pushed`;
const HELD = `the engine holds ${REFERENCE} for another platform, and one of them only: remove it there, or give its engine the containerd image store`;
const LIMIT = 'r.example:5000 allows no more pulls for now: log in (`docker login r.example:5000`), which raises the limit, or wait';
const DISK = 'the disk of the engine is full: free space on it (`docker system df` says what takes it)';
const NAME = "the name r.example:5000 does not resolve on the engine's host: check the registry in the image reference, and the host's DNS";
const PLAIN = "r.example:5000 speaks plain HTTP: give it a certificate, or name it in insecure-registries of the engine's daemon.json";
const UNTRUSTED =
  "the engine does not trust the certificate of r.example:5000: put its CA into /etc/docker/certs.d/r.example:5000/ca.crt on the engine's host";
const OTHER = 'the certificate of r.example:5000 is for another name: use the name that it was made for in the image reference';
const TROUBLE = 'r.example:5000 has trouble of its own: look at the registry, then try again';
const AWAY = "r.example:5000 does not answer: check that it runs, and that the engine's host reaches it (port, firewall, HTTP proxy)";

describe('a refused pull', () => {
  it.each([
    ['Head "https://r.example:5000/v2/team/app/manifests/1": no basic auth credentials', NOBODY, WITHOUT],
    ['unauthorized: authentication required', NOBODY, WITHOUT],
    [
      `pull access denied for ${REFERENCE}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
      NOBODY,
      WITHOUT,
    ],
    [
      containerd(
        'pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials',
      ),
      NOBODY,
      WITHOUT,
    ],
    [status('401 Unauthorized'), NOBODY, WITHOUT],
    [status('403 Forbidden'), NOBODY, WITHOUT],
    ['unauthorized: authentication required', ALICE, WITH],
    ['Head "https://r.example:5000/v2/team/app/manifests/1": unauthorized: incorrect username or password', ALICE, WITH],
    [status('401 Unauthorized'), ALICE, WITH],
    [status('403 Forbidden'), ALICE, WITH],
    [`Cannot overwrite digest sha256:${'0'.repeat(64)}`, NOBODY, HELD],
    [`manifest for ${REFERENCE} not found: manifest unknown: manifest unknown`, NOBODY, ABSENT],
    ['repository r.example:5000/team/app not found: name unknown: repository name not known to registry', NOBODY, ABSENT],
    [containerd(`${REFERENCE}: not found`), NOBODY, ABSENT],
    [
      'toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit',
      NOBODY,
      LIMIT,
    ],
    [status('429 Too Many Requests'), NOBODY, LIMIT],
    [status('429 Too Many Requests'), ALICE, 'r.example:5000 allows no more pulls for now: wait, or raise the limit of the account'],
    ['write /var/lib/docker/tmp/GetImageBlob2501731890: no space left on device', NOBODY, DISK],
    [
      'failed to copy: failed to send write: write /var/lib/docker/containerd/daemon/io.containerd.content.v1.content/ingest/3540/data: no space left on device',
      NOBODY,
      DISK,
    ],
    [get('dial tcp: lookup r.example on 10.0.0.53:53: no such host'), NOBODY, NAME],
    [get('dial tcp: lookup r.example: Temporary failure in name resolution'), NOBODY, NAME],
    [get('dial tcp: lookup r.example on 10.0.0.53:53: read udp 10.0.0.2:38000->10.0.0.53:53: i/o timeout'), NOBODY, NAME],
    [request('dial tcp: lookup r.example on 10.0.0.53:53: no such host'), NOBODY, NAME],
    [get('http: server gave HTTP response to HTTPS client'), NOBODY, PLAIN],
    [request('http: server gave HTTP response to HTTPS client'), NOBODY, PLAIN],
    [get('x509: certificate signed by unknown authority'), NOBODY, UNTRUSTED],
    [get('tls: failed to verify certificate: x509: certificate signed by unknown authority'), NOBODY, UNTRUSTED],
    [request('tls: failed to verify certificate: x509: certificate signed by unknown authority'), NOBODY, UNTRUSTED],
    [get('x509: certificate is valid for 10.1.1.1, not 192.0.2.2'), NOBODY, OTHER],
    [request('tls: failed to verify certificate: x509: certificate is valid for 10.1.1.1, not 192.0.2.2'), NOBODY, OTHER],
    ['received unexpected HTTP status: 503 Service Unavailable', NOBODY, TROUBLE],
    [status('502 Bad Gateway'), NOBODY, TROUBLE],
    [get('dial tcp 192.0.2.1:5000: connect: connection refused'), NOBODY, AWAY],
    [request('dial tcp 192.0.2.1:5000: connect: connection refused'), NOBODY, AWAY],
    [get('net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)'), NOBODY, AWAY],
    [get('net/http: TLS handshake timeout'), NOBODY, AWAY],
    [
      'no matching manifest for linux/arm64/v8 in the manifest list entries',
      NOBODY,
      `${REFERENCE} is not built for the processor of this engine: push an image for it, too`,
    ],
  ])('%s', (words, login, advice) => {
    expect(pullRefusal(words, REFERENCE, login)).toBe(`${advice}. The engine says: ${words}`);
  });

  it('names the program that was to give a login and did not', () => {
    const words = 'unauthorized: authentication required';
    expect(pullRefusal(words, REFERENCE, BROKEN)).toBe(
      `r.example:5000 does not let us pull ${REFERENCE}: check the name, and the login below. It was tried without a login: docker-credential-pass is not on the PATH of the daemon. The engine says: ${words}`,
    );
    expect(pullRefusal('something new', REFERENCE, BROKEN)).toBe(
      'It was tried without a login: docker-credential-pass is not on the PATH of the daemon. The engine says: something new',
    );
  });

  it('leaves words alone that it does not know', () => {
    expect(pullRefusal('unknown: nope', REFERENCE, NOBODY)).toBe('unknown: nope');
  });

  it('is not misled by the name of an image or a registry', () => {
    const reference = 'timeout.denied.example/x509/denied:1';
    const words = 'Get "https://timeout.denied.example/v2/x509/denied/manifests/1": nobody knows';
    expect(pullRefusal(words, reference, NOBODY)).toBe(words);
  });

  it('calls a login to Docker Hub by its short command, and a digest by its beginning', () => {
    const told = pullRefusal('denied: requested access to the resource is denied', `team/app@sha256:${'a'.repeat(64)}`, NOBODY);
    expect(told).toContain(`docker.io does not let us pull team/app@sha256:${'a'.repeat(12)}... without a login`);
    expect(told).toContain('`docker login` as the user of the daemon');
  });

  it('fits into a reason', () => {
    expect(pullRefusal(`denied: ${'x'.repeat(5_000)}`, REFERENCE, ALICE).length).toBe(900);
  });
});
