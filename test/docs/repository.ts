// A folder or a text as the files of a commit, loaded as the daemon would, and the world in which a plan of it is made: one engine that has
// every image, nothing running. What is planned in the documentation is planned here by the same functions.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Forecast, forecast } from '../../src/core/plan/forecast.ts';
import type { DesiredState } from '../../src/model/turn/desired.ts';
import type { SourceFile } from '../../src/manifest/source.ts';
import type { World } from '../../src/model/turn/plan.ts';
import { instance, observed, world } from '../build.ts';
import { load } from '../../src/manifest/load.ts';
import { renderProblem } from '../../src/manifest/render-problem.ts';

const LOCAL_IMAGE = `sha256:${'1'.repeat(64)}`;

/** Every file below a folder. */
export function filesOf(folder: string): readonly SourceFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => fileOf(path.slice(folder.length).replace(/^\//, ''), readFileSync(path)));
}

/** One file of a commit. */
export function fileOf(path: string, content: Uint8Array): SourceFile {
  return { path, id: `${path} ${content.length}`, kind: 'file', size: content.length, content };
}

/** What the files declare; any problem, a warning too, fails the test with its text. */
export function declaredBy(files: readonly SourceFile[], commit = 'c0ffee'): DesiredState {
  const { desired, problems } = load(files, commit);
  expect(problems.map(renderProblem)).toEqual([]);
  if (desired === null) throw new Error('nothing is declared');
  return desired;
}

/** What would happen on one engine that holds every image locally. Its images are looked up before, as the command line does it. */
export function planned(desired: DesiredState, from: World = world({ observed: observed([instance('local')]) })): Forecast {
  const start = { ...from, desired, outcomes: [] };
  const asked = forecast(start).guessed;
  const answers = new Map(asked.map(({ key }) => [key, { key, at: start.now, error: null, image: { id: LOCAL_IMAGE, digest: null } }]));
  return forecast({ ...start, observed: { ...start.observed, answers: new Map([...start.observed.answers, ...answers]) } });
}
