// Why a service is not steady, in one line for `longshore status`: the task that is furthest from healthy, and what it waits for.
// Pure, out of what the ledger and the pictures hold already. Deliberately absent: why it is blocked or has failed (row.message and the
// deployment say that), and what a container itself says (its logs are the engine's).
import { serviceSettings } from '../model/service/service.ts';
import type { ContainerView } from '../model/turn/observed.ts';
import type { Deployment } from '../model/service/deployment.ts';
import type { ServiceRow } from '../model/turn/ledger.ts';
import type { Task } from '../model/task/task.ts';
import type { World } from '../model/turn/plan.ts';
import { count } from '../std/text.ts';
import { durationText } from '../std/time.ts';
import { isEssential } from '../model/task/container-definition.ts';
import { targetGroupSettings } from '../model/traffic/load-balancer.ts';
import { containerKey, makerOf, networkKey, pullKey, pullTerms, pullsOn } from '../core/task/advance.ts';
import { desiredWithSecrets, lostSecret } from '../core/secrets.ts';
import { heldBackIn } from '../core/service/dependencies.ts';
import { connectKey } from '../core/task/membership.ts';
import { isOfGroups } from '../model/turn/identity.ts';
import { homeOf } from '../core/network/cluster-network.ts';
import { networksNeeded } from '../core/task/network.ts';
import { targetId, upSince } from '../core/task/status.ts';
import { targetAddress, targetReason } from '../core/traffic/target-words.ts';
import { mayRestart, viewNamed } from '../core/task/container-state.ts';
import { readiness } from '../core/task/order.ts';
import { viewsByTask } from '../core/turn.ts';

/** A reason, and how much it explains: what fails comes before what only takes its time. */
interface Reason {
  readonly weight: 0 | 1 | 2;
  readonly text: string;
}

/** Tasks that are looked at for one line: a status of 10,000 pending tasks must not cost seconds. */
const TASKS_READ = 100;

/** What a service waits for at `now` (ms), with its last failure's next try; null when it waits for nothing or its rows say it already. */
export function waitingReason(world: World, row: ServiceRow, tasks: readonly Task[], now: number): string | null {
  const [primary] = row.deployments;
  // A steady service may be one that git has changed since.
  const asked = desiredWithSecrets(world).services.get(row.id);
  if (asked?.held !== undefined) return `waits for its secrets: ${asked.held}`;
  const lost = asked === undefined || !row.steady ? null : lostSecret(asked, row.requested);
  if (lost !== null) return `goes on as it runs, and no new task of it can start: ${lost}`;
  if (primary === undefined || row.steady || row.status === 'DRAINING' || primary.rollout === 'FAILED') return null;
  const held = heldBackIn(world, row);
  if (held !== null) return `waits for ${held}`;
  const throttled = primary.retryAt !== null && primary.retryAt > now ? nextTry(primary, primary.retryAt - now) : null;
  if (primary.taskSet === null) return throttled ?? pullReason(world, primary);
  const members = tasks.filter((task) => task.taskSet === primary.taskSet && task.desiredStatus === 'RUNNING');
  const waiting = members.filter((task) => task.health !== 'HEALTHY' || task.lastStatus !== 'RUNNING');
  const reasons = waiting
    .slice(0, TASKS_READ)
    .map((task) => ({ task, ...taskReason(world, row, task, now) }))
    .sort((a, b) => b.weight - a.weight);
  const [first] = reasons;
  if (first !== undefined) {
    const others = waiting.length > 1 ? `${count(waiting.length, 'task')} not healthy yet, ` : '';
    return `${others}task ${first.task.id.slice(0, 12)}: ${first.text}`;
  }
  if (throttled !== null && members.length < row.desiredCount) return throttled;
  const leaving = tasks.filter((task) => task.desiredStatus === 'STOPPED' && task.lastStatus !== 'STOPPED').length;
  return leaving > 0 ? `${count(leaving, 'task')} being drained or stopped` : null;
}

