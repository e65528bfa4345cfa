// Where a target is reached, and which part of the way there is broken, in words: for status, events and whoever asks why a task is unhealthy.
// Goes by the rows alone. Deliberately absent: whether a failed check counts (task/status.ts judges that).
import type { CheckFailure, TargetView } from '../../model/turn/observed.ts';
import type { Registration } from '../../model/turn/ledger.ts';
import type { ServiceLoadBalancer } from '../../model/service/service.ts';
import type { Task } from '../../model/task/task.ts';
import type { World } from '../../model/turn/plan.ts';
import { reachOf } from '../instance/instances.ts';
import { type ReachedAt, reachableRemembered, reachedAt } from '../task/ports.ts';

/** What is known when somebody asks: a world with its ledger, or a turn's world with its draft. */
export interface Known {
  readonly world: Pick<World, 'desired' | 'observed'>;
  readonly registrations: { get(id: string): Registration | undefined };
}

/** `host:port` of a target; the port of the container where nobody knows yet how it is reached. */
export function targetAddress(known: Known, task: Task, loadBalancer: ServiceLoadBalancer): string {
  const reached = reachedOf(known, task, loadBalancer);
  const host = reached?.host ?? known.world.observed.instances.get(task.instance)?.address ?? task.instance;
  if (reached === null) return `${host} (port ${loadBalancer.containerPort})`;
  return `${host.includes(':') ? `[${host}]` : host}:${reached.port}`;
}

/** ELB's reason, and how the check failed at which address with what to do about it; the state where there is no reason. */
export function targetReason(
  known: Known,
  task: Task,
  loadBalancer: ServiceLoadBalancer,
  { state, reason, failure }: Pick<TargetView, 'state' | 'reason' | 'failure'>,
): string {
  const plain = reason === '' ? state : reason;
  return failure === undefined ? plain : `${plain}: ${failureText(known, task, loadBalancer, failure)}`;
}

function failureText(known: Known, task: Task, loadBalancer: ServiceLoadBalancer, failure: CheckFailure): string {
  const reached = reachedOf(known, task, loadBalancer);
  const isOwn = reached?.way === 'containerAddress';
  const where = `${targetAddress(known, task, loadBalancer)} (${isOwn ? "its container's address" : `a port of ${task.instance}`})`;
  const instance = `container instance ${task.instance}`;
  const { containerName, containerPort } = loadBalancer;
  // The other way may be open where this one is shut.
  const other = isOwn ? `; or set reach: publishedPort for ${instance}` : '';
  switch (failure.kind) {
    case 'refused':
      return `${where} refuses connections: does ${containerName} listen on port ${containerPort} of all its addresses (0.0.0.0)?`;
    case 'no-route': {
      const mend = isOwn ? `route its networks to the proxy` : `correct the address of ${instance}, or the network to it`;
      return `there is no route to ${where}: ${mend}${other}`;
    }
    case 'no-connection':
      return `${where} takes no connection in time: look for a firewall between the proxy and ${instance}${other}`;
    case 'no-answer':
      return `${where} takes the connection and does not answer in time`;
    case 'closed':
      return `${where} closes the connection without an answer: does ${containerName} speak plain HTTP on port ${containerPort}?`;
    case 'code':
      return `Health checks failed with these codes: [${failure.code}]`;
  }
}

function reachedOf({ world, registrations }: Known, task: Task, loadBalancer: ServiceLoadBalancer): ReachedAt | null {
  const reach = reachOf(world, registrations.get(task.instance), task.cluster);
  return reachedAt(reachableRemembered(task, loadBalancer.containerName), loadBalancer, reach);
}
