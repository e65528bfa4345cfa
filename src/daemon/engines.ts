// The engines that the daemon follows: those that it was started with, and those that the ledger's registrations say, as they come and go.
// One that cannot be reached is an engine all the same: it is silent, and says why. Nothing is decided here.
import type { Engine, Ports } from './ports.ts';
import type { DesiredInstance } from '../model/cluster/container-instance.ts';
import type { Registration } from '../model/turn/ledger.ts';
import { same } from '../std/diff.ts';

/** The ports as the rooms of the daemon use them. */
export type FollowedPorts = Omit<Ports, 'engines'> & { readonly engines: Pick<Engines, 'get'> };

export interface Engines {
  get(instance: string): Engine | undefined;
  all(): Iterable<Engine>;
  /** Whether a commit declares it. */
  isDeclared(instance: string): boolean;
  /** Opens what is new, closes what is gone, and opens again what is reached another way. */
  follow(registrations: ReadonlyMap<string, Registration>): void;
  /** Opens those as well that a commit declares and no registration knows; whether there are any. */
  meet(registrations: ReadonlyMap<string, Registration>, declared: ReadonlyMap<string, DesiredInstance>): boolean;
  /** Calls `came` for each engine that is there or comes, and `went` for each that goes. */
  onChange(came: (engine: Engine) => void, went: (engine: Engine) => void): void;
  close(): void;
}

interface Opened {
  readonly declared: DesiredInstance;
  readonly engine: Engine;
}

/** The engines of the ports; others are opened by `ports.connect` as they are registered. */
export function openEngines(ports: Pick<Ports, 'engines' | 'connect' | 'log'>): Engines {
  const opened = new Map<string, Opened>();
  const listeners: { came: (engine: Engine) => void; went: (engine: Engine) => void }[] = [];
  let followed: ReadonlyMap<string, Registration> | null = null;

  const shut = (id: string, { engine }: Opened): void => {
    opened.delete(id);
    for (const { went } of listeners) went(engine);
    engine.close();
    ports.log.write('info', 'container instance is no longer followed', { instance: id });
  };

  const follow: Engines['follow'] = (registrations) => {
    if (followed === registrations) return;
    followed = registrations;
    for (const [id, one] of [...opened]) {
      const declared = registrations.get(id)?.declared ?? null;
      if (declared === null || !reachedAlike(declared, one.declared)) shut(id, one);
    }
    for (const { id, declared } of registrations.values()) {
      if (declared?.endpoint === undefined || ports.engines.has(id) || opened.has(id)) continue;
      const engine = ports.connect(declared);
      opened.set(id, { declared, engine });
      for (const { came } of listeners) came(engine);
      ports.log.write('info', 'container instance is followed', { instance: id });
    }
  };

  return {
    get: (instance) => ports.engines.get(instance) ?? opened.get(instance)?.engine,
    isDeclared: (instance) => opened.has(instance),
    all: () => [...ports.engines.values(), ...[...opened.values()].map(({ engine }) => engine)],
    follow,
    meet: (registrations, declared) => {
      const unknown = [...declared.values()].filter(({ name, endpoint }) => endpoint !== undefined && !registrations.has(name));
      const rows = unknown.map(
        (one): Registration => ({
          ...{ id: one.name, declared: one, status: one.status ?? 'ACTIVE', drained: false, registeredAt: 0 },
        }),
      );
      if (rows.length > 0) follow(new Map([...registrations, ...rows.map((row) => [row.id, row] as const)]));
      return rows.length > 0;
    },
    onChange: (came, went) => {
      listeners.push({ came, went });
      for (const engine of [...ports.engines.values(), ...[...opened.values()].map((one) => one.engine)]) came(engine);
    },
    close: () => {
      for (const engine of ports.engines.values()) engine.close();
      for (const { engine } of opened.values()) engine.close();
    },
  };
}

/** Whether two declarations lead to the same engine by the same way. */
function reachedAlike(a: DesiredInstance, b: DesiredInstance): boolean {
  const way = ({ endpoint, credentials, address, cluster }: DesiredInstance): unknown => [endpoint, credentials, address, cluster];
  return same(way(a), way(b));
}
