// What convert writes for AWS's calls is what the forms of those calls read: the same things, and nothing of Longshore's own in them.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { SCHEMAS } from '../../../src/manifest/kind.ts';
import { ecsFiles } from '../../../src/manifest/write/ecs.ts';
import { load } from '../../../src/manifest/load.ts';
import { arbitraryOf } from '../../manifest/write/arbitrary.ts';
import { byText } from '../../../src/std/order.ts';
import { isManifestPath } from '../../../src/manifest/source.ts';
import { sourceFile } from '../../manifest/story.ts';
import type { KindName } from '../../../src/manifest/kind.ts';
import type { Resource } from '../../../src/manifest/document.ts';
import type { SourceFile } from '../../../src/manifest/source.ts';

const KINDS: readonly KindName[] = [
  'Cluster',
  'TaskDefinition',
  'Service',
  'Schedule',
  'Rule',
  'RuleTargets',
  'TargetGroup',
  'ScalableTarget',
  'ScalingPolicy',
  'ScheduledAction',
  'Alarm',
  'Repository',
];

/** What AWS's calls require and the schemas do not: a file without it is a configuration that belongs to something else. */
const REQUIRED: Readonly<Partial<Record<KindName, object>>> = {
  Rule: { name: 'nightly', scheduleExpression: 'rate(1 day)' },
  RuleTargets: { rule: 'nightly' },
  TargetGroup: { protocol: 'HTTP' },
  ScalableTarget: { resourceId: 'service/default/web' },
  ScalingPolicy: { policyName: 'cpu', resourceId: 'service/default/web', policyType: 'StepScaling' },
  ScheduledAction: { scheduledActionName: 'night', resourceId: 'service/default/web' },
  Repository: { repositoryName: 'team/app' },
};

const read = (files: readonly SourceFile[]): readonly Resource[] => load(files, 'x', { deploys: false }).resources;
const written = (resources: readonly Resource[]): readonly SourceFile[] =>
  ecsFiles(resources).files.map(({ path, text }) => sourceFile(path, text));

/** Without `x-longshore`, which no call of AWS's takes, and without what says nothing to AWS: empty lists and mappings, and items of lists
 * in which all is empty. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isBlank(item)).map(bare);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [key, bare(inner)]);
  return Object.fromEntries(entries.filter(([key, inner]) => key !== 'x-longshore' && !isEmpty(inner)));
}

const isEmpty = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length === 0;
const isBlank = (item: unknown): boolean =>
  typeof item === 'object' &&
  item !== null &&
  Object.values(item).includes('') &&
  Object.values(item).every((value) => value === '' || value === 0);

/** What is read of the file of a resource: a rule's targets are a file of their own, and a cluster says what it is called. */
function expected({ kind, spec }: Resource): readonly unknown[] {
  if (kind === 'Cluster') return [{ kind, spec: { clusterName: 'default', ...(bare(spec) as object) } }];
  if (kind !== 'Rule') return [{ kind, spec: bare(spec) }];
  const { targets = [], ...rule } = spec;
  if (targets.length === 0) return [{ kind, spec: bare(rule) }];
  const bus = rule.eventBusName === undefined ? {} : { eventBusName: rule.eventBusName };
  return [
    { kind: 'RuleTargets', spec: { rule: rule.name, ...bus, targets: bare(targets) } },
    { kind, spec: bare(rule) },
  ];
}

