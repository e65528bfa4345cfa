// Volumes and folders as containers on a real engine see them: what one writes another reads, what is for reading can't be written, what
// belongs to the task goes with it, and what is shared stays.
import { afterAll, describe, expect, it } from 'vitest';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SUBPATH_SINCE } from '../../../src/model/task/container-mount.ts';
import { compareVersions } from '../../../src/adapters/docker/client.ts';
import { createBody } from '../../../src/adapters/docker/container-body.ts';
import { RUN_LIMIT_MS, definitionRunner } from '../../support/definition-runner.ts';
import { engineJson } from '../../support/engine.ts';
import { proves, provesRequest } from '../../proves.ts';

const ADDRESS = '127.0.0.1';
const runner = await definitionRunner({
  fileSystems: [
    { fileSystemId: 'fs-1', address: ADDRESS, path: '/exports', accessPoints: [{ accessPointId: 'fsap-1', path: '/points/web' }] },
  ],
});
const folder = mkdtempSync(join(tmpdir(), 'longshore-mounts-'));
const shared: string[] = [];
afterAll(async () => {
  await runner.dispose();
  for (const name of shared) await engineJson(runner.socketPath, `/volumes/${name}?force=1`, 'DELETE');
  rmSync(folder, { recursive: true });
});

const WRITE = `require('node:fs').writeFileSync('/data/a', 'written'); console.log('{}')`;
const READ = `let text; try { text = require('node:fs').readFileSync('/data/a', 'utf8') } catch (error) { text = error.code } console.log(JSON.stringify({ text }))`;
const TRY = `let code = 'written'; try { require('node:fs').writeFileSync('/data/a', 'x') } catch (error) { code = error.code } console.log(JSON.stringify({ code }))`;
const mounted = (more: object = {}) => ({ user: '0', mountPoints: [{ sourceVolume: 'data', containerPath: '/data', ...more }] });
const textOf = (output: string): unknown => (JSON.parse(output) as { text: unknown }).text;

/** Names of the engine's volumes. */
async function volumes(): Promise<readonly string[]> {
  const answer = await engineJson<{ Volumes: readonly { Name: string }[] }>(runner.socketPath, '/volumes');
  return answer.Volumes.map(({ Name }) => Name);
}

