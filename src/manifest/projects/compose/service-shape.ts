// Every field of a compose service, as the Compose specification lists them: how it is read and how a later file changes it.
import { build, develop } from './build-shape.ts';
import { deploy, gpus } from './deploy-shape.ts';
import { NAME, configMounts, hook, hookFields, lines, paths, secretMounts, set, ulimit } from './lists.ts';
import { device, deviceKey, exposed, hosts, mount, mountKey, ports } from './ports.ts';
import { fieldOf, itself, list, mapOf, orEmpty, record, replacing, scalarOf, standing, valued, wrongType } from './shape.ts';
import * as values from './values.ts';
import type { Shape } from './shape.ts';
import type { Tree } from '../../text/tree.ts';

const { anything, bytes, choice, command, decimal, flag, path, seconds, text, textLike, textMap, textOrNumber, whole } = values;

/** Options of two drivers have nothing to do with each other. */
const loggingFields = record({ driver: text, options: textMap() });
const logging: Shape = {
  read: loggingFields.read,
  merge: (earlier, later) => {
    const [before, after] = [scalarOf(earlier, 'driver'), scalarOf(later, 'driver')];
    return before === after || before === null || after === null ? loggingFields.merge(earlier, later) : later;
  },
};

const healthcheckTest: Shape = replacing((tree, name, reading) => {
  if (tree.kind === 'list') return command.read(tree, name, reading);
  const found = text.read(tree, name, reading);
  if (found === null) return null;
  return { kind: 'list', items: [valued(tree, 'CMD-SHELL'), found], start: tree.start, end: tree.end };
});
const healthcheck = record({
  test: healthcheckTest,
  interval: seconds,
  timeout: seconds,
  start_period: seconds,
  start_interval: seconds,
  retries: whole(0),
  disable: flag,
});

const dependsOn = values.namesOr(
  mapOf(
    record({ condition: choice(['service_started', 'service_healthy', 'service_completed_successfully']), restart: flag, required: flag }),
    NAME,
  ),
  { condition: 'service_started' },
);

const networks = values.namesOr(
  mapOf(
    orEmpty(
      record({
        aliases: set,
        interface_name: text,
        ipv4_address: text,
        ipv6_address: text,
        link_local_ips: set,
        mac_address: text,
        driver_opts: textMap(),
        priority: decimal(),
        gw_priority: decimal(),
      }),
    ),
    NAME,
  ),
);

const models = values.namesOr(mapOf(orEmpty(record({ endpoint_var: text, model_var: text })), NAME));

const blkioLimit = list(record({ path: text, rate: bytes }));
const blkio = record({
  device_read_bps: blkioLimit,
  device_read_iops: blkioLimit,
  device_write_bps: blkioLimit,
  device_write_iops: blkioLimit,
  weight: whole(),
  weight_device: list(record({ path: text, weight: whole() })),
});

const envFile: Shape = {
  ...list(values.shortOr('path', record({ path: text, format: choice(['raw']), required: flag }, { required: ['path'] })), {
    key: (item) => String(scalarOf(item, 'path')),
  }),
};
/** Env files with their paths told from the root of the repository. */
const envFiles: Shape = {
  merge: envFile.merge,
  read: (tree, name, reading) => {
    const items = tree.kind === 'list' ? tree : { kind: 'list' as const, items: [tree], start: tree.start, end: tree.end };
    if (tree.kind === 'mapping' || (tree.kind === 'scalar' && tree.value === null))
      return wrongType(reading, tree, name, 'a text or a list');
    const found = envFile.read(items, name, reading);
    return found?.kind === 'list' ? { ...found, items: found.items.map((item) => withPath(item, 'path', name, reading)) } : null;
  },
};

/** A service of another place that this one begins as. */
const extendsFields = record({ service: text, file: text }, { required: ['service'] });
const extended: Shape = {
  merge: (_, later) => later,
  read: (tree, name, reading) => {
    const long = values.shortOr('service', extendsFields).read(tree, name, reading);
    return long === null || fieldOf(long, 'service') === null ? null : withPath(long, 'file', name, reading);
  },
};

function withPath(item: Tree, key: string, name: string, reading: Parameters<Shape['read']>[2]): Tree {
  if (item.kind !== 'mapping') return item;
  const told = (value: Tree): Tree => path.read(value, name, reading) ?? value;
  return { ...item, entries: item.entries.map((entry) => (entry.key === key ? { ...entry, value: told(entry.value) } : entry)) };
}

