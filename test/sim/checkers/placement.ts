// Placement and containers: nothing is oversubscribed, and a container is what its definition says, where its task says.
import { apartNetwork, containerName, identityOf, networkName } from '../../../src/model/turn/identity.ts';
import { definitionOf, hasContainer, short, type Turn } from './facts.ts';
import { PAUSE } from '../../../src/model/task/pause.ts';
import { networksOf } from '../../../src/model/task/container-network.ts';
import type { Task } from '../../../src/model/task/task.ts';
import type { Action } from '../../../src/model/turn/plan.ts';
import type { PortMapping, SinglePort } from '../../../src/model/task/port-mapping.ts';
import type { TaskDefinition } from '../../../src/model/task/task-definition.ts';

const MIB = 1_048_576;

/** Judges where tasks stand and what containers are made of. */
export function checkPlacement(turn: Turn): void {
  if (turn.before.tasks !== turn.after.tasks) checkResources(turn);
  const keys = new Set<string>();
  for (const action of turn.plan.actions) {
    if (keys.has(action.key)) turn.blame(`two actions of one turn share the key ${action.key}`);
    keys.add(action.key);
    if (action.because === '') turn.blame(`action ${action.key} has no reason`);
    checkRecorded(turn, action);
    if (action.kind === 'create-container') checkCreated(turn, action);
  }
}

/** Every action belongs to a task or a service that this turn's ledger knows, in a state that wants it. */
function checkRecorded(turn: Turn, action: Action): void {
  if (!('identity' in action)) return;
  const task = turn.after.tasks.get(action.identity.task);
  if (!task) return turn.blame(`action ${action.key} belongs to no task of the ledger`);
  const ends = action.kind === 'stop-container' || action.kind === 'remove-container';
  if (task.instance !== action.instance) {
    // After an old ledger a task may have a copy on another engine than its own: that one is cleared away.
    const copy = turn.world.observed.instances.get(action.instance)?.containers.get('container' in action ? action.container : '');
    if (!ends || copy?.identity.task !== task.id)
      turn.blame(`${short(task)} is placed on ${task.instance}, and ${action.kind} is for ${action.instance}`);
    return;
  }
  if (ends && task.desiredStatus !== 'STOPPED') turn.blame(`${short(task)} is to run, and ${action.kind} is asked for it`);
  // Who may reach a task that drains is decided as long as it serves.
  const isMove = action.kind === 'connect-network' || action.kind === 'disconnect-network';
  if (!ends && task.desiredStatus !== 'RUNNING' && !(isMove && task.lastStatus === 'DEACTIVATING'))
    turn.blame(`${short(task)} is to stop, and ${action.kind} is asked for it`);
  if (action.kind === 'stop-container' && task.lastStatus !== 'STOPPING')
    turn.blame(`${short(task)} is ${task.lastStatus}, and a container of it is stopped`);
  if (action.kind === 'start-container' && task.lastStatus !== 'PENDING' && !isRestart(turn, task, action))
    turn.blame(`${short(task)} is ${task.lastStatus}, and a container of it is started again`);
}

/** ECS restartPolicy: a container that ran long enough is started again while its task goes on. */
function isRestart({ world, after }: Turn, task: Task, action: Extract<Action, { kind: 'start-container' }>): boolean {
  const policy = definitionOf(after, task)?.containerDefinitions.find(({ name }) => name === action.identity.container)?.restartPolicy;
  const view = world.observed.instances.get(action.instance)?.containers.get(action.container);
  if (!policy?.enabled || view?.state !== 'exited' || view.exitCode === null || policy.ignoredExitCodes?.includes(view.exitCode))
    return false;
  return (view.finishedAt ?? 0) - (view.startedAt ?? 0) >= (policy.restartAttemptPeriod ?? 300) * 1_000;
}

