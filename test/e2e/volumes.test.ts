// Volumes of ECS's kinds on a real engine, from a commit on: what the containers of two tasks see of them, and what is left of them after.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type House, makeHouse } from './house.ts';
import { type Json, container, service, taskDefinition } from './definitions.ts';
import { engineJson } from '../support/engine.ts';
import { eventually, printed } from './inside.ts';
import { proves } from '../proves.ts';

/** Prints a line of JSON; ends on the stop signal. */
const BASE = `const say = (what) => console.log(JSON.stringify(what)); process.on('SIGTERM', () => process.exit(0)); const fs = require('node:fs');`;
const STAY = 'setInterval(() => {}, 1e6);';

/** The volumes of the house's tasks, as the engine has them. */
async function volumesOf(house: House): Promise<readonly string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`dev.longshore.installation=${house.installation}`] }));
  const { Volumes } = await engineJson<{ Volumes: readonly { Name: string }[] | null }>(house.engine, `/volumes?filters=${filters}`);
  return (Volumes ?? []).map(({ Name }) => Name);
}

describe('volumes', { timeout: 120_000 }, () => {
  let house: House;
  beforeAll(async () => {
    house = await makeHouse();
    house.start();
  });
  afterAll(async () => {
    await house.dispose();
  });
  const deploy = async (...documents: readonly Json[]): Promise<void> => {
    const cluster = { kind: 'Cluster', clusterName: 'e2e' };
    const text = [cluster, ...documents].map((document) => JSON.stringify(document)).join('\n---\n');
    await house.settled(house.commit({ 'all.yaml': text }), 100_000);
  };

  test('a volume that is configured at launch is one of each task: empty, shared by its containers, and gone with it', async () => {
    proves('volumes[].configuredAtLaunch');
    // The image has files in /app: a volume of EBS hides them.
    const see = (mark: string): string =>
      `const found = fs.readdirSync('/app'); fs.writeFileSync('/app/${mark}', ''); say({ found }); ${STAY}`;
    const mounted = { user: '0', workingDirectory: '/', mountPoints: [{ sourceVolume: 'data', containerPath: '/app' }] };
    const definition = taskDefinition('launched', { volumes: [{ name: 'data', configuredAtLaunch: true }] }, [
      container('init', `${BASE} const found = fs.readdirSync('/app'); fs.writeFileSync('/app/init', ''); say({ found });`, {
        ...mounted,
        essential: false,
      }),
      container('app', `${BASE} ${see('app')}`, { ...mounted, dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }] }),
    ]);
    const managedEBSVolume = { roleArn: 'arn:aws:iam::123456789012:role/ebs', sizeInGiB: 20, volumeType: 'gp3', filesystemType: 'ext4' };
    await deploy(definition, service('launched', { desiredCount: 2, volumeConfigurations: [{ name: 'data', managedEBSVolume }] }));
    // The newer of two tasks finds nothing of the older one.
    expect(await printed(house, 'launched', 'init')).toEqual([{ found: [] }]);
    expect(await printed(house, 'launched', 'app')).toEqual([{ found: ['init'] }]);
    expect(await volumesOf(house)).toHaveLength(2);
    await deploy();
    await eventually('the volumes are gone', async () => ((await volumesOf(house)).length === 0 ? true : null));
  });
});
