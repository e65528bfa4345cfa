// What several verbs take, and how their values are read. Every option has an environment variable of its name: LONGSHORE_STATE for --state.
// Nothing is looked up here: a folder need not exist, an engine need not answer.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { Failure } from './failure.ts';
import { SOCKET_PATH_BYTES, parseEngineEndpoint } from '../lang/engine-endpoint.ts';
import { SECOND, MINUTE, HOUR } from '../std/time.ts';
import type { EngineEndpoint } from '../lang/engine-endpoint.ts';

/** One engine as `--engine` names it. */
export interface EngineAddress {
  /** The container instance's id. */
  readonly name: string;
  readonly endpoint: EngineEndpoint;
  /** The operator's credential that is named; null: the one for its host. */
  readonly credential: string | null;
  /** Address at which its published ports are reached; null: where the endpoint leads to. */
  readonly address: string | null;
  /** Clusters it serves; null: every cluster. */
  readonly clusters: readonly string[] | null;
}

export type OutputFormat = 'text' | 'json' | 'markdown' | 'sarif' | 'github';

export const DEFAULT_ENGINE = 'unix:///var/run/docker.sock';
/** More engines than this want several daemons. */
const MAX_ENGINES = 100;
const ENGINE_KEYS = ['name', 'address', 'clusters', 'credential'];

/** The state folder when none is named: the system's for root, else the user's (XDG base directories). */
export function defaultStateFolder(uid: number | null, env: Readonly<Record<string, string | undefined>>): string {
  if (uid === 0) return '/var/lib/longshore';
  const base = env['XDG_STATE_HOME'];
  return join(base?.startsWith('/') ? base : join(env['HOME'] ?? homedir(), '.local', 'state'), 'longshore');
}

/** `--state <folder>`, made absolute. */
export function stateOption(): Option {
  return new Option(
    '--state <folder>',
    "the daemon's folder: ledger, socket, proxy (default: /var/lib/longshore for root, else $XDG_STATE_HOME/longshore)",
  )
    .env('LONGSHORE_STATE')
    .argParser((text) => resolve(text));
}

/** The folder of `--state`, or the default one. */
export function stateFolderOf(options: { readonly state?: string | undefined }): string {
  return options.state ?? defaultStateFolder(process.getuid?.() ?? null, process.env);
}

/** `--config`. */
export function configOption(): Option {
  return new Option(
    '--config <file>',
    'what the operator sets, secret providers for example (default: config.yaml in the state folder, if it is there)',
  )
    .env('LONGSHORE_CONFIG')
    .argParser((text) => resolve(text));
}

/** `--output` with the formats that a verb can print. */
export function outputOption(formats: readonly OutputFormat[]): Option {
  return new Option('--output <format>', 'how to print the answer')
    .choices([...formats])
    .default('text')
    .env('LONGSHORE_OUTPUT');
}

/** `--repo`. */
export function repoOption(): Option {
  return new Option('--repo <repository>', 'a folder with a git repository, or the URL of one').env('LONGSHORE_REPO').default('.');
}

/** `--environment`. */
export function environmentOption(): Option {
  return new Option('--environment <name>', 'whose variables and overlays count: environments/<name>.yaml').env('LONGSHORE_ENVIRONMENT');
}

/** `--engine`, repeatable. */
export function engineOption(): Option {
  return new Option(
    '--engine <address>',
    `a Docker engine: unix:///path, tcp://host:port, ssh://user@host or context:name, each with [,name=web1][,address=10.0.0.5][,clusters=a+b][,credential=lan]; repeatable (default: ${DEFAULT_ENGINE})`,
  )
    .env('LONGSHORE_ENGINE')
    .argParser((text: string, before: readonly EngineAddress[] | undefined) => [
      ...(before ?? []),
      ...text.trim().split(/\s+/).map(parseEngine), // the environment variable holds several, separated by blanks
    ]);
}

/** `--installation`. */
export function installationOption(): Option {
  return new Option('--installation <id>', 'the label of our containers (default: the one of the state folder, or a new one)')
    .env('LONGSHORE_INSTALLATION')
    .argParser((text) => {
      if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(text))
        throw new InvalidArgumentError('It has 1 to 63 letters, digits, hyphens or underscores.');
      return text;
    });
}

