// The adapter's translations, as tables: versions, references, inspections, refusals, streams of lines. No engine.
import { inspect } from 'node:util';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { chooseVersion } from '../../../src/adapters/docker/client.ts';
import { createBody, dynamicPortAddress } from '../../../src/adapters/docker/container-body.ts';
import { type Inspection, viewOf } from '../../../src/adapters/docker/container-view.ts';
import { EngineRefusal, outcomeError, takenPort } from '../../../src/adapters/docker/errors.ts';
import { withoutSecrets } from '../../../src/adapters/docker/secrecy.ts';
import { digestFor, pullQuery } from '../../../src/adapters/docker/images.ts';
import { jsonLines } from '../../../src/adapters/docker/json-lines.ts';
import { labelsOf } from '../../../src/model/turn/identity.ts';
import type { ContainerSpec } from '../../../src/model/turn/plan.ts';
import { NO_SECRETS_OF_SPEC, onNetwork } from '../../build.ts';

const IDENTITY = {
  ...{ installation: 'home', cluster: 'default', service: 'web', task: 'a'.repeat(32), taskSet: 'set', deployment: 'deployment' },
  ...{
    revision: 'web:7',
    specHash: 'v1:spec',
    serviceHash: 'v1:service',
    container: 'app',
    slot: 2,
    attempt: 1,
    targets: [],
    essential: true,
  },
};
const SPEC: ContainerSpec = {
  ...{ image: 'web:1', entryPoint: null, command: null, workingDirectory: null, user: null, environment: [], labels: {} },
  ...{ cpuShares: 2, nanoCpus: null, memoryBytes: null, memoryReservationBytes: null, readonlyRootFilesystem: false },
  ...{
    ports: [],
    healthCheck: null,
    stopTimeoutSeconds: 30,
    network: onNetwork('longshore-home-default'),
    settings: {},
    mounts: [],
    volumesFrom: [],
    ...NO_SECRETS_OF_SPEC,
  },
};

describe('the API version', () => {
  it.each([
    ['an old engine gets its own newest', '1.41', '1.12', '1.41'],
    ['one that knows ours gets ours', '1.51', '1.24', '1.44'],
    ['one that begins with ours gets ours', '1.52', '1.44', '1.44'],
    ['one that has left ours behind gets its oldest', '1.60', '1.48', '1.48'],
    ['minor numbers are numbers', '1.9', '1.4', '1.9'],
  ])('%s', (_, newest, oldest, spoken) => {
    expect(chooseVersion(newest, oldest)).toBe(spoken);
  });
});

describe('image references', () => {
  it.each([
    ['web', 'web', 'latest'],
    ['web:1', 'web', '1'],
    ['host:5000/team/web', 'host:5000/team/web', 'latest'],
    ['host:5000/team/web:1.2', 'host:5000/team/web', '1.2'],
    ['web@sha256:aa', 'web', 'sha256:aa'],
    ['host:5000/web:1@sha256:aa', 'host:5000/web', 'sha256:aa'],
  ])('%s is pulled as one image', (reference, fromImage, tag) => {
    expect(pullQuery(reference)).toEqual({ fromImage, tag });
  });

  it.each([
    ['nginx:1', ['nginx@sha256:aa'], 'sha256:aa'],
    ['docker.io/library/nginx:1', ['nginx@sha256:aa'], 'sha256:aa'],
    ['index.docker.io/team/web', ['team/web@sha256:aa'], 'sha256:aa'],
    ['host:5000/web:1', ['web@sha256:aa', 'host:5000/web@sha256:bb'], 'sha256:bb'],
    ['web@sha256:bb', ['web@sha256:aa', 'web@sha256:bb'], 'sha256:bb'],
    ['web:1', ['other@sha256:aa'], null],
    ['web:1', [], null],
    ['localhost/web', ['library/localhost/web@sha256:aa'], null],
  ])('%s among %j has the digest %s', (reference, repoDigests, digest) => {
    expect(digestFor(reference, repoDigests)).toBe(digest);
  });
});

