// What a compose service says of itself as a whole -> fields of a service: how many tasks, how they are replaced, where they run, what they
// wait for. Compose replaces stop-first; here a service is replaced start-first unless it says otherwise or two of its tasks can't live
// side by side, because they would share a host port or a volume.
import { entriesOf, fieldAt, itemsOf, listAt, mappingAt, mebibytes, numberIn, plainAt, textIn, valueAt } from './made.ts';
import { ecsName, leftOut, notYet, otherwise } from './translation.ts';
import type { Fields } from './made.ts';
import type { Translation } from './translation.ts';
import type { Tree } from '../../text/tree.ts';

/** The fields of the service. `isAlone`: two of its tasks can't run beside each other. */
export function serviceFieldsOf(service: Tree, isAlone: boolean, translation: Translation): Fields {
  const deploy = fieldAt(service, 'deploy');
  tellRestart(service, deploy, translation);
  tellUnsaid(deploy, translation);
  const mode = textIn(fieldAt(deploy, 'mode')) ?? 'replicated';
  if (mode.endsWith('-job'))
    notYet(translation, 'deploy.mode', fieldAt(deploy, 'mode') ?? service, 'tasks that end are not run as a service');
  const count = fieldAt(deploy, 'replicas') ?? fieldAt(service, 'scale') ?? valueAt(service, 1);
  return {
    desiredCount: mode === 'global' ? null : count,
    schedulingStrategy: mode === 'global' ? valueAt(fieldAt(deploy, 'mode') ?? service, 'DAEMON') : null,
    deploymentConfiguration: deploymentOf(service, deploy, isAlone, mode === 'global' ? null : (numberIn(count) ?? 1)),
    ...placementOf(fieldAt(deploy, 'placement'), translation),
  };
}

/** Compose starts a container that ended again only when it is told to; a service always has its tasks. */
function tellRestart(service: Tree, deploy: Tree | null, translation: Translation): void {
  const own = fieldAt(service, 'restart');
  const policy = fieldAt(fieldAt(deploy, 'restart_policy'), 'condition');
  const word = textIn(policy) ?? textIn(own) ?? 'always';
  const place = policy ?? own;
  if (place === null || ['always', 'any', 'unless-stopped', ''].includes(word)) return;
  otherwise(
    translation,
    policy === null ? 'restart' : 'deploy.restart_policy',
    place,
    'a task that ends is replaced, whatever its exit code',
  );
}

/** What stands in `deploy` and has no counterpart, by its path there. */
const UNSAID: readonly (readonly [readonly string[], string])[] = [
  [['endpoint_mode'], 'requests are spread by target groups'],
  [['labels'], 'a service has no labels, its containers have those of labels'],
  [['rollback_config'], 'a rollback goes the way of any deployment'],
  [['update_config', 'delay'], 'the next task is replaced as soon as one is healthy'],
  [['update_config', 'monitor'], 'a task is watched for as long as the deployment lasts'],
  [['update_config', 'max_failure_ratio'], 'the circuit breaker counts the failures in a row'],
  [['restart_policy', 'delay'], 'the pause grows with each failure'],
  [['restart_policy', 'max_attempts'], 'a task is replaced as often as it fails'],
  [['restart_policy', 'window'], 'a task is watched for as long as the deployment lasts'],
];

function tellUnsaid(deploy: Tree | null, translation: Translation): void {
  for (const [path, instead] of UNSAID) {
    const found = path.reduce<Tree | null>((tree, key) => fieldAt(tree, key), deploy);
    if (found !== null && !isEmpty(found)) leftOut(translation, ['deploy', ...path].join('.'), found, instead);
  }
  const reservations = fieldAt(fieldAt(deploy, 'resources'), 'reservations');
  for (const key of ['devices', 'generic_resources']) {
    const found = fieldAt(reservations, key);
    if (found !== null && !isEmpty(found)) notYet(translation, `deploy.resources.reservations.${key}`, found, 'gpus asks for devices');
  }
}

function isEmpty(tree: Tree): boolean {
  return tree.kind === 'scalar' ? tree.value === null : entriesOf(tree).length + itemsOf(tree).length === 0;
}

function deploymentOf(service: Tree, deploy: Tree | null, isAlone: boolean, count: number | null): Tree | null {
  const update = fieldAt(deploy, 'update_config');
  const order = textIn(fieldAt(update, 'order'));
  const stopsFirst = order === 'stop-first' || (order === null && isAlone);
  const parallel = numberIn(fieldAt(update, 'parallelism'));
  const place = update ?? service;
  return mappingAt(place, {
    ...(count === null ? {} : plainFields(place, percentages(stopsFirst, order !== null, parallel, count))),
    deploymentCircuitBreaker: breakerOf(update),
  });
}

