// Volumes of ECS's kinds on a real engine, from a commit on: what the containers of two tasks see of them, and what is left of them after.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type House, makeHouse } from './house.ts';
import { type Json, container, service, taskDefinition } from './definitions.ts';
import { engineJson } from '../support/engine.ts';
import { BASE, STAY } from './programs.ts';
import { eventually, printed } from './inside.ts';
import { proves } from '../proves.ts';

/** The volumes of the house's tasks, as the engine has them. */
async function volumesOf(house: House): Promise<readonly string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`dev.longshore.installation=${house.installation}`] }));
  const { Volumes } = await engineJson<{ Volumes: readonly { Name: string }[] | null }>(house.engine, `/volumes?filters=${filters}`);
  return (Volumes ?? []).map(({ Name }) => Name);
}

const BREAKER = { deploymentCircuitBreaker: { enable: true, rollback: false, thresholdConfiguration: { type: 'COUNT', value: 1 } } };
/** The server of the house's file system: nobody is there, and no kernel of a test has to look for him. */
const CONFIG = 'efs: { fileSystems: [{ fileSystemId: fs-0123456789abcdef0, address: 127.0.0.1, path: /exports }] }\n';

describe('volumes', { timeout: 120_000 }, () => {
  let house: House;
  const made: string[] = [];
  beforeAll(async () => {
    house = await makeHouse();
    mkdirSync(house.state, { recursive: true });
    writeFileSync(join(house.state, 'config.yaml'), CONFIG);
    house.start();
  });
  afterAll(async () => {
    await house.dispose();
    for (const name of made) await engineJson(house.engine, `/volumes/${name}?force=1`, 'DELETE');
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

  test('a file system is mounted from where the configuration of the daemon says, as the plan has shown; another one from nowhere', async () => {
    const volume = (fileSystemId: string): Json => ({
      volumes: [{ name: 'files', efsVolumeConfiguration: { fileSystemId, rootDirectory: '/web' } }],
    });
    const mounted = { mountPoints: [{ sourceVolume: 'files', containerPath: '/files' }] };
    const definitionOf = (family: string, id: string): Json =>
      taskDefinition(family, volume(id), [container('app', `${BASE} ${STAY}`, mounted)]);
    const documents = [
      { kind: 'Cluster', clusterName: 'e2e' },
      ...[definitionOf('known', 'fs-0123456789abcdef0'), service('known')],
      ...[definitionOf('unknown', 'fs-00000000'), service('unknown', { deploymentConfiguration: BREAKER })],
    ];
    const text = documents.map((document) => JSON.stringify(document)).join('\n---\n');
    writeFileSync(join(house.repository, 'all.yaml'), text);
    const { stdout } = await house.run('plan', '--dir', house.repository, '--state', house.state);
    const [, options = ''] = /volume files: NFS 127\.0\.0\.1:\/exports\/web \((.+)\)/.exec(stdout) ?? [];
    expect(options).toContain('nfsvers=4.1,');
    expect(stdout).toContain('no server for the file system fs-00000000');
    house.commit({ 'all.yaml': text });
    const name = await eventually('the volume of the file system', async () => {
      const { Volumes } = await engineJson<{ Volumes: readonly { Name: string }[] | null }>(house.engine, '/volumes');
      return Volumes?.find((each) => each.Name.startsWith('longshore-fs-0123456789abcdef0-'))?.Name ?? null;
    });
    made.push(name);
    const { Options } = await engineJson<{ Options: Json }>(house.engine, `/volumes/${name}`);
    expect(Options).toEqual({ type: 'nfs', o: `addr=127.0.0.1,${options}`, device: ':/exports/web' });
    const failed = await eventually('the failure of the other', async () => {
      const { services } = await house.status();
      const [deployment] = services.find(({ id }) => id === 'e2e/unknown')?.deployments ?? [];
      return deployment?.rollout === 'FAILED' ? deployment : null;
    });
    expect(failed.lastFailure).toContain('no server for the file system fs-00000000');
  });
});
