// Which containers of a task may join the processes or the shared memory of which: one row, one sentence.
import { expect, it } from 'vitest';
import { TaskDefinition } from '../../../src/model/task/task-definition.ts';
import { nameOf } from '../../../src/manifest/finding.ts';
import { taskDefinitionFindings } from '../../../src/manifest/rules/task-definition.ts';

type Fields = Readonly<Record<string, unknown>>;

const at = (place: string): string => `containerDefinitions[0].x-longshore.${place}`;

it.each<[string, Fields, Fields, Fields, string[]]>([
  ['processes of another container', { pidMode: 'container:db' }, {}, {}, []],
  ['its own', { pidMode: 'container:app' }, {}, {}, [`dependency-loop ${at('pidMode')}`]],
  ['a container that is not there', { ipcMode: 'container:cache' }, {}, {}, [`container-not-in-task ${at('ipcMode')}`]],
  [
    'each other',
    { pidMode: 'container:db' },
    { ipcMode: 'container:app' },
    {},
    ['dependency-loop containerDefinitions[1].x-longshore.ipcMode'],
  ],
  ['memory that is shareable', { ipcMode: 'container:db' }, { ipcMode: 'shareable' }, {}, []],
  ['memory that is made so', { ipcMode: 'container:db' }, {}, {}, []],
  ['memory that is private', { ipcMode: 'container:db' }, { ipcMode: 'private' }, {}, [`ipc-not-shareable ${at('ipcMode')}`]],
  [
    'memory of somebody who joined the pause container',
    { ipcMode: 'container:db' },
    {},
    { ipcMode: 'task' },
    [`ipc-not-shareable ${at('ipcMode')}`],
  ],
])('a container joins %s', (_, app, db, task, findings) => {
  const containerDefinitions = [
    { name: 'app', image: 'app:1', memory: 64, 'x-longshore': app },
    { name: 'db', image: 'db:1', memory: 64, 'x-longshore': db },
  ];
  const definition = TaskDefinition.parse({ family: 'web', containerDefinitions, ...task });
  expect(taskDefinitionFindings(definition).map(({ code, path }) => `${code} ${nameOf(path)}`)).toEqual(findings);
});
