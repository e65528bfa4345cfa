// `npm run proof:capacity`: a cluster without an instance, whose capacity provider makes real engines, each in a network namespace of its own. The
// daemon's clock runs 60 times as fast. A service that has no place gets its hosts; the one that it does not need goes 15 points later, and nothing
// else moves; without tasks the last one goes, too. Ends with 1 when a promise is broken. The images are on the engines alone, so no task ever
// moves from one to the other.
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEMO_REPOSITORY } from '../images.mjs';
import { newInstallation } from '../../test/support/engine.ts';
import { capacityHooks } from '../../src/adapters/capacity/hook.ts';
import { dockerEngine } from '../../src/adapters/docker/engine.ts';
import { dockerLogins } from '../../src/adapters/registry/logins.ts';
import { gitRepository } from '../../src/adapters/git/repository.ts';
import { openSecrets } from '../../src/adapters/secrets/secrets.ts';
import { openStore } from '../../src/adapters/store/sqlite.ts';
import { proxySupervisor } from '../../src/adapters/proxy/supervisor.ts';
import { declaredEngine } from '../../src/cli/engines.ts';
import { DEFAULT_LIMITS } from '../../src/daemon/config.ts';
import { type Daemon, startDaemon } from '../../src/daemon/loop.ts';
import type { Log, Ports } from '../../src/daemon/ports.ts';
import { createLoader } from '../../src/manifest/load.ts';
import { type CapacityHook, capacityLimits } from '../../src/model/cluster/capacity-hook.ts';
import type { Task } from '../../src/model/task/task.ts';
import { MINUTE } from '../../src/std/time.ts';
import { openAccount } from './account.ts';
import { fastClock, lengthened } from './fast-clock.ts';
import { unlessInterrupted } from './interrupt.ts';
import { makeOwnEngine, type OwnEngine } from './own-engine.ts';

const PACE = 60;
const LIMIT_MS = 120_000;
/** Fifteen points are fourteen minutes apart. The first is within a minute, and a busy machine makes the turns around them late. */
const EARLIEST_MINUTES = 13.5;
const LATEST_MINUTES = 20;

interface Request {
  readonly action: 'scale-out' | 'scale-in';
  readonly key: string;
  readonly count?: number;
  readonly instances?: readonly { readonly name: string }[];
}

const account = openAccount(`capacity provider burst: engines in network namespaces, a clock ${PACE} times as fast`);
const folder = mkdtempSync(join(tmpdir(), 'ls-'));
const engines = new Map<string, OwnEngine>();
const clock = fastClock(PACE);
/** What each key was answered: asked again, it is answered alike. */
const answers = new Map<string, Promise<unknown>>();
const requests: (Request & { readonly at: number })[] = [];

/** What an operator's program does: makes hosts, and takes them away. */
async function obey({ action, key, count = 0, instances = [] }: Request): Promise<unknown> {
  if (action === 'scale-in') {
    for (const { name } of instances) {
      await engines.get(name)?.dispose();
      engines.delete(name);
    }
    return {};
  }
  const made = [];
  for (let index = 0; index < count; index++) {
    const number = engines.size;
    const name = `${key.replaceAll('/', '-')}-${index}`;
    const engine = await makeOwnEngine({ number });
    engines.set(name, engine);
    made.push({ name, endpoint: `unix://${engine.socketPath}`, address: engine.address, cpu: 2_048, memory: 1_024 });
  }
  return { instances: made };
}

