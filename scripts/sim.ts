// `npm run sim -- --seeds 100000`: the simulation for as long as it takes, on every core. Says how far it is, which seeds failed, and how
// to see each of them again. `--seed 4711 --trace` runs one seed and tells everything that happened in it.
// Options: --seeds N (default 2000), --from S (default 1), --seed S, --kind core|daemon|plan (default: all, mixed 8:1:1), --trace, --jobs N.
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { parseArgs } from 'node:util';
import { judgeSeed, KINDS, replayText, type Kind } from '../test/sim/judge.ts';

interface Job {
  readonly kind: Kind;
  readonly seed: number;
}

interface Verdict extends Job {
  readonly violations: readonly string[];
}

/** Failures listed in full; beyond these only the count grows. */
const MOST_FAILURES = 25;
const PROGRESS_MS = 5_000;
/** Seeds handed to a worker at once: few enough that all workers end together. */
const BATCH = 20;

if (isMainThread) await main();
else parentPort?.on('message', (jobs: readonly Job[]) => void work(jobs));

async function work(jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) parentPort?.postMessage({ ...job, violations: await judgeSeed(job.kind, job.seed) } satisfies Verdict);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '2000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      kind: { type: 'string' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      trace: { type: 'boolean', default: false },
    },
  });
  const kinds = KINDS.filter((kind) => values.kind === undefined || kind === values.kind);
  if (kinds.length === 0) throw new Error(`--kind must be one of ${KINDS.join(', ')}`);
  if (values.seed !== undefined) process.exitCode = await one(kinds, Number(values.seed), values.trace);
  else process.exitCode = await many(kinds, Number(values.from), Number(values.seeds), Number(values.jobs));
}

/** One seed, told in full when asked for. */
async function one(kinds: readonly Kind[], seed: number, trace: boolean): Promise<number> {
  let failed = 0;
  for (const kind of kinds) {
    const violations = await judgeSeed(kind, seed, trace ? (line) => console.log(line) : null);
    console.log(
      violations.length === 0 ? `seed ${seed} (${kind}): nothing to object to` : `seed ${seed} (${kind}):\n  ${violations.join('\n  ')}`,
    );
    failed += violations.length === 0 ? 0 : 1;
  }
  return failed === 0 ? 0 : 1;
}

/** Level 2 and the comparison of plans cost many times as much as level 1: of ten seeds eight are for the core. */
function kindOf(kinds: readonly Kind[], seed: number): Kind {
  const [only] = kinds;
  if (kinds.length === 1 && only) return only;
  return seed % 10 === 8 ? 'daemon' : seed % 10 === 9 ? 'plan' : 'core';
}

async function many(kinds: readonly Kind[], from: number, seeds: number, jobs: number): Promise<number> {
  let next = from;
  let done = 0;
  let failures = 0;
  const began = Date.now();
  const batch = (): readonly Job[] => {
    const size = Math.min(BATCH, from + seeds - next);
    return Array.from({ length: size }, () => ({ kind: kindOf(kinds, next), seed: next++ }));
  };
  const progress = (): void => console.log(`${done} of ${seeds} seeds, ${failures} failed, ${Math.round((Date.now() - began) / 1_000)} s`);
  const ticker = setInterval(progress, PROGRESS_MS);
  const heard = (verdict: Verdict): void => {
    done++;
    if (verdict.violations.length === 0) return;
    failures++;
    if (failures > MOST_FAILURES) return;
    console.log(`seed ${verdict.seed} (${verdict.kind}): ${verdict.violations[0]}\n  ${replayText(verdict.kind, verdict.seed)}`);
  };
  await Promise.all(Array.from({ length: jobs }, () => runWorker(batch, heard)));
  clearInterval(ticker);
  progress();
  return failures === 0 ? 0 : 1;
}

/** Keeps one worker busy until there are no more batches. */
async function runWorker(batch: () => readonly Job[], heard: (verdict: Verdict) => void): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData });
  let open = 0;
  await new Promise<void>((resolve, reject) => {
    const more = (): void => {
      const jobs = batch();
      open = jobs.length;
      if (open === 0) resolve();
      else worker.postMessage(jobs);
    };
    worker.on('message', (verdict: Verdict) => {
      heard(verdict);
      if (--open === 0) more();
    });
    worker.on('error', reject);
    more();
  });
  await worker.terminate();
}
