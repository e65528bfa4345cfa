// `npm run chaos`: the whole of what `npm test` holds a short form of. Many deployments in a row under load, five of them broken; the daemon
// killed with -9 at random moments; the proxy killed. Prints what it saw and ends with 1 if anything was not as it must be.
//   npm run chaos -- --deployments 20 --kills 50 --proxy-kills 5 --rate 200 --seed 1
import { parseArgs } from 'node:util';
import { type ChaosResult, killDaemon, killProxy, rollUnderLoad, seeded } from '../test/e2e/chaos.ts';
import { makeHouse } from '../test/e2e/house.ts';
import { web } from '../test/e2e/manifests.ts';

const { values } = parseArgs({
  options: {
    deployments: { type: 'string', default: '20' },
    kills: { type: 'string', default: '50' },
    'proxy-kills': { type: 'string', default: '5' },
    rate: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const rate = Number(values.rate);
/** Every fourth of 20 deployments is broken: five. */
const BROKEN_EVERY = 4;

function report(what: string, result: ChaosResult): boolean {
  const sorted = [...result.steps].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const load = result.requests > 0 ? `, ${result.requests} requests, the slowest ${result.slowestMs} ms` : '';
  console.log(
    `${what}: ${result.faults.length === 0 ? 'no fault' : `${result.faults.length} FAULTS`}; a step takes ${median} ms (median), ${sorted.at(-1) ?? 0} ms at most${load}`,
  );
  for (const fault of result.faults) console.log(`  ${fault}`);
  return result.faults.length === 0;
}

console.log(`seed ${values.seed}, ${rate} requests/s`);
const house = await makeHouse();
let good = true;
try {
  const commit = house.commit({ 'web.yaml': web({ version: '1', port: house.port }) });
  house.start();
  await house.settled(commit);
  good =
    report(
      `${values.deployments} rolling deployments, every ${BROKEN_EVERY}th broken`,
      await rollUnderLoad(house, Number(values.deployments), BROKEN_EVERY, rate),
    ) && good;
  good =
    report(`${values.kills} kills -9 of the daemon`, await killDaemon(house, Number(values.kills), rate, seeded(Number(values.seed)))) &&
    good;
  good = report(`${values['proxy-kills']} kills -9 of the proxy`, await killProxy(house, Number(values['proxy-kills']))) && good;
} finally {
  await house.dispose();
}
process.exitCode = good ? 0 : 1;