/** Percentages that let as many tasks go or come at once as parallelism says; 0 and nothing: all of them. */
function percentages(stopsFirst: boolean, isChosen: boolean, parallel: number | null, count: number): Record<string, number> {
  const share = parallel === null || parallel === 0 || count === 0 ? 100 : Math.min(100, Math.ceil((parallel * 100) / count));
  if (stopsFirst) return { minimumHealthyPercent: 100 - share, maximumPercent: 100 };
  return isChosen || share < 100 ? { minimumHealthyPercent: 100, maximumPercent: 100 + share } : {};
}

function plainFields(place: Tree, data: Readonly<Record<string, number>>): Fields {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, plainAt(place, value)]));
}

function breakerOf(update: Tree | null): Tree | null {
  const action = fieldAt(update, 'failure_action');
  const word = textIn(action);
  if (action === null || word === 'continue' || word === '') return null;
  return plainAt(action, { enable: true, rollback: word === 'rollback' });
}

function placementOf(placement: Tree | null, translation: Translation): Fields {
  if (placement === null) return {};
  const constraints = itemsOf(fieldAt(placement, 'constraints')).map((constraint) => constraintOf(constraint, translation));
  const most = fieldAt(placement, 'max_replicas_per_node');
  if (numberIn(most) === 1 && most !== null) constraints.push(plainAt(most, { type: 'distinctInstance' }));
  else if (most !== null && (numberIn(most) ?? 0) > 1)
    notYet(translation, 'deploy.placement', most, 'only one task for each instance can be asked for');
  const preferences = itemsOf(fieldAt(placement, 'preferences')).map((preference) => {
    const spread = fieldAt(preference, 'spread');
    const label = /^(?:node|engine)\.labels\.([\w./-]+)$/.exec(textIn(spread) ?? '')?.[1];
    if (spread !== null && label !== undefined) return plainAt(spread, { type: 'spread', field: `attribute:${label}` });
    leftOut(translation, 'deploy.placement', preference, 'tasks are spread over instances and their attributes only');
    return null;
  });
  return { placementConstraints: listAt(placement, constraints), placementStrategy: listAt(placement, preferences) };
}

/** `node.labels.disk == ssd` as a cluster query. */
function constraintOf(constraint: Tree, translation: Translation): Tree | null {
  const found = /^(?:node|engine)\.labels\.([\w./-]+)\s*(==|!=)\s*([\w.:/-]+)$/.exec((textIn(constraint) ?? '').trim());
  if (found !== null) return plainAt(constraint, { type: 'memberOf', expression: `attribute:${found[1]} ${found[2]} ${found[3]}` });
  notYet(translation, 'deploy.placement', constraint, 'only labels of nodes can be compared');
  return null;
}

const CONDITIONS: Readonly<Record<string, string>> = {
  service_started: 'STARTED',
  service_healthy: 'HEALTHY',
  service_completed_successfully: 'COMPLETED',
};

/** What the service waits for; `named` gives the name of a service of ours for one of the project. */
export function dependenciesOf(service: Tree, named: (name: string) => string | null): Tree | null {
  const written = fieldAt(service, 'depends_on');
  if (written === null) return null;
  const list = entriesOf(written).map(({ key, value }) => {
    const name = named(key);
    const condition = CONDITIONS[textIn(fieldAt(value, 'condition')) ?? ''] ?? 'STARTED';
    return name === null ? null : mappingAt(value, { serviceName: valueAt(value, name), condition: valueAt(value, condition) });
  });
  return listAt(written, list);
}

/** Sizes of `deploy.resources`, which win over the fields of the service. */
export function resourcesOf(deploy: Tree | null): { readonly container: Fields; readonly extension: Fields } {
  const limits = fieldAt(fieldAt(deploy, 'resources'), 'limits');
  const reservations = fieldAt(fieldAt(deploy, 'resources'), 'reservations');
  const cpus = fieldAt(reservations, 'cpus');
  const units = numberIn(cpus);
  return {
    container: {
      ...present('memory', mebibytes(fieldAt(limits, 'memory'))),
      ...present('memoryReservation', mebibytes(fieldAt(reservations, 'memory'))),
      ...present('cpu', cpus === null || units === null ? null : valueAt(cpus, Math.max(2, Math.round(units * 1_024)))),
    },
    extension: { ...present('cpus', fieldAt(limits, 'cpus')), ...present('pidsLimit', fieldAt(limits, 'pids')) },
  };
}

function present(key: string, value: Tree | null): Fields {
  return value === null ? {} : { [key]: value };
}

/** The name of a service of ours. */
export function serviceName(prefix: string, name: string): string {
  return ecsName(`${prefix}${name}`);
}
