// The metadata endpoint over a real socket, with an engine that is a plain object: who may ask what, how often, and what it says when it can not.
import { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { containerView, container, identity, instance, ledger, observed, task, world } from '../build.ts';
import { endpointsOf } from '../../src/api/metadata-endpoint.ts';
import { fakeDoor } from './fake-door.ts';
import { rateOf } from '../../src/api/rate.ts';
import { serveMetadata, type OpenMetadata } from '../../src/api/metadata.ts';
import type { ContainerFacts } from '../../src/model/task/task-metadata.ts';
import type { CredentialsSource, FactsSource, Log } from '../../src/daemon/ports.ts';

const ENDPOINTS = endpointsOf(new Uint8Array(32).fill(7));
const OWN = identity({ slot: 1 });
const OTHER = identity({ slot: 2 });
const ROLE = 'arn:aws:iam::123456789012:role/web';
const NO_CREDENTIALS: CredentialsSource = { has: () => false, read: () => Promise.resolve(null) };
const opened: OpenMetadata[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const factsOf = (id: string): ContainerFacts => ({
  ...{
    id,
    name: id,
    imageId: 'sha256:1',
    labels: {},
    state: 'running',
    exitCode: null,
    createdAt: null,
    startedAt: null,
    finishedAt: null,
  },
  ...{ ports: [], networks: [], volumes: [], logDriver: '', health: null },
});

const WORLD = world({
  observed: observed([instance('local', [containerView(OWN, { id: 'own' }), containerView(OTHER, { id: 'other' })])]),
  ledger: ledger({
    revisions: [
      {
        ...{ id: 'web:1', family: 'web', number: 1, hash: 'v1:spec' },
        spec: { family: 'web', taskRoleArn: ROLE, containerDefinitions: [container('main', 'web:1')] },
      },
    ],
    tasks: [task({ slot: 1 }), task({ slot: 2 })],
  }),
});

interface Bench {
  readonly get: (path: string, method?: string) => Promise<{ status: number; body: unknown }>;
  readonly asked: string[];
  readonly logged: readonly unknown[];
  /** Lets time pass (ms). */
  readonly pass: (ms: number) => void;
  readonly open: OpenMetadata;
}

/** Two ends of a connection in memory, as a relay has them. */
function pipe(): [Duplex, Duplex] {
  const ends: Duplex[] = [];
  for (const other of [1, 0])
    ends.push(
      new Duplex({
        read: () => undefined,
        write: (chunk: Buffer, _encoding, done) => {
          ends[other]?.push(chunk);
          done();
        },
        final: (done) => {
          ends[other]?.push(null);
          done();
        },
      }),
    );
  return ends as [Duplex, Duplex];
}

/** The first line of the answer to a question that a relay on an instance carries. */
async function carriedAnswer(open: OpenMetadata, instanceId: string, path: string): Promise<string> {
  const [here, there] = pipe();
  open.serve(there, instanceId);
  here.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of here as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8').split('\r\n')[0] ?? '';
}

async function bench(source: Partial<FactsSource> = {}, attached = true, credentials: Partial<CredentialsSource> = {}): Promise<Bench> {
  const asked: string[] = [];
  let now = 0;
  const sources = new Map<string, FactsSource>([
    [
      'local',
      {
        facts: (id) => {
          asked.push(id);
          return Promise.resolve(factsOf(id));
        },
        stats: (id) => Promise.resolve({ id, networks: { eth0: { rx_bytes: now * 2, tx_bytes: now } } }),
        ...source,
      },
    ],
  ]);
  const logged: unknown[] = [];
  const log: Log = { write: (...words) => void logged.push(words) };
  const endpoint = { address: '127.0.0.1', port: 0, endpoints: ENDPOINTS };
  const open = await serveMetadata({ ...endpoint, sources, credentials: { ...NO_CREDENTIALS, ...credentials }, log, now: () => now });
  opened.push(open);
  if (attached) open.attach(fakeDoor({ world: WORLD }));
  const get: Bench['get'] = async (path, method = 'GET') => {
    const answer = await fetch(`http://127.0.0.1:${open.port}${path}`, { method });
    return { status: answer.status, body: await answer.json() };
  };
  return { get, asked, logged, open, pass: (ms) => void (now += ms) };
}

const own = (question = ''): string => `/v4/${ENDPOINTS.id('container', OWN.task, 'main')}${question}`;

describe('the metadata endpoint', () => {
  it.each(['', '/'])('tells a container of itself at its address%s', async (slash) => {
    const { get } = await bench();
    expect(await get(own(slash))).toMatchObject({ status: 200, body: { DockerId: 'own', Name: 'main', Image: 'web:1' } });
  });

  it.each(['/task', '/taskWithTags'])('tells it of its task, and of no other one, at %s', async (question) => {
    const { get } = await bench();
    const { status, body } = await get(own(question));
    expect(status).toBe(200);
    expect(body).toMatchObject({ Family: 'web', Containers: [{ DockerId: 'own' }] });
    expect(JSON.stringify(body)).not.toContain(OTHER.task);
  });

  it('measures, and tells what went over the network since', async () => {
    const { get, pass } = await bench();
    expect((await get(own('/stats'))).body).toEqual({ id: 'own', networks: { eth0: { rx_bytes: 0, tx_bytes: 0 } } });
    pass(2_000);
    expect((await get(own('/stats'))).body).toMatchObject({ network_rate_stats: { rx_bytes_per_sec: 4_000 / 2, tx_bytes_per_sec: 1_000 } });
    expect((await get(own('/task/stats'))).body).toMatchObject({ own: { id: 'own' } });
  });

  const [mac] = own().split('-').slice(-1);
  it.each([
    ['the mac of another task', `/v4/${OTHER.task}-${mac}`],
    ['a mac that is one digit off', `${own().slice(0, -1)}${own().endsWith('0') ? '1' : '0'}`],
    ['a mac of another kind', `/v4/${ENDPOINTS.id('credentials', OWN.task, 'main')}`],
    ['the mac of a container that the task has not', `/v4/${ENDPOINTS.id('container', OWN.task, 'side')}`],
    ['the mac of another installation', `/v4/${endpointsOf(new Uint8Array(32)).id('container', OWN.task, 'main')}`],
    ['a task without a mac', `/v4/${OWN.task}`],
    ['nothing', '/'],
    ['a list', '/v4'],
    ['a question that there is not', own('/tasks')],
    ['a path that climbs', `/v4/${OTHER.task}/../${OWN.task}`],
  ])('knows nothing at %s', async (_, path) => {
    const { get, asked } = await bench();
    expect(await get(path)).toMatchObject({ status: 404, body: { code: 'NotFound' } });
    expect(asked).toEqual([]);
  });

  it('refuses anything but a question', async () => {
    const { get } = await bench();
    expect(await get(own(), 'POST')).toMatchObject({ status: 405 });
  });

  it('asks the engine once for many who ask at the same moment', async () => {
    const { get, asked } = await bench();
    await Promise.all(Array.from({ length: 20 }, async () => get(own())));
    expect(asked.length).toBeLessThan(5);
  });

  it('answers 60 questions at once and 40 a second of a task, and goes on answering another one', async () => {
    const { get, pass } = await bench();
    const statuses = async (count: number): Promise<number[]> => {
      const answers = await Promise.all(Array.from({ length: count }, async () => get(own())));
      return answers.map(({ status }) => status).filter((status) => status === 200);
    };
    expect(await statuses(70)).toHaveLength(60);
    expect(await get(own())).toMatchObject({ status: 429, body: { code: 'TooManyRequests' } });
    expect(await get(`/v4/${ENDPOINTS.id('container', OTHER.task, 'main')}`)).toMatchObject({ status: 200 });
    pass(1_000);
    expect(await statuses(60)).toHaveLength(40);
  });

  it('is not ready before a daemon is behind it', async () => {
    const { get } = await bench({}, false);
    expect(await get(own())).toMatchObject({ status: 503, body: { code: 'NotReady' } });
  });

  it('says that an engine is away, and nothing of why', async () => {
    const { get } = await bench({ facts: () => Promise.reject(new Error('connect ENOENT /run/secret.sock')) });
    const answer = await get(own());
    expect(answer).toMatchObject({ status: 503, body: { code: 'EngineUnavailable' } });
    expect(JSON.stringify(answer.body)).not.toContain('secret');
  });
});

describe('the credentials of a task', () => {
  const path = `/v2/credentials/${ENDPOINTS.id('credentials', OWN.task, '')}`;
  const given = { roleArn: ROLE, accessKeyId: 'AKIA1', secretAccessKey: 'hush', token: 'token', expiration: Date.UTC(2026, 0, 1, 1) };

  it('are those of its role, in the words of ECS', async () => {
    const roles: string[] = [];
    const read = (role: string) => {
      roles.push(role);
      return Promise.resolve(given);
    };
    const { get, logged } = await bench({}, true, { read });
    expect(await get(path)).toEqual({
      status: 200,
      body: { RoleArn: ROLE, AccessKeyId: 'AKIA1', SecretAccessKey: 'hush', Token: 'token', Expiration: '2026-01-01T01:00:00Z' },
    });
    expect(roles).toEqual([ROLE]);
    expect(JSON.stringify(logged)).not.toMatch(/hush|AKIA1|"token"/);
  });

  it.each([
    ['no id', '/v2/credentials', 'NoIdInRequest'],
    ['no id behind a slash', '/v2/credentials/', 'NoIdInRequest'],
    ['a guess', `/v2/credentials/${OWN.task}`, 'InvalidIdInRequest'],
    ['the id of the metadata', `/v2/credentials/${ENDPOINTS.id('container', OWN.task, 'main')}`, 'InvalidIdInRequest'],
    ['the mac of another task', path.replace(OWN.task, OTHER.task), 'InvalidIdInRequest'],
  ])('are refused to %s', async (_, asked, code) => {
    const { get } = await bench({}, true, { read: () => Promise.resolve(given) });
    expect(await get(asked)).toMatchObject({ status: 400, body: { code } });
  });

  it('are not there where none are configured', async () => {
    const { get } = await bench();
    expect(await get(path)).toMatchObject({ status: 503, body: { code: 'NoCredentialsAssociated' } });
  });

  it('that can not be had are told to the operator once a minute, and to nobody why', async () => {
    const { get, logged, pass } = await bench({}, true, { read: () => Promise.reject(new Error('/etc/web.json has expired')) });
    const answer = await get(path);
    expect(answer).toMatchObject({ status: 503, body: { code: 'CredentialsUninitialized' } });
    expect(JSON.stringify(answer)).not.toContain('web.json');
    await get(path);
    expect(logged).toEqual([['warn', 'credentials of a role can not be had', { role: ROLE, reason: '/etc/web.json has expired' }]]);
    pass(60_000);
    await get(path);
    expect(logged).toHaveLength(2);
  });

  it('count as questions of the task', async () => {
    const { get } = await bench();
    for (let asked = 0; asked < 60; asked++) await get(path);
    expect(await get(path)).toMatchObject({ status: 429 });
    expect(await get(own())).toMatchObject({ status: 429 });
  });
});

describe('what a relay carries', () => {
  const path = `/v2/credentials/${ENDPOINTS.id('credentials', OWN.task, '')}`;

  it('is answered for tasks of its own instance, and for no other one, whatever they know', async () => {
    const { open } = await bench({}, true, { read: () => Promise.reject(new Error('none')) });
    expect(await carriedAnswer(open, 'local', own('/task'))).toBe('HTTP/1.1 200 OK');
    expect(await carriedAnswer(open, 'far', own('/task'))).toBe('HTTP/1.1 404 Not Found');
    expect(await carriedAnswer(open, 'local', path)).toBe('HTTP/1.1 503 Service Unavailable');
    expect(await carriedAnswer(open, 'far', path)).toBe('HTTP/1.1 400 Bad Request');
  });
});

describe('a rate', () => {
  it('forgets who has not asked for long, when there are many', () => {
    const rate = rateOf(1, 2, 2);
    expect([rate.take('a', 0), rate.take('a', 0), rate.take('a', 0)]).toEqual([true, true, false]);
    expect([rate.take('b', 0), rate.take('c', 10_000), rate.take('a', 10_000)]).toEqual([true, true, true]);
  });
});
