// Where the proxy reaches a port of a container, by what is preferred and by what there is; and what is published for it.
import { describe, expect, it, test } from 'vitest';
import { container, containerView, identity } from '../../build.ts';
import { PAUSE, containersOf } from '../../../src/model/task/pause.ts';
import { type Reachable, portsWanted, reachableSeen, reachedAt } from '../../../src/core/task/ports.ts';
import type { ContainerAddress } from '../../../src/model/turn/observed.ts';
import type { TargetReach } from '../../../src/model/cluster/target-reach.ts';

const PORT = { containerPort: 8080, protocol: 'tcp', hostPort: 32_768 } as const;
const address = (isHere: boolean, host = '172.18.0.2'): ContainerAddress => ({ network: 'web', address: host, isHere });
const [HERE, FAR] = [address(true), address(false)];

function reached(ports: Reachable['ports'], addresses: Reachable['addresses'], reach?: TargetReach): string {
  const at = reachedAt({ ports, addresses }, { containerPort: 8080 }, reach);
  return at === null ? 'nowhere' : `${at.host ?? 'instance'}:${at.port}`;
}

describe('a target is reached', () => {
  it.each<[string, Reachable['ports'], Reachable['addresses'], TargetReach | undefined, string]>([
    ["at its own address on the daemon's machine", [PORT], [HERE], undefined, '172.18.0.2:8080'],
    ['at a published port on another machine', [PORT], [FAR], undefined, 'instance:32768'],
    ['at the network that is on this machine, of several', [PORT], [FAR, address(true, '172.19.0.2')], undefined, '172.19.0.2:8080'],
    ['at its own address elsewhere, when that is declared', [PORT], [FAR], 'containerAddress', '172.18.0.2:8080'],
    ['at a published port on this machine, when that is declared', [PORT], [HERE], 'publishedPort', 'instance:32768'],
    ['at its own address, when it publishes nothing: an internal network', [], [FAR], undefined, '172.18.0.2:8080'],
    ['the same, whatever is declared', [], [FAR], 'publishedPort', '172.18.0.2:8080'],
    ['at the port that it opens on its host, when it has no address', [PORT], [], 'containerAddress', 'instance:32768'],
    ['nowhere without either', [], [], 'containerAddress', 'nowhere'],
    ['nowhere at a port of UDP', [{ ...PORT, protocol: 'udp' }], [], undefined, 'nowhere'],
  ])('%s', (_, ports, addresses, reach, expected) => expect(reached(ports, addresses, reach)).toBe(expected));

  test('at the address of its pause container, where that has the network', () => {
    const main = containerView(identity({}), { ports: [] });
    const pause = containerView(identity({ container: PAUSE }), { ports: [PORT], addresses: [HERE] });
    expect(reachableSeen([main, pause], 'main')).toEqual({ ports: [PORT], addresses: [HERE] });
    expect(reachableSeen([{ ...main, addresses: [FAR] }], 'main')).toEqual({ ports: [], addresses: [FAR] });
  });

  test('nowhere while its container does not run', () => {
    const ended = containerView(identity({}), { state: 'exited', ports: [PORT], addresses: [HERE] });
    expect(reachableSeen([ended], 'main')).toEqual({ ports: [], addresses: [] });
  });
});

describe('a task of awsvpc publishes', () => {
  const task = { family: 'web', networkMode: 'awsvpc' as const, containerDefinitions: [container('main', 'web:1')] };
  const balanced = [{ targetGroupArn: 'web-tg', containerName: 'main', containerPort: 8080 }];
  const pause = containersOf(task).find(({ name }) => name === PAUSE) ?? container(PAUSE, 'pause');

  it.each<[string, TargetReach | undefined, number]>([
    ['what a load balancer sends to', undefined, 1],
    ['the same where published ports are preferred', 'publishedPort', 1],
    ['nothing where it is reached at its own address', 'containerAddress', 0],
  ])('%s', (_, reach, expected) => expect(portsWanted(pause, task, balanced, [], reach)).toHaveLength(expected));
});
