// What every Engine promises, whoever it is: the adapter over a real Docker engine and the fake engine of the simulation pass the same suite.
// A suite for one of them alone would let the simulation prove things about an engine that does not exist.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActResult, Engine, EngineChange } from '../../src/daemon/ports.ts';
import { containerName, labelsOf, networkName } from '../../src/model/turn/identity.ts';
import type { ContainerIdentity, ContainerView } from '../../src/model/turn/observed.ts';
import type { Action, ContainerSpec, Look } from '../../src/model/turn/plan.ts';
import { hashOf } from '../../src/std/hash.ts';
import { imageContract } from './images.ts';
import { endContract, restartContract } from './life.ts';
import { evidenceContract, execContract, logContract } from './logs.ts';
import { networkContract } from './networks.ts';
import { portContract } from './ports.ts';
import { relayContract } from './relays.ts';
import { secretContract } from './secrets-of-containers.ts';
import { volumeContract } from './volumes.ts';
import { BRIDGE, type NetworkEndpoint } from '../../src/model/task/container-network.ts';
import { NO_SECRETS_OF_SPEC, onNetwork } from '../build.ts';
import { provesPlacement } from '../proves.ts';

/** What to run to get a behaviour. */
export type Program = Pick<ContainerSpec, 'image'> & Partial<Pick<ContainerSpec, 'entryPoint' | 'command' | 'environment' | 'healthCheck'>>;

export interface EngineHarness {
  readonly engine: Engine;
  readonly installation: string;
  readonly programs: {
    /** Runs until it is stopped, ends with 0 soon after SIGTERM, its check (given along) becomes healthy. */
    readonly serves: Program;
    /** Ends by itself with code 3. */
    readonly exits: Program;
    /** Can't be started. */
    readonly badCommand: Program;
    /** Its check (given along) fails. */
    readonly unhealthy: Program;
    readonly ignoresTerm: Program;
    /** Writes `one`, `two` to stderr, and `three ü`, and then ends with code 3 within a few seconds. */
    readonly speaks: Program;
    /** Writes what its variable PASSWORD holds (`TOLD` in logs.ts), behind `the password is `, and ends. */
    readonly tells: Program;
    /** Takes more memory than 64 MiB, and is killed for it where that is its limit. */
    readonly eatsMemory: Program;
  };
  /** A command that gives back what it is sent and then ends with 5. */
  readonly echoes: readonly string[];
  /** A reference that neither the engine nor any registry has. */
  readonly absentImage: string;
  /** Where no secret is kept, as `valueFrom` names it. */
  readonly absentSecret: string;
  /** A reference that a registry has and the engine has not. */
  remoteImage(): Promise<string>;
  /** A host port that is free. */
  freePort(): Promise<number>;
  /** The container's main process dies by SIGKILL, nobody asked. */
  kill(container: string): Promise<void>;
  /** The relay's container dies by SIGKILL, nobody asked. */
  loseRelay(): Promise<void>;
  /** A container of somebody else takes a name. */
  addForeign(name: string): Promise<void>;
  /** A network of somebody else takes a name. */
  addForeignNetwork(name: string): Promise<void>;
  /** A process that is no container listens on a host port; the answer ends it. */
  occupy(port: number): Promise<() => Promise<void>>;
  /** Waits for an answer of the engine; a fake on virtual time advances it meanwhile. */
  settle<T>(answer: Promise<T>): Promise<T>;
  /** Waits until `condition` holds; rejects with `what` when it does not within 20 s of the harness's time. */
  until(condition: () => boolean, what: string): Promise<void>;
  dispose(): Promise<void>;
}

export const CLUSTER = 'contract';
export const BASE = { key: 'contract', because: 'the contract asks for it', instance: 'contract' };

