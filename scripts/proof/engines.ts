// `npm run proof:engines`: what the tests hold of the engine that is installed is held of engines of other ages, each with the classic image
// store and with containerd's, and with the oldest API version that newer engines still answer. Prints a table of tests by engines, and ends
// with 1 when one failed, 3 when an engine can't be had.
//   npm run proof:engines -- --suites installed,trixie,sid --roots /var/cache/roots --only sid/containerd -- test/adapters/docker/pull.test.ts
// The tests run in the network namespace of the engine, so that each finds the other on its loopback addresses.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { callEngine, EngineUnavailable } from '../engine.mjs';
import { unlessInterrupted } from './interrupt.ts';
import { makeOwnEngine, type OwnEngine } from './own-engine.ts';
import { rootFiles } from './root-files.ts';

/** The suite that stands for the dockerd of this machine. */
const INSTALLED = 'installed';
const ROWS: Readonly<Record<string, readonly string[]>> = {
  'the contract': ['test/adapters/docker/engine.test.ts'],
  'the adapter': ['test/adapters/docker'],
  'task definitions, end to end': ['test/e2e/task-definitions.long.test.ts'],
  'metadata, end to end': ['test/e2e/metadata.test.ts'],
};
const ROW_LIMIT_MS = 3_600_000;
const ASK_LIMIT_MS = 20_000;
/** Nobody waits for this: a busy machine is no failure. */
const TEST_LIMIT_MS = 240_000;
/** Engine 29 answers nothing older. */
const FLOOR = '1.44';

interface Kind {
  readonly name: string;
  readonly suite: string;
  readonly configuration?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
}

interface Cell {
  readonly passed: number;
  readonly skipped: number;
  readonly failed: readonly string[];
  readonly seconds: number;
}

interface Column {
  readonly name: string;
  readonly engine: string;
  readonly cells: ReadonlyMap<string, Cell>;
}

/** What vitest's JSON says. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

function kindsOf(suite: string): readonly Kind[] {
  if (suite === INSTALLED) return [{ name: suite, suite }];
  return [
    { name: suite, suite },
    { name: `${suite}/containerd`, suite, configuration: { features: { 'containerd-snapshotter': true } } },
    { name: `${suite}/floor`, suite, environment: { DOCKER_MIN_API_VERSION: FLOOR } },
  ];
}

/** One engine, from its start to its removal. */
async function prove(kind: Kind, roots: string, rows: Readonly<Record<string, readonly string[]>>): Promise<Column> {
  const root = kind.suite === INSTALLED ? null : await unlessInterrupted(rootFiles(kind.suite, roots));
  const { configuration = {}, environment = {} } = kind;
  const engine = await makeOwnEngine({ root, configuration, environment });
  const left = new AbortController();
  try {
    const told = await describe(engine);
    console.log(`${kind.name}: ${told}`);
    const cells = new Map<string, Cell>();
    for (const [row, files] of Object.entries(rows)) {
      const cell = await unlessInterrupted(run(engine, files, left.signal));
      cells.set(row, cell);
      console.log(`${kind.name}: ${row}: ${textOf(cell)} in ${cell.seconds} s`);
      for (const failure of cell.failed) console.log(`  FAILED ${failure}`);
    }
    return { name: kind.name, engine: told, cells };
  } finally {
    left.abort();
    await engine.dispose();
  }
}

async function describe({ socketPath }: OwnEngine): Promise<string> {
  const { Version, ApiVersion, MinAPIVersion } = JSON.parse(
    (await callEngine(socketPath, '/version', { limitMs: ASK_LIMIT_MS })).body,
  ) as Record<string, string>;
  const { Driver, DriverStatus } = JSON.parse((await callEngine(socketPath, '/info', { limitMs: ASK_LIMIT_MS })).body) as {
    Driver: string;
    DriverStatus: string[][];
  };
  const store = (DriverStatus ?? []).some((pair) => pair.join(' ').includes('containerd')) ? 'containerd' : 'classic';
  return `Docker ${Version}, API ${MinAPIVersion} to ${ApiVersion}, ${store} store (${Driver})`;
}

