// The end of a run: everything has healed, the last commit is sound, and what is left must be exactly what it declares.
import { balancersOf, breakerThreshold, isAlive, isBroken, short, verdictOf } from './facts.ts';
import { checkBalance } from './balance.ts';
import { checkMembership, networksOfGroups } from './groups.ts';
import { losesLedger } from '../fleet.ts';
import { networkName } from '../../../src/model/turn/identity.ts';
import type { Plan, World } from '../../../src/model/turn/plan.ts';
import type { ServiceRow } from '../../../src/model/turn/ledger.ts';
import type { SimContainer } from '../containers.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Task } from '../../../src/model/task/task.ts';
import { secretKey, secretUses } from '../../../src/model/access/secret.ts';
import { hashOf } from '../../../src/std/hash.ts';

/** Judges the quiet world: `world` is what the last turn saw, `plan` what it decided. */
export function checkFinish(
  around: Surroundings,
  world: World,
  plan: Plan,
  nextMoment: number | null,
  blame: (what: string) => void,
): void {
  const last = { ...world, ledger: plan.ledger };
  if (nextMoment !== null) blame(`not quiet: something is still due in ${nextMoment - world.now} ms`);
  for (const action of plan.actions) blame(`not quiet: ${action.key} is still wanted`);
  for (const look of plan.looks) blame(`not quiet: ${look.key} is still asked`);
  for (const [id, service] of world.desired.services) {
    const row = plan.ledger.services.get(id);
    if (!row) blame(`service ${id} is declared and unknown`);
    else {
      checkService(last, row, service.spec.desiredCount, service.hash, blame);
      checkBalance(last, row, service, blame);
    }
  }
  for (const id of plan.ledger.services.keys())
    if (!world.desired.services.has(id)) blame(`service ${id} is not declared any more and still known`);
  for (const task of plan.ledger.tasks.values()) if (!isAlive(task)) blame(`${short(task)} is ${task.lastStatus} and still known`);
  if (plan.ledger.retries.size > 0) blame(`retries are kept in a quiet world: ${[...plan.ledger.retries.keys()].join(' ')}`);
  checkInstances(last, blame);
  checkMachines(around, last, blame);
  checkProxy(around, last, plan, blame);
}

/** What git drops is forgotten, and what drains is empty: every service of the last commit can move. */
function checkInstances({ desired, ledger }: World, blame: (what: string) => void): void {
  for (const { id, status } of ledger.registrations.values())
    if (desired.instances.has(id) ? status === 'DEREGISTERING' : status !== 'ACTIVE') blame(`instance ${id} is ${status} for ever`);
  for (const { name, status = 'ACTIVE' } of desired.instances.values())
    if (ledger.registrations.get(name)?.status !== status) blame(`instance ${name} is not ${status}, as git says`);
  for (const task of ledger.tasks.values())
    if ((ledger.registrations.get(task.instance)?.status ?? 'ACTIVE') !== 'ACTIVE') blame(`${short(task)} is left on ${task.instance}`);
}

/** Whether a service that it depends on has failed for good, or itself waits for such a one: then its own deployment waits for a person. */
function isHeldBack(world: World, row: ServiceRow): boolean {
  return (world.desired.services.get(row.id)?.spec['x-longshore']?.dependsOn ?? []).some(({ serviceName }) => {
    const other = world.ledger.services.get(`${row.cluster}/${serviceName}`);
    return other !== undefined && (other.deployments[0]?.rollout === 'FAILED' || isHeldBack(world, other));
  });
}

/** What a service was asked for last covers the fingerprints that its secrets have now. */
function checkSecrets(world: World, row: ServiceRow, blame: (what: string) => void): void {
  const family = world.desired.services.get(row.id)?.family ?? '';
  const uses = (world.desired.taskDefinitions.get(family)?.spec.containerDefinitions ?? []).flatMap(secretUses);
  if (uses.length === 0) return;
  const prints = uses.map((use) => [secretKey(use), world.observed.secrets.get(secretKey(use))?.fingerprint]);
  if (row.requested.split('.')[1] !== hashOf(prints, 16)) blame(`service ${row.id} does not know of the secrets as they are`);
}

/** What the author wrote, without the fingerprints of the secrets behind it. */
function authored(hash: string): string {
  return hash.split('.')[0] ?? '';
}

