// What a plan promises: the forecast made at a commit, compared with what then happened on machines with times of their own.
// Compared are the steps of each task and network, and the end with its placement; only the interleaving of independent steps is free,
// and a placement of which the forecast itself says that it is no promise.
import { INSTALLATION } from '../build.ts';
import { draw } from './draw.ts';
import { isOfGroups as isNetworkOfGroups } from '../../src/model/turn/identity.ts';
import { serviceOf } from '../../src/core/plan/changes.ts';
import { forecast } from '../../src/core/plan/forecast.ts';
import { runLevel1 } from './level1.ts';
import { type Action, type World, isPlanned } from '../../src/model/turn/plan.ts';
import type { EngineModel } from './engine-model.ts';
import type { Scenario } from './draw.ts';
import type { Surroundings } from './surroundings.ts';

export interface PromiseResult {
  readonly violations: readonly string[];
  /** Commits of which some placement is no promise. */
  readonly dependsOnTime: number;
  readonly commits: number;
}

/** What happened for one commit, as text that can be compared. */
interface Story {
  /** Steps by task or network: `create main, start main, ...`. */
  readonly steps: ReadonlyMap<string, string>;
  /** Instance by task, and networks by instance; with the service that has them there, null for a network. */
  readonly places: ReadonlyMap<string, string | null>;
}

interface Chapter {
  readonly forecast: Story;
  /** Services whose placements are no promise, says the forecast itself. */
  readonly placedByTime: readonly string[];
  /** Effects on the machines so far, when the commit was seen. */
  readonly from: ReadonlyMap<string, number>;
}

/** Runs a scenario in which nothing goes wrong and holds each commit's forecast against what happened. */
export function comparePromise(seed: number, trace: ((line: string) => void) | null = null): PromiseResult {
  const scenario = draw(seed, 1, true);
  const performed = perform(scenario, seed, trace);
  const violations = [...performed.violations];
  let dependsOnTime = 0;
  performed.chapters.forEach((chapter, index) => {
    const happened = performed.happened[index];
    const name = `commit ${index + 1}`;
    if (!happened) return;
    for (const difference of stepDifferences(chapter.forecast.steps, happened.steps)) violations.push(`${name}: ${difference}`);
    if (chapter.placedByTime.length > 0) dependsOnTime++;
    const [promised, real] = [chapter.forecast, happened].map((story) => promisedPlaces(story, chapter.placedByTime));
    if (promised !== real) violations.push(`${name}: forecast places ${promised}, and what happened is ${real}`);
  });
  return { violations, dependsOnTime, commits: performed.chapters.length };
}

/** The places that a forecast answers for, as text. A network is where a task is: it is promised when every task is. */
function promisedPlaces(story: Story, placedByTime: readonly string[]): string {
  const free = (service: string | null): boolean => (service === null ? placedByTime.length > 0 : placedByTime.includes(service));
  return [...story.places]
    .flatMap(([place, service]) => (free(service) ? [] : [place]))
    .sort()
    .join(', ');
}

function perform(scenario: Scenario, timesSeed: number, trace: ((line: string) => void) | null) {
  const chapters: Chapter[] = [];
  const run = runLevel1(scenario, {
    timesSeed,
    ...(trace === null ? {} : { trace }),
    onCommit: (world, around) => chapters.push(chapterOf(world, around)),
  });
  const ends = [...chapters.slice(1).map((chapter) => chapter.from), sizes(run.around)];
  const happened = chapters.map((chapter, index) => {
    const until = ends[index] ?? new Map<string, number>();
    const actions = [...run.around.engines].flatMap(([id, engine]) => engine.effects.slice(chapter.from.get(id) ?? 0, until.get(id)));
    actions.sort((a, b) => a.at - b.at);
    return storyOf(actions.map((effect) => effect.action));
  });
  const quiet = forecast(run.world, undefined, { answer: (look) => answerOf(run.around.engines, look.instance, look.reference) });
  const busy = quiet.turns.flatMap((turn) => turn.actions.map((action) => action.key));
  const violations = [...run.violations];
  if (busy.length > 0 || quiet.changes.length > 0)
    violations.push(`the forecast of the quiet world is not empty: ${busy.join(' ')} ${JSON.stringify(quiet.changes)}`);
  return { chapters, happened, violations };
}

