import { describe, expect, it } from 'vitest';
import { byText } from '../../../../src/std/order.ts';
import { readFiles } from './support.ts';

function appSpec(properties: unknown, hooks?: unknown): unknown {
  const spec = { version: 0, Resources: [{ TargetService: { Type: 'AWS::ECS::Service', Properties: properties } }] };
  return hooks === undefined ? spec : { ...spec, Hooks: hooks };
}

const BEHIND = { ContainerName: 'app', ContainerPort: 80 };

describe('AppSpec files of CodeDeploy', () => {
  it.each<[says: string, document: unknown, codes: string[]]>([
    ['a definition behind a container and its port', appSpec({ TaskDefinition: 'web', LoadBalancerInfo: BEHIND }), ['not-attached']],
    ['a port in quotes', appSpec({ TaskDefinition: 'web', LoadBalancerInfo: { ...BEHIND, ContainerPort: '80' } }), ['not-attached']],
    ['a name that a pipeline fills in', appSpec({ TaskDefinition: '<TASK_DEFINITION>', LoadBalancerInfo: BEHIND }), ['not-attached']],
    ['hooks', appSpec({ TaskDefinition: 'web' }, [{ BeforeInstall: 'check' }]), ['not-attached']],
    ['a hook that does not exist', appSpec({ TaskDefinition: 'web' }, [{ BeforInstall: 'check' }]), ['unknown-key']],
    ['a property that does not exist', appSpec({ TaskDefinition: 'web', LoadBalancer: BEHIND }), ['unknown-key']],
    [
      'a port that is none',
      appSpec({ TaskDefinition: 'web', LoadBalancerInfo: { ...BEHIND, ContainerPort: 'http' } }),
      ['not-attached', 'wrong-type'],
    ],
    ['no definition', appSpec({ LoadBalancerInfo: BEHIND }), ['missing-field', 'not-attached']],
    ['no properties', appSpec(undefined), ['missing-field']],
    ['servers', { version: 0, os: 'linux', files: [] }, ['appspec-not-ecs']],
  ])('%s', (_, document, codes) => {
    const { resources, problems } = readFiles({ 'appspec.json': document });
    expect(resources).toEqual([]);
    expect(problems.map((problem) => problem.split(' ')[0] ?? '').toSorted(byText)).toEqual(codes);
  });
});