const RESTART = textLike(/^(?:no|none|always|any|unless-stopped|on-failure(?::\d+)?|)$/, 'write no, always, unless-stopped or on-failure');
/** The words of deploy.restart_policy, which Compose takes here as well. */
const RESTART_WORDS: ReadonlyMap<unknown, string> = new Map([
  ['none', 'no'],
  ['any', 'always'],
]);
const restart: Shape = replacing((tree, name, reading) => {
  const found = RESTART.read(tree, name, reading);
  const word = found?.kind === 'scalar' ? RESTART_WORDS.get(found.value) : undefined;
  return word === undefined ? found : valued(tree, word);
});
const pullPolicy = textLike(
  /always|never|build|if_not_present|missing|refresh|daily|weekly|every_(?:[0-9]+[wdhms])+/,
  'write always, missing, never, build, daily, weekly or every_ with a duration behind it',
);
const providerOptions = mapOf(
  list(
    replacing((tree) => tree),
    { single: true },
  ),
);

/** Keys that compose files of the first versions had. */
const REPLACED: ReadonlyMap<string, string> = new Map([
  ['net', 'write network_mode instead'],
  ['log_driver', 'write logging with its driver instead'],
  ['log_opt', 'write logging with its options instead'],
  ['dockerfile', 'write build with its dockerfile instead'],
  ['volume_driver', 'give the volume its driver under the top-level key volumes'],
  ['network', 'write networks with a list of names, or network_mode'],
  ['restart_policy', 'write it under deploy, or write restart'],
  ['replicas', 'write it under deploy, or write scale'],
]);

/** One service. */
export const service: Shape = standing(
  record(
    {
      annotations: textMap(),
      attach: flag,
      blkio_config: blkio,
      build,
      cap_add: set,
      cap_drop: set,
      cgroup: choice(['host', 'private']),
      cgroup_parent: text,
      command,
      configs: configMounts,
      container_name: textLike(/[a-zA-Z0-9][a-zA-Z0-9_.-]+/, 'write letters, digits, "_", "." and "-", two of them at least'),
      cpu_count: whole(0),
      cpu_percent: decimal(0, 100),
      cpu_period: decimal(),
      cpu_quota: decimal(),
      cpu_rt_period: decimal(),
      cpu_rt_runtime: decimal(),
      cpu_shares: decimal(),
      cpus: decimal(0),
      cpuset: text,
      credential_spec: record({ config: text, file: text, registry: text }),
      depends_on: dependsOn,
      deploy,
      develop,
      device_cgroup_rules: lines,
      devices: list(device, { key: deviceKey }),
      dns: list(text, { key: itself, single: true }),
      dns_opt: set,
      dns_search: list(text, { key: itself, single: true }),
      domainname: text,
      entrypoint: command,
      env_file: envFiles,
      environment: textMap('kept'),
      expose: list(exposed, { key: itself }),
      extends: extended,
      external_links: lines,
      extra_hosts: hosts,
      gpus,
      group_add: list(textOrNumber, { unique: true }),
      healthcheck,
      hostname: text,
      image: text,
      init: flag,
      ipc: text,
      isolation: text,
      label_file: paths,
      labels: textMap(),
      links: set,
      logging,
      mac_address: text,
      mem_limit: bytes,
      mem_reservation: bytes,
      mem_swappiness: whole(),
      memswap_limit: bytes,
      models,
      network_mode: text,
      networks,
      oom_kill_disable: flag,
      oom_score_adj: whole(-1_000, 1_000),
      pid: text,
      pids_limit: whole(-1),
      platform: text,
      ports,
      post_start: list(hook),
      pre_start: list(record({ ...hookFields, image: text, per_replica: flag })),
      pre_stop: list(hook),
      privileged: flag,
      profiles: set,
      provider: record({ type: text, options: providerOptions }),
      pull_policy: pullPolicy,
      pull_refresh_after: text,
      read_only: flag,
      restart,
      runtime: text,
      scale: whole(0),
      secrets: secretMounts,
      security_opt: lines,
      shm_size: bytes,
      stdin_open: flag,
      stop_grace_period: seconds,
      stop_signal: text,
      storage_opt: textMap(),
      sysctls: textMap(),
      tmpfs: list(text, { key: itself, single: true }),
      tty: flag,
      ulimits: mapOf(ulimit),
      use_api_socket: flag,
      user: text,
      userns_mode: text,
      uts: text,
      volumes: list(mount, { key: mountKey }),
      volumes_from: lines,
      working_dir: text,
      'x-longshore': anything,
    },
    { replaced: REPLACED },
  ),
);
