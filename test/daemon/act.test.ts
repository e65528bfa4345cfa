// What the daemon makes of actions that take long: a pull is under way once for each engine and reference, a bounded number at a time, and
// how far each is can be seen. The engine here answers when it is told to.
import { expect, test } from 'vitest';
import { NOW } from '../build.ts';
import { createActor } from '../../src/daemon/act.ts';
import { DEFAULT_LIMITS } from '../../src/daemon/config.ts';
import { type Pictures } from '../../src/daemon/observe.ts';
import type { ActResult, Engine, Ports, PullProgress } from '../../src/daemon/ports.ts';
import type { Action } from '../../src/model/turn/plan.ts';
import { virtualClock, virtualTime } from '../sim/clock.ts';

const IMAGE = { id: 'sha256:1', digest: null };

function stage() {
  const calls: {
    readonly action: Action;
    readonly answer: (result: ActResult) => void;
    readonly report: (progress: PullProgress) => void;
  }[] = [];
  const engineOf = (id: string): Pick<Engine, 'id' | 'act'> => ({
    id,
    act: (action, _signal, report = () => undefined) => new Promise((answer) => calls.push({ action, answer, report })),
  });
  const ports: Pick<Ports, 'clock' | 'engines' | 'log'> = {
    clock: virtualClock(virtualTime(NOW)),
    engines: new Map(['one', 'two'].map((id) => [id, engineOf(id) as Engine])),
    log: { write: () => undefined },
  };
  const pictures: Pick<Pictures, 'mark' | 'patchVolumes' | 'patchRelay' | 'doubt'> = {
    mark: () => 0,
    patchVolumes: () => {},
    patchRelay: () => {},
    doubt: () => {},
  };
  const limits = { ...DEFAULT_LIMITS, pullsPerEngine: 2 };
  const witness = { hear: async () => Promise.resolve(), forget: () => undefined };
  const actor = createActor(ports as Ports, limits, pictures as Pictures, witness, new AbortController().signal, () => {});
  return { actor, calls };
}

const pull = (instance: string, reference: string): Action => ({
  ...{ kind: 'pull-image', key: `pull/${instance}/${reference}`, instance, reference },
  ...{ service: 'default/web', because: 'a test asks for it' },
});

test('a pull is under way once for each engine and reference, and so many at a time', () => {
  const { actor, calls } = stage();
  const wanted = [pull('one', 'a:1'), pull('one', 'b:1'), pull('one', 'c:1'), pull('two', 'a:1')];
  actor.start(wanted);
  actor.start(wanted);
  expect(calls.map(({ action }) => action.key)).toEqual(['pull/one/a:1', 'pull/one/b:1', 'pull/two/a:1']);
});

test('what did not fit begins when another has ended', async () => {
  const { actor, calls } = stage();
  const wanted = [pull('one', 'a:1'), pull('one', 'b:1'), pull('one', 'c:1')];
  actor.start(wanted);
  calls[0]?.answer({ error: null, image: IMAGE });
  await new Promise((resolve) => setTimeout(resolve, 1));
  actor.start(wanted.slice(1));
  expect(calls.map(({ action }) => action.key)).toEqual(['pull/one/a:1', 'pull/one/b:1', 'pull/one/c:1']);
});

test('how far a pull is can be seen as long as it is under way', async () => {
  const { actor, calls } = stage();
  actor.start([pull('one', 'a:1')]);
  const shown = { instance: 'one', reference: 'a:1', startedAt: NOW };
  expect(actor.pulls()).toEqual([{ ...shown, progress: null }]);
  const progress = { layers: 2, layersDone: 1, bytes: 10, totalBytes: 20 };
  calls[0]?.report(progress);
  expect(actor.pulls()).toEqual([{ ...shown, progress }]);
  calls[0]?.answer({ error: null, image: IMAGE });
  await new Promise((resolve) => setTimeout(resolve, 1));
  expect(actor.pulls()).toEqual([]);
});
