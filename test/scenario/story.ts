// Stories: a few verbs above a line of dashes, the rendered truth below it. A person can write the upper half; UPDATE=1 writes the lower.
// Ids are replaced by names in the order in which they appear, so that a story tells what happens and not how ids are derived.
import { appsOf, groupsOf, optionsOf } from './apps.ts';
import { BEHAVIOURS, type Stage, openStage } from './stage.ts';
import { describeLines, named, statusLines } from './shown.ts';
import type { Behaviour } from '../sim/images.ts';
import type { Event } from '../../src/model/turn/event.ts';
import { DEFAULT_TIMINGS } from '../../src/core/plan/predict.ts';
import { desired } from '../build.ts';
import { forecast } from '../../src/core/plan/forecast.ts';
import { forecastFailure } from '../../src/core/plan/failure.ts';
import { renderText } from '../../src/core/plan/render.ts';
import { routesOf } from '../../src/core/traffic/reroute.ts';

/** Between the verbs and what they lead to. */
export const DIVIDER = '----------';

type Verb = (words: readonly string[], play: Playing) => void | Promise<void>;

interface Playing {
  readonly stage: Stage;
  readonly say: (line: string) => void;
  commits: number;
}

/** All verbs; a story that needs a twenty-first is a test of something else. */
const VERBS: Readonly<Record<string, Verb>> = {
  /** engine NAME [cpu=UNITS] [memory=MIB] */
  engine: ([id = 'local', ...rest], { stage }) => {
    const options = optionsOf(rest, ['cpu', 'memory']);
    stage.addEngine(id, Number(options.get('cpu') ?? 4_096), Number(options.get('memory') ?? 8_192));
  },
  /**
   * image REFERENCE [good|exits|silent|stubborn] [answers=SECONDS] [fails=SECONDS] [exits=SECONDS] [code=CODE] [remote] [says WORDS ...]: on
   * every engine named before it, or only in the registry.
   */
  image: ([reference = '', ...words], { stage }) => {
    const quote = words.indexOf('says');
    const options = optionsOf(quote < 0 ? words : words.slice(0, quote), IMAGE_OPTIONS);
    stage.addImage(reference, behaviourOf(options, quote < 0 ? null : words.slice(quote + 1).join(' ')), options.has('remote'));
  },
  /** commit [APP OPTION=... [+ CONTAINER OPTION=...] [; APP ...]]: this is what git declares from now on (apps.ts). */
  commit: (words, play) => {
    play.commits++;
    play.stage.commit(appsOf(words), `commit${play.commits}`, groupsOf(words));
    play.stage.catchUp();
  },
  /** plan [APP ...]: the forecast of such a commit, or of the present one; nothing happens. */
  plan: (words, { stage, say, commits }) => {
    const present = stage.worldSeenNow();
    const world =
      words.length === 0
        ? present
        : { ...present, desired: desired(appsOf(words), { commit: `commit${commits + 1}`, groups: groupsOf(words) }) };
    const options = { answer: stage.find, served: routesOf(present.desired) };
    const failure = forecastFailure(world, DEFAULT_TIMINGS, options);
    const made = forecast(world, DEFAULT_TIMINGS, options);
    for (const action of made.turns.flatMap((turn) => turn.actions)) if ('identity' in action) stage.nameTask(action.identity);
    for (const line of renderText(made, { failure }).trimEnd().split('\n')) say(line);
  },
  /** tick SECONDS */
  tick: ([seconds = '1'], { stage }) => stage.tick(Number(seconds) * 1_000),
  /** Until nothing is left to do. */
  settle: (_, { stage }) => stage.settle(),
  /** kill SERVICE [SLOT] [CONTAINER] [code=CODE] [oom]: the process of a container (main) ends, with code 137. */
  kill: ([service = '', slot = '0', ...rest], { stage }) => {
    const container = rest.find((word) => !/^(oom$|code=)/.test(word)) ?? 'main';
    const code = Number(rest.find((word) => word.startsWith('code='))?.slice('code='.length) ?? 137);
    stage.kill(runningTask(stage, service, slot), container, code, rest.includes('oom'));
    stage.catchUp();
  },
  /** stop-task SERVICE [SLOT] [REASON ...]: somebody stops a task. */
  'stop-task': ([service = '', slot = '0', ...reason], { stage }) =>
    stage.stopTask(runningTask(stage, service, slot), reason.length === 0 ? null : reason.join(' ')),
  /** secret NAME rotates|vanishes|returns: what is kept under a name changes, is taken away, is there again; nobody has looked yet. */
  secret: ([name = '', what], { stage }) => {
    if (what === 'rotates') stage.vault.rotate(name);
    else if (what === 'vanishes' || what === 'returns') stage.vault.hide(what === 'vanishes', name);
    else throw new Error('a secret rotates, vanishes or returns');
  },
  /** cut ENGINE|secrets: an engine, or the provider of all secrets, answers no more. */
  cut: ([id = 'local'], { stage }) => (id === 'secrets' ? stage.vault.setAway(true) : stage.cut(id)),
  heal: ([id = 'local'], { stage }) => (id === 'secrets' ? stage.vault.setAway(false) : stage.heal(id)),
  /** What `longshore status --tasks` says. */
  status: (_, { stage, say }) => {
    for (const line of statusLines(stage)) say(line);
  },
  /** describe SERVICE, or a task by its name in the story (web:1#0), running or stopped: what `longshore describe` says. */
  describe: async ([word = ''], { stage, say }) => {
    const task = [...stage.names].find(([, name]) => name === word)?.[0];
    for (const line of await describeLines(stage, task === undefined ? 'service' : 'task', task ?? word)) say(line);
  },
  /** What the containers did since the last time, as their engines tell it. */
  containers: (_, { stage, say }) => {
    for (const line of stage.witness.takeHeard()) say(line);
  },
  /** Which targets take requests, and whether any request has failed because of us. */
  traffic: (_, { stage, say }) => {
    for (const target of stage.world().observed.proxy?.targets.values() ?? [])
      say(`${target.id.split('/').slice(0, 2).join(' ')} ${target.state}`);
    say(stage.failures().length === 0 ? 'no request failed' : stage.failures().join('\n'));
  },
};

