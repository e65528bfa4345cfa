// Level 1: the pure core over simulated machines, without any daemon. A turn is a function call, the ledger is durable at once, and time
// jumps from event to event: a seed takes milliseconds. What the daemon itself may do wrong is level 2's business.
import { checkMemory } from './checkers/memory.ts';
import { INSTALLATION, NOW } from '../build.ts';
import { declaredBy } from './repository.ts';
import { EMPTY_LEDGER, type Ledger } from '../../src/model/turn/ledger.ts';
import { reconcile } from '../../src/core/reconcile.ts';
import { lastMoment, scheduleFaults, surround, type Surroundings } from './surroundings.ts';
import { watchRun, type Watch } from './checkers.ts';
import type { Action, Plan, World } from '../../src/model/turn/plan.ts';
import type { Answer, ContainerView } from '../../src/model/turn/observed.ts';
import type { ActResult, EngineChange, EnginePicture } from '../../src/daemon/ports.ts';
import type { DesiredState } from '../../src/model/turn/desired.ts';
import type { EngineModel } from './engine-model.ts';
import type { Outcome } from '../../src/model/turn/outcome.ts';
import type { Scenario } from './draw.ts';
import { volumesAfter } from '../../src/model/task/task-volumes.ts';
import { relayAfter } from '../../src/model/cluster/relay.ts';
import { type Picture, emptyPicture, progress, seeRelay, viewOf, withSame } from './picture.ts';
import { usesOf } from '../../src/core/secrets.ts';

export interface RunResult {
  readonly turns: number;
  readonly violations: readonly string[];
  /** The world after the last turn. */
  readonly world: World;
  readonly around: Surroundings;
}

export interface RunOptions {
  readonly trace?: (line: string) => void;
  /** Draws the machines' times from another seed. */
  readonly timesSeed?: number;
  /** Called with the world of each turn in which a new commit is seen for the first time. */
  readonly onCommit?: (world: World, around: Surroundings) => void;
  /** Goes on at the first violation. */
  readonly keepGoing?: boolean;
}

/** More turns than this in one seed: it does not come to rest. */
const MOST_TURNS = 6_000;
/** Longer than the age at which an unused image goes, and its cycle. */
const AGE_MS = 2 * 3_600_000;
/** After the last commit everything must be quiet within this time: four restart throttles of 15 minutes. */
const QUIET_WITHIN_MS = 3_600_000;

/** In one of so many seeds each so many turns the plan is held against one without any memory: copying a world costs ten turns. */
const MEMORY_SEEDS = 16;
const MEMORY_TURNS = 3;

/** Runs one scenario to its end and judges it. */
export function runLevel1(scenario: Scenario, options: RunOptions = {}): RunResult {
  const around = surround(scenario, options.trace ?? null, options.timesSeed ?? scenario.seed);
  const run = new Run(around, options);
  scheduleFaults(around, null);
  return run.finish();
}

class Run {
  private readonly around: Surroundings;
  private readonly options: RunOptions;
  private readonly watch: Watch;
  private readonly pictures = new Map<string, Picture>();
  private readonly answers = new Map<string, Answer>();
  private readonly inFlight = new Set<string>();
  private readonly remembers: boolean;
  private outcomes: Outcome[] = [];
  private declared: DesiredState | null = null;
  private freshCommit = false;
  private ledger: Ledger = EMPTY_LEDGER;
  private installed = '';
  private wakeAt: number | null = null;
  private due = false;
  private waking = false;
  private listedAgain = false;
  private aged = false;
  private turns = 0;
  private world: World | null = null;
  private plan: Plan | null = null;

  constructor(around: Surroundings, options: RunOptions) {
    this.around = around;
    this.options = options;
    this.remembers = around.scenario.seed % MEMORY_SEEDS === 0;
    this.watch = watchRun(around);
    // Who drops an instance that is silent has said that it is gone, and what was routed to it with it.
    around.proxy.setExcused((engine) => around.scenario.declares === true && engine.cutSince() !== null && !this.pictures.has(engine.id));
    if (around.scenario.declares !== true) for (const engine of around.engines.values()) this.meet(engine);
    around.vault.onChange(() => this.wake());
    around.proxy.watch(() => {
      if (around.proxy.serving() === null) this.installed = '';
      this.wake();
    });
    for (const commit of around.scenario.commits) {
      around.time.at(NOW + commit.afterMs, () => {
        this.declared = declaredBy(commit);
        this.freshCommit = true;
        around.trace?.(
          `commit: ${commit.apps.map((one) => `${one.service.serviceName}=${one.taskDefinition.containerDefinitions[0]?.image}x${one.service.desiredCount}`).join(' ')}`,
        );
        this.wake();
      });
    }
  }

