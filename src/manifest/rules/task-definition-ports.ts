// What ECS asks of the port mappings of a task beyond the shape of each (RegisterTaskDefinition, spec 1.6, 1.11).
import { nameOf, onKey, onValue } from '../finding.ts';
import { groupBy } from '../../std/order.ts';
import { repeated } from './repeated.ts';
import { MAX_RANGES, MAX_RANGE_PORTS, portRangeIn } from '../../model/task/port-mapping.ts';
import { networkModeOf } from '../../model/task/task-definition.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

const PORT_MAX = 65_535;

/** A mapping whose ports are known. */
interface Mapped {
  readonly path: Path;
  readonly container: string;
  /** Ports in the container; the same for a single one. */
  readonly first: number;
  readonly last: number;
  readonly hostPort: number | undefined;
  readonly protocol: 'tcp' | 'udp';
}

/** What is wrong with the port mappings of a task. */
export function portFindings(definition: TaskDefinition): Finding[] {
  const findings: Finding[] = [];
  const mapped = mappingsOf(definition, findings);
  const mode = networkModeOf(definition);
  const oneNetwork = mode === 'host' || mode === 'awsvpc';
  findings.push(...reused(mapped, oneNetwork), ...names(definition));
  findings.push(...(oneNetwork ? differing(mapped, mode) : hostPorts(mapped)), ...tooMany(mapped, mode));
  return findings;
}

function mappingsOf(definition: TaskDefinition, findings: Finding[]): Mapped[] {
  return definition.containerDefinitions.flatMap((container, index) =>
    (container.portMappings ?? []).flatMap((port, place) => {
      const path: Path = ['containerDefinitions', index, 'portMappings', place];
      const ports = port.containerPortRange === undefined ? null : portRangeIn(port.containerPortRange);
      const single = port.containerPort !== undefined || (port.hostPort ?? 0) !== 0;
      if (port.containerPortRange === undefined && port.containerPort === undefined) {
        findings.push(onValue('missing-field', [...path, 'containerPort'], `${nameOf(path)} has no containerPort`, 'add containerPort'));
        return [];
      }
      if (port.containerPortRange !== undefined && single) {
        const message = `${nameOf(path)} has a single port and a range of ports`;
        const hint = 'write containerPort with hostPort, or containerPortRange alone';
        findings.push(onKey('fields-exclude-each-other', [...path, 'containerPortRange'], message, hint));
        return [];
      }
      if (port.containerPortRange !== undefined && ports === null) {
        const message = `${nameOf(path)}.containerPortRange is "${port.containerPortRange}", which is no range of ports`;
        const hint = `write the first port, a hyphen and a higher last one of at most ${PORT_MAX}`;
        findings.push(onValue('bad-port', [...path, 'containerPortRange'], message, hint));
        return [];
      }
      const { first, last } = ports ?? { first: port.containerPort ?? 0, last: port.containerPort ?? 0 };
      return [{ path, container: container.name, first, last, hostPort: port.hostPort, protocol: port.protocol ?? 'tcp' }];
    }),
  );
}

/** Of two mappings that overlap the later one is told. `oneNetwork`: the containers of the task share their ports. */
function reused(mapped: readonly Mapped[], oneNetwork: boolean): Finding[] {
  return mapped.flatMap((port, index) => {
    const earlier = mapped
      .slice(0, index)
      .find(
        (each) =>
          each.protocol === port.protocol &&
          each.first <= port.last &&
          port.first <= each.last &&
          (oneNetwork || each.container === port.container),
      );
    if (earlier === undefined) return [];
    const field = port.first === port.last ? 'containerPort' : 'containerPortRange';
    const path = [...port.path, field];
    const words = `port ${portsOf(port)}/${port.protocol}`;
    if (earlier.container === port.container) {
      const message = `container "${port.container}" maps ${words} twice, in portMappings[${earlier.path.at(-1)}] and portMappings[${port.path.at(-1)}]`;
      return [onValue('duplicate-container-port', path, message, 'map a container port once')];
    }
    const message = `${words} of container "${port.container}" is used by container "${earlier.container}", and both share one network`;
    return [onValue('port-used-in-task', path, message, 'let one of the two containers listen on another port')];
  });
}

function portsOf({ first, last }: Mapped): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** ECS counts the ranges of a container. Their ports are counted where each is one of the instance: an engine works for every one of them. */
function tooMany(mapped: readonly Mapped[], mode: string): Finding[] {
  const ranges = mapped.filter(({ first, last }) => first < last);
  const findings = [...groupBy(ranges, ({ container }) => container)].flatMap(([container, own]) => {
    const over = own[MAX_RANGES];
    if (over === undefined) return [];
    const message = `container "${container}" has ${own.length} ranges of ports, and at most ${MAX_RANGES} are allowed`;
    return [onKey('too-many-ports', [...over.path, 'containerPortRange'], message, 'let one range take the place of several')];
  });
  let sum = 0;
  const over = mode !== 'bridge' ? undefined : ranges.find(({ first, last }) => (sum += last - first + 1) > MAX_RANGE_PORTS);
  if (over === undefined || findings.length > 0) return findings;
  const all = ranges.reduce((total, { first, last }) => total + last - first + 1, 0);
  const message = `the ranges of this task have ${all} ports, and at most ${MAX_RANGE_PORTS} of a task are published`;
  const hint = 'map the ports that are used, or set networkMode to awsvpc, where a range takes no ports of the instance';
  return [onValue('too-many-ports', [...over.path, 'containerPortRange'], message, hint)];
}

/** ECS: where the containers use the network of the task or of the instance, a port cannot be mapped to another. */
function differing(mapped: readonly Mapped[], mode: string): Finding[] {
  return mapped.flatMap(({ path, container, first, hostPort }) => {
    if (hostPort === undefined || hostPort === first) return [];
    const message = `container "${container}" maps port ${first} to host port ${hostPort}; with networkMode ${mode} both must be the same`;
    return [onValue('host-port-differs', [...path, 'hostPort'], message, 'remove hostPort')];
  });
}

/** Host port 0 is chosen at each start, so any number of mappings may have it. */
function hostPorts(mapped: readonly Mapped[]): Finding[] {
  const fixed = mapped.filter(({ hostPort }) => hostPort !== undefined && hostPort !== 0);
  return repeated(fixed, ({ hostPort, protocol }) => `${hostPort}/${protocol}`).map(({ item, key }) =>
    onValue(
      'duplicate-host-port',
      [...item.path, 'hostPort'],
      `container "${item.container}" asks for host port ${key}, which another mapping of this task has`,
      'remove hostPort to have a free one chosen at each start',
    ),
  );
}

function names(definition: TaskDefinition): Finding[] {
  const named = definition.containerDefinitions.flatMap((container, index) =>
    (container.portMappings ?? []).flatMap(({ name }, place) =>
      name === undefined ? [] : [{ name, path: ['containerDefinitions', index, 'portMappings', place, 'name'] }],
    ),
  );
  return repeated(named, ({ name }) => name).map(({ item, key }) =>
    onValue('duplicate-port-name', item.path, `the port name "${key}" stands twice in this task`, 'give each port its own name'),
  );
}
