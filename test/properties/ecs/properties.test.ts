import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { load } from '../../../src/manifest/load.ts';
import { normalised } from '../../../src/manifest/forms/ecs/normalise.ts';
import { parseJson } from '../../../src/manifest/text/json.ts';
import { plainOf } from '../../../src/manifest/text/tree.ts';
import { renderedTemplate } from '../../../src/manifest/projects/ecspresso-template.ts';
import { sourceFile } from '../../manifest/story.ts';

const KEYS = [
  'taskDefinition',
  'containerDefinitions',
  'family',
  'name',
  'image',
  'memory',
  'cpu',
  'service',
  'services',
  'serviceName',
  'clusters',
  'cluster',
  'clusterArn',
  'tasks',
  'taskArns',
  'desiredCount',
  'tags',
  'key',
  'value',
  'environment',
  'Resources',
  'version',
  'os',
  'files',
  'Properties',
  'Type',
  'TargetService',
  'Hooks',
  'externalId',
  'capacityProviderStrategy',
  'containerOverrides',
  'overrides',
  'status',
  'awsvpcConfiguration',
  'kind',
  'apiVersion',
  'jobs',
  'on',
  'task_definition',
  'service_definition',
  'region',
  'healthCheck',
  'command',
];
const LEAVES = [
  null,
  '',
  0,
  1,
  -1,
  1.5,
  true,
  'true',
  '80',
  'web',
  'web:3',
  'nginx',
  'AWS::ECS::Service',
  'INACTIVE',
  '{{ env `A` }}',
  '<X>',
  'a.json',
];

const { document } = fc.letrec<{ document: unknown }>((tie) => ({
  document: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom(...LEAVES),
    fc.array(tie('document'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('document'), { maxKeys: 5 }),
  ),
}));

describe('documents without a kind, whatever they hold', () => {
  it('never throw, and every problem has a place in its file', () => {
    fc.assert(
      fc.property(document, fc.constantFrom('a.json', 'a.yaml', 'ecspresso.json'), (value, path) => {
        const text = JSON.stringify(value, null, 1);
        const { problems } = load([sourceFile(path, text), sourceFile('b.json', '{}')], 'c0ffee');
        const lines = text.split('\n').length;
        expect(problems.filter(({ file, line }) => file === path && line > lines)).toEqual([]);
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });

  it('are in order after one reading: a second one changes nothing', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...KEYS), document, { maxKeys: 6 }),
        fc.constantFrom('TaskDefinition' as const, 'Service' as const),
        (value, kind) => {
          const [tree] = parseJson(JSON.stringify(value)).documents;
          if (tree?.kind !== 'mapping') return;
          const once = normalised(kind, tree);
          expect(plainOf(normalised(kind, once))).toEqual(plainOf(once));
        },
      ),
      { seed: 1, numRuns: 1_000 },
    );
  });

  it('templates never throw, and every offset has its place', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('{{', '}}', ' env ', 'must_env', '`A`', '"', '`', '|', '-', ' ', 'x', '\n', '/*'), { maxLength: 30 }),
        (parts) => {
          const template = parts.join('');
          const { text, back, faults } = renderedTemplate(template, () => 'v');
          const places = Array.from({ length: text.length + 1 }, (_, at) => back(at));
          expect(places.every((place, at) => place >= 0 && place <= template.length && place >= (places[at - 1] ?? 0))).toBe(true);
          expect(faults.every(({ offset }) => offset < template.length)).toBe(true);
        },
      ),
      { seed: 1, numRuns: 1_000 },
    );
  });
});
