// A command that a person runs inside a container that runs already (ECS: ExecuteCommand). What goes in and out are bytes of theirs.

export interface ExecRequest {
  /** The program and its arguments; never empty. */
  readonly command: readonly string[];
  /** Whether bytes are sent to it. */
  readonly stdin: boolean;
  /** Whether it gets a terminal; stdout and stderr are one stream then. */
  readonly tty: boolean;
  /** Of the terminal. */
  readonly columns: number;
  readonly rows: number;
}

export interface ExecOutput {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}
