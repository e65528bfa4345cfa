// What is known of the secrets that the desired state names: asked anew with each commit and every minute, sooner while one is missing, so
// that a changed secret rolls its services and one that appears lets them start. Values never come here.
import type { DaemonConfig } from './config.ts';
import type { DesiredState } from '../model/turn/desired.ts';
import type { Ports } from './ports.ts';
import type { Prints } from '../core/secrets.ts';
import type { SourceFile } from '../manifest/source.ts';
import { MINUTE, SECOND } from '../std/time.ts';
import { reasonOf, withDeadline } from './deadline.ts';
import { usesOf } from '../core/secrets.ts';

export interface SecretPrints {
  /** By secretKey; the same reference as long as nothing changed. */
  prints(): Prints;
  /** Whether every secret of the desired state in force was asked for, whatever came of it. */
  isAsked(): boolean;
  /** The desired state in force is another one now. */
  follow(desired: DesiredState): void;
  close(): void;
}

const EVERY_MS = MINUTE;
/** While one is absent, refused or away. */
const MISSING_EVERY_MS = 5 * SECOND;

/** Follows the secrets of the desired state. `wake` is called when anything is known otherwise than before. */
export function followSecrets(ports: Ports, config: DaemonConfig, stop: AbortSignal, wake: () => void): SecretPrints {
  const { vault, clock, log, repository } = ports;
  let prints: Prints = new Map();
  let desired: DesiredState | null = null;
  let files: readonly SourceFile[] | null = null;
  /** The desired state whose secrets were asked for last. */
  let asked: DesiredState | null = null;
  let asking = false;
  let again = false;
  let cancel: (() => void) | null = null;

  const ask = async (): Promise<void> => {
    cancel?.();
    cancel = null;
    if (asking) again = true;
    if (asking || desired === null || stop.aborted) return;
    const current = desired;
    const { commit } = current;
    const uses = usesOf(current);
    if (uses.length === 0) {
      files = null;
      asked = current;
      return;
    }
    asking = true;
    try {
      const given = files ?? (await withDeadline(clock, config.limits.repositoryMs, stop, (signal) => repository.files(commit, signal)));
      // Another commit may have come meanwhile: its secrets do not stand in these files.
      if (isInForce(commit)) files = given;
      const found = await withDeadline(clock, config.limits.secretsMs, stop, (signal) => vault.fingerprint(uses, given, signal));
      const wasAsked = isAsked();
      asked = current;
      if (!learn(found) && !wasAsked) wake();
    } catch (error) {
      log.write('warn', 'secrets could not be asked for', { reason: reasonOf(error) });
    }
    asking = false;
    if (stop.aborted) return;
    const isMissing = asked !== current || uses.length > prints.size || [...prints.values()].some(({ fault }) => fault !== null);
    if (again) {
      again = false;
      void ask();
    } else cancel = clock.timer(clock.now() + (isMissing ? MISSING_EVERY_MS : EVERY_MS), () => void ask());
  };

  const isInForce = (commit: string): boolean => desired?.commit === commit;

  const isAsked = (): boolean => desired !== null && asked === desired;

  /** False when everything is as it was known. */
  const learn = (found: Prints): boolean => {
    if (found.size === prints.size && [...found].every(([key, print]) => isSame(print, prints.get(key)))) return false;
    for (const [key, { fault }] of found)
      if (fault !== null && prints.get(key)?.fault?.message !== fault.message) log.write('warn', fault.message, { hint: fault.hint });
    prints = found;
    wake();
    return true;
  };

  return {
    prints: () => prints,
    isAsked,
    follow: (next) => {
      if (next === desired) return;
      if (next.commit !== desired?.commit) files = null;
      desired = next;
      void ask();
    },
    close: () => cancel?.(),
  };
}

function isSame(a: { fingerprint: string | null; fault: { code: string; message: string } | null }, b: typeof a | undefined): boolean {
  return b !== undefined && a.fingerprint === b.fingerprint && a.fault?.code === b.fault?.code && a.fault?.message === b.fault?.message;
}
