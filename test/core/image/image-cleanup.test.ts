// Which images go, and when: only what we brought, nothing that may be needed, an hour after nobody needs it, five at a time.
import { describe, expect, test } from 'vitest';
import {
  NOW,
  app,
  containerView,
  deployment,
  desired,
  identity,
  instance,
  ledger,
  observed,
  serviceRevision,
  serviceRow,
  task,
  world,
} from '../../build.ts';
import type { ImageRow, Ledger } from '../../../src/model/turn/ledger.ts';
import type { InstanceView } from '../../../src/model/turn/observed.ts';
import type { Outcome } from '../../../src/model/turn/outcome.ts';
import { cleanImages } from '../../../src/core/image/image-cleanup.ts';
import { newTurn } from '../../../src/core/turn.ts';
import { HOUR, MINUTE } from '../../../src/std/time.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
/** The moment at which what is unneeded from NOW on goes: NOW is no multiple of the cycle. */
const FIRST_CYCLE = Math.ceil((NOW + HOUR) / (30 * MINUTE)) * 30 * MINUTE;

const row = (reference: string, more: Partial<ImageRow> = {}): ImageRow => ({
  id: `local/${reference}`,
  instance: 'local',
  reference,
  image: { id: 'sha256:image', digest: DIGEST },
  removeAt: null,
  ...more,
});
const pulled = (reference: string, more: Partial<Outcome> = {}): Outcome => ({
  ...{ key: `pull/local/${reference}`, at: NOW, error: null, image: { id: 'sha256:image', digest: DIGEST }, brought: true },
  ...more,
});

interface Scene {
  readonly before?: Ledger;
  readonly outcomes?: readonly Outcome[];
  readonly instances?: readonly InstanceView[];
  readonly now?: number;
  readonly keeps?: true;
}

/** What is known after a turn, as `reference: removeAt` with minutes from now, and what is asked to go. */
function clean({ before = ledger(), outcomes = [], instances = [instance('local')], now = NOW, keeps }: Scene) {
  const declared = desired([app('web')]);
  const clusters = new Map([
    ['default', { name: 'default', imagePullBehavior: 'default' as const, ...(keeps && { imageCleanup: 'disabled' as const }) }],
  ]);
  const turn = newTurn(world({ ledger: before, outcomes, observed: observed(instances), now, desired: { ...declared, clusters } }));
  cleanImages(turn);
  const images = turn.draft.images.result();
  return {
    images,
    known: Object.fromEntries([...images.values()].map(({ id, removeAt }) => [id, removeAt])),
    removed: turn.actions.map((action) => action.key),
    wakeAt: turn.wakeAt,
  };
}

describe('what is known to be ours', () => {
  test.each<[string, readonly Outcome[], readonly string[]]>([
    ['a pull that brought an image', [pulled('web:1')], ['local/web:1']],
    ['a pull with a login of its own', [pulled('web:1', { key: 'pull/local/web:1 vault:registry' })], ['local/web:1']],
    ['not a pull of what was there before', [{ ...pulled('web:1'), brought: undefined } as unknown as Outcome], []],
    ['not a pull that failed', [{ key: 'pull/local/web:1', at: NOW, error: { code: 'Failed', message: '' } }], []],
    ['not an answer of an instance that is unknown', [pulled('web:1', { key: 'pull/other/web:1' })], []],
  ])('%s', (_, outcomes, known) => {
    expect(Object.keys(clean({ outcomes }).known)).toEqual(known);
  });

  test('a tag that has moved leaves an image under its digest behind', () => {
    const again: Outcome = { key: 'pull/local/web:1', at: NOW, error: null, image: { id: 'sha256:new', digest: OTHER } };
    const { images } = clean({ before: ledger({ images: [row('web:1')] }), outcomes: [again] });
    expect([...images.values()].map(({ reference, image }) => [reference, image.id])).toEqual([
      ['web:1', 'sha256:new'],
      [`web@${DIGEST}`, 'sha256:image'],
    ]);
  });

  test('no more than a thousand on an instance', () => {
    const images = Array.from({ length: 1_000 }, (_, index) => row(`web:${index}`));
    expect(clean({ before: ledger({ images }), outcomes: [pulled('last:1')] }).images.size).toBe(1_000);
  });

  test('nothing of an instance that is no more', () => {
    expect(clean({ before: ledger({ images: [row('web:1')] }), instances: [] }).known).toEqual({});
  });
});

