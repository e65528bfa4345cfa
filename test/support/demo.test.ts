// The demo application as a process, and the archive that its images are loaded from. The images themselves run in the engine's contract.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import tar from 'tar-stream';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { archiveOf, layerOf, tarOf } from '../../scripts/image-archive.mjs';

const SERVER = fileURLToPath(new URL('../../scripts/demo/server.mjs', import.meta.url));
let child: ChildProcess;

async function demo(environment: Record<string, string> = {}): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  child = spawn(process.execPath, [SERVER], {
    env: { PORT: String(port), VERSION: '7', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout) await once(child.stdout, 'data');
  return `127.0.0.1:${port}`;
}
const exited = async (): Promise<unknown> => (child.exitCode ?? child.signalCode ?? (await once(child, 'exit'))[0]) as unknown;

describe('the demo server', () => {
  afterEach(() => child.kill('SIGKILL'));

  it('says its version and whether it is healthy', async () => {
    const address = await demo();
    const response = await fetch(`http://${address}/shop`);
    expect(await response.json()).toMatchObject({ version: '7', path: '/shop' });
    expect((await fetch(`http://${address}/healthz`)).status).toBe(200);
  });

  it('is unhealthy on request', async () => {
    const address = await demo({ UNHEALTHY: '1' });
    expect((await fetch(`http://${address}/healthz`)).status).toBe(500);
  });

  it('finishes the request under way when it is asked to stop, and then ends with 0', async () => {
    const address = await demo();
    const slow = fetch(`http://${address}/?delay=400`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    child.kill('SIGTERM');
    expect((await slow).status).toBe(200);
    const from = performance.now();
    expect(await exited()).toBe(0);
    expect(performance.now() - from).toBeLessThan(2_000);
  });

  it('ends at once when it is idle, and with the code that it is given', async () => {
    await demo();
    const from = performance.now();
    child.kill('SIGTERM');
    expect(await exited()).toBe(0);
    expect(performance.now() - from).toBeLessThan(2_000);
    await demo({ EXIT_AFTER_MS: '200', EXIT_CODE: '3' });
    expect(await exited()).toBe(3);
  });

  it('echoes WebSocket messages of every size class and says goodbye when it stops', async () => {
    const socket = new WebSocket(`ws://${await demo()}/`);
    await once(socket, 'open');
    for (const size of [0, 125, 126, 40_000]) {
      socket.send('x'.repeat(size));
      const [data] = (await once(socket, 'message')) as [Buffer];
      expect(data.length).toBe(size);
    }
    socket.ping('still there');
    expect(String((await once(socket, 'pong'))[0])).toBe('still there');
    child.kill('SIGTERM');
    expect((await once(socket, 'close'))[0]).toBe(1001);
    expect(await exited()).toBe(0);
  });
});

describe('the image archive', () => {
  const entries = [
    { name: 'app', type: 'directory' as const },
    { name: 'app/run', data: Buffer.from('x'.repeat(700)), mode: 0o755 },
    { name: 'app/link', type: 'link' as const, target: 'run' },
  ];
  const image = (reference: string) => ({ reference, layers: [layerOf(entries)], config: { Cmd: ['/app/run'] } });

  it('is a tar that another implementation reads', async () => {
    const seen: unknown[] = [];
    const extract = tar.extract();
    Readable.from(tarOf(entries)).pipe(extract);
    for await (const entry of extract) {
      let size = 0;
      for await (const chunk of entry) size += chunk.length;
      seen.push([entry.header.type, entry.header.name, entry.header.mode, entry.header.linkname ?? null, size]);
    }
    expect(seen).toEqual([
      ['directory', 'app/', 0o755, null, 0],
      ['file', 'app/run', 0o755, null, 700],
      ['symlink', 'app/link', 0o755, 'run', 0],
    ]);
  });

  it('is the same for the same input, and holds a shared layer once', () => {
    const two = Buffer.concat(archiveOf([image('a:1'), image('a:2')], 'amd64'));
    expect(Buffer.concat(archiveOf([image('a:1'), image('a:2')], 'amd64')).equals(two)).toBe(true);
    const layer = `${image('a:1').layers[0]?.digest}.tar\0`;
    expect(two.toString('latin1').split(layer)).toHaveLength(2);
  });
});
