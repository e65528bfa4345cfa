// The containers of one simulated machine: states, ports, health and how they end, as Docker does it. No calls and no faults of calls
// here (engine-model.ts): this is what happens on the machine itself.
import { identityOf } from '../../src/model/turn/identity.ts';
import { imageIdentity, type SimImage } from './images.ts';
import { HEALTH_CHECK_DEFAULTS } from '../../src/model/task/health-check.ts';
import { networksOf } from '../../src/model/task/container-network.ts';
import { PAUSE } from '../../src/model/task/pause.ts';
import { hashOf } from '../../src/std/hash.ts';
import { byText } from '../../src/std/order.ts';
import { type LogLine, logTime } from '../../src/model/task/container-log.ts';
import type { Cancel, VirtualTime } from './clock.ts';
import { type ContainerEvidence, EVIDENCE_LINES, type HealthProbe, type SecretPlaces } from '../../src/model/task/stopped-task.ts';
import type { ContainerIdentity, ContainerView, PublishedPort } from '../../src/model/turn/observed.ts';
import type { ContainerSpec } from '../../src/model/turn/plan.ts';
import type { OutcomeError } from '../../src/model/turn/outcome.ts';
import type { Random } from './random.ts';

export interface SimContainer {
  readonly id: string;
  readonly name: string;
  /** What its labels say; null: not ours. */
  identity: ContainerIdentity | null;
  /** Whose it really is: nobody of ours may touch it. */
  foreign: boolean;
  /** Null for foreign containers. */
  readonly spec: ContainerSpec | null;
  readonly image: SimImage;
  state: 'created' | 'running' | 'exited';
  exitCode: number | null;
  oomKilled: boolean;
  health: ContainerView['health'];
  ports: readonly PublishedPort[];
  /** The networks that it is on. */
  networks: readonly string[];
  startedAt: number | null;
  finishedAt: number | null;
  /** Whether its application answers probes now. */
  answering: boolean;
  timers: Cancel[];
  waiting: (() => void)[];
  /** What it has written. */
  readonly log: LogLine[];
  /** Why it could not be started. */
  error: string;
  view: ContainerView | null;
}

export interface Containers {
  readonly containers: ReadonlyMap<string, SimContainer>;
  find(nameOrId: string): SimContainer | null;
  view(container: SimContainer): ContainerView;
  create(name: string, identity: ContainerIdentity | null, spec: ContainerSpec, image: SimImage): SimContainer;
  /** Null when it runs; a refusal leaves it created. */
  start(container: SimContainer): OutcomeError | null;
  /** Signals it; `ended` is called once it does not run any more. */
  stop(container: SimContainer, timeoutMs: number, ended: () => void): void;
  remove(container: SimContainer): void;
  /** It is on these networks from now on. */
  connect(container: SimContainer, networks: readonly string[]): void;
  kill(nameOrId: string, code: number, oomKilled: boolean): void;
  loseLabels(nameOrId: string): void;
  restart(): void;
  /** The container that answers at a published port: of a task with a pause container, the one that uses its network. */
  atPort(port: number): SimContainer | null;
  /** The same at an address of a container. */
  atAddress(address: string): SimContainer | null;
  /** The container whose network another one shares; undefined: it is not there, null: it shares none. */
  ownerOf(spec: ContainerSpec): SimContainer | null | undefined;
  addForeign(id: string, name: string, labels: Readonly<Record<string, string>>, port: number | null): void;
  releaseForeignPorts(): void;
}

/** Docker: dynamic ports are handed out by a rotor that starts here after each start of the engine. */
const FIRST_DYNAMIC_PORT = 32_768;

/** Docker: why a container that shares another one's network is not started. */
export const NO_OWNER = 'cannot join the network of a container that does not run';

interface Surroundings {
  readonly id: string;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly installation: string;
}

const FOREIGN_IMAGE: SimImage = {
  reference: 'someone/elses:1',
  digest: null,
  behaviour: { badCommand: false, exit: null, answersAfterMs: null, failsAfterMs: null, ignoresTerm: false, endsWithinMs: 100 },
};

