// The fields of a compose service that become fields of a container definition one by one. Each line of the table says what the key becomes;
// docs/from-compose.md is held against it. Ports, volumes, deploy and what belongs to the service as a whole have files of their own.
import { entriesOf, fieldAt, givenAt, isTrue, itemsOf, listAt, mappingAt, mebibytes, numberIn, plainAt, textIn, valueAt } from './made.ts';
import { leftOut, notYet } from './translation.ts';
import type { Parts, Translation } from './translation.ts';
import type { Tree } from '../../text/tree.ts';

/** What a field becomes; null: it means nothing by itself, or is read elsewhere. */
export type Field = ((tree: Tree, translation: Translation) => Parts) | null;

const same =
  (key: string): Field =>
  (tree) => ({ container: { [key]: tree } });
const extended =
  (key: string): Field =>
  (tree) => ({ containerExtension: { [key]: tree } });
const ignored =
  (key: string, instead: string): Field =>
  (tree, translation) => {
    leftOut(translation, key, tree, instead);
    return {};
  };
const missing =
  (key: string, why: string): Field =>
  (tree, translation) => {
    notYet(translation, key, tree, why);
    return {};
  };

/** Namespaces that a container has for itself or shares with its instance. */
const hostOnly =
  (key: string, field: string): Field =>
  (tree, translation) => {
    if (textIn(tree) === 'host') return { containerExtension: { [field]: tree } };
    notYet(translation, key, tree, 'only host is known');
    return {};
  };

/**
 * A namespace that ECS knows for all containers of a task, which has one here: `words` are Docker's words that ECS has, too. A container has
 * one of its own without a word, and that is what private asks for.
 */
function namespaceOf(key: 'ipc' | 'pid', words: readonly string[]): Field {
  return (tree, translation) => {
    const word = textIn(tree) ?? '';
    if (word === 'private') return {};
    if (words.includes(word)) return { task: { [`${key}Mode`]: tree } };
    if (key === 'ipc' && word === 'shareable') return { containerExtension: { ipcMode: tree } };
    notYet(translation, key, tree, 'a task does not join a container that is not its own');
    return {};
  };
}

