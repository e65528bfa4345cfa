// What volumes are called on an engine: one row, one sentence (spec 1.9).
import { expect, test } from 'vitest';
import { containerSpec } from '../../../src/core/task/container.ts';
import { identity } from '../../build.ts';
import type { ContainerDefinition } from '../../../src/model/container-definition.ts';
import type { Volume } from '../../../src/model/volume.ts';

const APP: ContainerDefinition = {
  name: 'app',
  image: 'app:1',
  memory: 64,
  mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }],
};

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