function chapterOf(world: World, around: Surroundings): Chapter {
  const promised = forecast(world, undefined, { answer: (look) => answerOf(around.engines, look.instance, look.reference) });
  return {
    forecast: storyOf(promised.turns.flatMap((turn) => turn.actions)),
    placedByTime: promised.placedByTime,
    from: sizes(around),
  };
}

function answerOf(engines: ReadonlyMap<string, EngineModel>, instance: string, reference: string) {
  return { error: null, image: engines.get(instance)?.holds(reference) ?? null };
}

function sizes(around: Surroundings): ReadonlyMap<string, number> {
  return new Map([...around.engines].map(([id, engine]) => [id, engine.effects.length]));
}

/** A step that was asked twice (a create before its image was there) counts where it succeeded: the last time. */
function storyOf(actions: readonly Action[]): Story {
  const steps = new Map<string, string[]>();
  const places = new Map<string, string | null>();
  for (const action of actions) {
    // Whether a pull is needed, and under which digest, is the registry's answer: no world holds it before it is asked.
    if (action.kind === 'pull-image') continue;
    // It follows from the last removal of its task's containers.
    if (action.kind === 'remove-volume' || !isPlanned(action)) continue;
    if (isOfGroups(places, action)) continue;
    const subject = 'identity' in action ? action.identity.task : `${action.network}@${action.instance}`;
    const step = 'identity' in action ? `${action.kind} ${action.identity.container}` : action.kind;
    const known = (steps.get(subject) ?? []).filter((each) => each !== step);
    steps.set(subject, [...known, step]);
    if ('identity' in action) places.set(`${action.identity.task.slice(0, 8)} on ${action.instance}`, serviceOf(action));
    else places.set(subject, null);
  }
  const texts = [...steps]
    .filter(([subject]) => !subject.includes('@'))
    .map(([subject, list]): [string, string] => [subject, ordered(list)]);
  return { steps: new Map(texts), places };
}

/**
 * Networks of security groups, and who is on them. While tasks are replaced, whom a new one shares a network with, and whether an old one is still
 * taken onto one, depends on how long the tasks of others take to stop. What is promised is the end.
 */
function isOfGroups(places: Map<string, string | null>, action: Action): boolean {
  if (action.kind === 'create-network' || action.kind === 'remove-network') {
    if (!isNetworkOfGroups(INSTALLATION, action.network)) return false;
    const place = `${action.network}@${action.instance}`;
    if (action.kind === 'create-network') places.set(place, null);
    else places.delete(place);
    return true;
  }
  if (action.kind === 'remove-container') {
    for (const place of places.keys()) if (place.startsWith(`${action.identity.task.slice(0, 8)} in `)) places.delete(place);
    return false;
  }
  if (action.kind === 'connect-network') places.set(`${action.identity.task.slice(0, 8)} in ${action.endpoint.network}`, serviceOf(action));
  if (action.kind === 'disconnect-network') places.delete(`${action.identity.task.slice(0, 8)} in ${action.network}`);
  return action.kind === 'connect-network' || action.kind === 'disconnect-network';
}

/** The containers of a task go through their steps independently of each other. */
function ordered(steps: readonly string[]): string {
  const byContainer = Map.groupBy(steps, (step) => step.split(' ')[1] ?? '');
  return [...byContainer.values()]
    .map((list) => list.join(', '))
    .sort()
    .join('; ');
}

function stepDifferences(promised: ReadonlyMap<string, string>, happened: ReadonlyMap<string, string>): readonly string[] {
  const subjects = new Set([...promised.keys(), ...happened.keys()]);
  return [...subjects].flatMap((subject) => {
    const [before = 'nothing', after = 'nothing'] = [promised.get(subject), happened.get(subject)];
    return before === after ? [] : [`task ${subject.slice(0, 8)}: forecast ${before}, happened ${after}`];
  });
}
