// The stage on which stories are played: the pure core over the simulated engines and proxy of test/sim, with chance taken out (every draw
// gives the middle), so that a story is the same on every day and does not change when the simulator draws in another order.
import { INSTALLATION, NOW, desired } from '../build.ts';
import { type Behaviour, GOOD, type Registry, imageIdentity, remoteImage } from '../sim/images.ts';
import { type Declared } from '../build.ts';
import { type EngineModel, engineModel } from '../sim/engine-model.ts';
import { leftBy } from '../sim/containers.ts';
import { storyWitness } from './witness.ts';
import type { Command } from '../../src/model/turn/command.ts';
import { EMPTY_LEDGER } from '../../src/model/turn/ledger.ts';
import type { Action, Look, World } from '../../src/model/turn/plan.ts';
import type { Answer, ContainerIdentity, ContainerView, InstanceView } from '../../src/model/turn/observed.ts';
import type { DesiredSecurityGroup } from '../../src/model/turn/desired.ts';
import type { Event } from '../../src/model/turn/event.ts';
import type { Outcome } from '../../src/model/turn/outcome.ts';
import type { Random } from '../sim/random.ts';
import { eventsBetween } from '../../src/core/events.ts';
import { proxyModel } from '../sim/proxy-model.ts';
import { reconcile } from '../../src/core/reconcile.ts';
import { virtualTime } from '../sim/clock.ts';
import { usesOf } from '../../src/core/secrets.ts';
import { vaultModel } from '../sim/vault-model.ts';
import { volumesAfter } from '../../src/model/task/task-volumes.ts';

/** The middle of everything; what is more likely than not happens. */
const MIDDLE: Random = {
  unit: () => 0.5,
  whole: (low, high) => Math.round((low + high) / 2),
  chance: (probability) => probability > 0.5,
  pick: <T>(items: readonly T[]): T => {
    const [first] = items;
    if (first === undefined) throw new Error('nothing to pick from');
    return first;
  },
  branch: () => MIDDLE,
};

/** How the images of a story behave, by the word that the story uses. */
export const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  good: GOOD,
  exits: { ...GOOD, exit: { afterMs: 300, code: 1 }, answersAfterMs: null },
  silent: { ...GOOD, answersAfterMs: null },
  stubborn: { ...GOOD, ignoresTerm: true },
};

/** No story is longer than this; a settle that has not come to rest by then never will. */
const LONGEST_SETTLE_MS = 3_600_000;
const MOST_TURNS = 2_000;

interface Picture {
  readonly engine: EngineModel;
  readonly containers: Map<string, ContainerView>;
  readonly networks: Set<string>;
  volumes: ReadonlyMap<string, string>;
  connected: boolean;
}

export type Stage = ReturnType<typeof openStage>;

