// What every Engine promises of the end of a container and of its further lives: how it ended, and that it begins again as if nothing had been.
// Part of the suite in engine.ts.
import { expect, it } from 'vitest';
import type { ActResult } from '../../src/daemon/ports.ts';
import { type Bench, viewIn } from './engine.ts';

/** Registers the cases of how a container ends. */
export function endContract(bench: () => Bench): void {
  it('stops a container that obeys SIGTERM before its time is up; a repeated stop is a success', async () => {
    const { running, lastView, until, stop, programs } = bench();
    const view = await running(programs.serves, 0, { healthCheck: programs.serves.healthCheck ?? null });
    // Before it is up a process has no handler yet, and the kernel keeps SIGTERM from a PID 1 without one.
    await until(() => lastView(view.id)?.health === 'healthy', 'healthy as a change');
    const first = await stop(view, 15);
    expect(first.error).toBeNull();
    expect(first.container?.view).toMatchObject({ state: 'exited', exitCode: 0, oomKilled: false });
    expect(await stop(view, 15)).toEqual(first);
  });

  it('kills a container that ignores SIGTERM when its time is up', async () => {
    const { running, stop, programs } = bench();
    const view = await running(programs.ignoresTerm);
    const { error, container } = await stop(view, 1);
    expect(error).toBeNull();
    expect(container?.view).toMatchObject({ state: 'exited', exitCode: 137 });
  });

  it('shows the exit code of a container that ends by itself, and with the first word of its end the moment of it', async () => {
    const { changes, running, lastView, until, programs } = bench();
    const { id } = await running(programs.exits);
    await until(() => lastView(id)?.state === 'exited', 'the exit as a change');
    expect(lastView(id)).toMatchObject({ exitCode: 3, oomKilled: false, ports: [] });
    // Whether a restartPolicy takes it back is decided by how long it ran: an end without its moment would be final.
    const ends = changes.flatMap((change) =>
      change.kind === 'container' && change.id === id && change.view?.state === 'exited' ? [change.view] : [],
    );
    for (const end of ends) expect(end.finishedAt).toBeGreaterThanOrEqual(end.startedAt ?? Number.NaN);
  });

  it('shows a container that was killed', async () => {
    const { harness, running, lastView, until, programs } = bench();
    const { id } = await running(programs.serves);
    await harness.settle(harness.kill(id));
    await until(() => lastView(id)?.state === 'exited', 'the death as a change');
    expect(lastView(id)).toMatchObject({ exitCode: 137 });
  });

  it('removes a running container; what is asked of a container that is gone succeeds, except a start', async () => {
    const { running, remove, stop, start, lastView, until, programs, observe } = bench();
    const view = await running(programs.serves);
    const gone = { error: null, container: { id: view.id, view: null } };
    expect(await remove(view)).toEqual(gone);
    await until(() => lastView(view.id) === null, 'the removal as a change');
    expect((await observe()).containers).toEqual([]);
    expect(await remove(view)).toEqual(gone);
    expect(await stop(view, 1)).toEqual(gone);
    expect((await start(view)).error?.code).toBe('Failed');
  });

  it('shows a container that had too little memory', async () => {
    const { running, lastView, until, programs } = bench();
    const { id } = await running(programs.eatsMemory, 0, { memoryBytes: 64 * 1_048_576 });
    await until(() => lastView(id)?.state === 'exited' && lastView(id)?.oomKilled === true, 'the end for want of memory as a change');
    expect(lastView(id)).toMatchObject({ exitCode: 137, oomKilled: true });
  });

  it('shows when a container ended, however that was told', async () => {
    const { harness, running, created, stop, lastView, until, observe, programs } = bench();
    const view = await running(programs.serves);
    expect(view.finishedAt).toBeNull();
    expect((await created(programs.serves, 1)).finishedAt).toBeNull();
    await harness.settle(harness.kill(view.id));
    await until(() => typeof lastView(view.id)?.finishedAt === 'number', 'the moment of the end as a change');
    const told = lastView(view.id);
    expect(told?.startedAt).toBe(view.startedAt);
    expect(told?.finishedAt).toBeGreaterThanOrEqual(view.startedAt ?? Number.NaN);
    // An engine notes the end and tells the event one after the other: two moments, which a busy machine draws apart.
    for (const seen of [(await observe()).containers.find(({ id }) => id === view.id), viewIn(await stop(view, 1))]) {
      expect({ ...seen, finishedAt: told?.finishedAt }).toEqual(told);
      expect(Math.abs((seen?.finishedAt ?? Number.NaN) - (told?.finishedAt ?? Number.NaN))).toBeLessThan(5_000);
    }
  });

  it('leaves a container that never ran as it is when it is stopped', async () => {
    const { created, stop, programs } = bench();
    const view = await created(programs.serves);
    expect(await stop(view, 1)).toEqual({ error: null, container: { id: view.id, view } });
  });

  it('does what is asked twice at the same time once; who is refused meanwhile only has to ask again', async () => {
    const { create, start, stop, remove, programs, observe } = bench();
    const twice = async (work: () => Promise<ActResult>): Promise<ActResult> => {
      const both = await Promise.all([work(), work()]);
      // An engine that has taken the name and does not show the container yet leaves nothing to answer with.
      for (const { error } of both) expect([undefined, 'Failed']).toContain(error?.code);
      const [one, other] = await Promise.all(both.map(async (result) => (result.error === null ? result : work())));
      expect(one?.error).toBeNull();
      expect(other?.error).toBeNull();
      expect(one?.container?.id).toBe(other?.container?.id);
      return one ?? { error: null };
    };
    // The network is there before.
    await remove(viewIn(await create(programs.serves, 0)));
    const view = viewIn(await twice(() => create(programs.serves, 0)));
    expect((await observe()).containers).toHaveLength(1);
    await twice(() => start(view));
    expect((await observe()).containers).toMatchObject([{ id: view.id, state: 'running' }]);
    await twice(() => stop(view, 1));
    await twice(() => remove(view));
    expect((await observe()).containers).toEqual([]);
  });
}

/** Registers the cases of a container that is started again. */
export function restartContract(bench: () => Bench): void {
  it('starts a container again that has ended: another life, with nothing of the one before', async () => {
    const { running, start, lastView, until, programs } = bench();
    const first = await running(programs.exits);
    await until(() => typeof lastView(first.id)?.finishedAt === 'number', 'the first end as a change');
    const ended = lastView(first.id)?.finishedAt ?? Number.NaN;
    const again = viewIn(await start(first));
    expect(again.startedAt).toBeGreaterThan(ended);
    await until(() => (lastView(first.id)?.startedAt ?? 0) >= (again.startedAt ?? Number.NaN), 'the second life as a change');
    await until(() => lastView(first.id)?.state === 'exited', 'the second end as a change');
    expect(lastView(first.id)).toMatchObject({ exitCode: 3, startedAt: again.startedAt });
  });

  it('shows a container that is started again as running, without an exit code, and its checks begin anew', async () => {
    const { running, start, stop, lastView, until, programs } = bench();
    const { id } = await running(programs.unhealthy, 0, { healthCheck: programs.unhealthy.healthCheck ?? null });
    await until(() => lastView(id)?.health === 'unhealthy', 'unhealthy as a change');
    const view = lastView(id);
    if (!view) throw new Error('nothing was told');
    const stopped = viewIn(await stop(view, 1));
    expect(stopped).toMatchObject({ state: 'exited', oomKilled: false });
    const again = viewIn(await start(stopped));
    expect(again).toMatchObject({ state: 'running', exitCode: null, finishedAt: null, oomKilled: false, health: 'starting' });
  });
}