/** CPU, memory and fixed ports of all tasks that have not STOPPED, against what the instance has, wherever a task was launched. */
function checkResources(turn: Turn): void {
  const { world, before, after, blame } = turn;
  const launched = [...after.tasks.values()].filter((task) => !before.tasks.has(task.id) && !hasContainer(turn, task.id));
  for (const id of new Set(launched.map((task) => task.instance))) {
    const taken = { cpu: 0, memory: 0 };
    const holders = new Map<string, Task>();
    for (const task of after.tasks.values()) {
      const size = sizeIn(after, task);
      if (task.instance !== id || task.lastStatus === 'STOPPED' || size === null) continue;
      taken.cpu += size.cpu;
      taken.memory += size.memory;
      for (const port of [...size.ports, ...rangePorts(task)]) {
        const holder = holders.get(port);
        if (holder && (launched.includes(holder) || launched.includes(task)))
          blame(`${short(task)}: port ${port} of ${id} is ${short(holder)}'s`);
        holders.set(port, task);
      }
    }
    // What was adopted after a lost ledger may be too much already: then only what asks for nothing of it finds a place.
    const asks = (what: 'cpu' | 'memory'): boolean =>
      launched.some((task) => task.instance === id && (sizeIn(after, task)?.[what] ?? 0) > 0);
    const row = after.registrations.get(id);
    if (row !== undefined && row.status !== 'ACTIVE') blame(`a task is placed on ${id}, which is ${row.status}`);
    const instance = world.observed.instances.get(id);
    if (!instance) blame(`a task is placed on ${id}, which does not exist`);
    else if (taken.cpu > instance.cpu && asks('cpu')) blame(`instance ${id}: ${taken.cpu} CPU units are given and it has ${instance.cpu}`);
    else if (taken.memory > instance.memory && asks('memory'))
      blame(`instance ${id}: ${taken.memory} MiB are given and it has ${instance.memory}`);
  }
}

function sizeIn(ledger: Turn['after'], task: Task): ReturnType<typeof sizeOf> | null {
  const definition = definitionOf(ledger, task);
  return definition ? sizeOf(definition) : null;
}

/** The host ports of a task's ranges, one by one. */
function rangePorts({ hostRanges = [] }: Task): readonly string[] {
  return hostRanges.flatMap(({ protocol, hostPort, length }) => Array.from({ length }, (_, offset) => `${protocol}/${hostPort + offset}`));
}

/** Of a range each port is published, in one run of ports that Linux or IANA leave for this. */
function checkRanges(turn: Turn, name: string, { containerPortRange = '' }: PortMapping, published: readonly SinglePort[]): void {
  const [first = 0, last = 0] = containerPortRange.split('-').map(Number);
  const own = published.filter(({ containerPort }) => containerPort >= first && containerPort <= last);
  if (own.length !== last - first + 1) return turn.blame(`${name}: ${own.length} ports of the range ${containerPortRange} are published`);
  const start = own[0]?.hostPort ?? 0;
  if (start < 49_153 || start + own.length - 1 > 65_535)
    turn.blame(`${name}: the range ${containerPortRange} is published from ${start} on`);
  if (own.some(({ containerPort, hostPort }) => hostPort - start !== containerPort - first))
    turn.blame(`${name}: the range ${containerPortRange} is torn apart`);
}

export function sizeOf(definition: TaskDefinition): { cpu: number; memory: number; ports: readonly string[] } {
  let cpu = 0;
  let memory = 0;
  const ports: string[] = [];
  for (const container of definition.containerDefinitions) {
    cpu += container.cpu ?? 0;
    memory += container.memoryReservation ?? container.memory ?? 0;
    for (const port of container.portMappings ?? []) if (port.hostPort) ports.push(`${port.protocol ?? 'tcp'}/${port.hostPort}`);
  }
  return { cpu, memory, ports };
}

