// From `git commit` to the first request that the new version answers, and on until the old version is gone: one service, 1 or 10 tasks.
// The limit: a script that reads the commit, looks at the image, creates, starts and probes as many at once as the daemon's own
// limit allows, and then stops and removes the old ones. Its first request goes straight to the new task, without any proxy.
import { parseAllDocuments } from 'yaml';
import { DEFAULT_LIMITS } from '../src/daemon/config.ts';
import type { Version } from './images.ts';
import { type Benchmark, type BenchOptions, median, type Row, told } from './measure.ts';
import { commitIn, isVersion, makeScene, readCommitted, type Scene, startTwin, untilAnswer, untilHealthy } from './scene.ts';
import { traced } from './trace.ts';

/** Milliseconds since just before `git commit`. */
interface Stretch {
  /** The last new container started. */
  readonly running: number;
  readonly served: number;
  /** Ours: the deployment is COMPLETED. The script: every new container answered its probe. */
  readonly verdict: number;
  /** The verdict, and the last old container is removed. */
  readonly done: number;
}

const LIMIT_MS = 60_000;

export const deploy1: Benchmark = {
  about: 'git commit until the new version serves, 1 service with 1 task',
  run: async (options) => {
    const { ours, script } = await pairsOf('deploy1', 1, options.pairs ?? 10, options);
    return [
      row('deploy1: commit to first request served', 'served', ours, script, 1.3),
      row('deploy1: commit to verdict', 'verdict', ours, script, null),
      row('deploy1: commit to verdict, old task gone', 'done', ours, script, null),
    ];
  },
};

export const roll10: Benchmark = {
  about: 'rolling replacement of 10 tasks (100/200), from git commit to the verdict',
  run: async (options) => {
    const { ours, script } = await pairsOf('roll10', 10, options.pairs ?? 5, options);
    return [
      row('roll10: commit to all new running', 'running', ours, script, null),
      row('roll10: commit to verdict (script: all new healthy)', 'verdict', ours, script, null),
      row('roll10: commit to verdict, old tasks gone', 'done', ours, script, 1.3),
    ];
  },
};

function row(figure: string, moment: keyof Stretch, ours: readonly Stretch[], script: readonly Stretch[], allowed: number | null): Row {
  const middle = (stretches: readonly Stretch[]): number => median(stretches.map((stretch) => stretch[moment]));
  return { figure, ours: middle(ours), limit: middle(script), unit: 'ms', allowed };
}

async function pairsOf(
  name: string,
  count: number,
  pairs: number,
  options: BenchOptions,
): Promise<{ readonly ours: readonly Stretch[]; readonly script: readonly Stretch[] }> {
  const scene = await makeScene(count);
  const ours: Stretch[] = [];
  const script: Stretch[] = [];
  try {
    let twins: readonly string[] = await inTurns(count, async () => startTwin(scene.engine, scene.twin('1')));
    for (let pair = 0; pair < pairs; pair++) {
      const version = pair % 2 === 0 ? '2' : '1';
      const stretch = await deployOurs(scene, version, count, options);
      const other = await deployTwins(scene, version, twins, options);
      twins = other.twins;
      ours.push(stretch);
      script.push(other.stretch);
      told(`${name} ${pair + 1}: ${words(stretch)}; script: ${words(other.stretch)}`);
    }
  } finally {
    await scene.dispose();
  }
  return { ours, script };
}

function words({ running, served, verdict, done }: Stretch): string {
  return `running ${running.toFixed(0)}, served ${served.toFixed(0)}, verdict ${verdict.toFixed(0)}, done ${done.toFixed(0)} ms`;
}

async function deployOurs(scene: Scene, version: Version, count: number, options: BenchOptions): Promise<Stretch> {
  const { house } = scene;
  const show = traced(scene, options.trace);
  const logged = house.log().length;
  const marks = follow(scene, count);
  // Asking earlier would only take processor time from the engine: before the first start nobody can answer.
  const first = scene.engine.next((event) => event.action === 'start' && scene.isOurs(event), LIMIT_MS);
  let began = 0;
  await commitIn(house.repository, scene.manifest(version), () => (began = performance.now()));
  await first;
  await untilAnswer(house.port, '/', isVersion(version));
  const served = performance.now() - began;
  const { lastStart, lastDestroy } = await marks;
  await house.settled(house.git('rev-parse', 'HEAD'));
  const completed = house.log().find((line, index) => index >= logged && line['event'] === 'deployment-completed');
  if (completed === undefined) throw new Error('the deployment did not complete');
  const verdict = Date.parse(String(completed['time'])) - performance.timeOrigin - began;
  show('deploy', began);
  return { running: lastStart - began, served, verdict, done: Math.max(verdict, lastDestroy - began) };
}

/** Resolves when `count` containers of ours have started and as many are gone, with the moments of the last of each. */
async function follow(scene: Scene, count: number): Promise<{ readonly lastStart: number; readonly lastDestroy: number }> {
  let starts = 0;
  let destroys = 0;
  let lastStart = 0;
  const { at } = await scene.engine.next((event) => {
    if (!scene.isOurs(event)) return false;
    if (event.action === 'start') {
      starts += 1;
      lastStart = event.at;
    }
    if (event.action === 'destroy') destroys += 1;
    return starts >= count && destroys >= count;
  }, LIMIT_MS);
  return { lastStart, lastDestroy: at };
}

async function deployTwins(
  scene: Scene,
  version: Version,
  old: readonly string[],
  options: BenchOptions,
): Promise<{ readonly stretch: Stretch; readonly twins: readonly string[] }> {
  const { engine, scriptRepository } = scene;
  const show = traced(scene, options.trace);
  let began = 0;
  await commitIn(scriptRepository, scene.manifest(version), () => (began = performance.now()));
  const image = imageIn(await readCommitted(scriptRepository));
  await engine.call('GET', `/images/${image}/json`);
  const body = { ...scene.twin(version), Image: image };
  let running = 0;
  let served = 0;
  const probes: Promise<void>[] = [];
  const probe = async (id: string): Promise<void> => {
    const port = await untilHealthy(engine, id);
    if (served > 0) return;
    await untilAnswer(port, '/', isVersion(version));
    served ||= performance.now() - began;
  };
  const twins = await inTurns(old.length, async () => {
    const id = await startTwin(engine, body);
    running = performance.now() - began;
    probes.push(probe(id));
    return id;
  });
  await Promise.all(probes);
  const verdict = performance.now() - began;
  await Promise.all(
    old.map(async (id) => {
      await engine.call('POST', `/containers/${id}/stop`);
      await engine.call('DELETE', `/containers/${id}?force=1&v=1`);
    }),
  );
  const done = performance.now() - began;
  show('deploy by script', began);
  return { stretch: { running, served, verdict, done }, twins };
}

/** The image of the one task definition in a manifest. */
function imageIn(manifest: string): string {
  for (const document of parseAllDocuments(manifest)) {
    const value = document.toJS() as { kind: string; containerDefinitions?: readonly { readonly image: string }[] };
    const image = value.containerDefinitions?.[0]?.image;
    if (value.kind === 'TaskDefinition' && image !== undefined) return image;
  }
  throw new Error('the manifest has no task definition');
}

/** `count` results of `work`, at most as many under way as the daemon allows calls on one engine. */
async function inTurns<T>(count: number, work: () => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      results.push(await work());
    }
  };
  await Promise.all(Array.from({ length: Math.min(DEFAULT_LIMITS.callsPerEngine, count) }, worker));
  return results;
}
