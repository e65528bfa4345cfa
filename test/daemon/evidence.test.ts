// What a removal waits for: the evidence, for a few seconds at most, and the store; and what may stop it: a lost lease, nothing else.
import { beforeEach, describe, expect, it } from 'vitest';
import { container, containerView, identity, ledger, NOW, task } from '../build.ts';
import { createWitness } from '../../src/daemon/evidence.ts';
import { DEFAULT_LIMITS } from '../../src/daemon/config.ts';
import { emptyDisk, openMemoryStore, type MemoryDisk } from '../sim/store.ts';
import { PAUSE } from '../../src/model/task/pause.ts';
import { virtualClock, virtualTime } from '../sim/clock.ts';
import type { Action } from '../../src/model/turn/plan.ts';
import type { ContainerEvidence, SecretPlaces } from '../../src/model/task/stopped-task.ts';
import type { Revision } from '../../src/model/turn/ledger.ts';
import type { Engine, Ports } from '../../src/daemon/ports.ts';

type Removal = Extract<Action, { kind: 'remove-container' }>;
const LEFT: Omit<ContainerEvidence, 'name'> = {
  ...{ exitCode: 1, oomKilled: false, error: '', startedAt: 1, finishedAt: 2, health: [], logMissing: null },
  log: [{ time: '2026-01-01T00:00:00.000000001Z', stream: 'stderr', text: 'no database' }],
};
let asked: { container: string; secrets: SecretPlaces }[];
let warned: string[];
let disk: MemoryDisk;
let time: ReturnType<typeof virtualTime>;

beforeEach(() => {
  [asked, warned, disk, time] = [[], [], emptyDisk(), virtualTime(NOW)];
});

function stage(
  answer: Engine['evidence'] = async () => Promise.resolve(LEFT),
  rows = [task({ slot: 1 })],
  revisions: readonly Revision[] = [],
) {
  const engine: Pick<Engine, 'evidence'> = {
    evidence: (container, secrets, signal) => {
      asked.push({ container, secrets });
      return answer(container, secrets, signal);
    },
  };
  const ports: Pick<Ports, 'clock' | 'engines' | 'log' | 'store'> = {
    clock: virtualClock(time),
    engines: new Map([['local', engine as Engine]]),
    log: { write: (_level, message, fields) => void warned.push(`${message}: ${String(fields?.['reason'])}`) },
    store: openMemoryStore(disk),
  };
  const known = ledger({ tasks: rows, revisions });
  return createWitness(ports as Ports, DEFAULT_LIMITS, () => known, new AbortController().signal);
}
function removal(more: Partial<Removal> = {}, name = 'main'): Removal {
  const who = { ...identity({ slot: 1 }), container: name };
  return {
    kind: 'remove-container',
    key: 'remove',
    because: '',
    instance: 'local',
    container: containerView(who).id,
    identity: who,
    ...more,
  };
}
const kept = () => [...disk.stopped.values()].map(({ text }) => JSON.parse(text) as { containers: ContainerEvidence[] });

describe('before a container is removed', () => {
  it('its evidence is durable, once, with the row of its task', async () => {
    const witness = stage();
    await witness.hear(removal());
    await witness.hear(removal());
    expect(asked).toHaveLength(1);
    expect(kept()).toMatchObject([{ task: { id: identity({ slot: 1 }).task }, containers: [{ name: 'main', ...LEFT }] }]);
    witness.forget(removal().container);
    await witness.hear(removal());
    expect(asked).toHaveLength(2);
  });

  it('an engine that is silent costs the evidence, and ten seconds', async () => {
    const witness = stage(
      (_container, _secrets, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    );
    const hearing = witness.hear(removal());
    while (time.step());
    await hearing;
    expect(time.now() - NOW).toBe(10_000);
    expect(warned).toEqual(['a container is removed without its evidence: no answer within 10000 ms']);
    expect(kept()).toEqual([]);
  });

  it('a store that refuses costs the evidence; one that belongs to another daemon stops the removal', async () => {
    const witness = stage();
    openMemoryStore(disk);
    await expect(witness.hear(removal())).rejects.toMatchObject({ code: 'lease-lost' });
  });

  it('nothing is asked of pause containers, of tasks that nobody knows, and of late copies of tasks that run elsewhere', async () => {
    await stage().hear(removal({}, PAUSE));
    await stage(undefined, []).hear(removal());
    await stage(undefined, [task({ slot: 1, instance: 'other' })]).hear(removal());
    expect(asked).toEqual([]);
  });

  it('values of secrets are taken out by the names and files of the definition; of all variables where it is not known', async () => {
    await stage().hear(removal());
    const secrets = [{ name: 'PASSWORD', valueFrom: 'vault:web#password' }];
    const files = [
      { containerPath: '/etc/app.conf', content: 'a = 1' },
      { containerPath: '/run/key', valueFrom: 'vault:web#key' },
    ];
    const spec = { family: 'web', containerDefinitions: [container('main', 'web:1', { secrets, 'x-longshore': { files } })] };
    await stage(undefined, undefined, [{ id: 'web:1', family: 'web', number: 1, hash: 'v1:1', spec }]).hear(removal());
    expect(asked.map((one) => one.secrets)).toEqual([
      { variables: null, files: [] },
      { variables: ['PASSWORD'], files: ['/run/key'] },
    ]);
  });
});