/** An empty machine; `touched` is called on every change of a container. */
export function containersOf({ id, time, random, installation }: Surroundings, touched: (container: SimContainer) => void): Containers {
  const containers = new Map<string, SimContainer>();
  const byName = new Map<string, SimContainer>();
  /** By protocol and number. */
  const ports = new Map<string, SimContainer>();
  const foreignPorts = new Set<string>();
  let rotor = FIRST_DYNAMIC_PORT;
  let created = 0;

  const change = (container: SimContainer): void => {
    container.view = null;
    touched(container);
  };
  const find = (nameOrId: string): SimContainer | null => byName.get(nameOrId) ?? containers.get(nameOrId) ?? null;
  const release = (published: readonly PublishedPort[]): void => {
    for (const { protocol, hostPort } of published) ports.delete(portKey(protocol, hostPort));
  };
  const clearTimers = (container: SimContainer): void => {
    for (const cancel of container.timers.splice(0)) cancel();
  };
  const exit = (container: SimContainer, code: number): void => {
    if (container.state !== 'running') return;
    clearTimers(container);
    container.state = 'exited';
    container.exitCode = code;
    container.finishedAt = time.now();
    container.answering = false;
    release(container.ports);
    container.ports = [];
    change(container);
    for (const ended of container.waiting.splice(0)) ended();
  };
  const after = (container: SimContainer, delayMs: number, fire: () => void): void => {
    container.timers.push(time.after(delayMs * (0.6 + random.unit() * 0.8), fire));
  };
  const setHealth = (container: SimContainer, health: ContainerView['health']): void => {
    if (container.health === health) return;
    container.health = health;
    change(container);
  };

  /** What the container does by itself from its start on. */
  const live = (container: SimContainer): void => {
    const { behaviour } = container.image;
    const check = container.spec?.healthCheck ? { ...HEALTH_CHECK_DEFAULTS, ...container.spec.healthCheck } : null;
    const intervalMs = (check?.interval ?? 0) * 1_000;
    const failureMs = (check?.retries ?? 0) * intervalMs;
    const { exit: end } = behaviour;
    if (end)
      after(container, end.afterMs, () => {
        container.oomKilled = end.wantsMemory === true;
        exit(container, end.code);
      });
    if (behaviour.answersAfterMs !== null) {
      after(container, behaviour.answersAfterMs, () => {
        container.answering = true;
        change(container);
        if (check) after(container, intervalMs * 0.7, () => setHealth(container, 'healthy'));
      });
    } else if (check) {
      after(container, (check.startPeriod ?? 0) * 1_000 + failureMs, () => setHealth(container, 'unhealthy'));
    }
    if (behaviour.failsAfterMs !== null) {
      after(container, behaviour.failsAfterMs + (behaviour.answersAfterMs ?? 0) * 2, () => {
        container.answering = false;
        change(container);
        if (check) after(container, failureMs, () => setHealth(container, 'unhealthy'));
      });
    }
  };
  const isTaken = (key: string): boolean => ports.has(key) || foreignPorts.has(key);
  const nextPort = (protocol: string): number => {
    while (isTaken(portKey(protocol, rotor))) rotor++;
    return rotor++;
  };
  const publish = (container: SimContainer): readonly PublishedPort[] | null => {
    const { network = null, ports: wanted = [] } = container.spec ?? {};
    // In the network of the instance a container listens where it likes: nothing is published, and nothing is in the way.
    if (network?.kind === 'host')
      return wanted.map(({ containerPort, protocol }) => ({ containerPort, protocol, hostPort: containerPort }));
    const published: PublishedPort[] = [];
    for (const { containerPort, protocol, hostPort: asked } of wanted) {
      const hostPort = asked === 0 ? nextPort(protocol) : asked;
      if (isTaken(portKey(protocol, hostPort))) {
        release(published);
        return null;
      }
      ports.set(portKey(protocol, hostPort), container);
      published.push({ containerPort, protocol, hostPort });
    }
    return published.sort((one, other) => one.containerPort - other.containerPort || byText(one.protocol, other.protocol));
  };
  const add = (container: SimContainer): SimContainer => {
    containers.set(container.id, container);
    byName.set(container.name, container);
    change(container);
    return container;
  };

  return {
    containers,
    find,
    view: (container) => (container.view ??= viewOf(id, container)),
    create: (name, identity, spec, image) => add(fresh(hashOf(['container', id, created++], 64), name, identity, spec, image)),
    start: (container) => {
      const published = publish(container);
      if (!published) return { code: 'PortTaken', message: 'port is already allocated' };
      Object.assign(container, { state: 'running', exitCode: null, error: '', oomKilled: false, startedAt: time.now(), ports: published });
      container.health = container.spec?.healthCheck ? 'starting' : 'none';
      for (const line of container.image.behaviour.says ?? []) container.log.push({ ...line, time: logTime(time.now()) });
      change(container);
      live(container);
      return null;
    },
    stop: (container, timeoutMs, ended) => {
      if (container.state !== 'running') return ended();
      container.waiting.push(ended);
      const { ignoresTerm, endsWithinMs } = container.image.behaviour;
      const obeys = !ignoresTerm && endsWithinMs <= timeoutMs;
      const delay = obeys ? random.whole(1, endsWithinMs) : timeoutMs;
      container.timers.push(time.after(delay, () => exit(container, obeys ? 0 : 137)));
    },
    remove: (container) => {
      exit(container, 137);
      clearTimers(container);
      containers.delete(container.id);
      byName.delete(container.name);
      change(container);
    },
    connect: (container, networks) => {
      container.networks = [...new Set(networks)];
      container.view = null;
    },
    kill: (nameOrId, code, oomKilled) => {
      const container = find(nameOrId);
      if (container?.state !== 'running') return;
      container.oomKilled = oomKilled;
      exit(container, code);
    },
    loseLabels: (nameOrId) => {
      const container = find(nameOrId);
      if (!container) return;
      // Labels can't be changed: somebody made the container again under its name, without them.
      clearTimers(container);
      containers.delete(container.id);
      const again: SimContainer = {
        ...container,
        id: hashOf(['container', id, created++], 64),
        identity: null,
        foreign: true,
        // Whoever made it does not know of our networks.
        networks: [],
        timers: [],
        waiting: [],
        view: null,
      };
      add(again);
      for (const { protocol, hostPort } of again.ports) ports.set(portKey(protocol, hostPort), again);
      touched(container);
      for (const ended of container.waiting.splice(0)) ended();
    },
    restart: () => {
      for (const container of containers.values()) if (!container.foreign) exit(container, 137);
      rotor = FIRST_DYNAMIC_PORT;
    },
    atPort: (port) => speaks(containers, ports.get(portKey('tcp', port)) ?? null),
    atAddress: (address) => {
      const holder = containers.get(address.slice(address.lastIndexOf('/') + 1));
      const isThere = holder !== undefined && addressesOf(id, holder).addresses?.some((own) => own.address === address) === true;
      return speaks(containers, isThere ? holder : null);
    },
    ownerOf: ({ network }) => (network.kind === 'container' ? (find(network.container) ?? undefined) : null),
    addForeign: (containerId, name, labels, port) => {
      const foreign = fresh(containerId, name, identityOf(labels, installation), null, FOREIGN_IMAGE);
      foreign.foreign = true;
      foreign.state = 'running';
      if (port !== null) foreignPorts.add(portKey('tcp', port));
      add(foreign);
    },
    releaseForeignPorts: () => {
      foreignPorts.clear();
      for (const [port, holder] of ports) if (holder.foreign) ports.delete(port);
    },
  };
}

