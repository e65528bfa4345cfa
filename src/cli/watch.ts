// `longshore watch`: the daemon. Here the rooms are wired: real ports from adapters/ into daemon/, and the daemon behind its door.
// There is no decision in this file; --once only waits and reads the verdict (once.ts). Ending the daemon leaves tasks and proxy running.
import { hostname } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Option } from 'commander';
import {
  configOption,
  engineOption,
  environmentOption,
  enginesOf,
  installationOption,
  parseDuration,
  parsePort,
  repoOption,
  stateFolderOf,
  stateOption,
  statePaths,
  timeoutOption,
} from './options.ts';
import { examples, interruption } from './verb.ts';
import { Failure } from './failure.ts';
import { onceVerdict, timeoutVerdict } from './once.ts';
import { SECOND } from '../std/time.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';
import type { Daemon } from '../daemon/loop.ts';
import type { EngineAddress } from './options.ts';
import type { ReachedEngine } from './engines.ts';
import type { FactsSource, Log, LogLevel, Ports } from '../daemon/ports.ts';
import type { OpenDoor } from '../api/server.ts';
import type { Verdict } from './once.ts';
import type { Metadata } from './metadata.ts';
import type { OperatorConfig } from '../model/operator-config.ts';

interface WatchOptions {
  readonly repo: string;
  readonly branch?: string;
  readonly environment?: string;
  readonly state?: string;
  readonly config?: string;
  readonly engine?: readonly EngineAddress[];
  readonly installation?: string;
  readonly metricsPort?: number;
  readonly once?: true;
  readonly timeout: number;
  readonly poll: number;
  readonly logLevel: LogLevel;
}

/** A rolling deployment of a slow service takes minutes. */
const ONCE_TIMEOUT_MS = 600 * SECOND;
const POLL_MS = 15 * SECOND;
/** How often --once reads the view when no turn is made; each turn is read as well. */
const LOOK_AGAIN_MS = 250;

/** Registers `watch`. */
export function defineWatch(program: Command, { terminal, version, end }: Context): void {
  program
    .command('watch')
    .description('run the daemon: keep the engines as the repository declares')
    .addOption(repoOption())
    .addOption(new Option('--branch <name>', 'the branch to follow (default: what HEAD names at the start)').env('LONGSHORE_BRANCH'))
    .addOption(environmentOption())
    .addOption(stateOption())
    .addOption(configOption())
    .addOption(engineOption())
    .addOption(installationOption())
    .addOption(
      new Option('--metrics-port <port>', 'serve /metrics, /healthz and /readyz on this port of 127.0.0.1')
        .env('LONGSHORE_METRICS_PORT')
        .argParser(parsePort),
    )
    .option('--once', 'end as soon as nothing is left to do, with the verdict as exit code')
    .addOption(timeoutOption('with --once: give up after this time').default(ONCE_TIMEOUT_MS, '600s'))
    .addOption(
      new Option('--poll <duration>', 'how often a remote repository is asked')
        .env('LONGSHORE_POLL')
        .argParser(parseDuration)
        .default(POLL_MS, '15s'),
    )
    .addOption(
      new Option('--log-level <level>', 'what is logged, as lines of JSON on stdout')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info')
        .env('LONGSHORE_LOG_LEVEL'),
    )
    .addHelpText(
      'after',
      examples(
        ['longshore watch --repo /srv/app', 'follow a local repository on the local engine'],
        ['longshore watch --repo https://git.example/app.git --branch main', 'follow a remote one'],
        ['longshore watch --once --timeout 10m', 'in a pipeline: 0 stable, 3 rolled back, 4 timed out'],
      ),
    )
    .action(async (options: WatchOptions) => {
      const stop = interruption();
      try {
        const verdict = await watch(options, version, stop.signal);
        if (verdict === null) return options.once === true ? end('INTERRUPTED') : undefined;
        if (verdict.hint !== null) throw new Failure(verdict.result, verdict.what, verdict.hint);
        terminal.note(verdict.what);
        end(verdict.result, 'announce');
      } finally {
        stop.release();
      }
    });
}

