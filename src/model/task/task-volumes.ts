// The volumes that live as long as their task, as an instance shows them: the engine makes them along with the containers that mount them.
import type { Action } from '../turn/plan.ts';
import type { ContainerMount } from './container-mount.ts';
import { LABEL_TASK } from '../turn/identity.ts';

/** The task of each volume of a task on an instance, by name, after an action there has succeeded; the same map when it changes none. */
export function volumesAfter(volumes: ReadonlyMap<string, string>, action: Action): ReadonlyMap<string, string> {
  if (action.kind === 'remove-volume') {
    if (!volumes.has(action.volume)) return volumes;
    return new Map([...volumes].filter(([name]) => name !== action.volume));
  }
  if (action.kind !== 'create-container') return volumes;
  const made = action.spec.mounts.flatMap(volumeOfTask).filter(([name]) => !volumes.has(name));
  return made.length === 0 ? volumes : new Map([...volumes, ...made]);
}

/** Name and task of the volume behind a mount; nothing for folders of the instance and shared volumes. */
export function volumeOfTask(mount: ContainerMount): (readonly [name: string, task: string])[] {
  const task = mount.kind === 'volume' ? mount.labels[LABEL_TASK] : undefined;
  return mount.kind === 'volume' && task !== undefined ? [[mount.name, task]] : [];
}
