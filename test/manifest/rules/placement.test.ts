import { describe, expect, it } from 'vitest';
import { capacityStrategyFindings, constraintFindings, strategyFindings } from '../../../src/manifest/rules/placement.ts';
import { instanceFindings } from '../../../src/manifest/rules/container-instance.ts';
import { withDefinitionFindings } from '../../../src/manifest/rules/service-fields.ts';
import { ContainerInstance, InstanceAttribute } from '../../../src/model/cluster/container-instance.ts';
import { Service } from '../../../src/model/service/service.ts';
import { TaskDefinition } from '../../../src/model/task/task-definition.ts';
import { shown } from '../shown.ts';
import type { CapacityProviderStrategyItem, PlacementConstraint, PlacementStrategy } from '../../../src/model/cluster/placement.ts';
import { provesPlacement } from '../../proves.ts';

describe('placement', () => {
  it.each<[PlacementConstraint, string[]]>([
    [{ type: 'distinctInstance' }, []],
    [{ type: 'memberOf', expression: 'attribute:a exists' }, []],
    [{ type: 'memberOf' }, ['placement-expression p[0].type']],
    [{ type: 'distinctInstance', expression: 'attribute:a exists' }, ['placement-expression p[0].expression']],
  ])('constraint %j: %j', (constraint, codes) => {
    provesPlacement('constraint: {memberOf has an expression,distinctInstance has no expression}', 'memberOf', 'distinctInstance');
    expect(shown(constraintFindings([constraint], ['p']))).toEqual(codes);
  });

  it.each<[PlacementStrategy, string[]]>([
    [{ type: 'random' }, []],
    [{ type: 'spread', field: 'instanceId' }, []],
    [{ type: 'spread', field: 'host' }, []],
    [{ type: 'spread', field: 'attribute:ecs.availability-zone' }, []],
    [{ type: 'binpack', field: 'memory' }, []],
    [{ type: 'binpack', field: 'CPU' }, []],
    [{ type: 'random', field: 'cpu' }, ['placement-field p[0].field']],
    [{ type: 'spread' }, ['placement-field p[0].field']],
    [{ type: 'spread', field: 'cpu' }, ['placement-field p[0].field']],
    [{ type: 'binpack', field: 'instanceId' }, ['placement-field p[0].field']],
  ])('strategy %j: %j', (strategy, codes) => {
    provesPlacement('strategy: fields', 'random', 'spread', 'binpack');
    expect(shown(strategyFindings([strategy], ['p']))).toEqual(codes);
  });

  it.each<[CapacityProviderStrategyItem[], string[]]>([
    [[{ capacityProvider: 'a' }], []],
    [
      [
        { capacityProvider: 'a', weight: 1 },
        { capacityProvider: 'b', base: 1 },
      ],
      [],
    ],
    [
      [
        { capacityProvider: 'a', base: 1, weight: 1 },
        { capacityProvider: 'b', base: 1 },
      ],
      ['capacity-base p[1].base'],
    ],
    [[{ capacityProvider: 'a' }, { capacityProvider: 'b', weight: 0 }], ['capacity-weight p']],
  ])('capacity providers %j: %j', (items, codes) => {
    expect(shown(capacityStrategyFindings(items, ['p']))).toEqual(codes);
  });
});

/** As many constraints, each with its own expression. */
function members(count: number): PlacementConstraint[] {
  return Array.from({ length: count }, (_, number) => ({ type: 'memberOf', expression: `attribute:a${number} exists` }));
}

describe('limits of placement', () => {
  it('a service takes five strategies', () => {
    provesPlacement('strategy: at most 5');
    const { placementStrategy } = Service.shape;
    const strategies = Array.from({ length: 6 }, () => ({ type: 'random' }));
    expect(placementStrategy.safeParse(strategies.slice(1)).success).toBe(true);
    expect(placementStrategy.safeParse(strategies).success).toBe(false);
  });

  it.each([
    [4, 6, []],
    [5, 6, ['too-many-constraints placementConstraints']],
    [11, 0, ['too-many-constraints placementConstraints']],
  ])('a service of %d constraints and a definition of %d: %j', (own, further, codes) => {
    provesPlacement('constraint: at most 10');
    const service: Service = { serviceName: 'web', taskDefinition: 'web', placementConstraints: members(own) };
    const definition: TaskDefinition = {
      family: 'web',
      containerDefinitions: [{ name: 'app', image: 'app:1', memory: 64 }],
      placementConstraints: members(further).map(({ expression = '' }) => ({ type: 'memberOf', expression })),
    };
    expect(shown(withDefinitionFindings(service, definition))).toEqual(codes);
  });

  it('a task definition takes memberOf only', () => {
    provesPlacement('constraint: of a task definition');
    const { placementConstraints } = TaskDefinition.shape;
    expect(placementConstraints.safeParse(members(10)).success).toBe(true);
    expect(placementConstraints.safeParse(members(11)).success).toBe(false);
    expect(placementConstraints.safeParse([{ type: 'distinctInstance' }]).success).toBe(false);
  });
});

describe('what a container instance declares', () => {
  it.each([
    ['aA0-_/.', 'aA0-_/.@: b', true],
    ['a'.repeat(128), 'b'.repeat(128), true],
    ['alone', undefined, true],
    ['', 'b', false],
    ['a'.repeat(129), 'b', false],
    ['a b', 'b', false],
    ['a:b', 'b', false],
    ['a', '', false],
    ['a', 'b'.repeat(129), false],
    ['a', ' b', false],
    ['a', 'b ', false],
    ['a', 'b,c', false],
  ])('%s = %s: %j', (name, value, fits) => {
    provesPlacement('attribute: name', 'aA0-_/.', 'a b', 'a:b');
    provesPlacement('attribute: value', 'aA0-_/.@: b', 'alone', 'b,c');
    expect(InstanceAttribute.safeParse({ name, ...(value !== undefined && { value }) }).success).toBe(fits);
  });

  it('are ten of its own, beside those of ECS', () => {
    provesPlacement('attribute: at most 10');
    const own = (count: number) => Array.from({ length: count }, (_, number) => ({ name: `a${number}` }));
    const zone = { name: 'ecs.availability-zone', value: 'a' };
    expect(shown(instanceFindings([{ name: 'web1', attributes: [...own(10), zone] }], ['p']))).toEqual([]);
    expect(shown(instanceFindings([{ name: 'web1', attributes: own(11) }], ['p']))).toEqual([
      'too-many-instance-attributes p[0].attributes',
    ]);
  });

  it.each([
    ['ACTIVE', true],
    ['DRAINING', true],
    ['DEREGISTERING', false],
    ['INACTIVE', false],
  ])('a status %s: %j', (status, fits) => {
    provesPlacement('state: ACTIVE or DRAINING', 'ACTIVE', 'DRAINING', 'DEREGISTERING', 'INACTIVE');
    expect(ContainerInstance.safeParse({ name: 'web1', status }).success).toBe(fits);
  });
});