/** Runs the daemon until it is told to stop (null) or, with --once, until there is a verdict. */
async function watch(options: WatchOptions, version: string, interrupt: AbortSignal): Promise<Verdict | null> {
  const { pinoLog } = await import('../adapters/log.ts');
  const log = pinoLog({ level: options.logLevel });
  const folder = stateFolderOf(options);
  const { socket } = statePaths(folder);
  const { configOf } = await import('./config.ts');
  const config = configOf(options, folder);
  const { daemon, metadata } = await startOver(options, config, folder, log);
  const asked = new AbortController();
  let door: OpenDoor | null = null;
  try {
    const { serveDoor } = await import('../api/server.ts');
    door = await serveDoor(daemon, {
      socketPath: socket,
      metricsPort: options.metricsPort ?? null,
      version,
      stop: () => asked.abort(),
    });
    log.write('info', 'longshore watches', {
      version,
      repository: daemon.view().repository,
      state: folder,
      metricsPort: door.metricsPort,
      metadata: metadata !== null,
      secretProviders: config.secrets?.providers.map(({ name, kind }) => `${name} (${kind})`) ?? [],
    });
    const told = AbortSignal.any([interrupt, asked.signal]);
    return await (options.once === true ? untilVerdict(daemon, options.timeout, told) : untilTold(daemon, told));
  } finally {
    await daemon.stop();
    await Promise.all([door?.close(), metadata?.close()]);
    log.write('info', 'longshore has stopped; tasks and proxy go on');
  }
}

/** Opens the state folder first: a second daemon must fail before it touches anything else. */
async function startOver(
  options: WatchOptions,
  config: OperatorConfig,
  folder: string,
  log: Log,
): Promise<{ readonly daemon: Daemon; readonly metadata: Metadata | null }> {
  const [
    { openStore },
    { claimInstallation },
    { claimSecretKey },
    { startDaemon },
    { DEFAULT_LIMITS },
    { createLoader },
    { openMetadata },
    { capacityLimits },
  ] = await Promise.all([
    import('../adapters/store/sqlite.ts'),
    import('../adapters/store/installation.ts'),
    import('../adapters/store/secret-key.ts'),
    import('../daemon/loop.ts'),
    import('../daemon/config.ts'),
    import('../manifest/load.ts'),
    import('./metadata.ts'),
    import('../model/cluster/capacity-hook.ts'),
  ]);
  const { reachedEngines } = await import('./engines.ts');
  const engines = reachedEngines(enginesOf(options), () => config);
  const holder = { pid: process.pid, host: hostname(), startedAt: Date.now(), command: `longshore watch --state ${folder}` };
  const store = await openStore({ folder, holder });
  if (store.recovered !== null) {
    log.write('warn', 'the ledger was damaged and is kept aside; running tasks are adopted again from their labels', {
      file: store.recovered,
    });
  }
  let metadata: Metadata | null = null;
  try {
    const installation = claimInstallation(folder, options.installation ?? null);
    const key = claimSecretKey(folder);
    const sources = new Map<string, FactsSource>();
    metadata = await openMetadata(config.metadata, key, sources, log);
    const ports: Ports = {
      ...(await outside({ options, config, engines, installation, folder, key, metadata, sources, log })),
      store,
      log,
    };
    const daemon = startDaemon(ports, {
      installation,
      load: createLoader({ deploys: true, environment: options.environment ?? null }),
      limits: DEFAULT_LIMITS,
      efs: config.efs,
      capacity: capacityLimits(config.capacityProviders),
    });
    metadata?.attach(daemon);
    return { daemon, metadata };
  } catch (error) {
    await metadata?.close();
    await store.close();
    throw error;
  }
}

