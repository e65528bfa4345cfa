// What is read of an engine's answer to /info beside what every engine says: its GPUs, in each of the forms in which it names them.
import { expect, test } from 'vitest';
import { type EngineInfo, engineFacts } from '../../../src/adapters/docker/engine-facts.ts';

const cdi = (...ids: readonly string[]): Partial<EngineInfo> => ({ DiscoveredDevices: ids.map((ID) => ({ Source: 'cdi', ID })) });

test.each<[string, Partial<EngineInfo>, number | undefined]>([
  ['none that an engine names', {}, undefined],
  ['none in lists without one', { GenericResources: [], DiscoveredDevices: null }, undefined],
  [
    'devices by number, which stand there by their UUIDs and together, too',
    cdi('nvidia.com/gpu=0', 'nvidia.com/gpu=1', 'nvidia.com/gpu=GPU-a', 'nvidia.com/gpu=GPU-b', 'nvidia.com/gpu=all'),
    2,
  ],
  ['devices by UUID alone', cdi('nvidia.com/gpu=GPU-a', 'nvidia.com/gpu=all'), 1],
  ['no devices of another kind', cdi('intel.com/vpu=0'), undefined],
  ['no devices of another source', { DiscoveredDevices: [{ Source: 'other', ID: 'nvidia.com/gpu=0' }] }, undefined],
  [
    'resources by name',
    {
      GenericResources: [
        { NamedResourceSpec: { Kind: 'NVIDIA-GPU', Value: 'GPU-a' } },
        { NamedResourceSpec: { Kind: 'gpu', Value: 'GPU-b' } },
      ],
    },
    2,
  ],
  [
    'a number of resources',
    { GenericResources: [{ DiscreteResourceSpec: { Kind: 'GPU', Value: 4 } }, { DiscreteResourceSpec: { Kind: 'SSD', Value: 3 } }] },
    4,
  ],
])('GPUs: %s', (_, info, expected) => {
  expect(engineFacts({ NCPU: 1, MemTotal: 1, ...info }, '1.50').gpus).toBe(expected);
});
