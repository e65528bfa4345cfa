// What people are shown, in a story: the door of a daemon over the stage, and the words of the command line with the names of the story. Nothing
// is worded here; what stands in a story is what `longshore status` and `longshore describe` print.
import { describeService, describeTask } from '../../src/api/describe.ts';
import type { DaemonDoor } from '../../src/daemon/view.ts';
import { NOW } from '../build.ts';
import type { Stage } from './stage.ts';
import { serviceText, taskText } from '../../src/cli/describe.ts';
import { sinceStart } from './witness.ts';
import { statusOf } from '../../src/api/status.ts';
import { statusText } from '../../src/cli/status.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

const plain = (_: unknown, text: string): string => text;
/** Wide enough for every reason. */
const TERMINAL: Terminal = { out: () => {}, note: () => {}, width: 1_000, paint: plain, paintNote: plain };
const LINES_SHOWN = 20;
/** Said of the daemon and not of what it runs. */
const OF_THE_DAEMON = /^(repository|commit|daemon) /;

/** `longshore status --tasks`, without the lines about the daemon itself. */
export function statusLines(stage: Stage): readonly string[] {
  const status = statusOf(doorOf(stage).view(), { version: '', pid: 0 });
  return statusText(status, TERMINAL, true)
    .split('\n')
    .filter((line) => !OF_THE_DAEMON.test(line));
}

/** `longshore describe` of a task (by its id) or of a service, without the events: those stand in the story already. */
export async function describeLines(stage: Stage, kind: 'task' | 'service', name: string): Promise<readonly string[]> {
  const door = doorOf(stage);
  const text =
    kind === 'task'
      ? taskText(await describeTask(door, name), TERMINAL, LINES_SHOWN)
      : serviceText(await describeService(door, name), TERMINAL);
  const [told = ''] = text.split(/\n\n(?:events\n|no event is remembered)/);
  return told.split('\n');
}

/** Ids by what they stand for, as wide as the ids were: tasks by revision and launch, deployments in the order in which they came. */
export function named(text: string, { names, world }: Stage): string {
  const short = new Map([...names].flatMap(([id, name]) => [8, 12].map((digits) => [id.slice(0, digits), name] as const)));
  const deployments = new Map<string, string>();
  const deployment = (id: string): string => {
    const name = deployments.get(id) ?? `ecs-svc/${deployments.size + 1}`;
    deployments.set(id, name);
    return name;
  };
  return text
    .replace(/ecs-svc\/\d{19}/g, deployment)
    .replace(/\b[0-9a-f]{32}\b/g, (id) => names.get(id) ?? id)
    .replace(/(?<!sha256:)\b([0-9a-f]{8}(?:[0-9a-f]{4})?)\b( {2,})?/g, (whole, id: string, gap: string | undefined) => {
      const name = short.get(id);
      if (name === undefined) return whole;
      return gap === undefined ? name : name.padEnd(id.length + gap.length);
    })
    .replace(/^( +id +)[0-9a-f]{12}$/gm, '$1(its id)')
    .replace(/seal [0-9a-f]{12}/g, 'seal (its hash)')
    .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b/g, (local) => sinceStart(Date.parse(local.replace(' ', 'T'))))
    .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\b/g, (utc) => sinceStart(Date.parse(`${utc}Z`)))
    .replaceAll(`longshore-${world().installation}-`, 'longshore-');
}

/** What the daemon would let its door know. */
function doorOf(stage: Stage): DaemonDoor {
  const world = stage.world();
  const none = (): never => {
    throw new Error('no story asks for this');
  };
  return {
    view: () => ({
      startedAt: NOW,
      now: stage.now(),
      repository: '',
      commit: world.desired.commit,
      refusedCommit: null,
      problems: [],
      repositoryError: null,
      storeError: null,
      world,
      ready: true,
      settled: true,
      turns: 1,
      lastTurnMs: 0,
      actionsInFlight: 0,
      pulls: [],
      actionsTotal: 0,
      actionErrorsTotal: 0,
      wakeAt: null,
    }),
    events: async () => Promise.resolve([]),
    taskEvents: async () => Promise.resolve([]),
    stoppedTasks: async ({ service, idPrefix = '' }, limit) =>
      Promise.resolve(
        stage.witness
          .stopped()
          .filter(
            ({ task }) =>
              task.id.startsWith(idPrefix) && (service ?? `${task.cluster}/${task.service}`) === `${task.cluster}/${task.service}`,
          )
          .slice(0, limit),
      ),
    evidence: async (instance, container) => Promise.resolve(stage.evidence(instance, container)),
    command: none,
    exec: none,
    logs: none,
    onTurn: none,
  };
}