describe('ECS JSON that was written', () => {
  it.each(KINDS)('of any %s is read as the same thing, and written again as the same files', (kind) => {
    let shaped = 0;
    fc.assert(
      fc.property(arbitraryOf(SCHEMAS[kind]), (value) => {
        const [first] = read([sourceFile('one.yaml', stringify({ kind, ...REQUIRED[kind], ...(value as object) }))]);
        if (first === undefined) return;
        shaped++;
        const files = written([first]);
        const again = read(files);
        expect(again.map((resource) => ({ kind: resource.kind, spec: bare(resource.spec) }))).toEqual(expected(first));
        expect(written(again).toSorted((a, b) => byText(a.path, b.path))).toEqual(files.toSorted((a, b) => byText(a.path, b.path)));
      }),
      { seed: 1, numRuns: 12 },
    );
    expect(shaped).toBeGreaterThan(0);
  });

  it('has a file for each thing that the loader reads, inside the folder, whatever the things are called', () => {
    const named = (name: string) => ({ kind: 'ScalableTarget', resourceId: name, minCapacity: 0, maxCapacity: 1 });
    const names = [
      'service/default/web',
      'service/default-web',
      '../../etc/passwd',
      '/etc/passwd',
      '/',
      'node_modules/a',
      '.hidden',
      'a b',
      'a-b',
      'A-B',
      'x'.repeat(400),
    ];
    const resources = names.flatMap((name) => read([sourceFile('one.yaml', stringify(named(name)))]));
    const paths = written(resources).map(({ path }) => path);
    expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(names.length);
    expect(paths.filter((path) => !isManifestPath(path) || path.includes('..') || path.length > 230)).toEqual([]);
  });

  it('gives a target group the protocol that its call needs, so that the file is known for what it is', () => {
    const [file] = ecsFiles(read([sourceFile('a.yaml', 'kind: TargetGroup\nname: web\n')])).files;
    expect(JSON.parse(file?.text ?? '')).toEqual({ Protocol: 'HTTP', Name: 'web' });
    const [again] = read([sourceFile('web.json', file?.text ?? '')]);
    expect(again).toMatchObject({ kind: 'TargetGroup', identity: 'web' });
  });

  it('tells what no call takes: extensions, load balancers, what has no name', () => {
    const resources = read([
      sourceFile('a.yaml', 'kind: Service\nserviceName: web\ntaskDefinition: web\ndesiredCount: 1\nx-longshore: { healthyAfter: 5 }\n'),
      sourceFile(
        'b.yaml',
        'kind: LoadBalancer\nname: edge\nlisteners: [{ port: 80, defaultActions: [{ type: forward, targetGroupArn: a }] }]\n',
      ),
      sourceFile('c.yaml', 'kind: Rule\nscheduleExpression: rate(1 day)\n'),
      sourceFile(
        'd.yaml',
        'kind: TaskDefinition\nfamily: web\ncontainerDefinitions: [{ name: app, image: "n:1", x-longshore: { unlimitedMemory: true } }]\n',
      ),
    ]);
    expect(ecsFiles(resources).losses.map(({ what, why }) => `${what}: ${why}`)).toEqual([
      "Service default/web: x-longshore (healthyAfter) is Longshore's own",
      'LoadBalancer edge: it is no single call of AWS, so no file is written for it',
      'Rule: it has no name, and no call can be made without one',
      "TaskDefinition web: containerDefinitions[0].x-longshore (unlimitedMemory) is Longshore's own",
      'TaskDefinition web: container "app" has no memory, and ECS registers none without: add memory before the call',
    ]);
  });

  it('spells keys as the call does: objects of ECS inside those of EventBridge stay in lowerCamel', () => {
    const [rule] = read([
      sourceFile(
        'a.yaml',
        `kind: Rule
name: r
scheduleExpression: rate(1 day)
targets:
  - id: t
    arn: default
    ecsParameters:
      taskDefinitionArn: web
      networkConfiguration: { awsvpcConfiguration: { subnets: [a] } }
      placementStrategy: [{ type: random }]
      tags: [{ key: a, value: b }]
`,
      ),
    ]);
    const [, targets] = rule === undefined ? [] : ecsFiles([rule]).files;
    expect(JSON.parse(targets?.text ?? '')).toEqual({
      Rule: 'r',
      Targets: [
        {
          Id: 't',
          Arn: 'default',
          EcsParameters: {
            TaskDefinitionArn: 'web',
            NetworkConfiguration: { awsvpcConfiguration: { Subnets: ['a'] } },
            PlacementStrategy: [{ type: 'random' }],
            Tags: [{ Key: 'a', Value: 'b' }],
          },
        },
      ],
    });
  });
});
