// What a scenario does to a simulated engine from outside, past its API, and the condition that it is in then.
import type { ActResult } from '../../src/daemon/ports.ts';
import type { armedFaults } from './call-faults.ts';
import type { containersOf } from './containers.ts';
import { hashOf } from '../../src/std/hash.ts';

export type Reply = (result: ActResult) => void;

export interface Call {
  /** Whether the engine will still do what was asked. */
  wanted: boolean;
  answered: boolean;
  /** Asked by a daemon whose ledger is gone: no later daemon can know of it. */
  forgotten: boolean;
  readonly reply: Reply;
}

/** The condition an engine is in. */
export interface Condition {
  reachable: boolean;
  cutSince: number | null;
  wasCut: boolean;
  diskFull: boolean;
  mute: boolean;
  duplicate: boolean;
}

/** What the scenario does to an engine from outside, past its API. */
export function handsOn(
  id: string,
  state: Condition,
  machine: ReturnType<typeof containersOf>,
  faults: ReturnType<typeof armedFaults>,
  calls: ReadonlySet<Call>,
  missed: () => void,
  rewire: (container: string) => void,
) {
  return {
    forgetCalls: (): void => {
      for (const call of calls) call.forgotten = true;
    },
    arm: faults.arm,
    disarm: faults.disarm,
    setDiskFull: (full: boolean): void => {
      state.diskFull = full;
    },
    setMute: (quiet: boolean): void => {
      if (state.mute && !quiet) missed();
      state.mute = quiet;
    },
    setDuplicate: (twice: boolean): void => {
      state.duplicate = twice;
    },
    kill: machine.kill,
    rewire,
    loseLabels: machine.loseLabels,
    removeByHand: (container: string): void => {
      const found = machine.find(container);
      if (found) machine.remove(found);
    },
    addForeign: (name: string, labels: Readonly<Record<string, string>>, port: number | null): void =>
      machine.addForeign(hashOf(['foreign', id, name], 64), name, labels, port),
    removeForeignPorts: machine.releaseForeignPorts,
  };
}
