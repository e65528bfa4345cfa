// FireLens (ECS): one container of a task routes what others print. Which container that is, who logs through it, and how the options of
// those that are secrets reach it. Deliberately absent: its configuration file and the socket between them (core/task/firelens.ts).
import type { ContainerDefinition } from './container-definition.ts';
import type { Secret } from './container-environment.ts';
import type { TaskDefinition } from './task-definition.ts';

/** The log router of a task; null: it has none. Rules see to it that there is one where a container asks for it. */
export function routerOf(task: TaskDefinition): ContainerDefinition | null {
  return task.containerDefinitions.find(({ firelensConfiguration }) => firelensConfiguration !== undefined) ?? null;
}

/** Whether a container logs through the router of its task. */
export function isRouted({ logConfiguration }: ContainerDefinition): boolean {
  return logConfiguration?.logDriver === 'awsfirelens';
}

/** ECS agent: the variable of the router that holds a secret option of a container that logs through it. */
export function optionVariable(option: string, container: string): string {
  return `${option}_${container}`;
}

/**
 * A container of a task as its router makes it. ECS agent: who logs through the router starts after it, and so stops before it, unless it
 * waits for it anyway; the router is told the secret options of the others.
 */
export function withRouter(definition: ContainerDefinition, task: TaskDefinition): ContainerDefinition {
  const router = routerOf(task);
  if (router === null) return definition;
  if (definition === router) {
    const told = task.containerDefinitions.filter(isRouted).flatMap(optionSecrets);
    return told.length === 0 ? definition : { ...definition, secrets: [...(definition.secrets ?? []), ...told] };
  }
  const waits = definition.dependsOn?.some(({ containerName }) => containerName === router.name) ?? false;
  if (!isRouted(definition) || waits) return definition;
  return { ...definition, dependsOn: [{ containerName: router.name, condition: 'START' }, ...(definition.dependsOn ?? [])] };
}

function optionSecrets({ name, logConfiguration }: ContainerDefinition): readonly Secret[] {
  return (logConfiguration?.secretOptions ?? []).map((option) => ({ ...option, name: optionVariable(option.name, name) }));
}
