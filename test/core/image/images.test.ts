// Which image a container of a deployment runs, and who is asked for it: one row, one sentence.
import { describe, expect, test } from 'vitest';
import { type ResolveScene, imageFor, instancesWithImages, lookKey, resolveImages } from '../../../src/core/image/images.ts';
import { answer, container, instance } from '../../build.ts';
import type { ContainerDefinition } from '../../../src/model/task/container-definition.ts';
import type { ImagePullBehavior } from '../../../src/model/cluster/cluster.ts';

type Policy = NonNullable<NonNullable<ContainerDefinition['x-longshore']>['pullPolicy']>;

const DIGEST = `sha256:${'d'.repeat(64)}`;
const INSTANCES = [instance('one'), instance('two')];

function app(policy?: Policy, more: Partial<ContainerDefinition['x-longshore']> = {}): ContainerDefinition {
  return container('app', 'app:1', { 'x-longshore': { ...(policy !== undefined && { pullPolicy: policy }), ...more } });
}

/** Images by instance, of which `held` are there; undefined: nobody has been asked yet. */
function scene(own: ContainerDefinition, behavior: ImagePullBehavior, held: Readonly<Record<string, string | null>> | null): ResolveScene {
  const answers = Object.entries(held ?? {}).map(([id, digest]) => {
    const key = lookKey(id, own.image);
    return [key, answer(key, digest === null ? null : `sha256:${id}`, digest)] as const;
  });
  return {
    ...{ service: 'default/web', revision: 'web:1', containers: [own], behavior, pullFailed: false, pinned: [] },
    ...{ instances: INSTANCES, answers: new Map(answers), outcomes: new Map() },
  };
}

describe('the pull policy of a container', () => {
  test.each<[Policy | undefined, ImagePullBehavior, 'registry' | 'engines']>([
    [undefined, 'prefer-cached', 'engines'],
    [undefined, 'always', 'registry'],
    ['always', 'prefer-cached', 'registry'],
    ['missing', 'always', 'engines'],
    ['never', 'always', 'engines'],
  ])('%s in a cluster with %s asks %s first', (policy, behavior, first) => {
    const { looks, actions } = resolveImages(scene(app(policy), behavior, null));
    expect([looks.length, actions.map(({ kind }) => kind)]).toEqual(first === 'engines' ? [2, []] : [0, ['pull-image']]);
  });

  test('missing asks the registry when no instance has the image, never fails the deployment', () => {
    const nowhere = { one: null, two: null };
    expect(resolveImages(scene(app('missing'), 'always', nowhere)).actions.map(({ kind }) => kind)).toEqual(['pull-image']);
    const never = resolveImages(scene(app('never'), 'always', nowhere));
    expect(never.actions).toEqual([]);
    expect(never.failure).toEqual({
      reference: 'app:1',
      reason: 'CannotPullContainerError: no instance has app:1, and the pullPolicy of container app is never',
    });
  });

  test('never runs the image where it is, by its id', () => {
    const resolved = resolveImages(scene(app('never'), 'always', { one: null, two: DIGEST }));
    expect(resolved.pinned).toEqual([{ container: 'app', reference: 'app:1', digest: null, ids: [{ instance: 'two', id: 'sha256:two' }] }]);
    expect(instancesWithImages(resolved.pinned)).toEqual(new Set(['two']));
    expect(imageFor(resolved.pinned[0], app('never'), 'two')).toBe('sha256:two');
  });

  test('never looks for an image by digest, too, which others take for granted', () => {
    const pinned = { ...app('never'), image: `app@${DIGEST}` };
    expect(resolveImages(scene(pinned, 'always', null)).looks).toHaveLength(2);
    expect(resolveImages(scene({ ...app(), image: `app@${DIGEST}` }, 'always', null)).done).toBe(true);
  });

  test('a platform is one of the terms on which an image is pulled', () => {
    const [pull] = resolveImages(scene(app('always', { platform: 'linux/arm64' }), 'always', null)).actions;
    expect(pull).toMatchObject({ key: 'pull/one/app:1 platform=linux/arm64', platform: 'linux/arm64' });
  });
});

