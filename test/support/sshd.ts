// A real sshd on 127.0.0.1 (or in another network) with a host key, a user's key and a configuration of its own, for one test file. Where OpenSSH's server is missing it is
// installed when nothing would start it (root, apt-get, no systemd: a container); anywhere else the tests say in one line why they are left out.
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './engine.ts';

export interface Sshd {
  readonly port: number;
  readonly user: string;
  /** Holds everything below, and whatever a test puts there. */
  readonly folder: string;
  /** The user's private key, without a passphrase. */
  readonly keyFile: string;
  /** Has the host's keys. */
  readonly knownHostsFile: string;
  /** The host's public keys: type and key. */
  readonly hostKeys: readonly string[];
  /** What sshd has said. */
  log(): string;
  /** How often somebody was let in. */
  logins(): number;
  /** Freezes sshd and all its connections, lets them go on, or ends them. */
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
  /** Ends it, and starts it anew with other settings on the same port. */
  restart(settings: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const PLACES = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'];
const POLICY = '/usr/sbin/policy-rc.d';
const START_MS = 10_000;
const HOST_KEYS = ['ed25519', 'ecdsa', 'rsa'] as const;

/** Why there can be no sshd here; null: there can. */
export function whyNoSshd(): string | null {
  if (sshdPath() !== null) return null;
  const hint = 'no sshd is installed here (apt-get install openssh-server)';
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get') || existsSync('/run/systemd/system')) return hint;
  return install() ? null : hint;
}

export interface SshdOptions {
  /** Who logs in; absent: who runs the tests. */
  readonly user?: string;
  /** Where it listens; absent: 127.0.0.1. */
  readonly address?: string;
  /** What it is started by, for another network: ['nsenter', '--net=...']. */
  readonly within?: readonly string[];
}

/**
 * Starts one. Call whyNoSshd first. As root, `user` has /bin/sh for it, whatever else: in a mount namespace of its own with another /etc/passwd.
 * So a user of the system without a shell can be one, and nobody's profile decides how long a command takes.
 */
export async function startSshd(settings: readonly string[] = [], options: SshdOptions = {}): Promise<Sshd> {
  const { user = userInfo().username, address = '127.0.0.1', within = [] } = options;
  const path = sshdPath();
  if (path === null) throw new Error('there is no sshd');
  const folder = mkdtempSync(join(tmpdir(), 'sshd-'));
  const port = await freePort();
  for (const type of HOST_KEYS) makeKey(join(folder, `host_${type}`), type);
  const keyFile = join(folder, 'id');
  makeKey(keyFile, 'ed25519');
  writeFileSync(join(folder, 'authorized_keys'), readFileSync(`${keyFile}.pub`));
  const knownHostsFile = join(folder, 'known_hosts');
  const hostKeys = HOST_KEYS.map((type) => readFileSync(join(folder, `host_${type}.pub`), 'utf8').trim());
  writeFileSync(knownHostsFile, hostKeys.map((key) => `[${address}]:${port} ${key}\n`).join(''));
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  let said = '';
  const start = async (own: readonly string[]): Promise<ChildProcess> => {
    const lines = [
      ...[`ListenAddress ${address}`, `Port ${port}`, ...HOST_KEYS.map((type) => `HostKey ${join(folder, `host_${type}`)}`)],
      ...['StrictModes no', 'UsePAM no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'PermitRootLogin yes'],
      ...['PidFile none', 'LogLevel VERBOSE', ...own, `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`],
    ];
    const config = join(folder, 'sshd_config');
    writeFileSync(config, `${lines.join('\n')}\n`);
    const words = [...within, path, '-D', '-e', '-f', config];
    const [program = path, ...rest] = process.getuid?.() === 0 ? withShell(user, folder, words) : words;
    const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await untilItListens(
      { address, port },
      () => child.exitCode !== null,
      () => said,
    );
    return child;
  };
  let child = await start(settings);
  const group = (name: NodeJS.Signals): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    for (const pid of [child.pid, ...descendants(child.pid)]) {
      try {
        process.kill(pid, name);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  };
  const end = async (): Promise<void> => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const isOver = child.exitCode !== null || child.signalCode !== null;
    group('SIGKILL');
    if (!isOver) await ended;
  };
  return {
    ...{ port, user, folder, keyFile, knownHostsFile, hostKeys },
    log: () => said,
    logins: () => said.split('\n').filter((line) => line.startsWith('Accepted publickey')).length,
    signal: group,
    restart: async (other) => {
      await end();
      child = await start(other);
    },
    close: async () => {
      await end();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A pair of keys at `path` and `path.pub`. */
export function makeKey(path: string, type: 'ed25519' | 'ecdsa' | 'rsa', passphrase = ''): void {
  const bits = type === 'rsa' ? ['-b', '2048'] : [];
  execFileSync('ssh-keygen', ['-q', '-t', type, ...bits, '-N', passphrase, '-C', 'test', '-f', path]);
  chmodSync(path, 0o600);
}

/** The same command where /etc/passwd says that `user` has a shell. */
function withShell(user: string, folder: string, words: readonly string[]): readonly string[] {
  const passwd = readFileSync('/etc/passwd', 'utf8').replace(new RegExp(`^(${user}:.*:)[^:]*$`, 'm'), '$1/bin/sh');
  writeFileSync(join(folder, 'passwd'), passwd, { mode: 0o644 });
  return ['unshare', '-m', 'sh', '-c', `mount --bind ${join(folder, 'passwd')} /etc/passwd && exec "$@"`, 'sh', ...words];
}

function sshdPath(): string | null {
  return PLACES.find((path) => existsSync(path)) ?? null;
}

/** The processes below one: sshd's connections, each in a session of its own. */
function descendants(pid: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? parentOf(name) : null;
    if (parent === null) continue;
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const below = (parent: number): readonly number[] => (children.get(parent) ?? []).flatMap((each) => [each, ...below(each)]);
  return below(pid);
}

/** Null: it has ended meanwhile. */
function parentOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}

/** Installs Debian's package without letting its script start an sshd on port 22. */
function install(): boolean {
  const guarded = !existsSync(POLICY);
  if (guarded) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    return [['update'], ['install', '-y', '--no-install-recommends', 'openssh-server', 'openssh-client']].every(
      (words) => spawnSync('apt-get', ['-qq', ...words], { env, timeout: 300_000 }).status === 0,
    );
  } finally {
    if (guarded) rmSync(POLICY);
  }
}

async function untilItListens(
  { address, port }: { address: string; port: number },
  isOver: () => boolean,
  said: () => string,
): Promise<void> {
  for (const deadline = Date.now() + START_MS; ; await sleep(20)) {
    if (isOver() || Date.now() > deadline) throw new Error(`sshd does not start: ${said()}`);
    const listens = await new Promise<boolean>((resolve) => {
      const probe = connect(port, address);
      probe.on('error', () => resolve(false));
      probe.on('connect', () => {
        probe.destroy();
        resolve(true);
      });
    });
    if (listens) return;
  }
}
