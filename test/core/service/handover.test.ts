// A renamed service behind the same target group: the old tasks go only when the new ones serve.
import { describe, expect, test } from 'vitest';
import { NOW, app, desired, ledger, serviceRevision, serviceRow, taskSet, world } from '../../build.ts';
import { heirOf, waiting } from '../../../src/core/service/handover.ts';
import type { ServiceRow } from '../../../src/model/turn/ledger.ts';
import { newTurn } from '../../../src/core/turn.ts';

const BALANCED = [{ targetGroupArn: 'api-tg', containerName: 'main', containerPort: 8080 }];
const leaving = serviceRow({
  id: 'default/old',
  name: 'old',
  status: 'DRAINING',
  taskSets: [taskSet({ target: serviceRevision({ loadBalancers: BALANCED }) })],
});

function turnWith(heir: Partial<ServiceRow> | null) {
  const declared = desired([app('api', { listen: 80 })]);
  const hash = declared.services.get('default/api')?.hash ?? '';
  const rows = heir === null ? [] : [serviceRow({ id: 'default/api', name: 'api', requested: hash, ...heir })];
  return newTurn(world({ desired: declared, ledger: ledger({ services: [leaving, ...rows] }) }));
}

describe('a service that is no longer declared', () => {
  test.each<[string, Partial<ServiceRow> | null, string | null]>([
    ['waits for an heir that was not begun', null, 'default/api'],
    ['waits for an heir that is not steady', { steady: false }, 'default/api'],
    ['goes when its heir is steady', { steady: true }, null],
    ['waits when the heir is steady with what git asked for before', { steady: true, requested: 'v1:before' }, 'default/api'],
    ['goes when its heir lacks room', { steady: false, message: 'no room' }, null],
  ])('%s', (_, heir, expected) => {
    expect(heirOf(turnWith(heir), leaving)).toBe(expected);
  });

  test('goes when nobody takes over its target group', () => {
    expect(heirOf(turnWith(null), { ...leaving, taskSets: [taskSet()] })).toBeNull();
  });

  test('says for whom it waits, and looks again', () => {
    const turn = turnWith(null);
    expect(waiting(turn, leaving, 'default/api').message).toBe(
      '(service old) waits: default/api takes over its target group and is not healthy yet.',
    );
    expect(turn.wakeAt).toBe(NOW + 1_000);
  });
});
