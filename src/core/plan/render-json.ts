// The plan for scripts. Fields are only ever added; `format` grows when one has to change. Times count from the beginning of the
// forecast, so that the same plan made twice gives the same text. No container specification is in it, hence no environment value.
import type { Change, ServiceChange } from './changes.ts';
import { type RenderOptions, countsOf, fieldsOf, summaryLine } from './words.ts';
import type { Forecast } from './forecast.ts';
import type { Step } from './steps.ts';

const FORMAT = 1;

/** The plan as JSON text, ending with a line break. */
export function renderJson(forecast: Forecast, options: RenderOptions = {}): string {
  const at = (moment: number): number => moment - forecast.startedAt;
  const plan = {
    format: FORMAT,
    commit: forecast.commit,
    base: options.base ?? null,
    seal: forecast.seal.id,
    inputs: forecast.seal.inputs,
    summary: summaryLine(forecast),
    counts: countsOf(forecast),
    unchanged: forecast.unchanged,
    notAsDeclared: forecast.notAsDeclared,
    changes: forecast.changes.map(changeJson),
    steps: forecast.steps.map((step) => stepJson(step, at(step.at))),
    complete: forecast.complete,
    durationMs: at(forecast.endedAt),
    waits: forecast.waits,
    capacity: forecast.capacity.map(({ lowestAt, ...rest }) => ({ ...rest, lowestAfterMs: at(lowestAt) })),
    assumes: forecast.assumes,
    failure: options.failure ?? [],
    placedByTime: forecast.placedByTime,
    warnings: forecast.warnings,
  };
  return `${JSON.stringify(plan, null, 2)}\n`;
}

function changeJson(change: Change): unknown {
  if (change.subject === 'service') return serviceJson(change);
  return change.subject === 'cluster' || change.subject === 'network' ? change : { ...change, fields: shownFields(change) };
}

/** Values as the other forms show them: as text, without secrets; null where a side does not exist. */
function shownFields(change: Change): unknown {
  return fieldsOf(change).map((field) => ({ ...field, before: field.before ?? null, after: field.after ?? null }));
}

function serviceJson(change: ServiceChange): unknown {
  const { subject, id, kind, revision, desiredCount, settings, images, fileSystems, deploys, isUnderway } = change;
  return {
    subject,
    id,
    kind,
    revision,
    desiredCount,
    settings,
    images,
    fileSystems,
    deploys,
    isUnderway,
    definitionKnown: change.definition !== null,
    fields: shownFields(change),
  };
}

function stepJson(step: Step, afterMs: number): unknown {
  const { verb, service, subject, tasks, containers, instance, because, healthy, desired } = step;
  return { afterMs, verb, service, subject, tasks, containers, instance, because, healthy, desired };
}
