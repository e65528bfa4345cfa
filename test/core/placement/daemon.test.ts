// Where tasks of a daemon service belong (spec 3.1, 5.3, 5.8).
import { describe, expect, test } from 'vitest';
import type { Candidate } from '../../../src/core/placement/candidate.ts';
import { daemonPlaces } from '../../../src/core/placement/daemon.ts';
import type { Task } from '../../../src/model/task/task.ts';
import { ask, candidate, fleetOf, standing, type Wish } from './fleet.ts';
import { provesPlacement } from '../../proves.ts';

const DAEMONS = new Set(['service:web', 'service:logs']);

function verdicts(candidates: readonly Candidate[], tasks: readonly Task[] = [], wish: Wish = {}): Record<string, string> {
  const places = daemonPlaces(fleetOf(candidates, tasks).seats, ask(wish), DAEMONS);
  return Object.fromEntries(places.map(({ instance, verdict }) => [instance, verdict]));
}

describe('a daemon task', () => {
  test('belongs on each active instance that meets the constraints, whether it has one or not', () => {
    const fleet = [candidate('a'), candidate('b', { attributes: { gpu: 'no' } }), candidate('c')];
    const constraints = [{ type: 'memberOf', expression: 'attribute:gpu !exists' }] as const;
    const found = verdicts(fleet, [standing('web', 'a', 1), standing('web', 'b', 2)], { constraints });
    expect(found).toEqual({ a: 'wanted', b: 'unwanted', c: 'wanted' });
  });

  test('finds no room where none is, and keeps what it has', () => {
    const fleet = [candidate('a', { cpu: 300 }), candidate('b', { cpu: 300 })];
    const found = verdicts(fleet, [standing('other', 'a', 1), standing('web', 'b', 2)]);
    expect(found).toEqual({ a: 'blocked', b: 'wanted' });
  });

  test('stays where the engine is silent, and starts on none', () => {
    expect(verdicts([candidate('a', { agentConnected: false })])).toEqual({ a: 'kept' });
  });

  test('leaves a draining instance when nothing but daemons is left there', () => {
    provesPlacement('draining: daemons');
    const fleet = [candidate('a', { status: 'DRAINING' }), candidate('b', { status: 'DRAINING' })];
    const tasks = [standing('web', 'a', 1), standing('api', 'a', 2), standing('web', 'b', 3), standing('logs', 'b', 4)];
    expect(verdicts(fleet, tasks)).toEqual({ a: 'kept', b: 'unwanted' });
  });

  test('goes on where the swarm has paused the node, and is not started there', () => {
    const fleet = [candidate('a', { isPaused: true }), candidate('b')];
    expect(verdicts(fleet, [standing('api', 'a', 1)])).toEqual({ a: 'kept', b: 'wanted' });
  });

  test('leaves an instance that is deregistered', () => {
    expect(verdicts([candidate('a', { status: 'DEREGISTERING' })], [standing('api', 'a', 1)])).toEqual({ a: 'unwanted' });
  });

  test('is not for another processor or operating system', () => {
    const arm = candidate('a', { attributes: { 'ecs.cpu-architecture': 'arm64' } });
    expect(verdicts([arm, candidate('b')], [], { demand: { architecture: 'x86_64' } })).toEqual({ a: 'unwanted', b: 'wanted' });
    expect(verdicts([candidate('a')], [], { demand: { attributes: [{ name: 'ecs.os-type', value: 'windows' }] } })).toEqual({
      a: 'unwanted',
    });
  });
});
