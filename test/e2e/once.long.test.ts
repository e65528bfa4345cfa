// `longshore watch --once` on a real engine: the verdicts that need tasks which really run. The others stand in test/cli/watch.test.ts.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BROKEN_IMAGE, IMAGE } from '../support/images.ts';
import { engineForTests, newInstallation, removeInstallation } from '../support/engine.ts';
import { longshore } from '../cli/spawn.ts';
import { makePlace, web } from '../cli/place.ts';
import type { Ended } from '../cli/spawn.ts';
import type { Place } from '../cli/place.ts';

const QUICK = `x-longshore: { healthyAfter: 1 }
deploymentConfiguration:
  deploymentCircuitBreaker: { enable: true, rollback: true, thresholdConfiguration: { type: COUNT, value: 1 } }
`;

let place: Place;
let engine: string;
let installation: string;
let shared: string[];
beforeEach(async () => {
  engine = await engineForTests();
  installation = newInstallation();
  place = makePlace();
  shared = ['--repo', place.repository, '--state', place.state, '--engine', `unix://${engine}`, '--installation', installation];
});
afterEach(async () => {
  await place.leave();
  await removeInstallation(engine, installation);
});

async function once(): Promise<Ended> {
  return longshore(['watch', ...shared, '--once', '--log-level', 'warn']);
}

it('a release that works: 0, and its plan is empty; one that breaks: 3, rolled back, and again 3', async () => {
  place.write('web.yaml', web({ image: IMAGE, extra: QUICK }));
  place.commit('works');
  expect(await once()).toMatchObject({ code: 0, stderr: 'every service is as git declares it\nresult: OK (exit 0)\n' });
  expect(await longshore(['plan', ...shared, '--detailed-exitcode'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^No changes\./),
  });

  place.write('web.yaml', web({ image: BROKEN_IMAGE, extra: QUICK }));
  place.commit('breaks');
  expect(await longshore(['plan', ...shared, '--detailed-exitcode'])).toMatchObject({ code: 2 });
  const broken = await once();
  expect(broken.code).toBe(3);
  expect(broken.stderr).toMatch(/^error: default\/web: web:2 failed \(.+\), web:1 runs again\nhint: .+\nresult: ROLLED_BACK \(exit 3\)\n$/);
  expect((await once()).code).toBe(3);
});

it('a first release that breaks: 3, failed, nothing to return to', async () => {
  place.write('web.yaml', web({ image: BROKEN_IMAGE, extra: QUICK }));
  place.commit('breaks');
  const { code, stderr } = await once();
  expect(code).toBe(3);
  expect(stderr).toMatch(/^error: default\/web: web:1 failed \(.+\)\nhint: .+\nresult: FAILED \(exit 3\)\n$/);
});
