// One Docker engine of a simulation, on virtual time: what it holds, how long it takes, and how it fails. Synchronous: a call names a
// function for its answer, so that the pure core (level 1) and the real loop (level 2, through engine.ts) meet the same engine.
// Its times come from the seed and know nothing of `predict`: an engine made of `predict` would agree with itself.
import { containersOf, leftBy, NO_OWNER, type SimContainer } from './containers.ts';
import { identityOf } from '../../src/model/turn/identity.ts';
import { armedFaults, type CallFault } from './call-faults.ts';
import { imageIdentity, imageShelf, isForOthers, namesImage, type Registry, type SimImage } from './images.ts';
import type { Action, Look } from '../../src/model/turn/plan.ts';
import type { Answer } from '../../src/model/turn/observed.ts';
import type { ActResult, EngineChange, EnginePicture } from '../../src/daemon/ports.ts';
import { type Call, type Condition, type Reply, handsOn } from './hands.ts';
import { networksOn } from './networks.ts';
import { relayOn } from './relay.ts';
import type { Cancel, VirtualTime } from './clock.ts';
import type { ContainerEvidence, SecretPlaces } from '../../src/model/task/stopped-task.ts';
import type { ErrorCode, ImageIdentity } from '../../src/model/turn/outcome.ts';
import type { Random } from './random.ts';
import type { RelayView } from '../../src/model/cluster/relay.ts';
import { volumeShelf } from './volumes.ts';
import { secretFault, type VaultModel } from './vault-model.ts';

export interface EngineOptions {
  readonly id: string;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly registry: Registry;
  /** Where whoever creates a container reads its secrets. */
  readonly vault?: VaultModel;
  readonly installation: string;
  readonly address: string;
  readonly cpu: number;
  readonly memory: number;
  /** Its containers can't reach the daemon's machine: they need a relay, which may be lost by itself until this moment. */
  readonly relays?: number;
  /** Calls take this many times as long. */
  readonly pace: number;
}

type LookAnswer = Omit<Answer, 'key' | 'at'>;

const DONE: ActResult = { error: null };

export interface EngineModel {
  readonly id: string;
  readonly address: string;
  readonly cpu: number;
  readonly memory: number;
  /** Every container of this machine, ours or not, by id. */
  readonly containers: ReadonlyMap<string, SimContainer>;
  readonly networks: Map<string, { readonly labelled: boolean }>;
  /** Task of each volume of a task, by name. */
  volumes(): ReadonlyMap<string, string>;
  /** What was done to things that are not ours. */
  readonly trespasses: string[];
  /** Actions that took effect, in order; bounded by the length of a simulation. */
  readonly effects: { readonly at: number; readonly action: Action }[];
  perform(action: Action, reply: Reply): void;
  look(look: Look, reply: (answer: LookAnswer) => void): void;
  /** What a container leaves behind; null: it is gone; undefined: the engine does not answer. */
  evidence(container: string, secrets: SecretPlaces, reply: (evidence: Omit<ContainerEvidence, 'name'> | null | undefined) => void): void;
  /** Null while it is cut off. */
  list(reply: (picture: EnginePicture | null) => void): void;
  picture(): EnginePicture;
  /** The daemon that held its relay is gone. */
  hangUp(): void;
  watch(listener: (change: EngineChange) => void): Cancel;
  /** Called at once on every change of a container, for the proxy's probes. */
  onTouched(listener: () => void): void;
  /** Called when one of our calls ends a running container, unless nobody remembers the call. */
  onSignal(listener: (container: SimContainer) => void): void;
  /** The ledger is lost while these calls are under way. */
  forgetCalls(): void;
  /** The container that answers at a published port. */
  atPort(port: number): SimContainer | null;
  atAddress(address: string): SimContainer | null;
  reachable(): boolean;
  /** Since when it has been cut off; null while it can be reached. */
  cutSince(): number | null;
  /** Whether it ever was. */
  wasCut(): boolean;
  /** What it holds under a reference. */
  holds(reference: string): ImageIdentity | null;
  addImage(image: SimImage): void;
  // What can go wrong, drawn by faults.ts.
  arm(fault: CallFault, calls: number): void;
  /** Whatever was armed strikes no more. */
  disarm(): void;
  cut(): void;
  heal(): void;
  restart(downMs: number): void;
  setDiskFull(full: boolean): void;
  setMute(mute: boolean): void;
  setDuplicate(duplicate: boolean): void;
  kill(container: string, code: number, oomKilled: boolean): void;
  loseLabels(container: string): void;
  removeByHand(container: string): void;
  /** Somebody takes a container off a network of security groups and onto another one; no event tells. */
  rewire(container: string): void;
  addForeign(name: string, labels: Readonly<Record<string, string>>, port: number | null): void;
  removeForeignPorts(): void;
}