function checkService(world: World, row: ServiceRow, desiredCount: number, hash: string, blame: (what: string) => void): void {
  const name = `service ${row.id}`;
  const service = world.desired.services.get(row.id);
  const [primary] = row.deployments;
  if (!primary || !service) return blame(`${name} has no deployment`);
  for (const deployment of row.deployments)
    if (deployment.rollout === 'IN_PROGRESS' && !isHeldBack(world, row))
      blame(`${name}: ${deployment.id} has no verdict (${deployment.reason}; ${deployment.lastFailure}; ${row.message})`);
  if (authored(row.requested) !== hash) blame(`${name} was never asked for the last commit`);
  const failed = row.deployments.find((one) => authored(one.target.hash) === hash);
  if (authored(primary.target.hash) !== hash && !(failed && isBroken(failed)))
    blame(`${name} holds ${primary.target.taskDefinition}, and the last commit declares something else`);
  if (isBroken(primary) && breakerThreshold(service) === null) blame(`${name} failed without a circuit breaker`);
  const breaker = service.spec.deploymentConfiguration?.deploymentCircuitBreaker;
  const completed = row.deployments.find((one) => one.rollout === 'COMPLETED');
  if (
    primary.rollout === 'FAILED' &&
    primary.rollbackOf === null &&
    breaker?.rollback &&
    completed &&
    completed.target.hash !== primary.target.hash
  )
    blame(`${name} failed and did not roll back to ${completed.id}`);
  checkSecrets(world, row, blame);
  if (primary.rollout !== 'COMPLETED') return;
  const tasks = [...world.ledger.tasks.values()].filter((task) => `${task.cluster}/${task.service}` === row.id);
  const serving = tasks.filter((task) => verdictOf(world, task) === 'healthy');
  if (tasks.length !== desiredCount || serving.length !== desiredCount)
    blame(`${name} is COMPLETED with ${serving.length} healthy of ${tasks.length} tasks, and ${desiredCount} are desired`);
  for (const task of tasks) if (task.revision !== primary.target.taskDefinition) blame(`${short(task)} is left of an older revision`);
  if (!row.steady) blame(`${name} is COMPLETED and not steady`);
}

/** On the machines themselves: one running container for each container of each task, none else of ours, and everything foreign. */
function checkMachines(around: Surroundings, world: World, blame: (what: string) => void): void {
  const found = new Map<string, number>();
  for (const engine of around.engines.values()) {
    for (const trespass of engine.trespasses) blame(trespass);
    // What was silent when a commit dropped it was given up with all that is on it, and so is what only a lost ledger knew.
    if (around.scenario.declares && !world.desired.instances.has(engine.id) && (engine.wasCut() || losesLedger(around.scenario))) continue;
    for (const container of engine.containers.values())
      if (container.identity !== null) checkContainer(engine.id, container, world, found, blame);
    for (const [volume, task] of engine.volumes())
      if (world.ledger.tasks.get(task)?.instance !== engine.id) blame(`volume ${volume} is left on ${engine.id}`);
    const used = new Set([...engine.containers.values()].flatMap((one) => (one.identity === null ? [] : one.networks)));
    for (const network of engine.networks.keys()) {
      const declared = [...world.desired.clusters.keys()].some((cluster) => networkName(world.installation, cluster) === network);
      if (!declared && !used.has(network) && !networksOfGroups(world).has(network)) blame(`network ${network} is left on ${engine.id}`);
    }
  }
  for (const task of world.ledger.tasks.values()) {
    for (const container of task.containers) {
      const count = found.get(`${task.id}/${container.name}`) ?? 0;
      // Somebody may have removed one that is not essential: the task goes on without it.
      if (count > 1 || (count === 0 && isEssentialIn(world, task, container.name)))
        blame(`${short(task)} has ${count} containers called ${container.name}`);
    }
  }
}

function checkContainer(
  engine: string,
  container: SimContainer,
  world: World,
  found: Map<string, number>,
  blame: (what: string) => void,
): void {
  const { identity } = container;
  const task: Task | undefined = identity ? world.ledger.tasks.get(identity.task) : undefined;
  if (!identity || !task) return blame(`container ${container.name} on ${engine} is an orphan`);
  if (task.instance !== engine) blame(`container ${container.name} of ${short(task)} runs on ${engine} instead of ${task.instance}`);
  checkMembership(world, task, container, blame);
  const key = `${task.id}/${identity.container}`;
  found.set(key, (found.get(key) ?? 0) + 1);
  if (isEssentialIn(world, task, identity.container) && container.state !== 'running')
    blame(`container ${container.name} of ${short(task)} is ${container.state}`);
}

function isEssentialIn(world: World, task: Task, container: string): boolean {
  const definition = world.ledger.revisions.get(task.revision)?.spec;
  return definition?.containerDefinitions.find((one) => one.name === container)?.essential !== false;
}

function checkProxy(around: Surroundings, world: World, plan: Plan, blame: (what: string) => void): void {
  const table = around.proxy.serving();
  if (table?.version !== plan.routes.version) blame('the proxy does not serve the last table');
  const listed = new Set(table?.targetGroups.flatMap((group) => group.targets.map((target) => target.id)));
  for (const task of world.ledger.tasks.values()) {
    for (const target of balancersOf(world.ledger, task)) {
      if (!listed.has(target)) blame(`${short(task)} is not routed to`);
      listed.delete(target);
    }
  }
  for (const target of listed) blame(`target ${target} is left in the table`);
  const ports = table?.listeners.map((listener) => listener.port) ?? [];
  for (const balancer of world.desired.loadBalancers.values())
    for (const listener of balancer.listeners) if (!ports.includes(listener.port)) blame(`nothing listens on port ${listener.port}`);
}