/** The engines of `--engine`, or the default one. Fails when two have one name. */
export function enginesOf(options: { readonly engine?: readonly EngineAddress[] | undefined }): readonly EngineAddress[] {
  const engines = options.engine ?? [parseEngine(DEFAULT_ENGINE)];
  if (engines.length > MAX_ENGINES)
    throw new Failure('ERROR', `${engines.length} engines are more than ${MAX_ENGINES}`, 'Run several daemons.');
  const twice = engines.find((engine, index) => engines.findIndex((other) => other.name === engine.name) < index);
  if (twice) {
    throw new Failure('ERROR', `two engines are called ${twice.name}`, 'Give each a name of its own: --engine unix:///path,name=web1.');
  }
  return engines;
}

/**
 * One engine: its endpoint and `,key=value` parts: name (default: local on this machine, else its host or context), address, clusters (`a+b`;
 * default all), credential. Throws commander's InvalidArgumentError.
 */
export function parseEngine(text: string): EngineAddress {
  const [where = '', ...parts] = text.split(',');
  const { value: endpoint, fault } = parseEngineEndpoint(where);
  if (fault !== null) throw new InvalidArgumentError(`It ${fault.message}: ${fault.hint}.`);
  const values = new Map<string, string>();
  for (const part of parts) {
    const [key = '', value = ''] = part.split('=', 2);
    if (!ENGINE_KEYS.includes(key)) {
      throw new InvalidArgumentError(`It knows name=, address=, clusters= and credential=, not ${JSON.stringify(part)}.`);
    }
    if (value === '') throw new InvalidArgumentError(`${key}= needs a value.`);
    values.set(key, value);
  }
  const name = values.get('name') ?? defaultName(endpoint);
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name)) {
    const hint = values.has('name') ? '' : ` This one would be called ${name}: give it another one with name=.`;
    throw new InvalidArgumentError(`An engine name has 1 to 64 letters, digits, dots, hyphens or underscores.${hint}`);
  }
  return {
    name,
    endpoint,
    credential: values.get('credential') ?? null,
    address: values.get('address') ?? null,
    clusters: values.get('clusters')?.split('+') ?? null,
  };
}

function defaultName(endpoint: EngineEndpoint): string {
  switch (endpoint.kind) {
    case 'unix':
      return 'local';
    case 'context':
      return endpoint.name;
    case 'tcp':
    case 'ssh':
      return endpoint.host;
  }
}

/** A duration such as `90s`, `10m`, `2h` or `250ms` in milliseconds; a plain number is seconds. Throws commander's InvalidArgumentError. */
export function parseDuration(text: string): number {
  const match = /^([0-9]{1,9})(ms|s|m|h)?$/.exec(text);
  if (!match) throw new InvalidArgumentError('A duration is a number and ms, s, m or h: 90s, 10m, 2h.');
  const unit = { ms: 1, s: SECOND, m: MINUTE, h: HOUR }[match[2] ?? 's'] ?? SECOND;
  return Number(match[1]) * unit;
}

/** `--timeout`, in milliseconds. */
export function timeoutOption(description: string): Option {
  return new Option('--timeout <duration>', description).env('LONGSHORE_TIMEOUT').argParser(parseDuration);
}

/** A TCP port; 0 stands for any free one. Throws commander's InvalidArgumentError. */
export function parsePort(text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError('A port is a whole number from 0 (any free one) to 65535.');
  return port;
}

/** A whole number from 0 on. Throws commander's InvalidArgumentError. */
export function parseCount(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}

/** Where things lie in a state folder. Fails when its path leaves no room for that of a socket. */
export function statePaths(folder: string): { readonly socket: string; readonly proxySocket: string; readonly proxyLog: string } {
  const socket = join(folder, 'longshore.sock'); // the longest of them
  const bytes = Buffer.byteLength(socket);
  if (bytes > SOCKET_PATH_BYTES) {
    const room = SOCKET_PATH_BYTES - (bytes - Buffer.byteLength(folder));
    throw new Failure(
      'ERROR',
      `the path of the state folder is too long: with it ${socket} has ${bytes} bytes, and a socket's path at most ${SOCKET_PATH_BYTES}`,
      `Name a folder of at most ${room} bytes with --state; a symbolic link to this one will do.`,
    );
  }
  return { socket, proxySocket: join(folder, 'proxy.sock'), proxyLog: join(folder, 'proxy.log') };
}
