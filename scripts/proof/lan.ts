// One network between engines of a proof, as machines in one rack have it: a bridge in a network namespace of its own, and a cable from each
// engine and from this machine into it. Engines that talk to each other need it: over their own links they reach this machine alone, whose
// firewall may forward nothing. Linux and root.
import { execFileSync, spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import type { OwnEngine } from './own-engine.ts';

export interface Lan {
  /** Of each engine, in their order. */
  readonly addresses: readonly string[];
  /** Takes it away; the cables go with it. */
  dispose(): void;
}

/** The address of this machine is the first one, engines have the next ones. */
export function makeLan(engines: readonly OwnEngine[]): Lan {
  const name = `lslan${process.pid}`;
  const network = `10.212.${process.pid % 250}`;
  const ip = (...words: string[]): void => void execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  const plug = (index: number, inside: string | null): string => {
    const port = `p${index}`;
    const address = `${network}.${index + 1}`;
    const far = inside === null ? name : 'eth1';
    const where = inside === null ? [] : ['-n', inside];
    ip('-n', name, 'link', 'add', port, 'type', 'veth', 'peer', 'name', far, 'netns', inside ?? '1');
    ip('-n', name, 'link', 'set', port, 'master', 'br0', 'up');
    ip(...where, 'addr', 'add', `${address}/24`, 'dev', far);
    ip(...where, 'link', 'set', far, 'up');
    return address;
  };
  ip('netns', 'add', name);
  const dispose = (): void => void spawnSync('ip', ['netns', 'delete', name], { stdio: 'ignore' });
  try {
    ip('-n', name, 'link', 'add', 'br0', 'type', 'bridge');
    ip('-n', name, 'link', 'set', 'br0', 'up');
    plug(0, null);
    return { addresses: engines.map((engine, index) => plug(index + 1, basename(engine.network))), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}
