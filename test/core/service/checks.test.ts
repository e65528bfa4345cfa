// Why a task is unhealthy, in ECS's words, and which check it was: the task and its target are gone when somebody asks.
import { describe, expect, test } from 'vitest';
import { container, containerView, identity, instance, ledger, observed, proxy, serviceRevision, serviceRow } from '../../build.ts';
import { task, taskSet, world } from '../../build.ts';
import type { ContainerDefinition } from '../../../src/model/task/container-definition.ts';
import { healthFailure } from '../../../src/core/service/checks.ts';
import { newTurn } from '../../../src/core/turn.ts';

const BALANCED = [{ targetGroupArn: 'web-tg', containerName: 'main', containerPort: 8080 }];
const CHECK = { healthCheck: { command: ['CMD', '/check'] } };
const one = task({ health: 'UNHEALTHY' });

type Seen = 'healthy' | 'unhealthy';

function words(target: Seen | null, health: Seen, own: Partial<ContainerDefinition> = {}, essential = true): string {
  const seen = observed([instance('local', [containerView(identity({ essential }), { health })])], {
    proxy: proxy('v1', target === null ? [] : [[`web-tg/${one.id}/main/8080`, target]]),
  });
  const row = serviceRow({ taskSets: [taskSet({ target: serviceRevision({ loadBalancers: target === null ? [] : BALANCED }) })] });
  const spec = { family: 'web', containerDefinitions: [container('main', 'web:1', own)] };
  const revision = { id: 'web:1', family: 'web', number: 1, hash: 'v1:spec', spec };
  const rows = ledger({ services: [row], tasks: [one], revisions: [revision] });
  return healthFailure(newTurn(world({ observed: seen, ledger: rows })), row, one);
}

describe('a task is unhealthy', () => {
  test('by a target, with the reason that ELB gives', () => {
    expect(words('unhealthy', 'healthy')).toBe('Task failed ELB health checks in (target-group web-tg): Target.Timeout');
  });

  test('by an essential container, which is named', () => {
    expect(words('healthy', 'unhealthy', CHECK)).toBe('Task failed container health checks: container main');
    expect(words(null, 'unhealthy', CHECK)).toBe('Task failed container health checks: container main');
  });

  test('never by a container that is not essential', () => {
    expect(words('healthy', 'unhealthy', {}, false)).toBe('Task failed ELB health checks in (target-group web-tg)');
  });

  test('by the only kind of check that it has, when none is seen to fail any more', () => {
    expect(words('healthy', 'healthy')).toBe('Task failed ELB health checks in (target-group web-tg)');
    expect(words(null, 'healthy', CHECK)).toBe('Task failed container health checks');
    expect(words('healthy', 'healthy', CHECK)).toBe('Task failed its health checks');
  });
});
