// The fault list, written down: everything that a simulation may do to the daemon and to its machines, in words.
// Level 1 faults strike machines and the proxy; level 2 faults strike the daemon itself, its store, its clock and its repository.
import { hashOf } from '../../src/std/hash.ts';
import { identity } from '../build.ts';
import { labelsOf } from '../../src/model/turn/identity.ts';
import type { EngineModel } from './engine-model.ts';
import type { ProxyModel } from './proxy-model.ts';
import type { Registry } from './images.ts';
import type { SimContainer } from './containers.ts';
import type { VaultModel } from './vault-model.ts';

/** What level 2 can do to the daemon. */
export interface DaemonFaults {
  /** Ends the daemon at its next call to a port, before or after that call's effect, and starts it again. */
  killAtCall(afterCalls: number, tearsWrite: boolean): void;
  loseLedger(): void;
  restoreOldLedger(): void;
  stepClock(ms: number): void;
  storeFails(writes: number): void;
  forcePush(): void;
  badCommit(): void;
  repositoryAway(away: boolean): void;
}

export interface Target {
  readonly engines: readonly EngineModel[];
  readonly proxy: ProxyModel;
  readonly registry: Registry;
  readonly vault: VaultModel;
  readonly daemon: DaemonFaults | null;
  /** In [0, 1): decides where it strikes. */
  readonly where: number;
}

interface FaultKind {
  readonly name: string;
  readonly level: 1 | 2;
  begin(target: Target): void;
  end?(target: Target): void;
}

const ENGINE_FAULTS = [
  { name: 'calls fail before their effect', level: 1, begin: (t) => engineOf(t).arm('fails-before', 3) },
  { name: 'calls fail after their effect', level: 1, begin: (t) => engineOf(t).arm('fails-after', 3) },
  { name: 'calls hang and never happen', level: 1, begin: (t) => engineOf(t).arm('hangs-before', 2) },
  { name: 'calls happen and never answer', level: 1, begin: (t) => engineOf(t).arm('hangs-after', 2) },
  { name: 'slow calls', level: 1, begin: (t) => engineOf(t).arm('slow', 4) },
  { name: 'late replies', level: 1, begin: (t) => engineOf(t).arm('late-reply', 4) },
  { name: 'port taken', level: 1, begin: (t) => engineOf(t).arm('port-clash', 2) },
  { name: 'engine cut off', level: 1, begin: (t) => engineOf(t).cut(), end: (t) => engineOf(t).heal() },
  {
    name: 'every engine cut off',
    level: 1,
    begin: (t) => each(t, (engine) => engine.cut()),
    end: (t) => each(t, (engine) => engine.heal()),
  },
  { name: 'engine restarted', level: 1, begin: (t) => engineOf(t).restart(3_000) },
  { name: 'disk full', level: 1, begin: (t) => engineOf(t).setDiskFull(true), end: (t) => engineOf(t).setDiskFull(false) },
  { name: 'events lost', level: 1, begin: (t) => engineOf(t).setMute(true), end: (t) => engineOf(t).setMute(false) },
  { name: 'events told twice', level: 1, begin: (t) => engineOf(t).setDuplicate(true), end: (t) => engineOf(t).setDuplicate(false) },
  { name: 'container dies', level: 1, begin: (t) => strike(t, (engine, container) => engine.kill(container.id, 1, false)) },
  { name: 'container killed for memory', level: 1, begin: (t) => strike(t, (engine, container) => engine.kill(container.id, 137, true)) },
  {
    name: 'every container of an engine dies',
    level: 1,
    begin: (t) => everyContainer(t, (engine, container) => engine.kill(container.id, 137, false)),
  },
  { name: 'container removed by hand', level: 1, begin: (t) => strike(t, (engine, container) => engine.removeByHand(container.id)) },
  { name: 'networks changed by hand', level: 1, begin: (t) => strike(t, (engine, container) => engine.rewire(container.id)) },
  {
    name: 'labels removed',
    level: 1,
    begin: (t) => strike(t, (engine, container) => engine.loseLabels(container.id)),
    end: (t) => engineOf(t).removeForeignPorts(),
  },
  { name: 'foreign container', level: 1, begin: (t) => engineOf(t).addForeign(`foreign-${Math.floor(t.where * 1e6)}`, {}, null) },
  {
    name: 'container of another installation',
    level: 1,
    begin: (t) => engineOf(t).addForeign(`other-${Math.floor(t.where * 1e6)}`, othersLabels(t.where), null),
  },
  {
    name: 'foreign container on a fixed port',
    level: 1,
    begin: (t) => engineOf(t).addForeign(`squatter-${Math.floor(t.where * 1e6)}`, {}, 9_001 + Math.floor(t.where * 6)),
    end: (t) => engineOf(t).removeForeignPorts(),
  },
  { name: 'registry away', level: 1, begin: (t) => setRegistry(t, true), end: (t) => setRegistry(t, false) },
  { name: 'secrets rotated', level: 1, begin: (t) => t.vault.rotate() },
  { name: 'secrets missing', level: 1, begin: (t) => t.vault.hide(true), end: (t) => t.vault.hide(false) },
  { name: 'vault away', level: 1, begin: (t) => t.vault.setAway(true), end: (t) => t.vault.setAway(false) },
  { name: 'proxy restarted', level: 1, begin: (t) => t.proxy.restart(500) },
  { name: 'proxy away for long', level: 1, begin: (t) => t.proxy.restart(20_000) },
  { name: 'proxy acknowledges late', level: 1, begin: (t) => t.proxy.setSlow(true), end: (t) => t.proxy.setSlow(false) },
] as const satisfies readonly FaultKind[];

