// A forwardConfig with one target group is targetGroupArn in other words: what is deployed is the same. What cannot be forwarded is no part
// of the desired state.
import { describe, expect, it } from 'vitest';
import { forwarding } from '../../../src/manifest/commit/forwarding.ts';
import type { ListenerAction } from '../../../src/model/traffic/listener-rule.ts';
import type { LoadBalancer } from '../../../src/model/traffic/load-balancer.ts';

const balancer = (action: ListenerAction): LoadBalancer => ({
  name: 'edge',
  listeners: [
    { port: 80, defaultActions: [{ type: 'forward', targetGroupArn: 'web' }] },
    {
      port: 81,
      defaultActions: [action],
      rules: [{ priority: 1, conditions: [{ field: 'path-pattern', values: ['/a'] }], actions: [action] }],
    },
  ],
});
const shares = (...names: string[]): ListenerAction => ({
  type: 'forward',
  forwardConfig: { targetGroups: names.map((targetGroupArn, weight) => ({ targetGroupArn, weight: weight + 1 })) },
});

describe('what is forwarded', () => {
  it.each<[string, ListenerAction]>([
    ['by targetGroupArn', { type: 'forward', targetGroupArn: 'api' }],
    ['by a forwardConfig of one target group', shares('api')],
    ['by both', { ...shares('api'), targetGroupArn: 'api' }],
  ])('%s', (_name, action) => {
    const plain = balancer({ type: 'forward', targetGroupArn: 'api' });
    expect(forwarding(balancer(action))).toStrictEqual([plain]);
  });

  it.each<[string, ListenerAction]>([
    ['several target groups', shares('api', 'web')],
    ['an answer', { type: 'fixed-response', fixedResponseConfig: { statusCode: '503' } }],
  ])('%s: nothing is deployed', (_name, action) => {
    expect(forwarding(balancer(action))).toEqual([]);
  });
});
