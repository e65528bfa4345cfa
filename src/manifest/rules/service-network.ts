// What ECS asks of the names of a service beside its task definition: the ports that Service Connect and Cloud Map register must be there,
// and fit the network mode (spec 1.6, 3.13, 4.8). What several services say of one namespace is commit/service-connect.ts's question.
import { nearest } from '../../std/text.ts';
import { onKey, onValue } from '../finding.ts';
import { singlePorts } from '../../model/task/port-mapping.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { Service } from '../../model/service/service.ts';
import type { ServiceRegistry } from '../../model/service/service-network.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

/** What is wrong with the network and the names of a service beside its task definition. */
export function serviceNetworkFindings(service: Service, definition: TaskDefinition): Finding[] {
  return [
    ...network(service, definition),
    ...connected(service, definition),
    ...portNames(service, definition),
    ...(service.serviceRegistries ?? []).flatMap((registry, index) => registered(registry, definition, ['serviceRegistries', index])),
  ];
}

/** ECS: the network of tasks is configured for the mode awsvpc, and only for it. */
function network({ networkConfiguration }: Service, { family, networkMode = 'bridge' }: TaskDefinition): Finding[] {
  const given = networkConfiguration?.awsvpcConfiguration !== undefined;
  if (given === (networkMode === 'awsvpc')) return [];
  const message = given
    ? `the task definition "${family}" has networkMode ${networkMode}, which takes no networkConfiguration`
    : `the task definition "${family}" has networkMode awsvpc, and the service no networkConfiguration`;
  const hint = given ? 'remove it, or write networkMode: awsvpc' : 'add networkConfiguration with awsvpcConfiguration';
  return [onValue('network-configuration', ['networkConfiguration'], message, hint)];
}

/** ECS: Service Connect has a proxy in each task, which needs a network that is not the instance's own. */
function connected({ serviceConnectConfiguration }: Service, { family, networkMode = 'bridge' }: TaskDefinition): Finding[] {
  if (serviceConnectConfiguration?.enabled !== true || (networkMode !== 'host' && networkMode !== 'none')) return [];
  const message = `the task definition "${family}" has networkMode ${networkMode}, with which there is no Service Connect`;
  return [onKey('not-in-network-mode', ['serviceConnectConfiguration'], message, 'write networkMode: bridge or awsvpc, or enabled: false')];
}

function portNames({ serviceConnectConfiguration }: Service, { family, containerDefinitions }: TaskDefinition): Finding[] {
  const known = containerDefinitions.flatMap(({ portMappings }) => (portMappings ?? []).flatMap(({ name }) => name ?? []));
  return (serviceConnectConfiguration?.services ?? []).flatMap(({ portName }, index) => {
    if (known.includes(portName)) return [];
    const meant = nearest(portName, known);
    const hint = meant === null ? 'give a port mapping of the definition this name' : `did you mean ${meant}?`;
    const message = `no port mapping of the task definition "${family}" is called "${portName}"`;
    return [onValue('unknown-port-name', ['serviceConnectConfiguration', 'services', index, 'portName'], message, hint)];
  });
}

/** ECS: with the ports of the instance a record needs container and port; with an address of its own for each task it may have them, or
 * a port alone, or neither. */
function registered(registry: ServiceRegistry, definition: TaskDefinition, path: Path): Finding[] {
  const { containerName, containerPort, port } = registry;
  const { family, networkMode = 'bridge' } = definition;
  const told = (key: keyof ServiceRegistry, message: string, hint: string): Finding[] => [
    onKey('registry-port', [...path, key], message, hint),
  ];
  if ((containerName === undefined) !== (containerPort === undefined)) {
    const [has, lacks] =
      containerName === undefined ? (['containerPort', 'containerName'] as const) : (['containerName', 'containerPort'] as const);
    return told(has, `${has} of a registry stands without ${lacks}`, `add ${lacks}`);
  }
  if (networkMode !== 'awsvpc') {
    const mode = `the task definition "${family}" has networkMode ${networkMode}`;
    const hint = 'write containerName and containerPort';
    if (port !== undefined) return told('port', `${mode}, where a registry takes no port: it differs from task to task`, `${hint} instead`);
    if (containerName === undefined) return told('registryArn', `${mode}, where a registry needs containerName and containerPort`, hint);
  }
  if (port !== undefined && containerPort !== undefined) {
    return told('port', 'a registry has port beside containerName and containerPort', 'keep one of the two');
  }
  return containerName === undefined || containerPort === undefined ? [] : mapped(containerName, containerPort, definition, path);
}

function mapped(containerName: string, containerPort: number, { family, containerDefinitions }: TaskDefinition, path: Path): Finding[] {
  const container = containerDefinitions.find(({ name }) => name === containerName);
  if (container === undefined) {
    const names = containerDefinitions.map(({ name }) => name);
    const meant = nearest(containerName, names);
    const hint = meant === null ? `its containers are ${names.join(', ')}` : `did you mean ${meant}?`;
    const message = `the task definition "${family}" has no container "${containerName}"`;
    return [onValue('unknown-container', [...path, 'containerName'], message, hint)];
  }
  const ports = singlePorts(container.portMappings).map((mapping) => mapping.containerPort);
  if (ports.includes(containerPort)) return [];
  const message = `container "${containerName}" of task definition "${family}" maps no port ${containerPort}`;
  const hint = ports.length === 0 ? `add containerPort: ${containerPort} to its portMappings` : `it maps ${ports.join(', ')}`;
  return [onValue('unknown-container-port', [...path, 'containerPort'], message, hint)];
}
