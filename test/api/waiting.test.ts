// One line says what a service waits for: the worst of its tasks, in the words of ELB and of the engine.
import { describe, expect, it } from 'vitest';
import {
  NOW,
  app,
  container,
  containerView,
  deployment,
  desired,
  identity,
  instance,
  ledger,
  observed,
  proxy,
  serviceRevision,
  serviceRow,
  task,
  taskSet,
  world,
} from '../build.ts';
import type { AppOptions } from '../build.ts';
import type { ContainerView, InstanceView, ProxyView } from '../../src/model/turn/observed.ts';
import type { Deployment } from '../../src/model/service/deployment.ts';
import type { Retry } from '../../src/model/turn/ledger.ts';
import type { Task } from '../../src/model/task/task.ts';
import { taskWaitingReason, waitingReason } from '../../src/api/waiting.ts';

interface Scene {
  readonly app?: AppOptions;
  readonly tasks?: readonly Partial<Task>[];
  readonly deployment?: Partial<Deployment>;
  readonly steady?: boolean;
  readonly view?: Partial<ContainerView>;
  readonly instance?: Partial<InstanceView>;
  readonly proxy?: ProxyView | null;
  readonly retries?: readonly Retry[];
  readonly afterMs?: number;
}

const PORTS = [{ containerPort: 8080, protocol: 'tcp' as const, hostPort: 32_768 }];
const TARGET = `web-tg/${identity().task}/main/8080`;

/** The line for a service `web` with one RUNNING task, as the scene varies it. */
function waiting(scene: Scene): string | null {
  const declared = app('web', { count: 1, ...scene.app });
  const behind = scene.app?.listen === undefined ? [] : [{ targetGroupArn: 'web-tg', containerName: 'main', containerPort: 8080 }];
  const target = serviceRevision({ loadBalancers: behind });
  const tasks = (scene.tasks ?? [{}]).map((more, index) =>
    task({ slot: index + 1, containers: [{ name: 'main', pull: 'none', exitCode: null, ports: PORTS }], ...more }),
  );
  const row = serviceRow({
    desiredCount: 1,
    steady: scene.steady ?? false,
    deployments: [deployment({ target, ...scene.deployment })],
    taskSets: [taskSet({ target })],
  });
  const views = [containerView(identity(), { ports: PORTS, ...scene.view })];
  const revision = { id: 'web:1', family: 'web', number: 1, hash: 'v1:spec', spec: declared.taskDefinition };
  const state = world({
    desired: desired([declared]),
    observed: observed([instance('local', views, scene.instance)], scene.proxy === undefined ? {} : { proxy: scene.proxy }),
    ledger: ledger({ services: [row], tasks, revisions: [revision], ...(scene.retries ? { retries: scene.retries } : {}) }),
  });
  return waitingReason(state, row, tasks, NOW + (scene.afterMs ?? 0))?.replaceAll(/task [0-9a-f]{12}/g, 'task T') ?? null;
}

const retry = (key: string): Retry => ({ key, tries: 3, retryAt: NOW + 1_000, error: { code: 'Failed', message: 'driver failed' } });
const RESTARTS: AppOptions = { container: { restartPolicy: { enabled: true, restartAttemptPeriod: 60 } } };
const SECRET: AppOptions = { container: { secrets: [{ name: 'PASSWORD', valueFrom: '/shop/db' }] } };

