// A daemon for the door's tests: a plain object with a view that the test sets, a list of events, and turns that the test makes.
import {
  app,
  deployment,
  desired,
  instance,
  ledger,
  NOW,
  observed,
  proxy,
  serviceRevision,
  serviceRow,
  task,
  taskSet,
  world,
} from '../build.ts';
import { echoSession, type EchoSession } from '../sim/exec.ts';
import type { ExecRequest } from '../../src/model/task/exec.ts';
import type { Command } from '../../src/model/turn/command.ts';
import { draftOf, ledgerOf } from '../../src/core/draft.ts';
import { EMPTY_LEDGER } from '../../src/model/turn/ledger.ts';
import { obey } from '../../src/core/commands.ts';
import type { DaemonDoor, DaemonView } from '../../src/daemon/view.ts';
import { LOG_UNREADABLE, type StoredEvent } from '../../src/daemon/ports.ts';
import type { LogLine, LogQuery } from '../../src/model/task/container-log.ts';
import type { ContainerEvidence, StoppedTask } from '../../src/model/task/stopped-task.ts';
import type { World } from '../../src/model/turn/plan.ts';

export interface FakeDoor extends DaemonDoor {
  /** Changes the view and lets every listener know. */
  turn(change: Partial<DaemonView>, events?: readonly string[]): void;
  readonly listeners: Set<() => void>;
  /** A container writes these lines. */
  write(container: string, ...lines: readonly LogLine[]): void;
  /** A container ends: who follows its log has reached the end. */
  ends(container: string): void;
  /** Commands that were run, each with its session. */
  readonly sessions: { readonly request: ExecRequest; readonly session: EchoSession }[];
  /** What was asked for. */
  readonly commands: Command[];
  /** What engines say of containers that are there. */
  readonly left: Map<string, Omit<ContainerEvidence, 'name'>>;
  /** Stopped tasks that are remembered, newest first. */
  readonly stopped: StoppedTask[];
  /** Containers whose log nobody can read, with the reason. */
  readonly unreadable: Map<string, string>;
}

