// The images of a simulation: what a registry or an engine holds, and how a container of each behaves.
// Behaviour is a property of the image, as in life: the core never sees it, only what the engine and the proxy show of it.
import { hashOf } from '../../src/std/hash.ts';
import { PAUSE_IMAGE } from '../../src/model/task/pause.ts';
import type { ImageIdentity } from '../../src/model/turn/outcome.ts';
import type { LogLine } from '../../src/model/task/container-log.ts';

/** How a container of an image behaves; times in milliseconds after its start. */
export interface Behaviour {
  /** The engine can't start it: its command does not exist. */
  readonly badCommand: boolean;
  /** It ends by itself; `wantsMemory`: for want of memory. */
  readonly exit: { readonly afterMs: number; readonly code: number; readonly wantsMemory?: true } | null;
  /** From here on it answers its checks; null: never. */
  readonly answersAfterMs: number | null;
  /** From here on it answers no more; null: it goes on. */
  readonly failsAfterMs: number | null;
  readonly ignoresTerm: boolean;
  /** From the stop signal to the end. */
  readonly endsWithinMs: number;
  /** What it writes at its start. */
  readonly says?: readonly Pick<LogLine, 'stream' | 'text'>[];
}

export const GOOD: Behaviour = {
  badCommand: false,
  exit: null,
  answersAfterMs: 800,
  failsAfterMs: null,
  ignoresTerm: false,
  endsWithinMs: 300,
};

export interface SimImage {
  readonly reference: string;
  readonly digest: string | null;
  readonly behaviour: Behaviour;
  /** Absent: that of every engine. */
  readonly platform?: string;
}

/** Whether an image is for other processors than those that are asked for: an engine says that it has no such image. */
export function isForOthers(image: SimImage, platform: string | undefined): boolean {
  return platform !== undefined && platform !== (image.platform ?? 'linux/amd64');
}

/** Where engines pull from. */
export interface Registry {
  readonly images: Map<string, SimImage>;
  /** Nothing answers. */
  away: boolean;
}

/** An image that a registry serves under `reference`. */
export function remoteImage(reference: string, behaviour: Behaviour = GOOD): SimImage {
  return { reference, digest: `sha256:${hashOf(['digest', reference], 64)}`, behaviour };
}

/** An image that was loaded into an engine and has no digest. */
export function localImage(reference: string, behaviour: Behaviour = GOOD): SimImage {
  return { reference, digest: null, behaviour };
}

/** Every engine has it, since whoever creates one brings its image. It publishes the ports of its task and answers nothing itself. */
export const PAUSE_SIM_IMAGE = localImage(PAUSE_IMAGE, { ...GOOD, answersAfterMs: null, endsWithinMs: 50 });

/** What `engine` calls the image; a digest is the same everywhere, an id is the engine's own. */
export function imageIdentity(engine: string, image: SimImage): ImageIdentity {
  return { id: `sha256:${hashOf(['image', engine, image.reference], 64)}`, digest: image.digest };
}

/** `repository` of `repository[:tag][@digest]`. */
export function repositoryOf(reference: string): string {
  const bare = reference.split('@')[0] ?? reference;
  const colon = bare.lastIndexOf(':');
  return colon > bare.lastIndexOf('/') ? bare.slice(0, colon) : bare;
}

/** Whether an engine that calls `image` by `identity` would find it under `name`: an id, `repository@digest`, or a reference. */
export function namesImage(name: string, image: SimImage, identity: ImageIdentity): boolean {
  if (name === identity.id || name === image.reference) return true;
  if (name === `${repositoryOf(image.reference)}:latest` || `${name}:latest` === image.reference)
    return image.reference.endsWith(':latest');
  return image.digest !== null && name === `${repositoryOf(image.reference)}@${image.digest}`;
}

/** The images of one engine. */
export interface ImageShelf {
  find(name: string): SimImage | null;
  /** Loaded by hand. */
  add(image: SimImage): void;
  /** Pulled by us under `reference`; whether nothing was found under it before. */
  bring(reference: string, image: SimImage): boolean;
  /** Takes a name away, and with the last one the image; a digest is no name beside a tag. Says whether it was ours to take. */
  remove(reference: string): 'removed' | 'not ours' | 'has a tag';
}

/** An image under the names by which it was brought: a tag, or a digest alone. */
interface Held {
  readonly image: SimImage;
  isTagged: boolean;
  isOurs: boolean;
}

/** A shelf with nothing on it but the image that Longshore loads itself. */
export function imageShelf(engine: string): ImageShelf {
  const held = new Map<string, Held>();
  const add = (image: SimImage): void => void held.set(image.reference, { image, isTagged: true, isOurs: false });
  const heldAs = (name: string): Held | null => {
    for (const each of held.values()) {
      const identity = imageIdentity(engine, each.image);
      const byDigest = name === identity.id || name.includes('@');
      if ((byDigest || each.isTagged) && namesImage(name, each.image, identity)) return each;
    }
    return null;
  };
  add(PAUSE_SIM_IMAGE);
  return {
    add,
    find: (name) => heldAs(name)?.image ?? null,
    bring: (reference, image) => {
      const isNew = heldAs(reference) === null;
      const before = held.get(image.reference);
      const isTagged = before?.isTagged === true || !reference.includes('@');
      held.set(image.reference, { image, isTagged, isOurs: before?.isOurs === true || isNew });
      return isNew;
    },
    remove: (reference) => {
      const found = heldAs(reference);
      if (found === null) return 'removed';
      if (reference.includes('@') && found.isTagged) return 'has a tag';
      held.delete(found.image.reference);
      return found.isOurs ? 'removed' : 'not ours';
    },
  };
}
