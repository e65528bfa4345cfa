// How file systems of AWS are mounted: one row, one sentence.
import { describe, expect, test } from 'vitest';
import { nfsDriverOptions, nfsMountOf, nfsVolumeName, volumeFault } from '../../../src/model/task/file-system.ts';
import type { EfsConfig, NfsMount } from '../../../src/model/task/file-system.ts';
import { Volume } from '../../../src/model/task/volume.ts';

type Efs = NonNullable<Volume['efsVolumeConfiguration']>;

const ID = 'fs-0123456789abcdef0';
const ADVISED = 'nfsvers=4.1,rsize=1048576,wsize=1048576,hard,timeo=600,retrans=2,noresvport';
const CONFIG: EfsConfig = {
  fileSystems: [
    { fileSystemId: ID, address: '10.0.0.7', path: '/exports/', accessPoints: [{ accessPointId: 'fsap-1', path: '/exports/web' }] },
    { fileSystemId: 'shared', address: 'nas.example', mountOptions: ['nfsvers=3', 'soft'] },
  ],
};

function optionsOf(volume: Partial<Efs>, config: EfsConfig | undefined): unknown {
  const mount = nfsMountOf({ fileSystemId: ID, ...volume }, config);
  return 'fault' in mount ? mount.fault : nfsDriverOptions(mount);
}

describe('a file system', () => {
  test.each<[string, Partial<Efs>, EfsConfig | undefined, unknown]>([
    [
      'is mounted as AWS advises, from the server of its entry, below the path that stands for its root',
      { rootDirectory: '/web//static/' },
      CONFIG,
      { type: 'nfs', o: `addr=10.0.0.7,${ADVISED}`, device: ':/exports/web/static' },
    ],
    ['without a folder is mounted whole', {}, CONFIG, { type: 'nfs', o: `addr=10.0.0.7,${ADVISED}`, device: ':/exports' }],
    [
      'has other options where the operator says so, and then no others',
      { fileSystemId: 'shared' },
      CONFIG,
      { type: 'nfs', o: 'addr=nas.example,nfsvers=3,soft', device: ':/' },
    ],
    [
      'without an entry is looked for at AWS, in the region of the configuration',
      {},
      { region: 'eu-west-1' },
      { type: 'nfs', o: `addr=${ID}.efs.eu-west-1.amazonaws.com,${ADVISED}`, device: ':/' },
    ],
    ['as it is in China', {}, { region: 'cn-north-1' }, expect.objectContaining({ o: expect.stringContaining('.amazonaws.com.cn,') })],
    [
      'is mounted at the path of its access point',
      { authorizationConfig: { accessPointId: 'fsap-1' } },
      CONFIG,
      expect.objectContaining({ device: ':/exports/web' }),
    ],
    [
      'whose root is that path',
      { rootDirectory: '/', authorizationConfig: { accessPointId: 'fsap-1' } },
      CONFIG,
      expect.objectContaining({ device: ':/exports/web' }),
    ],
    [
      'is nowhere without a configuration',
      {},
      undefined,
      expect.stringContaining(`no server for the file system ${ID}; add it to efs.fileSystems`),
    ],
    [
      'is not at AWS under a name that AWS does not give',
      { fileSystemId: 'x.evil.example/' },
      { region: 'eu-west-1' },
      expect.stringContaining('no server'),
    ],
    [
      'has no access point that the configuration does not name',
      { authorizationConfig: { accessPointId: 'fsap-2' } },
      CONFIG,
      expect.stringContaining('no path for the access point fsap-2'),
    ],
    [
      'of AWS has none that can be entered without its program',
      { authorizationConfig: { accessPointId: 'fsap-1' } },
      { region: 'eu-west-1' },
      expect.stringContaining('no path for the access point fsap-1'),
    ],
  ])('%s', (_, volume, config, expected) => expect(optionsOf(volume, config)).toEqual(expected));
});

describe('its volume on an engine', () => {
  const mount: NfsMount = { server: '10.0.0.7', path: '/exports', options: ['hard'] };

  test.each<[string, Partial<NfsMount>, boolean]>([
    ['is the same for the same mount', {}, true],
    ['is another one for another server', { server: '10.0.0.8' }, false],
    ['is another one for another path', { path: '/exports/web' }, false],
    ['is another one for other options', { options: ['soft'] }, false],
  ])('%s', (_, more, same) => expect(nfsVolumeName(ID, { ...mount, ...more }) === nfsVolumeName(ID, mount)).toBe(same));

  test('has a name that Docker takes, whatever the id is', () => {
    expect(nfsVolumeName('a/b c', mount)).toMatch(/^longshore-a-b-c-[0-9a-f]{8}$/);
  });
});

test('a task can be given its volumes when the place of each of its file systems is known', () => {
  const task = (fileSystemId: string): Parameters<typeof volumeFault>[0] => ({
    ...{ family: 'web', containerDefinitions: [{ name: 'app', image: 'app:1', memory: 64 }] },
    volumes: [{ name: 'plain' }, { name: 'files', efsVolumeConfiguration: { fileSystemId } }],
  });
  expect(volumeFault(task(ID), CONFIG)).toBeNull();
  expect(volumeFault(task('fs-other'), CONFIG)).toMatch(/^ResourceInitializationError: volume files can't be mounted: .*fs-other/);
});

test.each([
  ['/', true],
  ['/srv..d/...', true],
  ['/srv/../..', false],
  ['/..', false],
  ['srv', false],
])('the folder %s of a file system is one inside of it: %s', (rootDirectory, inside) => {
  expect(Volume.safeParse({ name: 'a', efsVolumeConfiguration: { fileSystemId: 'fs-1', rootDirectory } }).success).toBe(inside);
});