interface Surroundings {
  readonly options: WatchOptions;
  readonly config: OperatorConfig;
  readonly engines: readonly ReachedEngine[];
  readonly installation: string;
  readonly folder: string;
  readonly key: Uint8Array;
  readonly metadata: Metadata | null;
  /** Filled with the engines, as their containers may ask them. */
  readonly sources: Map<string, FactsSource>;
  readonly log: Log;
}

/** The ports that reach out of this process, each on the adapter that is real here. */
async function outside(surroundings: Surroundings): Promise<Omit<Ports, 'store' | 'log'>> {
  const { options, config, engines, installation, folder, key, metadata, sources, log } = surroundings;
  const [
    { systemClock },
    { dockerEngine },
    { dockerLogins },
    { gitRepository },
    { proxySupervisor },
    { openSecrets },
    { capacityHooks },
    { declaredEngine, swarmConnection },
    { dockerSwarm },
  ] = await Promise.all([
    import('../adapters/clock.ts'),
    import('../adapters/docker/engine.ts'),
    import('../adapters/registry/logins.ts'),
    import('../adapters/git/repository.ts'),
    import('../adapters/proxy/supervisor.ts'),
    import('../adapters/secrets/secrets.ts'),
    import('../adapters/capacity/hook.ts'),
    import('./engines.ts'),
    import('../adapters/docker/swarm.ts'),
  ]);
  const paths = statePaths(folder);
  // The program beside this file, in the form this file has: .ts in a checkout, .js when built.
  const entry = fileURLToPath(new URL(`../proxy/main${extname(import.meta.url)}`, import.meta.url));
  const clock = systemClock();
  const shared = {
    installation,
    logins: dockerLogins(),
    secrets: openSecrets({ config: config.secrets ?? null, key, environment: process.env }),
    log,
  };
  const open = ({ name, connection, address, clusters }: ReachedEngine) => {
    const ownVariables = metadata?.variables({ address }) ?? (() => []);
    const relay = metadata?.relay({ address }) ?? null;
    const engine = dockerEngine({ id: name, connection, clusters, address, ownVariables, relay, ...shared });
    sources.set(name, engine);
    return engine;
  };
  const opened = engines.map((engine) => [engine.name, open(engine)] as const);
  return {
    clock,
    vault: shared.secrets,
    capacity: capacityHooks(config.capacityProviders ?? []),
    engines: new Map(opened),
    connect: (declared) => open(declaredEngine(declared, config)),
    swarm: (source) => dockerSwarm(swarmConnection(source, config)),
    repository: gitRepository({
      url: options.repo,
      ...(options.branch === undefined ? {} : { branch: options.branch }),
      stateFolder: folder,
      pollMs: options.poll,
      log,
    }),
    proxy: proxySupervisor({ socketPath: paths.proxySocket, nodePath: process.execPath, entry, log, clock }),
  };
}

async function untilTold(daemon: Daemon, told: AbortSignal): Promise<null> {
  await Promise.race([daemon.done, aborted(told)]);
  return null;
}

/** Reads the view after each turn until there is a verdict, the time is up, or somebody says stop (null). */
async function untilVerdict(daemon: Daemon, timeoutMs: number, told: AbortSignal): Promise<Verdict | null> {
  const began = performance.now();
  const read = (): Verdict | null => {
    const elapsedMs = performance.now() - began;
    return onceVerdict(daemon.view(), elapsedMs) ?? (elapsedMs >= timeoutMs ? timeoutVerdict(daemon.view(), timeoutMs) : null);
  };
  const verdict = Promise.withResolvers<Verdict>();
  const look = (): void => {
    const found = read();
    if (found) verdict.resolve(found);
  };
  const forget = daemon.onTurn(look);
  const timer = setInterval(look, LOOK_AGAIN_MS);
  try {
    const ended = await Promise.race([verdict.promise, daemon.done, aborted(told)]);
    return ended ?? null;
  } finally {
    clearInterval(timer);
    forget();
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
