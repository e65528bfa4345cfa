// What keeps the secrets of a simulation: any name has a value, until a fault says otherwise. Only fingerprints ever leave it, as in life.
import { hashOf } from '../../src/std/hash.ts';
import type { ActResult } from '../../src/daemon/ports.ts';
import type { ContainerSpec } from '../../src/model/turn/plan.ts';
import { type SecretPrint, type SecretUse, secretKey } from '../../src/model/access/secret.ts';

export interface VaultModel {
  /** What is known of each; the same reference as long as nothing has changed and the same is asked. */
  prints(uses: readonly SecretUse[]): ReadonlyMap<string, SecretPrint>;
  /** Every secret, or the one of this name, has another value from now on. */
  rotate(only?: string): void;
  /** They are not there, or the one of this name is not. */
  hide(hidden: boolean, only?: string): void;
  /** Nobody answers. */
  setAway(away: boolean): void;
  onChange(listener: () => void): void;
}

/** A vault in which everything is there. */
export function vaultModel(): VaultModel {
  let generation = 0;
  const generations = new Map<string, number>();
  let hidden = false;
  const gone = new Set<string>();
  let away = false;
  let told = { asked: '', prints: new Map<string, SecretPrint>() };
  const listeners: (() => void)[] = [];
  const changed = (): void => {
    told = { asked: '', prints: new Map() };
    for (const listener of listeners) listener();
  };
  const printOf = (use: SecretUse): SecretPrint => {
    const message = `the secret ${use.from}: ${away ? 'vault did not answer' : `vault has no secret ${use.from}`}`;
    if (away) return { fingerprint: null, fault: { code: 'away', message, hint: 'It is asked again.' } };
    if (hidden || gone.has(use.from))
      return { fingerprint: null, fault: { code: 'absent', message, hint: 'Create it, or correct the name.' } };
    return { fingerprint: hashOf([secretKey(use), generation, generations.get(use.from) ?? 0], 16), fault: null };
  };
  return {
    prints: (uses) => {
      const asked = uses.map(secretKey).join('\n');
      if (asked !== told.asked || told.prints.size !== uses.length)
        told = { asked, prints: new Map(uses.map((use) => [secretKey(use), printOf(use)])) };
      return told.prints;
    },
    rotate: (only) => {
      if (only === undefined) generation++;
      else generations.set(only, (generations.get(only) ?? 0) + 1);
      changed();
    },
    hide: (nowHidden, only) => {
      if (only === undefined) hidden = nowHidden;
      else if (nowHidden) gone.add(only);
      else gone.delete(only);
      changed();
    },
    setAway: (nowAway) => {
      away = nowAway;
      changed();
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

/** What whoever creates a container is told when one of its secrets can't be read; null: all of them can. */
export function secretFault(vault: VaultModel | undefined, { secrets }: ContainerSpec): ActResult | null {
  const uses = secrets.map(({ valueFrom }): SecretUse => ({ kind: 'secret', from: valueFrom }));
  if (vault === undefined || uses.length === 0) return null;
  const fault = [...vault.prints(uses).values()].find((print) => print.fault !== null)?.fault;
  if (!fault) return null;
  const message = `${fault.message}. ${fault.hint}`;
  return { error: { code: fault.code === 'away' ? 'ProviderAway' : 'ResourceInitializationError', message } };
}
