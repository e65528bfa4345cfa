// A dockerd of a proof's own, to be stopped, killed and filled up without harm to any other: its own network namespace (two in one flush
// each other's iptables chains), data root, exec root, socket, pid file and cgroup. The machine reaches it over one veth pair, as it would
// reach an engine on another host, so no docker-proxy is in the way. With a root file system of its own it is the dockerd of another release.
// Linux and root. Deliberately absent: a registry.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { callEngine, engineAnswers } from '../engine.mjs';
import { isAlive, lastLines, prepareCgroups, requireTools, startProcess, storageArguments, unmountBelow } from '../engine-host.mjs';
import { demoImages } from '../images.mjs';
import type { Authority } from '../../test/support/certificates.ts';

export interface OwnEngine {
  readonly socketPath: string;
  /** Its network namespace, as `nsenter --net=` takes it. */
  readonly network: string;
  /** A folder that it sees under the same path, whatever its root file system is. */
  readonly shared: string;
  /** Address at which the ports that it publishes are reached. */
  readonly address: string;
  /** kill -STOP of dockerd: it takes connections and answers nothing; `thaw` lets it go on. */
  freeze(): void;
  thaw(): void;
  /** Pulls the plug of its network, and puts it in again. */
  setLink(up: boolean): void;
  /** Where images and containers are kept; a file system of its own when one was asked for. */
  readonly dataRoot: string;
  /** Starts dockerd and waits until it answers; returns how long that took in ms. */
  start(options?: { readonly liveRestore?: boolean }): Promise<number>;
  /** SIGTERM to dockerd: it stops its containers (unless live-restore) and ends. */
  terminate(): Promise<void>;
  /** kill -9 of dockerd alone: containers go on under their shims. */
  crash(): Promise<void>;
  /** kill -9 of dockerd, containerd, the shims and everything in the containers: as if the power was cut. */
  cutPower(): Promise<void>;
  /** Every container on it, whoever made it. */
  everything(): Promise<readonly { readonly id: string; readonly task: string; readonly state: string }[]>;
  /** Ends it and takes away all that it made. */
  dispose(): Promise<void>;
}

const START_LIMIT_MS = 60_000;
/** dockerd gives its containers 10 s and itself 5 s more. */
const STOP_LIMIT_MS = 30_000;
const POLL_MS = 20;
/** Docker's own. */
export const TLS_PORT = 2_376;
const TASK_LABEL = 'dev.longshore.task';

