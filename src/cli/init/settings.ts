// What else an engine was told about a container, as fields of ECS and of `x-longshore`. The words of the engine are nearly those of compose
// files, so a service is made of them and read as any other. Deliberately absent: labels, networks, restart policies, and values that may be
// secrets.
import { draftsOf } from '../../manifest/projects/compose/to-drafts.ts';
import { plainOf } from '../../manifest/text/tree.ts';
import { readProject } from '../../manifest/projects/compose/read.ts';

type Texts = Readonly<Record<string, string>>;
type Fields = Readonly<Record<string, unknown>>;

/** The part of a container's HostConfig that is read here. */
export interface HostSettings {
  readonly NetworkMode?: string;
  readonly Memory?: number;
  readonly MemorySwap?: number;
  readonly MemorySwappiness?: number | null;
  readonly NanoCpus?: number;
  readonly CpusetCpus?: string;
  readonly PidsLimit?: number | null;
  readonly ShmSize?: number;
  readonly CapAdd?: readonly string[] | null;
  readonly CapDrop?: readonly string[] | null;
  readonly Devices?:
    | readonly { readonly PathOnHost: string; readonly PathInContainer: string; readonly CgroupPermissions: string }[]
    | null;
  readonly DeviceCgroupRules?: readonly string[] | null;
  readonly Dns?: readonly string[] | null;
  readonly DnsSearch?: readonly string[] | null;
  readonly DnsOptions?: readonly string[] | null;
  readonly ExtraHosts?: readonly string[] | null;
  readonly GroupAdd?: readonly string[] | null;
  readonly Init?: boolean | null;
  readonly PidMode?: string;
  readonly Privileged?: boolean;
  readonly IpcMode?: string;
  readonly UTSMode?: string;
  readonly UsernsMode?: string;
  readonly CgroupParent?: string;
  readonly LogConfig?: { readonly Type?: string; readonly Config?: Texts | null };
  readonly OomScoreAdj?: number;
  readonly OomKillDisable?: boolean | null;
  readonly Runtime?: string;
  readonly SecurityOpt?: readonly string[] | null;
  readonly StorageOpt?: Texts | null;
  readonly Sysctls?: Texts | null;
  readonly Tmpfs?: Texts | null;
  readonly Ulimits?: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[] | null;
}

/** The part of its Config. */
export interface OwnSettings {
  readonly Hostname?: string;
  readonly Domainname?: string;
  readonly StopSignal?: string;
  readonly Tty?: boolean;
  readonly OpenStdin?: boolean;
  readonly Entrypoint?: readonly string[] | null;
}

export interface Settings {
  /** Of the container definition. */
  readonly container: Fields;
  /** Of the task definition. */
  readonly task: Fields;
  /** Whether the words of the engine could be read; else nothing of them is there. */
  readonly understood: boolean;
}

const NANOSECONDS = 1_000_000_000;
/** What an engine gives each container that asks for nothing. */
const SHM_BYTES = 67_108_864;
const FILE = 'compose.yaml';
/** Options of a log driver that are no reading for a repository. */
const SECRET = /token|pass|secret|key|credential/i;
/** What is told by other means, or only asked because Compose or Longshore wants it. */
const NOT_OURS: ReadonlySet<string> = new Set(['name', 'image', 'memory', 'memoryReservation', 'x-longshore']);
const NOT_OF_TASK: ReadonlySet<string> = new Set(['family', 'containerDefinitions', 'volumes', 'x-longshore']);
const NOT_EXTENSION: ReadonlySet<string> = new Set(['unlimitedMemory', 'networks']);

/** The settings of a container beyond image, command, ports, mounts and checks. `id`: the engine calls its host after it. */
export function settingsOf(host: HostSettings, own: OwnSettings, made: OwnSettings, id: string): Settings {
  const service = { image: 'image', ...limitsOf(host), ...devicesOf(host), ...namesOf(host), ...identityOf(host, own, made, id) };
  const text = JSON.stringify({ services: { web: { ...given(service), ...withoutEntryPoint(own, made) } } }).replaceAll('$', '$$$$');
  const project = readProject({ files: [FILE], open: (path) => (path === FILE ? text : null) });
  const [draft] = draftsOf(project, FILE, () => null).drafts;
  const task = draft === undefined ? null : (plainOf(draft.tree) as Fields);
  const [container = null] = (task?.['containerDefinitions'] ?? []) as readonly Fields[];
  if (task === null || container === null) return { container: {}, task: {}, understood: false };
  const extension = without((container['x-longshore'] ?? {}) as Fields, NOT_EXTENSION);
  const extended = Object.keys(extension).length === 0 ? {} : { 'x-longshore': extension };
  return {
    container: { ...without(container, NOT_OURS), ...extended },
    task: { ...without(task, NOT_OF_TASK), ...modesOf(host) },
    understood: true,
  };
}

