// What a commit declares stays whole when what did not change keeps its object from the commit before.
import { expect, test } from 'vitest';
import { app, desired } from '../build.ts';
import { shareUnchanged } from '../../src/core/share.ts';
import type { DesiredState } from '../../src/model/turn/desired.ts';

test('nothing that a commit declares is lost, and nothing of the one before is left', () => {
  const before = desired([app('web'), app('old')]);
  const after: DesiredState = {
    ...desired([app('web'), app('new')]),
    capacityProviders: [{ name: 'burst', cluster: 'default', autoScalingGroupArn: 'group' }],
  };
  const shared = shareUnchanged(before, after);
  expect(shared).toEqual(after);
  expect(shared.services.get('default/web')).toBe(before.services.get('default/web'));
  expect(shareUnchanged(after, before)).toEqual(before);
});
