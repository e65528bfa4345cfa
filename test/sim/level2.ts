// Level 2: the real daemon over its ports on virtual time. It is killed between any two steps, its store refuses, tears or forgets, its
// clock jumps, its repository moves back. Between two moments every promise that can go on does; then time jumps to the next moment.
import { beginLife, type Life } from './life.ts';
import { checkEvidence, checkStopped, type Unheard } from './checkers/evidence.ts';
import { checkRecorded, checkRecordedTable, durableDifference } from './checkers/recorded.ts';
import { DEFAULT_LIMITS } from '../../src/daemon/config.ts';
import { emptyDisk, openMemoryStore, type MemoryDisk, type WriteFault } from './store.ts';
import { INSTALLATION } from '../build.ts';
import { MARKER } from './draw.ts';
import { reconcile } from '../../src/core/reconcile.ts';
import { repositoryModel, type RepositoryModel } from './repository.ts';
import { lastMoment, scheduleFaults, surround, type Surroundings } from './surroundings.ts';
import { simEngine } from './engine.ts';
import { simProxy } from './proxy.ts';
import { startDaemon, type Daemon } from '../../src/daemon/loop.ts';
import { virtualClock, type SteppableClock } from './clock.ts';
import { watchRun, type Watch } from './checkers.ts';
import type { DaemonFaults } from './faults.ts';
import type { Command } from '../../src/model/turn/command.ts';
import type { Ledger } from '../../src/model/turn/ledger.ts';
import type { Engine, LogLevel, Store } from '../../src/daemon/ports.ts';
import { losesLedger } from './fleet.ts';
import type { EngineModel } from './engine-model.ts';
import type { Scenario } from './draw.ts';

export interface Level2Result {
  readonly turns: number;
  readonly lives: number;
  readonly violations: readonly string[];
}

/** After the last commit the daemon must be settled within this time: a few restart throttles of 15 minutes. */
const QUIET_WITHIN_MS = 2 * 3_600_000;
/** It counts as quiet when it has been settled for this long. */
const QUIET_FOR_MS = 90_000;
const MOST_STEPS = 60_000;
/** The daemon's wait before it tries a refused write again. */
const STORE_RETRY_MS = 500;
/** From its death to its next start. */
const RESTART_MS = 700;

/** Runs one scenario through the real daemon. */
export async function runLevel2(scenario: Scenario, trace: ((line: string) => void) | null = null): Promise<Level2Result> {
  const around = surround(scenario, trace);
  const run = new DaemonRun(around);
  scheduleFaults(around, run.faults());
  return run.finish();
}

class DaemonRun {
  private readonly around: Surroundings;
  private readonly watch: Watch;
  private readonly repository: RepositoryModel;
  private readonly clock: SteppableClock;
  private disk: MemoryDisk = emptyDisk();
  private readonly backups: MemoryDisk[] = [];
  private writeFaults: WriteFault[] = [];
  private readonly unheard: Unheard = new Set();
  private life: Life = beginLife();
  private daemon: Daemon | null = null;
  private ledger: Ledger | null = null;
  private lives = 0;
  /** The next life begins with another ledger than the last one ended with. */
  private forgetful = false;
  private turns = 0;
  private lastTurns = 0;
  private quietSince: number | null = null;
  private busySince: number | null = null;

  constructor(around: Surroundings) {
    this.around = around;
    this.watch = watchRun(around);
    this.clock = virtualClock(around.time);
    this.repository = repositoryModel(around.time, around.chance.branch('repository'));
    for (const commit of around.scenario.commits) {
      around.time.at(around.start + commit.afterMs, () => {
        around.trace?.(
          `commit: ${commit.apps.map((one) => `${one.service.serviceName}=${one.taskDefinition.containerDefinitions[0]?.image}`).join(' ')}`,
        );
        this.repository.commit(commit);
      });
    }
    this.people();
    this.boot();
  }

  faults(): DaemonFaults {
    const { time } = this.around;
    return {
      killAtCall: (calls, tears) => {
        this.life.endAt(calls, this.around.chance.chance(0.5));
        if (tears) this.writeFaults = ['after'];
      },
      loseLedger: () => this.replaceDisk(emptyDisk()),
      restoreOldLedger: () => {
        const [oldest] = this.backups;
        if (oldest) this.replaceDisk(structuredClone(oldest));
      },
      stepClock: (ms) => {
        this.clock.stepForward(ms);
        this.around.proxy.timePassed(ms);
      },
      storeFails: (writes) => {
        this.writeFaults = Array.from({ length: writes }, () => (this.around.chance.chance(0.5) ? 'before' : 'after'));
      },
      forcePush: () => this.repository.forcePush(),
      badCommit: () => {
        this.repository.commitBroken();
        // Somebody notices and takes it back.
        time.after(20_000, () => this.repository.forcePush());
      },
      repositoryAway: (away) => this.repository.setAway(away),
    };
  }