/** A stage without engines, images or a commit. `told` hears every event. */
export function openStage(told: (event: Event) => void) {
  const time = virtualTime(NOW);
  const registry: Registry = { images: new Map(), away: false };
  const [vault, witness] = [vaultModel(), storyWitness(time.now)];
  const [pictures, engines] = [new Map<string, Picture>(), new Map<string, EngineModel>()];
  const proxies: ReturnType<typeof proxyModel>[] = [];
  const [inFlight, answers] = [new Set<string>(), new Map<string, Answer>()];
  /** `engine image`: what stands on an engine from the beginning. */
  const held = new Set<string>();
  let [outcomes, commands]: [Outcome[], readonly Command[]] = [[], []];
  let declared = desired([]);
  let ledger = EMPTY_LEDGER;
  let installed = '';
  let wakeAt: number | null = null;
  let [due, turns] = [false, 0];
  const { names, nameTask } = taskNames();

  const wake = (): void => {
    due = true;
  };
  vault.onChange(wake);
  const proxy = (): ReturnType<typeof proxyModel> => {
    const known = proxies[0] ?? proxyModel(time, MIDDLE, engines);
    if (proxies.length === 0) {
      proxies.push(known);
      known.watch(wake);
    }
    return known;
  };
  const world = (pictureOf: (picture: Picture) => Picture = (picture) => picture): World => ({
    installation: INSTALLATION,
    desired: declared,
    observed: {
      instances: new Map([...pictures].map(([id, one]) => [id, viewOf(pictureOf(one))])),
      proxy: proxy().view(),
      answers: new Map(answers),
      secrets: vault.prints(usesOf(declared)),
    },
    outcomes,
    ledger,
    commands,
    now: time.now(),
  });

  const list = (picture: Picture): void =>
    picture.engine.list((listed) => {
      picture.connected = listed !== null;
      if (listed) {
        picture.containers.clear();
        for (const view of listed.containers) picture.containers.set(view.id, view);
        picture.networks.clear();
        for (const name of listed.networks) picture.networks.add(name);
        picture.volumes = new Map(listed.volumes);
      }
      wake();
    });
  const act = (action: Action): void => {
    const picture = pictures.get(action.instance);
    if (picture === undefined || inFlight.has(action.key)) return;
    inFlight.add(action.key);
    if (action.kind === 'remove-container') witness.evidence(picture.engine, action.container, ledger);
    picture.engine.perform(action, (result) => {
      inFlight.delete(action.key);
      if (result.container?.view) picture.containers.set(result.container.id, result.container.view);
      else if (result.container) picture.containers.delete(result.container.id);
      if (!result.error) picture.volumes = volumesAfter(picture.volumes, action);
      if (!result.error && action.kind === 'create-network') picture.networks.add(action.network);
      if (!result.error && action.kind === 'remove-network') picture.networks.delete(action.network);
      outcomes.push({ key: action.key, at: time.now(), error: result.error, ...(result.image ? { image: result.image } : {}) });
      wake();
    });
  };
  const ask = (look: Look): void => {
    if (answers.has(look.key) || inFlight.has(look.key)) return;
    inFlight.add(look.key);
    engines.get(look.instance)?.look(look, (answer) => {
      inFlight.delete(look.key);
      answers.set(look.key, { ...answer, key: look.key, at: time.now() });
      wake();
    });
  };

  const turn = (): void => {
    due = false;
    turns++;
    if (turns > MOST_TURNS) throw new Error(`the story needs more than ${MOST_TURNS} turns`);
    const before = ledger;
    const plan = reconcile(world());
    outcomes = [];
    commands = [];
    ledger = plan.ledger;
    wakeAt = plan.wakeAt;
    for (const task of ledger.tasks.values()) nameTask({ ...task, task: task.id });
    witness.gone(before, ledger);
    for (const event of eventsBetween(before, ledger, time.now())) told(event);
    if (plan.routes.version !== installed) {
      installed = plan.routes.version;
      proxy().install(plan.routes, wake);
    }
    for (const action of plan.actions) act(action);
    for (const look of plan.looks) ask(look);
    if (ledger !== before) due = true;
  };
  /** When something will happen next; infinity when nothing is waited for. */
  const nextMoment = (): number => (due ? time.now() : Math.min(...[time.next(), wakeAt].filter((moment) => moment !== null)));
  const runUntil = (end: number): void => {
    for (;;) {
      if (due) turn();
      const next = nextMoment();
      if (next > end) break;
      time.advanceTo(Math.max(next, time.now()));
      if (wakeAt !== null && wakeAt <= time.now()) due = true;
    }
    time.advanceTo(end);
  };

  return {
    names,
    nameTask,
    /** The world as the daemon knows it. */
    world: () => world(),
    /** The world as somebody sees it who looks at the engines now. */
    worldSeenNow: () => world(lookedAt),
    /** A machine of 4 vCPU and 8 GiB unless the story says otherwise. */
    addEngine(id: string, cpu = 4_096, memory = 8_192): void {
      const address = `10.0.0.${engines.size + 1}`;
      const where = { id, address, cpu, memory, pace: 1 };
      const engine = engineModel({ ...where, time, random: MIDDLE, registry, vault, installation: INSTALLATION });
      const picture: Picture = { engine, containers: new Map(), networks: new Set(), volumes: new Map(), connected: false };
      engines.set(id, engine);
      pictures.set(id, picture);
      witness.follow(engine);
      engine.watch((change) => {
        if (change.kind === 'lost') return list(picture);
        if (change.kind === 'relay') return;
        if (change.view) picture.containers.set(change.id, change.view);
        else picture.containers.delete(change.id);
        wake();
      });
      list(picture);
      runUntil(time.now() + 1_000);
    },
    /** An image that the registry serves and, unless it is only there, every engine that exists by now holds. */
    addImage(reference: string, behaviour: Behaviour, onlyRemote: boolean): void {
      const image = remoteImage(reference, behaviour);
      registry.images.set(reference, image);
      if (onlyRemote) return;
      for (const engine of engines.values()) {
        engine.addImage(image);
        held.add(`${engine.id} ${reference}`);
      }
    },
    /** What a look at an engine would find: the answer that a plan may use. */
    find(look: Look): Pick<Answer, 'error' | 'image'> {
      const image = registry.images.get(look.reference);
      const isThere = image !== undefined && held.has(`${look.instance} ${look.reference}`);
      return { error: null, image: isThere ? imageIdentity(look.instance, image) : null };
    },
    commit(apps: readonly Declared[], commit: string, groups: readonly DesiredSecurityGroup[] = []): void {
      declared = desired(apps, { commit, groups });
      wake();
    },
    tick: (ms: number) => runUntil(time.now() + ms),
    /** Runs until nothing is under way and nothing is waited for. */
    settle(): void {
      const end = time.now() + LONGEST_SETTLE_MS;
      for (let next = nextMoment(); next <= end; next = nextMoment()) runUntil(next);
    },
    stopTask(task: string, reason: string | null): void {
      commands = [{ kind: 'stop-task', key: `command-${turns}`, at: time.now(), task, reason }];
      wake();
      runUntil(time.now());
    },
    /** The present moment, and nothing of the future. */
    catchUp: () => runUntil(time.now()),
    now: time.now,
    /** Requests that failed because of us. */
    failures: () => proxy().failures,
    /** What keeps the secrets: any name has a value until the story says otherwise. */
    vault,
    witness,
    ...handsOn(engines),
  };
}

