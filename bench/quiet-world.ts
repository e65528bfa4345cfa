// A quiet world of any size for the benchmarks: services whose tasks all run, healthy, behind the proxy. It is brought up by the core
// itself over engines that do at once what they are told, so that it is a world the core would leave alone.
import { app, desired } from '../test/build.ts';
import { EMPTY_LEDGER } from '../src/model/turn/ledger.ts';
import type { Action, Plan, World } from '../src/model/turn/plan.ts';
import type { Answer, ContainerView, InstanceView, ProxyView, TargetView } from '../src/model/turn/observed.ts';
import { reconcile } from '../src/core/reconcile.ts';

const START = Date.UTC(2026, 0, 1);
const TASK_MEMORY = 16;

/** The world, and the plan of its last turn, which asks for nothing. */
export function quietWorld(services: number, tasks: number, instances: number): { readonly world: World; readonly plan: Plan } {
  const apps = Array.from({ length: services }, (_, index) =>
    app(`s${String(index).padStart(4, '0')}`, {
      count: tasks,
      ...(index % 2 === 0 ? { listen: 10_000 + index } : { healthyAfter: 0 }),
      memory: TASK_MEMORY,
      breaker: true,
    }),
  );
  const containers = new Map<string, Map<string, ContainerView>>();
  for (let index = 0; index < instances; index++) containers.set(`i${String(index).padStart(3, '0')}`, new Map());
  // Little more than their share: equal instances would otherwise be taken in the order of their names, and most stay empty.
  const memory = TASK_MEMORY * Math.ceil((1.1 * services * tasks) / instances);
  const declared = desired(apps);
  let ledger = EMPTY_LEDGER;
  let answers = new Map<string, Answer>();
  let proxy: ProxyView = { version: '', targets: new Map(), refused: [] };
  for (let turn = 0; turn < 1_000; turn++) {
    const now = START + turn * 100;
    const world: World = {
      installation: 'test',
      desired: declared,
      observed: { instances: views(containers, memory, now), proxy, answers, secrets: new Map() },
      outcomes: [],
      ledger,
      now,
    };
    const plan = reconcile(world);
    if (plan.ledger === ledger && plan.actions.length === 0 && plan.looks.length === 0) return { world, plan };
    ledger = plan.ledger;
    for (const action of plan.actions) perform(action, containers, now);
    answers = new Map(
      plan.looks.map((look) => [
        look.key,
        { key: look.key, at: now, error: null, image: { id: 'sha256:1', digest: `sha256:${'a'.repeat(64)}` } },
      ]),
    );
    const targets = plan.routes.targetGroups.flatMap((group) =>
      group.targets.map((target): TargetView => ({ id: target.id, state: 'healthy', reason: '', inFlight: 0 })),
    );
    proxy = { version: plan.routes.version, targets: new Map(targets.map((target) => [target.id, target])), refused: [] };
  }
  throw new Error('the world did not become quiet in 1,000 turns');
}

function views(
  containers: ReadonlyMap<string, ReadonlyMap<string, ContainerView>>,
  memory: number,
  now: number,
): ReadonlyMap<string, InstanceView> {
  return new Map(
    [...containers].map(([id, map]) => [
      id,
      {
        id,
        clusters: null,
        address: '127.0.0.1',
        connected: true,
        observedAt: now,
        cpu: 1e6,
        memory,
        containers: new Map(map),
        networks: new Set(['longshore-test-default']),
        volumes: new Map(),
      },
    ]),
  );
}

let port = 32_768;

function perform(action: Action, containers: ReadonlyMap<string, Map<string, ContainerView>>, now: number): void {
  const map = containers.get(action.instance);
  if (map === undefined) return;
  if (action.kind === 'create-container') {
    const id = `c-${action.name}`;
    map.set(id, {
      id,
      name: action.name,
      identity: action.identity,
      state: 'created',
      exitCode: null,
      oomKilled: false,
      health: 'none',
      ports: [],
      networks: [],
      imageId: 'sha256:1',
      startedAt: null,
      finishedAt: null,
    });
  }
  if (action.kind === 'start-container') {
    const view = map.get(action.container);
    if (view)
      map.set(view.id, { ...view, state: 'running', startedAt: now, ports: [{ containerPort: 8080, protocol: 'tcp', hostPort: port++ }] });
  }
}