const refuse = (code: ErrorCode, message: string): ActResult => ({ error: { code, message } });

function relayIn(relay: RelayView | undefined): Pick<EnginePicture, 'relay'> {
  return relay === undefined ? {} : { relay };
}

/** A fresh, empty engine. */
export function engineModel(options: EngineOptions): EngineModel {
  const { id, time, random, registry, installation } = options;
  const images = imageShelf(id);
  const listeners = new Set<(change: EngineChange) => void>();
  const heard: { touched: (() => void)[]; signal: ((container: SimContainer) => void)[] } = { touched: [], signal: [] };
  const announced = new Set<string>();
  const calls = new Set<Call>();
  const trespasses: string[] = [];
  const effects: { at: number; action: Action }[] = [];
  const state: Condition = { reachable: true, cutSince: null, wasCut: false, diskFull: false, mute: false, duplicate: false };
  const faults = armedFaults();
  const lasting = (low: number, high: number): number => random.whole(low, high) * options.pace;
  const unreachable = (): ActResult => refuse('Unreachable', `engine ${id} does not answer`);
  const touched = (container: SimContainer): void => {
    for (const listener of heard.touched) listener();
    if (container.identity === null || announced.has(container.id)) return;
    announced.add(container.id);
    time.after(random.whole(1, 40), () => announce(container));
  };
  const machine = containersOf(options, touched);
  const networks = networksOn(machine, installation);
  const volumes = volumeShelf(machine.containers);
  const relay = relayOn(options, listeners);
  const announce = (container: SimContainer): void => {
    announced.delete(container.id);
    if (state.mute || !state.reachable) return;
    const view = machine.containers.get(container.id)?.identity ? machine.view(container) : null;
    for (const listener of listeners) {
      listener({ kind: 'container', id: container.id, view });
      if (state.duplicate) listener({ kind: 'container', id: container.id, view });
    }
  };
  const tellLost = (reason: string): void => {
    for (const listener of listeners) listener({ kind: 'lost', reason });
  };
  const resultOf = (container: SimContainer, error: ActResult['error'] = null): ActResult => ({
    error,
    container: { id: container.id, view: machine.containers.has(container.id) && container.identity ? machine.view(container) : null },
  });
  const find = (nameOrId: string): SimContainer | null => {
    const found = machine.find(nameOrId);
    if (found?.foreign) trespasses.push(`engine ${id}: a foreign container ${found.name} was acted upon`);
    return found;
  };
  const signal = (container: SimContainer, call: Call): void => {
    if (container.state === 'running' && !call.forgotten) for (const listener of heard.signal) listener(container);
  };
  /** Does what `action` asks; `reply` comes when the engine would answer. */
  const execute = (action: Action, call: Call, reply: Reply): void => {
    const later = (lowMs: number, highMs: number, effect: () => ActResult): void => {
      time.after(lasting(lowMs, highMs), () => {
        if (!call.wanted) return;
        const result = effect();
        if (!result.error) effects.push({ at: time.now(), action });
        reply(result);
      });
    };
    switch (action.kind) {
      case 'create-network':
      case 'remove-network':
      case 'connect-network':
      case 'disconnect-network':
        return later(40, 180, () => networks.perform(action, find, resultOf));
      case 'remove-volume':
        return later(10, 60, () => volumes.remove(action));
      case 'open-relay':
      case 'remove-relay':
        return later(200, 2_000, () => relay.perform(action.kind));
      case 'remove-image':
        return later(20, 400, () => removeImage(action.reference));
      case 'pull-image':
        return later(200, registry.away ? 40_000 : 6_000, () => pull(action.reference));
      case 'create-container':
        return later(5, 60, () => create(action));
      case 'start-container':
        return later(60, 500, () => start(action));
      case 'stop-container':
        return stop(action, call, reply);
      case 'remove-container':
        return later(10, 120, () => {
          const container = find(action.container);
          if (!container) return { error: null, container: { id: action.container, view: null } };
          if (container.foreign) return DONE;
          signal(container, call);
          machine.remove(container);
          return resultOf(container);
        });
    }
  };
  const pull = (reference: string): ActResult => {
    const served = [...registry.images.values()].find((each) => namesImage(reference, each, { id: '', digest: each.digest }));
    const image = registry.away ? undefined : served;
    if (!image) return refuse('CannotPullContainerError', `pull of ${reference}: ${registry.away ? 'registry away' : 'manifest unknown'}`);
    if (state.diskFull) return refuse('DiskFull', 'write: no space left on device');
    return { error: null, image: imageIdentity(id, image), ...(images.bring(reference, image) && { brought: true as const }) };
  };
  const removeImage = (reference: string): ActResult => {
    const image = images.find(reference);
    if (!image) return DONE;
    if ([...machine.containers.values()].some((one) => one.image === image)) return refuse('Failed', `image ${reference} is in use`);
    const became = images.remove(reference);
    if (became === 'has a tag') return refuse('Failed', `the image ${reference} has a tag, too`);
    if (became === 'not ours') trespasses.push(`engine ${id}: the image ${reference} is not ours and was removed`);
    return DONE;
  };
  const create = (action: Extract<Action, { kind: 'create-container' }>): ActResult => {
    const image = images.find(action.spec.image);
    if (!image || isForOthers(image, action.spec.platform)) return refuse('ImageMissing', `No such image: ${action.spec.image}`);
    const holder = machine.find(action.name);
    if (holder) {
      const same = holder.identity?.task === action.identity.task && holder.identity.container === action.identity.container;
      return same ? resultOf(holder) : refuse('NameTaken', `the name ${action.name} is in use by container ${holder.id.slice(0, 12)}`);
    }
    if (state.diskFull) return refuse('DiskFull', 'write: no space left on device');
    const lacks = volumes.lacking(action.spec) ?? secretFault(options.vault, action.spec);
    if (lacks !== null) return lacks;
    if (machine.ownerOf(action.spec) === undefined) return refuse('Failed', NO_OWNER);
    const identity = identityOf(action.spec.labels, installation);
    volumes.madeWith(action);
    return resultOf(machine.create(action.name, identity, action.spec, image));
  };
  const start = ({ container: nameOrId, further }: Extract<Action, { kind: 'start-container' }>): ActResult => {
    const container = find(nameOrId);
    if (!container?.spec) return refuse('Failed', `No such container: ${nameOrId}`);
    if (container.state === 'running') return resultOf(container);
    const apart = networks.joinAll(container, further);
    if (apart !== null) return apart;
    const unable = (message: string): ActResult => {
      container.error = message;
      return resultOf(container, { code: 'CannotStartContainerError', message });
    };
    if (machine.ownerOf(container.spec)?.state !== 'running' && machine.ownerOf(container.spec) !== null) return unable(NO_OWNER);
    if (faults.take('port-clash')) return resultOf(container, { code: 'PortTaken', message: 'bind: address already in use' });
    if (container.image.behaviour.badCommand) return unable('exec: no such file or directory');
    const error = machine.start(container);
    return resultOf(container, error);
  };
  const stop = (action: Extract<Action, { kind: 'stop-container' }>, call: Call, reply: Reply): void => {
    time.after(random.whole(1, 4), () => {
      if (!call.wanted) return;
      const container = find(action.container);
      if (!container || container.foreign) return reply({ error: null, container: { id: action.container, view: null } });
      effects.push({ at: time.now(), action });
      signal(container, call);
      machine.stop(container, action.timeoutSeconds * 1_000, () => reply(resultOf(container)));
    });
  };
  const perform = (action: Action, done: Reply): void => {
    if (!state.reachable) {
      time.after(random.whole(5, 1_000), () => done(unreachable()));
      return;
    }
    const fault = faults.ofCall();
    if (fault) faults.take(fault);
    const call: Call = { wanted: fault !== 'fails-before' && fault !== 'hangs-before', answered: false, forgotten: false, reply: done };
    calls.add(call);
    const answer = (result: ActResult): void => {
      if (call.answered) return;
      call.answered = true;
      calls.delete(call);
      done(result);
    };
    if (fault === 'hangs-before') return;
    if (fault === 'fails-before') return void time.after(random.whole(2, 200), () => answer(refuse('Failed', 'injected: server error')));
    const delay = random.whole(1, 3) + (fault === 'slow' ? random.whole(2_000, 20_000) : 0);
    time.after(delay, () => {
      if (!call.wanted) return;
      execute(action, call, (result) => {
        if (fault === 'hangs-after') return;
        if (fault === 'fails-after') return answer(unreachable());
        time.after(fault === 'late-reply' ? random.whole(1_000, 15_000) : 1, () => answer(result));
      });
    });
  };
  const cut = (): void => {
    state.reachable = false;
    state.cutSince ??= time.now();
    state.wasCut = true;
    for (const call of calls) {
      call.wanted &&= random.chance(0.5);
      call.answered = true;
      time.after(random.whole(1, 500), () => call.reply(unreachable()));
    }
    calls.clear();
    relay.lose();
    tellLost('connection reset');
  };
  const heal = (): void => {
    if (state.reachable) return;
    state.reachable = true;
    state.cutSince = null;
    time.after(random.whole(1, 2_000), () => tellLost('event stream opened again'));
  };
  const picture = (): EnginePicture => ({
    cpu: options.cpu,
    memory: options.memory,
    containers: [...machine.containers.values()].filter((one) => one.identity !== null).map(machine.view),
    networks: [...networks.all].filter(([, one]) => one.labelled).map(([name]) => name),
    ...{ volumes: [...volumes.ofTasks()], ...relayIn(relay.view()) },
  });
  return {
    ...{ id, address: options.address, cpu: options.cpu, memory: options.memory },
    containers: machine.containers,
    ...{ networks: networks.all, volumes: volumes.ofTasks },
    trespasses,
    effects,
    perform,
    ...{ picture, hangUp: relay.lose },
    look: (look, reply) => {
      if (!state.reachable) return void time.after(random.whole(5, 1_000), () => reply({ error: unreachable().error, image: null }));
      time.after(lasting(2, 30), () => {
        const image = images.find(look.reference);
        reply(state.reachable ? { error: null, image: image && imageIdentity(id, image) } : { error: unreachable().error, image: null });
      });
    },
    evidence: (container, secrets, reply) =>
      void time.after(lasting(2, 30), () => reply(state.reachable ? leftBy(machine.find(container), secrets) : undefined)),
    list: (reply) => void time.after(lasting(3, 40), () => reply(state.reachable ? picture() : null)),
    watch: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onTouched: (listener) => void heard.touched.push(listener),
    onSignal: (listener) => void heard.signal.push(listener),
    ...{ atPort: machine.atPort, atAddress: machine.atAddress },
    reachable: () => state.reachable,
    cutSince: () => state.cutSince,
    wasCut: () => state.wasCut,
    holds: (reference) => {
      const image = images.find(reference);
      return image && imageIdentity(id, image);
    },
    cut,
    heal,
    restart: (downMs) => {
      cut();
      machine.restart();
      time.after(downMs, heal);
    },
    addImage: images.add,
    ...handsOn(id, state, machine, faults, calls, () => tellLost('events were missed'), networks.rewire),
  };
}