/** What a task has for all its containers, and here for its only one. */
function modesOf({ NetworkMode, PidMode, IpcMode }: HostSettings): Fields {
  return {
    networkMode: NetworkMode === 'host' || NetworkMode === 'none' ? NetworkMode : undefined,
    pidMode: PidMode === 'host' ? PidMode : undefined,
    ipcMode: IpcMode === 'host' || IpcMode === 'none' ? IpcMode : undefined,
  };
}

function limitsOf(host: HostSettings): Fields {
  const { Memory = 0, MemorySwap = 0, PidsLimit, ShmSize = 0, NanoCpus = 0, OomScoreAdj = 0 } = host;
  return {
    mem_limit: Memory > 0 ? `${Memory}b` : undefined,
    // twice the memory is what an engine takes by itself
    memswap_limit: MemorySwap !== 0 && MemorySwap !== 2 * Memory ? (MemorySwap < 0 ? -1 : `${MemorySwap}b`) : undefined,
    mem_swappiness: (host.MemorySwappiness ?? -1) >= 0 ? host.MemorySwappiness : undefined,
    cpus: NanoCpus > 0 ? NanoCpus / NANOSECONDS : undefined,
    cpuset: host.CpusetCpus,
    pids_limit: (PidsLimit ?? 0) > 0 ? PidsLimit : undefined,
    shm_size: ShmSize > 0 && ShmSize !== SHM_BYTES ? `${ShmSize}b` : undefined,
    oom_score_adj: OomScoreAdj === 0 ? undefined : OomScoreAdj,
    oom_kill_disable: host.OomKillDisable === true ? true : undefined,
    ulimits: Object.fromEntries((host.Ulimits ?? []).map(({ Name, Soft, Hard }) => [Name, { soft: Soft, hard: Hard }])),
    sysctls: host.Sysctls,
    storage_opt: host.StorageOpt,
  };
}

function devicesOf(host: HostSettings): Fields {
  const capabilities = (names: readonly string[] | null | undefined): readonly string[] =>
    (names ?? []).map((name) => name.replace(/^CAP_/, ''));
  // the engine adds this by itself then
  const sharesNamespace = host.Privileged === true || host.PidMode === 'host' || host.IpcMode === 'host';
  return {
    cap_add: capabilities(host.CapAdd),
    cap_drop: capabilities(host.CapDrop),
    devices: (host.Devices ?? []).map((each) => `${each.PathOnHost}:${each.PathInContainer}:${each.CgroupPermissions}`),
    device_cgroup_rules: host.DeviceCgroupRules,
    security_opt: (host.SecurityOpt ?? []).filter((option) => !(option === 'label=disable' && sharesNamespace)),
    tmpfs: Object.entries(host.Tmpfs ?? {}).map(([path, options]) => (options === '' ? path : `${path}:${options}`)),
    init: host.Init === true ? true : undefined,
    runtime: host.Runtime === 'runc' ? undefined : host.Runtime,
    cgroup_parent: host.CgroupParent,
  };
}

function namesOf(host: HostSettings): Fields {
  const { Type: driver = 'json-file', Config } = host.LogConfig ?? {};
  const options = Object.fromEntries(Object.entries(Config ?? {}).filter(([name]) => !SECRET.test(name)));
  const isHost = (mode: string | undefined): 'host' | undefined => (mode === 'host' ? mode : undefined);
  return {
    dns: host.Dns,
    dns_search: host.DnsSearch,
    dns_opt: host.DnsOptions,
    extra_hosts: host.ExtraHosts,
    group_add: host.GroupAdd,
    uts: isHost(host.UTSMode),
    userns_mode: isHost(host.UsernsMode),
    logging: driver === 'json-file' && Object.keys(options).length === 0 ? undefined : { driver, options },
  };
}

function identityOf({ NetworkMode }: HostSettings, own: OwnSettings, made: OwnSettings, id: string): Fields {
  const { Hostname = '' } = own;
  return {
    hostname: NetworkMode === 'host' || id.startsWith(Hostname) ? undefined : Hostname,
    domainname: own.Domainname,
    stop_signal: own.StopSignal === made.StopSignal ? undefined : own.StopSignal,
    tty: own.Tty === true ? true : undefined,
    stdin_open: own.OpenStdin === true ? true : undefined,
  };
}

/** The entry point of an image can be taken away, which an empty list says. */
function withoutEntryPoint(own: OwnSettings, made: OwnSettings): Fields {
  return (made.Entrypoint ?? []).length > 0 && (own.Entrypoint ?? []).length === 0 ? { entrypoint: [] } : {};
}

/** Without what is not set: nothing, an empty text, list or mapping. */
function given(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => {
      if (value === undefined || value === null || value === '') return false;
      return typeof value !== 'object' || Object.keys(value).length > 0;
    }),
  );
}

function without(fields: Fields, keys: ReadonlySet<string>): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.has(key)));
}
