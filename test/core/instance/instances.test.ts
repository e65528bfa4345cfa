// Container instances as rows: what git declares is registered, what it drops leaves when nothing is left on it, and people drain.
import { describe, expect, it } from 'vitest';
import { NOW, containerView, desired, identity, instance, ledger, observed, task, world } from '../../build.ts';
import { attributesOf, isOfCluster, offeredBy, statusOf } from '../../../src/core/instance/instances.ts';
import { swarmNetwork } from '../../../src/model/turn/identity.ts';
import { eventsBetween } from '../../../src/core/events.ts';
import { draftOf } from '../../../src/core/draft.ts';
import { registerInstances } from '../../../src/core/instance/instances.ts';
import { obey } from '../../../src/core/commands.ts';
import type { DesiredInstance } from '../../../src/model/cluster/container-instance.ts';
import type { InstanceView } from '../../../src/model/turn/observed.ts';
import type { Registration, Retry } from '../../../src/model/turn/ledger.ts';
import { provesPlacement } from '../../proves.ts';

const WEB1: DesiredInstance = { name: 'web1', cluster: 'default', endpoint: 'ssh://10.0.0.5' };
const row = (more: Partial<Registration> = {}): Registration => ({
  id: 'web1',
  declared: WEB1,
  status: 'ACTIVE',
  drained: false,
  registeredAt: NOW - 1_000,
  ...more,
});

/** The row of web1 after a turn's registrations. */
function registered(parts: {
  readonly git?: readonly DesiredInstance[];
  readonly rows?: readonly Registration[];
  readonly views?: readonly InstanceView[];
  readonly tasks?: boolean;
  readonly retries?: readonly Retry[];
}) {
  const rows = ledger({
    retries: parts.retries ?? [],
    registrations: parts.rows ?? [],
    tasks: parts.tasks === true ? [task({ instance: 'web1' })] : [],
  });
  const draft = draftOf(rows);
  registerInstances(
    draft,
    world({ desired: desired([], { instances: parts.git ?? [] }), observed: observed(parts.views ?? []), ledger: rows }),
  );
  return draft.registrations.get('web1');
}

describe('what git declares', () => {
  it('is registered, once', () => {
    provesPlacement('state: registered');
    expect(registered({ git: [WEB1] })).toEqual(row({ registeredAt: NOW }));
    const known = row();
    expect(registered({ git: [WEB1], rows: [known] })).toBe(known);
  });

  it('is DRAINING when git or a person says so', () => {
    provesPlacement('state: DRAINING and back');
    expect(registered({ git: [{ ...WEB1, status: 'DRAINING' }], rows: [row()] })?.status).toBe('DRAINING');
    expect(registered({ git: [WEB1], rows: [row({ drained: true, status: 'DRAINING' })] })?.status).toBe('DRAINING');
  });

  it('and drops is DEREGISTERING while something of ours is there, and then forgotten', () => {
    provesPlacement('deregistering: {with tasks,forgotten at last}');
    const busy = instance('web1', [containerView(identity())]);
    expect(registered({ rows: [row()], views: [busy], tasks: true })).toMatchObject({ status: 'DEREGISTERING', declared: WEB1 });
    expect(registered({ rows: [row()], views: [busy] })?.status).toBe('DEREGISTERING');
    expect(registered({ rows: [row()], views: [instance('web1')] })).toBeUndefined();
  });

  it('and drops stays until networks and volumes of ours are gone, or three tries of removing each have failed', () => {
    const littered = instance('web1', [], { networks: new Set(['longshore-test-default']), volumes: new Map([['data', 'task']]) });
    expect(registered({ rows: [row()], views: [littered] })?.status).toBe('DEREGISTERING');
    const tried = (tries: number): readonly Retry[] =>
      ['remove-network/web1/longshore-test-default', 'remove-volume/web1/data'].map((key) => ({
        ...{ key, tries, retryAt: NOW },
        error: { code: 'Failed', message: 'it is in use' },
      }));
    expect(registered({ rows: [row()], views: [littered], retries: tried(2) })?.status).toBe('DEREGISTERING');
    expect(registered({ rows: [row()], views: [littered], retries: tried(3) })).toBeUndefined();
    const overlay = instance('web1', [], { networks: new Set([swarmNetwork('test', 'default')]) });
    expect(registered({ rows: [row()], views: [overlay] })).toBeUndefined();
  });

  it('and drops while it is silent has its grace, and no more', () => {
    provesPlacement('disconnected: for good');
    const silent = (since: number): InstanceView => instance('web1', [], { connected: false, silentSince: since });
    expect(registered({ rows: [row()], views: [silent(NOW - 299_000)], tasks: true })?.status).toBe('DEREGISTERING');
    expect(registered({ rows: [row()], views: [silent(NOW - 300_000)], tasks: true })).toBeUndefined();
  });

  it('and drops before anybody has looked at it is looked at first', () => {
    const unseen = instance('web1', [], { connected: false, observedAt: null });
    expect(registered({ rows: [row()], views: [unseen], tasks: true })?.status).toBe('DEREGISTERING');
    expect(registered({ rows: [row()], views: [{ ...unseen, silentSince: NOW }], tasks: true })).toBeUndefined();
  });
});