describe('the view of a container', () => {
  const inspection = (
    state: Partial<Inspection['State']>,
    ports: NonNullable<Inspection['NetworkSettings']>['Ports'] = {},
  ): Inspection => ({
    Id: 'c1',
    Name: '/longshore-web',
    Image: 'sha256:1',
    State: {
      Status: 'running',
      OOMKilled: false,
      ExitCode: 0,
      StartedAt: '2026-11-23T06:41:29.123456789Z',
      FinishedAt: '2026-11-23T06:51:29.123456789Z',
      ...state,
    },
    Config: { Labels: labelsOf(IDENTITY), Env: ['PASSWORD=hunter22'] },
    NetworkSettings: { Ports: ports },
  });
  const view = (...words: Parameters<typeof inspection>) => viewOf(inspection(...words), 'home');

  it('holds nothing of the environment', () => {
    expect(JSON.stringify(view({}))).not.toContain('hunter22');
    expect(view({})).toMatchObject({
      id: 'c1',
      name: 'longshore-web',
      identity: IDENTITY,
      startedAt: Date.parse('2026-11-23T06:41:29.123Z'),
    });
  });

  it.each([
    ['created', 'created', null],
    ['running', 'running', null],
    ['paused', 'running', null],
    ['restarting', 'running', null],
    ['removing', 'exited', 9],
    ['exited', 'exited', 9],
    ['dead', 'exited', 9],
  ])('%s is %s', (status, state, exitCode) => {
    expect(view({ Status: status, ExitCode: 9 })).toMatchObject({ state, exitCode });
  });

  it('has never started in the year 1', () => {
    expect(view({ Status: 'created', StartedAt: '0001-01-01T00:00:00Z' })?.startedAt).toBeNull();
  });

  it('shows each published port once, IPv4 first, in order of the container port', () => {
    const ports = {
      '8080/tcp': [
        { HostIp: '::', HostPort: '32770' },
        { HostIp: '0.0.0.0', HostPort: '32769' },
      ],
      '80/tcp': [
        { HostIp: '0.0.0.0', HostPort: '8000' },
        { HostIp: '::', HostPort: '8000' },
      ],
      '53/udp': [{ HostIp: '0.0.0.0', HostPort: '5353' }],
      '9/sctp': [{ HostIp: '0.0.0.0', HostPort: '9' }],
      '443/tcp': null,
    };
    expect(view({}, ports)?.ports).toEqual([
      { containerPort: 53, protocol: 'udp', hostPort: 5353 },
      { containerPort: 80, protocol: 'tcp', hostPort: 8000 },
      { containerPort: 8080, protocol: 'tcp', hostPort: 32769 },
      { containerPort: 8080, protocol: 'tcp', hostPort: 32770 },
    ]);
    expect(view({ Status: 'exited' }, ports)?.ports).toEqual([]);
  });

  it('is null for the container of another installation', () => {
    expect(viewOf(inspection({}), 'elsewhere')).toBeNull();
  });
});

describe('the create body', () => {
  it('publishes dynamic ports on the given address and fixed ones everywhere', () => {
    const ports = [
      { containerPort: 80, hostPort: 0, protocol: 'tcp' as const },
      { containerPort: 53, hostPort: 5353, protocol: 'udp' as const },
    ];
    const body = createBody({ ...SPEC, ports }, '127.0.0.1', '1.41');
    expect(body['HostConfig']).toMatchObject({
      RestartPolicy: { Name: 'no' },
      PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }], '53/udp': [{ HostIp: '0.0.0.0', HostPort: '5353' }] },
    });
    expect(body['ExposedPorts']).toEqual({ '80/tcp': {}, '53/udp': {} });
  });

  it('probes in the start period as often as after it, where the engine has a word for it', () => {
    const healthCheck = { command: ['CMD', 'true'], interval: 10, timeout: 2, retries: 3, startPeriod: 60 };
    expect(createBody({ ...SPEC, healthCheck }, '0.0.0.0', '1.43')['Healthcheck']).toEqual({
      ...{ Test: ['CMD', 'true'], Interval: 10_000_000_000, Timeout: 2_000_000_000, Retries: 3, StartPeriod: 60_000_000_000 },
    });
    expect(createBody({ ...SPEC, healthCheck }, '0.0.0.0', '1.44')['Healthcheck']).toMatchObject({ StartInterval: 10_000_000_000 });
  });

  it('leaves to the image what the author left out', () => {
    const body = createBody(SPEC, '0.0.0.0', '1.41');
    for (const word of ['Entrypoint', 'Cmd', 'WorkingDir', 'User', 'Healthcheck']) expect(body).not.toHaveProperty(word);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.8.8.8', '127.8.8.8'],
    ['203.0.113.9', '0.0.0.0'],
    ['docker.example', '0.0.0.0'],
  ])('an engine reached at %s publishes dynamic ports on %s', (address, published) => {
    expect(dynamicPortAddress(address)).toBe(published);
  });
});