export interface OwnEngineOptions {
  /** Which one it is of several that a proof has: 0 to 9. */
  readonly number?: number;
  /** Its data root is a tmpfs of this size. */
  readonly dataMegabytes?: number;
  /** The root file system whose dockerd it is; null: the one that is installed here. */
  readonly root?: string | null;
  /** Further entries of its daemon.json. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** It listens on TLS_PORT of its address, too, and lets in what this one has signed (dockerd's --tlsverify). */
  readonly authority?: Authority;
  /** Variables of dockerd's environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Takes a root file system and two folders that stay visible under their paths, and becomes the rest of its words there. A change of root
 * would not do: runc's own pivot_root asks for a root that is a mount. A sysfs shows the network of whoever mounts it. All mounts belong to this mount namespace and go with its last process.
 */
const OTHER_ROOT = `set -e
root=$1; folder=$2; run=$3; shift 3
mount --bind "$root" "$root"
for each in /proc /dev; do mount --rbind "$each" "$root$each"; done
mount -t sysfs sysfs "$root/sys"
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 run "$root/run"
mount -t tmpfs tmp "$root/tmp"
for each in "$folder" "$run"; do mkdir -p "$root$each"; mount --bind "$each" "$root$each"; done
cd "$root"
mkdir -p before
pivot_root . before
cd /
umount -l /before
exec "$@"`;

/** Takes a host name, and becomes the rest of its words there: engines of one machine would all be called alike. */
const NAMED = ['unshare', '--uts', 'sh', '-c', 'hostname "$0" && exec "$@"'];

interface Site {
  readonly name: string;
  readonly options: OwnEngineOptions;
  readonly address: string;
  readonly folder: string;
  readonly run: string;
  readonly dataRoot: string;
  readonly socketPath: string;
}

/** An engine that runs and has the demo's images. */
export async function makeOwnEngine(options: OwnEngineOptions = {}): Promise<OwnEngine> {
  requireTools();
  prepareCgroups();
  const number = options.number ?? 0;
  const name = `lsproof${process.pid}${number === 0 ? '' : `n${number}`}`;
  const folder = `/var/lib/${name}`;
  const site: Site = {
    ...{ name, options },
    address: `10.211.${process.pid % 250}.${number * 4 + 2}`,
    folder,
    run: `/run/${name}`,
    dataRoot: join(folder, 'data'),
    socketPath: `/run/${name}/docker.sock`,
  };
  let pid = 0;
  const engine: OwnEngine = {
    socketPath: site.socketPath,
    network: networkOf(site),
    shared: join(folder, 'shared'),
    address: site.address,
    dataRoot: site.dataRoot,
    start: async ({ liveRestore = false } = {}) => {
      const began = performance.now();
      pid = await startEngine(site, liveRestore);
      return Math.round(performance.now() - began);
    },
    terminate: async () => {
      process.kill(pid, 'SIGTERM');
      await untilDead(pid, STOP_LIMIT_MS);
    },
    crash: async () => {
      process.kill(pid, 'SIGKILL');
      await untilDead(pid, STOP_LIMIT_MS);
    },
    cutPower: async () => {
      for (const victim of [pid, ...processesOf(site)]) kill(victim);
      await untilDead(pid, STOP_LIMIT_MS);
    },
    everything: async () => everything(site),
    freeze: () => void process.kill(pid, 'SIGSTOP'),
    thaw: () => void process.kill(pid, 'SIGCONT'),
    setLink: (up) => {
      execFileSync('ip', ['link', 'set', linkOf(name), up ? 'up' : 'down']);
      if (up) execFileSync('ip', ['-n', name, 'route', 'replace', 'default', 'via', gatewayOf(site.address)]);
    },
    dispose: async () => {
      if (isAlive(pid)) process.kill(pid, 'SIGTERM');
      await removeSite(site, pid);
    },
  };
  try {
    makeNetwork(site);
    mkdirSync(site.run, { recursive: true });
    for (const each of [site.dataRoot, engine.shared]) mkdirSync(each, { recursive: true });
    if (options.dataMegabytes !== undefined)
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${options.dataMegabytes}m`, name, site.dataRoot]);
    await engine.start();
    await demoImages(site.socketPath);
  } catch (error) {
    await engine.dispose();
    throw error;
  }
  return engine;
}

async function startEngine(site: Site, liveRestore: boolean): Promise<number> {
  rmSync(join(site.run, 'dockerd.pid'), { force: true });
  rmSync(site.socketPath, { force: true });
  // A containerd that died with its dockerd may stay a zombie; the next dockerd would wait 15 s for it and give up.
  const containerd = join(site.run, 'exec/containerd/containerd.pid');
  if (existsSync(containerd) && !isAlive(Number(readFileSync(containerd, 'utf8')))) rmSync(containerd);
  const configuration = join(site.folder, 'daemon.json');
  writeFileSync(configuration, JSON.stringify({ ...site.options.configuration, 'live-restore': liveRestore }));
  const logFile = join(site.folder, 'dockerd.log');
  const log = openSync(logFile, 'a');
  const words = ['--host', `unix://${site.socketPath}`, '--data-root', site.dataRoot, '--exec-root', join(site.run, 'exec')];
  words.push(
    '--pidfile',
    join(site.run, 'dockerd.pid'),
    '--config-file',
    configuration,
    '--cgroup-parent',
    `/${site.name}`,
    ...tlsOf(site),
  );
  // nsenter becomes dockerd, so this is dockerd's process id. `ip netns exec` would hide /sys/fs/cgroup from it.
  const command = [...NAMED, site.name, ...rootOf(site), 'dockerd', ...words, ...storageArguments(site.dataRoot)];
  const pid = startProcess('nsenter', [`--net=${networkOf(site)}`, ...command], log);
  closeSync(log);
  const deadline = performance.now() + START_LIMIT_MS;
  while ((await engineAnswers(site.socketPath)) !== 'yes') {
    if (!isAlive(pid)) throw new Error(`the proof's dockerd ended: ${lastLines(logFile)}`);
    if (performance.now() > deadline) throw new Error(`the proof's dockerd did not answer in ${START_LIMIT_MS} ms: ${lastLines(logFile)}`);
    await sleep(POLL_MS);
  }
  return pid;
}

/** What dockerd is told for mutual TLS; its certificate is written anew. */
function tlsOf({ options: { authority }, address, folder }: Site): readonly string[] {
  if (authority === undefined) return [];
  const { cert, key } = authority.issue({ purpose: 'server', names: [address] });
  const put = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const files = ['--tlscacert', put('ca.pem', authority.cert), '--tlscert', put('cert.pem', cert), '--tlskey', put('key.pem', key)];
  return ['--host', `tcp://${address}:${TLS_PORT}`, '--tlsverify', ...files];
}

/** What becomes dockerd in its root file system and with its variables. */
function rootOf({ options, folder, run }: Site): readonly string[] {
  const variables = Object.entries(options.environment ?? {}).map(([name, value]) => `${name}=${value}`);
  if (typeof options.root !== 'string') return ['env', ...variables];
  const paths = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', OTHER_ROOT, 'sh', options.root, folder, run];
  return [...paths, 'env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', ...variables];
}

function networkOf({ name }: Site): string {
  return `/run/netns/${name}`;
}

function makeNetwork({ name, address }: Site): void {
  const gateway = gatewayOf(address);
  const steps = [
    ['netns', 'add', name],
    ['-n', name, 'link', 'set', 'lo', 'up'],
    ['link', 'add', linkOf(name), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name],
    ['addr', 'add', `${gateway}/30`, 'dev', linkOf(name)],
    ['link', 'set', linkOf(name), 'up'],
    ['-n', name, 'addr', 'add', `${address}/30`, 'dev', 'eth0'],
    ['-n', name, 'link', 'set', 'eth0', 'up'],
    ['-n', name, 'route', 'add', 'default', 'via', gateway],
  ];
  for (const words of steps) execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** The other end of its link: each has a network of four addresses. */
function gatewayOf(address: string): string {
  return address.replace(/\d+$/, (last) => String(Number(last) - 1));
}

/** An interface's name has at most 15 letters. */
function linkOf(name: string): string {
  return name.slice(-15);
}

async function everything({ socketPath }: Site): Promise<readonly { id: string; task: string; state: string }[]> {
  const { body } = await callEngine(socketPath, '/containers/json?all=1', { limitMs: 20_000 });
  const listed = JSON.parse(body) as { Id: string; State: string; Labels: Record<string, string> }[];
  return listed.map(({ Id, State, Labels }) => ({ id: Id, task: Labels[TASK_LABEL] ?? '', state: State }));
}

/** The processes of this engine: by its exec root on their command line, or in its cgroup. */
function processesOf({ name, run }: Site): readonly number[] {
  const entries = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return entries
    .filter((entry) => textOf(`/proc/${entry}/cmdline`).includes(`${run}/`) || textOf(`/proc/${entry}/cgroup`).includes(`:/${name}/`))
    .map(Number)
    .filter((each) => each !== process.pid);
}

/** Empty when the process is gone meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw error;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function untilDead(pid: number, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) throw new Error(`process ${pid} did not end within ${limitMs} ms`);
    await sleep(POLL_MS);
  }
}

/** Each step is done whatever became of the ones before: what is left would disturb the next proof. */
async function removeSite(site: Site, pid: number): Promise<void> {
  const deadline = performance.now() + STOP_LIMIT_MS;
  while (isAlive(pid) && performance.now() < deadline) await sleep(POLL_MS);
  for (const victim of processesOf(site)) kill(victim);
  while (processesOf(site).some(isAlive) && performance.now() < deadline) await sleep(POLL_MS);
  unmountBelow([site.folder, site.run]);
  spawnSync('ip', ['link', 'delete', linkOf(site.name)], { stdio: 'ignore' });
  spawnSync('ip', ['netns', 'delete', site.name], { stdio: 'ignore' });
  for (const controller of readdirSync('/sys/fs/cgroup')) removeGroup(join('/sys/fs/cgroup', controller, site.name));
  removeGroup(join('/sys/fs/cgroup', site.name));
  for (const folder of [site.folder, site.run]) rmSync(folder, { recursive: true, force: true });
}

/** A cgroup is a folder whose files can't be removed: the folders alone, the innermost first. */
function removeGroup(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) removeGroup(join(folder, entry.name));
  rmdirSync(folder);
}
