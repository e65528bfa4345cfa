// What every Engine promises of volumes that live as long as their task: they come with the container that mounts them, are seen with their
// task, and go when they are told to and nothing mounts them. Part of the suite in engine.ts.
import { expect, it } from 'vitest';
import { labelsOf, volumeLabels } from '../../src/model/turn/identity.ts';
import { routedLog, socketMount } from '../../src/core/task/firelens.ts';
import type { VolumeMount } from '../../src/model/task/container-mount.ts';
import type { Bench } from './engine.ts';

export function volumeContract(bench: () => Bench): void {
  it('makes the volume of a task along with its container, and removes it once nothing mounts it, however often it is asked', async () => {
    const { act, base, created, identity, observe, remove, programs } = bench();
    const name = `contract-${identity(0).task.slice(0, 12)}-data`;
    const view = await created(programs.serves, 0, { mounts: [volume(name, volumeLabels(identity(0)))] });
    expect((await observe()).volumes).toEqual([[name, identity(0).task]]);
    const removal = { ...base, kind: 'remove-volume', volume: name } as const;
    expect((await act(removal)).error?.code).toBe('Failed');
    await remove(view);
    expect((await observe()).volumes).toEqual([[name, identity(0).task]]);
    expect(await act(removal)).toEqual({ error: null });
    expect(await act(removal)).toEqual({ error: null });
    expect((await observe()).volumes).toEqual([]);
  });

  it('creates a container that logs through a router once the folder of its socket is there, and starts it whether the router listens or not', async () => {
    const { create, created, running, identity, programs } = bench();
    const log = routedLog({ name: 'app', image: 'app:1' }, identity(0));
    expect((await create(programs.serves, 1, { settings: { log } })).error?.code).toBe('Failed');
    await created(programs.serves, 0, { mounts: [socketMount(identity(0))] });
    expect(await running(programs.serves, 1, { settings: { log } })).toMatchObject({ state: 'running' });
  });

  it('does not see volumes without our labels', async () => {
    const { created, observe, programs, identity } = bench();
    const shared = volume(`contract-${identity(1).task.slice(0, 12)}-shared`, {});
    const view = await created(programs.serves, 1, { mounts: [shared] });
    expect(view.identity).toEqual(expect.objectContaining({ task: identity(1).task }));
    expect(labelsOf(view.identity)).toEqual(labelsOf(identity(1)));
    expect((await observe()).volumes).toEqual([]);
  });

  it('leaves a volume alone that is not ours to remove', async () => {
    const { act, base, created, create, remove, programs, identity } = bench();
    const shared = volume(`contract-${identity(1).task.slice(0, 12)}-kept`, {});
    const view = await created(programs.serves, 1, { mounts: [shared] });
    await remove(view);
    expect((await act({ ...base, kind: 'remove-volume', volume: shared.name })).error?.code).toBe('Failed');
    // It is still there: a container that asks for it finds it.
    expect((await create(programs.serves, 2, { mounts: [{ ...shared, mustExist: true }] })).error).toBeNull();
  });

  it('says CannotCreateContainerError and creates nothing when a volume is not there that must be', async () => {
    const { create, observe, programs, identity } = bench();
    const absent = { ...volume(`contract-${identity(0).task.slice(0, 12)}-absent`, {}), mustExist: true };
    expect((await create(programs.serves, 0, { mounts: [absent] })).error?.code).toBe('CannotCreateContainerError');
    expect((await observe()).containers).toEqual([]);
    expect((await create(programs.serves, 0, { mounts: [absent] })).error?.code).toBe('CannotCreateContainerError');
  });
}

function volume(name: string, labels: Readonly<Record<string, string>>): VolumeMount {
  return {
    ...{ kind: 'volume', name, containerPath: '/data', readOnly: false },
    ...{ driver: 'local', driverOptions: {}, labels, noCopy: false, mustExist: false },
  };
}
