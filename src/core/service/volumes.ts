// Volumes of tasks that are gone. The engine makes them when it creates the containers of a task; nobody else may remove them, since what a
// task keeps there must last as long as it does.
import { type Turn, emit } from '../turn.ts';
import { removalKey } from '../instance/instances.ts';
import type { InstanceView } from '../../model/turn/observed.ts';

/** Removes the volumes of tasks of which nothing is left on the instance, and nothing will come. */
export function pruneVolumes(turn: Turn): void {
  for (const instance of turn.world.observed.instances.values()) {
    if (!instance.connected || instance.observedAt === null) continue;
    for (const [volume, task] of instance.volumes) {
      if (isNeeded(turn, instance, task)) continue;
      emit(turn, {
        kind: 'remove-volume',
        key: removalKey('volume', instance.id, volume),
        instance: instance.id,
        volume,
        because: `task ${task.slice(0, 8)} is gone`,
      });
    }
  }
}

function isNeeded(turn: Turn, instance: InstanceView, id: string): boolean {
  const task = turn.draft.tasks.get(id);
  if (task?.instance === instance.id && task.lastStatus !== 'STOPPED') return true;
  for (const view of instance.containers.values()) if (view.identity.task === id) return true;
  return false;
}
