// What every Engine promises of ports on its instance: those that were asked for, those that it chooses, those that somebody else has.
// Part of the suite in engine.ts.
import { expect, it } from 'vitest';
import { type Bench, viewIn } from './engine.ts';

/** Registers the cases. */
export function portContract(bench: () => Bench): void {
  it('publishes the host port that was asked for', async () => {
    const { harness, running, programs } = bench();
    const hostPort = await harness.freePort();
    const view = await running(programs.serves, 0, { ports: [{ containerPort: 8080, hostPort, protocol: 'tcp' }] });
    expect(view.ports).toEqual([{ containerPort: 8080, hostPort, protocol: 'tcp' }]);
  });

  it('chooses a host port at each start, shows it while the container runs, and none afterwards', async () => {
    const { running, stop, start, programs, observe } = bench();
    const ports = [{ containerPort: 8080, hostPort: 0, protocol: 'tcp' as const }];
    const view = await running(programs.serves, 0, { ports });
    expect(view.ports).toEqual([{ containerPort: 8080, hostPort: expect.any(Number) as number, protocol: 'tcp' }]);
    expect(view.ports[0]?.hostPort).toBeGreaterThan(0);
    const stopped = viewIn(await stop(view, 1));
    expect(stopped.ports).toEqual([]);
    const again = viewIn(await start(stopped));
    expect(again.ports[0]?.hostPort).toBeGreaterThan(0);
    expect((await observe()).containers[0]?.ports).toEqual(again.ports);
  });

  it('says PortTaken when a host port is in use, and leaves the container created', async () => {
    const { harness, running, created, start, programs } = bench();
    const ports = [{ containerPort: 8080, hostPort: await harness.freePort(), protocol: 'tcp' as const }];
    await running(programs.serves, 0, { ports });
    const refused = await start(await created(programs.serves, 1, { ports }));
    expect(refused.error?.code).toBe('PortTaken');
    expect(refused.container?.view).toMatchObject({ state: 'created', exitCode: null, ports: [] });
  });

  it('says PortTaken when another process listens on a host port', async () => {
    const { harness, created, start, programs } = bench();
    const hostPort = await harness.freePort();
    const free = await harness.occupy(hostPort);
    const view = await created(programs.serves, 0, { ports: [{ containerPort: 8080, hostPort, protocol: 'tcp' }] });
    const refused = await start(view);
    expect(refused.error?.code).toBe('PortTaken');
    expect(refused.container?.view).toMatchObject({ state: 'created', startedAt: null, ports: [] });
    await free();
    expect((await start(view)).container?.view).toMatchObject({ state: 'running' });
  });

  it('frees the host port of a container that was stopped, killed or removed', async () => {
    const { harness, running, stop, remove, lastView, until, programs } = bench();
    const ports = [{ containerPort: 8080, hostPort: await harness.freePort(), protocol: 'tcp' as const }];
    await stop(await running(programs.serves, 0, { ports }), 1);
    const second = await running(programs.serves, 1, { ports });
    await harness.settle(harness.kill(second.id));
    await until(() => lastView(second.id)?.state === 'exited', 'the death as a change');
    const third = await running(programs.serves, 2, { ports });
    await remove(third);
    expect((await running(programs.serves, 3, { ports })).ports).toEqual(ports);
  });

  it('publishes several ports, in order of the container port, the same number for tcp and for udp', async () => {
    const { harness, running, created, start, programs } = bench();
    const [one, two] = [await harness.freePort(), await harness.freePort()];
    const ports = [
      { containerPort: 9000, hostPort: one, protocol: 'udp' as const },
      { containerPort: 80, hostPort: 0, protocol: 'tcp' as const },
      { containerPort: 8080, hostPort: two, protocol: 'tcp' as const },
      { containerPort: 8080, hostPort: two, protocol: 'udp' as const },
    ];
    const { ports: published } = await running(programs.serves, 0, { ports });
    expect(published.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`)).toEqual([
      '80/tcp',
      '8080/tcp',
      '8080/udp',
      '9000/udp',
    ]);
    expect(published.slice(1).map(({ hostPort }) => hostPort)).toEqual([two, two, one]);
    expect(published[0]?.hostPort).toBeGreaterThan(0);
    const refused = await start(await created(programs.serves, 1, { ports: ports.slice(0, 1) }));
    expect(refused.error?.code).toBe('PortTaken');
  });

  it('publishes one port under several host ports', async () => {
    const { harness, running, programs } = bench();
    const ports = [await harness.freePort(), await harness.freePort()].map((hostPort) => ({
      ...{ containerPort: 8080, hostPort, protocol: 'tcp' as const },
    }));
    const { ports: published } = await running(programs.serves, 0, { ports });
    expect(new Set(published.map(({ hostPort }) => hostPort))).toEqual(new Set(ports.map(({ hostPort }) => hostPort)));
    expect(published).toHaveLength(2);
  });

  it('publishes nothing in the network of the instance: a container is reached where it listens', async () => {
    const { running, stop, programs } = bench();
    const ports = [{ containerPort: 8080, hostPort: 8080, protocol: 'tcp' as const }];
    const view = await running(programs.speaks, 0, { network: { kind: 'host' }, ports });
    expect(view.ports).toEqual(ports);
    expect(viewIn(await stop(view, 1)).ports).toEqual([]);
  });

  it('has no ports without a network', async () => {
    const { running, programs } = bench();
    const view = await running(programs.serves, 0, { network: { kind: 'none' } });
    expect(view).toMatchObject({ state: 'running', ports: [] });
  });
}