/** In bridge a container stands on the network of its cluster; in awsvpc the pause container does, and the others are in its network. */
function checkNetwork(turn: Turn, task: Task, action: Extract<Action, { kind: 'create-container' }>, name: string): void {
  const { identity, spec } = action;
  const mode = definitionOf(turn.after, task)?.networkMode ?? 'bridge';
  const isShared = mode === 'awsvpc' && identity.container !== PAUSE;
  const { network } = spec;
  if (mode === 'bridge' && identity.container === PAUSE) return;
  if (isShared && (network.kind !== 'container' || network.container !== containerName({ ...identity, container: PAUSE })))
    turn.blame(`${name}: it is not in the network of its task`);
  const { installation } = turn.world;
  const grouped = mode === 'awsvpc' && identity.securityGroups !== undefined;
  if (!isShared && networksOf(network)[0] !== (grouped ? apartNetwork(installation) : networkName(installation, task.cluster)))
    turn.blame(`${name}: it does not join the network of its ${grouped ? 'security groups' : 'cluster'}`);
}

/** What is created is what the author wrote, under labels that say whose it is. */
function checkCreated(turn: Turn, action: Extract<Action, { kind: 'create-container' }>): void {
  const { world, after, blame } = turn;
  const { identity, spec } = action;
  const task = after.tasks.get(identity.task);
  if (!task) return;
  const name = `${short(task)}, container ${identity.container}`;
  const labelled = identityOf(spec.labels, world.installation);
  if (JSON.stringify(labelled) !== JSON.stringify(identity)) blame(`${name}: its labels say something else than its identity`);
  if (action.name !== containerName(identity)) blame(`${name}: it is called ${action.name}`);
  if (identity.revision !== task.revision || identity.taskSet !== task.taskSet)
    blame(`${name}: its labels name another revision than its task`);
  checkNetwork(turn, task, action, name);
  const definition = definitionOf(after, task);
  if (identity.container === PAUSE) return;
  const written = definition?.containerDefinitions.find((one) => one.name === identity.container);
  if (!definition || !written) return blame(`${name}: its definition does not know it`);
  if (identity.specHash !== after.revisions.get(task.revision)?.hash) blame(`${name}: its spec hash is not its revision's`);
  const differs = (what: string, is: unknown, should: unknown): void => {
    if (JSON.stringify(is) !== JSON.stringify(should)) blame(`${name}: ${what} differs from its definition`);
  };
  const isRouted = written.logConfiguration?.logDriver === 'awsfirelens';
  const router = spec.environment.filter((one) => isRouted && one.name.startsWith('FLUENT_'));
  if (isRouted && router.length !== 2) blame(`${name}: it does not know where its log router is`);
  const own = spec.environment.filter((one) => !router.includes(one));
  differs('environment', own, written.environment ?? []);
  differs('command', spec.command, written.command ?? null);
  differs('hard memory limit', spec.memoryBytes, written.memory === undefined ? null : written.memory * MIB);
  differs('stop timeout', spec.stopTimeoutSeconds, written.stopTimeout ?? 30);
  differs('health check', spec.healthCheck?.command ?? null, written.healthCheck?.command ?? null);
  const mappings = definition.networkMode === 'awsvpc' ? [] : (written.portMappings ?? []);
  const singles = mappings.filter(({ containerPort }) => containerPort !== undefined);
  differs(
    'ports',
    spec.ports.slice(0, singles.length).map((port) => [port.containerPort, port.hostPort]),
    singles.map((port) => [port.containerPort, port.hostPort ?? 0]),
  );
  for (const mapping of mappings)
    if (mapping.containerPortRange !== undefined) checkRanges(turn, name, mapping, spec.ports.slice(singles.length));
  if (mappings.length === singles.length && spec.ports.length !== singles.length)
    turn.blame(`${name}: it publishes more than its mappings`);
  const repository = written.image.slice(0, written.image.lastIndexOf(':'));
  const plain = spec.image === written.image || spec.image.startsWith(`${repository}@sha256:`) || spec.image.startsWith('sha256:');
  if (!plain) blame(`${name}: it runs ${spec.image} instead of ${written.image}`);
}
