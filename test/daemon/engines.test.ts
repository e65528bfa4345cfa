// Engines that come and go with what a commit declares. The engines are stand-ins that remember whether they were closed: what an engine does
// is the contract suite's business.
import { describe, expect, test } from 'vitest';
import { NOW, ledger } from '../build.ts';
import { openEngines } from '../../src/daemon/engines.ts';
import type { DesiredInstance } from '../../src/model/cluster/container-instance.ts';
import type { Engine, Ports } from '../../src/daemon/ports.ts';
import type { Registration } from '../../src/model/turn/ledger.ts';

const WEB1: DesiredInstance = { name: 'web1', cluster: 'prod', endpoint: 'ssh://10.0.0.5' };

const registration = (declared: DesiredInstance | null, id = declared?.name ?? 'local'): Registration => ({
  id,
  declared,
  status: 'ACTIVE',
  drained: false,
  registeredAt: NOW,
});

/** What was opened and closed, and what the listener was told, in order. */
function stage() {
  const told: string[] = [];
  const engineOf = (id: string): Engine => ({ id, close: () => told.push(`close ${id}`) }) as unknown as Engine;
  const ports: Pick<Ports, 'engines' | 'connect' | 'log'> = {
    engines: new Map([['local', engineOf('local')]]),
    connect: (declared) => {
      told.push(`connect ${declared.endpoint ?? ''}`);
      return engineOf(declared.name);
    },
    log: { write: () => {} },
  };
  const engines = openEngines(ports);
  engines.onChange(
    ({ id }) => told.push(`came ${id}`),
    ({ id }) => told.push(`went ${id}`),
  );
  const follow = (...rows: readonly Registration[]): string[] => {
    told.length = 0;
    engines.follow(ledger({ registrations: rows }).registrations);
    return [...told];
  };
  return { engines, told, follow };
}

describe('the engines that a daemon follows', () => {
  test('are those that it was started with, from the beginning', () => {
    const { engines, told } = stage();
    expect(told).toEqual(['came local']);
    expect([...engines.all()].map(({ id }) => id)).toEqual(['local']);
    expect(engines.isDeclared('local')).toBe(false);
  });

  test('and those that are registered, once each, until they are not', () => {
    const { engines, follow } = stage();
    expect(follow(registration(WEB1))).toEqual(['connect ssh://10.0.0.5', 'came web1']);
    expect(engines.get('web1')?.id).toBe('web1');
    expect(engines.isDeclared('web1')).toBe(true);
    expect(follow(registration({ ...WEB1, attributes: [{ name: 'disk' }] }))).toEqual([]);
    expect(follow()).toEqual(['went web1', 'close web1']);
    expect(engines.get('web1')).toBeUndefined();
  });

  test('are opened again when they are reached another way', () => {
    const { follow } = stage();
    follow(registration(WEB1));
    expect(follow(registration({ ...WEB1, credentials: 'lan' }))).toEqual([
      'went web1',
      'close web1',
      'connect ssh://10.0.0.5',
      'came web1',
    ]);
  });

  test('are not opened for what only describes an engine of the daemon itself', () => {
    const { follow } = stage();
    expect(follow(registration({ name: 'local', cluster: 'prod' }), registration(null, 'other'))).toEqual([]);
  });

  test('all end with the daemon', () => {
    const { engines, follow, told } = stage();
    follow(registration(WEB1));
    told.length = 0;
    engines.close();
    expect(told).toEqual(['close local', 'close web1']);
  });
});