describe('refusals', () => {
  const live = new AbortController().signal;
  const say = (error: unknown, signal = live) =>
    outcomeError(error, signal, 'create-container', () => 'CannotCreateContainerError', ['hunter22']);

  it.each([
    ['a refusal has the code of its call', new EngineRefusal(400, 'invalid mount'), 'CannotCreateContainerError'],
    ['a full disk is told by its words', new EngineRefusal(500, 'write /x: no space left on device'), 'DiskFull'],
    [
      'an engine of another version must be asked again',
      new EngineRefusal(400, 'client version 1.41 is too old. Minimum is 1.44'),
      'Unreachable',
    ],
    ['a broken connection leaves the effect unknown', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'Unreachable'],
    ['a defect of ours is not a broken connection', Object.assign(new TypeError('x is not a function'), { code: 'ERR' }), 'Failed'],
  ])('%s', (_, error, code) => {
    expect(say(error).code).toBe(code);
  });

  it('an aborted call is a timeout, unless the engine has answered', () => {
    const aborted = AbortSignal.abort();
    expect(say(new Error('aborted'), aborted).code).toBe('Timeout');
    expect(say(new EngineRefusal(400, 'invalid mount'), aborted).code).toBe('CannotCreateContainerError');
  });

  it('holds no environment value', () => {
    expect(say(new EngineRefusal(400, 'invalid environment variable: =hunter22')).message).toBe('invalid environment variable: =***');
    expect(withoutSecrets('A=1 on port 8081', ['1'])).toBe('A=*** on port 8081');
    expect(withoutSecrets('begins: line one', ['line one\nline two\n\nab'])).toBe('begins: ***');
    expect(
      withoutSecrets('user shop, password hunter22, port 5432, yes', ['{"user":"shop","password":"hunter22","port":5432,"tls":"yes"}']),
    ).toBe('user ***, password ***, port ***, yes');
    expect(withoutSecrets('a { b', ['{ not json'])).toBe('a { b');
    expect(withoutSecrets('=1 and =100, "1" and 21', ['1'])).toBe('=*** and =100, "***" and 21');
    expect(withoutSecrets('secret and secretive', ['secret', 'secretive', ''])).toBe('*** and ***');
  });
});

describe('a secret in another form', () => {
  const VALUE = 'quo"te\\back 42';
  it.each([
    ['as JSON', JSON.stringify({ VALUE })],
    ['as Node prints it', inspect({ VALUE })],
    ['in an address', `?q=${encodeURIComponent(VALUE)}`],
    ['in a form', `q=${new URLSearchParams([['q', VALUE]]).toString()}`],
    ['in base64', Buffer.from(VALUE).toString('base64')],
    ['in the base64 of addresses', Buffer.from(VALUE).toString('base64url')],
    ['in hexadecimal', Buffer.from(VALUE).toString('hex')],
  ])('%s', (_case, text) => {
    const clean = withoutSecrets(text, [VALUE]);
    expect(clean).toContain('***');
    expect(clean).not.toMatch(/quo|back|cXVv|71756f/);
  });

  it.each([
    ['host of an address', 'lookup SECRET-host.invalid: no such host', 'tcp://SECRET-host.invalid:5140', 'lookup ***: no such host'],
    ['login of an address', 'user shopper, password hunter%22', 'postgres://shopper:hunter%22@db.internal/shop', 'user ***, password ***'],
    ['key in an address', 'POST /services/T0000000KEYKEY', 'https://hooks.example/services/T0000000KEYKEY', 'POST /services/***'],
  ])('%s', (_case, text, value, expected) => {
    expect(withoutSecrets(text, [value])).toBe(expected);
  });
});

describe('lines of JSON', () => {
  const read = async (chunks: readonly (string | Buffer)[]): Promise<unknown[]> => {
    const values: unknown[] = [];
    for await (const value of jsonLines(Readable.from(chunks))) values.push(value);
    return values;
  };

  it('come out whole, however they are cut', async () => {
    const text = Buffer.from('{"a":"é€"}\n{"b":2}\n\n{"c":3}');
    for (let at = 0; at <= text.length; at++)
      expect(await read([text.subarray(0, at), text.subarray(at)])).toEqual([{ a: 'é€' }, { b: 2 }, { c: 3 }]);
  });

  it('are refused when they are none', async () => {
    await expect(read(['<html>\n'])).rejects.toThrow(SyntaxError);
    await expect(read(['x'.repeat(1_048_577)])).rejects.toThrow(/exceeds/);
  });
});

describe('a host port that is taken is told by its instance and number', () => {
  it.each([
    [
      8080,
      'driver failed programming external connectivity on endpoint web (1a2b): Bind for 0.0.0.0:8080 failed: port is already allocated',
    ],
    [
      8443,
      'failed to set up container networking: driver failed programming external connectivity on endpoint web (1a2b): failed to bind host port 0.0.0.0:8443/tcp: address already in use',
    ],
    [
      53,
      'driver failed programming external connectivity on endpoint web: failed to bind host port for 0.0.0.0:53:172.17.0.2:53/udp: address already in use',
    ],
    [9000, 'Error starting userland proxy: listen tcp6 [::]:9000: bind: address already in use'],
  ])('%s', (port, words) => {
    expect(takenPort(words, 'east')).toMatch(`host port ${port} of container instance east is taken by something else: free it there (`);
  });

  it('or without its number, where the engine does not say it', () => {
    expect(takenPort('bind: address already in use', 'east')).toMatch(/^a host port of container instance east is taken/);
    expect(takenPort('all ports are allocated', 'east')).toMatch(/^container instance east has no free host port left/);
  });
});
