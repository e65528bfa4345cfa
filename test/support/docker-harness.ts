// The adapter over a real engine as the contract's harness: each case gets an installation of its own and leaves nothing behind.
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { callEngine } from '../../scripts/engine.mjs';
import { dockerEngine } from '../../src/adapters/docker/engine.ts';
import type { Engine, FactsSource, Log } from '../../src/daemon/ports.ts';
import type { EngineConnection } from '../../src/model/cluster/engine-endpoint.ts';
import type { RegistryLogins } from '../../src/adapters/registry/logins.ts';
import type { EngineHarness } from '../contract/engine.ts';
import { TOLD } from '../contract/logs.ts';
import { engineJson, freePort, newInstallation, removeContainer, removeInstallation } from './engine.ts';
import { type TestRegistry, testRegistry } from './registry.ts';
import { relayName } from '../../src/model/turn/identity.ts';
import { ABSENT_IMAGE, FAST_CHECK, IMAGE } from './images.ts';
import type { RelayDoor } from '../../src/adapters/docker/relay.ts';
import type { OwnVariables } from '../../src/adapters/docker/own-variables.ts';
import { openSecrets, type Secrets } from '../../src/adapters/secrets/secrets.ts';

/** The engine reads the two streams side by side: a moment between the lines keeps their order. It ends with code 3. */
const SPEAKS = `exec /usr/bin/node -e "
  const says = ['stdout one', 'stderr two', 'stdout three ü'];
  const next = () => { const [stream, text] = (says.shift() ?? ' ').split(/ (.*)/); if (stream) process[stream].write(text + '\\n'); else process.exit(3); };
  setInterval(next, 250)"`;
/** Writes into what it takes, so that the kernel has to give it. */
const EATS = 'const taken = []; setInterval(() => taken.push(Buffer.alloc(16 * 1048576, 1)), 5)';
const UNTIL_MS = 20_000;
export const SILENT: Log = { write: () => undefined };
/** Nobody is logged in anywhere. */
const NO_LOGINS: RegistryLogins = {
  loginFor: () => Promise.resolve({ header: null, secrets: [], source: 'config.json', trouble: null }),
};

/** No provider is configured. */
const NO_SECRETS = openSecrets({ config: null, key: new Uint8Array(32), environment: {} });

/** The adapter at a socket (the engine's or one in front of it), or over another way, publishing on the loopback address. */
export function engineAt(
  way: string | EngineConnection,
  installation: string,
  log: Log = SILENT,
  logins: RegistryLogins = NO_LOGINS,
  secrets: Secrets = NO_SECRETS,
  ownVariables: OwnVariables = () => [],
  pullStillMs?: number,
  relay: RelayDoor | null = null,
): Engine & FactsSource {
  return dockerEngine({
    id: 'contract',
    connection: typeof way === 'string' ? { kind: 'unix', path: way } : way,
    clusters: null,
    address: '127.0.0.1',
    installation,
    logins,
    secrets,
    ownVariables,
    relay,
    log,
    ...(pullStillMs !== undefined && { pullStillMs }),
  });
}

let doors = process.pid % 10_000;

/** A harness over the engine at `socketPath`; `way`: how the adapter connects to it. */
export function dockerHarness(socketPath: string, way: string | EngineConnection = socketPath): EngineHarness {
  const installation = newInstallation();
  const foreign: string[] = [];
  const foreignNetworks: string[] = [];
  let registry: TestRegistry | null = null;
  // Every test has another port, and the address is that of other tests, too.
  const door: RelayDoor = { address: '169.254.170.2', port: 33_000 + (doors++ % 20_000), serve: (stream) => void stream.destroy() };
  const engine = engineAt(way, installation, SILENT, NO_LOGINS, NO_SECRETS, () => [], undefined, door);
  return {
    engine,
    installation,
    programs: {
      serves: { image: IMAGE, healthCheck: FAST_CHECK },
      exits: {
        image: IMAGE,
        environment: [
          { name: 'EXIT_AFTER_MS', value: '50' },
          { name: 'EXIT_CODE', value: '3' },
        ],
      },
      badCommand: { image: IMAGE, entryPoint: ['/no/such/program'] },
      unhealthy: { image: IMAGE, environment: [{ name: 'UNHEALTHY', value: '1' }], healthCheck: FAST_CHECK },
      ignoresTerm: { image: IMAGE, environment: [{ name: 'IGNORE_TERM', value: '1' }] },
      speaks: { image: IMAGE, entryPoint: ['/bin/sh', '-c'], command: [SPEAKS] },
      tells: {
        image: IMAGE,
        entryPoint: ['/usr/bin/node', '-e', "console.log('the password is ' + process.env.PASSWORD)"],
        command: [],
        environment: [{ name: 'PASSWORD', value: TOLD }],
      },
      eatsMemory: { image: IMAGE, entryPoint: ['/usr/bin/node', '-e', EATS], command: [] },
    },
    echoes: ['/usr/bin/node', '-e', "process.stdin.pipe(process.stdout); process.stdin.on('end', () => (process.exitCode = 5))"],
    absentImage: ABSENT_IMAGE,
    absentSecret: 'files:no-such-secret',
    remoteImage: async () => {
      registry ??= await testRegistry();
      registry.add('contract/app', '1');
      return `${registry.address}/contract/app:1`;
    },
    freePort,
    kill: async (container) => {
      await engineJson(socketPath, `/containers/${container}/kill?signal=KILL`, 'POST');
    },
    loseRelay: async () => {
      await engineJson(socketPath, `/containers/${relayName(installation, 'contract')}/kill?signal=KILL`, 'POST');
    },
    addForeign: async (name) => {
      await engineJson(socketPath, `/containers/create?name=${name}`, 'POST', { Image: IMAGE });
      foreign.push(name);
    },
    addForeignNetwork: async (name) => {
      await engineJson(socketPath, '/networks/create', 'POST', { Name: name });
      foreignNetworks.push(name);
    },
    occupy: async (port) => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '0.0.0.0', resolve));
      return async () => new Promise<void>((resolve) => void server.close(() => resolve()));
    },
    settle: (answer) => answer,
    until: (condition, what) => until(condition, what),
    dispose: async () => {
      engine.close();
      await registry?.close();
      for (const name of foreign) await removeContainer(socketPath, name);
      await removeInstallation(socketPath, installation);
      for (const name of foreignNetworks) await engineJson(socketPath, `/networks/${name}`, 'DELETE');
      const { Volumes } = await engineJson<{ Volumes: { Name: string }[] | null }>(socketPath, '/volumes?filters={"name":["^contract-"]}');
      for (const { Name } of Volumes ?? []) await engineJson(socketPath, `/volumes/${Name}`, 'DELETE');
    },
  };
}

/** Looks every 10 ms whether `condition` holds. */
export async function until(condition: () => boolean, what: string, limitMs = UNTIL_MS): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms`);
    await sleep(10);
  }
}

/** How many containers of an installation there are, past the adapter. */
export async function countContainers(socketPath: string, installation: string): Promise<number> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`dev.longshore.installation=${installation}`] }));
  const { body } = await callEngine(socketPath, `/containers/json?all=1&filters=${filters}`);
  return (JSON.parse(body) as unknown[]).length;
}
