// Relays: nothing is created beside one that is only being opened, none is taken away from under tasks, and at the end there is one where tasks
// are and none where none are.
import type { Turn } from './facts.ts';
import type { Surroundings } from '../surroundings.ts';
import type { World } from '../../../src/model/turn/plan.ts';

/** Judges the calls of one turn. */
export function checkRelays({ world, plan, before, blame }: Turn): void {
  for (const action of plan.actions) {
    const relay = world.observed.instances.get(action.instance)?.relay;
    const tries = (ledger: World['ledger']): number => ledger.retries.get(`relay/${action.instance}`)?.tries ?? 0;
    const hasFailed = tries(plan.ledger) >= 3 || tries(before) >= 3;
    if (action.kind === 'create-container' && relay?.wanted === true && relay.state !== 'up' && !hasFailed)
      blame(`${action.key}: its instance has no relay yet, and may have one`);
    const isUsed = [...plan.ledger.tasks.values()].some((task) => task.instance === action.instance);
    if (action.kind === 'remove-relay' && relay?.wanted === true && isUsed) blame(`${action.key}: tasks on ${action.instance} need it`);
    if (action.kind === 'open-relay' && relay?.wanted !== true) blame(`${action.key}: nobody wants it`);
  }
}

/** Judges the quiet world. */
export function checkRelaysAtTheEnd({ engines }: Surroundings, { observed, ledger }: World, blame: (what: string) => void): void {
  for (const [id, engine] of engines) {
    const relay = engine.picture().relay;
    if (relay === undefined || !observed.instances.has(id)) continue;
    const isUsed = [...ledger.tasks.values()].some((task) => task.instance === id);
    const wanted = isUsed && relay.wanted ? 'up' : 'absent';
    if (relay.state !== wanted) blame(`the relay of ${id} is ${relay.state}, not ${wanted}`);
  }
}