/** Registers the suite for one kind of engine. `makeEngine` gives an engine with nothing of its installation on it. */
export function engineContract(name: string, makeEngine: () => Promise<EngineHarness>): void {
  describe(`${name} as an Engine`, () => {
    let bench: Bench;
    beforeEach(async () => {
      bench = benchOf(await makeEngine());
    });
    afterEach(() => bench.harness.dispose());

    networkContract(() => bench);
    volumeContract(() => bench);
    logContract(() => bench);
    imageContract(() => bench);
    evidenceContract(() => bench);
    execContract(() => bench);
    creationContract(() => bench);
    startContract(() => bench);
    portContract(() => bench);
    relayContract(() => bench);
    endContract(() => bench);
    restartContract(() => bench);
    secretContract(() => bench);
    sightContract(() => bench);
    silenceContract(() => bench);
  });
}

function creationContract(bench: () => Bench): void {
  it('creates a container that is ours, not running, without exit code and ports', async () => {
    const { created, programs, identity, observe } = bench();
    const view = await created(programs.serves);
    expect(view).toMatchObject({ state: 'created', exitCode: null, oomKilled: false, ports: [], startedAt: null, identity: identity(0) });
    expect(view.name).toBe(containerName(identity(0)));
    expect((await observe()).containers).toEqual([view]);
  });

  it('shows the addresses of a container while it runs, one on each network, and none of one that does not', async () => {
    const { created, start, programs, observe } = bench();
    const view = await created(programs.serves);
    expect(view.addresses).toBeUndefined();
    const { container } = await start(view);
    expect(container?.view?.addresses?.map(({ network }) => network)).toEqual(container?.view?.networks);
    expect(container?.view?.addresses?.every(({ address }) => address !== '')).toBe(true);
    expect((await observe()).containers[0]?.addresses).toEqual(container?.view?.addresses);
  });

  it('answers a repeated create with the container that is there', async () => {
    const { created, create, programs, observe } = bench();
    const view = await created(programs.serves);
    expect(await create(programs.serves, 0)).toEqual({ error: null, container: { id: view.id, view } });
    expect((await observe()).containers).toHaveLength(1);
  });

  it('says NameTaken when a foreign container holds the name', async () => {
    const { harness, create, programs, identity, observe } = bench();
    await harness.addForeign(containerName(identity(0)));
    expect((await create(programs.serves, 0)).error?.code).toBe('NameTaken');
    expect((await observe()).containers).toEqual([]);
  });

  it('says NameTaken when a container of another task of ours holds the name', async () => {
    const { create, created, programs, identity } = bench();
    await created(programs.serves);
    expect((await create(programs.serves, 1, { name: containerName(identity(0)) })).error?.code).toBe('NameTaken');
  });

  it('says ImageMissing of an image that is there for other processors', async () => {
    const { create, programs, observe } = bench();
    expect((await create(programs.serves, 0, { platform: 'linux/s390x' })).error?.code).toBe('ImageMissing');
    expect((await observe()).containers).toEqual([]);
  });

  it('says ImageMissing and creates nothing when the engine lacks the image', async () => {
    const { harness, create, observe } = bench();
    expect((await create({ image: harness.absentImage }, 0)).error?.code).toBe('ImageMissing');
    expect((await observe()).containers).toEqual([]);
  });
}

function startContract(bench: () => Bench): void {
  it('starts a container once: a repeated start changes nothing', async () => {
    const { created, start, programs } = bench();
    const first = await start(await created(programs.serves));
    expect(first.error).toBeNull();
    expect(first.container?.view).toMatchObject({ state: 'running', exitCode: null });
    expect(first.container?.view?.startedAt).toBeGreaterThan(0);
    const again = await start(viewIn(first));
    expect(again.error).toBeNull();
    expect(again.container?.view?.startedAt).toBe(first.container?.view?.startedAt);
    expect(again.container?.view?.ports).toEqual(first.container?.view?.ports);
  });

  it('says CannotStartContainerError for a command that does not exist, and leaves the container created', async () => {
    const { created, start, programs } = bench();
    const refused = await start(await created(programs.badCommand));
    expect(refused.error?.code).toBe('CannotStartContainerError');
    expect(refused.container?.view).toMatchObject({ state: 'created', exitCode: null });
  });
}