const server = createServer((asked, response) => {
  let body = '';
  asked.on('data', (part: Buffer) => (body += part.toString()));
  asked.on('end', () => {
    const request = JSON.parse(body) as Request;
    const known = answers.get(request.key);
    if (known === undefined) {
      requests.push({ ...request, at: clock.now() });
      account.row(
        `asked: ${request.action}`,
        request.action === 'scale-out' ? `${request.count} engines` : `${request.instances?.[0]?.name}`,
      );
    }
    const answer = known ?? obey(request);
    answers.set(request.key, answer);
    answer.then(
      (value) => response.writeHead(200).end(JSON.stringify(value)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
});

function commit(count: number): void {
  const documents = [
    { kind: 'Cluster', clusterName: 'burst', capacityProviders: ['burst'] },
    {
      kind: 'CapacityProvider',
      name: 'burst',
      autoScalingGroupProvider: { autoScalingGroupArn: 'burst', managedScaling: { status: 'ENABLED' } },
    },
    {
      kind: 'TaskDefinition',
      family: 'web',
      containerDefinitions: [{ name: 'web', image: `${DEMO_REPOSITORY}:1`, cpu: 1_024, memory: 64, stopTimeout: 2 }],
    },
    {
      ...{ kind: 'Service', serviceName: 'web', cluster: 'burst', taskDefinition: 'web', desiredCount: count },
      capacityProviderStrategy: [{ capacityProvider: 'burst', weight: 1 }],
      placementStrategy: [{ type: 'binpack', field: 'cpu' }],
    },
  ];
  writeFileSync(join(folder, 'repo/web.yaml'), documents.map((document) => JSON.stringify(document)).join('\n---\n'));
  const git = (...words: string[]): void => {
    const who = ['-c', 'user.name=proof', '-c', 'user.email=proof@example.test'];
    execFileSync('git', [...who, ...words], { cwd: join(folder, 'repo'), stdio: ['ignore', 'ignore', 'pipe'] });
  };
  if (count > 1) git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', `${count} tasks`);
}

async function open(url: string): Promise<Daemon> {
  const [installation, state] = [newInstallation(), join(folder, 'state')];
  const quiet: Log = { write: () => {} };
  const hook: CapacityHook = { name: 'burst', url, maximum: 4, timeoutSeconds: 3_600 };
  const secrets = openSecrets({ config: null, key: new Uint8Array(32), environment: {} });
  const shared = { installation, logins: dockerLogins(), secrets, log: quiet, ownVariables: () => [] };
  const ports: Ports = {
    clock,
    engines: new Map(),
    connect: (declared) => {
      const { name, connection, address, clusters } = declaredEngine(declared, {});
      return dockerEngine({ id: name, connection, address, clusters, ...shared });
    },
    swarm: () => {
      throw new Error('no cluster of this proof is a swarm');
    },
    repository: gitRepository({ url: join(folder, 'repo'), stateFolder: state, log: quiet }),
    store: await openStore({
      folder: state,
      holder: { pid: process.pid, host: hostname(), startedAt: Date.now(), command: 'proof:capacity' },
    }),
    proxy: proxySupervisor({
      socketPath: join(state, 'proxy.sock'),
      nodePath: process.execPath,
      entry: 'src/proxy/main.ts',
      log: quiet,
      clock,
    }),
    vault: secrets,
    capacity: capacityHooks([hook]),
    log: quiet,
  };
  return startDaemon(ports, {
    installation,
    load: createLoader({ deploys: true, environment: null }),
    limits: lengthened(DEFAULT_LIMITS, PACE),
    capacity: capacityLimits([hook]),
  });
}

async function until<T>(what: string, found: () => T | null): Promise<T> {
  const deadline = performance.now() + LIMIT_MS;
  while (performance.now() < deadline) {
    const value = found();
    if (value !== null) return value;
    await sleep(20);
  }
  throw new Error(`not within ${LIMIT_MS} ms: ${what}`);
}

/** The tasks that run, once they are as many. */
function running(daemon: Daemon, count: number): readonly Task[] | null {
  const tasks = [...(daemon.view().world?.ledger.tasks.values() ?? [])];
  return tasks.length === count && tasks.every(({ lastStatus }) => lastStatus === 'RUNNING') ? tasks : null;
}

async function containers(): Promise<readonly string[]> {
  const all = await Promise.all([...engines.values()].map(async (engine) => engine.everything()));
  return all.flat().map(({ id, state }) => `${id} ${state}`);
}

/** That so much time of the daemon's clock has passed as fifteen points take. */
function promiseMinutes(what: string, since: number, until = 0): void {
  const minutes = (until - since) / MINUTE;
  const seen = `${minutes.toFixed(1)} minutes of the daemon's clock`;
  account.promise(minutes >= EARLIEST_MINUTES && minutes <= LATEST_MINUTES, what, seen);
  account.row('', seen);
}

async function prove(daemon: Daemon): Promise<void> {
  const message = await until('the service waits', () => daemon.view().world?.ledger.services.get('burst/web')?.message ?? null);
  account.promise(message.includes('is waiting for capacity'), 'a service without a place waits for capacity', message);
  const [first] = await until('two tasks run', () => running(daemon, 2));
  const [asked] = requests;
  account.promise(
    requests.filter(({ action }) => action === 'scale-out').length === 1 && asked?.count === 2,
    'one request, for two (ECS: an empty provider gets two)',
    JSON.stringify(requests),
  );
  const [row] = daemon.view().world?.ledger.registrations.values() ?? [];
  const before = await containers();

  // Both tasks fit one engine.
  await until('one engine is left', () => (engines.size === 1 && requests.length === 2 ? true : null));
  promiseMinutes('the engine that is not needed goes 15 points later', row?.registeredAt ?? 0, requests[1]?.at);
  account.promise(first !== undefined && engines.has(first.instance), 'it was the empty one');
  account.promise(JSON.stringify(await containers()) === JSON.stringify(before), 'the tasks were not touched', before.join(', '));

  commit(0);
  await until('no task is left', () => running(daemon, 0));
  const emptyAt = clock.now();
  await until('no engine is left', () => (engines.size === 0 && daemon.view().world?.ledger.registrations.size === 0 ? true : null));
  promiseMinutes('without tasks the last one goes 15 points later', emptyAt, requests[2]?.at);
  account.promise(requests.length === 3, 'nothing more was asked', JSON.stringify(requests));
}

try {
  mkdirSync(join(folder, 'repo'));
  commit(2);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const daemon = await open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  try {
    await unlessInterrupted(prove(daemon));
  } finally {
    await daemon.stop();
  }
} finally {
  server.close();
  server.closeAllConnections();
  await Promise.allSettled(answers.values());
  for (const engine of engines.values()) await engine.dispose();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = account.close() ? 0 : 1;
