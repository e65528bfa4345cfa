// Where the output of containers goes with ECS's log drivers, on a real engine: to servers of this test, each of which speaks enough of its
// protocol to be written to. journald needs a systemd, which not every test machine has: settings.test.ts shows what is asked for.
import { afterAll, expect, it } from 'vitest';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { RUN_LIMIT_MS, definitionRunner } from '../../support/definition-runner.ts';
import { engineJson } from '../../support/engine.ts';
import { proves } from '../../proves.ts';

/** A server: where it is reached, and what has been written to it. */
interface Sink {
  readonly port: number;
  readonly got: () => string;
}

const runner = await definitionRunner();
const closing: (() => void)[] = [];
afterAll(async () => {
  for (const close of closing) close();
  await runner.dispose();
});

async function datagrams(): Promise<Sink> {
  let got = '';
  const socket = createSocket('udp4', (bytes) => (got += bytes.toString()));
  closing.push(() => socket.close());
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { port: socket.address().port, got: () => got };
}

async function stream(): Promise<Sink> {
  let got = '';
  const server = createServer((socket) => socket.on('data', (bytes) => (got += bytes.toString('latin1'))).on('error', () => undefined));
  closing.push(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { port: (server.address() as AddressInfo).port, got: () => got };
}

async function web(): Promise<Sink> {
  let got = '';
  const server = createHttpServer((request, response) => {
    got += String(request.headers.authorization);
    request.on('data', (bytes: Buffer) => (got += bytes.toString())).on('end', () => response.end('{}'));
  });
  closing.push(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { port: (server.address() as AddressInfo).port, got: () => got };
}

/** Runs a container that says `text`, and waits for its end. */
async function says(text: string, fields: object): Promise<string> {
  const made = runner.specOf({ entryPoint: ['/usr/bin/node', '-e', `console.log('${text}')`], command: [], ...fields });
  const id = (await runner.create(made)).container?.id ?? '';
  expect((await runner.start(made, id)).error).toBeNull();
  await engineJson(runner.socketPath, `/containers/${id}/wait`, 'POST');
  return id;
}

it('the output of a container reaches the log service that its driver and options name', { timeout: RUN_LIMIT_MS * 2 }, async () => {
  proves('containerDefinitions[].logConfiguration.{logDriver: syslog,logDriver: fluentd,logDriver: gelf,logDriver: splunk,options}');
  const [syslog, fluentd, gelf, splunk] = [await datagrams(), await stream(), await datagrams(), await web()];
  const to = (logDriver: string, options: object): object => ({ logConfiguration: { logDriver, options } });
  await Promise.all([
    says('one to syslog', to('syslog', { 'syslog-address': `udp://127.0.0.1:${syslog.port}`, tag: 'shop' })),
    says('two to fluentd', to('fluentd', { 'fluentd-address': `tcp://127.0.0.1:${fluentd.port}`, tag: 'shop' })),
    says('three to gelf', to('gelf', { 'gelf-address': `udp://127.0.0.1:${gelf.port}`, 'gelf-compression-type': 'none', tag: 'shop' })),
    says(
      'four to splunk',
      to('splunk', { 'splunk-url': `http://127.0.0.1:${splunk.port}`, 'splunk-token': 'a-token', 'splunk-verify-connection': 'false' }),
    ),
  ]);
  const poll = { timeout: RUN_LIMIT_MS };
  await expect.poll(syslog.got, poll).toMatch(/shop\[\d+\]: one to syslog/);
  await expect.poll(fluentd.got, poll).toMatch(/shop[^]*two to fluentd/);
  await expect.poll(gelf.got, poll).toMatch(/"short_message":"three to gelf"[^]*"_tag":"shop"/);
  await expect.poll(splunk.got, poll).toMatch(/Splunk a-token[^]*four to splunk/);
});

it('the output of a container is kept by a driver that ECS does not know, and can be read', { timeout: RUN_LIMIT_MS * 2 }, async () => {
  proves('containerDefinitions[].x-longshore.logging.{driver,options}');
  const id = await says('five', { 'x-longshore': { logging: { driver: 'local', options: { 'max-size': '1m' } } } });
  const { HostConfig } = await engineJson<{ HostConfig: { LogConfig: object } }>(runner.socketPath, `/containers/${id}/json`);
  expect(HostConfig.LogConfig).toEqual({ Type: 'local', Config: { 'max-size': '1m' } });
  const lines: string[] = [];
  const query = { since: null, tail: null, follow: false };
  for await (const { text } of runner.engine.logs(id, query, AbortSignal.timeout(RUN_LIMIT_MS))) lines.push(text);
  expect(lines).toEqual(['five']);
});
