// scripts/engine.mjs without an engine: what it reuses, and the one clear line when it refuses. Starting dockerd itself is what every test with a
// real engine does first.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  callEngine,
  EngineUnavailable,
  engineAnswers,
  enginePaths,
  engineStatus,
  ensureEngine,
  stopEngine,
} from '../../scripts/engine.mjs';

let folder: string;
let server: ReturnType<typeof createServer>;
let socketPath: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'engine-'));
  socketPath = join(folder, 's');
  server = createServer((request, response) => {
    if (request.url === '/slow') return;
    response.writeHead(request.url === '/_ping' ? 200 : 404).end('OK');
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

it('reuses the engine that LONGSHORE_DOCKER_SOCKET or DOCKER_HOST names', async () => {
  expect(await ensureEngine({ LONGSHORE_DOCKER_SOCKET: socketPath })).toEqual({ socketPath, ours: false });
  expect(await ensureEngine({ DOCKER_HOST: `unix://${socketPath}` })).toEqual({ socketPath, ours: false });
  expect(await engineStatus({ DOCKER_HOST: `unix://${socketPath}` })).toEqual({ socketPath, ours: false });
});

it('starts nothing beside an engine that was named but does not answer, nor beside a remote one', async () => {
  const absent = ensureEngine({ LONGSHORE_DOCKER_SOCKET: join(folder, 'absent') });
  await expect(absent).rejects.toThrow(EngineUnavailable);
  await expect(absent).rejects.toThrow(/no engine answers there/);
  await expect(ensureEngine({ DOCKER_HOST: 'tcp://127.0.0.1:2375' })).rejects.toThrow(/DOCKER_HOST names a remote engine/);
});

it('stops nothing that it did not start', async () => {
  expect(await stopEngine({ LONGSHORE_ENGINE_DIR: folder, DOCKER_HOST: `unix://${socketPath}` })).toBe('no engine of ours is running');
  expect(await engineAnswers(socketPath)).toBe('yes');
});

it('keeps the socket of each state directory apart, and its path short', () => {
  const own = enginePaths({ LONGSHORE_ENGINE_DIR: `/var/${'long/'.repeat(30)}` });
  expect(own.socketPath).not.toBe(enginePaths({}).socketPath);
  expect(own.socketPath.length).toBeLessThan(108);
});

it('gives a silent engine up after its limit', async () => {
  await expect(callEngine(socketPath, '/slow', { limitMs: 50 })).rejects.toThrow('no answer within 50 ms');
});