describe('what may be needed stays', () => {
  const spec = app('web', { image: 'web:1' }).taskDefinition;
  const revision = { id: 'web:1', family: 'web', number: 1, hash: 'v1:spec', spec };
  const kept = (reference: string, digest: string) =>
    serviceRow({
      deployments: [
        deployment({ rollout: 'COMPLETED', target: serviceRevision({ images: [{ container: 'main', reference, digest, ids: [] }] }) }),
      ],
    });
  const using = instance('local', [containerView(identity(), { imageId: 'sha256:image', state: 'exited' })]);

  test.each<[string, Scene]>([
    ['by a revision that is kept', { before: ledger({ revisions: [revision], images: [row('web:1')] }) }],
    ['by a revision, however it spells the name', { before: ledger({ revisions: [revision], images: [row('docker.io/library/web:1')] }) }],
    ['by a deployment that resolved its tag', { before: ledger({ services: [kept('web:1', OTHER)], images: [row('web:1')] }) }],
    ['by a deployment that runs its digest', { before: ledger({ services: [kept('web:2', DIGEST)], images: [row(`web@${DIGEST}`)] }) }],
    [
      'by a deployment that runs the same image under another tag',
      { before: ledger({ services: [kept('web:2', DIGEST)], images: [row('web:1')] }) },
    ],
    ['by a container, also one that has ended', { before: ledger({ images: [row('web:1')] }), instances: [using] }],
    ['by a cluster that keeps its images', { before: ledger({ images: [row('web:1')] }), keeps: true }],
  ])('%s', (_, scene) => {
    expect(clean(scene).known).toEqual(Object.fromEntries([...(scene.before?.images.keys() ?? [])].map((id) => [id, null])));
  });

  test('again, when it was to go', () => {
    const before = ledger({ revisions: [revision], images: [row('web:1', { removeAt: NOW - 1 })] });
    expect(clean({ before })).toMatchObject({ known: { 'local/web:1': null }, removed: [] });
  });
});

describe('what nobody needs goes', () => {
  test('at the first half hour after an hour, and nobody is woken for it', () => {
    const waiting = clean({ before: ledger({ images: [row('web:1')] }) });
    expect(waiting).toMatchObject({ known: { 'local/web:1': FIRST_CYCLE }, removed: [], wakeAt: null });
    const before = ledger({ images: [...waiting.images.values()] });
    expect(clean({ before, now: FIRST_CYCLE - 1 }).removed).toEqual([]);
    expect(clean({ before, now: FIRST_CYCLE }).removed).toEqual(['remove-image/local/web:1']);
  });

  test('five at a time', () => {
    const { known } = clean({ before: ledger({ images: Array.from({ length: 12 }, (_, index) => row(`web:${index}`)) }) });
    const cycles = Object.values(known).map((at) => ((at ?? 0) - FIRST_CYCLE) / (30 * MINUTE));
    expect(cycles.sort((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2]);
  });

  test('on an engine that answers', () => {
    const before = ledger({ images: [row('web:1', { removeAt: NOW })] });
    expect(clean({ before, instances: [instance('local', [], { connected: false })] }).removed).toEqual([]);
    expect(clean({ before, instances: [instance('local', [], { observedAt: null })] }).removed).toEqual([]);
  });

  test('and is forgotten when it has gone', () => {
    const before = ledger({ images: [row('web:1', { removeAt: NOW })] });
    expect(clean({ before, outcomes: [{ key: 'remove-image/local/web:1', at: NOW, error: null }] }).known).toEqual({});
  });

  test('in a later cycle when the engine refuses', () => {
    const before = ledger({ images: [row('web:1', { removeAt: NOW })] });
    const refused: Outcome = { key: 'remove-image/local/web:1', at: NOW, error: { code: 'Failed', message: 'in use' } };
    expect(clean({ before, outcomes: [refused] })).toMatchObject({ known: { 'local/web:1': FIRST_CYCLE }, removed: [] });
  });

  test.each([
    ['a pull', 'pull/local/big:1'],
    ['the creation of a container', `create/${task().id}/main`],
  ])('at once on an engine whose disk was full for %s, and on no other', (_, key) => {
    const images = [row('web:1'), row('web:2', { id: 'other/web:2', instance: 'other' })];
    const full: Outcome = { key, at: NOW, error: { code: 'DiskFull', message: 'no space left on device' } };
    const scene = { before: ledger({ images, tasks: [task()] }), outcomes: [full], instances: [instance('local'), instance('other')] };
    expect(clean(scene).removed).toEqual(['remove-image/local/web:1']);
  });
});
