// What a mount may say of its volume: one row, one sentence.
import { expect, it } from 'vitest';
import { TaskDefinition } from '../../../src/model/task/task-definition.ts';
import { nameOf } from '../../../src/manifest/finding.ts';
import { taskDefinitionFindings } from '../../../src/manifest/rules/task-definition.ts';

/** A task whose container mounts a folder inside of its volume. */
function asking(subpath: string, volume: object): unknown {
  const mountPoints = [{ sourceVolume: 'data', containerPath: '/data', 'x-longshore': { subpath } }];
  return {
    family: 'web',
    containerDefinitions: [{ name: 'app', image: 'app:1', memory: 64, mountPoints }],
    volumes: [{ name: 'data', ...volume }],
  };
}

it.each([
  ['a folder inside of a volume', {}, []],
  [
    'none inside of a folder of the instance',
    { host: { sourcePath: '/srv' } },
    ['fields-exclude-each-other containerDefinitions[0].mountPoints[0].x-longshore.subpath'],
  ],
])('%s', (_, volume, findings) => {
  const found = taskDefinitionFindings(TaskDefinition.parse(asking('a/b', volume)));
  expect(found.map(({ code, path }) => `${code} ${nameOf(path)}`)).toEqual(findings);
});

it.each(['/a', '..', '../a', 'a/..', 'a/../b'])('%s is no path inside of a volume', (subpath) => {
  expect(TaskDefinition.safeParse(asking(subpath, {})).success).toBe(false);
});

it.each(['a', 'a/b', '..a/b..', '.a'])('%s is one', (subpath) => {
  expect(TaskDefinition.safeParse(asking(subpath, {})).success).toBe(true);
});
