// kill -9 of a task's main process until its replacement has started. The limit: a script that hears `die`, creates and starts.
// Both are judged by the same event stream, at the moment at which `start` is heard.
import type { Benchmark, BenchOptions, Row } from './measure.ts';
import { median, told } from './measure.ts';
import { makeScene, type Scene, startTwin } from './scene.ts';
import { traced } from './trace.ts';

const PAIRS = 15;

export const replace: Benchmark = {
  about: 'kill -9 of a task until its replacement has started',
  run: async (options) => {
    const scene = await makeScene(1);
    try {
      return await pairs(scene, options);
    } finally {
      await scene.dispose();
    }
  },
};

async function pairs(scene: Scene, options: BenchOptions): Promise<readonly Row[]> {
  let twin = await startTwin(scene.engine, scene.twin('1'));
  const ours: number[] = [];
  const scripts: number[] = [];
  for (let pair = 0; pair < (options.pairs ?? PAIRS); pair++) {
    ours.push(await killOurs(scene, options));
    const show = traced(scene, options.trace);
    const script = await killTwin(scene, twin);
    show('replace by script', script.began);
    scripts.push(script.ms);
    twin = script.twin;
    told(`replace ${pair + 1}: ${ours.at(-1)?.toFixed(0)} ms, script ${script.ms.toFixed(0)} ms`);
  }
  return [{ figure: 'replace: kill -9 to started', ours: median(ours), limit: median(scripts), unit: 'ms', allowed: 1.2 }];
}

async function killOurs(scene: Scene, options: BenchOptions): Promise<number> {
  const { house, engine } = scene;
  const [victim] = await house.containers();
  if (victim === undefined) throw new Error('the service has no container to kill');
  const { State } = await engine.inspect(victim.id);
  const show = traced(scene, options.trace);
  const began = performance.now();
  const started = engine.next((event) => event.action === 'start' && scene.isOurs(event));
  process.kill(State.Pid, 'SIGKILL');
  const { at } = await started;
  await house.settled(house.git('rev-parse', 'HEAD'));
  show('replace', began);
  return at - began;
}

async function killTwin(
  { engine, twin }: Scene,
  victim: string,
): Promise<{ readonly ms: number; readonly twin: string; readonly began: number }> {
  const { State } = await engine.inspect(victim);
  const died = engine.next((event) => event.action === 'die' && event.id === victim);
  const began = performance.now();
  process.kill(State.Pid, 'SIGKILL');
  await died;
  const { Id } = await engine.call<{ Id: string }>('POST', '/containers/create', twin('1'));
  const started = engine.next((event) => event.action === 'start' && event.id === Id);
  await engine.call('POST', `/containers/${Id}/start`);
  const { at } = await started;
  await engine.call('DELETE', `/containers/${victim}?force=1&v=1`);
  return { ms: at - began, twin: Id, began };
}
