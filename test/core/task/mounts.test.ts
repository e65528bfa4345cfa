// What volumes are called on an engine: one row, one sentence (spec 1.9).
import { expect, test } from 'vitest';
import { containerSpec } from '../../../src/core/task/container.ts';
import { identity } from '../../build.ts';
import type { ContainerDefinition } from '../../../src/model/task/container-definition.ts';
import type { Volume } from '../../../src/model/task/volume.ts';

const APP: ContainerDefinition = {
  name: 'app',
  image: 'app:1',
  memory: 64,
  mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }],
};

function mountOf(volume: Partial<Volume>, more: NonNullable<ContainerDefinition['mountPoints']>[number]['x-longshore'] = {}): unknown {
  const container = { ...APP, mountPoints: [{ sourceVolume: 'data', containerPath: '/data', 'x-longshore': more }] };
  const task = { family: 'web', containerDefinitions: [container], volumes: [{ name: 'data', ...volume }] };
  return containerSpec(container, task, identity(), 'app:1').mounts[0];
}

function nameOf(dockerVolumeConfiguration: Volume['dockerVolumeConfiguration']): unknown {
  const task = { family: 'web', containerDefinitions: [APP], volumes: [{ name: 'data', dockerVolumeConfiguration }] };
  const [mount] = containerSpec(APP, task, identity(), 'app:1').mounts;
  return mount?.kind === 'volume' ? mount.name : null;
}

test.each<[string, Volume['dockerVolumeConfiguration'], unknown]>([
  ['a shared volume has its own name', { scope: 'shared' }, 'data'],
  ['or the one that ECS could not say', { scope: 'shared', 'x-longshore': { name: 'shop_da.ta' } }, 'shop_da.ta'],
  ['one of the task has the name of the task before its own', { scope: 'task' }, expect.stringMatching(/^longshore-.*-data$/)],
])('%s', (_, configuration, expected) => expect(nameOf(configuration)).toEqual(expected));

const OF_TASK = {
  kind: 'volume',
  name: expect.stringMatching(/^longshore-.*-data$/),
  driver: 'local',
  driverOptions: {},
  mustExist: false,
};

test.each<[string, unknown, unknown]>([
  ['a volume without a kind begins with what the image has there', mountOf({}), { ...OF_TASK, noCopy: false }],
  [
    'one that is configured at launch is one of the task, and begins empty',
    mountOf({ configuredAtLaunch: true }),
    { ...OF_TASK, noCopy: true },
  ],
  ['unless its mount says otherwise', mountOf({ configuredAtLaunch: true }, { noCopy: false }), { ...OF_TASK, noCopy: false }],
  ['a folder inside of it is asked for', mountOf({}, { subpath: 'app' }), { ...OF_TASK, subpath: 'app' }],
  ['a switch that is off configures nothing at launch', mountOf({ configuredAtLaunch: false }), { ...OF_TASK, noCopy: false }],
])('%s', (_, mount, expected) => expect(mount).toMatchObject(expected as object));
