// The secrets of a container at the moment in which it is created: opened, put into what the engine is told, and forgotten.
import type { ContainerSpec } from '../../model/turn/plan.ts';
import type { OutcomeError } from '../../model/turn/outcome.ts';
import { type SecretUse, secretKey } from '../../model/access/secret.ts';
import { confidentialValues, environmentOf } from '../secrets/apply.ts';
import type { Secrets } from '../secrets/secrets.ts';

/** A spec whose environment and log options hold the values, with the values that no message may repeat; or why it can't be had. */
export type Revealed = { readonly spec: ContainerSpec; readonly confidential: readonly string[] } | { readonly error: OutcomeError };

/** Opens what a container needs. Nothing is asked for a container that has no secret. */
export async function reveal(secrets: Secrets, spec: ContainerSpec, signal: AbortSignal): Promise<Revealed> {
  const uses: SecretUse[] = [
    ...spec.environmentFiles.map((from): SecretUse => ({ kind: 'environment-file', from })),
    ...[...spec.secrets, ...spec.logSecrets].map(({ valueFrom: from }): SecretUse => ({ kind: 'secret', from })),
  ];
  if (uses.length === 0) return { spec, confidential: [] };
  const opened = await secrets.open(uses, signal);
  const found = environmentOf(spec, opened);
  if (found.fault !== null) return { error: errorOf(found.fault) };
  const options: Record<string, string> = { ...spec.settings.log?.options };
  for (const { name, valueFrom } of spec.logSecrets) {
    const secret = opened.get(secretKey({ kind: 'secret', from: valueFrom }));
    if (secret?.kind === 'text') options[name] = secret.text;
    else if (secret?.kind === 'fault') return { error: errorOf(secret.fault) };
  }
  const log = spec.settings.log === undefined ? {} : { log: { ...spec.settings.log, options } };
  return {
    spec: { ...spec, environment: found.variables, settings: { ...spec.settings, ...log } },
    confidential: confidentialValues(opened),
  };
}

/** A provider that is away is asked again; anything else is final for the task. */
export function errorOf({ code, message, hint }: { readonly code: string; readonly message: string; readonly hint: string }): OutcomeError {
  return { code: code === 'away' ? 'ProviderAway' : 'ResourceInitializationError', message: `${message}. ${hint}` };
}