function nextTry(deployment: Deployment, inMs: number): string {
  const next = `next try in ${durationText(inMs)}, after ${count(deployment.startFailures, 'failure')} in a row`;
  // Of one that is still under way the last failure is shown beside it.
  return deployment.rollout === 'COMPLETED' && deployment.lastFailure !== null ? `${next}: ${deployment.lastFailure}` : next;
}

/** The pull of one of its images that failed last without an answer from the registry: it is tried again. */
function pullReason(world: World, { target }: Deployment): string {
  const containers = world.ledger.revisions.get(target.taskDefinition)?.spec?.containerDefinitions ?? [];
  const keys = [...world.observed.instances.keys()].flatMap((instance) =>
    containers.map((container) => pullKey(instance, container.image, pullTerms(container))),
  );
  const failed = keys.map((key) => world.ledger.retries.get(key)).find((retry) => retry !== undefined);
  if (failed === undefined) return 'its images are being looked up or pulled';
  return `its images are being pulled: ${failed.error.message} (tried ${count(failed.tries, 'time')})`;
}

/** What one task that is to run waits for until it is healthy; null when it is, or is to stop. */
export function taskWaitingReason(world: World, task: Task, now: number): string | null {
  const row = world.ledger.services.get(`${task.cluster}/${task.service}`);
  const isUp = task.lastStatus === 'RUNNING' && task.health === 'HEALTHY';
  if (row === undefined || isUp || task.desiredStatus === 'STOPPED') return null;
  return taskReason(world, row, task, now).text;
}

function taskReason(world: World, row: ServiceRow, task: Task, now: number): Reason {
  const instance = world.observed.instances.get(task.instance);
  if (instance === undefined || !instance.connected) {
    const why = instance?.silence === undefined ? '' : ` (${instance.silence})`;
    return { weight: 2, text: `container instance ${task.instance} does not answer${why}` };
  }
  if (task.lastStatus === 'PENDING') return pendingReason(world, task);
  const settings = serviceSettings(world.desired.services.get(row.id)?.spec ?? NO_SPEC);
  const restart = restartReason(world, task);
  if (restart !== null) return { weight: 2, text: restart };
  const upMs = now - upSince(task, now);
  const checks = [...containerReasons(world, task, upMs), ...targetReasons(world, row, task)];
  const [worst] = checks.sort((a, b) => b.weight - a.weight);
  if (worst === undefined)
    return {
      weight: 0,
      text: `running for ${durationText(upMs)} of the ${durationText(settings.healthyAfterMs)} until it counts as healthy`,
    };
  const graceMs = settings.gracePeriodMs - upMs;
  return graceMs > 0 ? { ...worst, text: `${worst.text}; failing checks count in ${durationText(graceMs)}` } : worst;
}

/** What is asked for while git no longer declares the service: the defaults. */
const NO_SPEC = { serviceName: 'gone', cluster: 'default', taskDefinition: 'gone', desiredCount: 0 };

/** The call of its own that failed last, or how far it has come. */
function pendingReason(world: World, task: Task): Reason {
  const own = new Set(task.containers.flatMap(({ name }) => [containerKey('create', task.id, name), containerKey('start', task.id, name)]));
  const spec = world.ledger.revisions.get(task.revision)?.spec;
  const row = world.ledger.services.get(`${task.cluster}/${task.service}`);
  const isGrouped = row?.taskSets.find(({ id }) => id === task.taskSet)?.target.securityGroups !== undefined;
  const home = homeOf(world, world.ledger, task.cluster, task.instance);
  const needed = spec && !isGrouped ? networksNeeded(spec, world.installation, task.cluster, null, home) : [];
  for (const one of needed) own.add(networkKey(makerOf(one, task.instance) ?? '', one.network));
  const networks = [task.instance, home?.swarm?.maker ?? task.instance].map((maker) => networkKey(maker, ''));
  const isOwn = (key: string): boolean =>
    own.has(key) ||
    key.startsWith(connectKey(task.id, '')) ||
    (isGrouped && networks.some((begin) => key.startsWith(begin) && isOfGroups(world.installation, key.slice(begin.length))));
  const pulled = task.containers.filter((container) => container.pull === 'needed').map((container) => container.name);
  const pulls = pulled.length > 0 ? pullsOn(task.instance) : null;
  const failed = [...world.ledger.retries.values()].find(({ key }) => isOwn(key) || (pulls !== null && key.startsWith(pulls)));
  if (failed !== undefined) {
    const { code, message } = failed.error;
    return { weight: 2, text: `${code === 'ProviderAway' ? '' : `${code}: `}${message} (tried ${count(failed.tries, 'time')})` };
  }
  if (home?.swarm?.maker === null && (isGrouped || home.isExternal !== true))
    return {
      weight: 1,
      text: `no manager of the swarm of cluster ${task.cluster} answers, and only one can make networks of it, or take tasks onto them`,
    };
  if (pulled.length > 0) return { weight: 1, text: `the image of ${pulled.join(', ')} is being pulled` };
  return { weight: 0, text: dependencyReason(world, task) ?? 'its containers are being created and started' };
}