/** Runs test files against the engine, in its network and with temporary files where it sees them. */
async function run(engine: OwnEngine, files: readonly string[], left: AbortSignal): Promise<Cell> {
  const output = join(engine.shared, 'report.json');
  const temporary = join(engine.shared, 't');
  mkdirSync(temporary, { recursive: true });
  rmSync(output, { force: true });
  const began = performance.now();
  const vitest = [
    'vitest',
    'run',
    '--project',
    'engine',
    '--project',
    'long',
    '--reporter=json',
    `--testTimeout=${TEST_LIMIT_MS}`,
    `--hookTimeout=${TEST_LIMIT_MS}`,
    `--outputFile=${output}`,
    ...files,
  ];
  const child = spawn('nsenter', [`--net=${engine.network}`, ...vitest], {
    env: { ...process.env, LONGSHORE_DOCKER_SOCKET: engine.socketPath, TMPDIR: temporary },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: ROW_LIMIT_MS,
    signal: left,
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-4_000)));
  await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return cellOf(output, said, Math.round((performance.now() - began) / 1_000));
}

function cellOf(output: string, said: string, seconds: number): Cell {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(output, 'utf8')) as Report;
  } catch (error) {
    return { passed: 0, skipped: 0, failed: [`no report (${String(error)}): ${said}`], seconds };
  }
  const all = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = all.filter(({ status }) => status === 'failed').map((one) => `${one.fullName}\n    ${one.failureMessages[0] ?? ''}`);
  // What fails before its first test has no test that failed.
  const broken = report.testResults
    .filter(({ status, assertionResults }) => status === 'failed' && assertionResults.every((one) => one.status !== 'failed'))
    .map(({ name, message }) => `${name}: ${message}`);
  const passed = all.filter(({ status }) => status === 'passed').length;
  const skipped = all.length - passed - failed.length;
  return { passed, skipped, failed: [...failed, ...broken], seconds };
}

function textOf({ passed, skipped, failed }: Cell): string {
  return [
    `${passed} passed`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(failed.length > 0 ? [`${failed.length} FAILED`] : []),
  ].join(', ');
}

/** A row an engine, a column a test: engines are what there will be more of. */
function table(columns: readonly Column[]): string {
  const rows = Object.keys(Object.fromEntries(columns.flatMap(({ cells }) => [...cells])));
  const lines = [
    ['', 'engine', ...rows],
    ...columns.map(({ name, engine, cells }) => [name, engine, ...rows.map((row) => textOf(cells.get(row)!))]),
  ];
  const widths = lines[0]?.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0))) ?? [];
  return lines
    .map((line) =>
      line
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      suites: { type: 'string', default: `${INSTALLED},trixie,sid` },
      /** Where root file systems are kept; absent: they are made new and taken away again. */
      roots: { type: 'string' },
      /** Kinds of engines, such as sid/containerd; absent: all. */
      only: { type: 'string' },
    },
  });
  const kinds = values.suites.split(',').flatMap(kindsOf);
  const wanted = values.only === undefined ? kinds : kinds.filter(({ name }) => values.only?.split(',').includes(name));
  if (wanted.length === 0) throw new EngineUnavailable(`no such engine; there are ${kinds.map(({ name }) => name).join(', ')}`);
  const roots = values.roots ?? mkdtempSync(join(tmpdir(), 'longshore-roots-'));
  const rows = positionals.length > 0 ? { [positionals.join(' ')]: positionals } : ROWS;
  const columns: Column[] = [];
  try {
    for (const kind of wanted) columns.push(await prove(kind, roots, rows));
  } finally {
    if (values.roots === undefined) rmSync(roots, { recursive: true, force: true });
  }
  console.log(`\n${table(columns)}`);
  return columns.every(({ cells }) => [...cells.values()].every(({ failed }) => failed.length === 0));
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof EngineUnavailable)) throw error;
  console.error(`no Docker engine: ${error.message}`);
  process.exitCode = 3;
}
