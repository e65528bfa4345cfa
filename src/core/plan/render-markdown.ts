// The plan as a comment in a pull request: one sticky comment, found again by its hidden marker, always under the forge's size limit.
// Deliberately absent: posting it, and anything about a particular forge.
import {
  capacityText,
  countsOf,
  durationOfChange,
  durationOfForecast,
  fieldsOf,
  fileSystemText,
  firstNotes,
  imageText,
  nounOf,
  offsetText,
  placementText,
  revisionText,
  routeText,
  shortCommit,
  stepText,
  strategyText,
  summaryLine,
  tasksText,
  type RenderOptions,
} from './words.ts';
import { CHANGED_NOT_SHOWN, type ShownDifference, visible } from './secrecy.ts';
import type { Change } from './changes.ts';
import type { Forecast } from './forecast.ts';
import { count } from '../../std/text.ts';

/** GitHub refuses a comment of 65,536 characters or more; the rest is room for what a bot adds. */
export const MAX_MARKDOWN = 60_000;
/** One service's fields may take a third, so that one giant does not hide the others. */
const MAX_SECTION = 20_000;

/** The plan as GitHub-flavoured Markdown, shorter than MAX_MARKDOWN characters. */
export function renderMarkdown(forecast: Forecast, options: RenderOptions = {}): string {
  const clusters = clustersOf(forecast);
  const marker = `<!-- longshore:plan cluster=${clusters.join(',')} -->`;
  const details = forecast.changes.flatMap((change) => detailsOf(change));
  const fixed = [marker, heading(forecast, clusters, options), '', ...body(forecast, options)];
  const sections = [...details, ...stepDetails(forecast)];
  return fitted(fixed, sections);
}

function clustersOf(forecast: Forecast): readonly string[] {
  const services = [...forecast.end.desired.services.keys(), ...forecast.changes.map((change) => change.id)];
  return [...new Set(services.flatMap((id) => (id.includes('/') ? [id.slice(0, id.indexOf('/'))] : [])))].sort();
}

function heading(forecast: Forecast, clusters: readonly string[], options: RenderOptions): string {
  const counts = countsOf(forecast);
  const kinds = [
    `${counts.create} to create`,
    `${counts.update} to update`,
    `${counts.delete} to delete`,
    ...(counts.repair === 0 ? [] : [`${counts.repair} to repair`]),
  ];
  const what = forecast.changes.length === 0 ? ['no changes'] : kinds;
  const head = shortCommit(forecast.commit);
  const commits = options.base === undefined ? `commit ${head}` : `base ${shortCommit(options.base)} → head ${head}`;
  return `### plan ${clusters.join(', ')} · ${what.join(' · ')} · seal ${forecast.seal.id} (${commits})`;
}

function body(forecast: Forecast, options: RenderOptions): readonly string[] {
  const waits = firstNotes(forecast.waits).map((wait) => `waits: ${wait}`);
  const warnings = [...waits, ...firstNotes(forecast.warnings)].map((text) => `- ⚠ ${escaped(text)}`);
  if (forecast.changes.length === 0) return [summaryLine(forecast), ...(warnings.length === 0 ? [] : ['', ...warnings])];
  const rows = forecast.changes.map((change) => tableRow(forecast, change));
  const failure = firstNotes((options.failure ?? []).map((path) => path.message)).map((path) => `- If it fails: ${escaped(path)}.`);
  const assumes = forecast.assumes.length === 0 ? [] : [`- Assumes: ${escaped(firstNotes(forecast.assumes).join('; '))}.`];
  return [
    '| service | change | strategy | tasks | forecast | lowest capacity |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    ...warnings,
    ...failure,
    ...assumes,
    ...(forecast.placedByTime.length === 0 ? [] : [`- ${escaped(placementText(forecast))}`]),
  ];
}