/** What the first container that is held up waits for. */
function dependencyReason(world: World, task: Task): string | null {
  const views = viewsOfTask(world, task);
  const definitions = world.ledger.revisions.get(task.revision)?.spec?.containerDefinitions ?? [];
  for (const definition of definitions) {
    if (viewNamed(views, definition.name)?.state !== 'created') continue;
    const ready = readiness({ definitions, views, rows: task.containers, now: world.now }, definition);
    if (ready.kind === 'waits') return `container ${definition.name} waits for ${ready.reason}`;
  }
  return null;
}

/** The first essential container that is on its way to be started again in place. */
function restartReason(world: World, task: Task): string | null {
  const views = viewsOfTask(world, task);
  for (const definition of world.ledger.revisions.get(task.revision)?.spec?.containerDefinitions ?? []) {
    const view = viewNamed(views, definition.name);
    const row = task.containers.find(({ name }) => name === definition.name);
    if (view === undefined || row === undefined || !isEssential(definition) || !mayRestart(definition, view, row)) continue;
    return `container ${definition.name} ended with exit code ${view.exitCode} and is being started again`;
  }
  return null;
}

function viewsOfTask(world: World, task: Task): readonly ContainerView[] {
  const instance = world.observed.instances.get(task.instance);
  return (instance && viewsByTask(instance.containers).get(task.id)) ?? [];
}

function containerReasons(world: World, task: Task, upMs: number): Reason[] {
  const views = viewsOfTask(world, task);
  const containers = world.ledger.revisions.get(task.revision)?.spec?.containerDefinitions ?? [];
  return containers
    .filter((container) => container.healthCheck !== undefined && isEssential(container))
    .flatMap((container): Reason[] => {
      const health = viewNamed(views, container.name)?.health;
      if (health === 'healthy') return [];
      if (health === 'unhealthy') return [{ weight: 2, text: `container ${container.name}: its health check fails` }];
      return [{ weight: 1, text: `container ${container.name}: no health check has succeeded in ${durationText(upMs)}` }];
    });
}

function targetReasons(world: World, row: ServiceRow, task: Task): Reason[] {
  const loadBalancers = row.taskSets.find((set) => set.id === task.taskSet)?.target.loadBalancers ?? [];
  const { proxy } = world.observed;
  if (proxy === null && loadBalancers.length > 0) return [{ weight: 1, text: 'the proxy does not answer, so its targets are not checked' }];
  const known = { world, registrations: world.ledger.registrations };
  return loadBalancers.flatMap((loadBalancer): Reason[] => {
    const target = proxy?.targets.get(targetId(task.id, loadBalancer));
    if (target?.state === 'healthy') return [];
    const name = `target ${targetAddress(known, task, loadBalancer)} of ${loadBalancer.targetGroupArn}`;
    if (target === undefined) return [{ weight: 1, text: `${name}: not registered yet` }];
    const { path, matcher } = targetGroupSettings(
      world.desired.targetGroups.get(loadBalancer.targetGroupArn) ?? { name: loadBalancer.targetGroupArn },
    );
    const reason = targetReason(known, task, loadBalancer, target);
    return [{ weight: target.state === 'unhealthy' ? 2 : 1, text: `${name}: ${reason} (GET ${path} should answer ${matcher})` }];
  });
}
