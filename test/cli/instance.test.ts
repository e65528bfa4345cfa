// `longshore instance` and `describe instance`: real processes, a real socket, a daemon that is a plain object and obeys as the core does.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NOW, desired, instance, ledger, observed, task, world } from '../build.ts';
import { fakeDoor } from '../api/fake-door.ts';
import { longshore } from './spawn.ts';
import { makePlace } from './place.ts';
import type { DesiredInstance } from '../../src/model/cluster/container-instance.ts';
import type { Registration } from '../../src/model/turn/ledger.ts';
import type { Place } from './place.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => place.leave());

describe('instance', () => {
  const web1: DesiredInstance = {
    name: 'web1',
    cluster: 'prod',
    endpoint: 'ssh://10.0.0.5',
    attributes: [{ name: 'disk', value: 'ssd' }, { name: 'ecs.availability-zone', value: 'a' }, { name: 'old' }],
    reserved: { memory: 192 },
  };
  const row: Registration = { id: 'web1', declared: web1, status: 'ACTIVE', drained: false, registeredAt: NOW };
  const opened = async (
    more: { readonly tasks?: boolean; readonly git?: Partial<DesiredInstance>; readonly row?: Partial<Registration> } = {},
  ) => {
    const declared = { ...web1, ...more.git };
    const views = [
      instance('web1', [], { clusters: ['prod'], declared: true, address: '10.0.0.5' }),
      instance('local', [], { connected: false, silence: 'connection refused' }),
    ];
    const door = fakeDoor({
      world: world({
        desired: desired([], { instances: [declared] }),
        observed: observed(views),
        ledger: ledger({
          registrations: [{ ...row, declared, ...more.row }],
          tasks: more.tasks === true ? [task({ slot: 1, instance: 'web1', cluster: 'prod' })] : [],
        }),
      }),
    });
    await place.open(door);
    return door;
  };

  it('ls lists what there is, and what is taken of it; 0', async () => {
    await opened({ tasks: true });
    const { code, stdout } = await longshore(['instance', 'ls', '--state', place.state]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^local +every +ACTIVE +no +0 +0\/4096 +0\/8192 +connection refused$/m);
    expect(stdout).toMatch(/^web1 +prod +ACTIVE +yes +1 +0\/4096 +0\/8000 +-$/m);
    const json = await longshore(['instance', 'ls', '--cluster', 'other', '--output', 'json', '--state', place.state]);
    expect((JSON.parse(json.stdout) as { id: string }[]).map(({ id }) => id)).toEqual(['local']);
  });

  it('describe tells of one: where it is, its attributes, its tasks; 0', async () => {
    await opened({ tasks: true });
    const { stdout } = await longshore(['describe', 'instance', 'web1', '--state', place.state]);
    expect(stdout).toContain('endpoint    ssh://10.0.0.5\n');
    expect(stdout).toMatch(/attributes +disk: ssd\n +ecs.availability-zone: a\n +ecs.os-type: linux\n +old\n/);
    expect(stdout).toMatch(/prod\/web +web:1 +web1 +RUNNING/);
  });

  it('drain and activate say what it is now, and ask for it once', async () => {
    const door = await opened({ tasks: true });
    const drained = await longshore(['instance', 'drain', 'web1', '--state', place.state]);
    expect([drained.code, drained.stdout]).toEqual([0, 'web1 is DRAINING: 1 task on it\n']);
    expect((await longshore(['instance', 'drain', 'web1', '--state', place.state])).stdout).toBe(
      'web1 is DRAINING already: 1 task on it\n',
    );
    expect((await longshore(['instance', 'activate', 'web1', '--state', place.state])).stdout).toBe('web1 is ACTIVE: 1 task on it\n');
    expect(door.commands.map(({ kind }) => kind)).toEqual(['drain-instance', 'drain-instance', 'activate-instance']);
  });

  it('drain --wait returns when it is empty, or says what is left when the time is up; 4', async () => {
    await opened();
    const empty = await longshore(['instance', 'drain', 'web1', '--wait', '--state', place.state]);
    expect([empty.code, empty.stderr]).toEqual([0, expect.stringContaining('web1 is empty after')]);
    await place.leave();
    place = makePlace();
    await opened({ tasks: true });
    const late = await longshore(['instance', 'drain', 'web1', '--wait', '--timeout', '100ms', '--state', place.state]);
    expect([late.code, late.stderr]).toEqual([4, expect.stringContaining('web1 still has 1 task after 100 ms')]);
  });

  it('refuses what is not there, what git has said otherwise, and what is leaving; 1', async () => {
    const door = await opened({ git: { status: 'DRAINING' }, row: { status: 'DRAINING' } });
    const nobody = await longshore(['instance', 'drain', 'web2', '--state', place.state]);
    expect([nobody.code, nobody.stderr]).toEqual([
      1,
      expect.stringContaining('no container instance is called web2\nhint: Did you mean web1? There is local, web1.'),
    ]);
    const git = await longshore(['instance', 'activate', 'web1', '--state', place.state]);
    expect(git.stderr).toContain('git says that web1 is DRAINING');
    expect(door.commands).toEqual([]);
  });

  it('says what the swarm of a node says of it: paused, and drained, which nobody takes back here; 1', async () => {
    const node: DesiredInstance = { ...web1, status: 'DRAINING', node: { role: 'worker', isPaused: true } };
    const door = await opened({ row: { status: 'DRAINING', declared: node } });
    const { stdout } = await longshore(['instance', 'ls', '--state', place.state]);
    expect(stdout).toMatch(/^web1 +prod +DRAINING \(paused\) +yes /m);
    const { code, stderr } = await longshore(['instance', 'activate', 'web1', '--state', place.state]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('the swarm says that web1 is to drain')]);
    expect(door.commands).toEqual([]);
  });
});
