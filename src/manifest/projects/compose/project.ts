// A compose project as it is after all of reading: files merged, `include` and `extends` followed, variables replaced, every short form
// written out, references checked. Keys keep Compose's names. The value has a tree of the same shape, so a path into the value is a path
// into the tree, and every place of the tree lies in the file that wrote it. Absent stays absent: no default is ever filled in.
import type { Problem } from '../../../model/problem.ts';
import type { Mapping } from '../../text/tree.ts';
import type { FileText } from '../../text/text.ts';

/** What reading the files of one project gives. */
export interface ReadProject {
  /** The best that could be made of the files; to be acted on only when no problem is an error. */
  readonly project: Project;
  /** Of the same shape as `project`. Offsets count through all files of `file`. */
  readonly tree: Mapping;
  readonly file: FileText;
  /** Where values of environments lie, also those of env files: no excerpt of these places is shown. */
  readonly secrets: readonly { readonly start: number; readonly end: number }[];
  /** Variables that are not set, by the offset of the value that they left a hole in: what is wrong there is wrong for that. '' where
   * the value itself has been told to be wrong. */
  readonly unset: ReadonlyMap<number, string>;
  readonly problems: readonly Problem[];
  /** Services with an error of their own: what is missing in them has been told. */
  readonly broken: ReadonlySet<string>;
  /** Whether a file of the project could not be read, or its services as a whole: there may be more of them. */
  readonly unread: boolean;
  /** Services that are not deployed because none of their profiles is active; they are not in `project`. */
  readonly inactive: ReadonlySet<string>;
  /** Every file that was asked for, found or not: the project must be read again when one of them changes. */
  readonly asked: readonly string[];
  /** Of these: the files that are part of the project as wholes, included ones among them. */
  readonly merged: readonly string[];
}

export interface Project {
  /** As written; the folder's name is Compose's default. */
  readonly name?: string;
  /** Those that are deployed: their profiles are active. Each of them has an image or a provider. */
  readonly services: Readonly<Record<string, Service>>;
  readonly networks?: Readonly<Record<string, Network>>;
  readonly volumes?: Readonly<Record<string, Volume>>;
  readonly secrets?: Readonly<Record<string, FileObject>>;
  readonly configs?: Readonly<Record<string, FileObject>>;
  readonly models?: Readonly<Record<string, Model>>;
  /** `files` and `profiles` are read and checked; other keys are as written. */
  readonly 'x-longshore'?: unknown;
}

/** All durations are seconds (fractions possible), all sizes bytes. A path that is relative in its file is relative to the root of the
 * repository here and begins with "./" or "../". */
