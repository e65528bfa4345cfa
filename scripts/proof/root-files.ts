// Root file systems of Debian releases with the dockerd of each, made by debootstrap from the archive that this machine installs from.
// Deliberately absent: other distributions; of Debian's, two releases hold two engines that are years apart.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineUnavailable } from '../engine-host.mjs';

/** dockerd and what it calls. */
const PACKAGES = ['docker.io', 'iptables', 'iproute2', 'procps', 'ca-certificates'];
const MAKE_LIMIT_MS = 1_200_000;

/** The root file system of a suite below `folder`; one that was made there before is taken again. */
export async function rootFiles(suite: string, folder: string): Promise<string> {
  if (!/^[a-z][a-z0-9.-]*$/.test(suite)) throw new EngineUnavailable(`${suite} is no suite: use Debian's words, such as trixie or sid`);
  const root = join(folder, suite);
  if (existsSync(root)) return root;
  mkdirSync(folder, { recursive: true });
  const begun = `${root}.begun`;
  rmSync(begun, { recursive: true, force: true });
  await debootstrap(suite, begun, mirror());
  // It must not start services, nor find what the machine's own engine is told.
  writeFileSync(join(begun, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  renameSync(begun, root);
  return root;
}

/** Where this machine has Debian's own packages from. */
function mirror(): string {
  const words = ['indextargets', '--format', '$(REPO_URI) $(COMPONENT) $(LABEL)', 'Created-By: Packages'];
  const lines = execFileSync('apt-get', words, { encoding: 'utf8' }).trim().split('\n');
  const found = lines.map((line) => line.split(' ')).find(([, component, label]) => component === 'main' && label === 'Debian');
  if (found?.[0] === undefined) throw new EngineUnavailable("no archive of Debian is among this machine's package sources");
  return found[0];
}

async function debootstrap(suite: string, root: string, archive: string): Promise<void> {
  const words = ['--variant=minbase', `--include=${PACKAGES.join(',')}`, suite, root, archive];
  const child = spawn('debootstrap', words, { stdio: ['ignore', 'pipe', 'pipe'], signal: AbortSignal.timeout(MAKE_LIMIT_MS) });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-2_000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new EngineUnavailable('debootstrap is not installed (apt-get install debootstrap)') : error),
    );
    child.on('close', resolve);
  });
  if (code !== 0) throw new EngineUnavailable(`debootstrap ${suite} failed: ${said.trim().split('\n').slice(-3).join(' | ')}`);
}
