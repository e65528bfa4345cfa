// Which way to a target is broken, in words: the address that was tried, what it answered, and what to do.
import { describe, expect, it, test } from 'vitest';
import { desired, instance, observed, proxy, task } from '../../build.ts';
import { targetAddress, targetReason } from '../../../src/core/traffic/target-words.ts';
import type { CheckFailure, ContainerAddress } from '../../../src/model/turn/observed.ts';
import type { TargetReach } from '../../../src/model/cluster/target-reach.ts';

const BALANCED = { targetGroupArn: 'web-tg', containerName: 'main', containerPort: 8080 };
const PORTS = [{ containerPort: 8080, protocol: 'tcp', hostPort: 32_768 }] as const;

function told(failure: CheckFailure | undefined, reach: TargetReach, addresses: readonly ContainerAddress[] = OWN): string {
  const one = task({ containers: [{ name: 'main', pull: 'done', exitCode: null, ports: PORTS, addresses }] });
  const world = {
    desired: { ...desired(), clusters: new Map([['default', { name: 'default', imagePullBehavior: 'default' as const, reach }]]) },
    observed: observed([instance('local', [], { address: '10.0.0.5' })], { proxy: proxy('', []) }),
  };
  const known = { world, registrations: new Map() };
  const reason = targetReason(known, one, BALANCED, { state: 'unhealthy', reason: 'Target.X', ...(failure && { failure }) });
  return `${targetAddress(known, one, BALANCED)} ${reason}`;
}

const OWN: readonly ContainerAddress[] = [{ network: 'web', address: '172.18.0.2', isHere: false }];
const OWN_AT = '172.18.0.2:8080';
const PORT_AT = '10.0.0.5:32768';

describe('a failed check says', () => {
  it.each<[CheckFailure, TargetReach, string]>([
    [
      { kind: 'refused' },
      'containerAddress',
      `${OWN_AT} (its container's address) refuses connections: does main listen on port 8080 of all its addresses (0.0.0.0)?`,
    ],
    [
      { kind: 'refused' },
      'publishedPort',
      `${PORT_AT} (a port of local) refuses connections: does main listen on port 8080 of all its addresses (0.0.0.0)?`,
    ],
    [
      { kind: 'no-route' },
      'containerAddress',
      `there is no route to ${OWN_AT} (its container's address): route its networks to the proxy; or set reach: publishedPort for container instance local`,
    ],
    [
      { kind: 'no-route' },
      'publishedPort',
      `there is no route to ${PORT_AT} (a port of local): correct the address of container instance local, or the network to it`,
    ],
    [
      { kind: 'no-connection' },
      'containerAddress',
      `${OWN_AT} (its container's address) takes no connection in time: look for a firewall between the proxy and container instance local; or set reach: publishedPort for container instance local`,
    ],
    [
      { kind: 'no-connection' },
      'publishedPort',
      `${PORT_AT} (a port of local) takes no connection in time: look for a firewall between the proxy and container instance local`,
    ],
    [{ kind: 'no-answer' }, 'containerAddress', `${OWN_AT} (its container's address) takes the connection and does not answer in time`],
    [
      { kind: 'closed' },
      'publishedPort',
      `${PORT_AT} (a port of local) closes the connection without an answer: does main speak plain HTTP on port 8080?`,
    ],
    [{ kind: 'code', code: 502 }, 'publishedPort', 'Health checks failed with these codes: [502]'],
  ])('%o over %s', (failure, reach, expected) => {
    const at = reach === 'containerAddress' ? OWN_AT : PORT_AT;
    expect(told(failure, reach)).toBe(`${at} Target.X: ${expected}`);
  });

  test("ELB's reason alone, when the proxy does not say how it failed", () => {
    expect(told(undefined, 'publishedPort')).toBe(`${PORT_AT} Target.X`);
  });

  test('an address of IPv6 in brackets', () => {
    expect(told(undefined, 'containerAddress', [{ network: 'web', address: 'fd00::2', isHere: true }])).toBe('[fd00::2]:8080 Target.X');
  });
});