  /** No fault, and so not in their list: now and then a person stops a task, asking twice with one key. Whoever asks may die before the answer. */
  private people(): void {
    const { time, start, scenario, chance } = this.around;
    const person = chance.branch('people');
    if (scenario.healAfterMs === 0 || person.chance(0.6)) return;
    for (let number = 0; number < person.whole(1, 4); number++) {
      const where = person.unit();
      time.at(start + person.whole(5_000, scenario.healAfterMs), () => {
        const tasks = [...(this.daemon?.view().world?.ledger.tasks.values() ?? [])];
        const victim = tasks[Math.floor(where * tasks.length)];
        if (victim === undefined || !this.life.alive()) return;
        this.around.trace?.(`a person stops task ${victim.id.slice(0, 8)}`);
        const command: Command = { kind: 'stop-task', key: `person-${number}`, at: this.clock.now(), task: victim.id, reason: null };
        for (let times = 0; times < 2; times++) this.daemon?.command(command, new AbortController().signal).catch(() => undefined);
      });
    }
  }

  async finish(): Promise<Level2Result> {
    const { time, scenario } = this.around;
    const last = lastMoment(scenario);
    let steps = 0;
    await pause();
    for (; steps < MOST_STEPS && this.watch.violations.length === 0; steps++) {
      if (time.now() > last && this.isQuiet()) break;
      if (time.next() === null || time.now() > last + QUIET_WITHIN_MS) break;
      time.step();
      await pause();
    }
    if (this.watch.violations.length === 0) this.judgeEnd(steps);
    this.life.end();
    return { turns: this.turns, lives: this.lives, violations: this.watch.violations };
  }

  private isQuiet(): boolean {
    const now = this.around.time.now();
    const settled = this.life.alive() && this.daemon?.view().settled === true && this.daemon.view().commit === this.repository.head();
    if (settled) this.quietSince ??= now;
    if (settled) this.busySince = null;
    else this.busySince ??= now;
    // A look at the repository or at an engine takes a moment in which nothing is known to be settled.
    if (this.busySince !== null && now - this.busySince > 2_000) this.quietSince = null;
    return this.quietSince !== null && this.around.time.now() - this.quietSince > QUIET_FOR_MS;
  }

  private judgeEnd(steps: number): void {
    const view = this.daemon?.view();
    if (!view?.world) {
      this.watch.violations.push('the daemon never made a turn');
      return;
    }
    if (this.quietSince === null)
      this.watch.violations.push(`never settled (${steps} steps; in flight ${view.actionsInFlight}; ${view.repositoryError ?? ''})`);
    const world = { ...view.world, now: this.clock.now() };
    this.watch.finish(world, reconcile(world), null);
    checkStopped(this.disk, (what) => this.watch.violations.push(what));
    if (JSON.stringify(this.disk.events).includes(MARKER)) this.watch.violations.push('an environment value stands in an event');
  }

  /** What is decided while the disk refuses is asked of the proxy only once it is written. */
  private nextWriteFault(): WriteFault | null {
    const fault = this.writeFaults.shift() ?? null;
    if (fault !== null) this.around.proxy.expectDelay(STORE_RETRY_MS * 2);
    return fault;
  }

  /** Starts the daemon over the same disk, the same machines and the same proxy. */
  private boot(): void {
    const { time, engines, proxy, trace } = this.around;
    this.lives++;
    const life = beginLife(() => {
      trace?.('the daemon is dead');
      time.after(RESTART_MS, () => this.boot());
    });
    this.life = life;
    this.ledger = null;
    const born = time.now();
    proxy.expectLate();
    // Without its ledger, a daemon that has not reached an engine since its start does not know of what runs there.
    const ignorant = this.forgetful;
    this.forgetful = false;
    proxy.setExcused((engine) => this.isGivenUp(engine) || (ignorant && (engine.cutSince() ?? Number.POSITIVE_INFINITY) <= born + 1_000));
    const store = this.openStore(life);
    const blame = (what: string): void => {
      this.watch.violations.push(`${time.now() - this.around.start} ms: ${what}`);
    };
    const daemon = startDaemon(
      {
        clock: life.clock(this.clock),
        engines: this.around.scenario.declares
          ? new Map()
          : new Map([...engines].map(([id, engine]) => [id, this.openEngine(engine, life, blame)])),
        connect: ({ name }) => {
          const engine = this.around.scenario.declares && engines.get(name);
          if (!engine) throw new Error('no commit declares this engine');
          return this.openEngine(engine, life, blame);
        },
        swarm: () => {
          throw new Error('no swarm is declared by a commit');
        },
        repository: this.repository.port(life),
        store,
        vault: { fingerprint: async (uses) => this.around.vault.prints(uses) },
        proxy: simProxy(proxy, time, life, (table) => checkRecordedTable(table, this.disk, blame)),
        log: { write: (level, message, fields) => this.log(level, message, fields, blame) },
      },
      { installation: INSTALLATION, load: this.repository.load, limits: DEFAULT_LIMITS },
    );
    daemon.done.catch((error: unknown) => {
      trace?.(`the daemon ended by itself: ${String(error)}`);
      life.end();
    });
    this.daemon = daemon;
    this.quietSince = null;
    this.lastTurns = 0;
    daemon.onTurn(() => {
      if (this.daemon === daemon && life.alive()) this.judgeTurn(daemon);
    });
  }

