// The fake Proxy: the simulated proxy behind the daemon's port. It outlives the daemon, as the real process does.
import { onAbort } from './engine.ts';
import { errorOf, type Life } from './life.ts';
import type { Proxy } from '../../src/daemon/ports.ts';
import type { ProxyModel } from './proxy-model.ts';
import type { RouteTable } from '../../src/model/traffic/route.ts';
import type { VirtualTime } from './clock.ts';

/** `model` as the daemon sees it in one of its lives. `before` is called with each table that is about to be installed. */
export function simProxy(model: ProxyModel, time: VirtualTime, life: Life, before: (table: RouteTable) => void = () => {}): Proxy {
  const stops: (() => void)[] = [];
  return {
    install: (table, signal) =>
      life.call(
        () =>
          new Promise<void>((resolve, reject) => {
            if (onAbort(signal, (reason) => reject(errorOf(reason)))) return;
            if (model.view() === null) {
              reject(new Error('the proxy does not answer'));
              return;
            }
            before(table);
            model.install(table, resolve);
          }),
      ),
    watch: (listener) => {
      const stop = model.watch((view) => {
        if (life.alive()) listener(view);
      });
      stops.push(stop);
      // A real proxy tells its whole view as soon as somebody follows it.
      time.after(1, () => {
        if (life.alive()) listener(model.view());
      });
      return stop;
    },
    close: () => {
      for (const stop of stops) stop();
      return Promise.resolve();
    },
  };
}