export interface Service {
  readonly annotations?: TextMap;
  readonly attach?: boolean;
  readonly blkio_config?: Readonly<Record<string, unknown>>;
  readonly build?: Build;
  readonly cap_add?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly cgroup?: string;
  readonly cgroup_parent?: string;
  /** Words. Empty: the image's own command is taken away. */
  readonly command?: readonly string[];
  readonly configs?: readonly FileMount[];
  readonly container_name?: string;
  readonly cpu_count?: number;
  readonly cpu_percent?: number;
  readonly cpu_period?: number;
  readonly cpu_quota?: number;
  readonly cpu_rt_period?: number;
  readonly cpu_rt_runtime?: number;
  readonly cpu_shares?: number;
  readonly cpus?: number;
  readonly cpuset?: string;
  readonly credential_spec?: Readonly<Record<string, string>>;
  /** With what follows from links, volumes_from and shared namespaces, as Compose adds it. */
  readonly depends_on?: Readonly<Record<string, Dependency>>;
  readonly deploy?: Deploy;
  readonly develop?: Readonly<Record<string, unknown>>;
  readonly device_cgroup_rules?: readonly string[];
  readonly devices?: readonly Device[];
  readonly dns?: readonly string[];
  readonly dns_opt?: readonly string[];
  readonly dns_search?: readonly string[];
  readonly domainname?: string;
  /** Words. Empty: the image's own entry point is taken away. */
  readonly entrypoint?: readonly string[];
  /** With the variables of env files, which lie below those of `environment`. Names without a value are resolved or gone. */
  readonly environment?: TextMap;
  /** Ports or ranges with an optional protocol: `3000`, `3000-3005/udp`. */
  readonly expose?: readonly string[];
  readonly external_links?: readonly string[];
  /** Name -> addresses. */
  readonly extra_hosts?: Readonly<Record<string, readonly string[]>>;
  readonly gpus?: readonly DeviceRequest[];
  readonly group_add?: readonly string[];
  readonly healthcheck?: HealthCheck;
  readonly hostname?: string;
  readonly image?: string;
  readonly init?: boolean;
  readonly ipc?: string;
  readonly isolation?: string;
  readonly label_file?: readonly string[];
  readonly labels?: TextMap;
  /** `SERVICE` or `SERVICE:ALIAS`. */
  readonly links?: readonly string[];
  readonly logging?: { readonly driver?: string; readonly options?: TextMap };
  readonly mac_address?: string;
  readonly mem_limit?: number;
  readonly mem_reservation?: number;
  readonly mem_swappiness?: number;
  /** -1: no limit. */
  readonly memswap_limit?: number;
  readonly models?: Readonly<Record<string, { readonly endpoint_var?: string; readonly model_var?: string }>>;
  /** `bridge`, `host`, `none`, `service:NAME`, `container:NAME`. */
  readonly network_mode?: string;
  /** Absent: the network `default`, unless there is a network_mode. */
  readonly networks?: Readonly<Record<string, Attachment>>;
  readonly oom_kill_disable?: boolean;
  readonly oom_score_adj?: number;
  readonly pid?: string;
  readonly pids_limit?: number;
  readonly platform?: string;
  readonly ports?: readonly Port[];
  readonly post_start?: readonly Hook[];
  readonly pre_start?: readonly Hook[];
  readonly pre_stop?: readonly Hook[];
  readonly privileged?: boolean;
  readonly profiles?: readonly string[];
  readonly provider?: { readonly type: string; readonly options?: Readonly<Record<string, readonly string[]>> };
  readonly pull_policy?: string;
  readonly pull_refresh_after?: string;
  readonly read_only?: boolean;
  /** `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:TIMES`. */
  readonly restart?: string;
  readonly runtime?: string;
  readonly scale?: number;
  readonly secrets?: readonly FileMount[];
  readonly security_opt?: readonly string[];
  readonly shm_size?: number;
  readonly stdin_open?: boolean;
  readonly stop_grace_period?: number;
  readonly stop_signal?: string;
  readonly storage_opt?: TextMap;
  readonly sysctls?: TextMap;
  /** `PATH` or `PATH:OPTIONS`. */
  readonly tmpfs?: readonly string[];
  readonly tty?: boolean;
  readonly ulimits?: Readonly<Record<string, { readonly soft: number; readonly hard: number }>>;
  readonly use_api_socket?: boolean;
  readonly user?: string;
  readonly userns_mode?: string;
  readonly uts?: string;
  readonly volumes?: readonly Mount[];
  /** `SERVICE` or `container:NAME`, with an optional `:ro` or `:rw`. */
  readonly volumes_from?: readonly string[];
  readonly working_dir?: string;
  /** As written. */
  readonly 'x-longshore'?: unknown;
}

/** A mapping of texts: numbers and true/false are written as Compose writes them. */
export type TextMap = Readonly<Record<string, string>>;

/** Longshore builds nothing; what is left of `build` is what a person is told about. */
export interface Build {
  readonly context?: string;
  readonly dockerfile?: string;
  readonly target?: string;
}

export interface Dependency {
  readonly condition: 'service_started' | 'service_healthy' | 'service_completed_successfully';
  readonly restart?: boolean;
  readonly required?: boolean;
}

export interface Port {
  readonly target: number;
  /** Absent: any free port of the host. */
  readonly published?: number;
  /** The last of a range out of which one free port is taken. */
  readonly published_end?: number;
  readonly host_ip?: string;
  readonly protocol?: 'tcp' | 'udp' | 'sctp';
  readonly mode?: string;
  readonly name?: string;
  readonly app_protocol?: string;
}

