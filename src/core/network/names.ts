// Under which names the tasks of a service are found on the network of their cluster, beside `service.cluster`: those that Service Connect and
// Cloud Map would give it (spec 4.8). There is no proxy in between: a name stands for the tasks themselves, on the ports of their containers.
import type { DesiredService } from '../../model/turn/desired.ts';
import type { ServiceName } from '../../model/task/container-network.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

/** The names of a service, each once; a name of Service Connect belongs to the container that has its port. */
export function serviceNames({ spec, cluster }: DesiredService, definition: TaskDefinition): readonly ServiceName[] {
  const { serviceConnectConfiguration: connect, serviceRegistries = [] } = spec;
  const connected = connect?.enabled ? (connect.services ?? []) : [];
  const namespace = lastPart(connect?.namespace ?? cluster);
  const names = connected.flatMap(({ portName, discoveryName = portName, clientAliases = [] }) => {
    const container =
      definition.containerDefinitions.find(({ portMappings }) => portMappings?.some(({ name }) => name === portName))?.name ?? null;
    const aliases = clientAliases.flatMap(({ dnsName }) => dnsName ?? []);
    return [discoveryName, `${discoveryName}.${namespace}`, ...aliases].map((name): ServiceName => ({ container, name }));
  });
  const registered = serviceRegistries.map(
    ({ registryArn, containerName }): ServiceName => ({ container: containerName ?? null, name: lastPart(registryArn) }),
  );
  return [...new Map([...names, ...registered].map((one) => [`${one.container} ${one.name}`, one])).values()];
}

/** `name` of `arn:...:kind/name`, and of a plain name. */
function lastPart(text: string): string {
  return text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf(':')) + 1);
}
