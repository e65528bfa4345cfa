// What a quiet daemon with 50 tasks costs: its processor time over a minute in which nothing happens, the proxy's and the engine's beside it.
// Processor time is counted by the kernel (user and system), so other work on the machine changes it little.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Benchmark, type Row, told } from './measure.ts';
import { makeScene } from './scene.ts';

const TASKS = 50;
/** The first moments after a deployment (late events, a listing) are no idle ones. */
const CALM_MS = 5_000;
const SPAN_MS = 60_000;
/** USER_HZ: what /proc counts in, 100 a second on every Linux that Docker runs on. */
const TICKS_PER_SECOND = 100;
/** Of one core. */
const LIMIT_PERCENT = 0.5;

export const idle: Benchmark = {
  about: 'processor time of a quiet daemon with 50 tasks, over a minute',
  run: async () => {
    const scene = await makeScene(TASKS);
    try {
      const daemon = pidOf((words) => words.includes('watch') && words.includes(scene.house.state));
      const proxy = await scene.house.proxyPid();
      const engine = pidOf((words) => isEngine(words) && words.some((word) => word.endsWith(scene.house.engine)), isEngine);
      await sleep(CALM_MS);
      told(`idle: watching ${SPAN_MS / 1_000} s`);
      const before = [daemon, proxy, engine].map(ticksOf);
      const began = performance.now();
      await sleep(SPAN_MS);
      const seconds = (performance.now() - began) / 1_000;
      const spent = [daemon, proxy, engine].map((pid, index) => ticksOf(pid) - (before[index] ?? 0));
      const percent = (ticks: number | undefined): number => ((ticks ?? 0) / TICKS_PER_SECOND / seconds) * 100;
      const shown = { limit: null, unit: '% of a core', allowed: null };
      const rows: Row[] = [
        { figure: `idle: daemon with ${TASKS} tasks`, ours: percent(spent[0]), limit: LIMIT_PERCENT, unit: '% of a core', allowed: 1 },
        { figure: `idle: proxy with ${TASKS} targets`, ours: percent(spent[1]), ...shown },
        { figure: 'idle: the engine', note: 'all of its containers', ours: percent(spent[2]), ...shown },
      ];
      return rows;
    } finally {
      await scene.dispose();
    }
  },
};

function isEngine([program = '']: readonly string[]): boolean {
  return /(^|\/)dockerd$/.test(program);
}

/** The process whose command line satisfies the first of `tests` that any process satisfies. */
function pidOf(...tests: readonly ((words: readonly string[]) => boolean)[]): number {
  const names = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
  for (const test of tests) {
    const found = names.find((name) => test(readOr(`/proc/${name}/cmdline`).split('\0')));
    if (found !== undefined) return Number(found);
  }
  throw new Error('a process that should run was not found');
}

/** User and system time of a process, in ticks; the name in brackets may hold spaces, so fields are counted behind it. */
function ticksOf(pid: number): number {
  const fields = readOr(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** A file of /proc; empty when its process has ended meanwhile. */
function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