/** A daemon that has made one turn over `world`. */
export function fakeDoor(change: Partial<DaemonView> = {}): FakeDoor {
  let view: DaemonView = {
    startedAt: NOW - 60_000,
    now: NOW,
    repository: '/srv/web',
    commit: 'a'.repeat(40),
    refusedCommit: null,
    problems: [],
    repositoryError: null,
    storeError: null,
    world: shopWorld(),
    ready: true,
    settled: true,
    turns: 1,
    lastTurnMs: 4,
    actionsInFlight: 0,
    pulls: [],
    actionsTotal: 12,
    actionErrorsTotal: 2,
    wakeAt: null,
    ...change,
  };
  const listeners = new Set<() => void>();
  const stored: StoredEvent[] = [];
  const written = new Map<string, readonly LogLine[]>();
  const ended = new Set<string>();
  const readers = new Set<() => void>();
  const stopped: StoppedTask[] = [];
  const sessions: FakeDoor['sessions'] = [];
  const commands: Command[] = [];
  const left = new Map<string, Omit<ContainerEvidence, 'name'>>();
  const unreadable = new Map<string, string>();
  const logOf = async function* (container: string, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogLine, void, void> {
    const reason = unreadable.get(container);
    if (reason !== undefined) throw Object.assign(new Error(reason), { code: LOG_UNREADABLE });
    const past = (written.get(container) ?? []).filter(({ time }) => query.since === null || time >= query.since);
    let seen = written.get(container)?.length ?? 0;
    yield* query.tail === null ? past : past.slice(Math.max(0, past.length - query.tail));
    while (query.follow && !ended.has(container)) {
      signal.throwIfAborted();
      const fresh = (written.get(container) ?? []).slice(seen);
      seen += fresh.length;
      yield* fresh;
      if (fresh.length > 0) continue;
      const woken = Promise.withResolvers<void>();
      readers.add(woken.resolve);
      signal.addEventListener('abort', () => woken.resolve(), { once: true });
      await woken.promise;
      readers.delete(woken.resolve);
    }
  };
  return {
    listeners,
    view: () => view,
    events: async (after, limit) =>
      Promise.resolve(after === null ? stored.slice(-limit) : stored.filter((event) => event.sequence > after).slice(0, limit)),
    logs: (_instance, container, query, signal) => logOf(container, query, signal),
    command: async (command) => {
      commands.push(command);
      if (command.kind !== 'stop-task') {
        const { world } = view;
        const draft = draftOf(world?.ledger ?? EMPTY_LEDGER);
        if (world !== null) {
          obey(draft, { ...world, commands: [command] });
          view = { ...view, world: { ...world, ledger: ledgerOf(draft, world.ledger) } };
        }
        return Promise.resolve({ command, obeyedAt: NOW, outcome: draft.commands.get(command.key)?.outcome ?? 'no-effect' });
      }
      const known = view.world?.ledger.tasks.get(command.task);
      const outcome = known?.desiredStatus === 'RUNNING' ? 'done' : 'no-effect';
      if (known !== undefined && outcome === 'done' && view.world !== null) {
        const stopped = { ...known, desiredStatus: 'STOPPED', stoppedReason: command.reason ?? 'Task stopped by user' } as const;
        const { world } = view;
        view = { ...view, world: { ...world, ledger: { ...world.ledger, tasks: new Map([...world.ledger.tasks, [known.id, stopped]]) } } };
      }
      return Promise.resolve({ command, obeyedAt: NOW, outcome });
    },
    commands,
    exec: async (_instance, _container, request, signal) => {
      const session = echoSession(request, signal);
      sessions.push({ request, session });
      return Promise.resolve(session);
    },
    sessions,
    evidence: async (_instance, container) => {
      const found = left.get(container);
      return found === undefined ? Promise.reject(new Error('no answer within 3000 ms')) : Promise.resolve(found);
    },
    left,
    taskEvents: async (task, limit) => Promise.resolve(stored.filter((event) => event.task === task).slice(-limit)),
    stoppedTasks: async ({ service, idPrefix = '' }, limit) =>
      Promise.resolve(
        stopped
          .filter(
            ({ task: { id, cluster, service: name } }) =>
              id.startsWith(idPrefix) && (service ?? `${cluster}/${name}`) === `${cluster}/${name}`,
          )
          .slice(0, limit),
      ),
    stopped,
    unreadable,
    write: (container, ...lines) => {
      written.set(container, [...(written.get(container) ?? []), ...lines]);
      for (const wake of readers) wake();
    },
    ends: (container) => {
      ended.add(container);
      for (const wake of readers) wake();
    },
    onTurn: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    turn: (next, events = []) => {
      view = { ...view, turns: view.turns + 1, ...next };
      for (const message of events) {
        stored.push({
          sequence: stored.length + 1,
          at: NOW,
          kind: 'service-steady',
          service: 'default/web',
          task: null,
          deployment: null,
          message,
        });
      }
      for (const listener of listeners) listener();
    },
  };
}

/** One service `web` behind a listener: two tasks run web:2, one of them healthy; a third of web:1 has stopped; its deployment goes on. */
export function shopWorld(): World {
  const second = serviceRevision({
    hash: 'v1:two',
    taskDefinition: 'web:2',
    images: [{ container: 'main', reference: 'web:2', digest: 'sha256:2', ids: [] }],
  });
  const rows = serviceRow({
    desiredCount: 2,
    requested: 'v1:two',
    deployments: [
      deployment({
        id: 'ecs-svc/2',
        number: 2,
        target: second,
        taskSet: 'set-2',
        failedTasks: 1,
        reason: 'ECS deployment ecs-svc/2 in progress.',
      }),
      deployment({ rollout: 'COMPLETED', finishedAt: NOW - 1_000 }),
    ],
    taskSets: [taskSet(), taskSet({ id: 'set-2', target: second })],
  });
  const running = { revision: 'web:2', taskSet: 'set-2', deployment: 'ecs-svc/2' } as const;
  return world({
    desired: desired([app('web', { listen: 8080 })], { commit: 'a'.repeat(40) }),
    observed: observed([instance('local'), instance('far', [], { connected: false })], {
      proxy: {
        ...proxy('v1', [
          ['t1:main:8080', 'healthy'],
          ['t2:main:8080', 'initial'],
        ]),
        refused: [{ port: 8080, reason: 'EADDRINUSE' }],
      },
    }),
    ledger: ledger({
      services: [rows],
      tasks: [
        task({ slot: 1, ...running, health: 'HEALTHY' }),
        task({ slot: 2, ...running, health: 'UNKNOWN' }),
        task({
          slot: 3,
          lastStatus: 'STOPPED',
          desiredStatus: 'STOPPED',
          stopCode: 'EssentialContainerExited',
          stoppedReason: 'Essential container in task exited',
        }),
      ],
    }),
  });
}