function sightContract(bench: () => Bench): void {
  it('tells creation, start and health as changes', async () => {
    const { running, changes, lastView, until, programs } = bench();
    const { id } = await running(programs.serves, 0, { healthCheck: programs.serves.healthCheck ?? null });
    await until(() => lastView(id)?.health === 'healthy', 'healthy as a change');
    const states = changes.flatMap((change) => (change.kind === 'container' && change.id === id ? [change.view?.state] : []));
    expect(states.at(-1)).toBe('running');
  });

  it('tells a failing check as unhealthy', async () => {
    const { running, lastView, until, programs } = bench();
    const { id } = await running(programs.unhealthy, 0, { healthCheck: programs.unhealthy.healthCheck ?? null });
    await until(() => lastView(id)?.health === 'unhealthy', 'unhealthy as a change');
    expect(lastView(id)?.state).toBe('running');
  });

  it('shows no health where there is no check', async () => {
    const { running, programs } = bench();
    expect((await running(programs.serves)).health).toBe('none');
  });

  it('tells no change any more after the watch has ended', async () => {
    const { harness, changes, stopWatching, running, programs, until } = bench();
    const others: EngineChange[] = [];
    const stopOther = harness.engine.watch((change) => others.push(change));
    const { id } = await running(programs.serves);
    stopWatching();
    const before = changes.length;
    await harness.settle(harness.kill(id));
    await until(() => lastIn(others, id)?.state === 'exited', 'the exit for the watcher that is left');
    stopOther();
    expect(changes.length).toBe(before);
  });

  it('observes everything of ours and nothing else', async () => {
    provesPlacement('resource: {cpu,memory} of an instance');
    const { harness, running, created, programs, observe } = bench();
    await harness.addForeign(`${harness.installation}-foreign`);
    const one = await running(programs.serves, 0);
    const two = await created(programs.serves, 1);
    const picture = await observe();
    expect(picture.containers.map((view) => view.id).sort()).toEqual([one.id, two.id].sort());
    expect(picture.cpu).toBeGreaterThan(0);
    expect(picture.cpu % 1_024).toBe(0);
    expect(picture.memory).toBeGreaterThan(0);
  });
}

function silenceContract(bench: () => Bench): void {
  it('settles every call whose signal has aborted, without an effect that nobody sees', async () => {
    const { harness, programs, identity, spec, network, observe } = bench();
    const aborted = AbortSignal.abort(new Error('the time is up'));
    const actions: Action[] = [
      { ...BASE, kind: 'create-network', network, cluster: CLUSTER, options: BRIDGE },
      { ...BASE, kind: 'create-container', name: 'contract-late', identity: identity(0), spec: spec(programs.serves, 0) },
      { ...BASE, kind: 'stop-container', container: 'contract-late', identity: identity(0), timeoutSeconds: 1 },
    ];
    for (const action of actions) {
      const { error } = await harness.settle(harness.engine.act(action, aborted));
      expect(['Timeout', 'Unreachable']).toContain(error?.code);
    }
    const { error } = await harness.settle(harness.engine.look({ ...LOOK, reference: programs.serves.image }, aborted));
    expect(['Timeout', 'Unreachable']).toContain(error?.code);
    await expect(harness.settle(harness.engine.observe(aborted))).rejects.toThrow(Error);
    await expect(harness.settle(harness.engine.ping(aborted))).rejects.toThrow('the time is up');
    await expect(harness.settle(harness.engine.ping(AbortSignal.timeout(PATIENCE_MS)))).resolves.toBeUndefined();
    expect((await observe()).containers).toEqual([]);
  });
}

const LOOK: Omit<Look, 'reference'> = { kind: 'image', key: 'contract', instance: 'contract' };
const PATIENCE_MS = 30_000;

type Changes = Partial<
  Pick<ContainerSpec, 'ports' | 'healthCheck' | 'mounts' | 'network' | 'memoryBytes' | 'secrets' | 'platform' | 'settings'>
>;
export type Bench = ReturnType<typeof benchOf>;

