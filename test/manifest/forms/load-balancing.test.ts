// The JSON of ELB without a kind: what each call's input and answer is read as, and what of it declares something.
import { describe, expect, it } from 'vitest';
import { load } from '../../../src/manifest/load.ts';
import { sourceFile } from '../story.ts';

const FORWARD = [{ Type: 'forward', TargetGroupArn: 'web' }];
const GROUP = { Name: 'web', Protocol: 'HTTP', Port: 80, HealthCheckPath: '/up' };
const HOST = { Field: 'host-header', Values: ['a.example.com'] };

/** Codes of what a file is told, but for that it declares nothing, and the names of the target groups that it declares. */
function read(document: unknown): { readonly codes: readonly string[]; readonly groups: readonly string[] } {
  const { problems, desired } = load([sourceFile('elb.json', JSON.stringify(document))], 'c');
  return {
    codes: problems.map(({ code }) => code).filter((code) => code !== 'no-manifest'),
    groups: [...(desired?.targetGroups.keys() ?? [])],
  };
}

describe('the JSON of ELB', () => {
  it.each<[string, unknown, readonly string[]]>([
    ['create-target-group', GROUP, ['web']],
    [
      'describe-target-groups',
      {
        TargetGroups: [
          {
            TargetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/1234567890123456',
            TargetGroupName: 'web',
            Protocol: 'HTTP',
            Port: 80,
            HealthCheckEnabled: true,
            HealthCheckPort: 'traffic-port',
            Matcher: { HttpCode: '200' },
            LoadBalancerArns: [],
            TargetType: 'instance',
          },
        ],
      },
      ['web'],
    ],
  ])('%s declares its target groups', (_, document, groups) => {
    expect(read(document)).toEqual({ codes: [], groups });
  });

  it.each<[string, unknown]>([
    ['create-load-balancer', { Name: 'edge', Subnets: [], Scheme: 'internet-facing' }],
    ['create-listener', { LoadBalancerArn: 'edge', Protocol: 'HTTP', Port: 80, DefaultActions: FORWARD }],
    ['create-rule', { ListenerArn: 'a', Priority: 1, Conditions: [HOST], Actions: FORWARD }],
    ['modify-target-group-attributes', { TargetGroupArn: 'web', Attributes: [{ Key: 'stickiness.enabled', Value: 'false' }] }],
    ['modify-load-balancer-attributes', { LoadBalancerArn: 'edge', Attributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '60' }] }],
    [
      'describe-load-balancers',
      { LoadBalancers: [{ LoadBalancerArn: 'a', LoadBalancerName: 'edge', DNSName: 'a', State: { Code: 'active' } }] },
    ],
    [
      'describe-listeners',
      { Listeners: [{ ListenerArn: 'a', LoadBalancerArn: 'b', Port: 80, Protocol: 'HTTP', DefaultActions: FORWARD }] },
    ],
    [
      'describe-rules',
      {
        Rules: [
          {
            RuleArn: 'a',
            Priority: '1',
            Conditions: [{ ...HOST, HostHeaderConfig: { Values: HOST.Values } }],
            Actions: FORWARD,
            IsDefault: false,
          },
          { RuleArn: 'b', Priority: 'default', Conditions: [], Actions: FORWARD, IsDefault: true },
        ],
      },
    ],
  ])('%s belongs to nothing, and is checked', (_, document) => {
    expect(read(document)).toEqual({ codes: ['not-attached'], groups: [] });
  });

  it('tells what is wrong in a piece', () => {
    const rule = { ListenerArn: 'a', Priority: 1, Conditions: [{ Field: 'host-header', Values: ['localhost'] }], Actions: FORWARD };
    expect(read(rule).codes).toContain('bad-host-pattern');
    expect(read({ TargetGroupArn: 'web', Attributes: [{ Key: 'stickiness.enable', Value: 'false' }] }).codes).toContain(
      'unknown-attribute',
    );
  });

  it('of default rules alone declares nothing', () => {
    expect(read({ Rules: [{ RuleArn: 'b', Priority: 'default', Conditions: [], Actions: FORWARD, IsDefault: true }] }).codes).toEqual([
      'nothing-declared',
    ]);
  });
});
