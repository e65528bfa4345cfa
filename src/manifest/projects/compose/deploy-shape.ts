// How often, where and on what a service runs: `deploy`, and requests for devices.
import { complain, fieldOf, list, mappingAt, orEmpty, record, replacing, valued } from './shape.ts';
import { lines } from './lists.ts';
import { bytes, choice, decimal, seconds, text, textMap, whole } from './values.ts';
import type { Shape } from './shape.ts';

const deviceCount: Shape = replacing((tree, name, reading) =>
  tree.kind === 'scalar' && String(tree.value).toLowerCase() === 'all' ? valued(tree, -1) : whole(-1).read(tree, name, reading),
);
const deviceRequest = { capabilities: lines, driver: text, count: deviceCount, device_ids: lines, options: textMap() };
const deviceRequests = list(oneCount(record(deviceRequest)));

/** Which devices, or how many of them: not both. */
function oneCount(shape: Shape): Shape {
  return replacing((tree, name, reading) => {
    const both = fieldOf(tree, 'count') !== null && fieldOf(tree, 'device_ids') !== null;
    if (!both) return shape.read(tree, name, reading);
    return complain(reading, tree, 'fields-exclude-each-other', `${name} has count and device_ids`, 'keep one of the two');
  });
}
export const gpus: Shape = {
  ...deviceRequests,
  read: (tree, name, reading) => {
    if (tree.kind === 'list') return deviceRequests.read(tree, name, reading);
    const all = choice(['all']).read(tree, name, reading);
    return all === null ? null : { kind: 'list', items: [mappingAt(tree, { count: -1 })], start: tree.start, end: tree.end };
  },
};

const update = (failures: readonly string[]): Shape =>
  record({
    parallelism: whole(0),
    delay: seconds,
    failure_action: choice(failures, true),
    monitor: seconds,
    max_failure_ratio: decimal(),
    order: choice(['start-first', 'stop-first']),
  });

// Compose's schema takes any text for these words and a swarm refuses all others when it is deployed; here that is told before
const MODES = ['replicated', 'global', 'replicated-job', 'global-job'];
const CONDITIONS = ['none', 'on-failure', 'any', 'no', 'always', 'unless-stopped'];

export const deploy = orEmpty(
  record({
    mode: choice(MODES, true),
    endpoint_mode: text,
    replicas: whole(0),
    labels: textMap(),
    rollback_config: update(['continue', 'pause']),
    update_config: update(['continue', 'pause', 'rollback']),
    resources: record({
      limits: record({ cpus: decimal(0), memory: bytes, pids: whole(-1) }),
      reservations: record({
        cpus: decimal(0),
        memory: bytes,
        generic_resources: list(record({ discrete_resource_spec: record({ kind: text, value: decimal() }) })),
        devices: list(oneCount(record(deviceRequest, { required: ['capabilities'] }))),
      }),
    }),
    restart_policy: record({ condition: choice(CONDITIONS, true), delay: seconds, max_attempts: whole(0), window: seconds }),
    placement: record({
      constraints: list(text),
      preferences: list(record({ spread: text })),
      max_replicas_per_node: whole(0),
    }),
  }),
);
