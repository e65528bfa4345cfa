// What does not go with the network mode, or the IPC mode, of a task (RegisterTaskDefinition, spec 1.4, 1.6, 1.11). ECS counts a list
// without entries and a switch that is off as absent.
import { onKey, onValue } from '../finding.ts';
import { joinedIn } from '../../model/task/container-definition.ts';
import { networkModeOf } from '../../model/task/task-definition.ts';
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

/** The namespaces of the kernel that a container has its own of. */
const IPC_CONTROL = /^(?:fs\.mqueue\..+|kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced))$/;
const NETWORK_CONTROL = /^net\..+/;

/** In awsvpc the task has one host name, one resolver and one hosts file for all its containers. */
const OF_CONTAINER_NETWORKS = ['hostname', 'dnsServers', 'dnsSearchDomains', 'extraHosts', 'disableNetworking'] as const;

/** What is wrong with a task whose containers ask for what its modes do not have. */
export function modeFindings(definition: TaskDefinition): Finding[] {
  const mode = networkModeOf(definition);
  const findings = definition.containerDefinitions.flatMap((container, index) => {
    const path: Path = ['containerDefinitions', index];
    return [...fields(container, mode, path), ...controls(container, definition, path), ...sharedMemory(container, definition, path)];
  });
  if (definition.proxyConfiguration !== undefined && mode !== 'awsvpc')
    findings.push(misplaced(['proxyConfiguration'], 'a proxy', mode, 'awsvpc'));
  return findings;
}

function fields(container: ContainerDefinition, mode: string, path: Path): Finding[] {
  const named = `container "${container.name}"`;
  const found: Finding[] = [];
  if (mode === 'awsvpc') {
    const asked = OF_CONTAINER_NETWORKS.filter((field) => isAsked(container[field]));
    found.push(...asked.map((field) => misplaced([...path, field], `${field} of ${named}`, mode, 'bridge')));
  }
  if (mode !== 'bridge' && isAsked(container.links)) found.push(misplaced([...path, 'links'], `links of ${named}`, mode, 'bridge'));
  if (mode === 'none' && isAsked(container.portMappings)) {
    found.push(misplaced([...path, 'portMappings'], `portMappings of ${named}`, mode, 'bridge, host or awsvpc'));
  }
  const ranges = (container.portMappings ?? []).flatMap(({ containerPortRange }, place) =>
    containerPortRange === undefined || mode !== 'host' ? [] : [[...path, 'portMappings', place, 'containerPortRange']],
  );
  found.push(...ranges.map((place) => misplaced(place, `a containerPortRange of ${named}`, mode, 'bridge or awsvpc')));
  return found;
}

function misplaced(path: Path, what: string, mode: string, others: string): Finding {
  return onKey('not-in-network-mode', path, `${what} does not go with networkMode ${mode}`, `remove it, or set networkMode to ${others}`);
}

function isAsked(value: string | boolean | readonly unknown[] | undefined): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}

/** Shared memory of which a container has none of its own can't be joined: an engine says so at the start of whoever joins. */
function sharedMemory(container: ContainerDefinition, definition: TaskDefinition, path: Path): Finding[] {
  const name = joinedIn(container['x-longshore']?.ipcMode);
  const owner = definition.containerDefinitions.find((other) => other.name === name);
  const mode = owner?.['x-longshore']?.ipcMode ?? definition.ipcMode;
  if (owner === undefined || mode === undefined || mode === 'shareable') return [];
  const message = `container "${container.name}" joins the shared memory of "${owner.name}", whose ipcMode is ${mode}: it has none to share`;
  return [
    onValue(
      'ipc-not-shareable',
      [...path, 'x-longshore', 'ipcMode'],
      message,
      `set ipcMode: shareable in x-longshore of container "${owner.name}"`,
    ),
  ];
}

function controls(container: ContainerDefinition, definition: TaskDefinition, path: Path): Finding[] {
  return (container.systemControls ?? []).flatMap(({ namespace }, place) => {
    const where = [...path, 'systemControls', place, 'namespace'];
    const network = NETWORK_CONTROL.test(namespace);
    if (!network && !IPC_CONTROL.test(namespace)) {
      const hint = 'a container has its own net.*, fs.mqueue.*, kernel.msg*, kernel.sem and kernel.shm* only';
      return [onValue('bad-system-control', where, `container "${container.name}" cannot have a ${namespace} of its own`, hint)];
    }
    if (network && definition.networkMode === 'host') {
      return [misplaced(where, `${namespace} of container "${container.name}"`, 'host', 'bridge or awsvpc')];
    }
    if (network || definition.ipcMode !== 'host') return [];
    const message = `${namespace} of container "${container.name}" does not go with ipcMode host`;
    return [onValue('not-in-ipc-mode', where, message, 'remove it, or ipcMode')];
  });
}
