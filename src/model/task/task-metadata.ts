// What containers learn about themselves while they run: the variables that lead them to it, and what an engine says of a container for that.
// Deliberately absent: the words of the answers (api/metadata-view.ts) and the secret part of each address (api/metadata-endpoint.ts).

/** Longshore has no account and no region; the form of the ARNs is kept, because programs take the id from behind the last slash. */
export const LOCAL_ARN = 'arn:aws:ecs:local:000000000000';

/** The ARN under which a task is known to its own containers. */
export function taskArn(cluster: string, task: string): string {
  return `${LOCAL_ARN}:task/${cluster}/${task}`;
}

/** ECS's variable with the address of a container's own metadata. */
export const METADATA_VARIABLE = 'ECS_CONTAINER_METADATA_URI_V4';

/** ECS's variable with the path of the credentials of a task's role, at ECS's own address; and that of the SDKs for any other address. */
export const CREDENTIALS_PATH_VARIABLE = 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI';
export const CREDENTIALS_VARIABLE = 'AWS_CONTAINER_CREDENTIALS_FULL_URI';

/** Every variable that we add to a container by ourselves: each holds an address that only this container or its task may know. */
export const OWN_VARIABLES: readonly string[] = [METADATA_VARIABLE, CREDENTIALS_PATH_VARIABLE, CREDENTIALS_VARIABLE];

/** What a program signs its calls of AWS with, for a while. Secret. */
export interface Credentials {
  readonly roleArn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Empty: there is none. */
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiration: number;
}

/** One name and value of a container's environment. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly value: string;
}

/** What an engine knows of a container at a moment, as far as the container may be told. No environment and no option of a log is in it. */
export interface ContainerFacts {
  readonly id: string;
  /** The engine's name for it, without the leading slash. */
  readonly name: string;
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'created' | 'running' | 'exited';
  /** Null unless exited. */
  readonly exitCode: number | null;
  /** RFC 3339 as the engine writes them; null: it has not come to that. */
  readonly createdAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly ports: readonly {
    readonly containerPort: number;
    readonly protocol: string;
    readonly hostPort: number;
    readonly hostIp: string;
  }[];
  readonly networks: readonly {
    readonly name: string;
    readonly ipv4: string | null;
    readonly ipv6: string | null;
    readonly mac: string | null;
    /** Length of the prefix of its IPv4 network. */
    readonly prefixLength: number | null;
    readonly gateway: string | null;
  }[];
  readonly volumes: readonly { readonly name: string | null; readonly source: string; readonly destination: string }[];
  readonly logDriver: string;
  /** Null: it has no health check. */
  readonly health: {
    readonly status: 'starting' | 'healthy' | 'unhealthy';
    readonly exitCode: number | null;
    readonly output: string;
  } | null;
}
