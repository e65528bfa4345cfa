// The volumes of one simulated machine, those of tasks and others, as Docker keeps them: what is mounted stays, what is not ours is left alone.
// No calls and no times here (engine-model.ts).
import type { ActResult } from '../../src/daemon/ports.ts';
import type { ContainerSpec, Action } from '../../src/model/turn/plan.ts';
import type { ErrorCode } from '../../src/model/turn/outcome.ts';
import type { SimContainer } from './containers.ts';
import type { VolumeMount } from '../../src/model/task/container-mount.ts';
import { volumeOfTask, volumesAfter } from '../../src/model/task/task-volumes.ts';

type Machine = ReadonlyMap<string, SimContainer>;

const refuse = (message: string, code: ErrorCode = 'Failed'): ActResult => ({ error: { code, message } });

export interface VolumeShelf {
  /** Task of each volume of a task, by name. */
  ofTasks(): ReadonlyMap<string, string>;
  /** The refusal of a container that needs a volume which is not there; null: it may be made. */
  lacking(spec: ContainerSpec): ActResult | null;
  /** The engine makes what a container mounts along with it. */
  madeWith(action: Extract<Action, { kind: 'create-container' }>): void;
  remove(action: Extract<Action, { kind: 'remove-volume' }>): ActResult;
}

/** No volumes yet. */
export function volumeShelf(machine: Machine): VolumeShelf {
  let ofTasks: ReadonlyMap<string, string> = new Map();
  const others = new Set<string>();
  return {
    ofTasks: () => ofTasks,
    lacking: (spec) => {
      const absent = volumesIn(spec).find(({ name, mustExist }) => mustExist && !ofTasks.has(name) && !others.has(name));
      if (absent !== undefined) return refuse(`the volume ${absent.name} is not there`, 'CannotCreateContainerError');
      const socket = spec.settings.log?.socket?.volume;
      return socket === undefined || ofTasks.has(socket) ? null : refuse(`the volume ${socket} is not there`);
    },
    madeWith: (action) => {
      ofTasks = volumesAfter(ofTasks, action);
      for (const mount of volumesIn(action.spec)) if (volumeOfTask(mount).length === 0) others.add(mount.name);
    },
    remove: (action) => {
      if (others.has(action.volume)) return refuse(`the volume ${action.volume} is not ours`);
      if (mounts(machine, action.volume)) return refuse(`remove ${action.volume}: volume is in use`);
      ofTasks = volumesAfter(ofTasks, action);
      return { error: null };
    },
  };
}

/** Whether a container mounts a volume. One that has lost its labels stands for one that somebody else made, and mounts nothing of ours. */
function mounts(machine: Machine, volume: string): boolean {
  const own = [...machine.values()].filter((one) => one.identity !== null);
  return own.some(({ spec }) => spec?.mounts.some((mount) => mount.kind === 'volume' && mount.name === volume));
}

function volumesIn({ mounts: all }: ContainerSpec): readonly VolumeMount[] {
  return all.filter((mount): mount is VolumeMount => mount.kind === 'volume');
}
