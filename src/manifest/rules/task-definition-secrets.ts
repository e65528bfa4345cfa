// Secrets of containers, and files that are put into them (RegisterTaskDefinition, spec 1.7): each name once, a role where ECS needs one,
// one source of each file.
import { nameOf, onKey, onValue } from '../finding.ts';
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

/** Where the text of a file comes from. */
const SOURCES = ['content', 'hostPath', 'valueFrom'] as const;

/** What is wrong with the secrets and files of a task. */
export function secretFindings(definition: TaskDefinition): Finding[] {
  const each = definition.containerDefinitions.flatMap((container, index) => {
    const path: Path = ['containerDefinitions', index];
    return [...names(container, path), ...files(container, path)];
  });
  return [...withoutRole(definition), ...each];
}

/** ECS: a name is either a variable or a secret, and once. */
function names({ name, environment, secrets }: ContainerDefinition, path: Path): Finding[] {
  const taken = new Map((environment ?? []).map((variable) => [variable.name, 'environment']));
  return (secrets ?? []).flatMap((secret, place) => {
    const holder = taken.get(secret.name);
    taken.set(secret.name, 'secrets');
    if (holder === undefined) return [];
    const message = `container "${name}" has ${secret.name} as a secret and in ${holder}, too`;
    return [onValue('secret-name-taken', [...path, 'secrets', place, 'name'], message, 'keep one of the two')];
  });
}

/** ECS reads secrets under the execution role and refuses them without one; Longshore reads them under its own rights. */
function withoutRole({ executionRoleArn, containerDefinitions }: TaskDefinition): Finding[] {
  if ((executionRoleArn ?? '') !== '') return [];
  const index = containerDefinitions.findIndex((container) => (container.secrets ?? []).length > 0);
  if (index === -1) return [];
  const message = `container "${containerDefinitions[index]?.name}" has secrets, for which ECS needs an executionRoleArn; Longshore does not`;
  const path = ['containerDefinitions', index, 'secrets'];
  return [onKey('secrets-without-role', path, message, 'add executionRoleArn if the definition is registered with ECS, too')];
}

function files(container: ContainerDefinition, path: Path): Finding[] {
  return (container['x-longshore']?.files ?? []).flatMap((file, place) => {
    const where = [...path, 'x-longshore', 'files', place];
    const [first, second] = SOURCES.filter((source) => file[source] !== undefined);
    if (first === undefined) {
      const message = `${nameOf(where)} does not say where its text comes from`;
      return [onValue('no-content', where, message, `add ${SOURCES.join(', ')}: one of them`)];
    }
    if (second === undefined) return [];
    const message = `${nameOf(where)} has both ${first} and ${second}`;
    return [onKey('fields-exclude-each-other', [...where, second], message, 'keep one of the two')];
  });
}
