// Stories: a few verbs above a line of dashes, the rendered truth below it. A person can write the upper half; UPDATE=1 writes the lower.
// Ids are replaced by names in the order in which they appear, so that a story tells what happens and not how ids are derived.
import { type AppOptions, type Declared, app } from '../build.ts';
import { BEHAVIOURS, type Stage, openStage } from './stage.ts';
import type { Event } from '../../src/model/event.ts';
import type { World } from '../../src/model/plan.ts';
import { DEFAULT_TIMINGS } from '../../src/core/plan/predict.ts';
import { byText } from '../../src/std/order.ts';
import { forecast } from '../../src/core/plan/forecast.ts';
import { forecastFailure } from '../../src/core/plan/failure.ts';
import { renderText } from '../../src/core/plan/render.ts';
import { routesOf } from '../../src/core/reroute.ts';

/** Between the verbs and what they lead to. */
export const DIVIDER = '----------';

type Verb = (words: readonly string[], play: Playing) => void;

interface Playing {
  readonly stage: Stage;
  readonly say: (line: string) => void;
  commits: number;
}

/** All verbs; a story that needs a twenty-first is a test of something else. */
const VERBS: Readonly<Record<string, Verb>> = {
  /** engine NAME [cpu=UNITS] [memory=MIB] */
  engine: ([id = 'local', ...rest], { stage }) => {
    const options = optionsOf(rest);
    stage.addEngine(id, Number(options.get('cpu') ?? 4_096), Number(options.get('memory') ?? 8_192));
  },
  /** image REFERENCE [good|exits|silent|stubborn] [remote]: on every engine named before it, or only in the registry. */
  image: ([reference = '', word = 'good', where], { stage }) => {
    const behaviour = BEHAVIOURS[word];
    if (behaviour === undefined) throw new Error(`an image is one of ${Object.keys(BEHAVIOURS).join(', ')}`);
    stage.addImage(reference, behaviour, where === 'remote');
  },
  /** commit [APP OPTION=... [; APP ...]]: this is what git declares from now on. */
  commit: (words, play) => {
    play.commits++;
    play.stage.commit(appsOf(words), `commit${play.commits}`);
    play.stage.tick(0);
  },
  /** plan [APP ...]: the forecast of such a commit, or of the present one; nothing happens. */
  plan: (words, { stage, say, commits }) => {
    const present = stage.worldSeenNow();
    const world = words.length === 0 ? present : { ...present, desired: desiredOf(words, commits + 1) };
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
  /** kill SERVICE [SLOT]: the task's process ends with code 137. */
  kill: ([service = '', slot = '0'], { stage }) => stage.kill(runningTask(stage, service, slot)),
  /** stop-task SERVICE [SLOT] [REASON ...]: somebody stops a task. */
  'stop-task': ([service = '', slot = '0', ...reason], { stage }) =>
    stage.stopTask(runningTask(stage, service, slot), reason.length === 0 ? null : reason.join(' ')),
  cut: ([id = 'local'], { stage }) => stage.cut(id),
  heal: ([id = 'local'], { stage }) => stage.heal(id),
  status: (_, { stage, say }) => {
    for (const line of statusLines(stage.world())) say(line);
  },
  /** Which targets take requests, and whether any request has failed because of us. */
  traffic: (_, { stage, say }) => {
    for (const target of stage.world().observed.proxy?.targets.values() ?? [])
      say(`${target.id.split('/').slice(0, 2).join(' ')} ${target.state}`);
    say(stage.failures().length === 0 ? 'no request failed' : stage.failures().join('\n'));
  },
};

/** The id of the task that is to run in a slot of a service. */
function runningTask(stage: Stage, service: string, slot: string): string {
  const task = [...stage.world().ledger.tasks.values()].find(
    (one) => one.service === service && one.slot === Number(slot) && one.desiredStatus === 'RUNNING',
  );
  if (task === undefined) throw new Error(`${service} has no running task in slot ${slot}`);
  return task.id;
}

/** Plays the verbs of a story and gives back the whole story with its truth below the divider. */
export function tell(story: string): string {
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
    verb(words, play);
  }
  return `${script}\n${DIVIDER}${named(lines.join('\n'), play.stage)}\n`;
}

function desiredOf(words: readonly string[], number: number): World['desired'] {
  const other = openStage(() => {});
  other.commit(appsOf(words), `commit${number}`);
  return other.world().desired;
}

/** `web image=web:1 count=2 listen=80 breaker ; worker` */
function appsOf(words: readonly string[]): readonly Declared[] {
  return words
    .join(' ')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'nothing')
    .map((part) => {
      const [name = '', ...rest] = part.split(/\s+/);
      return app(name, appOptions(optionsOf(rest)));
    });
}

function appOptions(options: ReadonlyMap<string, string>): AppOptions {
  const of = (key: string): Record<string, number> => (options.has(key) ? { [key]: Number(options.get(key)) } : {});
  const variables = [...options].filter(([key]) => /^[A-Z_]+$/.test(key)).map(([name, value]) => ({ name, value }));
  const breaker = options.get('breaker');
  return {
    ...Object.assign({}, ...['count', 'min', 'max', 'listen', 'delay', 'healthyAfter', 'memory', 'hostPort', 'gracePeriod'].map(of)),
    ...(options.has('image') ? { image: options.get('image') ?? '' } : {}),
    ...(breaker === undefined ? {} : { breaker: { enable: true, rollback: breaker !== 'no-rollback' } }),
    ...(options.has('check') ? { healthCheck: true } : {}),
    ...(variables.length === 0 ? {} : { environment: variables }),
  };
}

function optionsOf(words: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    words.map((word) => {
      const [key = '', ...value] = word.split('=');
      return [key, value.join('=')] as const;
    }),
  );
}

function statusLines(world: World): readonly string[] {
  const services = [...world.ledger.services.values()].flatMap((row) => {
    const primary = row.deployments[0];
    const tasks = [...world.ledger.tasks.values()].filter((task) => task.service === row.name);
    const head = `${row.id}: ${row.desiredCount} desired, ${primary?.target.taskDefinition ?? 'no deployment'} ${primary?.rollout ?? ''}`;
    const older = row.deployments.slice(1).map((each) => `  before: ${each.target.taskDefinition} ${each.rollout}`);
    const lines = tasks
      .sort((a, b) => byText(a.revision, b.revision) || a.slot - b.slot || a.attempt - b.attempt)
      .map((task) => `  ${task.revision} (task ${task.id}) on ${task.instance}: ${task.lastStatus} ${task.health}`);
    return [`${head}${row.steady ? ', steady' : ''}`, ...older, ...lines, ...(row.message === null ? [] : [`  ${row.message}`])];
  });
  return services.length === 0 ? ['no services'] : services;
}

/** Ids by what they stand for: tasks by their revision and launch, deployments as numbers in the order in which they came. */
function named(text: string, { names, world }: Stage): string {
  const short = new Map([...names].map(([id, name]) => [id.slice(0, 8), name]));
  const deployments = new Map<string, string>();
  const deployment = (id: string): string => {
    const name = deployments.get(id) ?? `ecs-svc/${deployments.size + 1}`;
    deployments.set(id, name);
    return name;
  };
  return text
    .replace(/ecs-svc\/\d{19}/g, deployment)
    .replace(/\b[0-9a-f]{32}\b/g, (id) => names.get(id) ?? id)
    .replace(/(?<!sha256:)\b[0-9a-f]{8}\b/g, (id) => short.get(id) ?? id)
    .replace(/seal [0-9a-f]{12}/g, 'seal (its hash)')
    .replaceAll(`longshore-${world().installation}-`, 'longshore-');
}
