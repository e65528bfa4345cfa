// What one seed means, as plain data: machines, images, a sequence of commits, and what goes wrong when. Nothing runs here.
// The last commit is sound and comes after everything has healed, so that a run has an end that can be judged.
import { app, type AppOptions, type Declared } from '../build.ts';
import { FAULTS, type FaultName } from './faults.ts';
import { GOOD, localImage, remoteImage, type Behaviour, type SimImage } from './images.ts';
import { type DrawnFleet, withFleet } from './fleet.ts';
import { type DrawnGroups, drawGroups, grouped } from './groups.ts';
import { random, type Random } from './random.ts';
import type { ContainerDefinition, ContainerDependency } from '../../src/model/task/container-definition.ts';
import type { DesiredSecurityGroup } from '../../src/model/turn/desired.ts';
import type { DeploymentCircuitBreaker } from '../../src/model/service/service-deployment.ts';
import type { ImagePullBehavior } from '../../src/model/cluster/cluster.ts';

export interface DrawnInstance {
  readonly id: string;
  readonly cpu: number;
  readonly memory: number;
  readonly pace: number;
}

export interface DrawnCommit {
  readonly afterMs: number;
  readonly apps: readonly Declared[];
  readonly pull: ImagePullBehavior;
  readonly groups?: readonly DesiredSecurityGroup[];
  readonly fleet?: DrawnFleet;
}

export interface DrawnFault {
  readonly afterMs: number;
  readonly name: FaultName;
  readonly lastsMs: number;
  /** Decides where it strikes, in [0, 1). */
  readonly where: number;
}

export interface Scenario {
  readonly seed: number;
  readonly instances: readonly DrawnInstance[];
  /** What the registry serves. */
  readonly images: readonly SimImage[];
  /** What engines hold from the beginning. */
  readonly preloaded: readonly SimImage[];
  readonly commits: readonly DrawnCommit[];
  readonly faults: readonly DrawnFault[];
  /** The machines are instances that the commits declare. */
  readonly declares?: true;
  /** From here on nothing goes wrong any more. */
  readonly healAfterMs: number;
}

/** Where the images of a scenario are put: a registry, and the engines themselves. */
interface Shelves {
  readonly images: SimImage[];
  readonly preloaded: SimImage[] | null;
}

interface Service {
  readonly name: string;
  readonly number: number;
  version: number;
  /** A version of it was broken. */
  tainted: boolean;
  removed: boolean;
  /** What its containers write at their start. */
  readonly says: Behaviour['says'];
  /** Nothing goes wrong in this scenario: what it starts answers before anybody calls it unhealthy. */
  readonly calm: boolean;
  options: AppOptions;
}

/** The secret that every environment carries: it must never be seen in a text. */
export const MARKER = 's3cr3t-';

/** Longer than any deployment that nothing delays: 300 s of draining for each of several waves. */
const CALM_GAP_MS = 4 * 3_600_000;
/** After everything has healed, and after the longest draining. */
const RULES_AFTER_MS = 600_000;

