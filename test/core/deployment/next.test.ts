// How deployments follow each other: which task set a deployment takes up.
import { expect, test } from 'vitest';
import { withTaskSet } from '../../../src/core/deployment/next.ts';
import { assumedDigest, type PinnedImage, type ServiceRevision } from '../../../src/model/service/deployment.ts';
import { deployment, serviceRevision, serviceRow } from '../../build.ts';

const image = (digest: string): PinnedImage => ({ container: 'app', reference: 'demo:1', digest, ids: [] });
const target = (digest: string): ServiceRevision => ({ ...serviceRevision(), images: [image(digest)] });
const KNOWN = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
const row = serviceRow({
  deployments: [deployment({ rollout: 'IN_PROGRESS' })],
  taskSets: [{ id: 'before', scale: 0, weight: 100, launches: 2, target: target(KNOWN) }],
});

test.each([
  ['the same image: the set that is still there', KNOWN, 'before'],
  ['another image under the same tag: a set of its own', OTHER, null],
  ['a forecast that does not know what the tag means: the set that is still there', assumedDigest('demo:1'), 'before'],
])('%s', (_case, digest, expected) => {
  const next = withTaskSet(row, target(digest));
  const taken = next.deployments[0]?.taskSet;
  if (expected === null) expect(next.taskSets.map(({ id }) => id)).toEqual(['before', taken]);
  else expect({ taken, sets: next.taskSets }).toEqual({ taken: expected, sets: row.taskSets });
});