  finish(): RunResult {
    const { time, scenario } = this.around;
    const last = lastMoment(scenario);
    while (this.turns < MOST_TURNS && (this.options.keepGoing === true || this.watch.violations.length === 0)) {
      if (this.due && this.declared) this.turn();
      let next = this.nextMoment();
      if (next === null && !this.listedAgain) next = this.listAgain();
      if (next === null && !this.aged) next = this.age();
      if (next === null || next > last + QUIET_WITHIN_MS + (this.aged ? AGE_MS : 0)) break;
      time.advanceTo(next);
      if (this.wakeAt !== null && this.wakeAt <= time.now()) this.due = true;
    }
    if (this.turns >= MOST_TURNS) this.watch.violations.push(`still busy after ${MOST_TURNS} turns`);
    if (this.world && this.plan && this.watch.violations.length === 0) this.watch.finish(this.world, this.plan, this.nextMoment());
    if (!this.world) throw new Error('a run has at least one turn');
    return { turns: this.turns, violations: this.watch.violations, world: { ...this.world, ledger: this.ledger }, around: this.around };
  }

  /** The daemon lists every engine again and again: what no event tells (a volume that came with a call given up long ago) is seen then. */
  private listAgain(): number | null {
    this.listedAgain = true;
    for (const picture of this.pictures.values()) this.list(picture);
    return this.nextMoment();
  }

  /** What nobody needs any more goes after hours in which nothing happens, and with it nothing else. */
  private age(): number {
    this.aged = true;
    this.due = true;
    return this.around.time.now() + AGE_MS;
  }

  private nextMoment(): number | null {
    const event = this.around.time.next();
    if (this.due) return this.around.time.now();
    if (event === null || this.wakeAt === null) return event ?? this.wakeAt;
    return Math.min(event, this.wakeAt);
  }

  /** The picture of an engine: listed at first and after each gap, kept fresh by its events and by the answers to calls. */
  private meet(engine: EngineModel): void {
    const picture = emptyPicture(engine);
    this.pictures.set(engine.id, picture);
    picture.leave = engine.watch((change) => this.changed(picture, change));
    this.list(picture);
  }

  /** The engines of the registrations are followed, as daemon/engines.ts does it. */
  private follow({ registrations }: Ledger): void {
    for (const [id, picture] of this.pictures) {
      if (registrations.has(id)) continue;
      picture.leave?.();
      this.pictures.delete(id);
      this.wake();
    }
    for (const id of registrations.keys()) {
      const engine = this.around.engines.get(id);
      if (engine !== undefined && !this.pictures.has(id)) this.meet(engine);
    }
  }

  private changed(picture: Picture, change: EngineChange): void {
    if (change.kind === 'lost') return this.list(picture);
    if (change.kind === 'relay') seeRelay(picture, change.state);
    else {
      picture.heard.set(change.id, this.around.time.now());
      this.patch(picture, change.id, change.view);
    }
    this.wake();
  }

  private list(picture: Picture): void {
    picture.engine.list((listed: EnginePicture | null) => {
      picture.view = null;
      picture.connected = listed !== null;
      picture.silentSince = listed === null ? (picture.silentSince ?? this.around.time.now()) : undefined;
      if (listed) {
        picture.observedAt = this.around.time.now();
        picture.containers.clear();
        for (const view of listed.containers) picture.containers.set(view.id, view);
        picture.networks = withSame(picture.networks, new Set(listed.networks));
        picture.volumes = new Map(listed.volumes);
        picture.relay = listed.relay;
      }
      this.wake();
    });
  }

  private patch(picture: Picture, id: string, view: ContainerView | null): void {
    if (view === null) picture.containers.delete(id);
    else picture.containers.set(id, view);
    picture.view = null;
  }

  /** Wakes carry nothing and are coalesced: one turn answers all that comes within a few milliseconds. */
  private wake(): void {
    if (this.waking) return;
    this.waking = true;
    this.around.time.after(this.around.chance.whole(0, 40), () => {
      this.waking = false;
      this.due = true;
    });
  }

  private turn(): void {
    const { time } = this.around;
    this.due = false;
    this.turns++;
    const world = this.look();
    const plan = reconcile(world);
    if (this.freshCommit && this.ready()) {
      this.freshCommit = false;
      this.options.onCommit?.(world, this.around);
    }
    this.outcomes = [];
    this.watch.turn(world, plan);
    if (this.remembers && this.turns % MEMORY_TURNS === 0) this.blameMemory(world, plan);
    this.trace(plan);
    this.world = world;
    this.plan = plan;
    this.ledger = plan.ledger;
    if (this.around.scenario.declares === true) this.follow(plan.ledger);
    this.wakeAt = plan.wakeAt;
    if (plan.wakeAt !== null && plan.wakeAt <= time.now()) this.wakeAt = time.now() + 1;
    this.install(plan);
    for (const action of plan.actions) this.act(action);
    const asked = new Set(plan.looks.map((look) => look.key));
    for (const key of this.answers.keys()) if (!asked.has(key)) this.answers.delete(key);
    for (const look of plan.looks) {
      if (this.answers.has(look.key) || this.inFlight.has(look.key)) continue;
      this.inFlight.add(look.key);
      this.around.engines.get(look.instance)?.look(look, (answer) => {
        this.inFlight.delete(look.key);
        this.answers.set(look.key, { ...answer, key: look.key, at: time.now() });
        this.wake();
      });
    }
  }

