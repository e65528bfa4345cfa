// The fake Engine: a simulated machine behind the daemon's port. A call settles when its signal aborts, whatever the machine does;
// what the machine was asked to do goes on, as on a real one. The contract suite holds it to what a real engine does.
import { errorOf, type Life } from './life.ts';
import type { ActResult, Engine, EnginePicture } from '../../src/daemon/ports.ts';
import type { Action } from '../../src/model/plan.ts';
import type { EngineModel } from './engine-model.ts';

/** `model` as the daemon sees it in one of its lives. `before` is called with each action that is about to be performed. */
export function simEngine(model: EngineModel, life: Life, before: (action: Action) => void = () => {}): Engine {
  const stops = new Set<() => void>();
  return {
    id: model.id,
    clusters: null,
    address: model.address,
    observe: (signal) =>
      life.call(
        () =>
          new Promise<EnginePicture>((resolve, reject) => {
            if (onAbort(signal, reject)) return;
            model.list((picture) => (picture ? resolve(picture) : reject(new Error(`engine ${model.id} does not answer`))));
          }),
      ),
    // Not counted among the calls of a life: it has no effect that could be lost, and comes too often to be where a crash is put.
    ping: (signal) =>
      new Promise<void>((resolve, reject) => {
        if (!onAbort(signal, reject) && model.cutSince() === null) resolve();
      }),
    act: (action, signal) =>
      life.call(
        () =>
          new Promise<ActResult>((resolve) => {
            if (onAbort(signal, (reason) => resolve({ error: { code: 'Timeout', message: errorOf(reason).message } }))) return;
            before(action);
            model.perform(action, resolve);
          }),
      ),
    look: (look, signal) =>
      life.call(
        () =>
          new Promise((resolve) => {
            if (onAbort(signal, (reason) => resolve({ error: { code: 'Timeout', message: errorOf(reason).message }, image: null }))) return;
            model.look(look, resolve);
          }),
      ),
    watch: (listener) => {
      const stop = model.watch((change) => {
        if (life.alive()) listener(change);
      });
      stops.add(stop);
      return () => {
        stop();
        stops.delete(stop);
      };
    },
    close: () => {
      for (const stop of stops) stop();
    },
  };
}

/** Calls `settle` when the signal aborts; true when it has already. */
export function onAbort(signal: AbortSignal, settle: (reason: unknown) => void): boolean {
  if (signal.aborted) {
    settle(signal.reason);
    return true;
  }
  signal.addEventListener('abort', () => settle(signal.reason), { once: true });
  return false;
}
