// `longshore why`: a real process and a real socket, and how an answer is laid out.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeDoor } from '../api/fake-door.ts';
import { longshore } from './spawn.ts';
import { makePlace, type Place } from './place.ts';
import { whyText } from '../../src/cli/why.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { WhyAnswer } from '../../src/api/why.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => place.leave());

const plain: Terminal = { out: () => {}, note: () => {}, width: 200, paint: (_, text) => text, paintNote: (_, text) => text };
const ANSWER: WhyAnswer = {
  kind: 'service',
  id: 'prod/web',
  service: 'prod/web',
  reasons: ['(service web) was unable to place a task because ...', 'deployment ecs-svc/2 of web:2 is IN_PROGRESS for 1 min'],
  task: null,
  placement: {
    revision: 'web:2',
    wants: ['256 CPU units', '512 MiB'],
    constraints: ['memberOf attribute:disk == ssd'],
    strategies: ['spread attribute:ecs.availability-zone (the default)'],
    next: null,
    waitsFor: null,
    instances: [
      {
        instance: 'a1',
        tasks: 1,
        refusals: [
          { rule: 'cpu', detail: 'has none.' },
          { rule: 'memory', detail: 'has less.' },
        ],
        preferred: [],
      },
      { instance: 'b1', tasks: 0, refusals: [], preferred: ['0 with ecs.availability-zone=b'] },
    ],
  },
};

describe('why', () => {
  it('is laid out: causes first, then instance by instance and rule by rule', () => {
    expect(whyText(ANSWER, plain)).toBe(`service      prod/web
why          (service web) was unable to place a task because ...
             deployment ecs-svc/2 of web:2 is IN_PROGRESS for 1 min

placing      web:2
wants        256 CPU units, 512 MiB
constraints  memberOf attribute:disk == ssd
strategy     spread attribute:ecs.availability-zone (the default)
next         no instance would take the task now

INSTANCE  TASKS  VERDICT  WHY
a1            1  refused  cpu: it has none.
                          memory: it has less.
b1            0  fits     0 with ecs.availability-zone=b`);
  });

  it('names the first choice, the provider that is waited for, and what a cluster without instances lacks', () => {
    const { placement } = ANSWER;
    if (placement === null) throw new Error('no placement');
    expect(whyText({ ...ANSWER, placement: { ...placement, next: 'b1' } }, plain)).toMatch(
      /next +b1 would get the task now[^]*b1 +0 +first/,
    );
    const waiting = whyText({ ...ANSWER, placement: { ...placement, waitsFor: 'spot', instances: [] } }, plain);
    expect(waiting).toContain('it would wait for an instance of capacity provider spot');
    expect(waiting).toContain('its cluster has no container instance');
    const many = Array.from({ length: 50 }, (_, index) => ({
      instance: `i${index}`,
      tasks: 0,
      refusals: [],
      preferred: [],
      daemon: 'kept' as const,
    }));
    const daemon = whyText({ ...ANSWER, placement: { ...placement, instances: many } }, plain);
    expect(daemon).toContain('and 10 more instances; --output json has all');
    expect(daemon).not.toContain('next ');
  });

  it('asks the daemon, as text and as JSON; what it does not know is refused; 0, 0, 1', async () => {
    await place.open(fakeDoor());
    const text = await longshore(['why', 'web', '--state', place.state]);
    expect([text.code, text.stdout]).toEqual([
      0,
      expect.stringMatching(/^service +default\/web\nwhy +[^]*\nfar +0 +refused +agent: it encountered error "AGENT"/),
    ]);
    const json = await longshore(['why', 'web', '--output', 'json', '--state', place.state]);
    expect(JSON.parse(json.stdout)).toMatchObject({ kind: 'service', id: 'default/web', placement: { revision: 'web' } });
    const unknown = await longshore(['why', 'wbe', '--state', place.state]);
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringContaining('no service and no task is called wbe\nhint: Did you mean web?'),
    ]);
  });
});
