// The phrases that every form of a plan shares: text, Markdown and JSON must not tell different stories.
// Deliberately absent: layout and colour.
import type { Capacity } from './capacity.ts';
import type { Change, ChangeKind, ImageChange, MountedFileSystem, NetworkChange, ServiceChange, ShownImage } from './changes.ts';
import type { FailurePath } from './failure.ts';
import type { Forecast } from './forecast.ts';
import type { RouteChange } from '../traffic/reroute.ts';
import type { Step } from './steps.ts';
import { MINUTE, SECOND, durationText } from '../../std/time.ts';
import { type ShownDifference, shownDifference, visible } from './secrecy.ts';
import { count } from '../../std/text.ts';
import { limits } from '../deployment/budget.ts';

export interface RenderOptions {
  /** The path where the release fails (`forecastFailure`). */
  readonly failure?: readonly FailurePath[];
  /** The commit in force, to show beside the planned one. */
  readonly base?: string;
}

/** So many task ids in one line; the rest is counted. */
const TASKS_SHOWN = 4;
/** So many notes of one kind, of services that are all alike; JSON has all of them. */
const NOTES_SHOWN = 10;
/** Instead of a count of 0, of which percentages say nothing. */
const NONE_WANTED = 'no tasks wanted';
/** Letters of a task id that people compare. */
const TASK_ID = 8;
const COMMIT = 7;

/** `4d5e6f0`. */
export function shortCommit(commit: string): string {
  return commit.slice(0, COMMIT);
}

/** How many changes of each kind. */
export function countsOf(forecast: Forecast): Readonly<Record<ChangeKind, number>> {
  const of = (kind: ChangeKind): number => forecast.changes.filter((change) => change.kind === kind).length;
  return { create: of('create'), update: of('update'), delete: of('delete'), repair: of('repair') };
}

/** `Plan: 1 to create, 1 to update, 0 to delete.`, or that there are no changes. */
export function summaryLine(forecast: Forecast): string {
  if (forecast.changes.length === 0) return noChanges(forecast);
  const counts = countsOf(forecast);
  const repair = counts.repair === 0 ? '' : `, ${counts.repair} to repair`;
  return `Plan: ${counts.create} to create, ${counts.update} to update, ${counts.delete} to delete${repair}.`;
}

/** `service `, `listener `: what stands before an id. */
export function nounOf(change: Change): string {
  return { service: 'service', cluster: 'cluster', network: 'network', listener: 'listener', 'target-group': 'target group' }[
    change.subject
  ];
}

/** What stands behind an id: `web:1 -> web:2`, one of them alone when the other side does not exist, `the port closes`; may be empty. */
export function revisionText(change: Change): string {
  if (change.subject === 'cluster') return 'networks';
  if (change.subject === 'network') return membersText(change);
  if (change.subject !== 'service') return change.port !== null && change.kind === 'delete' ? 'the port closes' : '';
  const { before, after } = change.revision;
  if (before === null || after === null) return after ?? before ?? '';
  return before === after ? after : `${before} -> ${after}`;
}

/** `joined by default/db, left by default/web`; empty when it is only made or removed. */
function membersText({ joined, left }: NetworkChange): string {
  const parts = [joined.length === 0 ? '' : `joined by ${joined.join(', ')}`, left.length === 0 ? '' : `left by ${left.join(', ')}`];
  return parts.filter((part) => part !== '').join(', ');
}

/** `2 tasks`, `2 -> 3 tasks`, `no tasks wanted`. */
export function tasksText(change: ServiceChange): string {
  const { before, after } = change.desiredCount;
  if (before === null || after === null || before === after) {
    const only = after ?? before ?? 0;
    return only === 0 ? NONE_WANTED : count(only, 'task');
  }
  return `${before} -> ${count(after, 'task')}`;
}

