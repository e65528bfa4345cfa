// What a container takes from outside when it is created, by the text that names it, and what may be known of it before that: a fingerprint.
// Deliberately absent: the value. It has no type here, so that no plan, event, label or answer can hold one; it exists in adapters/ alone,
// between a provider and the engine.
import type { ContainerDefinition } from '../task/container-definition.ts';

/** A secret by its `valueFrom`, or a file of variables by the `value` of `environmentFiles`. */
export interface SecretUse {
  readonly kind: 'secret' | 'environment-file';
  /** As it stands in the manifest. */
  readonly from: string;
}

/**
 * absent: there is no such secret, or not this key or version of it. unusable: it is there and no container can be given it. refused: its
 * provider does not let Longshore in, or no provider is named for it. away: no answer came; nobody is to blame, and it is asked again.
 */
export type SecretFaultCode = 'absent' | 'unusable' | 'refused' | 'away';

export interface SecretFault {
  readonly code: SecretFaultCode;
  /** One sentence that names the secret and its provider, and never holds any part of a value. */
  readonly message: string;
  /** What to do next, in one sentence. */
  readonly hint: string;
}

/** What is known of a secret: exactly one of the two. */
export interface SecretPrint {
  /** 16 hexadecimal digits that change when the value does, and tell nothing of it: an HMAC under the key of the installation. */
  readonly fingerprint: string | null;
  readonly fault: SecretFault | null;
  /** Nobody was asked: a plan takes it to be there. */
  readonly assumed?: true;
}

/** By secretKey: digits that change when a secret does; made of its fingerprint, and of nothing else of it. */
export type SecretMarks = Readonly<Record<string, string>>;

/** The key of a use in maps: the same text is the same secret. */
export function secretKey({ kind, from }: SecretUse): string {
  return `${kind} ${from}`;
}

/** The secret with the login that its image is pulled with; it never gets into the container. */
export function pullSecretUses({ repositoryCredentials }: ContainerDefinition): readonly SecretUse[] {
  return repositoryCredentials === undefined ? [] : [{ kind: 'secret', from: repositoryCredentials.credentialsParameter }];
}

/** A use with the name of the place that it has in its container, in words. */
export interface SecretPlace {
  readonly use: SecretUse;
  readonly place: string;
}

/** Every place of a container that takes something from outside when it is created, in the order of its definition. */
export function secretPlaces(container: ContainerDefinition): readonly SecretPlace[] {
  const secret = (from: string, place: string): SecretPlace => ({ use: { kind: 'secret', from }, place });
  return [
    ...(container.environmentFiles ?? []).map(({ value }): SecretPlace => {
      return { use: { kind: 'environment-file', from: value }, place: `environment file ${value}` };
    }),
    ...(container.secrets ?? []).map(({ name, valueFrom }) => secret(valueFrom, `variable ${name}`)),
    ...(container.logConfiguration?.secretOptions ?? []).map(({ name, valueFrom }) => secret(valueFrom, `log option ${name}`)),
    ...(container['x-longshore']?.files ?? []).flatMap(({ containerPath, valueFrom }) =>
      valueFrom === undefined ? [] : [secret(valueFrom, `file ${containerPath}`)],
    ),
  ];
}

/** The same, each use once. */
export function secretUses(container: ContainerDefinition): readonly SecretUse[] {
  return [...new Map(secretPlaces(container).map(({ use }) => [secretKey(use), use])).values()];
}
