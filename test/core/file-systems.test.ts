// What file systems that only the operator knows the place of mean for deployments.
import { describe, expect, test } from 'vitest';
import { app, container, desired, world } from '../build.ts';
import type { Declared } from '../build.ts';
import type { EfsConfig } from '../../src/model/task/file-system.ts';
import type { Action, World } from '../../src/model/turn/plan.ts';
import { forecast } from '../../src/core/plan/forecast.ts';
import { reconcile } from '../../src/core/reconcile.ts';
import { renderJson, renderMarkdown, renderText } from '../../src/core/plan/render.ts';

const EFS: EfsConfig = { fileSystems: [{ fileSystemId: 'fs-1', address: '10.0.0.7', path: '/exports' }] };
const TEXT = 'volume files: NFS 10.0.0.7:/exports/web (nfsvers=4.1,rsize=1048576,wsize=1048576,hard,timeo=600,retrans=2,noresvport)';

function mounting(options: Parameters<typeof app>[1] = {}): Declared {
  const web = app('web', { healthyAfter: 1, ...options });
  const mountPoints = [{ sourceVolume: 'files', containerPath: '/files' }];
  const volumes = [{ name: 'files', efsVolumeConfiguration: { fileSystemId: 'fs-1', rootDirectory: '/web' } }];
  const [first = container('main', 'web:1')] = web.taskDefinition.containerDefinitions;
  return { ...web, taskDefinition: { ...web.taskDefinition, volumes, containerDefinitions: [{ ...first, mountPoints }] } };
}

function plan(options: Parameters<typeof app>[1], efs: EfsConfig | undefined): ReturnType<typeof forecast> {
  return forecast(world({ desired: desired([mounting(options)]), efs }));
}

function actionsOf(made: ReturnType<typeof forecast>): readonly Action[] {
  return made.turns.flatMap((turn) => turn.actions);
}

describe('a service whose tasks mount a file system', () => {
  const made = plan({}, EFS);

  test('has one volume for all of its tasks, made with the options of the mount, and never removed', () => {
    const mounts = actionsOf(made).flatMap((action) => (action.kind === 'create-container' ? action.spec.mounts : []));
    expect(mounts).toHaveLength(2);
    expect(mounts[0]).toEqual({
      ...{ kind: 'volume', containerPath: '/files', readOnly: false, driver: 'local', labels: {}, noCopy: false, mustExist: false },
      name: expect.stringMatching(/^longshore-fs-1-[0-9a-f]{8}$/),
      driverOptions: { type: 'nfs', o: expect.stringMatching(/^addr=10\.0\.0\.7,nfsvers=4\.1,/), device: ':/exports/web' },
    });
    expect(mounts[1]).toEqual(mounts[0]);
    const gone = forecast({ ...made.end, desired: desired([]), outcomes: [] });
    expect(actionsOf(gone).filter(({ kind }) => kind === 'remove-volume')).toEqual([]);
    expect(gone.end.ledger.tasks.size).toBe(0);
  });

  test('shows in every form of the plan where it is and how it is mounted', () => {
    expect(renderText(made)).toContain(`    ${TEXT}\n`);
    expect(renderMarkdown(made)).toContain(`  ${TEXT}\n`);
    const { changes } = JSON.parse(renderJson(made)) as { changes: readonly { fileSystems: unknown }[] };
    expect(changes[0]?.fileSystems).toEqual([
      { volume: 'files', server: '10.0.0.7', path: '/exports/web', options: expect.arrayContaining(['hard', 'timeo=600']) },
    ]);
  });

  test('is sealed with it: another server is another plan', () => {
    const moved = { fileSystems: [{ fileSystemId: 'fs-1', address: '10.0.0.8' }] };
    expect(plan({}, moved).seal.id).not.toBe(made.seal.id);
    expect(plan({}, EFS).seal.id).toBe(made.seal.id);
  });

  test('starts nothing while nobody knows where that is, and says so', () => {
    const lost = plan({}, undefined);
    expect(actionsOf(lost).filter(({ kind }) => kind === 'create-container')).toEqual([]);
    expect(lost.waits.join('\n')).toContain("ResourceInitializationError: volume files can't be mounted");
    expect(renderText(lost)).not.toContain('NFS');
  });

  test('stops nothing for it: a new definition that mounts one leaves the old tasks alone, also where they would have to stop first', () => {
    const before = forecast(world({ desired: desired([app('web', { healthyAfter: 1, min: 0, max: 100, breaker: true })]) })).end;
    const after = desired([mounting({ min: 0, max: 100, breaker: true })]);
    const failing = forecast({ ...before, outcomes: [], desired: after });
    expect(actionsOf(failing)).toEqual([]);
    expect(failing.end.ledger.services.get('default/web')?.deployments[0]?.rollout).not.toBe('IN_PROGRESS');
  });

  test('fails a task whose containers are not made yet when the operator forgets the place', () => {
    const { end } = made;
    const tasks = new Map([...end.ledger.tasks].map(([id, task]) => [id, { ...task, lastStatus: 'PENDING', startedAt: null } as const]));
    const instances = new Map([...end.observed.instances].map(([id, view]) => [id, { ...view, containers: new Map() }]));
    const next: World = { ...end, outcomes: [], ledger: { ...end.ledger, tasks }, observed: { ...end.observed, instances } };
    expect(reconcile(next).actions.map(({ kind }) => kind)).toEqual(['create-container', 'create-container']);
    const decided = reconcile({ ...next, efs: undefined });
    expect(decided.actions).toEqual([]);
    expect([...decided.ledger.tasks.values()].map(({ stoppedReason }) => stoppedReason)).toEqual(
      Array.from({ length: 2 }, () => expect.stringContaining("ResourceInitializationError: volume files can't be mounted") as string),
    );
  });

  test('keeps its tasks when the operator forgets the place, and replaces none', () => {
    const { desired: wanted, observed, ledger, now } = made.end;
    const [gone] = ledger.tasks.values();
    const instances = new Map(
      [...observed.instances].map(([id, view]) => [
        id,
        { ...view, containers: new Map([...view.containers].filter(([, { identity }]) => identity.task !== gone?.id)) },
      ]),
    );
    let next: World = world({ desired: wanted, observed: { ...observed, instances }, ledger, now: now + 1_000, efs: undefined });
    const actions: Action[] = [];
    for (let turn = 0; turn < 5; turn++) {
      const decided = reconcile(next);
      actions.push(...decided.actions);
      next = { ...next, ledger: decided.ledger, now: next.now + 1_000 };
    }
    expect(actions.filter(({ kind }) => kind === 'create-container' || kind === 'stop-container')).toEqual([]);
    expect(next.ledger.services.get('default/web')?.message).toContain('no server for the file system fs-1');
  });
});
