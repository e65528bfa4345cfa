// What a story remembers of its machines beside what the core is shown: the life of every container, as its engine tells it, and what stopped
// tasks leave behind. Both are kept as the daemon keeps them: evidence is taken before a container is removed, rows when they leave the ledger.
import { type ContainerEvidence, EVIDENCE_BYTES, type StoppedTask, boundedEvidence } from '../../src/model/task/stopped-task.ts';
import type { ContainerIdentity, ContainerView } from '../../src/model/turn/observed.ts';
import type { EngineModel } from '../sim/engine-model.ts';
import type { Ledger } from '../../src/model/turn/ledger.ts';
import type { Task } from '../../src/model/task/task.ts';
import { leftBy } from '../sim/containers.ts';
import { NOW } from '../build.ts';
import { SECOND } from '../../src/std/time.ts';

export type StoryWitness = ReturnType<typeof storyWitness>;

/** A witness who has seen nothing yet. */
export function storyWitness(now: () => number) {
  const seen = new Map<string, ContainerView>();
  const stopped = new Map<string, StoppedTask>();
  let heard: string[] = [];
  const hear = (who: ContainerIdentity, what: string): void =>
    void heard.push(`${sinceStart(now())} task ${who.task} ${who.container} ${what}`);
  const keep = (task: Task, evidence: ContainerEvidence | null): void => {
    const known = stopped.get(task.id)?.containers ?? [];
    const containers = evidence === null ? known : [...known.filter(({ name }) => name !== evidence.name), evidence];
    stopped.delete(task.id);
    stopped.set(task.id, { task, containers });
  };
  return {
    /** Listens to an engine. */
    follow(engine: EngineModel): void {
      engine.onSignal(({ identity }) => identity && hear(identity, 'is told to stop'));
      engine.watch((change) => {
        if (change.kind !== 'container') return;
        const before = seen.get(change.id);
        if (change.view) seen.set(change.id, change.view);
        for (const what of changesOf(before, change.view)) hear((change.view ?? (before as ContainerView)).identity, what);
      });
    },
    /** What the containers did since the last time, a line each. */
    takeHeard(): readonly string[] {
      const lines = heard;
      heard = [];
      return lines;
    },
    /** A container is about to be removed. */
    evidence(engine: EngineModel, container: string, ledger: Ledger): void {
      const found = engine.containers.get(container);
      const task = ledger.tasks.get(found?.identity?.task ?? '');
      const left = leftBy(found ?? null, { variables: [], files: [] });
      if (task === undefined || left === null) return;
      keep(task, boundedEvidence({ name: found?.identity?.container ?? '', ...left }, EVIDENCE_BYTES));
    },
    /** Rows that left the ledger. */
    gone(before: Ledger, after: Ledger): void {
      for (const task of before.tasks.values()) if (!after.tasks.has(task.id)) keep(task, null);
    },
    /** Newest first. */
    stopped: (): readonly StoppedTask[] => [...stopped.values()].toReversed(),
  };
}

/** `t+12.3s`: the time since the story began. */
export function sinceStart(at: number): string {
  return `t+${((at - NOW) / SECOND).toFixed(1)}s`;
}

/** What became of a container between two views of it. */
function changesOf(before: ContainerView | undefined, after: ContainerView | null): readonly string[] {
  if (after === null) return ['is removed'];
  const changes: string[] = [];
  if (before === undefined) changes.push('is created');
  if (after.state === 'running' && (before?.state !== 'running' || before.startedAt !== after.startedAt)) changes.push('starts');
  if (after.state === 'running' && before?.health !== after.health && (after.health === 'healthy' || after.health === 'unhealthy'))
    changes.push(`is ${after.health}`);
  if (after.state === 'exited' && before?.state !== 'exited')
    changes.push(`ends with exit code ${after.exitCode}${after.oomKilled ? ', killed for its memory' : ''}`);
  return changes;
}
