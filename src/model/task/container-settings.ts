// What a container is created with beside its image, command, environment, ports, limits and health check: names, rights, kernel settings,
// logs. Engine-neutral; a field that is absent leaves it to the engine. Sizes in bytes.
// Deliberately absent: what reaches out of the container by itself (volumes, secrets, other containers); those have machines of their own.
export interface ContainerSettings {
  readonly hostname?: string | undefined;
  readonly domainname?: string | undefined;
  readonly dnsServers?: readonly string[] | undefined;
  readonly dnsSearchDomains?: readonly string[] | undefined;
  readonly dnsOptions?: readonly string[] | undefined;
  readonly extraHosts?: readonly { readonly hostname: string; readonly ipAddress: string }[] | undefined;
  readonly interactive?: boolean | undefined;
  readonly pseudoTerminal?: boolean | undefined;
  readonly initProcessEnabled?: boolean | undefined;
  readonly stopSignal?: string | undefined;
  readonly privileged?: boolean | undefined;
  readonly capabilitiesAdded?: readonly string[] | undefined;
  readonly capabilitiesDropped?: readonly string[] | undefined;
  /** As `key=value`, or a word alone. */
  readonly securityOptions?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly devices?: readonly ContainerDevice[] | undefined;
  readonly deviceCgroupRules?: readonly string[] | undefined;
  /** Whole GPUs; 'ALL' of the instance. */
  readonly gpus?: number | 'ALL' | undefined;
  readonly ulimits?: readonly { readonly name: string; readonly softLimit: number; readonly hardLimit: number }[] | undefined;
  readonly systemControls?: Readonly<Record<string, string>> | undefined;
  readonly sharedMemoryBytes?: number | undefined;
  readonly tmpfs?: readonly ContainerTmpfs[] | undefined;
  /** Memory and swap together; -1: no limit. */
  readonly memorySwapBytes?: number | undefined;
  /** From 0 to 100. */
  readonly swappiness?: number | undefined;
  readonly oomKillDisable?: boolean | undefined;
  readonly oomScoreAdjustment?: number | undefined;
  readonly pidsLimit?: number | undefined;
  readonly cpuset?: string | undefined;
  readonly cgroupParent?: string | undefined;
  readonly cgroupNamespace?: 'host' | 'private' | undefined;
  readonly pidMode?: 'host' | SharedWith | undefined;
  readonly ipcMode?: 'host' | 'none' | 'private' | 'shareable' | SharedWith | undefined;
  readonly usernsMode?: 'host' | undefined;
  readonly utsMode?: 'host' | undefined;
  readonly runtime?: string | undefined;
  readonly storageOptions?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly log?: ContainerLog | undefined;
}

/** The namespace of another container, by the engine's name. */
export interface SharedWith {
  readonly container: string;
}

export interface ContainerDevice {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly permissions: readonly ('read' | 'write' | 'mknod')[];
}

export interface ContainerTmpfs {
  readonly containerPath: string;
  /** Null: half of the memory of the instance. */
  readonly sizeBytes: number | null;
  readonly options: readonly string[];
}

export interface ContainerLog {
  /** Empty: the default of the engine. */
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  /** The socket of a log router, in a volume of its task: where the engine finds it, only the engine knows. */
  readonly socket?: { readonly volume: string; readonly file: string } | undefined;
}