/** The scenario of a seed. `level` says which faults are in reach; `calm`: none, and every image works. */
export function draw(seed: number, level: 1 | 2, calm = false): Scenario {
  const chance = random(seed, 'scenario');
  const images: SimImage[] = [];
  const preloaded: SimImage[] = [];
  const scarce = calm ? null : chance.pick(['cpu', 'memory', null, null, null, null] as const);
  const machines = Array.from({ length: chance.pick([1, 1, 2, 2, 3, 4]) }, (_, index) => ({
    id: `i${index + 1}`,
    // So little that tasks wait for each other; the last commit then asks for none.
    cpu: scarce === 'cpu' ? chance.pick([32, 64, 96]) : 4_096,
    pace: chance.pick([1, 1, 2, 4]),
  }));
  const pull = chance.pick<ImagePullBehavior>(['prefer-cached', 'prefer-cached', 'prefer-cached', 'default', 'always', 'once']);
  // An image that only engines hold can't be pulled: not to be had where every task asks the registry.
  const shelves: Shelves = { images, preloaded: pull === 'always' ? null : preloaded };
  // One seed in 25 is large: it costs as much as all the others together.
  const large = chance.chance(0.04);
  const services = Array.from({ length: large ? 6 : chance.pick([1, 1, 1, 1, 2, 2, 3]) }, (_, index) => {
    const says = drawWords(random(seed, `words-${index}`));
    const service: Service = {
      name: `s${index + 1}`,
      number: index + 1,
      version: 0,
      tainted: false,
      removed: false,
      says,
      calm,
      options: {},
    };
    service.options = withCompany(random(seed, `company-${index}`), drawOptions(chance, service, machines.length));
    const company = random(seed, `waits-${index}`);
    const dependsOn = [{ serviceName: `s${index}`, condition: company.pick(['STARTED', 'HEALTHY'] as const) }];
    if (index > 0 && company.chance(0.4)) service.options = { ...service.options, dependsOn };
    service.options = withRange(random(seed, `range-${index}`), service.options);
    release(chance, service, calm || chance.chance(0.9), shelves);
    return service;
  });
  const protagonist = !calm && chance.chance(0.3) ? services.find((service) => service.options.hostPort === undefined) : undefined;
  if (protagonist) prepareBadRelease(chance, protagonist, shelves);
  const groups = drawGroups(
    seed,
    services.map(({ name }) => name),
  );
  const commits: DrawnCommit[] = [{ afterMs: 0, ...declare(services, groups.next()), pull }];
  const storm = protagonist ? 150_000 : chance.pick([20_000, 20_000, 60_000, 120_000]);
  if (protagonist) {
    release(chance, protagonist, false, shelves);
    commits.push({ afterMs: chance.whole(30_000, 70_000), ...declare(services, groups.next()), pull });
  }
  const steps = protagonist ? 0 : chance.whole(calm ? 1 : 0, 4);
  for (let step = 0; step < steps; step++) {
    for (let edits = chance.whole(1, 2); edits > 0; edits--) edit(chance, chance.pick(services), machines.length, calm, shelves);
    // Where nothing goes wrong each commit finds a quiet world: what is forecast then must happen.
    commits.push({ afterMs: calm ? (step + 1) * CALM_GAP_MS : chance.whole(1, storm), ...declare(services, groups.next()), pull });
  }
  commits.sort((a, b) => a.afterMs - b.afterMs);
  const healAfterMs = calm ? 0 : storm + 30_000;
  if (!calm) {
    mend(chance, services, machines.length, scarce === 'cpu', shelves);
    commits.push({ afterMs: healAfterMs + 30_000, ...declare(services, groups.next()), pull });
  }
  const rules = groups.otherRules();
  // In a quiet world: what runs is not deployed for it, and nothing but the rules themselves can make anybody look.
  if (rules !== null)
    commits.push({ afterMs: calm ? (steps + 1) * CALM_GAP_MS : healAfterMs + RULES_AFTER_MS, ...declare(services, rules), pull });
  const faults = calm ? [] : drawFaults(chance, level, storm);
  const memory = scarce === 'memory' ? enoughFor(services, machines.length) : 8_192;
  return withFleet({
    seed,
    instances: machines.map((machine) => ({ ...machine, memory })),
    images,
    preloaded,
    commits,
    faults,
    healAfterMs,
  });
}

/** The story that a circuit breaker is for: a version that works, given the time to prove it, and then one that does not. */
function prepareBadRelease(chance: Random, service: Service, shelves: Shelves): void {
  const breaker = { enable: true, rollback: chance.chance(0.8), ...(chance.chance(0.2) ? { resetOnHealthyTask: false } : {}) };
  service.options = { ...service.options, count: chance.pick([1, 2, 3]), min: 100, max: 200, healthyAfter: 2, gracePeriod: 0, breaker };
  release(chance, service, true, shelves);
}

/** It does its work and ends well. */
const INIT: Behaviour = { ...GOOD, exit: { afterMs: 700, code: 0 } };

function drawOptions(chance: Random, service: Service, instances: number): AppOptions {
  const fixed = chance.chance(0.08);
  const [min, max] = fixed ? [0, 100] : chance.pick(PERCENTAGES);
  const balanced = !fixed && chance.chance(0.4);
  const breaker = chance.chance(0.6) ? drawBreaker(chance) : undefined;
  const sidecar = chance.chance(0.2);
  const check = chance.chance(0.3) ? { command: ['CMD', '/check'], interval: 5, retries: 2, startPeriod: chance.pick([0, 10]) } : undefined;
  return {
    count: fixed ? Math.min(instances, 2) : chance.pick(COUNTS),
    min,
    max,
    cpu: chance.pick([0, 16, 32]),
    memory: 32,
    healthyAfter: chance.pick([2, 2, 10, 40]),
    gracePeriod: chance.pick([0, 0, 10, 30]),
    stopTimeout: chance.pick([2, 5, 30]),
    environment: [{ name: 'TOKEN', value: `${MARKER}${service.name}` }],
    ...(service.number % 3 === 1 ? { volume: 'data' } : {}),
    ...(breaker === undefined ? {} : { breaker }),
    ...(check === undefined ? {} : { healthCheck: check }),
    ...(fixed ? { hostPort: 9_000 + service.number } : {}),
    ...(balanced ? { listen: 8_000 + service.number, delay: chance.pick([0, 5, 30, 300]) } : {}),
    ...(sidecar ? { sidecars: [{ name: 'side', image: 'side:1', memory: 16, essential: chance.chance(0.5) }] } : {}),
  };
}

