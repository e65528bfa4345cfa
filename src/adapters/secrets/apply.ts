// What an engine is told when a container is created, once its secrets are open: its environment as ECS merges it, and which values no
// message of the engine may repeat. Pure. Deliberately absent: which secrets a container has (model/access/secret.ts), and any engine.
import type { FileVariable } from '../../lang/environment-file.ts';
import type { Opened } from './secrets.ts';
import { secretKey } from '../../model/access/secret.ts';
import type { SecretFault } from '../../model/access/secret.ts';

/** What a container definition says of its environment. */
export interface EnvironmentSources {
  readonly environment: readonly FileVariable[];
  /** Values of `environmentFiles`, in their order. */
  readonly environmentFiles: readonly string[];
  readonly secrets: readonly { readonly name: string; readonly valueFrom: string }[];
}

/**
 * The variables of a container: secrets over `environment` over files of variables, of which the first that has a name counts (spec 1.7).
 * Or the first fault among what it needs, in the order of its definition: without one of its secrets no container is created.
 */
export function environmentOf(
  { environment, environmentFiles, secrets }: EnvironmentSources,
  opened: ReadonlyMap<string, Opened>,
): { readonly variables: readonly FileVariable[]; readonly fault: null } | { readonly variables: null; readonly fault: SecretFault } {
  const variables = new Map<string, string>();
  for (const from of [...environmentFiles].reverse()) {
    const file = opened.get(secretKey({ kind: 'environment-file', from }));
    if (file?.kind !== 'variables') return { variables: null, fault: faultOf(file, from) };
    for (const { name, value } of file.variables) variables.set(name, value);
  }
  for (const { name, value } of environment) variables.set(name, value);
  for (const { name, valueFrom } of secrets) {
    const secret = opened.get(secretKey({ kind: 'secret', from: valueFrom }));
    if (secret?.kind !== 'text') return { variables: null, fault: faultOf(secret, valueFrom) };
    variables.set(name, secret.text);
  }
  return { variables: Array.from(variables, ([name, value]) => ({ name, value })), fault: null };
}

/** Every value that was opened: what is cut out of an engine's refusal before anybody sees it. */
export function confidentialValues(opened: ReadonlyMap<string, Opened>): readonly string[] {
  return [...opened.values()].flatMap((each) =>
    each.kind === 'text' ? [each.text] : each.kind === 'variables' ? each.variables.map(({ value }) => value) : [],
  );
}

function faultOf(opened: Opened | undefined, from: string): SecretFault {
  if (opened?.kind === 'fault') return opened.fault;
  return { code: 'away', message: `${from} was not opened`, hint: 'Nothing needs to be done; it is asked again.' };
}
