// The project that a compose file is: its name, the names of its services, and what its networks and volumes are called in it. A project
// `shop` calls its service `web` shop-web and its network `back` shop_back; a project without a name calls them as they are.
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import type { Service } from '../../model/service/service.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

/** A service with its definition, and the container that Compose starts. */
export interface Pair {
  readonly identity: string;
  readonly service: Service;
  readonly task: TaskDefinition;
  readonly container: ContainerDefinition;
}

export interface Project {
  /** Null: the file gives itself no name. */
  readonly name: string | null;
  /** Keys of services, in the order of the pairs. */
  readonly keys: readonly string[];
}

/** The project whose services would be called like this. */
export function projectOf(pairs: readonly Pair[]): Project {
  const [first] = pairs;
  const suffix = first === undefined ? '' : `-${first.container.name}`;
  const name = first?.service.serviceName.endsWith(suffix) === true ? first.service.serviceName.slice(0, -suffix.length) : '';
  const isProject = /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9_])?$/.test(name);
  const isAll = pairs.every(({ service, container }) => service.serviceName === `${name}-${container.name}`);
  if (isProject && isAll && isDistinct(pairs)) return { name, keys: pairs.map(({ container }) => container.name) };
  const keys: string[] = [];
  for (const { service } of pairs) keys.push(freeKey(service.serviceName, keys));
  return { name: null, keys };
}

function isDistinct(pairs: readonly Pair[]): boolean {
  return new Set(pairs.map(({ container }) => container.name)).size === pairs.length;
}

/** Services of several clusters may share a name. */
function freeKey(name: string, taken: readonly string[]): string {
  let key = name;
  for (let number = 2; taken.includes(key); number++) key = `${name}-${number}`;
  return key;
}

/** The key under which a network or volume has its own name without saying so. */
export function keyInProject(name: string, project: Project): { readonly key: string; readonly named: { name?: string } } {
  if (project.name === null) return { key: name, named: {} };
  const prefix = `${project.name}_`;
  return name.startsWith(prefix) && name.length > prefix.length
    ? { key: name.slice(prefix.length), named: {} }
    : { key: name, named: { name } };
}

/** Whether something can be declared in a compose file under this name. */
export function isKey(name: string): boolean {
  return /^[a-zA-Z0-9._-]+$/.test(name);
}