describe('on a real engine', { timeout: RUN_LIMIT_MS * 2 }, () => {
  it('a folder of the instance is bound, read-only where it says so, and made when it is not there', async () => {
    proves('volumes[].host.sourcePath', 'containerDefinitions[].mountPoints[].readOnly');
    writeFileSync(join(folder, 'a'), 'from outside');
    const bound = { volumes: [{ name: 'data', host: { sourcePath: folder } }] };
    expect(textOf((await runner.run(READ, mounted(), bound)).output)).toBe('from outside');
    expect(JSON.parse((await runner.run(TRY, mounted({ readOnly: true }), bound)).output)).toEqual({ code: 'EROFS' });
    await runner.run(WRITE, mounted(), bound);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('written');
    const absent = join(folder, 'not', 'there');
    await runner.run(WRITE, mounted(), { volumes: [{ name: 'data', host: { sourcePath: absent } }] });
    expect(readFileSync(join(absent, 'a'), 'utf8')).toBe('written');
  });

  it('a folder that is not there is a refusal where it must not be made', async () => {
    proves('containerDefinitions[].mountPoints[].x-longshore.createHostPath');
    const absent = join(folder, 'never');
    const made = runner.specOf(mounted({ 'x-longshore': { createHostPath: false } }), {
      volumes: [{ name: 'data', host: { sourcePath: absent } }],
    });
    expect((await runner.create(made)).error).toMatchObject({
      code: 'CannotCreateContainerError',
      message: expect.stringContaining(absent) as string,
    });
    expect(existsSync(absent)).toBe(false);
  });

  it('a volume of the task is empty at first, is the same for all its containers, and not for those of another task', async () => {
    proves('containerDefinitions[].volumesFrom[].{sourceContainer,readOnly}');
    const task = { volumes: [{ name: 'data' }] };
    await runner.run(WRITE, mounted(), task, 1_000);
    expect(textOf((await runner.run(READ, { ...mounted(), name: 'side' }, task, 1_000)).output)).toBe('written');
    expect(textOf((await runner.run(READ, mounted(), task, 1_001)).output)).toBe('ENOENT');
    const through = { user: '0', name: 'third', volumesFrom: [{ sourceContainer: 'app', readOnly: true }] };
    expect(textOf((await runner.run(READ, through, task, 1_000)).output)).toBe('written');
    expect(JSON.parse((await runner.run(TRY, { ...through, name: 'fourth' }, task, 1_000)).output)).toEqual({ code: 'EROFS' });
    const picture = await runner.engine.observe(AbortSignal.timeout(RUN_LIMIT_MS));
    expect(picture.volumes.map(([name]) => name)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^longshore-web-[0-9a-f]{12}-data$/)]),
    );
  });

  it('a shared volume outlives its tasks; one that is not there is made with autoprovision alone', async () => {
    proves('volumes[].dockerVolumeConfiguration.{scope: shared,autoprovision,driverOpts,labels}');
    const name = `${runner.installation}-shared`;
    shared.push(name);
    const configuration = { scope: 'shared', labels: { team: 'shop' }, driverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' } };
    const task = (autoprovision: boolean) => ({
      volumes: [{ name, dockerVolumeConfiguration: { ...configuration, ...(autoprovision && { autoprovision }) } }],
    });
    const fields = { user: '0', mountPoints: [{ sourceVolume: name, containerPath: '/data' }] };
    const refused = await runner.create(runner.specOf(fields, task(false)));
    expect(refused.error).toEqual({
      code: 'CannotCreateContainerError',
      message: `the volume ${name} is not there: create it on the instance, or set autoprovision to true`,
    });
    expect(await volumes()).not.toContain(name);
    await runner.run(WRITE, fields, task(true));
    const made = await engineJson<{ Labels: object; Options: object }>(runner.socketPath, `/volumes/${name}`);
    expect(made).toMatchObject({ Labels: { team: 'shop' }, Options: configuration.driverOpts });
    expect((await runner.engine.observe(AbortSignal.timeout(RUN_LIMIT_MS))).volumes.map(([each]) => each)).not.toContain(name);
    expect((await runner.create(runner.specOf(fields, task(false)))).error).toBeNull();
  });

  it('a file system is a volume that the engine mounts by NFS, with the options that AWS advises, when a container starts', async () => {
    provesRequest(
      'no kernel of the test machines mounts NFS',
      'volumes[].efsVolumeConfiguration.{fileSystemId,rootDirectory,transitEncryption: DISABLED,authorizationConfig.iam: DISABLED}',
    );
    const open = { transitEncryption: 'DISABLED', authorizationConfig: { iam: 'DISABLED' } };
    const task = { volumes: [{ name: 'data', efsVolumeConfiguration: { fileSystemId: 'fs-1', rootDirectory: '/web', ...open } }] };
    const made = runner.specOf(mounted(), task);
    const created = await runner.create(made);
    expect(created.error).toBeNull();
    const [mount] = made.spec.mounts;
    const name = mount?.kind === 'volume' ? mount.name : '';
    shared.push(name);
    const volume = await engineJson<{ Driver: string; Labels: object | null; Options: object }>(runner.socketPath, `/volumes/${name}`);
    expect(Object.keys(volume.Labels ?? {})).toEqual([]);
    expect(volume).toMatchObject({
      Driver: 'local',
      Options: {
        type: 'nfs',
        o: `addr=${ADDRESS},nfsvers=4.1,rsize=1048576,wsize=1048576,hard,timeo=600,retrans=2,noresvport`,
        device: ':/exports/web',
      },
    });
    expect((await runner.engine.observe(AbortSignal.timeout(RUN_LIMIT_MS))).volumes.map(([each]) => each)).not.toContain(name);
    // A kernel with NFS would look for a server, for as long as a minute.
    if (readFileSync('/proc/filesystems', 'utf8').includes('\tnfs')) return;
    const refused = await runner.start(made, created.container?.id ?? '');
    expect(refused.error).toMatchObject({
      code: 'Failed',
      message: expect.stringMatching(/failed to mount local volume: mount :\/exports\/web:.*nfsvers=4\.1,/) as string,
    });
  });
});

it('a volume has the name, the scope and the driver that it asks for, and what the image has there unless it stays empty', {
  timeout: RUN_LIMIT_MS * 2,
}, async () => {
  proves(
    'volumes[].dockerVolumeConfiguration.{scope: task,driver,x-longshore.name}',
    'containerDefinitions[].mountPoints[].x-longshore.noCopy',
  );
  const list = `console.log(JSON.stringify({ files: require('node:fs').readdirSync('/app') }))`;
  const at = (noCopy: boolean) => ({
    ...{ user: '0', workingDirectory: '/' },
    mountPoints: [{ sourceVolume: 'data', containerPath: '/app', 'x-longshore': { noCopy } }],
  });
  const name = `${runner.installation}.dotted`;
  shared.push(name);
  const dotted = { scope: 'shared', autoprovision: true, driver: 'local', 'x-longshore': { name } };
  const [empty, copied] = await Promise.all([
    runner.run(list, at(true), { volumes: [{ name: 'data', dockerVolumeConfiguration: { scope: 'task', driver: 'local' } }] }, 1_002),
    runner.run(list, at(false), { volumes: [{ name: 'data', dockerVolumeConfiguration: dotted }] }),
  ]);
  expect(JSON.parse(empty.output)).toEqual({ files: [] });
  expect((JSON.parse(copied.output) as { files: string[] }).files).toContain('server.mjs');
  const { id } = empty;
  const { Mounts } = await engineJson<{ Mounts: readonly { Name: string; Driver: string }[] }>(runner.socketPath, `/containers/${id}/json`);
  expect(Mounts).toMatchObject([{ Name: expect.stringMatching(/^longshore-web-[0-9a-f]{12}-data$/) as string, Driver: 'local' }]);
  expect(await volumes()).toContain(name);
  const strange = { volumes: [{ name: 'data', dockerVolumeConfiguration: { driver: 'nobody-has-it' } }] };
  expect((await runner.create(runner.specOf(mounted(), strange))).error?.message).toContain('nobody-has-it');
});

