// The fake Engine: a simulated machine behind the daemon's port. A call settles when its signal aborts, whatever the machine does;
// what the machine was asked to do goes on, as on a real one. The contract suite holds it to what a real engine does.
import { echoSession } from './exec.ts';
import { errorOf, type Life } from './life.ts';
import type { ActResult, Engine, EnginePicture } from '../../src/daemon/ports.ts';
import type { Action } from '../../src/model/turn/plan.ts';
import type { EngineModel } from './engine-model.ts';
import type { LogLine, LogQuery } from '../../src/model/task/container-log.ts';

/** `model` as the daemon sees it in one of its lives. `before` is called with each action that is about to be performed. */
export function simEngine(model: EngineModel, life: Life, before: (action: Action) => void = () => {}): Engine {
  const stops = new Set<() => void>();
  // Whoever held its relay before is gone.
  model.hangUp();
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
    logs: (container, query, signal) => logOf(model, container, query, signal),
    exec: async (container, request, signal) => {
      signal.throwIfAborted();
      if (model.containers.get(container)?.state !== 'running') throw new Error(`container ${container} is not running`);
      return Promise.resolve(echoSession(request, signal));
    },
    evidence: (container, secrets, signal) =>
      life.call(
        () =>
          new Promise((resolve, reject) => {
            if (onAbort(signal, reject)) return;
            model.evidence(container, secrets, (evidence) =>
              evidence === undefined ? reject(new Error(`engine ${model.id} does not answer`)) : resolve(evidence),
            );
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

async function* logOf(model: EngineModel, id: string, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogLine, void, void> {
  signal.throwIfAborted();
  const container = model.containers.get(id);
  if (container === undefined) return;
  const past = container.log.filter((line) => query.since === null || line.time >= query.since);
  yield* query.tail === null ? past : past.slice(Math.max(0, past.length - query.tail));
  if (!query.follow || container.state !== 'running') return;
  const seen = container.log.length;
  await new Promise<void>((resolve, reject) => {
    onAbort(signal, reject);
    container.waiting.push(resolve);
  });
  yield* container.log.slice(seen);
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
