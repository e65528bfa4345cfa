// Volumes on one engine. The engine makes them itself when a container is created that mounts them; those of tasks carry our labels, and
// only those are ever listed or removed.
import type { ContainerMount } from '../../model/task/container-mount.ts';
import { LABEL_INSTALLATION, LABEL_TASK } from '../../model/turn/identity.ts';
import { byText } from '../../std/order.ts';
import type { Client } from './client.ts';
import { EngineRefusal } from './errors.ts';

interface VolumeInspection {
  readonly Name: string;
  /** Its folder on the engine's host. */
  readonly Mountpoint?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

/** The task of each volume of this installation's tasks, by the volume's name, sorted. */
export async function listVolumes(
  client: Client,
  installation: string,
  signal: AbortSignal,
): Promise<readonly (readonly [string, string])[]> {
  const filters = { label: [`${LABEL_INSTALLATION}=${installation}`] };
  const answer = await client.call<{ Volumes: readonly VolumeInspection[] | null }>(
    { method: 'GET', path: '/volumes', query: { filters } },
    signal,
  );
  return (answer.Volumes ?? [])
    .flatMap(({ Name, Labels }): (readonly [string, string])[] => {
      const task = Labels?.[LABEL_TASK];
      return task === undefined ? [] : [[Name, task]];
    })
    .sort(([a], [b]) => byText(a, b));
}

/** Removes a volume of a task of ours; one that is gone is as good. Rejects while a container mounts it, and when it is foreign. */
export async function removeVolume(client: Client, name: string, installation: string, signal: AbortSignal): Promise<void> {
  const volume = await inspectVolume(client, name, signal);
  if (volume === null) return;
  if (volume.Labels?.[LABEL_INSTALLATION] !== installation)
    throw new EngineRefusal(409, `the volume ${name} is not ours: it was left alone`);
  try {
    await client.call({ method: 'DELETE', path: `/volumes/${encodeURIComponent(name)}` }, signal);
  } catch (error) {
    if (!(error instanceof EngineRefusal) || error.status !== 404) throw error;
  }
}

/** ECS: a shared volume without autoprovision must be there; the engine itself would make it, empty. */
export async function requireVolumes(client: Client, mounts: readonly ContainerMount[], signal: AbortSignal): Promise<void> {
  for (const mount of mounts) {
    if (mount.kind !== 'volume' || !mount.mustExist) continue;
    if ((await inspectVolume(client, mount.name, signal)) === null)
      throw new EngineRefusal(400, `the volume ${mount.name} is not there: create it on the instance, or set autoprovision to true`);
  }
}

/** A volume as the engine has it; null: there is none. */
export async function inspectVolume(client: Client, name: string, signal: AbortSignal): Promise<VolumeInspection | null> {
  try {
    return await client.call<VolumeInspection>({ method: 'GET', path: `/volumes/${encodeURIComponent(name)}` }, signal);
  } catch (error) {
    if (error instanceof EngineRefusal && error.status === 404) return null;
    throw error;
  }
}