const DAEMON_FAULTS = [
  { name: 'daemon killed', level: 2, begin: (t) => t.daemon?.killAtCall(Math.floor(t.where * 12), false) },
  { name: 'daemon killed soon after', level: 2, begin: (t) => t.daemon?.killAtCall(Math.floor(t.where * 80), false) },
  { name: 'daemon killed and its last write torn', level: 2, begin: (t) => t.daemon?.killAtCall(Math.floor(t.where * 40), true) },
  { name: 'ledger lost', level: 2, begin: (t) => t.daemon?.loseLedger() },
  { name: 'old ledger restored', level: 2, begin: (t) => t.daemon?.restoreOldLedger() },
  { name: 'clock stepped', level: 2, begin: (t) => t.daemon?.stepClock(Math.floor(t.where * 600_000)) },
  { name: 'store refuses writes', level: 2, begin: (t) => t.daemon?.storeFails(1 + Math.floor(t.where * 3)) },
  { name: 'force-push', level: 2, begin: (t) => t.daemon?.forcePush() },
  { name: 'bad commit', level: 2, begin: (t) => t.daemon?.badCommit() },
  { name: 'repository away', level: 2, begin: (t) => t.daemon?.repositoryAway(true), end: (t) => t.daemon?.repositoryAway(false) },
] as const satisfies readonly FaultKind[];

export type FaultName = (typeof ENGINE_FAULTS)[number]['name'] | (typeof DAEMON_FAULTS)[number]['name'];

/** The whole list. */
export const FAULTS: readonly (FaultKind & { readonly name: FaultName })[] = [...ENGINE_FAULTS, ...DAEMON_FAULTS];

/** The fault of this name. */
export function faultNamed(name: FaultName): FaultKind {
  const found = FAULTS.find((fault) => fault.name === name);
  if (!found) throw new Error(`no fault is called ${name}`);
  return found;
}

function engineOf(target: Target): EngineModel {
  const engine = target.engines[Math.floor(target.where * target.engines.length)];
  if (!engine) throw new Error('a simulation has at least one engine');
  return engine;
}

function each(target: Target, act: (engine: EngineModel) => void): void {
  for (const engine of target.engines) act(engine);
}

function strike(target: Target, act: (engine: EngineModel, container: SimContainer) => void): void {
  const engine = engineOf(target);
  const running = [...engine.containers.values()].filter((container) => container.identity !== null && container.state === 'running');
  const victim = running[Math.floor(((target.where * 997) % 1) * running.length)];
  if (victim) act(engine, victim);
}

function everyContainer(target: Target, act: (engine: EngineModel, container: SimContainer) => void): void {
  const engine = engineOf(target);
  for (const container of [...engine.containers.values()]) if (container.identity !== null) act(engine, container);
}

/** What a container of another installation on the same engine carries. */
function othersLabels(where: number): Readonly<Record<string, string>> {
  return labelsOf(identity({ installation: 'another', service: 's1', task: hashOf(['another', where]) }));
}

function setRegistry(target: Target, away: boolean): void {
  target.registry.away = away;
}