/** In the order of Compose's documentation of a service. */
export const FIELDS: Readonly<Record<string, Field>> = {
  annotations: extended('annotations'),
  attach: null,
  blkio_config: missing('blkio_config', 'no limit is set on input and output'),
  build: null,
  cap_add: (tree) => capabilities(tree, 'add'),
  cap_drop: (tree) => capabilities(tree, 'drop'),
  cgroup: extended('cgroupNamespace'),
  cgroup_parent: extended('cgroupParent'),
  command: (tree) => ({ container: { command: listAt(tree, itemsOf(tree)) } }),
  container_name: ignored(
    'container_name',
    'tasks have names of their own, since several of them run side by side; on its networks the service is found by this name, too',
  ),
  cpu_count: missing('cpu_count', 'it is a limit of Windows'),
  cpu_percent: missing('cpu_percent', 'it is a limit of Windows'),
  cpu_period: null,
  cpu_quota: null,
  cpu_rt_period: missing('cpu_rt_period', 'no time is kept for real-time scheduling'),
  cpu_rt_runtime: missing('cpu_rt_runtime', 'no time is kept for real-time scheduling'),
  cpu_shares: (tree) => ({ container: { cpu: tree } }),
  // Compose: 0 is no limit
  cpus: (tree) => ({ containerExtension: { cpus: (numberIn(tree) ?? 0) > 0 ? tree : null } }),
  cpuset: extended('cpuset'),
  credential_spec: missing('credential_spec', 'it is an account of Windows'),
  develop: null,
  device_cgroup_rules: extended('deviceCgroupRules'),
  devices: (tree) => ({ linux: { devices: listAt(tree, itemsOf(tree).map(deviceOf)) } }),
  dns: same('dnsServers'),
  dns_opt: extended('dnsOptions'),
  dns_search: same('dnsSearchDomains'),
  domainname: extended('domainname'),
  entrypoint: entryPointOf,
  env_file: null,
  environment: (tree) => ({ container: { environment: variablesOf(tree) } }),
  expose: null,
  extends: null,
  external_links: missing('external_links', 'containers outside of the project are not reached by name'),
  extra_hosts: (tree) => ({
    container: {
      extraHosts: listAt(
        tree,
        entriesOf(tree).flatMap(({ key, value }) => hostsOf(key, value)),
      ),
    },
  }),
  gpus: (tree, translation) => gpusOf(tree, translation),
  group_add: extended('groupAdd'),
  healthcheck: (tree, translation) => {
    const isOff = isTrue(fieldAt(tree, 'disable'));
    if (fieldAt(tree, 'test') === null && !isOff) {
      leftOut(translation, 'healthcheck', tree, 'it has no test, and the check of an image does not count, as in ECS');
    }
    return { container: { healthCheck: healthCheckOf(tree) } };
  },
  hostname: same('hostname'),
  image: same('image'),
  init: (tree) => ({ linux: { initProcessEnabled: tree } }),
  ipc: namespaceOf('ipc', ['host', 'none']),
  isolation: missing('isolation', 'it is a setting of Windows'),
  label_file: null,
  labels: same('dockerLabels'),
  logging: loggingOf,
  mem_limit: (tree) => ({ container: { memory: mebibytes(tree) } }),
  mem_reservation: (tree) => ({ container: { memoryReservation: mebibytes(tree) } }),
  // Docker: -1 is what the engine has
  mem_swappiness: (tree) => ({ linux: { swappiness: numberIn(tree) === -1 ? null : tree } }),
  memswap_limit: (tree) => ({ containerExtension: { memorySwap: numberIn(tree) === -1 ? tree : mebibytes(tree, 1) } }),
  models: missing('models', 'there is nothing that runs models'),
  oom_kill_disable: extended('oomKillDisable'),
  oom_score_adj: extended('oomScoreAdj'),
  pid: namespaceOf('pid', ['host']),
  pids_limit: extended('pidsLimit'),
  platform: extended('platform'),
  post_start: (tree) => ({ containerExtension: { postStart: listAt(tree, itemsOf(tree).map(hookOf)) } }),
  pre_start: missing('pre_start', 'nothing is run before a container'),
  pre_stop: (tree) => ({ containerExtension: { preStop: listAt(tree, itemsOf(tree).map(hookOf)) } }),
  privileged: same('privileged'),
  profiles: null,
  provider: missing('provider', 'only containers are run'),
  pull_policy: pullPolicyOf,
  pull_refresh_after: ignored('pull_refresh_after', 'an image is looked up once for each deployment'),
  read_only: same('readonlyRootFilesystem'),
  runtime: extended('runtime'),
  security_opt: securityOf,
  shm_size: (tree) => ({ linux: { sharedMemorySize: mebibytes(tree, 1) } }),
  stdin_open: same('interactive'),
  stop_grace_period: (tree) => ({ container: { stopTimeout: valueAt(tree, Math.ceil(numberIn(tree) ?? 0)) } }),
  stop_signal: extended('stopSignal'),
  storage_opt: extended('storageOptions'),
  sysctls: (tree) => ({ container: { systemControls: pairs(tree, 'namespace') } }),
  tmpfs: (tree) => ({ containerExtension: { tmpfs: listAt(tree, itemsOf(tree).map(memoryFileSystem)) } }),
  tty: same('pseudoTerminal'),
  ulimits: (tree) => ({
    container: {
      ulimits: listAt(
        tree,
        entriesOf(tree).map(({ key, value }) => limitOf(key, value)),
      ),
    },
  }),
  use_api_socket: missing('use_api_socket', 'a container is not given its engine'),
  user: same('user'),
  userns_mode: hostOnly('userns_mode', 'usernsMode'),
  uts: hostOnly('uts', 'utsMode'),
  working_dir: same('workingDirectory'),
};

/** An empty list takes the image's own away, which ECS can't say; a command that is empty changes nothing, in Compose as in ECS. */
function entryPointOf(tree: Tree): Parts {
  const words = listAt(tree, itemsOf(tree));
  return words === null ? { containerExtension: { noEntryPoint: valueAt(tree, true) } } : { container: { entryPoint: words } };
}

function capabilities(tree: Tree, key: 'add' | 'drop'): Parts {
  const names = itemsOf(tree).map((item) => valueAt(item, (textIn(item) ?? '').toUpperCase().replace(/^CAP_/, '')));
  return { linux: { [`capabilities.${key}`]: listAt(tree, names) } };
}

function pairs(tree: Tree, name: string): Tree | null {
  return listAt(
    tree,
    entriesOf(tree).map(({ key, value }) => mappingAt(value, { [name]: valueAt(value, key), value })),
  );
}

function variablesOf(tree: Tree): Tree | null {
  return listAt(
    tree,
    entriesOf(tree).map(({ key, value }) => mappingAt(value, { name: valueAt(value, key), value })),
  );
}

function hostsOf(hostname: string, addresses: Tree): (Tree | null)[] {
  return itemsOf(addresses).map((ipAddress) => mappingAt(ipAddress, { hostname: valueAt(ipAddress, hostname), ipAddress }));
}

const PERMISSIONS: Readonly<Record<string, string>> = { r: 'read', w: 'write', m: 'mknod' };

function deviceOf(tree: Tree): Tree | null {
  const permissions = fieldAt(tree, 'permissions');
  const letters = (textIn(permissions) ?? '').split('').flatMap((letter) => PERMISSIONS[letter] ?? []);
  return mappingAt(tree, {
    hostPath: fieldAt(tree, 'source'),
    containerPath: fieldAt(tree, 'target'),
    permissions: permissions === null || letters.length === 3 ? null : plainAt(permissions, letters),
  });
}

