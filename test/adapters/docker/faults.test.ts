// The adapter when the way to the engine misbehaves: nothing hangs past its signal, nothing is done twice, a gap in the events is told.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActResult, Engine, EngineChange } from '../../../src/daemon/ports.ts';
import { containerName, labelsOf, networkName } from '../../../src/model/turn/identity.ts';
import type { ContainerIdentity } from '../../../src/model/turn/observed.ts';
import type { Action, ContainerSpec } from '../../../src/model/turn/plan.ts';
import { countContainers, engineAt, until } from '../../support/docker-harness.ts';
import { engineForTests, engineJson, newInstallation, removeInstallation } from '../../support/engine.ts';
import { type FaultSocket, faultSocket } from '../../support/fault-socket.ts';
import { IMAGE } from '../../support/images.ts';
import { BRIDGE } from '../../../src/model/task/container-network.ts';
import { NO_SECRETS_OF_SPEC, onNetwork } from '../../build.ts';

const socketPath = await engineForTests();
const SECRET = 'correct-horse-battery-staple';
const PATIENCE_MS = 20_000;

let way: FaultSocket;
let engine: Engine;
let installation: string;
let changes: EngineChange[];

beforeEach(async () => {
  way = await faultSocket(socketPath);
  installation = newInstallation();
  engine = engineAt(way.path, installation);
  changes = [];
});
afterEach(async () => {
  engine.close();
  await way.close();
  await removeInstallation(socketPath, installation);
});

const identity = (): ContainerIdentity => ({
  ...{ installation, cluster: 'faults', service: 'web', task: 'f'.repeat(32), taskSet: 'set', deployment: 'deployment' },
  ...{
    revision: 'web:1',
    specHash: 'v1:spec',
    serviceHash: 'v1:service',
    container: 'app',
    slot: 0,
    attempt: 1,
    targets: [],
    essential: true,
  },
});
const base = { key: 'fault', because: 'a test asks for it', instance: 'contract' };
const create = (changed: Partial<ContainerSpec> = {}): Action => ({
  ...{ ...base, kind: 'create-container', name: containerName(identity()), identity: identity() },
  spec: {
    ...{ image: IMAGE, entryPoint: null, command: null, workingDirectory: null, user: null },
    ...{ environment: [{ name: 'PASSWORD', value: SECRET }], labels: labelsOf(identity()), cpuShares: 2, nanoCpus: null },
    ...{ memoryBytes: null, memoryReservationBytes: null, readonlyRootFilesystem: false, ports: [], healthCheck: null },
    ...{
      stopTimeoutSeconds: 1,
      network: onNetwork('bridge'),
      settings: {},
      mounts: [],
      volumesFrom: [],
      ...NO_SECRETS_OF_SPEC,
      ...changed,
    },
  },
});
const act = (action: Action, limitMs = PATIENCE_MS): Promise<ActResult> => engine.act(action, AbortSignal.timeout(limitMs));
const observe = (limitMs = PATIENCE_MS) => engine.observe(AbortSignal.timeout(limitMs));
const started = async (): Promise<string> => {
  const { container } = await act(create({ network: onNetwork(await network()) }));
  const id = container?.id ?? '';
  expect((await act({ ...base, kind: 'start-container', container: id, identity: identity(), further: [], files: [] })).error).toBeNull();
  return id;
};
const network = async (): Promise<string> => {
  const name = networkName(installation, 'faults');
  expect(await act({ ...base, kind: 'create-network', network: name, cluster: 'faults', options: BRIDGE })).toEqual({ error: null });
  return name;
};
const stateTold = (id: string): string | null | undefined =>
  changes.flatMap((change) => (change.kind === 'container' && change.id === id ? [change.view?.state ?? null] : [])).at(-1);
const timesLost = (): number => changes.filter((change) => change.kind === 'lost').length;

