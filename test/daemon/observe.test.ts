// The pictures of engines that fall silent and come back: how soon it shows, and that no turn sees half of a return.
// The engine here is simulated, on virtual time, behind a gate that can freeze: it takes what it is asked and answers nothing.
import { expect, test } from 'vitest';
import { NOW, containerView, identity } from '../build.ts';
import { openEngines } from '../../src/daemon/engines.ts';
import { type Pictures, followEngines } from '../../src/daemon/observe.ts';
import { virtualClock, virtualTime } from '../sim/clock.ts';
import type { ContainerView } from '../../src/model/turn/observed.ts';
import { DEFAULT_LIMITS } from '../../src/daemon/config.ts';
import type { Engine, EngineChange, EnginePicture, Ports } from '../../src/daemon/ports.ts';
import { onAbort } from '../sim/engine.ts';

const RUNNING = containerView(identity(), { ports: [{ containerPort: 8080, protocol: 'tcp', hostPort: 32_768 }] });
const EXITED: ContainerView = { ...RUNNING, state: 'exited', exitCode: 1, ports: [] };

/** A daemon's view of one engine on virtual time. */
function stage() {
  const time = virtualTime(NOW);
  const stop = new AbortController();
  const held: (() => void)[] = [];
  const log: string[] = [];
  const calls = { listings: 0, pings: 0, wakes: 0 };
  let frozen = false;
  let failing = false;
  let runs: ContainerView = RUNNING;
  let tell: (change: EngineChange) => void = () => {};
  const answer = <T>(signal: AbortSignal, value: () => T): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (onAbort(signal, reject)) return;
      const settle = (): void => (failing ? reject(new Error('connection refused')) : resolve(value()));
      if (frozen) held.push(settle);
      else time.after(1, settle);
    });
  const engine: Pick<Engine, 'id' | 'clusters' | 'address' | 'observe' | 'ping' | 'watch'> = {
    id: 'one',
    clusters: null,
    address: '127.0.0.1',
    observe: (signal) => {
      calls.listings += 1;
      return answer(signal, (): EnginePicture => ({ cpu: 1_024, memory: 512, containers: [runs], networks: [], volumes: [] }));
    },
    ping: (signal) => {
      calls.pings += 1;
      return answer(signal, () => undefined);
    },
    watch: (listener) => {
      tell = listener;
      return () => {};
    },
  };
  const ports: Pick<Ports, 'clock' | 'engines' | 'log'> = {
    clock: virtualClock(time),
    engines: new Map([[engine.id, engine as Engine]]),
    log: { write: (level, message) => log.push(`${level} ${message}`) },
  };
  const pictures: Pictures = followEngines(ports as Ports, openEngines(ports as Ports), DEFAULT_LIMITS, stop.signal, () => {
    calls.wakes += 1;
  });
  const pass = async (ms: number): Promise<void> => {
    const end = time.now() + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = time.next();
      if (next === null || next > end) break;
      time.advanceTo(next);
    }
    time.advanceTo(end);
  };
  return {
    ...{ calls, log, pass, pictures },
    one: () => pictures.instances().get('one'),
    told: (view: ContainerView | null) => tell({ kind: 'container', id: RUNNING.id, view }),
    lost: () => tell({ kind: 'lost', reason: 'the stream broke' }),
    becomes: (view: ContainerView) => {
      runs = view;
    },
    freeze: () => {
      frozen = true;
    },
    thaw: () => {
      frozen = false;
      for (const settle of held.splice(0)) settle();
    },
    fail: (fails: boolean) => {
      failing = fails;
    },
  };
}

async function begun() {
  const it = stage();
  void it.pictures.lookAtAll();
  await it.pass(100);
  expect(it.one()?.connected).toBe(true);
  return it;
}

test('a frozen engine shows within 15 s, with the reason, and keeps its picture', async () => {
  const it = await begun();
  await it.pass(1_000);
  it.freeze();
  await it.pass(DEFAULT_LIMITS.pingEveryMs + DEFAULT_LIMITS.pingMs);
  expect(DEFAULT_LIMITS.pingEveryMs + DEFAULT_LIMITS.pingMs).toBeLessThanOrEqual(15_000);
  expect(it.one()).toMatchObject({ connected: false, silence: 'no answer to a ping: no answer within 5000 ms' });
  expect(it.one()?.containers.get(RUNNING.id)).toEqual(RUNNING);
  it.thaw();
  await it.pass(1_000);
  expect(it.one()?.connected).toBe(true);
  expect(it.one()).not.toHaveProperty('silence');
  expect(it.log).toEqual(['info engine connected', 'warn engine does not answer', 'info engine connected']);
});

test('what was frozen for less than a ping is given was never away', async () => {
  const it = await begun();
  it.freeze();
  await it.pass(DEFAULT_LIMITS.pingMs - 100);
  it.thaw();
  await it.pass(60_000);
  expect(it.log).toEqual(['info engine connected']);
});

test('a quiet engine is pinged every 8 s, and no ping wakes the daemon', async () => {
  const it = await begun();
  const before = { ...it.calls };
  await it.pass(25_000);
  expect(it.calls.pings - before.pings).toBe(3);
  expect(it.calls.wakes - before.wakes).toBe(0);
});

test('a ping that is refused is judged by a listing: an engine that lists is connected', async () => {
  const it = await begun();
  it.fail(true);
  await it.pass(DEFAULT_LIMITS.pingEveryMs + 10);
  expect(it.one()).toMatchObject({ connected: false, silence: 'connection refused' });
  const { pings } = it.calls;
  await it.pass(20_000);
  expect(it.calls.pings).toBe(pings);
  it.fail(false);
  await it.pass(DEFAULT_LIMITS.retryLongestMs);
  expect(it.one()?.connected).toBe(true);
});

test('what a silent engine says is seen together with its return, never before', async () => {
  const it = await begun();
  it.fail(true);
  it.lost();
  await it.pass(10_000);
  expect(it.one()?.connected).toBe(false);
  it.becomes(EXITED);
  it.told(EXITED);
  // A turn here would replace the task on an engine that is not to be placed on: "unable to place a task ... AGENT".
  expect(it.one()?.containers.get(RUNNING.id)).toEqual(RUNNING);
  it.fail(false);
  await it.pass(DEFAULT_LIMITS.retryFirstMs + 10);
  expect(it.one()).toMatchObject({ connected: true });
  expect(it.one()?.containers.get(RUNNING.id)).toEqual(EXITED);
});

test('what is told while the listing of the return is under way is newer than that listing', async () => {
  const it = await begun();
  it.freeze();
  it.lost();
  await it.pass(DEFAULT_LIMITS.observeMs + 10);
  expect(it.one()?.connected).toBe(false);
  it.told(EXITED);
  // A late answer of a call that began before the end was heard, and shows the container as it was.
  it.pictures.patch('one', RUNNING.id, RUNNING, 0);
  it.thaw();
  await it.pass(10);
  expect(it.one()?.connected).toBe(true);
  expect(it.one()?.containers.get(RUNNING.id)).toEqual(EXITED);
});

test('however much a silent engine says, it is listed at most every 250 ms for it', async () => {
  const it = await begun();
  it.fail(true);
  it.lost();
  await it.pass(60_000);
  const { listings } = it.calls;
  for (let event = 0; event < 100; event++) {
    it.told(EXITED);
    await it.pass(10);
  }
  expect(it.calls.listings - listings).toBeLessThanOrEqual(1_000 / DEFAULT_LIMITS.retryFirstMs + 1);
});
