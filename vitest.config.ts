// The test projects. Every test file belongs to exactly one (test/tidy.test.ts holds it), by the folder it lies in:
// what needs only the processor, what takes it for seconds, what simulates for long, what needs sockets, git or processes, what needs a Docker engine.
// `isolate: false` because 60 small files take 7 s in workers of their own and 0.6 s in shared ones.
import { defineConfig } from 'vitest/config';

/** Include patterns by project. A folder's `*.test.ts` files, at any depth. */
export const TEST_PROJECTS = {
  /** Tables, stories, tidy: pure code, milliseconds each. `npm run check` runs these only. */
  unit: ['test/*.test.ts', 'test/{std,lang,model,manifest,core,daemon,scenario,tidy,docs}/**/*.test.ts'],
  /** Pure as well, but with thousands of arbitrary inputs each: seconds. */
  properties: ['test/properties/**/*.test.ts'],
  /** Seeds and mutants on virtual time: pure as well, but tens of seconds of processor time. */
  simulation: ['test/{sim,mutants}/**/*.test.ts'],
  /** Real sockets, real git, real processes, no engine. */
  sockets: [
    'test/{api,cli,proxy,scripts,support}/**/!(*.long).test.ts',
    'test/adapters/{capacity,git,store,proxy,registry,secrets}/**/!(*.long).test.ts',
    'test/adapters/*.test.ts',
  ],
  /** A real Docker engine at LONGSHORE_DOCKER_SOCKET: one file after the other, they share it. What a build has time for. */
  engine: ['test/{contract,e2e}/**/!(*.long).test.ts', 'test/adapters/docker/**/!(*.long).test.ts'],
  /** The rest, most of it on a real engine, as many minutes again: `npm run proof:long`, before a release and after a change of what they show. */
  long: ['test/**/*.long.test.ts'],
} as const;

const SAME_INPUTS = { setupFiles: ['test/support/arbitrary-seed.ts'] };

/** Containers take a second each on a busy machine; a test that needs more says so. */
const ON_AN_ENGINE = { pool: 'forks', fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 } as const;

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: [...TEST_PROJECTS.unit], pool: 'threads', isolate: false, testTimeout: 30_000, ...SAME_INPUTS } },
      {
        test: {
          name: 'properties',
          include: [...TEST_PROJECTS.properties],
          pool: 'threads',
          isolate: false,
          testTimeout: 600_000,
          ...SAME_INPUTS,
        },
      },
      { test: { name: 'simulation', include: [...TEST_PROJECTS.simulation], pool: 'threads', isolate: false, testTimeout: 600_000 } },
      { test: { name: 'sockets', include: [...TEST_PROJECTS.sockets], pool: 'forks', testTimeout: 30_000 } },
      { test: { name: 'engine', include: [...TEST_PROJECTS.engine], ...ON_AN_ENGINE } },
      { test: { name: 'long', include: [...TEST_PROJECTS.long], ...ON_AN_ENGINE } },
    ],
  },
});
