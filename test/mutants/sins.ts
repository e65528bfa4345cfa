// Planted sins: each a replacement of one text in one file, and the kind of seed that must object to it. A simulator that isn't itself
// tested is decoration. The product has no switch for them; a sin whose text is no longer there fails the test.
import type { Kind } from '../sim/judge.ts';

export interface Sin {
  /** What the sinner does. */
  readonly name: string;
  /** Below src/. */
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly put: string;
  readonly kind: Kind;
}

export const SINS: readonly Sin[] = [
  {
    name: 'removes images that a revision needs',
    file: 'core/image-cleanup.ts',
    find: 'return names.some((name) => needed.has(name));',
    put: 'return names.length === 0 || needed.size === 0;',
    kind: 'core',
  },
  {
    name: 'starts what is logged before the log router',
    file: 'model/firelens.ts',
    find: 'if (!isRouted(definition) || waits) return definition;',
    put: 'if (isRouted(definition) || !waits || waits) return definition;',
    kind: 'core',
  },
  {
    name: 'leaves the volumes of tasks behind',
    file: 'core/reconcile.ts',
    find: '  pruneVolumes(turn);\n',
    put: '',
    kind: 'core',
  },
  {
    name: 'takes healthy tasks below the minimum',
    file: 'core/deployment/budget.ts',
    find: 'let left = Math.max(0, healthy - lower);',
    put: 'let left = healthy;',
    kind: 'core',
  },
  {
    name: 'starts tasks above the maximum',
    file: 'core/deployment/rolling.ts',
    find: 'let headroom = state.upper - aliveIn(state) - (isStopFirst(state) ? state.stopping : 0);',
    put: 'let headroom = state.upper * 3 + 3;',
    kind: 'core',
  },
  {
    name: 'stops a task before the proxy has let it go',
    file: 'core/task/status.ts',
    find: "return target?.state === 'draining' && (timeIsUp || target.inFlight === 0);",
    put: 'return timeIsUp || true;',
    kind: 'core',
  },
  {
    name: 'routes to a task that drains',
    file: 'core/routes.ts',
    find: "task.lastStatus === 'DEACTIVATING' ? 'draining' : 'serving'",
    put: "'serving'",
    kind: 'core',
  },
  {
    name: 'stops an unhealthy task before its replacement is healthy',
    file: 'core/deployment/rolling.ts',
    find: "const unhealthy = stayingIn(set) >= target ? by('UNHEALTHY') : [];",
    put: "const unhealthy = by('UNHEALTHY');",
    kind: 'core',
  },
  {
    name: 'acts before it records',
    file: 'daemon/loop.ts',
    find: 'if (!(await record(ports, state, plan.ledger, now))) return now + STORE_RETRY_MS;',
    put: 'actor.start(plan.actions);\n  if (!(await record(ports, state, plan.ledger, now))) return now + STORE_RETRY_MS;',
    kind: 'daemon',
  },
  {
    name: 'does nothing',
    file: 'core/task/advance.ts',
    find: "return [...(task.lastStatus === 'PENDING' ? bringUp(scene) : []), ...restarts(scene)];",
    put: 'return [];',
    kind: 'core',
  },
  {
    name: 'never trips the circuit breaker',
    file: 'core/deployment/breaker.ts',
    find: 'return deployment.failedTasks >= breakerThreshold(breaker, desiredCount);',
    put: 'return false;',
    kind: 'core',
  },
  {
    name: 'rolls back to the revision that failed',
    file: 'core/deployment/next.ts',
    find: 'newDeployment(next, good.target, now, good.taskSet, failed.id)',
    put: 'newDeployment(next, failed.target, now, failed.taskSet, failed.id)',
    kind: 'core',
  },
  {
    name: 'launches more of a failed deployment',
    file: 'core/service.ts',
    find: "if (isPrimary ? newest?.rollout === 'FAILED' : !proven) return false;",
    put: 'if (!isPrimary && !proven) return false;',
    kind: 'core',
  },
  {
    name: 'restarts broken tasks without a pause',
    file: 'core/deployment/breaker.ts',
    find: ": now + throttleDelayMs(startFailures, kind === 'not-started' ? FIRST_DELAY_NOT_STARTED_MS : FIRST_DELAY_MS),",
    put: ': now,',
    kind: 'core',
  },
  {
    name: 'does not adopt what it does not remember',
    file: 'core/reconcile.ts',
    find: 'adopt(draft, world.desired, instance, views, world.now);',
    put: '',
    kind: 'daemon',
  },
  {
    name: 'gives one host port to two tasks',
    file: 'core/placement/rules.ts',
    find: 'passes: (seat, { demand }) => !demand.ports.some((port) => isTaken(seat, port)),',
    put: 'passes: () => true,',
    kind: 'core',
  },
  {
    name: 'gives more cpu than an instance has',
    file: 'core/placement/rules.ts',
    find: 'passes: ({ candidate, cpu }, { demand }) => cpu + demand.cpu <= candidate.cpu,',
    put: 'passes: () => true,',
    kind: 'core',
  },
  {
    name: 'sleeps over the moment for which it was to wake',
    file: 'core/quiet.ts',
    find: 'if (!sameInstances(turn, slice) || !sameTargets(turn, slice)) return false;',
    put: '',
    kind: 'core',
  },
  {
    name: 'trips the circuit breaker one failure too late',
    file: 'core/deployment/breaker.ts',
    find: 'Math.min(200, Math.max(3, share))',
    put: 'Math.min(200, Math.max(4, share))',
    kind: 'core',
  },
  {
    name: 'takes up again a task that is to stop',
    file: 'core/task/status.ts',
    find: "if (task.desiredStatus === 'STOPPED') return stopping(scene);",
    put: "if (task.lastStatus === 'STOPPING') return { task: { ...task, lastStatus: 'RUNNING' }, until: null };",
    kind: 'core',
  },
  {
    name: 'takes containers of another installation for its own',
    file: 'model/identity.ts',
    find: 'if (labels[LABEL_INSTALLATION] !== installation) return null;',
    put: '',
    kind: 'core',
  },
  {
    name: 'gives an environment value as a reason',
    file: 'core/task/advance.ts',
    find: 'because: `task ${task.id.slice(0, 8)} of ${task.revision} is placed on ${task.instance}`,',
    put: 'because: `task ${task.id.slice(0, 8)} with ${JSON.stringify(wanted.environment)}`,',
    kind: 'core',
  },
  {
    name: 'removes containers without hearing them',
    file: 'daemon/act.ts',
    find: "if (action.kind === 'remove-container') await witness.hear(action);",
    put: '',
    kind: 'daemon',
  },
  {
    name: 'forgets a task in the turn in which it stops',
    file: 'core/tasks.ts',
    find: "if (known?.lastStatus === 'STOPPED' && known.stoppedReason === task.stoppedReason) {",
    put: 'if (known?.stoppedReason === task.stoppedReason) {',
    kind: 'daemon',
  },
  {
    name: 'keeps all that a container has said',
    file: 'model/stopped-task.ts',
    find: 'return { ...whole, health, log: fitting(whole.log) };',
    put: 'return { ...whole, health };',
    kind: 'daemon',
  },
  {
    name: 'leaves a row unwritten',
    file: 'daemon/loop.ts',
    find: 'const changes = ledgerChanges(state.ledger, ledger);',
    put: 'const changes = ledgerChanges(state.ledger, ledger).slice(1);',
    kind: 'daemon',
  },
  {
    name: 'takes a silent engine for an empty one',
    file: 'daemon/observe.ts',
    find: '      ...picture.view,\n      connected: false,\n',
    put: '      ...picture.view,\n      containers: new Map(),\n',
    kind: 'daemon',
  },
  {
    name: 'leaves an action out of the forecast',
    file: 'core/plan/forecast.ts',
    find: 'actions: turn.actions,',
    put: 'actions: turn.actions.slice(1),',
    kind: 'plan',
  },
  {
    name: 'starts a container before what it waits for',
    file: 'core/task/advance.ts',
    find: "if (view?.state === 'created' && container.exitCode === null && isReady(scene, wanted))",
    put: "if (view?.state === 'created')",
    kind: 'core',
  },
  {
    name: 'stops all containers of a task at once',
    file: 'core/task/advance.ts',
    find: '.filter((view) => !dependentsOf(definitions, view.identity.container).some(({ name }) => names.has(name)))',
    put: '',
    kind: 'core',
  },
  {
    name: 'starts a container again whatever it ended of',
    file: 'core/task/container-state.ts',
    find: 'return view.finishedAt - view.startedAt >=',
    put: 'return view.finishedAt >=',
    kind: 'core',
  },
  {
    name: 'starts a service before those that it depends on',
    file: 'core/service.ts',
    find: 'if (isPrimary && set.launches === 0 && isHeldBack(turn, row)) return false;',
    put: '',
    kind: 'core',
  },
  {
    name: 'lets a service run with secrets that have changed',
    file: 'core/secrets.ts',
    find: 'if (isUnchanged && requested !== undefined && (',
    put: 'if (isUnchanged && requested !== undefined && (true || ',
    kind: 'core',
  },
];
