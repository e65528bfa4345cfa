// What a container sees of file systems outside of its image: folders of the instance, volumes of the engine. Engine-neutral.
import type { ContainerIdentity } from '../turn/observed.ts';

export type ContainerMount = BindMount | VolumeMount;

interface Mounted {
  readonly containerPath: string;
  readonly readOnly: boolean;
}

/** The version of an engine's API that mounts a folder inside of a volume; an older one would mount the whole volume without a word. */
export const SUBPATH_SINCE = '1.45';

export interface BindMount extends Mounted {
  readonly kind: 'bind';
  readonly hostPath: string;
  /** Whether a host path that is not there is made as a folder. */
  readonly createHostPath: boolean;
  readonly propagation?: string | undefined;
  /** `z`: the label of SELinux is shared, `Z`: of this container alone. */
  readonly selinux?: 'z' | 'Z' | undefined;
}

export interface VolumeMount extends Mounted {
  readonly kind: 'volume';
  /** The engine's name for it. */
  readonly name: string;
  readonly driver: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether a new volume stays empty instead of getting what the image has there. */
  readonly noCopy: boolean;
  /** Whether it is somebody else's and must be there already (ECS: scope shared without autoprovision). */
  readonly mustExist: boolean;
  /** The folder inside of it that is mounted; absent: all of it. */
  readonly subpath?: string;
}

/** A file that is put into a container: its text, or the secret whose value is the text. */
export interface FileInContainer {
  readonly containerPath: string;
  readonly content: string | null;
  readonly valueFrom: string | null;
  /** Number or name as its author wrote it. */
  readonly uid: string;
  readonly gid: string;
  /** Permission bits. */
  readonly mode: number;
}

/** The engine's name for a volume that lives as long as its task. */
export function taskVolumeName({ service, task }: ContainerIdentity, volume: string): string {
  return `longshore-${service}-${task.slice(0, 12)}-${volume}`;
}
