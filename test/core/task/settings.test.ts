// What a container is created with that its task decides along with it: one row, one sentence.
import { describe, expect, test } from 'vitest';
import { container, identity } from '../../build.ts';
import { containerSpec } from '../../../src/core/task/container.ts';
import type { ContainerDefinition } from '../../../src/model/task/container-definition.ts';
import type { ContainerSettings } from '../../../src/model/task/container-settings.ts';
import { containerName } from '../../../src/model/turn/identity.ts';
import { containersOf } from '../../../src/model/task/pause.ts';
import type { TaskDefinition } from '../../../src/model/task/task-definition.ts';

type Extension = NonNullable<ContainerDefinition['x-longshore']>;

function settingsOf(app: Extension, db: Extension, task: Partial<TaskDefinition> = {}, of = 'app'): ContainerSettings {
  const containerDefinitions = [container('app', 'app:1', { 'x-longshore': app }), container('db', 'db:1', { 'x-longshore': db })];
  const definition: TaskDefinition = { family: 'web', containerDefinitions, ...task };
  const own = containersOf(definition).find(({ name }) => name === of) ?? containerDefinitions[0];
  if (own === undefined) throw new Error('no container');
  return containerSpec(own, definition, identity({ container: own.name }), own.image).settings;
}

const named = (name: string): object => ({ container: containerName(identity({ container: name })) });

describe('namespaces', () => {
  test.each<[string, Extension, Partial<TaskDefinition>, object]>([
    ['are its own', {}, {}, { pidMode: undefined, ipcMode: undefined }],
    ['are those of the instance', { pidMode: 'host', ipcMode: 'host' }, {}, { pidMode: 'host', ipcMode: 'host' }],
    [
      'are those of another container',
      { pidMode: 'container:db', ipcMode: 'container:db' },
      {},
      { pidMode: named('db'), ipcMode: named('db') },
    ],
    ['are those of the task', {}, { pidMode: 'task', ipcMode: 'task' }, { pidMode: named('.pause'), ipcMode: named('.pause') }],
    ['are its own where the task shares others', { ipcMode: 'private' }, { ipcMode: 'task' }, { ipcMode: 'private' }],
    ['are those of another one where the task shares others', { pidMode: 'container:db' }, { pidMode: 'host' }, { pidMode: named('db') }],
  ])('of a container %s', (_, own, task, expected) => expect(settingsOf(own, {}, task)).toMatchObject(expected));

  test('that are joined are shareable, unless they say otherwise', () => {
    expect(settingsOf({ ipcMode: 'container:db' }, {}, {}, 'db').ipcMode).toBe('shareable');
    expect(settingsOf({ ipcMode: 'container:db' }, { ipcMode: 'private' }, {}, 'db').ipcMode).toBe('private');
    expect(settingsOf({ pidMode: 'container:db' }, {}, {}, 'db').ipcMode).toBeUndefined();
  });
});
