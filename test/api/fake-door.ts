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
import type { DaemonDoor, DaemonView } from '../../src/daemon/view.ts';
import type { StoredEvent } from '../../src/daemon/ports.ts';
import type { World } from '../../src/model/plan.ts';

export interface FakeDoor extends DaemonDoor {
  /** Changes the view and lets every listener know. */
  turn(change: Partial<DaemonView>, events?: readonly string[]): void;
  readonly listeners: Set<() => void>;
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
  return {
    listeners,
    view: () => view,
    events: async (after, limit) =>
      Promise.resolve(after === null ? stored.slice(-limit) : stored.filter((event) => event.sequence > after).slice(0, limit)),
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