describe('a silent engine', () => {
  it('settles each call when its signal aborts, not later', async () => {
    await observe();
    way.freeze();
    const from = performance.now();
    const actions: Action[] = [
      create(),
      { ...base, kind: 'start-container', container: 'x', identity: identity(), further: [], files: [] },
      { ...base, kind: 'stop-container', container: 'x', identity: identity(), timeoutSeconds: 30 },
      { ...base, kind: 'remove-container', container: 'x', identity: identity() },
      { ...base, kind: 'create-network', network: 'x', cluster: 'faults', options: BRIDGE },
      { ...base, kind: 'pull-image', reference: 'localhost:1/x:1', service: 'web' },
    ];
    const results = await Promise.all(actions.map((action) => act(action, 300)));
    expect(results.map(({ error }) => error?.code)).toEqual(actions.map(() => 'Timeout'));
    const look = await engine.look({ kind: 'image', key: '', instance: '', reference: IMAGE }, AbortSignal.timeout(300));
    expect(look.error?.code).toBe('Timeout');
    await expect(observe(300)).rejects.toThrow(/engine contract: Timeout/);
    expect(performance.now() - from).toBeLessThan(3_000);
  });

  it('settles a call whose connection breaks within the reply, where the library would wait for ever', async () => {
    await observe();
    way.loseReply(/GET .*\/containers\/json/, 'cut-after-head');
    await expect(observe()).rejects.toThrow(/Unreachable: .*broke in the middle of an answer/);
    way.loseReply(/containers\/create/, 'cut-after-head');
    expect((await act(create())).error?.code).toBe('Unreachable');
    expect((await act(create())).error).toBeNull();
  });

  it('waits for a slow engine as long as the signal allows', async () => {
    way.delay(150);
    expect((await observe()).containers).toEqual([]);
    expect((await act(create())).error).toBeNull();
  });

  it('answers again as soon as the engine does', async () => {
    way.freeze();
    await expect(observe(200)).rejects.toThrow(/Timeout/);
    way.heal();
    expect((await observe()).containers).toEqual([]);
  });

  it('leaves a ping unanswered until its signal aborts, and answers the next one when it is back', async () => {
    const ping = (limitMs: number): Promise<void> => engine.ping(AbortSignal.timeout(limitMs));
    await ping(PATIENCE_MS);
    way.freeze();
    await expect(ping(200)).rejects.toThrow(/timeout/);
    way.heal();
    await ping(PATIENCE_MS);
    way.refuse();
    await expect(ping(PATIENCE_MS)).rejects.toThrow(/ECONN|EPIPE|hang up/);
  });

  it('calls a refused connection Unreachable', async () => {
    way.refuse();
    expect((await act(create())).error?.code).toBe('Unreachable');
    const absent = engineAt('/nowhere/docker.sock', installation);
    expect((await absent.act(create(), AbortSignal.timeout(PATIENCE_MS))).error?.code).toBe('Unreachable');
    absent.close();
  });
});

describe('a lost reply', () => {
  it('is made up for by the name: the next create finds the container that the first one made', async () => {
    await observe();
    way.loseReply(/containers\/create/, 'cut');
    expect((await act(create())).error?.code).toBe('Unreachable');
    expect(await countContainers(socketPath, installation)).toBe(1);
    const again = await act(create());
    expect(again.error).toBeNull();
    expect(again.container?.view?.identity).toEqual(identity());
    expect(await countContainers(socketPath, installation)).toBe(1);
  });

  it('is a timeout when nothing comes at all, and the repeated start is a success', async () => {
    const { container } = await act(create());
    const id = container?.id ?? '';
    way.loseReply(/start/, 'silence');
    const start: Action = { ...base, kind: 'start-container', container: id, identity: identity(), further: [], files: [] };
    expect((await act(start, 2_000)).error?.code).toBe('Timeout');
    const again = await act(start);
    expect(again.error).toBeNull();
    expect(again.container?.view?.state).toBe('running');
  });

  it('leaves a success a success when only the view after it is lost', async () => {
    await observe();
    way.loseReply(/GET .*\/containers\/[0-9a-f]{64}\/json/, 'cut');
    const result = await act(create());
    expect(result).toEqual({ error: null });
  });
});

describe('a broken event stream', () => {
  it('is told as lost when it breaks and when it is open again, and changes go on', async () => {
    engine.watch((change) => changes.push(change));
    await until(() => timesLost() === 1, 'the opening of the stream');
    const id = await started();
    await until(() => stateTold(id) === 'running', 'the start as a change');
    expect(way.cut(/\/events/)).toBe(1);
    await until(() => timesLost() === 3, 'the break and the reopening');
    await engineJson(socketPath, `/containers/${id}/kill`, 'POST');
    await until(() => stateTold(id) === 'exited', 'the exit on the new stream');
  });

  it('is opened again when the engine comes back after an absence', async () => {
    engine.watch((change) => changes.push(change));
    await until(() => timesLost() === 1, 'the opening of the stream');
    way.refuse();
    await until(() => timesLost() === 2, 'the break');
    const id = (await engineJson<{ Id: string }>(socketPath, '/containers/create', 'POST', { Image: IMAGE, Labels: labelsOf(identity()) }))
      .Id;
    way.heal();
    await until(() => timesLost() === 3, 'the reopening');
    expect((await observe()).containers.map((view) => view.id)).toEqual([id]);
  });

  it('gives up a change that can not be read and asks for a listing', async () => {
    engine.watch((change) => changes.push(change));
    await until(() => timesLost() === 1, 'the opening of the stream');
    way.loseReply(/GET .*\/containers\/[0-9a-f]{64}\/json/, 'cut');
    await engineJson(socketPath, '/containers/create', 'POST', { Image: IMAGE, Labels: labelsOf(identity()) });
    await until(() => timesLost() >= 3, 'the loss and the reopening');
    expect((await observe()).containers).toHaveLength(1);
  });

  it('is opened once for each watch and closed with it', async () => {
    const stop = engine.watch((change) => changes.push(change));
    await until(() => timesLost() === 1, 'the opening of the stream');
    stop();
    await until(() => way.cut(/\/events/) === 0, 'the end of the stream');
    expect(way.requests.filter((request) => request.includes('/events'))).toHaveLength(1);
  });
});

