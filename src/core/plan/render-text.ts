// The plan as a terminal shows it. Colour is a function of the caller's: nothing here knows about escape codes.
import type { Change, ChangeKind, ServiceChange } from './changes.ts';
import {
  capacityText,
  worstFirst,
  durationOfForecast,
  fieldsOf,
  fileSystemText,
  firstNotes,
  imageText,
  nounOf,
  offsetText,
  placementText,
  repairText,
  revisionText,
  routeText,
  shortCommit,
  stepText,
  strategyText,
  summaryLine,
  tasksText,
  type RenderOptions,
} from './words.ts';
import type { Forecast } from './forecast.ts';
import type { RouteChange } from '../traffic/reroute.ts';
import { CHANGED_NOT_SHOWN, type ShownDifference, visible } from './secrecy.ts';
import { count } from '../../std/text.ts';

export type Paint = (style: ChangeKind | 'strong' | 'dim' | 'warning', text: string) => string;

export interface TextOptions extends RenderOptions {
  readonly paint?: Paint;
}

const SYMBOLS: Readonly<Record<ChangeKind, string>> = { create: '+', update: '~', delete: '-', repair: '!' };
/** More steps than this are not read; the JSON form has them all. */
const MAX_STEPS = 400;
const MAX_FIELDS = 50;

/** The plan as text, ending with a line break. */
export function renderText(forecast: Forecast, options: TextOptions = {}): string {
  const paint = options.paint ?? ((_, text) => text);
  if (forecast.changes.length === 0) return `${[summaryLine(forecast), ...notes(forecast, options, paint)].join('\n')}\n`;
  const from = options.base === undefined ? '' : `${shortCommit(options.base)} -> `;
  const head = `Plan for commit ${from}${shortCommit(forecast.commit)}, seal ${forecast.seal.id}`;
  const changes = forecast.changes.flatMap((change) => ['', ...changeLines(change, paint)]);
  const steps = forecast.steps.length === 0 ? [] : ['', paint('strong', 'Forecast'), ...stepLines(forecast, paint)];
  const lines = [
    paint('strong', head),
    ...changes,
    ...steps,
    '',
    paint('strong', summaryLine(forecast)),
    ...notes(forecast, options, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function changeLines(change: Change, paint: Paint): readonly string[] {
  const head = `${SYMBOLS[change.kind]} ${nounOf(change)} ${change.id}  ${revisionText(change)}`.trimEnd();
  const lines =
    change.subject === 'service'
      ? serviceLines(change)
      : change.subject === 'cluster' || change.subject === 'network'
        ? []
        : routeLines(change);
  return [paint(change.kind, visible(head)), ...lines.map((line) => `    ${line}`)];
}

/** A new target group is told in one line: seven settings that were not there before are no news. */
function routeLines(change: RouteChange): readonly string[] {
  const text = routeText(change);
  const said = text === '' ? [] : [visible(text)];
  if (change.subject === 'target-group' && change.kind === 'create') return said;
  // A plus would say that it is new.
  return [...said, ...fieldLines(change).map((line) => (change.isBeforeKnown ? line : line.replace(/^\+ /, '')))];
}

function serviceLines(change: ServiceChange): readonly string[] {
  const facts = [tasksText(change), strategyText(change)].filter((fact) => fact !== '').join(', ');
  const why = change.kind === 'repair' ? [repairText(change)] : [];
  const images = change.images.map((image) => `image ${imageText(image)}`);
  const unknown = change.definition === null ? ['the old task definition is not known any more'] : [];
  return [facts, ...why, ...images, ...change.fileSystems.map(fileSystemText), ...unknown, ...fieldLines(change)];
}

function fieldLines(change: Change): readonly string[] {
  const fields = fieldsOf(change);
  const more = fields.length > MAX_FIELDS ? [`… and ${count(fields.length - MAX_FIELDS, 'more field')}`] : [];
  return [...fields.slice(0, MAX_FIELDS).map(fieldLine), ...more];
}

function fieldLine(field: ShownDifference): string {
  if (field.hidden) return `${field.path}: ${CHANGED_NOT_SHOWN}`;
  if (field.before === undefined) return `+ ${field.path}: ${field.after}`;
  if (field.after === undefined) return `- ${field.path}: ${field.before}`;
  return `${field.path}: ${field.before} -> ${field.after}`;
}

function stepLines(forecast: Forecast, paint: Paint): readonly string[] {
  const shown = forecast.steps.slice(0, MAX_STEPS);
  const times = shown.map((step) => offsetText(step.at - forecast.startedAt));
  const width = Math.max(...times.map((time) => time.length));
  const lines = shown.map((step, index) => `  ${paint('dim', (times[index] ?? '').padEnd(width))}  ${stepText(step)}`);
  const more = forecast.steps.length - shown.length;
  return more === 0 ? lines : [...lines, `  … and ${count(more, 'more step')}`];
}

function notes(forecast: Forecast, options: TextOptions, paint: Paint): readonly string[] {
  const capacities = worstFirst(forecast.capacity).flatMap((one) => {
    const text = capacityText(one);
    return text === null ? [] : [`${one.service} ${text}`];
  });
  const failures = (options.failure ?? []).map((path) => path.message);
  const waits = firstNotes(forecast.waits).map((wait) => paint('warning', visible(`Waits: ${wait}`)));
  const warnings = firstNotes(forecast.warnings).map((warning) => paint('warning', visible(`Warning: ${warning}.`)));
  return [
    ...(forecast.changes.length === 0 ? [] : [`Duration: ${durationOfForecast(forecast)}.`]),
    ...(capacities.length === 0 ? [] : [`Lowest capacity: ${firstNotes(capacities).join('; ')}.`]),
    ...waits,
    ...firstNotes(failures).map((path) => visible(`If it fails: ${path}.`)),
    ...(forecast.assumes.length === 0 ? [] : [visible(`Assumes: ${firstNotes(forecast.assumes).join('; ')}.`)]),
    ...(forecast.placedByTime.length === 0 ? [] : [visible(placementText(forecast))]),
    ...warnings,
  ];
}
