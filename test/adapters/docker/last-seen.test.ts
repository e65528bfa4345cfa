// When the end of a container is told from its event alone, and when the engine is asked first.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Inspection } from '../../../src/adapters/docker/container-view.ts';
import { type ContainerEvent, lastSeen } from '../../../src/adapters/docker/last-seen.ts';
import type { Engine, EngineChange } from '../../../src/daemon/ports.ts';
import { containerName, labelsOf } from '../../../src/model/turn/identity.ts';
import type { ContainerIdentity } from '../../../src/model/turn/observed.ts';
import { engineAt, until } from '../../support/docker-harness.ts';
import { engineForTests, engineJson, newInstallation, removeInstallation } from '../../support/engine.ts';
import { type FaultSocket, faultSocket } from '../../support/fault-socket.ts';
import { IMAGE } from '../../support/images.ts';

const ID = 'c'.repeat(64);
const identityIn = (installation: string): ContainerIdentity => ({
  ...{ installation, cluster: 'default', service: 'web', task: 'a'.repeat(32), taskSet: 'set', deployment: 'deployment' },
  ...{
    revision: 'web:7',
    specHash: 'v1:spec',
    serviceHash: 'v1:service',
    container: 'app',
    slot: 2,
    attempt: 1,
    targets: [],
    essential: true,
  },
});
const inspection = (status: string, hostPort = '', startedAt = '2026-01-01T00:00:00Z'): Inspection => ({
  ...{ Id: ID, Name: '/app', Image: 'sha256:1', Config: { Labels: labelsOf(identityIn('home')) } },
  State: { Status: status, OOMKilled: false, ExitCode: status === 'exited' ? 137 : 0, StartedAt: startedAt, FinishedAt: startedAt },
  HostConfig: { PortBindings: { '8080/tcp': [{ HostPort: hostPort }] } },
  NetworkSettings: {
    Ports: { '8080/tcp': [{ HostIp: '0.0.0.0', HostPort: '40000' }] },
    Networks: { one: { NetworkID: 'f'.repeat(64), IPAddress: '172.30.0.2' } },
  },
});
const AT = 1_780_000_000_000;
const event = (action: string, attributes: Record<string, string> = {}): ContainerEvent => ({ action, id: ID, attributes, at: AT });
const DIE = event('die', { exitCode: '137' });

describe('what is last seen', () => {
  it('lets an end be told from the event: the view as it was, exited at that moment, without ports and addresses', () => {
    const seen = lastSeen('home');
    const running = seen.saw(ID, inspection('running'));
    expect(running?.addresses).toHaveLength(1);
    const { addresses: _, ...rest } = running ?? {};
    expect(seen.ended(DIE)).toEqual({ ...rest, state: 'exited', exitCode: 137, ports: [], finishedAt: AT });
  });

  it('is also learned from a listing', () => {
    const seen = lastSeen('home');
    expect(seen.listed([inspection('running'), null])).toHaveLength(1);
    expect(seen.ended(DIE)?.exitCode).toBe(137);
    seen.listed([]);
    expect(seen.ended(DIE)).toBeNull();
  });

  it.each<readonly [string, Inspection | null, readonly ContainerEvent[]]>([
    ['nothing is known of the container', null, []],
    ['it never ran', inspection('created'), []],
    ['it has ended already', inspection('exited'), []],
    ['its successor may ask for the same host port', inspection('running', '8080'), []],
    ['the kernel killed it for its memory, which only the inspection says', inspection('running'), [event('oom')]],
  ])('asks the engine when %s', (_, before, events) => {
    const seen = lastSeen('home');
    if (before !== null) seen.saw(ID, before);
    for (const each of events) seen.ended(each);
    expect(seen.ended(DIE)).toBeNull();
  });

  it('asks the engine when we stop the container, also after another look at it, and when the event has no exit code or no time', () => {
    const seen = lastSeen('home');
    seen.saw(ID, inspection('running'));
    expect(seen.ended(event('die'))).toBeNull();
    expect(seen.ended({ ...DIE, at: null })).toBeNull();
    expect(seen.ended(event('health_status: healthy', { exitCode: '0' }))).toBeNull();
    seen.stopping(ID);
    seen.saw(ID, inspection('running'));
    seen.listed([inspection('running')]);
    expect(seen.ended(DIE)).toBeNull();
  });

  it('tells nothing of an inspection that began before the end that was told, and everything of a new start', () => {
    const seen = lastSeen('home');
    seen.saw(ID, inspection('running'));
    seen.ended(DIE);
    expect(seen.saw(ID, inspection('running'))).toBeUndefined();
    expect(seen.saw(ID, inspection('exited'))?.state).toBe('exited');
    expect(seen.saw(ID, inspection('running', '', '2026-01-01T00:00:09Z'))?.state).toBe('running');
    expect(seen.saw(ID, null)).toBeNull();
  });

  it('leaves foreign containers out', () => {
    expect(lastSeen('elsewhere').saw(ID, inspection('running'))).toBeUndefined();
  });
});

describe('a container that is killed', () => {
  let way: FaultSocket;
  let engine: Engine;
  let installation: string;
  const socket = engineForTests();
  beforeEach(async () => {
    way = await faultSocket(await socket);
    installation = newInstallation();
    engine = engineAt(way.path, installation);
  });
  afterEach(async () => {
    engine.close();
    await way.close();
    await removeInstallation(await socket, installation);
  });

  it('is told as exited although the engine does not answer any inspection of it', async () => {
    const identity = identityIn(installation);
    const body = { Image: IMAGE, Labels: labelsOf(identity) };
    const { Id } = await engineJson<{ Id: string }>(await socket, `/containers/create?name=${containerName(identity)}`, 'POST', body);
    await engineJson(await socket, `/containers/${Id}/start`, 'POST');
    const changes: EngineChange[] = [];
    engine.watch((change) => changes.push(change));
    await until(() => changes.some((change) => change.kind === 'lost'), 'the event stream');
    const { containers } = await engine.observe(AbortSignal.timeout(20_000));
    expect(containers).toMatchObject([{ id: Id, state: 'running' }]);
    way.loseReply(/GET .*\/containers\/\w+\/json/, 'silence');
    await engineJson(await socket, `/containers/${Id}/kill?signal=KILL`, 'POST');
    await until(() => changes.some((change) => change.kind === 'container'), 'the end', 5_000);
    const end = changes.find((change) => change.kind === 'container');
    const finishedAt = end?.view?.finishedAt ?? Number.NaN;
    const { addresses: _, ...rest } = containers[0] ?? {};
    expect(end).toEqual({
      ...{ kind: 'container', id: Id },
      view: { ...rest, state: 'exited', exitCode: 137, ports: [], finishedAt },
    });
    expect(finishedAt).toBeGreaterThanOrEqual(containers[0]?.startedAt ?? Number.NaN);
  });
});