  /** Who drops an instance that is silent has said that it is gone; of one that git has dropped nobody knows whose ledger was lost. */
  private isGivenUp(engine: EngineModel): boolean {
    const { scenario } = this.around;
    if (scenario.declares !== true || this.daemon?.view().world?.ledger.registrations.has(engine.id) === true) return false;
    return engine.cutSince() !== null || losesLedger(scenario);
  }

  private openEngine(model: EngineModel, life: Life, blame: (what: string) => void): Engine {
    const engine = simEngine(model, life, (action) => {
      checkRecorded(action, this.disk, blame);
      checkEvidence(action, model, this.disk, this.unheard, blame);
    });
    return {
      ...engine,
      evidence: async (container, secrets, signal) => {
        this.unheard.add(container);
        const found = await engine.evidence(container, secrets, signal);
        this.unheard.delete(container);
        return found;
      },
    };
  }

  private openStore(life: Life): Store {
    const store = openMemoryStore(this.disk, {
      eventsKept: 2_000,
      fault: () => this.nextWriteFault(),
    });
    const { time } = this.around;
    const slow = <T>(effect: () => Promise<T>): Promise<T> =>
      life.call(async () => {
        const result = await effect();
        await new Promise<void>((resolve) => void time.after(3, resolve));
        return result;
      });
    return {
      readLedger: () =>
        slow(async () => {
          this.ledger = await store.readLedger();
          return store.readLedger();
        }),
      write: (changes, events) =>
        slow(async () => {
          if (this.around.chance.chance(0.05)) this.backUp();
          await store.write(changes, events);
        }),
      readCommit: (name) => slow(() => store.readCommit(name)),
      writeCommit: (name, commit) => slow(() => store.writeCommit(name, commit)),
      events: (after, limit) => slow(() => store.events(after, limit)),
      taskEvents: (task, limit) => slow(() => store.taskEvents(task, limit)),
      keepEvidence: (task, evidence) =>
        slow(async () => {
          try {
            await store.keepEvidence(task, evidence);
          } catch (error) {
            // Which of its containers it was, the store is not told.
            for (const engine of this.around.engines.values())
              for (const { id, identity } of engine.containers.values())
                if (identity?.task === task.id && identity.container === evidence.name) this.unheard.add(id);
            throw error;
          }
        }),
      stoppedTasks: (which, limit) => slow(() => store.stoppedTasks(which, limit)),
      close: () => slow(() => store.close()),
    };
  }

  private backUp(): void {
    this.backups.push(structuredClone(this.disk));
    if (this.backups.length > 3) this.backups.shift();
  }

  /** The daemon dies, and finds another disk when it comes back. */
  private replaceDisk(disk: MemoryDisk): void {
    disk.epoch = this.disk.epoch;
    this.disk = disk;
    this.watch.forget();
    this.forgetful = true;
    for (const engine of this.around.engines.values()) engine.forgetCalls();
    this.life.end();
  }

  /** The turn that the daemon made, made again: the same world must give the same ledger, and the checkers need the plan. */
  private judgeTurn(daemon: Daemon): void {
    const { world, turns } = daemon.view();
    if (!world || turns === this.lastTurns || !this.ledger) return;
    this.lastTurns = turns;
    this.turns++;
    const before = { ...world, ledger: this.ledger };
    const plan = reconcile(before);
    this.around.proxy.decided(plan.routes);
    this.watch.turn(before, plan);
    this.ledger = world.ledger;
    const difference = durableDifference(world.ledger, this.disk);
    if (difference) this.watch.violations.push(`turn ${this.turns}: ${difference}`);
  }

  private log(
    level: LogLevel,
    message: string,
    fields: Readonly<Record<string, unknown>> | undefined,
    blame: (what: string) => void,
  ): void {
    const text = fields === undefined ? message : `${message} ${JSON.stringify(fields)}`;
    if (text.includes(MARKER)) blame(`an environment value stands in the log: ${message}`);
    this.around.trace?.(`  ${level} ${text}`);
  }
}

/** Lets every promise go on that can. */
async function pause(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
