// Hundreds of engines that answer in rounds: in a round each does at most so many of the calls that it is asked for, and says so. For worlds so
// large that what counts is how often the core is asked and how often engines are. Engines with times and faults of their own are
// engine-model.ts's business.
import type { Action, Plan, World } from '../../src/model/turn/plan.ts';
import type { Answer, ContainerView, InstanceView } from '../../src/model/turn/observed.ts';
import type { DesiredInstance } from '../../src/model/cluster/container-instance.ts';
import type { DesiredState } from '../../src/model/turn/desired.ts';
import { EMPTY_LEDGER, type Ledger } from '../../src/model/turn/ledger.ts';
import { reconcile } from '../../src/core/reconcile.ts';
import { INSTALLATION, NOW } from '../build.ts';
import { networkName } from '../../src/model/turn/identity.ts';
import { DEFAULT_CLUSTER } from '../../src/model/cluster/cluster.ts';

export interface Rounds {
  now(): number;
  ledger(): Ledger;
  /** Turns until the core waits for the engines, and what they do then; the number of turns. `seen`: called with each of them. */
  round(seen?: (world: World, plan: Plan, ms: number) => void): number;
  /** Rounds until nothing is asked for; throws after `most` of them. */
  settle(most: number): void;
  /** Lets time pass in which no engine does anything. */
  pass(ms: number): void;
  /** These instances do not answer any more; their containers run on. */
  cut(ids: readonly string[]): void;
  heal(ids: readonly string[]): void;
}

interface Machine {
  readonly containers: Map<string, ContainerView>;
  view: InstanceView;
}

export interface RoundsOptions {
  /** Calls that an engine does in a round; 0: none. */
  readonly callsPerEngine: number;
  /** How long a round takes (ms). */
  readonly roundMs: number;
  /** Engines answer after each turn, and not only when the core waits for them. */
  readonly eachTurn?: true;
}

/** A fleet of the instances that a commit declares, with nothing on them. */
export function rounds(desired: DesiredState, { callsPerEngine, roundMs, eachTurn }: RoundsOptions): Rounds {
  const machines = new Map([...desired.instances.values()].map((declared) => [declared.name, machineOf(declared)]));
  let now = NOW;
  let ledger = EMPTY_LEDGER;
  let answers = new Map<string, Answer>();
  const world = (): World => ({
    installation: INSTALLATION,
    desired,
    observed: {
      instances: new Map([...machines].map(([id, { view }]) => [id, view])),
      ...{ proxy: { version: '', targets: new Map(), refused: [] }, answers, secrets: new Map() },
    },
    ...{ outcomes: [], ledger, now },
  });
  const turn = (seen: Parameters<Rounds['round']>[0]): Plan => {
    const given = world();
    const began = computedMs();
    const plan = reconcile(given);
    seen?.(given, plan, computedMs() - began);
    ledger = plan.ledger;
    answers = new Map(plan.looks.map((look) => [look.key, { ...IMAGE, key: look.key, at: now }]));
    return plan;
  };
  const act = (plan: Plan): void => {
    const done = new Map<string, number>();
    for (const action of plan.actions) {
      const calls = done.get(action.instance) ?? 0;
      const machine = machines.get(action.instance);
      if (calls >= callsPerEngine || machine?.view.connected !== true) continue;
      done.set(action.instance, calls + 1);
      perform(machine.containers, action, now);
    }
    for (const id of done.keys()) restate(machines, id, { observedAt: now });
  };
  const round: Rounds['round'] = (seen) => {
    let plan = turn(seen);
    let turns = 1;
    const goesOn = (): boolean => eachTurn !== true && ((plan.wakeAt !== null && plan.wakeAt <= now) || plan.looks.length > 0);
    while (goesOn()) {
      plan = turn(seen);
      turns += 1;
    }
    act(plan);
    now += roundMs;
    return turns;
  };
  const setConnected = (ids: readonly string[], more: Partial<InstanceView>): void => {
    for (const id of ids) restate(machines, id, { silentSince: undefined, ...more });
  };
  return {
    now: () => now,
    ledger: () => ledger,
    round,
    settle: (most) => {
      for (let left = most; left > 0; left--) {
        let asked = 0;
        round((_, plan) => {
          asked = plan.actions.length + plan.looks.length;
        });
        if (asked === 0) return;
      }
      throw new Error(`still busy after ${most} rounds`);
    },
    pass: (ms) => {
      now += ms;
    },
    cut: (ids) => setConnected(ids, { connected: false, silence: 'it does not answer', silentSince: now }),
    heal: (ids) => setConnected(ids, { connected: true, observedAt: now }),
  };
}

/** Milliseconds that this thread has computed: what else the machine does is not its work. */
export function computedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

const IMAGE = { error: null, image: { id: 'sha256:1', digest: `sha256:${'a'.repeat(64)}` } } as const;

function restate(machines: ReadonlyMap<string, Machine>, id: string, more: Partial<InstanceView>): void {
  const machine = machines.get(id);
  if (machine !== undefined) machine.view = { ...machine.view, ...more, containers: new Map(machine.containers) };
}

function machineOf({ name, cpu = 4_096, memory = 8_192 }: DesiredInstance): Machine {
  const view: InstanceView = {
    ...{ id: name, clusters: null, declared: true, address: '127.0.0.1', connected: true, observedAt: NOW, cpu, memory },
    ...{ containers: new Map(), networks: new Set([networkName(INSTALLATION, DEFAULT_CLUSTER)]), volumes: new Map() },
  };
  return { containers: new Map(), view };
}

/** What a call does to the containers of an engine. */
function perform(containers: Map<string, ContainerView>, action: Action, now: number): void {
  if (action.kind === 'create-container') return void containers.set(`c-${action.name}`, createdBy(action));
  if (action.kind !== 'start-container' && action.kind !== 'stop-container' && action.kind !== 'remove-container') return;
  const view = containers.get(action.container);
  if (view === undefined) return;
  if (action.kind === 'remove-container') containers.delete(view.id);
  else if (action.kind === 'start-container') containers.set(view.id, { ...view, state: 'running', startedAt: now });
  else containers.set(view.id, { ...view, state: 'exited', exitCode: 0, finishedAt: now });
}

function createdBy({ name, identity }: Extract<Action, { kind: 'create-container' }>): ContainerView {
  return {
    ...{ id: `c-${name}`, name, identity, state: 'created', exitCode: null, oomKilled: false, health: 'none' },
    ...{ ports: [], networks: [], imageId: 'sha256:1', startedAt: null, finishedAt: null },
  };
}
