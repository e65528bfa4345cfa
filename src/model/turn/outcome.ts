// The answer to an action whose effect no engine shows, and the codes with which an engine refuses.

export type ErrorCode =
  | 'ImageMissing' // the image is not on the engine
  | 'CannotPullContainerError' // the registry refused, or the name does not resolve
  | 'CannotCreateContainerError' // the engine refuses this container for good
  | 'CannotStartContainerError' // the engine can't start it: bad command, refused option
  | 'ResourceInitializationError' // a secret of the container can't be read
  | 'ProviderAway' // what keeps a secret does not answer: nothing was done
  | 'PortTaken' // a host port is in use
  | 'DiskFull'
  | 'NameTaken' // a foreign container holds our name
  | 'NetworkFailed'
  | 'Unreachable' // no answer: the effect is unknown, look again
  | 'Timeout' // no answer in time: the effect is unknown, look again
  | 'Failed'; // anything else, with the engine's words

import type { ProvidedInstance } from '../cluster/capacity-hook.ts';

export interface OutcomeError {
  readonly code: ErrorCode;
  /** The engine's words, without environment values. */
  readonly message: string;
}

/** Which image a reference stands for on one engine. */
export interface ImageIdentity {
  /** The engine's own id; comparable on this engine only. */
  readonly id: string;
  /** The registry digest (sha256:...) when the engine knows one for this repository. */
  readonly digest: string | null;
}

export interface Outcome {
  /** The key of the action that this answers. */
  readonly key: string;
  readonly at: number;
  readonly error: OutcomeError | null;
  /** The image that was pulled, for pull-image. */
  readonly image?: ImageIdentity;
  /** Of pull-image: the engine had nothing under this reference before. */
  readonly brought?: true;
  /** Of a capacity provider that was asked for more: those that it has made. */
  readonly instances?: readonly ProvidedInstance[];
}

/** No answer of the engine: the effect is unknown, and nobody is to blame for it. Such an error is tried again. */
export function isSilence(error: OutcomeError): boolean {
  return error.code === 'Unreachable' || error.code === 'Timeout';
}

/** Nobody who answers is to blame: it is tried again, and counts as no failure of what is deployed. */
export function isBlameless(error: OutcomeError): boolean {
  return isSilence(error) || error.code === 'ProviderAway';
}
