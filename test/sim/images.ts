// The images of a simulation: what a registry or an engine holds, and how a container of each behaves.
// Behaviour is a property of the image, as in life: the core never sees it, only what the engine and the proxy show of it.
import { hashOf } from '../../src/std/hash.ts';
import { PAUSE_IMAGE } from '../../src/model/pause.ts';
import type { ImageIdentity } from '../../src/model/outcome.ts';
import type { LogLine } from '../../src/model/container-log.ts';

/** How a container of an image behaves; times in milliseconds after its start. */
export interface Behaviour {
  /** The engine can't start it: its command does not exist. */
  readonly badCommand: boolean;
  /** It ends by itself. */
  readonly exit: { readonly afterMs: number; readonly code: number } | null;
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
  /** Whether it was ours to remove: a pull of ours brought it. */
  remove(image: SimImage): boolean;
}

/** A shelf with nothing on it but the image that Longshore loads itself. */
export function imageShelf(engine: string): ImageShelf {
  const images = new Map([[PAUSE_SIM_IMAGE.reference, PAUSE_SIM_IMAGE]]);
  const brought = new Set<string>();
  const find = (name: string): SimImage | null => {
    for (const image of images.values()) if (namesImage(name, image, imageIdentity(engine, image))) return image;
    return null;
  };
  return {
    find,
    add: (image) => void images.set(image.reference, image),
    bring: (reference, image) => {
      const isNew = find(reference) === null;
      images.set(image.reference, image);
      if (isNew) brought.add(image.reference);
      return isNew;
    },
    remove: (image) => {
      images.delete(image.reference);
      return brought.delete(image.reference);
    },
  };
}