describe('on many instances', () => {
  const MANY = Array.from({ length: 50 }, (_, index) => instance(`i${String(index).padStart(2, '0')}`));
  const nobody = Object.fromEntries(MANY.map(({ id }) => [id, null]));
  const first = Object.fromEntries(MANY.slice(0, 20).map(({ id }) => [id, null]));

  /** Images by instance; null: it was asked and has none. */
  function asked(
    answers: Readonly<Record<string, { readonly id: string; readonly digest: string | null } | null>>,
    more: Partial<ResolveScene> = {},
  ) {
    const found = Object.entries(answers).map(([id, image]) => {
      const key = lookKey(id, 'app:1');
      return [key, answer(key, image?.id ?? null, image?.digest ?? null)] as const;
    });
    return resolveImages({ ...scene(app(), 'prefer-cached', null), instances: MANY, answers: new Map(found), ...more });
  }

  test('the first are asked, and no others when one of them has it from a registry', () => {
    expect(asked({}).looks.map(({ instance }) => instance)).toEqual(MANY.slice(0, 20).map(({ id }) => id));
    const resolved = asked({ ...first, i07: { id: 'sha256:seven', digest: DIGEST } });
    expect(resolved).toMatchObject({ done: true, looks: [], pinned: [{ digest: DIGEST, ids: [] }] });
  });

  test('all are asked for an image that is known by its id on one of the first', () => {
    const local = { id: 'sha256:seven', digest: null };
    expect(asked({ ...first, i07: local }).looks).toHaveLength(50);
    const resolved = asked({ ...nobody, i07: local, i44: local });
    expect(resolved.pinned).toMatchObject([{ digest: null, ids: [{ instance: 'i07' }, { instance: 'i44' }] }]);
  });

  test('the registry is asked before the rest, and the rest only when it has nothing', () => {
    const { actions, looks } = asked(first);
    expect([actions.map(({ key }) => key), looks.length]).toEqual([['pull/i00/app:1'], 20]);
    const at = { key: 'pull/i00/app:1', at: 0 };
    const done = { ...at, error: null, image: { id: 'sha256:new', digest: DIGEST } };
    expect(asked(first, { outcomes: new Map([[at.key, done]]) })).toMatchObject({ done: true, pinned: [{ digest: DIGEST }] });
    const refused = new Map([[at.key, { ...at, error: { code: 'ImageMissing' as const, message: 'no such image' } }]]);
    expect(asked(first, { outcomes: refused })).toMatchObject({ failure: null, actions: [] });
    expect(asked(first, { outcomes: refused }).looks).toHaveLength(50);
    const elsewhere = asked({ ...nobody, i44: { id: 'sha256:far', digest: null } });
    expect(elsewhere.pinned).toMatchObject([{ ids: [{ instance: 'i44', id: 'sha256:far' }] }]);
    expect(asked(nobody, { outcomes: refused }).failure?.reason).toContain('no such image');
  });

  test('where nothing may be pulled, all are asked', () => {
    const never = { containers: [app('never')] };
    expect(asked(first, never).looks).toHaveLength(50);
    expect(asked(nobody, never).failure?.reason).toContain('no instance has app:1');
  });

  test('one that can not say is asked again before anybody else', () => {
    const key = lookKey('i03', 'app:1');
    const answers = new Map(Object.keys(first).map((id) => [lookKey(id, 'app:1'), answer(lookKey(id, 'app:1'), null)] as const));
    answers.set(key, { ...answer(key, null), error: { code: 'Failed', message: 'busy' } });
    const resolved = resolveImages({ ...scene(app(), 'prefer-cached', null), instances: MANY, answers });
    expect(resolved).toMatchObject({ again: true, looks: [], actions: [] });
  });
});