/** `rolling 100/200 %, new before old, circuit breaker with rollback`; empty for a service that is deleted or wants no tasks. */
export function strategyText(change: ServiceChange): string {
  const { settings } = change;
  const desired = change.desiredCount.after ?? 0;
  if (settings === null || desired === 0) return '';
  const { lower, upper } = limits(desired, settings.minimumHealthyPercent, settings.maximumPercent);
  const order = upper > desired ? 'new before old' : lower < desired ? 'old before new' : 'no room to move';
  const { breaker } = settings;
  const ending = !breaker?.enable
    ? 'no circuit breaker'
    : breaker.rollback
      ? 'circuit breaker with rollback'
      : 'circuit breaker without rollback';
  return `rolling ${settings.minimumHealthyPercent}/${settings.maximumPercent} %, ${order}, ${ending}`;
}

/** Why something is done although git asks for nothing new. */
export function repairText(change: ServiceChange): string {
  return change.isUnderway
    ? 'goes on with the deployment that is under way'
    : 'nothing new is declared, but what runs is not what is declared';
}

/** `main: demo:1 -> demo:2 (sha256:1f3a9c0b -> sha256:77d0e1aa)`. */
export function imageText(change: ImageChange): string {
  const { before, after } = change;
  const references = [before?.reference, after?.reference].filter((reference) => reference !== undefined);
  const digests = [before, after].flatMap((image) => (image === null ? [] : [digestText(image)]));
  const known = digests.some((digest) => digest !== 'unknown') ? ` (${digests.join(' -> ')})` : '';
  return visible(`${change.container}: ${[...new Set(references)].join(' -> ')}${known}`);
}

/** `volume files: NFS 10.0.0.7:/exports/files (nfsvers=4.1,hard)`. */
export function fileSystemText({ volume, server, path, options }: MountedFileSystem): string {
  return visible(`volume ${volume}: NFS ${server}:${path}${options.length === 0 ? '' : ` (${options.join(',')})`}`);
}

/** What can be said of a route change beside its fields; empty when they say everything. */
export function routeText(change: RouteChange): string {
  if (!change.isBeforeKnown) return 'what is served now is not known; this is what will be';
  if (change.subject !== 'target-group' || change.kind !== 'create') return '';
  const shown = new Map(change.fields.map((field) => [field.path, shownDifference(field).after ?? '']));
  const of = (path: string): string => shown.get(path) ?? '';
  const delay = of('deregistration_delay.timeout_seconds');
  return `health check ${of('healthCheckPath')} every ${of('healthCheckIntervalSeconds')} s, deregistration delay ${delay} s`;
}

/** Every field that changes, without secrets; an image is told by `imageText` and left out here. */
export function fieldsOf(change: Change): readonly ShownDifference[] {
  if (change.subject === 'cluster' || change.subject === 'network') return [];
  if (change.subject !== 'service') return change.fields.map(shownDifference);
  const definition = (change.definition ?? []).filter((one) => !/^containerDefinitions\[[^\]]*\]\.image$/.test(one.path));
  return [...definition, ...change.service].map(shownDifference);
}

/** `create web:2 task 3f2a91c0 on local (2 of 2 healthy)`, `start web:2 task 3f2a91c0 on local: init, cache`. */
export function stepText(step: Step): string {
  if (step.verb === 'verdict') return visible(`${step.service ?? ''}: ${verdictText(step.because)}`);
  const verb = {
    network: 'create network',
    unnetwork: 'remove network',
    unvolume: 'remove volume',
    pull: 'pull',
    create: 'create',
    start: 'start',
    join: 'join network',
    leave: 'leave network',
    healthy: 'healthy',
    drain: 'drain',
    stop: 'stop',
    remove: 'remove',
  }[step.verb];
  const tasks = step.tasks.length === 0 ? '' : ` ${tasksShown(step.tasks)}`;
  const containers = step.containers.length === 0 ? '' : `: ${step.containers.join(', ')}`;
  const place = `${step.instance === null ? '' : ` on ${step.instance}`}${containers}`;
  const notes = [reasonOf(step), capacityNote(step)].filter((note) => note !== '');
  return visible(`${verb} ${step.subject}${tasks}${place}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`);
}

/** Time since the beginning: `t+0s`, `t+2.4s`, `t+1m10s`. */
export function offsetText(ms: number): string {
  if (ms >= MINUTE) return `t+${durationText(ms)}`;
  return `t+${String(Math.round(ms / (SECOND / 10)) / 10)}s`;
}

