// Every default that the schemas of load balancing tell, against the specification (sections 4.2 to 4.5) and ELB's API.
import { describe, expect, it } from 'vitest';
import { LoadBalancer } from '../../src/model/traffic/load-balancer.ts';
import { TargetGroup } from '../../src/model/traffic/target-group.ts';
import { defaultsOf } from './defaults.ts';

const OF_ACTIONS: Readonly<Record<string, unknown>> = {
  'forwardConfig.targetGroups.weight': 1,
  'forwardConfig.targetGroupStickinessConfig.enabled': false,
  'redirectConfig.protocol': '#{protocol}',
  'redirectConfig.port': '#{port}',
  'redirectConfig.host': '#{host}',
  'redirectConfig.path': '/#{path}',
  'redirectConfig.query': '#{query}',
};

function below(place: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(OF_ACTIONS).map(([key, value]) => [`${place}.${key}`, value]));
}

describe('the defaults of load balancing', () => {
  it('of a target group are those of ELB, and no other field has one', () => {
    expect(defaultsOf(TargetGroup)).toEqual({
      protocol: 'HTTP',
      protocolVersion: 'HTTP1',
      targetType: 'instance',
      ipAddressType: 'ipv4',
      healthCheckEnabled: true,
      healthCheckProtocol: 'HTTP',
      healthCheckPort: 'traffic-port',
      healthCheckPath: '/',
      healthCheckIntervalSeconds: 30,
      healthCheckTimeoutSeconds: 5,
      healthyThresholdCount: 5,
      unhealthyThresholdCount: 2,
      'matcher.httpCode': '200',
      'matcher.grpcCode': '12',
    });
  });

  it('of a load balancer are those of ELB, and no other field has one', () => {
    expect(defaultsOf(LoadBalancer)).toEqual({
      type: 'application',
      scheme: 'internet-facing',
      ipAddressType: 'ipv4',
      'listeners.protocol': 'HTTP',
      'listeners.mutualAuthentication.mode': 'off',
      'listeners.mutualAuthentication.ignoreClientCertificateExpiry': false,
      'listeners.mutualAuthentication.advertiseTrustStoreCaNames': 'off',
      ...below('listeners.defaultActions'),
      ...below('listeners.rules.actions'),
    });
  });
});