export interface Mount {
  readonly type: 'bind' | 'volume' | 'tmpfs' | 'npipe' | 'cluster' | 'image';
  /** Absent in a volume: a nameless volume of the container's own. */
  readonly source?: string;
  readonly target: string;
  readonly read_only?: boolean;
  readonly consistency?: string;
  readonly bind?: {
    readonly propagation?: string;
    readonly create_host_path?: boolean;
    readonly recursive?: 'enabled' | 'disabled' | 'writable' | 'readonly';
    readonly selinux?: 'z' | 'Z';
  };
  readonly volume?: { readonly labels?: TextMap; readonly nocopy?: boolean; readonly subpath?: string };
  readonly tmpfs?: { readonly size?: number; readonly mode?: number };
  readonly image?: { readonly subpath?: string };
}

export interface HealthCheck {
  /** Begins with NONE, CMD or CMD-SHELL. */
  readonly test?: readonly string[];
  readonly interval?: number;
  readonly timeout?: number;
  readonly start_period?: number;
  readonly start_interval?: number;
  readonly retries?: number;
  readonly disable?: boolean;
}

/** Use of a secret or a config by a service. */
export interface FileMount {
  readonly source: string;
  readonly target?: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly mode?: number;
}

export interface Attachment {
  readonly aliases?: readonly string[];
  readonly driver_opts?: TextMap;
  readonly gw_priority?: number;
  readonly interface_name?: string;
  readonly ipv4_address?: string;
  readonly ipv6_address?: string;
  readonly link_local_ips?: readonly string[];
  readonly mac_address?: string;
  readonly priority?: number;
}

export interface Device {
  readonly source: string;
  readonly target?: string;
  readonly permissions?: string;
}

export interface DeviceRequest {
  readonly capabilities?: readonly string[];
  readonly driver?: string;
  /** -1: all of them. */
  readonly count?: number;
  readonly device_ids?: readonly string[];
  readonly options?: TextMap;
}

export interface Hook {
  readonly command?: readonly string[];
  readonly image?: string;
  readonly user?: string;
  readonly privileged?: boolean;
  readonly working_dir?: string;
  readonly environment?: TextMap;
  readonly per_replica?: boolean;
}

export interface Deploy {
  readonly mode?: string;
  readonly endpoint_mode?: string;
  readonly replicas?: number;
  readonly labels?: TextMap;
  readonly resources?: {
    readonly limits?: { readonly cpus?: number; readonly memory?: number; readonly pids?: number };
    readonly reservations?: {
      readonly cpus?: number;
      readonly memory?: number;
      readonly generic_resources?: readonly unknown[];
      readonly devices?: readonly DeviceRequest[];
    };
  };
  readonly restart_policy?: {
    readonly condition?: string;
    readonly delay?: number;
    readonly max_attempts?: number;
    readonly window?: number;
  };
  readonly update_config?: UpdateConfig;
  readonly rollback_config?: UpdateConfig;
  readonly placement?: {
    readonly constraints?: readonly string[];
    readonly preferences?: readonly { readonly spread?: string }[];
    readonly max_replicas_per_node?: number;
  };
}

export interface UpdateConfig {
  readonly parallelism?: number;
  readonly delay?: number;
  readonly failure_action?: string;
  readonly monitor?: number;
  readonly max_failure_ratio?: number;
  readonly order?: 'start-first' | 'stop-first';
}

export interface Network {
  readonly name?: string;
  readonly driver?: string;
  readonly driver_opts?: TextMap;
  readonly ipam?: Readonly<Record<string, unknown>>;
  readonly external?: boolean;
  readonly internal?: boolean;
  readonly attachable?: boolean;
  readonly enable_ipv4?: boolean;
  readonly enable_ipv6?: boolean;
  readonly labels?: TextMap;
  readonly 'x-longshore'?: unknown;
}

export interface Volume {
  readonly name?: string;
  readonly driver?: string;
  readonly driver_opts?: TextMap;
  readonly external?: boolean;
  readonly labels?: TextMap;
  readonly 'x-longshore'?: unknown;
}

/** A secret or a config. Its text comes from one of file, content and environment, or from outside. */
export interface FileObject {
  readonly name?: string;
  readonly file?: string;
  readonly content?: string;
  readonly environment?: string;
  readonly external?: boolean;
  readonly driver?: string;
  readonly driver_opts?: TextMap;
  readonly template_driver?: string;
  readonly labels?: TextMap;
  readonly 'x-longshore'?: unknown;
}

export interface Model {
  readonly model: string;
  readonly name?: string;
  readonly context_size?: number;
  readonly runtime_flags?: readonly string[];
}
