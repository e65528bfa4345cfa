// What the benchmarks on a real engine share: a house (repository, daemon, proxy) with one web service that is settled, and beside it the
// same number of twin containers that a hand-written script looks after: same image, network, limits, ports and number of labels.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BareEngine, bareEngine, type ContainerEvent, type Inspected } from './engine.ts';
import { type BenchImages, benchImages, type Version } from './images.ts';
import { type House, makeHouse } from '../test/e2e/house.ts';
import { LABEL_INSTALLATION } from '../src/model/turn/identity.ts';
import { removeInstallation } from '../test/support/engine.ts';
import { told } from './measure.ts';

export interface Scene {
  readonly house: House;
  readonly engine: BareEngine;
  readonly images: BenchImages;
  /** Repository of the hand-written script, with the same manifest. */
  readonly scriptRepository: string;
  /** The manifest in which the service runs `version`. */
  manifest(version: Version): string;
  /** Whether an event is of a container of the house. */
  isOurs(event: ContainerEvent): boolean;
  /** The body that creates a container like those of the service, running `version`. */
  twin(version: Version): Record<string, unknown>;
  dispose(): Promise<void>;
}

const MANIFEST = 'web.yaml';
const PORT = 8080;
/** The proxy begins at 5 ms too. */
const PROBE_MS = 5;
const ANSWER_LIMIT_MS = 60_000;
const run = promisify(execFile);

/** A house whose one service has `count` tasks of version 1, settled. */
export async function makeScene(count: number): Promise<Scene> {
  const house = await makeHouse();
  const images = await benchImages(house.engine);
  const engine = await bareEngine(house.engine);
  const scriptRepository = mkdtempSync(join(tmpdir(), 'lb-'));
  const scriptInstallation = `${house.installation}-script`;
  const manifest = (version: Version): string => webService(images.references[version], house.port, count);
  const isOurs = (event: ContainerEvent): boolean => event.labels[LABEL_INSTALLATION] === house.installation;
  const dispose = async (): Promise<void> => {
    engine.close();
    await removeInstallation(house.engine, scriptInstallation);
    await house.dispose();
    rmSync(scriptRepository, { recursive: true, force: true });
  };
  try {
    const commit = house.commit({ [MANIFEST]: manifest('1') });
    house.start();
    await house.settled(commit);
    await gitIn(scriptRepository, 'init', '-q', '-b', 'main');
    await commitIn(scriptRepository, manifest('1'), () => undefined);
    const [sample] = await house.containers();
    if (sample === undefined) throw new Error('the service is settled without a container');
    const model = await engine.inspect(sample.id);
    told(`scene: ${count} x ${images.what}`);
    return {
      house,
      engine,
      images,
      scriptRepository,
      manifest,
      isOurs,
      twin: (version) => twinOf(model, images.references[version], scriptInstallation),
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Commits `manifest` in a repository; `begin` is called when everything is prepared and only `git commit` is left. */
export async function commitIn(repository: string, manifest: string, begin: () => void): Promise<void> {
  writeFileSync(join(repository, MANIFEST), manifest);
  await gitIn(repository, 'add', '-A');
  begin();
  await gitIn(repository, 'commit', '-q', '--allow-empty', '-m', 'change');
}

/** Runs git; resolves with what it printed. */
export async function gitIn(repository: string, ...words: string[]): Promise<string> {
  const who = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.test', '-c', 'gc.auto=0'];
  const { stdout } = await run('git', [...who, ...words], { cwd: repository });
  return stdout.trim();
}

/** The manifest as the script finds it in its newest commit. */
export async function readCommitted(repository: string): Promise<string> {
  const commit = await gitIn(repository, 'rev-parse', 'HEAD');
  return gitIn(repository, 'cat-file', 'blob', `${commit}:${MANIFEST}`);
}

/** Creates and starts a twin; resolves with its id. */
export async function startTwin(engine: BareEngine, body: Record<string, unknown>): Promise<string> {
  const { Id } = await engine.call<{ Id: string }>('POST', '/containers/create', body);
  await engine.call('POST', `/containers/${Id}/start`);
  return Id;
}

/** Waits until `/healthz` of a twin answers 200; resolves with its port on this machine. */
export async function untilHealthy(engine: BareEngine, id: string): Promise<number> {
  const { NetworkSettings } = await engine.inspect(id);
  const port = Number(NetworkSettings.Ports[`${PORT}/tcp`]?.[0]?.HostPort);
  await untilAnswer(port, '/healthz', () => true);
  return port;
}

/** Asks 127.0.0.1:`port` again and again, on new connections, until a 200 satisfies `accepts`. */
export async function untilAnswer(port: number, path: string, accepts: (body: string) => boolean): Promise<void> {
  const deadline = performance.now() + ANSWER_LIMIT_MS;
  while (performance.now() < deadline) {
    const body = await ask(port, path);
    if (body !== null && accepts(body)) return;
    await sleep(PROBE_MS);
  }
  throw new Error(`port ${port} did not answer ${path} as it should within ${ANSWER_LIMIT_MS} ms`);
}

/** Whether a body is the answer of `version`. */
export function isVersion(version: Version): (body: string) => boolean {
  return (body) => (JSON.parse(body) as { version: string }).version === version;
}

/** The body of a 200; null for anything else, a refused connection too. */
async function ask(port: number, path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const call = request({ host: '127.0.0.1', port, path, agent: false, timeout: 1_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (body += piece));
      response.on('error', () => resolve(null));
      response.on('end', () => resolve(response.statusCode === 200 ? body : null));
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(null));
    call.end();
  });
}

function twinOf(model: Inspected, image: string, installation: string): Record<string, unknown> {
  const labels = { ...(model.Config['Labels'] as Record<string, string>), [LABEL_INSTALLATION]: installation };
  const { Env, ExposedPorts, StopTimeout } = model.Config;
  return { Image: image, Env, ExposedPorts, StopTimeout, Labels: labels, HostConfig: model.HostConfig };
}

function webService(image: string, port: number, count: number): string {
  const documents = [
    { kind: 'Cluster', clusterName: 'bench' },
    {
      kind: 'TaskDefinition',
      family: 'web',
      containerDefinitions: [{ name: 'app', image, memory: 64, portMappings: [{ containerPort: PORT }], stopTimeout: 5 }],
    },
    {
      kind: 'Service',
      serviceName: 'web',
      cluster: 'bench',
      taskDefinition: 'web',
      desiredCount: count,
      loadBalancers: [{ targetGroupArn: 'web', containerName: 'app', containerPort: PORT }],
      deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 },
    },
    {
      kind: 'TargetGroup',
      name: 'web',
      healthCheckPath: '/healthz',
      healthCheckIntervalSeconds: 30,
      targetGroupAttributes: [{ key: 'deregistration_delay.timeout_seconds', value: '10' }],
    },
    {
      kind: 'LoadBalancer',
      name: 'edge',
      listeners: [{ port, protocol: 'HTTP', defaultActions: [{ type: 'forward', targetGroupArn: 'web' }] }],
    },
  ];
  // JSON is YAML; one document each.
  return documents.map((document) => JSON.stringify(document)).join('\n---\n');
}