describe('what is ours and what is secret', () => {
  it('keeps environment values out of URLs, views and refusals', async () => {
    const results = [
      await act(create({ environment: [{ name: '', value: SECRET }] })),
      await act(create({ workingDirectory: 'not/absolute' })),
      await act(create({ image: `${SECRET}:1` })),
      await act(create({ command: [SECRET], entryPoint: [`/${SECRET}`] })),
    ];
    const id = results[3]?.container?.id ?? '';
    results.push(await act({ ...base, kind: 'start-container', container: id, identity: identity(), further: [], files: [] }));
    expect(results.map(({ error }) => error?.code)).toEqual([
      'CannotCreateContainerError',
      'CannotCreateContainerError',
      'ImageMissing',
      undefined,
      'CannotStartContainerError',
    ]);
    const said = JSON.stringify([results, await observe(), way.requests]);
    expect(said).not.toContain(SECRET);
    expect(results[4]?.error?.message).toContain('***');
  });

  it('leaves a network alone that is not ours, also when it bears our name', async () => {
    const name = networkName(installation, 'faults');
    const { Id } = await engineJson<{ Id: string }>(socketPath, '/networks/create', 'POST', { Name: name });
    try {
      expect((await act({ ...base, kind: 'create-network', network: name, cluster: 'faults', options: BRIDGE })).error?.code).toBe(
        'NetworkFailed',
      );
      expect((await act({ ...base, kind: 'remove-network', network: name })).error?.code).toBe('NetworkFailed');
      expect((await engineJson<{ Name: string }>(socketPath, `/networks/${Id}`)).Name).toBe(name);
    } finally {
      await engineJson(socketPath, `/networks/${Id}`, 'DELETE');
    }
  });

  it('does not see a container whose labels name us only in part', async () => {
    engine.watch((change) => changes.push(change));
    await until(() => timesLost() === 1, 'the opening of the stream');
    const labels = { ...labelsOf(identity()), 'dev.longshore.slot': 'first' };
    await engineJson(socketPath, '/containers/create', 'POST', { Image: IMAGE, Labels: labels });
    const ours = await act(create());
    await until(() => stateTold(ours.container?.id ?? '') === 'created', 'our own container as a change');
    expect((await observe()).containers.map((view) => view.id)).toEqual([ours.container?.id]);
    expect(new Set(changes.flatMap((change) => (change.kind === 'container' ? [change.id] : [])))).toEqual(new Set([ours.container?.id]));
  });

  it('speaks the version that the engine has, in each call', async () => {
    const { ApiVersion } = await engineJson<{ ApiVersion: string }>(socketPath, '/version');
    await observe();
    const [first, ...rest] = way.requests;
    expect(first).toBe('GET /version');
    const [major, minor] = ApiVersion.split('.').map(Number);
    const spoken = major === 1 && (minor ?? 0) <= 44 ? ApiVersion : '1.44';
    expect(rest.length).toBeGreaterThan(2);
    for (const request of rest) expect(request).toContain(` /v${spoken}/`);
  });

  it('does not follow DOCKER_HOST', async () => {
    const before = process.env['DOCKER_HOST'];
    process.env['DOCKER_HOST'] = 'tcp://127.0.0.1:1';
    const other = engineAt(way.path, installation);
    try {
      expect((await other.observe(AbortSignal.timeout(PATIENCE_MS))).containers).toEqual([]);
      expect(process.env['DOCKER_HOST']).toBe('tcp://127.0.0.1:1');
    } finally {
      other.close();
      if (before === undefined) delete process.env['DOCKER_HOST'];
      else process.env['DOCKER_HOST'] = before;
    }
  });

  it('answers with an error after it was closed', async () => {
    engine.close();
    expect((await act(create())).error?.code).toBe('Timeout');
  });
});

describe('the cost of a call', () => {
  it('is about a millisecond of processor, not twenty: the library prints no sockets', async () => {
    const look = () => engine.look({ kind: 'image', key: '', instance: '', reference: IMAGE }, AbortSignal.timeout(PATIENCE_MS));
    const looks = (): Promise<unknown> => Promise.all(Array.from({ length: 100 }, look));
    await looks();
    const before = process.cpuUsage();
    await looks();
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000 / 100).toBeLessThan(5);
  });
});