function portKey(protocol: string, hostPort: number): string {
  return `${protocol}/${hostPort}`;
}

/** The container that answers where one is reached: a pause container does so for the task. */
function speaks(containers: ReadonlyMap<string, SimContainer>, holder: SimContainer | null): SimContainer | null {
  return holder?.identity?.container === PAUSE ? speakerOf(containers, holder) : holder;
}

/** The container that answers at the ports of a task's pause container. */
function speakerOf(containers: ReadonlyMap<string, SimContainer>, pause: SimContainer): SimContainer | null {
  const joined = [...containers.values()].filter(({ spec }) => spec?.network.kind === 'container' && spec.network.container === pause.name);
  return joined.find(({ identity, state }) => identity?.container === 'main' && state === 'running') ?? null;
}

function fresh(id: string, name: string, identity: ContainerIdentity | null, spec: ContainerSpec | null, image: SimImage): SimContainer {
  return {
    id,
    name,
    identity,
    foreign: false,
    spec,
    image,
    state: 'created',
    exitCode: null,
    oomKilled: false,
    health: spec?.healthCheck ? 'starting' : 'none',
    ports: [],
    // An engine creates a container on one network.
    networks: spec === null ? [] : networksOf(spec.network).slice(0, 1),
    startedAt: null,
    finishedAt: null,
    answering: false,
    timers: [],
    waiting: [],
    ...{ log: [], error: '' },
    view: null,
  };
}

function viewOf(engine: string, container: SimContainer): ContainerView {
  if (container.identity === null) throw new Error(`${container.name} is not ours`);
  return {
    id: container.id,
    name: container.name,
    identity: container.identity,
    state: container.state,
    exitCode: container.state === 'exited' ? container.exitCode : null,
    oomKilled: container.oomKilled,
    health: container.health,
    ports: container.ports,
    networks: [...container.networks].sort(),
    ...addressesOf(engine, container),
    imageId: imageIdentity(engine, container.image).id,
    startedAt: container.startedAt,
    finishedAt: container.state === 'exited' ? container.finishedAt : null,
  };
}

/** Each start of a container on a network has an address of its own. Every second engine is on the daemon's machine. */
function addressesOf(engine: string, { id, state, networks, startedAt }: SimContainer): Pick<ContainerView, 'addresses'> {
  if (state !== 'running' || networks.length === 0) return {};
  const isHere = engine.charCodeAt(engine.length - 1) % 2 === 1;
  return { addresses: [...networks].sort().map((network) => ({ network, address: `${network}/${startedAt}/${id}`, isHere })) };
}

/** What a container leaves behind, without the values of secret variables (null: of any); null: it is gone. */
export function leftBy(container: SimContainer | null, { variables }: SecretPlaces): Omit<ContainerEvidence, 'name'> | null {
  if (container === null) return null;
  const { state, exitCode, oomKilled, startedAt, finishedAt, health, log, error } = container;
  const probe: HealthProbe = { at: startedAt, exitCode: health === 'unhealthy' ? 1 : 0, output: `it is ${health}` };
  const hidden = (container.spec?.environment ?? []).filter(({ name }) => variables === null || variables.includes(name));
  const clean = (text: string): string => hidden.reduce((told, { value }) => told.replaceAll(value, '***'), text);
  return {
    exitCode: state === 'created' ? null : exitCode,
    ...{ oomKilled, error: clean(error), startedAt, finishedAt },
    // The first run comes an interval after the start.
    health: health === 'healthy' || health === 'unhealthy' ? [probe] : [],
    log: log.slice(-EVIDENCE_LINES).map((line) => ({ ...line, text: clean(line.text) })),
    logMissing: null,
  };
}
