// Names that are nearly right, and numbers that are too large: what a table of rules has no room for.
import { describe, expect, it } from 'vitest';
import { TaskDefinition } from '../../../src/model/task/task-definition.ts';
import { taskDefinitionFindings } from '../../../src/manifest/rules/task-definition.ts';

type Fields = Readonly<Record<string, unknown>>;

const app: Fields = { name: 'app', image: 'app:1', memory: 64 };
const db: Fields = { name: 'db', image: 'db:1', memory: 64, essential: false };
const apart = (fields: Fields): Fields => ({ ...app, ...fields });

describe('what containers say of each other', () => {
  it('a stranger is never taken for the one that names it', () => {
    const hints = (containers: readonly Fields[]): string[] =>
      taskDefinitionFindings(TaskDefinition.parse({ family: 'web', containerDefinitions: containers }))
        .filter(({ code }) => code === 'container-not-in-task')
        .map(({ hint }) => hint);
    const on = (containerName: string): Fields => apart({ dependsOn: [{ containerName, condition: 'START' }] });
    expect(hints([on('apq'), { ...db, name: 'cache' }])).toEqual(['the containers of this task are app, cache']);
    expect(hints([on('cahe'), { ...db, name: 'cache' }])).toEqual(['did you mean cache?']);
    expect(hints([on('apq')])).toEqual(['it has no other one']);
  });
});

describe('exit codes and files have their limits', () => {
  const parsed = (fields: Fields): boolean => TaskDefinition.safeParse({ family: 'web', containerDefinitions: [apart(fields)] }).success;
  it.each([
    [0, true],
    [255, true],
    [256, false],
    [-1, false],
  ])('exit code %s: %s', (code, isTaken) => {
    expect(parsed({ restartPolicy: { enabled: true, ignoredExitCodes: [code] } })).toBe(isTaken);
  });
  it.each([
    [100, true],
    [101, false],
  ])('%s files: %s', (number, isTaken) => {
    const files = Array.from({ length: number }, (_, index) => ({ containerPath: `/etc/${index}`, content: '' }));
    expect(parsed({ 'x-longshore': { files } })).toBe(isTaken);
  });
});
