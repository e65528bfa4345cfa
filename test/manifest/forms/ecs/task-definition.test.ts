import { describe, expect, it } from 'vitest';
import { definitionHash } from '../../../../src/manifest/commit/spec-hash.ts';
import { readFiles } from './support.ts';
import type { TaskDefinition } from '../../../../src/model/task/task-definition.ts';

const CONTAINER = { name: 'app', image: 'nginx:1.27', memory: 128 };
const DEFINITION = { family: 'web', containerDefinitions: [CONTAINER] };

function specsOf(files: Readonly<Record<string, unknown>>): readonly unknown[] {
  return readFiles(files).resources.map(({ kind, spec }) => ({ kind, spec }));
}

describe('task definitions without a kind', () => {
  it.each<[says: string, path: string, document: unknown]>([
    ['the input of register-task-definition', 'a.json', DEFINITION],
    ['the same in YAML', 'a.yaml', 'family: web\ncontainerDefinitions:\n  - name: app\n    image: nginx:1.27\n    memory: 128\n'],
    ['the answer of describe-task-definition', 'a.json', { taskDefinition: DEFINITION, ResponseMetadata: { RequestId: 'x' } }],
    ['what only ECS fills in', 'a.json', { ...DEFINITION, taskDefinitionArn: 'arn', revision: 3, status: 'ACTIVE', registeredAt: 1.5 }],
    ['null for absent', 'a.json', { ...DEFINITION, cpu: null, containerDefinitions: [{ ...CONTAINER, command: null, healthCheck: null }] }],
    ['empty lists and mappings', 'a.json', { ...DEFINITION, containerDefinitions: [{ ...CONTAINER, environment: [], dockerLabels: {} }] }],
    ['empty texts of a skeleton', 'a.json', { ...DEFINITION, cpu: '', containerDefinitions: [{ ...CONTAINER, user: '' }] }],
    [
      'items that a skeleton leaves',
      'a.json',
      { ...DEFINITION, containerDefinitions: [{ ...CONTAINER, portMappings: [{ containerPort: 0, protocol: '' }] }] },
    ],
    ['numbers in quotes', 'a.json', { ...DEFINITION, containerDefinitions: [{ ...CONTAINER, memory: '128' }] }],
    ['a container definition alone, called after its file', 'web.json', CONTAINER],
    ['a list of container definitions, called after its file', 'deploy/web.json', [CONTAINER]],
    ['a definition without a family, called after its file', 'web.json', { containerDefinitions: [CONTAINER] }],
  ])('%s is read as the same definition', (_, path, document) => {
    expect(specsOf({ [path]: document })).toEqual([{ kind: 'TaskDefinition', spec: DEFINITION }]);
  });

  it('true and false in quotes are true and false where nothing else is meant', () => {
    const document = {
      ...DEFINITION,
      containerDefinitions: [{ ...CONTAINER, essential: 'true', environment: [{ name: 'A', value: 'true' }] }],
    };
    const spec = { ...DEFINITION, containerDefinitions: [{ ...CONTAINER, essential: true, environment: [{ name: 'A', value: 'true' }] }] };
    expect(specsOf({ 'a.json': document })).toEqual([{ kind: 'TaskDefinition', spec }]);
  });

  it('an empty text where a text may be empty is kept', () => {
    const document = { ...DEFINITION, containerDefinitions: [{ ...CONTAINER, command: [''], environment: [{ name: 'A', value: '' }] }] };
    expect(specsOf({ 'a.json': document })).toEqual([{ kind: 'TaskDefinition', spec: document }]);
  });

  it('has one hash in JSON, in an answer and in YAML with a kind', () => {
    const yaml = 'kind: TaskDefinition\nfamily: web\ncontainerDefinitions:\n  - { name: app, image: "nginx:1.27", memory: 128 }\n';
    const answer = { taskDefinition: { ...DEFINITION, revision: 7, requiresAttributes: [], cpu: null } };
    const hashes = [DEFINITION, answer].map((document) => hashOf({ 'a.json': document }));
    expect(hashes).toEqual([hashOf({ 'a.yaml': yaml }), hashOf({ 'a.yaml': yaml })]);
  });

  it.each<[says: string, document: string, problems: string[]]>([
    [
      'a wrong type at its place',
      '{ "family": "web",\n  "containerDefinitions": [\n    { "name": "app", "image": "nginx", "memory": [] } ] }',
      ['wrong-type 3:50'],
    ],
    [
      'a key that does not exist',
      '{ "family": "web",\n  "containerDefinition": 1,\n  "containerDefinitions": [{ "name": "app", "image": "nginx", "memory": 128 }] }',
      ['unknown-key 2:3'],
    ],
    [
      'a key beside the answer that belongs nowhere',
      '{ "taskDefinition": { "family": "web", "containerDefinitions": [{ "name": "app", "image": "nginx", "memory": 128 }] },\n  "taags": [] }',
      ['unknown-key 2:3'],
    ],
    [
      'a number where a text is asked for',
      '{ "family": "web", "containerDefinitions": [{ "name": "app", "image": "nginx", "memory": 128,\n "environment": [{ "name": "PORT", "value": 80 }] }] }',
      ['wrong-type 2:45'],
    ],
  ])('%s is told', (_, document, problems) => {
    expect(readFiles({ 'a.json': document }).problems).toEqual(problems);
  });
});

function hashOf(files: Readonly<Record<string, unknown>>): string {
  const [resource] = readFiles(files).resources;
  return definitionHash(resource?.spec as TaskDefinition);
}
