// The checkers of a simulation, joined: each turn is judged, and so is the end. They know the specification and the machines, and nothing
// of how the core comes to its decisions (checkers/*.ts import no src/core but the texts that they search for secrets).
import { checkDeployments } from './checkers/deployment.ts';
import { checkFinish } from './checkers/finish.ts';
import { checkGroups } from './checkers/groups.ts';
import { checkImages } from './checkers/images.ts';
import { checkLedger } from './checkers/ledger.ts';
import { checkOrder } from './checkers/order.ts';
import { checkPlacement } from './checkers/placement.ts';
import { checkRelays, checkRelaysAtTheEnd } from './checkers/relays.ts';
import { checkRouting } from './checkers/routing.ts';
import { checkReplacement, type FailureMemory } from './checkers/replacement.ts';
import { checkSecrets } from './checkers/secrets.ts';
import type { Plan, World } from '../../src/model/turn/plan.ts';
import type { Surroundings } from './surroundings.ts';

export interface Watch {
  readonly violations: string[];
  turn(world: World, plan: Plan): void;
  /** The run has come to its end; `nextMoment`: when something would happen next, null when nothing is due. */
  finish(world: World, plan: Plan, nextMoment: number | null): void;
  /** The ledger was lost or an old one came back: what was known of rows does not hold any more. */
  forget(): void;
}

/** The first violations of a run say it all. */
const MOST_VIOLATIONS = 20;

/** Watches one run. */
export function watchRun(around: Surroundings): Watch {
  const violations: string[] = [];
  const ledgerMemory = { seen: new Set<string>() };
  const routingMemory = { tables: new Map(), served: new Set<string>(), stopOrdered: new Set<string>(), lastVersion: '' };
  const failureMemory: FailureMemory = new Map();
  const foreign = new Set<string>();
  let turns = 0;
  const blame = (what: string): void => {
    if (violations.length < MOST_VIOLATIONS) violations.push(`turn ${turns}, ${around.time.now() - around.start} ms: ${what}`);
  };
  let heard = 0;
  const checkSurroundings = (): void => {
    const { failures } = around.proxy;
    for (; heard < failures.length; heard++) blame(failures[heard] ?? '');
    for (const engine of around.engines.values()) {
      for (const container of engine.containers.values()) if (container.foreign) foreign.add(`${engine.id}/${container.id}`);
      for (const key of foreign) {
        const [id = '', container = ''] = key.split('/');
        if (id === engine.id && !engine.containers.has(container)) blame(`a foreign container of ${id} is gone`);
      }
    }
  };
  return {
    violations,
    turn: (world, plan) => {
      turns++;
      const turn = { world, plan, before: world.ledger, after: plan.ledger, blame };
      checkLedger(turn, ledgerMemory);
      checkDeployments(turn);
      checkReplacement(turn, failureMemory);
      checkRouting(turn, routingMemory);
      checkPlacement(turn);
      checkOrder(turn);
      checkGroups(turn);
      checkSecrets(turn);
      checkImages(turn);
      checkRelays(turn);
      checkSurroundings();
    },
    finish: (world, plan, nextMoment) => {
      checkSurroundings();
      checkFinish(around, world, plan, nextMoment, blame);
      checkRelaysAtTheEnd(around, { ...world, ledger: plan.ledger }, blame);
    },
    forget: () => {
      ledgerMemory.seen.clear();
      routingMemory.stopOrdered.clear();
      failureMemory.clear();
    },
  };
}
