// The variables that Longshore adds to a container by itself when it is created: where it may ask about itself. Each is a secret of the
// container, so they are made here, at the last moment, and are in no spec, plan or label. Pure.
import type { ContainerIdentity } from '../../model/turn/observed.ts';
import type { ContainerSpec } from '../../model/turn/plan.ts';
import { CREDENTIALS_PATH_VARIABLE, CREDENTIALS_VARIABLE, type EnvironmentVariable } from '../../model/task/task-metadata.ts';
import { PAUSE } from '../../model/task/pause.ts';

const CREDENTIALS = [CREDENTIALS_PATH_VARIABLE, CREDENTIALS_VARIABLE];

/** The variables of a container, made for it alone. */
export type OwnVariables = (identity: ContainerIdentity, taskRoleArn: string | null) => readonly EnvironmentVariable[];

/** `spec` with the container's own variables behind those of its author, who is never overridden; and the values that no message may repeat. */
export function withOwnVariables(
  spec: ContainerSpec,
  identity: ContainerIdentity,
  own: OwnVariables,
): { readonly spec: ContainerSpec; readonly confidential: readonly string[] } {
  if (identity.container === PAUSE) return { spec, confidential: [] };
  const taken = new Set(spec.environment.map(({ name }) => name));
  // SDKs prefer one form over the other: either of the author's stands for both.
  if (CREDENTIALS.some((name) => taken.has(name))) for (const name of CREDENTIALS) taken.add(name);
  const added = own(identity, spec.taskRoleArn).filter(({ name }) => !taken.has(name));
  if (added.length === 0) return { spec, confidential: [] };
  return { spec: { ...spec, environment: [...spec.environment, ...added] }, confidential: added.map(({ value }) => value) };
}