describe('what an engine is asked for', () => {
  const bodyOf = (more: object, volume: object = { host: { sourcePath: '/srv' } }) =>
    createBody(runner.specOf(mounted(more), { volumes: [{ name: 'data', ...volume }] }).spec, '0.0.0.0', '1.44')['HostConfig'];

  it.each<[what: string, more: object, host: object]>([
    [
      'propagation and SELinux labels',
      { readOnly: true, 'x-longshore': { bindPropagation: 'rslave', selinux: 'Z' } },
      { Binds: ['/srv:/data:ro,rslave,Z'] },
    ],
    [
      'a folder that must be there',
      { 'x-longshore': { createHostPath: false, bindPropagation: 'shared' } },
      { Mounts: [{ Type: 'bind', Source: '/srv', Target: '/data', ReadOnly: false, BindOptions: { Propagation: 'shared' } }] },
    ],
    ...['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'].map((bindPropagation): [string, object, object] => [
      `propagation ${bindPropagation}`,
      { 'x-longshore': { bindPropagation } },
      { Binds: [`/srv:/data:rw,${bindPropagation}`] },
    ]),
    ['an SELinux label that others share', { 'x-longshore': { selinux: 'z' } }, { Binds: ['/srv:/data:rw,z'] }],
  ])('%s', (_, more, host) => {
    provesRequest(
      'the folder would have to be on a shared mount of the instance',
      'containerDefinitions[].mountPoints[].x-longshore.bindPropagation: {private,rprivate,shared,rshared,slave,rslave}',
    );
    provesRequest(
      'not every machine that runs the tests has SELinux',
      'containerDefinitions[].mountPoints[].x-longshore.{selinux: z,selinux: Z}',
    );
    expect(bodyOf(more)).toMatchObject(host);
  });

  it('a file system: a volume with the options of its mount', () => {
    provesRequest(
      'no kernel of the test machines mounts NFS, and none has the program that encrypts the way and asks the role',
      'volumes[].efsVolumeConfiguration.{transitEncryption: ENABLED,authorizationConfig.{accessPointId,iam: ENABLED}}',
    );
    const authorizationConfig = { accessPointId: 'fsap-1', iam: 'ENABLED' };
    const volume = { efsVolumeConfiguration: { fileSystemId: 'fs-1', transitEncryption: 'ENABLED', authorizationConfig } };
    const o = `addr=${ADDRESS},nfsvers=4.1,rsize=1048576,wsize=1048576,hard,timeo=600,retrans=2,noresvport`;
    expect(bodyOf({ readOnly: true }, volume)).toMatchObject({
      Mounts: [
        {
          ...{ Type: 'volume', Source: expect.stringMatching(/^longshore-fs-1-[0-9a-f]{8}$/) as string, Target: '/data', ReadOnly: true },
          VolumeOptions: {
            NoCopy: false,
            Labels: {},
            DriverConfig: { Name: 'local', Options: { type: 'nfs', o, device: ':/points/web' } },
          },
        },
      ],
    });
  });

  it('a folder inside of a volume, in a version of the API that has it', async () => {
    provesRequest('engines before API 1.45 have it not', 'containerDefinitions[].mountPoints[].x-longshore.subpath');
    const volume = { dockerVolumeConfiguration: { scope: 'task' } };
    const of = { 'x-longshore': { subpath: 'made/inside' } };
    expect(bodyOf(of, volume)).toMatchObject({ Mounts: [{ Type: 'volume', VolumeOptions: { Subpath: 'made/inside' } }] });
    const task = { volumes: [{ name: 'data', ...volume }] };
    const { ApiVersion } = await engineJson<{ ApiVersion: string }>(runner.socketPath, '/version');
    // An older engine refuses: it would mount the whole volume without a word.
    if (compareVersions(ApiVersion, SUBPATH_SINCE) < 0) {
      expect((await runner.create(runner.specOf(mounted(of), task))).error?.message).toContain(SUBPATH_SINCE);
      return;
    }
    const make = `require('node:fs').mkdirSync('/data/made/inside', { recursive: true }); require('node:fs').writeFileSync('/data/made/inside/a', 'of it')`;
    await runner.run(make, { ...mounted(), name: 'make' }, task, 1_003);
    expect(textOf((await runner.run(READ, mounted(of), task, 1_003)).output)).toBe('of it');
  });

  it('a volume that stays empty, of another driver', () => {
    const volume = { dockerVolumeConfiguration: { driver: 'rexray', driverOpts: { size: '5' } } };
    expect(bodyOf({ 'x-longshore': { noCopy: true } }, volume)).toMatchObject({
      Mounts: [{ Type: 'volume', VolumeOptions: { NoCopy: true, DriverConfig: { Name: 'rexray', Options: { size: '5' } } } }],
    });
  });
});
