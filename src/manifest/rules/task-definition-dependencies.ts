// What the containers of a task say of each other (RegisterTaskDefinition, spec 1.5, 1.11): whom they name must be there, nobody waits
// for himself over corners, and what is waited for can come.
import { isEssential, joinedIn } from '../../model/task/container-definition.ts';
import { isRouted, routerOf } from '../../model/task/firelens.ts';
import { nearest } from '../../std/text.ts';
import { onKey, onValue } from '../finding.ts';
import type { ContainerDefinition, ContainerDependency } from '../../model/task/container-definition.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

/** One container named by another, and where. */
interface Named {
  readonly name: string;
  readonly path: Path;
}

/** What is wrong with what the containers of a task say of each other. */
export function dependencyFindings(definition: TaskDefinition): Finding[] {
  const containers = new Map(definition.containerDefinitions.map((container) => [container.name, container]));
  const router = routerOf(definition);
  const named = (container: ContainerDefinition, index: number): Named[] => namedBy(container, index, router);
  const missing = [
    ...definition.containerDefinitions.map((container, index) => ({ own: container.name, all: named(container, index) })),
    { own: null, all: proxyOf(definition) },
  ].flatMap(({ own, all }) =>
    all.flatMap(({ name, path }) => (containers.has(name) ? [] : [unknown(name, path, [...containers.keys()], own)])),
  );
  const impossible = definition.containerDefinitions.flatMap((container, index) =>
    (container.dependsOn ?? []).flatMap((dependency, place) =>
      impossibleCondition(container, dependency, containers.get(dependency.containerName), [
        'containerDefinitions',
        index,
        'dependsOn',
        place,
        'condition',
      ]),
    ),
  );
  return [...missing, ...impossible, ...loops(definition.containerDefinitions, named)];
}

/** `own`: the container that names it, which can't mean itself; null: none does. */
function unknown(name: string, path: Path, names: readonly string[], own: string | null): Finding {
  const others = names.filter((one) => one !== own);
  const meant = nearest(name, others);
  const hint =
    meant !== null
      ? `did you mean ${meant}?`
      : own === null || others.length > 0
        ? `the containers of this task are ${names.join(', ')}`
        : 'it has no other one';
  return onValue('container-not-in-task', path, `this task definition has no container "${name}"`, hint);
}

/** Every container that this one cannot be created or started without. */
function namedBy(container: ContainerDefinition, index: number, router: ContainerDefinition | null): Named[] {
  const path: Path = ['containerDefinitions', index];
  return [
    ...(container.dependsOn ?? []).map((dependency, place) => ({
      name: dependency.containerName,
      path: [...path, 'dependsOn', place, 'containerName'],
    })),
    ...(container.links ?? []).map((link, place) => ({ name: link.split(':')[0] ?? link, path: [...path, 'links', place] })),
    ...(container.volumesFrom ?? []).map((source, place) => ({
      name: source.sourceContainer,
      path: [...path, 'volumesFrom', place, 'sourceContainer'],
    })),
    ...(['pidMode', 'ipcMode'] as const).flatMap((field) => {
      const name = joinedIn(container['x-longshore']?.[field]);
      return name === null ? [] : [{ name, path: [...path, 'x-longshore', field] }];
    }),
    ...(router !== null && isRouted(container) ? [{ name: router.name, path: [...path, 'logConfiguration', 'logDriver'] }] : []),
  ];
}

function proxyOf({ proxyConfiguration }: TaskDefinition): Named[] {
  return proxyConfiguration === undefined
    ? []
    : [{ name: proxyConfiguration.containerName, path: ['proxyConfiguration', 'containerName'] }];
}

function impossibleCondition(
  container: ContainerDefinition,
  { containerName, condition }: ContainerDependency,
  awaited: ContainerDefinition | undefined,
  path: Path,
): Finding[] {
  if (awaited === undefined) return [];
  if ((condition === 'SUCCESS' || condition === 'COMPLETE') && isEssential(awaited)) {
    const message = `container "${container.name}" waits for the end of "${containerName}", which is essential, so that its end is that of the task`;
    return [onValue('dependency-essential', path, message, `set essential: false in container "${containerName}"`)];
  }
  if (condition === 'HEALTHY' && awaited.healthCheck === undefined) {
    const message = `container "${container.name}" waits until "${containerName}" is healthy, which has no healthCheck`;
    return [onValue('dependency-unchecked', path, message, `add a healthCheck to container "${containerName}", or wait for START`)];
  }
  return [];
}

/** Each circle is told once, where it closes. */
function loops(containers: readonly ContainerDefinition[], namedIn: (container: ContainerDefinition, index: number) => Named[]): Finding[] {
  const edges = new Map(containers.map((container, index) => [container.name, namedIn(container, index)]));
  const done = new Set<string>();
  const findings: Finding[] = [];
  const visit = (name: string, above: readonly string[]): void => {
    if (done.has(name)) return;
    const way = [...above, name];
    for (const edge of edges.get(name) ?? []) {
      const at = way.indexOf(edge.name);
      if (at === -1) visit(edge.name, way);
      else findings.push(loop([...way.slice(at), edge.name], edge.path));
    }
    done.add(name);
  };
  for (const { name } of containers) visit(name, []);
  return findings;
}

function loop(way: readonly string[], path: Path): Finding {
  const message =
    way.length === 2 ? `container "${way[0]}" waits for itself` : `containers wait for each other in a circle: ${way.join(' -> ')}`;
  return onKey(
    'dependency-loop',
    path,
    message,
    'take one of these away; links, volumesFrom, namespaces that are joined and the log router are waited for, too',
  );
}