function tableRow(forecast: Forecast, change: Change): string {
  const capacity = forecast.capacity.find((one) => one.service === change.id);
  const images = change.subject === 'service' ? change.images.map(imageText) : [];
  const said = change.subject === 'listener' || change.subject === 'target-group' ? [routeText(change)].filter((text) => text !== '') : [];
  const cells = [
    change.subject === 'service' ? change.id : `${nounOf(change)} ${change.id}`,
    [`${change.kind} ${revisionText(change)}`.trimEnd(), ...images, ...said].join('<br>'),
    change.subject === 'service' ? strategyText(change) : '',
    change.subject === 'service' ? tasksText(change) : '',
    durationOfChange(forecast, change),
    (capacity && capacityText(capacity)) ?? '',
  ];
  return `| ${cells.map((cell) => cell.split('<br>').map(escaped).join('<br>')).join(' | ')} |`;
}

function detailsOf(change: Change): readonly Section[] {
  const fields = fieldsOf(change);
  const images = (change.subject === 'service' ? change.images : []).map((image) => [
    ...(image.before ? [`- image ${image.container}: ${visible(image.before.reference)}`] : []),
    ...(image.after ? [`+ image ${image.container}: ${visible(image.after.reference)}`] : []),
  ]);
  const fileSystems = change.subject === 'service' ? change.fileSystems.map((each) => `  ${fileSystemText(each)}`) : [];
  const lines = [...images.flat(), ...fileSystems, ...fields.flatMap(diffLines)];
  if (lines.length === 0) return [];
  const name = change.subject === 'service' ? change.id : `${nounOf(change)} ${change.id}`;
  return [{ title: `${name}: ${count(fields.length + images.length + fileSystems.length, 'field')}`, language: 'diff', lines }];
}

function stepDetails(forecast: Forecast): readonly Section[] {
  if (forecast.steps.length === 0) return [];
  const lines = forecast.steps.map((step) => `${offsetText(step.at - forecast.startedAt).padEnd(8)} ${stepText(step)}`);
  return [{ title: `forecast: ${count(forecast.steps.length, 'step')}, ${durationOfForecast(forecast)}`, language: 'text', lines }];
}

function diffLines(field: ShownDifference): readonly string[] {
  if (field.hidden) return [`! ${field.path}: ${CHANGED_NOT_SHOWN}`];
  return [
    ...(field.before === undefined ? [] : [`- ${field.path}: ${field.before}`]),
    ...(field.after === undefined ? [] : [`+ ${field.path}: ${field.after}`]),
  ];
}

interface Section {
  readonly title: string;
  readonly language: 'diff' | 'text';
  readonly lines: readonly string[];
}

/** As many lines of each section as there is room for. */
function fitted(fixed: readonly string[], sections: readonly Section[]): string {
  let text = withinLimit(fixed);
  for (const section of sections) {
    const room = Math.min(MAX_SECTION, MAX_MARKDOWN - text.length);
    text += sectionText(section, room);
  }
  return text;
}

/** A table of thousands of services is cut as well. */
function withinLimit(lines: readonly string[]): string {
  let text = '';
  for (const [index, line] of lines.entries()) {
    if (text.length + line.length > MAX_MARKDOWN / 2) return `${text}… and ${count(lines.length - index, 'more line')}\n`;
    text += `${line}\n`;
  }
  return text;
}

function sectionText(section: Section, room: number): string {
  // A value that holds a fence must not end ours.
  const longest = Math.max(2, ...section.lines.map((line) => Math.max(0, ...[...line.matchAll(/`+/g)].map((run) => run[0].length))));
  const fence = '`'.repeat(longest + 1);
  const open = `\n<details><summary>${escaped(section.title)}</summary>\n\n${fence}${section.language}\n`;
  const close = `${fence}\n\n</details>\n`;
  const reserve = 80;
  if (open.length + close.length + reserve > room) return '';
  let inner = '';
  for (const [index, line] of section.lines.entries()) {
    if (open.length + close.length + reserve + inner.length + line.length > room) {
      inner += `… and ${count(section.lines.length - index, 'more line')}; the command line shows them all\n`;
      break;
    }
    inner += `${line}\n`;
  }
  return `${open}${inner}${close}`;
}

/** Text inside a table cell or list: nothing in it is markup, and nobody is called by an @. */
function escaped(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]|~]/g, (character) => `\\${character}`)
    .replaceAll('@', '@\u200b');
}