/** What a story does to its machines past the core. */
function handsOn(engines: ReadonlyMap<string, EngineModel>) {
  return {
    cut: (id: string) => engines.get(id)?.cut(),
    heal: (id: string) => engines.get(id)?.heal(),
    /** Ends the process of one container of a running task. */
    kill(task: string, name: string, code: number, oomKilled: boolean): void {
      const found = [...engines.values()].flatMap((engine) => [...engine.containers.values()].map((container) => ({ engine, container })));
      const victim = found.find(({ container: { identity } }) => identity?.task === task && identity.container === name);
      if (victim?.container.state !== 'running') throw new Error(`container ${name} does not run`);
      victim.engine.kill(victim.container.id, code, oomKilled);
    },
    /** What an engine says of a container that is there. */
    evidence: (instance: string, container: string) =>
      leftBy(engines.get(instance)?.containers.get(container) ?? null, { variables: [], files: [] }),
  };
}

/**
 * `web:1#0`: the first task that was launched for a revision, `web:1#0'` that of its second deployment. Ids are derived by hash and mean
 * nothing to a reader.
 */
function taskNames() {
  const names = new Map<string, string>();
  return {
    /** What the tasks seen so far are called in a story, by id. */
    names: names as ReadonlyMap<string, string>,
    nameTask(who: Pick<ContainerIdentity, 'task' | 'revision' | 'attempt'>): void {
      if (names.has(who.task)) return;
      const taken = new Set(names.values());
      let name = `${who.revision}#${who.attempt}`;
      while (taken.has(name)) name += "'";
      names.set(who.task, name);
    },
  };
}

function lookedAt(picture: Picture): Picture {
  if (!picture.engine.reachable()) return picture;
  const { containers, networks, volumes } = picture.engine.picture();
  return {
    ...picture,
    containers: new Map(containers.map((view) => [view.id, view])),
    networks: new Set(networks),
    volumes: new Map(volumes),
  };
}

function viewOf(picture: Picture): InstanceView {
  const { engine } = picture;
  return {
    id: engine.id,
    clusters: null,
    address: engine.address,
    connected: picture.connected,
    observedAt: NOW,
    cpu: engine.cpu,
    memory: engine.memory,
    containers: new Map([...picture.containers].sort(([a], [b]) => (a < b ? -1 : 1))),
    networks: new Set(picture.networks),
    volumes: picture.volumes,
  };
}