/** The same for one change: a service that is done before the others is done. Routes change at once. */
export function durationOfChange(forecast: Forecast, change: Change): string {
  if (change.subject !== 'service') return 'at once';
  const last = forecast.steps.findLast((step) => step.service === change.id);
  return forecast.complete && last !== undefined ? durationOfForecast({ ...forecast, endedAt: last.at }) : durationOfForecast(forecast);
}

/** `about 3 s`, or that it does not come to an end. */
export function durationOfForecast(forecast: Forecast): string {
  if (forecast.complete && forecast.endedAt === forecast.startedAt) return 'at once';
  const duration = `about ${durationText(forecast.endedAt - forecast.startedAt)}`;
  return forecast.complete ? duration : `not known: after ${duration} it waits`;
}

/** Which placements are no promise. */
export function placementText(forecast: Forecast): string {
  return `Placement: the instances of ${forecast.placedByTime.join(', ')} depend on how long pulls, starts and drains take.`;
}

/** `2 of 2 healthy (100 %)`; null for a service that does not exist, or wants no tasks, before or after: it has no capacity to keep. */
export function capacityText(capacity: Capacity): string | null {
  const wanted = wantedOf(capacity);
  if (wanted === 0) return null;
  return `${capacity.lowest} of ${wanted} healthy (${Math.floor((capacity.lowest * 100) / wanted)} %)`;
}

/** The first notes of one kind, and how many more there are: a commit that changes a hundred services is still one that people read. */
export function firstNotes(notes: readonly string[]): readonly string[] {
  const more = notes.length - NOTES_SHOWN;
  return more <= 0 ? notes : [...notes.slice(0, NOTES_SHOWN), `${more} more like ${more === 1 ? 'this' : 'these'}`];
}

/** The services that lose most of their capacity come first: of many only the first are shown. */
export function worstFirst(capacities: readonly Capacity[]): readonly Capacity[] {
  const share = (one: Capacity): number => one.lowest / Math.max(1, wantedOf(one));
  return capacities.toSorted((a, b) => share(a) - share(b));
}

function wantedOf({ desiredBefore, desiredAfter }: Capacity): number {
  return Math.min(desiredBefore ?? 0, desiredAfter ?? 0);
}

function noChanges(forecast: Forecast): string {
  const held = forecast.notAsDeclared.length;
  const total = forecast.unchanged;
  const commit = `as commit ${shortCommit(forecast.commit)} declares`;
  if (held > 0) return `No changes, but ${held} of ${count(total, 'service')} ${held === 1 ? 'is' : 'are'} not ${commit}; see below.`;
  if (!forecast.complete) return 'No changes, but what was begun does not come to its end; see below.';
  return `No changes. ${count(total, 'service')} ${total === 1 ? 'is' : 'are'} ${commit}.`;
}

function digestText(image: ShownImage): string {
  return image.digest === null ? 'unknown' : image.digest.slice(0, 'sha256:'.length + 8);
}

/** An event without the names that stand beside it anyway. */
function verdictText(message: string): string {
  return message.replace(/^\(service [^)]*\) /, '').replace(/^\(deployment [^)]*\) (?:deployment )?/, 'deployment ');
}

function tasksShown(tasks: readonly string[]): string {
  const shown = tasks.slice(0, TASKS_SHOWN).map((task) => task.slice(0, TASK_ID));
  const more = tasks.length - shown.length;
  const list = more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`;
  return `${tasks.length === 1 ? 'task' : 'tasks'} ${list}`;
}

/** Only where something has been given or taken, and not for a service on its way out. */
function capacityNote(step: Step): string {
  const tells = step.verb === 'start' || step.verb === 'healthy' || step.verb === 'drain' || step.verb === 'stop';
  return tells && step.healthy !== null && step.desired ? `${step.healthy} of ${step.desired} healthy` : '';
}

/** A reason that only repeats the verb before it is left out: a container is started because it is created. */
function reasonOf(step: Step): string {
  return /^(placed on .*|created|stopped)$/.test(step.because) ? '' : step.because;
}