/** What each case works with: one engine, its network, its changes so far. */
function benchOf(harness: EngineHarness) {
  const { engine, installation } = harness;
  const network = networkName(installation, CLUSTER);
  const changes: EngineChange[] = [];
  const stopWatching = engine.watch((change) => changes.push(change));
  let hasNetwork = false;

  const identity = (slot: number): ContainerIdentity => ({
    ...{ installation, cluster: CLUSTER, service: 'web', task: hashOf([installation, slot]), taskSet: 'set' },
    ...{ deployment: 'deployment', revision: 'web:1', specHash: 'v1:spec', serviceHash: 'v1:service' },
    ...{ container: 'app', slot, attempt: 1, targets: [], essential: true },
  });
  const spec = (program: Program, slot: number, extra: Changes = {}): ContainerSpec => ({
    ...{
      image: program.image,
      entryPoint: program.entryPoint ?? null,
      command: program.command ?? null,
      workingDirectory: null,
      user: null,
    },
    ...(extra.platform !== undefined && { platform: extra.platform }),
    environment: program.environment ?? [],
    labels: labelsOf(identity(slot)),
    ...{ cpuShares: 2, nanoCpus: null, memoryBytes: null, memoryReservationBytes: null, readonlyRootFilesystem: false },
    ...{ ports: [], healthCheck: null },
    stopTimeoutSeconds: 5,
    network: onNetwork(network, 'web'),
    ...{ settings: {}, mounts: [], volumesFrom: [], ...NO_SECRETS_OF_SPEC },
    ...extra,
  });
  const act = (action: Action): Promise<ActResult> => harness.settle(engine.act(action, AbortSignal.timeout(PATIENCE_MS)));
  const create = async (program: Program, slot: number, extra: Changes & { name?: string } = {}): Promise<ActResult> => {
    if (!hasNetwork) await act({ ...BASE, kind: 'create-network', network, cluster: CLUSTER, options: BRIDGE });
    hasNetwork = true;
    const { name = containerName(identity(slot)), ...changes } = extra;
    return act({ ...BASE, kind: 'create-container', name, identity: identity(slot), spec: spec(program, slot, changes) });
  };
  const start = (view: ContainerView, further: readonly NetworkEndpoint[] = []): Promise<ActResult> =>
    act({ ...BASE, kind: 'start-container', container: view.id, identity: view.identity, further, files: [] });
  const created = async (program: Program, slot = 0, extra: Changes = {}): Promise<ContainerView> =>
    viewIn(await create(program, slot, extra));

  return {
    ...{ harness, base: BASE, network },
    changes,
    stopWatching,
    identity,
    spec,
    act,
    create,
    created,
    start,
    viewIn,
    programs: harness.programs,
    until: (condition: () => boolean, what: string) => harness.until(condition, what),
    observe: () => harness.settle(engine.observe(AbortSignal.timeout(PATIENCE_MS))),
    look: (reference: string) => harness.settle(engine.look({ ...LOOK, reference }, AbortSignal.timeout(PATIENCE_MS))),
    running: async (program: Program, slot = 0, extra: Changes = {}): Promise<ContainerView> =>
      viewIn(await start(await created(program, slot, extra))),
    stop: (view: ContainerView, timeoutSeconds: number) =>
      act({ ...BASE, kind: 'stop-container', container: view.id, identity: view.identity, timeoutSeconds }),
    remove: (view: ContainerView) => act({ ...BASE, kind: 'remove-container', container: view.id, identity: view.identity }),
    lastView: (id: string) => lastIn(changes, id),
  };
}

/** The last view told for a container; null: it is gone; undefined: nothing was told. */
function lastIn(changes: readonly EngineChange[], id: string): ContainerView | null | undefined {
  const views = changes.flatMap((change) => (change.kind === 'container' && change.id === id ? [change.view] : []));
  return views.at(-1);
}

/** The view of a call that succeeded and carried one. */
export function viewIn(result: ActResult): ContainerView {
  expect(result.error).toBeNull();
  const view = result.container?.view;
  if (!view) throw new Error('the call succeeded but carried no view of the container');
  return view;
}
