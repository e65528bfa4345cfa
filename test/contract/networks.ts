// Networks on an engine, and which containers are on them: made and removed once, joined and left at any time in the life of a container.
import { expect, it } from 'vitest';
import type { Bench } from './engine.ts';
import { BRIDGE, type NetworkEndpoint } from '../../src/model/task/container-network.ts';
import { PAUSE_IMAGE } from '../../src/model/task/pause.ts';

/** Registers the cases. */
export function networkContract(bench: () => Bench): void {
  removalContract(bench);
  membershipContract(bench);
  pauseContract(bench);
}

function removalContract(bench: () => Bench): void {
  it('creates a network once and removes it once, however often it is asked', async () => {
    const { act, observe, network, base } = bench();
    expect(await act({ ...base, kind: 'create-network', network, cluster: 'contract', options: BRIDGE })).toEqual({ error: null });
    expect(await act({ ...base, kind: 'create-network', network, cluster: 'contract', options: BRIDGE })).toEqual({ error: null });
    expect((await observe()).networks).toEqual([network]);
    expect(await act({ ...base, kind: 'remove-network', network })).toEqual({ error: null });
    expect(await act({ ...base, kind: 'remove-network', network })).toEqual({ error: null });
    expect((await observe()).networks).toEqual([]);
  });

  it('refuses to remove a network that a running container uses', async () => {
    const { act, running, programs, network, base } = bench();
    await running(programs.serves);
    expect((await act({ ...base, kind: 'remove-network', network })).error?.code).toBe('NetworkFailed');
  });

  it('does not start a container whose network is gone', async () => {
    const { act, created, start, programs, network, base } = bench();
    const view = await created(programs.serves);
    await act({ ...base, kind: 'remove-network', network });
    const { error, container } = await start(view);
    expect(error?.code).toBe('NetworkFailed');
    expect(container?.view?.state ?? 'created').toBe('created');
  });

  it('leaves the network of somebody else alone that has the name', async () => {
    const { harness, act, base, observe, network } = bench();
    await harness.addForeignNetwork(network);
    expect((await act({ ...base, kind: 'create-network', network, cluster: 'contract', options: BRIDGE })).error?.code).toBe(
      'NetworkFailed',
    );
    expect((await act({ ...base, kind: 'remove-network', network })).error?.code).toBe('NetworkFailed');
    expect((await observe()).networks).toEqual([]);
  });
}