/** One service in eight has a range of ports; of the longest ones five fit side by side before they have to go lower. */
function withRange(chance: Random, options: AppOptions): AppOptions {
  return chance.chance(0.125) ? { ...options, portRange: chance.pick(['5000-5002', '5000-5019', '5000-5899']) } : options;
}

/**
 * What the containers of a task have to do with each other: one in three has a container that must end before the others start, one in four
 * has containers that wait for each other or are started again in place.
 */
function withCompany(chance: Random, options: AppOptions): AppOptions {
  const first: Partial<ContainerDefinition> = {};
  const sidecars = [...(options.sidecars ?? [])];
  const dependsOn: ContainerDependency[] = [];
  if (chance.chance(0.33)) {
    sidecars.push({ name: 'init', image: 'init:1', memory: 16, essential: false, startTimeout: 120 });
    dependsOn.push({ containerName: 'init', condition: chance.pick(['SUCCESS', 'COMPLETE']) });
  }
  const [side] = sidecars;
  if (side?.name === 'side' && chance.chance(0.5)) dependsOn.push({ containerName: 'side', condition: 'START' });
  else if (side?.name === 'side') sidecars[0] = { ...side, dependsOn: [{ containerName: 'main', condition: 'START' }] };
  if (dependsOn.length > 0) first.dependsOn = dependsOn;
  if (chance.chance(0.15)) {
    sidecars.push({ name: 'router', image: 'side:1', memory: 16, firelensConfiguration: { type: 'fluentbit' } });
    first.logConfiguration = { logDriver: 'awsfirelens', options: { Name: 'stdout' } };
  }
  if (chance.chance(0.3)) first.secrets = [{ name: 'PASSWORD', valueFrom: 'shop-password' }];
  if (chance.chance(0.25)) first.restartPolicy = { enabled: true, ignoredExitCodes: [0], restartAttemptPeriod: 60 };
  const mode: AppOptions = options.hostPort === undefined && chance.chance(0.25) ? { networkMode: 'awsvpc' } : {};
  const shared: AppOptions = chance.chance(0.1) ? { pidMode: 'task' } : {};
  // New tasks that come up beside the old ones: they must not be given the port that those still hold.
  const beside: AppOptions = options.hostPort !== undefined && chance.chance(0.5) ? { min: 0, max: 200 } : {};
  return {
    ...options,
    ...mode,
    ...shared,
    ...beside,
    ...(sidecars.length > 0 ? { sidecars } : {}),
    container: { ...options.container, ...first },
  };
}

/** MiB of the largest task: 32, and 16 each of a sidecar, an init container and a log router. */
const MOST_MEMORY = 80;

/** Pairs of minimumHealthyPercent and maximumPercent that let a deployment go on for every count in COUNTS. */
const PERCENTAGES = [
  [100, 200],
  [100, 200],
  [100, 200],
  [50, 200],
  [0, 100],
  [0, 200],
  [0, 150],
] as const;
/** Pairs that block some counts: ECS's deadlocks and half-blocked ones. */
const HARD_PERCENTAGES = [
  [50, 100],
  [50, 150],
  [75, 100],
  [100, 100],
  [100, 125],
] as const;
const COUNTS = [0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 6] as const;

function drawBreaker(chance: Random): DeploymentCircuitBreaker {
  const threshold = chance.chance(0.3)
    ? { type: chance.pick(['BOUNDED_PERCENT', 'UNBOUNDED_PERCENT', 'COUNT'] as const), value: chance.pick([1, 2, 5, 50, 100]) }
    : undefined;
  return {
    enable: chance.chance(0.9),
    rollback: chance.chance(0.75),
    ...(chance.chance(0.2) ? { resetOnHealthyTask: false } : {}),
    ...(threshold === undefined ? {} : { thresholdConfiguration: threshold }),
  };
}

/** Gives a service its next version, sound or broken, and puts its image where it belongs. */
function release(chance: Random, service: Service, sound: boolean, shelves: Shelves): void {
  service.version++;
  service.tainted ||= !sound;
  const reference = `${service.name}:${service.version}`;
  service.options = { ...service.options, image: reference };
  if (!shelves.images.some((image) => image.reference === 'side:1'))
    shelves.images.push(remoteImage('side:1'), remoteImage('init:1', INIT));
  const good: Behaviour = {
    ...GOOD,
    answersAfterMs: chance.whole(100, service.calm ? 2_500 : 5_000),
    endsWithinMs: chance.whole(50, 3_000),
    ignoresTerm: chance.chance(0.1),
    ...(service.says === undefined ? {} : { says: service.says }),
  };
  if (sound) {
    // Pinned where it was found: an engine that was away then can't take a fixed port's task for it later.
    if (shelves.preloaded && service.options.hostPort === undefined && chance.chance(0.15))
      shelves.preloaded.push(localImage(reference, good));
    else shelves.images.push(remoteImage(reference, good));
    return;
  }
  const broken = drawBroken(chance, good);
  if (broken !== null) shelves.images.push(remoteImage(reference, broken));
}