describe('a service that is not steady', () => {
  it.each<[string, Scene, string | null]>([
    ['waits for its time', { afterMs: 25_000 }, 'task T: running for 25 s of the 40 s until it counts as healthy'],
    [
      'names the target and what is expected of it',
      {
        app: { listen: 80 },
        proxy: { ...proxy('v1', [[TARGET, 'unhealthy']]) },
      },
      'task T: target 127.0.0.1:32768 of web-tg: Target.Timeout (GET / should answer 200)',
    ],
    [
      'says how long failing checks do not count yet',
      { app: { listen: 80, gracePeriod: 60 }, proxy: proxy('v1', [[TARGET, 'unhealthy']]), afterMs: 20_000 },
      'task T: target 127.0.0.1:32768 of web-tg: Target.Timeout (GET / should answer 200); failing checks count in 40 s',
    ],
    [
      'has a target that nobody has checked yet',
      { app: { listen: 80 }, proxy: proxy('v1', []) },
      'task T: target 127.0.0.1:32768 of web-tg: not registered yet',
    ],
    ['has no proxy', { app: { listen: 80 }, proxy: null }, 'task T: the proxy does not answer, so its targets are not checked'],
    [
      'has a container whose check fails',
      { app: { healthCheck: true }, view: { health: 'unhealthy' } },
      'task T: container main: its health check fails',
    ],
    [
      'has a container whose check has not succeeded yet',
      { app: { healthCheck: true }, view: { health: 'starting' }, afterMs: 12_000 },
      'task T: container main: no health check has succeeded in 12 s',
    ],
    [
      'leaves out a check of a container that is not essential',
      { app: { sidecars: [container('log', 'log:1', { essential: false, healthCheck: { command: ['CMD', 'x'] } })] }, afterMs: 1_000 },
      'task T: running for 1 s of the 40 s until it counts as healthy',
    ],
    [
      'has a task on an engine that is away',
      { instance: { connected: false, silence: 'no answer to a ping' } },
      'task T: container instance local does not answer (no answer to a ping)',
    ],
    [
      'has a call that is refused',
      { tasks: [{ lastStatus: 'PENDING', startedAt: null }], retries: [retry(`start/${identity().task}/main`)] },
      'task T: Failed: driver failed (tried 3 times)',
    ],
    [
      'does not take a failure of another task for its own',
      { tasks: [{ lastStatus: 'PENDING', startedAt: null }], retries: [retry('start/another/main')] },
      'task T: its containers are being created and started',
    ],
    [
      'is pulling',
      { tasks: [{ lastStatus: 'PENDING', containers: [{ name: 'main', pull: 'needed', exitCode: null, ports: [] }] }] },
      'task T: the image of main is being pulled',
    ],
    [
      'waits for its next try',
      { tasks: [], deployment: { retryAt: NOW + 8_000, startFailures: 4 } },
      'next try in 8 s, after 4 failures in a row',
    ],
    [
      'waits for its next try, and has no deployment under way that would say why',
      {
        tasks: [],
        deployment: { rollout: 'COMPLETED', retryAt: NOW + 8_000, startFailures: 4, lastFailure: 'ResourceInitializationError: no secret' },
      },
      'next try in 8 s, after 4 failures in a row: ResourceInitializationError: no secret',
    ],
    [
      'waits for what keeps the secrets of a task',
      {
        tasks: [{ lastStatus: 'PENDING', startedAt: null }],
        retries: [{ ...retry(`create/${identity().task}/main`), error: { code: 'ProviderAway', message: 'vault did not answer.' } }],
      },
      'task T: vault did not answer. (tried 3 times)',
    ],
    [
      'waits for the secrets of what git asks for, although what runs is steady',
      { app: SECRET, steady: true },
      'waits for its secrets: the secret /shop/db is being read',
    ],
    [
      'has a container that is started again in place',
      { app: RESTARTS, view: { state: 'exited', exitCode: 3, startedAt: NOW, finishedAt: NOW + 60_000 } },
      'task T: container main ended with exit code 3 and is being started again',
    ],
    [
      'counts from the last start in place',
      {
        app: RESTARTS,
        tasks: [
          {
            containers: [
              { name: 'main', pull: 'none', exitCode: null, ports: PORTS, run: { startedAt: NOW, seenAt: NOW + 60_000, restarts: 1 } },
            ],
          },
        ],
        afterMs: 70_000,
      },
      'task T: running for 10 s of the 40 s until it counts as healthy',
    ],
    [
      'waits for its next pull',
      { tasks: [], deployment: { taskSet: null, retryAt: NOW + 8_000, startFailures: 1 } },
      'next try in 8 s, after 1 failure in a row',
    ],
    ['looks for its images', { tasks: [], deployment: { taskSet: null } }, 'its images are being looked up or pulled'],
    [
      'tries a pull again that nobody answers',
      { tasks: [], deployment: { taskSet: null }, retries: [retry('pull/local/other:1'), retry('pull/local/web:1')] },
      'its images are being pulled: driver failed (tried 3 times)',
    ],
    [
      'tries a pull again for whose login there is no answer',
      {
        app: { container: { repositoryCredentials: { credentialsParameter: 'vault:registry' } } },
        tasks: [],
        deployment: { taskSet: null },
        retries: [retry('pull/local/web:1 vault:registry')],
      },
      'its images are being pulled: driver failed (tried 3 times)',
    ],
    [
      'takes no pull of another login for its own',
      { tasks: [], deployment: { taskSet: null }, retries: [retry('pull/local/web:1 vault:registry')] },
      'its images are being looked up or pulled',
    ],
    [
      'tells the worst of several, and how many there are',
      {
        app: { listen: 80 },
        tasks: [{ lastStatus: 'PENDING', startedAt: null, slot: 2 }, { slot: 1 }],
        proxy: proxy('v1', [[TARGET, 'unhealthy']]),
      },
      '2 tasks not healthy yet, task T: target 127.0.0.1:32768 of web-tg: Target.Timeout (GET / should answer 200)',
    ],
    [
      'waits for what it stops',
      { tasks: [{ health: 'HEALTHY' }, { desiredStatus: 'STOPPED', lastStatus: 'DEACTIVATING', taskSet: 'old' }] },
      '1 task being drained or stopped',
    ],
    ['has failed: its deployment says why', { deployment: { rollout: 'FAILED' } }, null],
    ['nothing, once it is steady', { steady: true }, null],
  ])('%s', (_, scene, expected) => {
    expect(waiting(scene)).toBe(expected);
  });

  it('tells no environment value', () => {
    const environment = [{ name: 'PASSWORD', value: 's3cr3t-word' }];
    expect(waiting({ app: { environment, healthCheck: true }, view: { health: 'unhealthy' } })).not.toContain('s3cr3t');
  });
});

describe('a task', () => {
  const declared = app('web', { count: 1 });
  const reason = (more: Partial<Task>): string | null => {
    const one = task(more);
    const revision = { id: 'web:1', family: 'web', number: 1, hash: 'v1:spec', spec: declared.taskDefinition };
    const rows = ledger({ services: [serviceRow()], tasks: [one], revisions: [revision] });
    return taskWaitingReason(world({ desired: desired([declared]), observed: observed(), ledger: rows }), one, NOW);
  };

  it('waits until it is healthy, and not when it is to stop', () => {
    expect(reason({ lastStatus: 'PENDING', startedAt: null })).toBe('its containers are being created and started');
    expect(reason({})).toBe('running for 0 ms of the 40 s until it counts as healthy');
    expect([reason({ health: 'HEALTHY' }), reason({ desiredStatus: 'STOPPED' })]).toEqual([null, null]);
  });
});