/** Networks that a container joins after it was made, and leaves. */
function membershipContract(bench: () => Bench): void {
  it('takes a container onto a network before it starts, off it and onto it again while it runs, once however often it is asked', async () => {
    const { viewIn, created, start, network, act, base, programs, observe } = bench();
    const other = `${network}-second`;
    await act({ ...base, kind: 'create-network', network: other, cluster: null, options: { ...BRIDGE, internal: true } });
    const view = await created(programs.serves);
    expect(view.networks).toEqual([network]);
    const on = { ...base, kind: 'connect-network', container: view.id, identity: view.identity } as const;
    const off = { ...base, kind: 'disconnect-network', container: view.id, identity: view.identity, network: other } as const;
    const endpoint = { network: other, aliases: ['web.shop'], links: [] };
    const both = [network, other].sort();
    expect(viewIn(await act({ ...on, endpoint }))).toMatchObject({ state: 'created', networks: both });
    expect(viewIn(await act({ ...on, endpoint })).networks).toEqual(both);
    expect(viewIn(await act(off)).networks).toEqual([network]);
    expect(viewIn(await act({ ...on, endpoint })).networks).toEqual(both);
    const running = viewIn(await start(view));
    expect(running).toMatchObject({ state: 'running', networks: both });
    expect((await act({ ...base, kind: 'remove-network', network: other })).error?.code).toBe('NetworkFailed');
    expect(viewIn(await act(off))).toMatchObject({ state: 'running', networks: [network], startedAt: running.startedAt });
    expect(viewIn(await act(off)).networks).toEqual([network]);
    expect(viewIn(await act({ ...on, endpoint })).networks).toEqual(both);
    expect((await observe()).containers[0]?.networks).toEqual(both);
    await act(off);
    expect(await act({ ...base, kind: 'remove-network', network: other })).toEqual({ error: null });
  });

  it('keeps the ports that it publishes while a container joins and leaves an internal network', async () => {
    const { viewIn, running, network, act, base, programs, observe } = bench();
    const other = `a-${network}`;
    await act({ ...base, kind: 'create-network', network: other, cluster: null, options: { ...BRIDGE, internal: true } });
    const view = await running(programs.serves, 0, { ports: [{ containerPort: 8080, hostPort: 0, protocol: 'tcp' }] });
    const to = { ...base, container: view.id, identity: view.identity };
    const joined = viewIn(await act({ ...to, kind: 'connect-network', endpoint: { network: other, aliases: [], links: [] } }));
    expect(joined.ports).toEqual(view.ports);
    expect(viewIn(await act({ ...to, kind: 'disconnect-network', network: other })).ports).toEqual(view.ports);
    expect((await observe()).containers[0]?.ports).toEqual(view.ports);
  });

  it('refuses a running container a network that is not there, and one that is gone any; what is gone has left', async () => {
    const { running, remove, network, act, base, programs } = bench();
    const view = await running(programs.serves);
    const to = { ...base, container: view.id, identity: view.identity };
    const endpoint = { network: `${network}-none`, aliases: [], links: [] };
    expect((await act({ ...to, kind: 'connect-network', endpoint })).error?.code).toBe('NetworkFailed');
    expect((await act({ ...to, kind: 'disconnect-network', network: `${network}-none` })).error).toBeNull();
    await remove(view);
    expect((await act({ ...to, kind: 'connect-network', endpoint: { ...endpoint, network } })).error?.code).toBe('Failed');
    expect(await act({ ...to, kind: 'disconnect-network', network })).toEqual({ error: null, container: { id: view.id, view: null } });
  });

  it('takes a network that is not there for one that a container joins before its start, and does not start it', async () => {
    const { viewIn, created, start, network, act, base, programs } = bench();
    const view = await created(programs.serves);
    const endpoint = { network: `${network}-none`, aliases: [], links: [] };
    const joined = await act({ ...base, kind: 'connect-network', container: view.id, identity: view.identity, endpoint });
    expect(viewIn(joined).networks).toEqual([network, endpoint.network]);
    expect((await start(view)).error?.code).toBe('NetworkFailed');
  });

  it('joins a container to further networks at its start, and starts it only when all are there', async () => {
    const { act, base, created, start, observe, network, programs } = bench();
    const second = `${network}-second`;
    const further = [{ network: second, aliases: ['web'], links: [] }];
    const view = await created(programs.serves, 0, { network: { kind: 'networks', endpoints: [...endpointsOn(network), ...further] } });
    const refused = await start(view, further);
    expect(refused.error?.code).toBe('NetworkFailed');
    expect(refused.container?.view?.state ?? 'created').toBe('created');
    await act({ ...base, kind: 'create-network', network: second, cluster: 'contract', options: BRIDGE });
    const first = await start(view, further);
    expect(first).toMatchObject({ error: null, container: { view: { state: 'running' } } });
    expect(await start(view, further)).toEqual(first);
    expect((await observe()).networks).toEqual([network, second]);
    expect((await act({ ...base, kind: 'remove-network', network: second })).error?.code).toBe('NetworkFailed');
  });
}

/** A network that is another container's. */
function pauseContract(bench: () => Bench): void {
  it('runs a pause container, whose image nobody pulls, and lets others use its network as long as it runs', async () => {
    const { harness, viewIn, running, created, start, stop, programs } = bench();
    const hostPort = await harness.freePort();
    const ports = [{ containerPort: 8080, hostPort, protocol: 'tcp' as const }];
    const pause = await running({ image: PAUSE_IMAGE }, 0, { ports });
    expect(pause.ports).toEqual(ports);
    const shared = { network: { kind: 'container', container: pause.name } as const };
    const app = await running(programs.serves, 1, shared);
    expect(app).toMatchObject({ state: 'running', ports: [] });
    const late = await created(programs.serves, 2, shared);
    expect(viewIn(await stop(pause, 2))).toMatchObject({ state: 'exited', exitCode: 0 });
    const refused = await start(late);
    expect(refused.error?.code).toBe('CannotStartContainerError');
    expect(refused.container?.view?.state).toBe('created');
  });
}

function endpointsOn(network: string): readonly NetworkEndpoint[] {
  return [{ network, aliases: ['web'], links: [] }];
}
