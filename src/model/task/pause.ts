// The pause container: where the containers of a task share a network, processes or memory, one that does nothing owns it, so that the others
// may come and go (the ECS agent has one, too). It stands beside the author's containers wherever a task is brought up, watched and stopped.
import type { ContainerDefinition, ContainerDependency } from './container-definition.ts';
import { withRouter } from './firelens.ts';
import { type TaskDefinition, networkModeOf } from './task-definition.ts';

/** Its name among the containers of a task. No author's container has a dot in its name. */
export const PAUSE = '.pause';
/** The adapter makes it out of itself on an engine that does not have it: it is never pulled. */
export const PAUSE_IMAGE = 'longshore/pause:1';

const PAUSE_DEFINITION: ContainerDefinition = {
  name: PAUSE,
  image: PAUSE_IMAGE,
  essential: true,
  readonlyRootFilesystem: true,
  stopTimeout: 2,
};

/** Every other container starts after it and stops before it. */
const AFTER_PAUSE: ContainerDependency = { containerName: PAUSE, condition: 'START' };

/** Whether the containers of a task share what only a pause container can own: a network (awsvpc), processes or memory (task). */
export function hasPause(task: TaskDefinition): boolean {
  return networkModeOf(task) === 'awsvpc' || task.pidMode === 'task' || task.ipcMode === 'task';
}

const CONTAINERS = new WeakMap<TaskDefinition, readonly ContainerDefinition[]>();

/** All containers of a task in the order of their definition, as its log router makes them; the pause container first where there is one. */
export function containersOf(task: TaskDefinition): readonly ContainerDefinition[] {
  const known = CONTAINERS.get(task);
  if (known !== undefined) return known;
  const routed = task.containerDefinitions.map((one) => withRouter(one, task));
  const containers = hasPause(task)
    ? [PAUSE_DEFINITION, ...routed.map((one) => ({ ...one, dependsOn: [AFTER_PAUSE, ...(one.dependsOn ?? [])] }))]
    : routed;
  CONTAINERS.set(task, containers);
  return containers;
}
