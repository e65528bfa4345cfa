// What a machine needs before dockerd runs on it: packages, cgroups, a storage driver that works, a detached process, clean unmounts.
// Everything here is Linux and root; whatever is missing becomes one EngineUnavailable line. No Docker API in here.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Why no engine can be had here, in one line for people. */
export class EngineUnavailable extends Error {
  name = 'EngineUnavailable';
}

const CGROUPS = '/sys/fs/cgroup';
const CGROUP2_MAGIC = 0x63677270;
/** A plain user's or a cron job's PATH lacks the folders that dockerd and iptables live in. */
const SEARCH_PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;

/** Makes sure that dockerd and iptables are here; installs Debian's packages when root and missing. */
export function requireTools() {
  if (process.platform !== 'linux')
    throw new EngineUnavailable('none answers, and dockerd can be started on Linux only (start Docker Desktop or the like)');
  const root = process.getuid?.() === 0;
  const missing = ['dockerd', 'iptables', 'ip'].filter((program) => !onPath(program));
  if (missing.length > 0) {
    const hint = 'apt-get install docker.io iptables iproute2';
    if (!root || !onPath('apt-get')) throw new EngineUnavailable(`none answers, and ${missing.join(', ')} is not installed (${hint})`);
    console.error(`installing docker.io, iptables and iproute2 (${missing.join(', ')} missing)`);
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const words of [['update'], ['install', '-y', '--no-install-recommends', 'docker.io', 'iptables', 'iproute2']]) {
      const run = spawnSync('apt-get', ['-qq', ...words], { env: environment, encoding: 'utf8', timeout: 300_000 });
      if (run.status !== 0) throw new EngineUnavailable(`apt-get ${words[0]} failed: ${oneLine(run.stderr || String(run.error ?? ''))}`);
    }
  }
  if (!root) throw new EngineUnavailable('none answers; dockerd is installed, but only root can start it');
}

/** Mounts cgroup v1 controllers where a bare container has none, or opens a nested cgroup v2 for children. */
export function prepareCgroups() {
  if (existsSync(CGROUPS) && statfsSync(CGROUPS).type === CGROUP2_MAGIC) return nestCgroups();
  if (mountPoints().includes(`${CGROUPS}/devices`) || mountPoints().some((point) => /^\/sys\/fs\/cgroup\/.*devices/.test(point))) return;
  if (!mountPoints().includes(CGROUPS)) tryRun('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'cgroup', CGROUPS]);
  const mounted = new Set(mountPoints());
  for (const line of readFileSync('/proc/cgroups', 'utf8').split('\n')) {
    const [controller, , , enabled] = line.split(/\s+/);
    if (!controller || controller.startsWith('#') || enabled !== '1' || mounted.has(join(CGROUPS, controller))) continue;
    mkdirSync(join(CGROUPS, controller), { recursive: true });
    // A controller that the kernel gives to cgroup v2 can't be mounted; runc does without it when devices and memory are there.
    if (!tryRun('mount', ['-n', '-t', 'cgroup', '-o', controller, 'cgroup', join(CGROUPS, controller)]))
      rmdirSync(join(CGROUPS, controller));
  }
  if (!mountPoints().includes(`${CGROUPS}/devices`))
    throw new EngineUnavailable(`no usable cgroups in ${CGROUPS} (is this an unprivileged container?)`);
}

/** In a container the cgroup root holds processes, and then its controllers can't be handed to children: move them aside first. */
function nestCgroups() {
  const control = join(CGROUPS, 'cgroup.subtree_control');
  if (readFileSync(control, 'utf8').split(/\s+/).includes('memory')) return;
  const aside = join(CGROUPS, 'init');
  try {
    mkdirSync(aside, { recursive: true });
    for (const pid of readFileSync(join(CGROUPS, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) {
      try {
        writeFileSync(join(aside, 'cgroup.procs'), pid);
      } catch (error) {
        if (error.code !== 'ESRCH' && error.code !== 'EINVAL') throw error; // ended meanwhile, or a kernel thread
      }
    }
    const controllers = readFileSync(join(CGROUPS, 'cgroup.controllers'), 'utf8').trim().split(/\s+/);
    writeFileSync(control, controllers.map((controller) => `+${controller}`).join(' '));
  } catch (error) {
    throw new EngineUnavailable(`the cgroup v2 root can't be prepared for containers: ${oneLine(error.message)}`);
  }
}

/** dockerd's arguments for the storage driver: vfs where an overlay can't be mounted on this directory (overlay on overlay). */
export function storageArguments(directory) {
  const trial = join(directory, 'overlay-trial');
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(trial, name));
  for (const path of [lower, upper, work, merged]) mkdirSync(path, { recursive: true });
  const works = tryRun('mount', ['-t', 'overlay', '-o', `lowerdir=${lower},upperdir=${upper},workdir=${work}`, 'overlay', merged]);
  if (works) execFileSync('umount', [merged]);
  rmSync(trial, { recursive: true, force: true });
  return works ? [] : ['--storage-driver', 'vfs'];
}

/** Starts a process in a session of its own that outlives this one, its output in an open file. Returns its process id. */
export function startProcess(program, words, logDescriptor) {
  const environment = { ...process.env, PATH: SEARCH_PATH };
  delete environment.DOCKER_HOST;
  const child = spawn(program, words, { detached: true, stdio: ['ignore', logDescriptor, logDescriptor], env: environment });
  if (child.pid === undefined) throw new EngineUnavailable(`${program} can't be started`);
  child.unref();
  return child.pid;
}

/** Whether a process runs. A zombie (PID 1 of a container may never reap) still answers kill 0, but it is dead. */
export function isAlive(pid) {
  if (!(pid > 0)) return false;
  const state = processStat(pid)?.[0];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** Clock ticks since boot at which a process started: with the id, it names a process for good. Null when there is none. */
export function startedAtTicks(pid) {
  return processStat(pid)?.[19] ?? null;
}

/** The fields of /proc/<pid>/stat from the state on (field 3), behind the name that may hold spaces and brackets. */
function processStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return null;
    throw error;
  }
}

/** Unmounts what is mounted below directories, the deepest first. */
export function unmountBelow(directories) {
  const ours = mountPoints().filter((point) => directories.some((directory) => point.startsWith(`${directory}/`)));
  for (const point of ours.toSorted().toReversed()) tryRun('umount', ['-l', point]);
}

/** The last lines of a log in one line, for an error. */
export function lastLines(file) {
  return oneLine(readFileSync(file, 'utf8').trim().split('\n').slice(-3).join(' | '));
}

function mountPoints() {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
}

function onPath(program) {
  return SEARCH_PATH.split(':').some(
    (folder) => folder !== '' && existsSync(folder) && readdirSync(folder).includes(program) && executable(join(folder, program)),
  );
}

function executable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // not executable, or a dangling link: the same to us
  }
}

function tryRun(program, words) {
  return spawnSync(program, words, { stdio: 'ignore', timeout: 10_000 }).status === 0;
}

function oneLine(text) {
  return text.replaceAll(/\s+/g, ' ').trim().slice(-600);
}