function gpusOf(tree: Tree, translation: Translation): Parts {
  const [first, ...others] = itemsOf(tree);
  const count = numberIn(fieldAt(first ?? tree, 'count')) ?? -1;
  if (first === undefined || others.length > 0 || fieldAt(first, 'device_ids') !== null || count === 0) {
    notYet(translation, 'gpus', tree, 'only a number of devices can be asked for, or all of them');
    return {};
  }
  const value = valueAt(first, count === -1 ? 'ALL' : String(count));
  return { container: { resourceRequirements: listAt(tree, [mappingAt(first, { type: valueAt(first, 'GPU'), value })]) } };
}

/** ECS: 5 to 300 s, 2 to 60 s, 1 to 10 retries, 0 to 300 s. What Compose allows beyond that stands in the extension. */
const LIMITS = [
  ['interval', 'interval', 5, 300],
  ['timeout', 'timeout', 2, 60],
  ['retries', 'retries', 1, 10],
  ['startPeriod', 'start_period', 0, 300],
] as const;

/** The health check; null when it is switched off. */
function healthCheckOf(tree: Tree): Tree | null {
  const test = fieldAt(tree, 'test');
  if (isTrue(fieldAt(tree, 'disable')) || test === null || textIn(itemsOf(test)[0] ?? null) === 'NONE') return null;
  const own: Record<string, Tree | null> = { command: test };
  const extension: Record<string, Tree | null> = { startInterval: fieldAt(tree, 'start_interval') };
  for (const [field, key, least, most] of LIMITS) {
    const value = fieldAt(tree, key);
    const number = numberIn(value);
    // Compose takes 0 for its own default
    if (value === null || number === null || (number === 0 && key !== 'start_period')) continue;
    const fits = Number.isInteger(number) && number >= least && number <= most;
    (fits ? own : extension)[field] = value;
  }
  return mappingAt(tree, { ...own, 'x-longshore': mappingAt(tree, extension) });
}

/** Drivers whose options ECS asks nothing of; of the others it asks more than Compose does. */
const ECS_DRIVERS: ReadonlySet<string> = new Set(['json-file', 'syslog', 'journald', 'gelf', 'fluentd']);

function loggingOf(tree: Tree): Parts {
  const driver = givenAt(tree, 'driver');
  const options = fieldAt(tree, 'options');
  if (driver === null && options === null) return {};
  if (driver !== null && ECS_DRIVERS.has(textIn(driver) ?? '')) {
    return { container: { logConfiguration: mappingAt(tree, { logDriver: driver, options }) } };
  }
  return { containerExtension: { logging: mappingAt(tree, { driver, options }) } };
}

const PULLS: Readonly<Record<string, string>> = { always: 'always', missing: 'missing', if_not_present: 'missing', never: 'never' };

function pullPolicyOf(tree: Tree, translation: Translation): Parts {
  const policy = textIn(tree) ?? '';
  const known = PULLS[policy];
  if (known !== undefined) return { containerExtension: { pullPolicy: valueAt(tree, known) } };
  if (policy !== 'build') leftOut(translation, 'pull_policy', tree, 'an image is looked up once for each deployment');
  return {};
}

function securityOf(tree: Tree): Parts {
  const known = (item: Tree): boolean => /^(?:no-new-privileges$|apparmor[:=]|label[:=])/.test(plainOption(item));
  const items = itemsOf(tree);
  return {
    container: {
      dockerSecurityOptions: listAt(
        tree,
        items.filter(known).map((item) => valueAt(item, plainOption(item).replace(/^(apparmor|label)=/, '$1:'))),
      ),
    },
    containerExtension: {
      securityOptions: listAt(
        tree,
        items.filter((item) => !known(item)),
      ),
    },
  };
}

/** `no-new-privileges:true` is what Docker calls no-new-privileges. */
function plainOption(item: Tree): string {
  return (textIn(item) ?? '').replace(/^no-new-privileges[:=]true$/, 'no-new-privileges');
}

function limitOf(name: string, value: Tree): Tree | null {
  return mappingAt(value, { name: valueAt(value, name), softLimit: fieldAt(value, 'soft'), hardLimit: fieldAt(value, 'hard') });
}

function memoryFileSystem(item: Tree): Tree | null {
  const [path = '', options = ''] = (textIn(item) ?? '').split(/:(.*)/s);
  const words = options.split(',').filter((word) => word !== '');
  return mappingAt(item, { containerPath: valueAt(item, path), options: plainAt(item, words) });
}

function hookOf(tree: Tree): Tree | null {
  const environment = fieldAt(tree, 'environment');
  return mappingAt(tree, {
    command: fieldAt(tree, 'command'),
    user: fieldAt(tree, 'user'),
    privileged: fieldAt(tree, 'privileged'),
    workingDirectory: fieldAt(tree, 'working_dir'),
    environment: environment === null ? null : variablesOf(environment),
  });
}