  private blameMemory(world: World, plan: Plan): void {
    const fault = checkMemory(world, plan);
    if (fault !== null) this.watch.violations.push(`turn ${this.turns}: ${fault}`);
  }

  private ready(): boolean {
    return [...this.pictures.values()].every((picture) => picture.connected);
  }

  private look(): World {
    const instances = new Map(
      [...this.pictures].map(([id, picture]) => [id, (picture.view ??= viewOf(picture, this.around.scenario.declares))]),
    );
    if (!this.declared) throw new Error('no commit yet');
    const observed = {
      instances,
      proxy: this.around.proxy.view(),
      answers: new Map(this.answers),
      secrets: this.around.vault.prints(usesOf(this.declared)),
    };
    return {
      installation: INSTALLATION,
      desired: this.declared,
      observed,
      outcomes: this.outcomes,
      ledger: this.ledger,
      now: this.around.time.now(),
    };
  }

  private install(plan: Plan): void {
    if (plan.routes.version === this.installed || this.around.proxy.view() === null) return;
    this.installed = plan.routes.version;
    this.around.proxy.install(plan.routes, () => this.wake());
  }

  private act(action: Action): void {
    if (this.inFlight.has(action.key)) return;
    const picture = this.pictures.get(action.instance);
    // What a commit has dropped is not followed any more from the turn in which it is forgotten.
    if (!picture && this.around.scenario.declares) return;
    if (!picture) throw new Error(`an action for an instance that does not exist: ${action.instance}`);
    this.inFlight.add(action.key);
    const asked = this.around.time.now();
    let settled = false;
    const settle = (result: ActResult): void => {
      if (settled) return;
      settled = true;
      giveUp();
      this.inFlight.delete(action.key);
      this.settle(picture, action, result, asked);
    };
    const deadline =
      action.kind === 'pull-image' ? 600_000 : action.kind === 'stop-container' ? action.timeoutSeconds * 1_000 + 30_000 : 60_000;
    const giveUp = this.around.time.after(deadline, () =>
      settle({ error: { code: 'Timeout', message: `no answer within ${deadline} ms` } }),
    );
    picture.engine.perform(action, settle);
  }

  private settle(picture: Picture, action: Action, result: ActResult, asked: number): void {
    this.around.trace?.(`  answer ${action.key} ${result.error ? `${result.error.code}: ${result.error.message}` : 'ok'}`);
    if (result.container) {
      const { id, view } = result.container;
      const known = picture.containers.get(id);
      const further = progress(view) - progress(known);
      const told = (picture.heard.get(id) ?? 0) > asked;
      if (told ? known !== undefined && further > 0 : further >= 0) this.patch(picture, id, view);
    }
    if (!result.error) picture.volumes = volumesAfter(picture.volumes, action);
    if (!result.error) seeRelay(picture, relayAfter(action.kind));
    if (!result.error && action.kind === 'create-network') picture.networks = new Set([...picture.networks, action.network]);
    if (!result.error && action.kind === 'remove-network')
      picture.networks = new Set([...picture.networks].filter((name) => name !== action.network));
    picture.view = null;
    this.outcomes.push({
      key: action.key,
      at: this.around.time.now(),
      error: result.error,
      ...(result.image ? { image: result.image } : {}),
      ...(result.brought && { brought: true as const }),
    });
    if (result.error?.code === 'Unreachable' || result.error?.code === 'Timeout') this.list(picture);
    this.wake();
  }

  private trace(plan: Plan): void {
    const { trace } = this.around;
    if (!trace) return;
    for (const action of plan.actions) if (!this.inFlight.has(action.key)) trace(`  ${action.key} @${action.instance}: ${action.because}`);
    for (const [id, task] of plan.ledger.tasks) {
      const before = this.ledger.tasks.get(id);
      if (before === task) continue;
      const was = before ? `${before.lastStatus}/${before.desiredStatus}/${before.health} -> ` : 'new ';
      trace(
        `  task ${task.service} ${id.slice(0, 8)} ${task.revision} on ${task.instance}: ${was}${task.lastStatus}/${task.desiredStatus}/${task.health} ${task.stoppedReason ?? ''}`,
      );
    }
    for (const [id, row] of plan.ledger.services) {
      const before = this.ledger.services.get(id);
      const first = row.deployments[0];
      if (before !== row && first !== before?.deployments[0])
        trace(
          `  service ${id} ${first?.id} ${first?.target.taskDefinition} ${first?.rollout} failed=${first?.failedTasks} ${first?.reason} ${row.message ?? ''}`,
        );
    }
  }
}
