// The last failure of a deployment names the check: the task and its target are gone when somebody asks.
import { describe, expect, test } from 'vitest';
import { containerView, identity, instance, ledger, observed, proxy, serviceRevision, serviceRow, task, taskSet, world } from '../build.ts';
import { failingCheck } from '../../src/core/checks.ts';
import { newTurn } from '../../src/core/turn.ts';

const target = serviceRevision({ loadBalancers: [{ targetGroupArn: 'web-tg', containerName: 'main', containerPort: 8080 }] });
const row = serviceRow({ taskSets: [taskSet({ target })] });
const one = task({ health: 'UNHEALTHY' });

function check(target: 'healthy' | 'unhealthy', health: 'healthy' | 'unhealthy'): string | null {
  const seen = observed([instance('local', [containerView(identity(), { health })])], {
    proxy: proxy('v1', [[`web-tg/${one.id}/main/8080`, target]]),
  });
  return failingCheck(newTurn(world({ observed: seen, ledger: ledger({ services: [row], tasks: [one] }) })), row, one);
}

describe('a failing check', () => {
  test.each([
    ['of a target has the reason that ELB gives', 'unhealthy', 'healthy', 'target-group web-tg: Target.Timeout'],
    ['of a container names it', 'healthy', 'unhealthy', 'container main'],
    ['is nobody, when none is seen to fail', 'healthy', 'healthy', null],
  ] as const)('%s', (_, target, health, expected) => {
    expect(check(target, health)).toBe(expected);
  });
});
