// How many ranges a container may have, and how many ports the ranges of a task: one row, one sentence.
import { expect, it } from 'vitest';
import { TaskDefinition } from '../../../src/model/task/task-definition.ts';
import { nameOf } from '../../../src/manifest/finding.ts';
import { taskDefinitionFindings } from '../../../src/manifest/rules/task-definition.ts';

type Fields = Readonly<Record<string, unknown>>;

const range = (first: number, last: number): Fields => ({ containerPortRange: `${first}-${last}` });
/** So many ranges of two ports. */
const pairs = (count: number): readonly Fields[] =>
  Array.from({ length: count }, (_, index) => range(1_000 + 2 * index, 1_001 + 2 * index));
const tooMany = (mapping: number): string => `too-many-ports containerDefinitions[0].portMappings[${mapping}].containerPortRange`;

it.each<[string, Fields, readonly Fields[], string[]]>([
  ['a hundred ranges of a container', {}, pairs(100), []],
  ['one range more', {}, pairs(101), [tooMany(100)]],
  ['one range more in an address of its own', { networkMode: 'awsvpc' }, pairs(101), [tooMany(100)]],
  ['a thousand ports', {}, [range(8_001, 8_010), range(9_001, 9_990)], []],
  ['one port more', {}, [range(8_001, 8_010), { containerPort: 80 }, range(9_001, 9_991)], [tooMany(2)]],
  ['any number of ports in an address of its own', { networkMode: 'awsvpc' }, [range(1, 65_535)], []],
])('%s', (_, task, portMappings, findings) => {
  const containerDefinitions = [{ name: 'app', image: 'app:1', memory: 64, portMappings }];
  const definition = TaskDefinition.parse({ family: 'web', containerDefinitions, ...task });
  expect(taskDefinitionFindings(definition).map(({ code, path }) => `${code} ${nameOf(path)}`)).toEqual(findings);
});