const IMAGE_OPTIONS = [...Object.keys(BEHAVIOURS), 'answers', 'fails', 'exits', 'code', 'remote'];

/** A word says how an image behaves, the options where it behaves otherwise. */
function behaviourOf(options: ReadonlyMap<string, string>, says: string | null): Behaviour {
  const word = [...options].find(([key, value]) => key in BEHAVIOURS && value === '')?.[0] ?? 'good';
  const known = BEHAVIOURS[word] ?? BEHAVIOURS['good'];
  if (known === undefined) throw new Error('an image is good unless it is said otherwise');
  const ms = (key: string): number | null => (options.get(key) ? Number(options.get(key)) * 1_000 : null);
  const code = options.has('code') ? Number(options.get('code')) : (known.exit?.code ?? 0);
  const afterMs = ms('exits') ?? known.exit?.afterMs ?? null;
  return {
    ...known,
    exit: afterMs === null ? null : { afterMs, code },
    answersAfterMs: ms('answers') ?? known.answersAfterMs,
    failsAfterMs: ms('fails') ?? known.failsAfterMs,
    ...(says === null ? {} : { says: [{ stream: 'stderr', text: says }] }),
  };
}

/** The id of the task that is to run in a slot of a service. */
function runningTask(stage: Stage, service: string, slot: string): string {
  const task = [...stage.world().ledger.tasks.values()].find(
    (one) => one.service === service && one.slot === Number(slot) && one.desiredStatus === 'RUNNING',
  );
  if (task === undefined) throw new Error(`${service} has no running task in slot ${slot}`);
  return task.id;
}

/** Plays the verbs of a story and gives back the whole story with its truth below the divider. */
export async function tell(story: string): Promise<string> {
  const script = story.split(`\n${DIVIDER}`)[0]?.trimEnd() ?? '';
  const lines: string[] = [];
  const told = (event: Event): void => void lines.push(`    ${event.message}`);
  const play: Playing = { stage: openStage(told), say: (line) => lines.push(`    ${line}`.trimEnd()), commits: 0 };
  for (const line of script.split('\n')) {
    const [name = '', ...words] = line.trim().split(/\s+/);
    if (name === '' || name.startsWith('#')) continue;
    const verb = VERBS[name];
    if (verb === undefined) throw new Error(`unknown verb ${name}; there are ${Object.keys(VERBS).join(', ')}`);
    lines.push('', `> ${line.trim()}`);
    await verb(words, play);
  }
  return `${script}\n${DIVIDER}${named(lines.join('\n'), play.stage)}\n`;
}
