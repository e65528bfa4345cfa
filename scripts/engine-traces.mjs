// What dockerd leaves in the kernel's network when it ends: its bridge, its iptables chains, forwarding switched on. Read before it starts,
// taken away after it ended. Only for an engine that the demo started itself: no other engine was there, so every trace is its own.
// Linux and root, like starting an engine. Deliberately absent: rules that do not name Docker's chains or bridges.
import { readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

const FORWARDING = '/proc/sys/net/ipv4/ip_forward';
const DOCKERS = /\bDOCKER(?:-[A-Z0-9-]+)?\b|\bdocker0\b|\bbr-[0-9a-f]{12}\b/;

/** Whether the kernel forwards packets; dockerd switches it on, and then drops what it does not know. */
export function forwardsPackets() {
  try {
    return readFileSync(FORWARDING, 'utf8').trim() === '1';
  } catch (error) {
    if (error.code === 'ENOENT') return true;
    throw error;
  }
}

/** Takes away what an ended dockerd left; `forwardedBefore` is what forwardsPackets said before it started. */
export function removeTraces(forwardedBefore) {
  for (const program of ['iptables', 'ip6tables']) removeRules(program);
  spawnSync('ip', ['link', 'delete', 'docker0'], { stdio: 'ignore' }); // absent when no engine got so far
  if (forwardedBefore) return;
  spawnSync('iptables', ['-P', 'FORWARD', 'ACCEPT'], { stdio: 'ignore' });
  writeFileSync(FORWARDING, '0\n');
}

/** Deletes Docker's rules one by one, then its chains: other people's rules are not touched, not even read back. */
function removeRules(program) {
  const { stdout, status } = spawnSync(`${program}-save`, [], { encoding: 'utf8' });
  if (status !== 0) return;
  let table = 'filter';
  const chains = [];
  for (const line of stdout.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    else if (line.startsWith(':DOCKER')) chains.push([table, line.slice(1).split(' ')[0]]);
    else if (line.startsWith('-A ') && DOCKERS.test(line)) spawnSync(program, ['-t', table, '-D', ...line.slice(3).split(' ')]);
  }
  for (const word of ['-F', '-X']) for (const [home, chain] of chains) spawnSync(program, ['-t', home, word, chain]);
}
