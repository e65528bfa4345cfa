// Nodes as Docker lists them become nodes as Longshore knows them. The listing itself is held to a real swarm by `npm run proof:swarm`.
import { describe, expect, it } from 'vitest';
import { EngineRefusal } from '../../../src/adapters/docker/errors.ts';
import { startCode } from '../../../src/adapters/docker/act.ts';
import { nodeOf, type NodeInspection } from '../../../src/adapters/docker/swarm.ts';

/** As Docker 20.10 answers, without what nobody reads. */
const LEADER: NodeInspection = {
  ID: 'yyd4iooluk2jwdkncisexqv51',
  CreatedAt: '2026-11-28T06:01:56.37558418Z',
  Spec: { Labels: { rack: 'r9' }, Role: 'manager', Availability: 'drain' },
  Description: { Hostname: 'web1', Platform: { Architecture: 'aarch64', OS: 'linux' }, Engine: { Labels: { rack: 'r0', disk: 'ssd' } } },
  Status: { State: 'ready', Addr: '10.212.67.2' },
  ManagerStatus: { Addr: '10.212.67.2:2377' },
};

describe('a node', () => {
  it('is read in the words of ECS, labels of the node over those of its engine', () => {
    expect(nodeOf(LEADER)).toEqual({
      id: 'yyd4iooluk2jwdkncisexqv51',
      hostname: 'web1',
      address: '10.212.67.2',
      role: 'manager',
      availability: 'drain',
      state: 'ready',
      createdAt: '2026-11-28T06:01:56.37558418Z',
      architecture: 'arm64',
      osType: 'linux',
      labels: { rack: 'r9', disk: 'ssd' },
    });
  });

  it.each([
    ['0.0.0.0', '10.0.0.9:2377', '10.0.0.9'],
    ['', '[fd00::9]:2377', 'fd00::9'],
    ['10.0.0.8', '10.0.0.9:2377', '10.0.0.8'],
    ['10.0.0.8', undefined, '10.0.0.8'],
  ])('that says of itself %s, and is reached at %s, is at %s', (told, reached, address) => {
    const node = { ...LEADER, Status: { Addr: told }, ManagerStatus: reached === undefined ? null : { Addr: reached } };
    expect(nodeOf(node).address).toBe(address);
  });

  it('of which nearly nothing is said is an active worker', () => {
    expect(nodeOf({ ID: 'a', Spec: { Labels: null } })).toMatchObject({
      role: 'worker',
      availability: 'active',
      state: 'unknown',
      labels: {},
    });
  });
});

describe('a start that a swarm holds up', () => {
  it.each([
    [
      'attaching to network failed, make sure your network options are correct and check manager logs: context deadline exceeded',
      'NetworkFailed',
    ],
    ['Could not attach to network ov: context deadline exceeded', 'NetworkFailed'],
    ['OCI runtime create failed: exec: "server": executable file not found in $PATH', 'CannotStartContainerError'],
  ])('%s', (message, code) => {
    expect(startCode(new EngineRefusal(500, message))).toBe(code);
  });
});
