// The ways to an engine of another machine when they misbehave: every call ends, with words that say what broke; nothing has to be told to connect
// again; what fails on one way costs nothing on another.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engineClient, type Client } from '../../../../src/adapters/docker/client.ts';
import { engineForTests, engineJson, removeContainer } from '../../../support/engine.ts';
import { IMAGE } from '../../../support/images.ts';
import { openExec } from '../../../../src/adapters/docker/exec.ts';
import { QUICK, sshWay, tlsWay, type SshConnection, type Way } from '../../../support/ways.ts';
import { startSshd, whyNoSshd, type Sshd } from '../../../support/sshd.ts';
import type { EngineConnection } from '../../../../src/model/cluster/engine-endpoint.ts';

const socketPath = await engineForTests();
const why = whyNoSshd();
const PATIENCE_MS = 20_000;
const patience = (ms = PATIENCE_MS): AbortSignal => AbortSignal.timeout(ms);
const list = (client: Client, signal = patience()): Promise<unknown[]> => client.call({ method: 'GET', path: '/containers/json' }, signal);
/** Why a call failed, and after how many milliseconds. */
const failure = async (call: Promise<unknown>): Promise<{ readonly said: string; readonly ms: number }> => {
  const began = performance.now();
  const said = await call.then(
    () => 'it did not fail',
    (error: Error) => error.message,
  );
  return { said, ms: performance.now() - began };
};

/** A container that serves, for calls that wait for it. */
let container: string;
beforeAll(async () => {
  const { Id } = await engineJson<{ Id: string }>(socketPath, '/containers/create', 'POST', { Image: IMAGE });
  await engineJson(socketPath, `/containers/${Id}/start`, 'POST');
  container = Id;
});
afterAll(() => removeContainer(socketPath, container));

/** Answers when the container ends: never. */
const wait = (client: Client, signal: AbortSignal): Promise<unknown> =>
  client.call({ method: 'POST', path: `/containers/${container}/wait`, long: true }, signal);

/** What holds over any way. */
function holds(makeWay: () => Promise<Way>): void {
  let way: Way;
  let client: Client;
  beforeEach(async () => {
    way = await makeWay();
    client = engineClient(way.connection, QUICK);
  });
  afterEach(async () => {
    client.close();
    await way.close();
  });

  it('ends calls under way when the connection is cut, and connects again with the next call', async () => {
    await list(client);
    const waits = [wait(client, patience()), wait(client, patience())].map(failure);
    const events = await client.stream({ method: 'GET', path: '/events' }, patience());
    const following = failure(events.forEach(() => undefined));
    way.faults.cut();
    for (const { said, ms } of await Promise.all([...waits, following])) {
      expect(said).toMatch(/broke|aborted/);
      expect(ms).toBeLessThan(PATIENCE_MS / 2);
    }
    expect(await list(client)).toBeInstanceOf(Array);
  });

  it('leaves a call over a frozen connection to its signal, pings and sessions as well', async () => {
    await list(client);
    await client.ping(patience());
    way.faults.freeze();
    const signal = AbortSignal.timeout(500);
    const request = { command: ['true'], stdin: false, tty: false, columns: 80, rows: 24 };
    const calls = [list(client, signal), client.ping(signal), client.hijack('/exec/0/start', {}, signal), wait(client, signal)];
    calls.push(openExec(client, container, request, signal));
    for (const { said, ms } of await Promise.all(calls.map(failure))) {
      expect(said).toMatch(/timeout|broke/);
      expect(ms).toBeLessThan(PATIENCE_MS / 2);
    }
    way.faults.heal();
    await expect.poll(() => list(client).then(Array.isArray, () => false), { timeout: PATIENCE_MS }).toBe(true);
  });

  it('says within its own time that nobody answers, and that nobody is there', async () => {
    way.faults.freeze();
    const impatient = engineClient(way.connection, { ...QUICK, connectMs: 400 });
    const { said, ms } = await failure(list(impatient));
    impatient.close();
    expect(said).toMatch(/did not answer within 0.4 s|did not let us in within 0.4 s/);
    expect(ms).toBeLessThan(PATIENCE_MS / 2);
    way.faults.heal();
    way.faults.refuse();
    expect((await failure(list(client))).said).toMatch(/hangs up|hung up|disconnected|ECONNRESET/);
    way.faults.heal();
    expect(await list(client)).toBeInstanceOf(Array);
  });

  it('costs an engine that is well no delay', async () => {
    const well = engineClient({ kind: 'unix', path: socketPath }, QUICK);
    await Promise.all([list(well), list(client)]);
    const quiet = await took(() => list(well));
    way.faults.freeze();
    const calls = Array.from({ length: 40 }, () => failure(list(client, AbortSignal.timeout(3_000))));
    const beside = await took(() => list(well));
    well.close();
    // A busy machine may take its time for anything; what waited for the frozen engine would have taken 3 s.
    expect(beside).toBeLessThan(Math.max(1_500, quiet * 10));
    await Promise.all(calls);
  });

  it('carries much in both directions, and a reader that does not read holds up nobody else', { timeout: 120_000 }, async () => {
    const request = {
      command: ['/usr/bin/node', '-e', 'process.stdin.pipe(process.stdout)'],
      stdin: true,
      tty: false,
      columns: 80,
      rows: 24,
    };
    const unread = await openExec(
      client,
      container,
      { ...request, command: ['/bin/sh', '-c', 'cat /dev/zero'], stdin: false },
      patience(100_000),
    );
    const session = await openExec(client, container, request, patience(100_000));
    const sent = Buffer.alloc(3_000_000, 'abcdefghijk');
    const writing = (async () => {
      for (let at = 0; at < sent.length; at += 50_000) await session.write(sent.subarray(at, at + 50_000));
      session.end();
    })();
    const got: Uint8Array[] = [];
    for await (const { bytes } of session.output) got.push(bytes);
    await writing;
    expect(Buffer.concat(got).equals(sent)).toBe(true);
    expect(await session.exitCode()).toBe(0);
    expect(await list(client)).toBeInstanceOf(Array);
    unread.close();
  });

  it('opens nothing after it was closed', async () => {
    await list(client);
    client.close();
    expect((await failure(list(client))).said).not.toBe('it did not fail');
  });
}

