// Before a container of a stopped task is removed, what it leaves behind is read and written down: nobody can ask it afterwards. History is
// never a reason to hold anything up: an engine that does not answer in time, or a store that refuses, costs the evidence and not the removal.
import type { Action } from '../model/turn/plan.ts';
import { EVIDENCE_BYTES, boundedEvidence, type ContainerEvidence, type SecretPlaces } from '../model/task/stopped-task.ts';
import { LEASE_LOST } from './ports.ts';
import type { ContainerDefinition } from '../model/task/container-definition.ts';
import type { DaemonLimits } from './config.ts';
import type { FollowedPorts } from './engines.ts';
import type { Ledger } from '../model/turn/ledger.ts';
import { PAUSE, containersOf } from '../model/task/pause.ts';
import { reasonOf, withDeadline } from './deadline.ts';

type Removal = Extract<Action, { kind: 'remove-container' }>;

export interface Witness {
  /** Settles when the evidence is durable, or can't be had. Rejects when the lease is lost: then nothing may be removed. */
  hear(removal: Removal): Promise<void>;
  /** The container is gone. */
  forget(container: string): void;
}

/** Reads evidence through the engines; `ledger` gives the rows of the last turn. */
export function createWitness(ports: FollowedPorts, limits: DaemonLimits, ledger: () => Ledger, stop: AbortSignal): Witness {
  /** Containers that were heard and are not gone: a removal that failed is tried again. */
  const heard = new Set<string>();
  const lack = (removal: Removal, error: unknown): void =>
    ports.log.write('warn', 'a container is removed without its evidence', {
      task: removal.identity.task,
      container: removal.identity.container,
      reason: reasonOf(error),
    });

  return {
    hear: async (removal) => {
      const { task: id, container: name } = removal.identity;
      const { tasks, revisions } = ledger();
      const task = tasks.get(id);
      // A late copy of a task that runs elsewhere is not the task.
      if (task?.instance !== removal.instance || name === PAUSE || heard.has(removal.container)) return;
      const spec = revisions.get(task.revision)?.spec;
      const definition = spec ? containersOf(spec).find((one) => one.name === name) : undefined;
      const secrets = secretPlaces(definition);
      let found: Omit<ContainerEvidence, 'name'> | null | undefined;
      try {
        found = await withDeadline(ports.clock, limits.evidenceMs, stop, async (signal) =>
          ports.engines.get(removal.instance)?.evidence(removal.container, secrets, signal),
        );
      } catch (error) {
        return lack(removal, error);
      }
      if (found === null || found === undefined) return;
      const bytes = Math.floor(EVIDENCE_BYTES / Math.max(1, task.containers.length));
      try {
        await ports.store.keepEvidence(task, boundedEvidence({ name, ...found }, bytes));
        heard.add(removal.container);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === LEASE_LOST) throw error;
        lack(removal, error);
      }
    },
    forget: (container) => void heard.delete(container),
  };
}

/**
 * Where the secrets of a container stand. Any variable may hold one of a revision that is known only by its labels, and where an environment
 * file is read, of which nobody knows what stands in it.
 */
export function secretPlaces(definition: ContainerDefinition | undefined): SecretPlaces {
  const files = (definition?.['x-longshore']?.files ?? []).flatMap(({ containerPath, valueFrom }) =>
    valueFrom === undefined ? [] : [containerPath],
  );
  const isOpen = definition === undefined || (definition.environmentFiles ?? []).length > 0;
  return { variables: isOpen ? null : (definition.secrets ?? []).map(({ name }) => name), files };
}
