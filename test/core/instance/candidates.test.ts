// What placement sees of a container instance: git and people over what the engine says.
import { describe, expect, test } from 'vitest';
import type { DesiredInstance, EngineFacts } from '../../../src/model/cluster/container-instance.ts';
import type { Registration } from '../../../src/model/turn/ledger.ts';
import { candidateOf } from '../../../src/core/instance/candidates.ts';
import { instance, NOW } from '../../build.ts';
import { provesPlacement } from '../../proves.ts';

const ENGINE: EngineFacts = {
  version: '28.5.2',
  osType: 'linux',
  architecture: 'arm64',
  operatingSystem: 'Debian GNU/Linux 12 (bookworm)',
  labels: ['disk=hdd', 'fast'],
  logDrivers: [],
  runtimes: [],
};
const DECLARED: DesiredInstance = {
  name: 'local',
  cluster: 'default',
  attributes: [{ name: 'disk', value: 'ssd' }],
  cpu: 2_048,
  reserved: { cpu: 48, memory: 192, ports: [22] },
};
const ROW: Registration = { id: 'local', declared: DECLARED, status: 'DRAINING', drained: true, registeredAt: NOW - 1 };

describe('an instance', () => {
  test.each<[string, number | undefined, number | undefined, number | null]>([
    ['as git says', 2, 4, 2],
    ['as its engine names them', undefined, 4, 4],
    ['none, as git says', 0, 4, 0],
    ['not known, so that none is refused', undefined, undefined, null],
  ])('has GPUs %s', (_, declared, named, expected) => {
    const engine = { ...ENGINE, ...(named !== undefined && { gpus: named }) };
    const row = { ...ROW, declared: { ...DECLARED, ...(declared !== undefined && { gpus: declared }) } };
    expect(candidateOf(row, instance('local', [], { engine })).gpus).toBe(expected);
  });

  test.each([
    ['1.44', false],
    ['1.9', false],
    [undefined, false],
    ['1.45', true],
    ['1.51', true],
    ['2.0', true],
  ])('with API %s has the attribute of one that mounts folders inside of volumes: %s', (apiVersion, has) => {
    const engine = { ...ENGINE, ...(apiVersion !== undefined && { apiVersion }) };
    provesPlacement('attribute: capabilities', '1.44', '1.45');
    const { attributes } = candidateOf(undefined, instance('local', [], { engine }));
    expect(attributes.has('com.amazonaws.ecs.capability.docker-remote-api.1.45')).toBe(has);
  });

  test('of which git says nothing is ACTIVE, as its engine has it', () => {
    const found = candidateOf(
      undefined,
      instance('local', [], { connected: false, observedAt: null, engine: ENGINE, cpu: 10, memory: 20 }),
    );
    expect(found).toMatchObject({
      id: 'local',
      ec2InstanceId: 'local',
      status: 'ACTIVE',
      agentConnected: false,
      observed: false,
      agentVersion: '28.5.2',
      registeredAt: null,
      cpu: 10,
      memory: 20,
      ports: new Set(),
    });
    expect(found.attributes).toEqual(
      new Map([
        ['ecs.os-type', 'linux'],
        ['ecs.cpu-architecture', 'arm64'],
        ['disk', 'hdd'],
        ['fast', null],
      ]),
    );
  });

  test('that git declares has its row, what it offers without what is reserved, and its attributes over those of the engine', () => {
    provesPlacement('attribute: overwritten');
    const found = candidateOf(ROW, instance('local', [], { engine: ENGINE, cpu: 4_096, memory: 8_192 }));
    expect(found).toMatchObject({ status: 'DRAINING', agentConnected: true, observed: true, registeredAt: NOW - 1 });
    expect(found).toMatchObject({ cpu: 2_000, memory: 8_000, ports: new Set(['tcp/22']) });
    expect(found.attributes.get('disk')).toBe('ssd');
  });

  test('that was never looked at is on Linux, and nothing more is known', () => {
    const found = candidateOf(undefined, instance('local'));
    expect([...found.attributes]).toEqual([['ecs.os-type', 'linux']]);
    expect(found.agentVersion).toBeNull();
  });
});