const took = async (call: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await call();
  return performance.now() - began;
};

describe('over mutual TLS', () => holds(() => tlsWay(socketPath)));

if (why === null) {
  const sshd: Sshd = await startSshd();
  afterAll(() => sshd.close());
  describe('over ssh', () => {
    holds(() => sshWay(sshd, socketPath));
    sshAlone(sshd);
  });
} else {
  describe('over ssh', () => it('is left out', ({ skip }) => skip(why)));
}

/** What is said of one connection for all calls. */
function sshAlone(sshd: Sshd): void {
  let way: Way<SshConnection>;
  let client: Client;
  const connect = (changed: Partial<EngineConnection> = {}, limits = QUICK): Client =>
    engineClient({ ...way.connection, ...changed } as EngineConnection, limits);
  beforeEach(async () => {
    way = await sshWay(sshd, socketPath);
    client = connect();
  });
  afterEach(async () => {
    client.close();
    await way.close();
  });

  it('logs in once for any number of calls and streams', async () => {
    const before = sshd.logins();
    await Promise.all([client.ping(patience()), ...Array.from({ length: 60 }, () => list(client))]);
    const streams = await Promise.all(Array.from({ length: 30 }, () => client.stream({ method: 'GET', path: '/events' }, patience())));
    for (let call = 0; call < 30; call++) await list(client);
    for (const stream of streams) stream.destroy();
    expect(sshd.logins() - before).toBe(1);
  });

  it('notices by itself that the other side is frozen, and ends every call at once', async () => {
    await list(client);
    const call = failure(wait(client, patience()));
    way.faults.freeze();
    const { said, ms } = await call;
    expect(said).toMatch(/the ssh connection broke: 127.0.0.1 has not answered for some 4 s/);
    expect(ms).toBeLessThan(PATIENCE_MS / 2);
  });

  it('ends a call whose answer had begun, which node:http alone would leave pending', async () => {
    const before = sshd.logins();
    await list(client);
    // The head of the answer comes at once, its end with the end of the container.
    const events = client.call({ method: 'GET', path: '/events', long: true }, patience());
    const call = failure(events);
    await new Promise((resolve) => setTimeout(resolve, 300));
    way.faults.cut();
    const { said, ms } = await call;
    expect(said).toContain('the ssh connection broke');
    expect(ms).toBeLessThan(PATIENCE_MS / 2);
    await list(client);
    expect(sshd.logins() - before).toBe(2);
  });

  it('has a limit of streams, and says so', async () => {
    const narrow = connect({}, { ...QUICK, channels: 3 });
    await list(narrow);
    const events = (): Promise<unknown> => narrow.stream({ method: 'GET', path: '/events' }, patience());
    await Promise.all([events(), events()]);
    const { said } = await failure(events());
    expect(await list(narrow)).toBeInstanceOf(Array);
    narrow.close();
    expect(said).toContain('3 streams are open over this connection');
  });

  it('goes on after its sshd was killed and started again', async () => {
    await list(client);
    const call = failure(wait(client, patience()));
    sshd.signal('SIGKILL');
    expect((await call).said).toContain('the ssh connection broke');
    await sshd.restart([]);
    expect(await list(client)).toBeInstanceOf(Array);
  });
}
