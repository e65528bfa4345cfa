// A real engine for tests: found or started by scripts/engine.mjs, with the test images on it. Everything that a test makes carries its own
// installation label, so that tests share an engine without seeing each other and clean up what is theirs only.
import { createServer } from 'node:net';
import { callEngine, ensureEngine } from '../../scripts/engine.mjs';
import { LABEL_INSTALLATION } from '../../src/model/turn/identity.ts';
import { ensureImages } from './images.ts';

const LOWEST_PORT = 20_000;
/** Below 32768, where Docker and the kernel begin to hand out ports by themselves. */
const HIGHEST_PORT = 32_000;
let installations = 0;
let nextPort = LOWEST_PORT + (process.pid % 1_000) * 12;

/** The socket of an engine that answers and has the test images. Fails with one clear line when there is none. */
export async function engineForTests(): Promise<string> {
  const { socketPath } = await ensureEngine();
  await ensureImages(socketPath);
  return socketPath;
}

/** An installation id that no other test uses at the same time. */
export function newInstallation(): string {
  return `test-${process.pid}-${installations++}`;
}

/** Removes every container, volume and network of an installation. */
export async function removeInstallation(socketPath: string, installation: string): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${LABEL_INSTALLATION}=${installation}`] }));
  const containers = await engineJson<{ Id: string }[]>(socketPath, `/containers/json?all=1&filters=${filters}`);
  await Promise.all(containers.map(({ Id }) => removeContainer(socketPath, Id)));
  const { Volumes } = await engineJson<{ Volumes: { Name: string }[] | null }>(socketPath, `/volumes?filters=${filters}`);
  for (const { Name } of Volumes ?? []) await engineJson(socketPath, `/volumes/${Name}`, 'DELETE');
  const networks = await engineJson<{ Id: string }[]>(socketPath, `/networks?filters=${filters}`);
  for (const { Id } of networks) await engineJson(socketPath, `/networks/${Id}`, 'DELETE');
}

/** Removes a container by id or name, running or not; one that is gone is as good. */
export async function removeContainer(socketPath: string, idOrName: string): Promise<void> {
  const { status, body } = await callEngine(socketPath, `/containers/${idOrName}?force=1&v=1`, { method: 'DELETE', limitMs: 20_000 });
  if (![204, 404, 409].includes(status)) throw new Error(`removal of ${idOrName}: ${status} ${body.trim()}`);
}

/** One call past the adapter; rejects on a refusal. */
export async function engineJson<T>(socketPath: string, path: string, method = 'GET', sent?: unknown): Promise<T> {
  const { status, body } = await callEngine(socketPath, path, { method, limitMs: 20_000, body: sent });
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${body.trim()}`);
  return (body.trim() === '' ? null : JSON.parse(body)) as T;
}

/** A port that nothing on this machine listens on, different at each call. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    nextPort = nextPort >= HIGHEST_PORT ? LOWEST_PORT : nextPort + 1;
    if (await isFree(nextPort)) return nextPort;
  }
  throw new Error('no free port among 100');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
  });
}
