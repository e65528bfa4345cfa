// The world that a plan starts from: the daemon's own when one answers, else engines and proxy asked once and the ledger opened read-only.
// Nothing is written and nothing acts: engines are asked for lists only, the store takes no lock.
import { doorClient, DoorError } from '../api/client.ts';
import { enginesOf, stateFolderOf, statePaths } from './options.ts';
import { configOf } from './config.ts';
import { Failure, failureOf } from './failure.ts';
import { sortedMap } from '../std/order.ts';
import { proxyViewOf } from '../model/traffic/proxy.ts';
import { SILENT } from './sources.ts';
import type { Answer, InstanceView } from '../model/turn/observed.ts';
import type { DesiredState } from '../model/turn/desired.ts';
import type { Engine } from '../daemon/ports.ts';
import { capacityLimits } from '../model/cluster/capacity-hook.ts';
import type { EngineAddress } from './options.ts';
import type { Look, World } from '../model/turn/plan.ts';
import type { ServedRoutes } from '../core/traffic/reroute.ts';

export interface PlanBase {
  /** Everything but the desired state; `now` is the present. */
  readonly world: Omit<World, 'desired'>;
  /** What the daemon has in force; null without one. */
  readonly inForce: DesiredState | null;
  /** What the proxy serves: the daemon knows all of it, without one only the open ports are known. */
  readonly served: ServedRoutes;
  /** Said with the plan: what could not be asked. */
  readonly notes: readonly string[];
  /** Asks the engines for images; beside a daemon only those that --engine names, since its own are known to it alone. */
  answer(looks: readonly Look[]): Promise<readonly Answer[]>;
  close(): void;
}

export interface WorldOptions {
  readonly state?: string;
  readonly config?: string;
  readonly engine?: readonly EngineAddress[];
  readonly installation?: string;
}

/** A listing of an engine takes some 50 ms; one that needs this long does not answer. */
const LIST_MS = 10_000;

/** The world of the daemon, or of the engines. Fails when neither answers. */
export async function presentWorld(options: WorldOptions): Promise<PlanBase> {
  const folder = stateFolderOf(options);
  try {
    const { desired, ...last } = await doorClient(statePaths(folder).socket).world();
    // The ledger holds what the last turn made of its outcomes: told twice, a failure would count twice.
    const world = { ...last, outcomes: [], now: Math.max(last.now, Date.now()) };
    const engines = options.engine === undefined ? [] : await enginesAt(options, folder, world.installation);
    const served = (await import('../core/traffic/reroute.ts')).routesOf(desired);
    return {
      world,
      inForce: desired,
      served,
      notes: [],
      answer: async (looks) => answersOf(engines, looks),
      close: () => closeAll(engines),
    };
  } catch (error) {
    if (!(error instanceof DoorError) || error.trouble !== 'absent') throw failureOf(error, folder);
  }
  return engineWorld(options, folder);
}

async function engineWorld(options: WorldOptions, folder: string): Promise<PlanBase> {
  const [{ openStoreReadOnly }, { readInstallation }, { readState }, { NOTHING_SERVED, openPorts }] = await Promise.all([
    import('../adapters/store/sqlite.ts'),
    import('../adapters/store/installation.ts'),
    import('../adapters/proxy/control-client.ts'),
    import('../core/traffic/reroute.ts'),
  ]);
  // A folder in which no daemon has worked yet has no containers; no real installation has this name.
  const installation = readInstallation(folder, options.installation ?? null) ?? options.installation ?? 'new';
  const engines = await enginesAt(options, folder, installation);
  try {
    const listed = await Promise.all(engines.map(list));
    const silent = listed.filter(({ error }) => error !== null);
    if (silent.length === listed.length) {
      const hint = 'Is Docker running? Name its socket with --engine unix:///path, or the state folder of a running daemon with --state.';
      throw new Failure('ERROR', `no daemon and no engine answers: ${silent.map(({ error }) => error).join('; ')}`, hint);
    }
    const store = await openStoreReadOnly(folder);
    const ledger = await store.readLedger();
    await store.close();
    const proxyState = await readState(statePaths(folder).proxySocket);
    const proxy = proxyState === null ? null : proxyViewOf(proxyState);
    const instances = sortedMap(listed.map(({ view }) => [view.id, view] as const));
    return {
      world: {
        installation,
        observed: { instances, proxy, answers: new Map(), secrets: new Map() },
        outcomes: [],
        ledger,
        efs: configOf({}, folder).efs,
        capacity: capacityLimits(configOf({}, folder).capacityProviders),
        now: Date.now(),
      },
      inForce: null,
      served: proxyState === null ? NOTHING_SERVED : openPorts(proxyState.listeners),
      notes: ['no daemon answers: this is planned from the engines themselves', ...silent.map(({ error }) => `${error}`)],
      answer: async (looks) => answersOf(engines, looks),
      close: () => closeAll(engines),
    };
  } catch (error) {
    closeAll(engines);
    throw error;
  }
}

/** An engine's picture; one that does not answer is disconnected and never seen, so that nothing is concluded from what is absent. */
async function list(engine: Engine): Promise<{ readonly view: InstanceView; readonly error: string | null }> {
  const known = { id: engine.id, clusters: engine.clusters, address: engine.address };
  try {
    const { cpu, memory, containers, networks, volumes } = await engine.observe(AbortSignal.timeout(LIST_MS));
    const byId = sortedMap(containers.map((view) => [view.id, view] as const));
    return {
      view: {
        ...{ ...known, connected: true, observedAt: Date.now(), cpu, memory, containers: byId },
        ...{ networks: new Set(networks), volumes: new Map(volumes) },
      },
      error: null,
    };
  } catch (error) {
    const nothing = { cpu: 0, memory: 0, containers: new Map(), networks: new Set<string>(), volumes: new Map<string, string>() };
    return { view: { ...known, connected: false, observedAt: null, ...nothing }, error: (error as Error).message };
  }
}

async function enginesAt(options: WorldOptions, folder: string, installation: string): Promise<readonly Engine[]> {
  const [{ reachedEngines }, { configOf }, { dockerEngine }, { dockerLogins }, { openSecrets }] = await Promise.all([
    import('./engines.ts'),
    import('./config.ts'),
    import('../adapters/docker/engine.ts'),
    import('../adapters/registry/logins.ts'),
    import('../adapters/secrets/secrets.ts'),
  ]);
  const engines = reachedEngines(enginesOf(options), () => configOf(options, folder));
  const logins = dockerLogins();
  // Who only plans creates no container and opens no secret.
  const secrets = openSecrets({ config: null, key: new Uint8Array(32), environment: {} });
  const shared = { installation, logins, secrets, ownVariables: () => [], log: SILENT };
  return engines.map(({ name, ...engine }) => dockerEngine({ id: name, ...engine, ...shared }));
}

function closeAll(engines: readonly Engine[]): void {
  for (const engine of engines) engine.close();
}

/** Each look is answered by the engine it is about; one that no engine here is about stays open. */
async function answersOf(engines: readonly Engine[], looks: readonly Look[]): Promise<readonly Answer[]> {
  const asked = looks.flatMap((look) => engines.filter((engine) => engine.id === look.instance).map((engine) => ({ engine, look })));
  return Promise.all(
    asked.map(async ({ engine, look }) => ({ ...(await engine.look(look, AbortSignal.timeout(LIST_MS))), key: look.key, at: Date.now() })),
  );
}
