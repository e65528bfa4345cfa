// What is told of an engine that goes away and comes back: once each, after a restart too, and never as fast as it flaps.
import { describe, expect, test } from 'vitest';
import { NOW, instance, ledger, observed, world } from '../../build.ts';
import { TOLD_AGAIN_MS } from '../../../src/core/instance/agents.ts';
import type { Ledger } from '../../../src/model/turn/ledger.ts';
import { eventsBetween } from '../../../src/core/events.ts';
import { reconcile } from '../../../src/core/reconcile.ts';

const HERE = instance('one');
const AWAY = instance('one', [], { connected: false, silence: 'no answer to a ping: no answer within 5000 ms' });
const GONE = 'instance-disconnected: (container-instance one) agent disconnected: no answer to a ping: no answer within 5000 ms. ';
const STAYS = 'Its tasks are left as they are, and no new one is placed there.';

/** The events of a turn in which the engine looks like `view`, and what follows from it. */
function turn(before: Ledger, view: typeof HERE | null, afterMs: number) {
  const now = NOW + afterMs;
  const plan = reconcile(world({ observed: observed(view === null ? [] : [view]), ledger: before, now }));
  const events = eventsBetween(before, plan.ledger, now);
  return { ledger: plan.ledger, wakeAt: plan.wakeAt, told: events.map((event) => `${event.kind}: ${event.message}`), events };
}

describe('a container instance', () => {
  test('that answers is no news, at the start of a daemon neither', () => {
    const first = turn(ledger(), HERE, 0);
    expect(first.told).toEqual([]);
    expect(first.ledger.instances.size).toBe(0);
  });

  test('is told as disconnected and connected once each, with reason and duration', () => {
    const away = turn(ledger(), AWAY, 0);
    expect(away.told).toEqual([`${GONE}${STAYS}`]);
    expect(away.events[0]).toMatchObject({ service: '', instance: 'one', task: null, deployment: null });
    const still = turn(away.ledger, AWAY, 5_000);
    expect(still.told).toEqual([]);
    expect(still.ledger).toBe(away.ledger);
    const back = turn(still.ledger, HERE, 12_000);
    expect(back.told).toEqual(['instance-connected: (container-instance one) agent connected: the engine answers after 12 s.']);
    expect(turn(back.ledger, HERE, 13_000).told).toEqual([]);
  });

  test('is told once although the daemon began anew meanwhile: the row is what remembers', () => {
    const away = turn(ledger(), AWAY, 0);
    const reopened = structuredClone(away.ledger);
    expect(turn(reopened, AWAY, 1_000).told).toEqual([]);
    expect(turn(reopened, HERE, 1_000).told).toHaveLength(1);
  });

  test('that flaps is told as one pair a minute, and as away when it stays away', () => {
    let state = ledger();
    const kinds: string[] = [];
    for (let second = 0; second < 120; second++) {
      const next = turn(state, second % 2 === 0 ? AWAY : HERE, second * 1_000);
      kinds.push(...next.events.map((event) => event.kind));
      state = next.ledger;
    }
    expect(kinds).toEqual(['instance-disconnected', 'instance-connected', 'instance-disconnected', 'instance-connected']);
    const again = turn(state, AWAY, 119_000);
    expect(again.told).toEqual([]);
    expect(again.wakeAt).not.toBeNull();
    expect(turn(again.ledger, AWAY, (again.wakeAt ?? 0) - NOW).told).toHaveLength(1);
  });

  test('leaves no row behind once it has been back for a while, or is no longer configured', () => {
    const back = turn(turn(ledger(), AWAY, 0).ledger, HERE, 1_000);
    expect(back.ledger.instances.size).toBe(1);
    const later = turn(back.ledger, HERE, 1_000 + TOLD_AGAIN_MS);
    expect([later.ledger.instances.size, later.told, later.wakeAt]).toEqual([0, [], null]);
    const forgotten = turn(back.ledger, null, 2_000);
    expect([forgotten.ledger.instances.size, forgotten.told]).toEqual([0, []]);
  });
});
