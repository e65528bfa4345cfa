import { describe, expect, it } from 'vitest';
import { capacityStrategyFindings, constraintFindings, strategyFindings } from '../../../src/manifest/rules/placement.ts';
import { shown } from '../shown.ts';
import type { CapacityProviderStrategyItem, PlacementConstraint, PlacementStrategy } from '../../../src/model/placement.ts';

describe('placement', () => {
  it.each<[PlacementConstraint, string[]]>([
    [{ type: 'distinctInstance' }, []],
    [{ type: 'memberOf', expression: 'attribute:a exists' }, []],
    [{ type: 'memberOf' }, ['placement-expression p[0].type']],
    [{ type: 'distinctInstance', expression: 'attribute:a exists' }, ['placement-expression p[0].expression']],
  ])('constraint %j: %j', (constraint, codes) => {
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