describe('events', () => {
  const told = (before: readonly Registration[], after: readonly Registration[]): string[] =>
    eventsBetween(ledger({ registrations: before }), ledger({ registrations: after }), NOW).map(
      ({ kind, message }) => `${kind}: ${message}`,
    );

  it('tell of each change of a registration once', () => {
    expect(told([], [row()])).toEqual(['instance-registered: (container-instance web1) registered into cluster default.']);
    expect(told([row()], [row()])).toEqual([]);
    expect(told([row()], [row({ status: 'DRAINING', drained: true })])).toEqual([
      'instance-draining: (container-instance web1) is DRAINING, as it was asked to: nothing new is placed on it, and the tasks of services leave it.',
    ]);
    expect(told([row({ status: 'DRAINING' })], [row()])).toEqual([
      'instance-active: (container-instance web1) is ACTIVE: tasks may be placed on it.',
    ]);
    expect(told([row()], [row({ status: 'DEREGISTERING' })])).toEqual([
      'instance-deregistering: (container-instance web1) is no longer declared: the tasks of services leave it, and then it is forgotten.',
    ]);
    expect(told([row({ status: 'DEREGISTERING' })], [])).toEqual([
      'instance-deregistered: (container-instance web1) deregistered from cluster default.',
    ]);
  });
});

describe('drain and activate', () => {
  const said = (kind: 'drain-instance' | 'activate-instance', rows: readonly Registration[]) => {
    const all = ledger({ registrations: rows });
    const draft = draftOf(all);
    const declared = rows.flatMap((one) => (one.declared === null ? [] : [one.declared]));
    const now = world({
      desired: desired([], { instances: declared }),
      observed: observed([instance('web1'), instance('local')]),
      ledger: all,
      commands: [{ kind, key: 'key-12345', at: NOW, instance: rows[0]?.id ?? 'local' }],
    });
    registerInstances(draft, now);
    obey(draft, now);
    return { outcome: draft.commands.get('key-12345')?.outcome, status: statusOf(draft, rows[0]?.id ?? 'local') };
  };

  it('change the status, and say when there was nothing to do', () => {
    provesPlacement('state: DRAINING and back');
    provesPlacement('draining: its end');
    expect(said('drain-instance', [row()])).toEqual({ outcome: 'done', status: 'DRAINING' });
    expect(said('drain-instance', [row({ drained: true })])).toEqual({ outcome: 'no-effect', status: 'DRAINING' });
    expect(said('activate-instance', [row({ drained: true })])).toEqual({ outcome: 'done', status: 'ACTIVE' });
  });

  it('work on an engine that only the daemon was told of, too', () => {
    expect(said('drain-instance', [])).toEqual({ outcome: 'done', status: 'DRAINING' });
  });

  it('do not undo what git says', () => {
    const declared = { ...WEB1, status: 'DRAINING' as const };
    expect(said('activate-instance', [row({ declared, drained: true })])).toEqual({ outcome: 'done', status: 'DRAINING' });
  });
});

describe('what an instance offers', () => {
  const view = instance('web1', [], {
    engine: {
      version: '28.5.2',
      osType: 'linux',
      architecture: 'arm64',
      operatingSystem: 'Debian',
      labels: ['zone=a=b', 'ssd'],
      logDrivers: [],
      runtimes: [],
    },
  });

  it("are ECS's attributes, the engine's labels, and over them what git says", () => {
    provesPlacement('attribute: {built in,overwritten}');
    const found = attributesOf({ ...WEB1, attributes: [{ name: 'ssd', value: 'yes' }, { name: 'big' }] }, view);
    expect(Object.fromEntries(found)).toEqual({
      'ecs.os-type': 'linux',
      'ecs.cpu-architecture': 'arm64',
      zone: 'a=b',
      ssd: 'yes',
      big: null,
    });
  });

  it('is what the engine has or git says, less what is reserved', () => {
    provesPlacement('resource: {cpu,memory,ports} of an instance');
    expect(offeredBy(null, view)).toEqual({ cpu: 4_096, memory: 8_192, reservedPorts: [] });
    expect(offeredBy({ ...WEB1, cpu: 1_000, reserved: { cpu: 100, memory: 9_000, ports: [22] } }, view)).toEqual({
      cpu: 900,
      memory: 0,
      reservedPorts: ['tcp/22'],
    });
  });

  it('belongs to the cluster that git says, else to those that the daemon was told', () => {
    expect(isOfCluster(row(), view, 'default')).toBe(true);
    expect(isOfCluster(row(), view, 'other')).toBe(false);
    expect(isOfCluster(undefined, view, 'other')).toBe(true);
    expect(isOfCluster(undefined, { ...view, clusters: ['prod'] }, 'other')).toBe(false);
  });
});