/** A few lines, or more than is kept of a stopped task. */
function drawWords(chance: Random): Behaviour['says'] {
  const [lines, length] = chance.pick([
    [0, 0],
    [0, 0],
    [3, 40],
    [130, 900],
  ] as const);
  return lines === 0 ? undefined : Array.from({ length: lines }, (_, line) => ({ stream: 'stdout', text: `${line} `.padEnd(length, '.') }));
}

/** A way of being broken; null: the image does not exist. */
function drawBroken(chance: Random, good: Behaviour): Behaviour | null {
  switch (chance.whole(1, 6)) {
    case 1:
      return null;
    case 2:
      return { ...good, badCommand: true };
    case 3:
      return { ...good, exit: { afterMs: chance.whole(5, 40), code: 1 } };
    case 4:
      return { ...good, exit: { afterMs: chance.whole(3_000, 60_000), code: chance.pick([0, 1, 139]) } };
    case 5:
      return { ...good, answersAfterMs: null };
    default:
      return { ...good, failsAfterMs: chance.whole(3_000, 60_000) };
  }
}

/** One change that an author makes to a service. */
function edit(chance: Random, service: Service, instances: number, calm: boolean, shelves: Shelves): void {
  const fixed = service.options.hostPort !== undefined;
  if (service.removed) {
    service.removed = false;
    return;
  }
  switch (chance.whole(1, 9)) {
    case 1:
      service.options = { ...service.options, count: fixed ? chance.whole(0, instances) : chance.pick(COUNTS) };
      return;
    case 2:
      service.removed = true;
      return;
    case 3:
      service.options = { ...service.options, force: String(service.version++) };
      return;
    case 4: {
      if (fixed) return;
      const [min, max] = chance.pick<readonly [number, number]>(calm ? PERCENTAGES : HARD_PERCENTAGES);
      service.options = { ...service.options, min, max };
      return;
    }
    case 5:
      service.options = { ...service.options, environment: [{ name: 'TOKEN', value: `${MARKER}${service.name}-${service.version++}` }] };
      return;
    case 6:
    case 7:
    case 8:
      return release(chance, service, calm || chance.chance(0.35), shelves);
    default:
      return release(chance, service, true, shelves);
  }
}

/** The last commit: every service works and its percentages let it go on; in half of the seeds all of them are new. */
function mend(chance: Random, services: readonly Service[], instances: number, tight: boolean, shelves: Shelves): void {
  const all = chance.chance(0.5);
  for (const service of services) {
    const fixed = service.options.hostPort !== undefined;
    const [min, max] = fixed ? [0, 100] : chance.pick(PERCENTAGES);
    service.options = {
      ...service.options,
      min,
      max,
      cpu: tight ? 0 : chance.pick([0, 16, 32]),
      count: Math.min(service.options.count ?? 1, fixed ? instances : 8),
    };
    // Where a broken version may have counted as completed, a rollback could end at it: there the last commit always brings a new one.
    if (all || service.tainted) release(chance, service, true, shelves);
  }
}

/** MiB per instance that just let the last commit roll: every task twice, and one task lost to the edge of each instance. */
function enoughFor(services: readonly Service[], instances: number): number {
  const wanted = services.reduce((sum, service) => sum + (service.options.count ?? 0) * MOST_MEMORY * 2, 0);
  return Math.ceil(wanted / instances) + MOST_MEMORY;
}

function declare(services: readonly Service[], groups: DrawnGroups): Pick<DrawnCommit, 'apps' | 'groups'> {
  const there = services.filter((service) => !service.removed);
  return { apps: there.map(({ name, options }) => app(name, grouped(name, options, groups))), groups: groups.groups };
}

function drawFaults(chance: Random, level: 1 | 2, storm: number): readonly DrawnFault[] {
  const reachable = FAULTS.filter((fault) => fault.level <= level);
  // Half of what happens to a daemon happens to the daemon itself.
  const own = FAULTS.filter((fault) => fault.level === level);
  const faults = Array.from({ length: chance.whole(0, 8) }, () => ({
    afterMs: chance.whole(1, storm),
    name: chance.pick(chance.chance(0.5) ? own : reachable).name,
    lastsMs: chance.pick([500, 5_000, 30_000, 90_000]),
    where: chance.unit(),
  }));
  return faults.sort((a, b) => a.afterMs - b.afterMs);
}
