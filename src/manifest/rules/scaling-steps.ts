// The steps of a step scaling policy: intervals of the distance from an alarm's threshold, without gap or overlap (spec 7.3).
import { onKey, onValue } from '../finding.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { StepAdjustment, StepScaling } from '../../model/service/scaling.ts';

interface Step {
  readonly from: number;
  readonly to: number;
  readonly index: number;
}

/** What is wrong with a step scaling configuration whose fields are each in order. */
export function stepFindings(scaling: StepScaling, path: Path): Finding[] {
  const place = [...path, 'stepAdjustments'];
  const steps = scaling.stepAdjustments.map(stepOf);
  const findings: Finding[] = [];
  if (scaling.minAdjustmentMagnitude !== undefined && scaling.adjustmentType !== 'PercentChangeInCapacity') {
    const message = `minAdjustmentMagnitude means nothing for ${scaling.adjustmentType}`;
    findings.push(
      onKey(
        'adjustment-magnitude',
        [...path, 'minAdjustmentMagnitude'],
        message,
        'remove it, or write adjustmentType: PercentChangeInCapacity',
      ),
    );
  }
  for (const [index, step] of scaling.stepAdjustments.entries()) {
    if (scaling.adjustmentType !== 'ExactCapacity' || step.scalingAdjustment >= 0) continue;
    const message = `scalingAdjustment is ${step.scalingAdjustment}; ExactCapacity takes a number of tasks`;
    findings.push(onValue('out-of-range', [...place, index, 'scalingAdjustment'], message, 'write 0 or more'));
  }
  const backwards = steps.filter((step) => step.from >= step.to);
  if (backwards.length > 0) {
    return [
      ...findings,
      ...backwards.map((step) =>
        onValue('step-bounds', [...place, step.index], `a step ${shown(step)} holds nothing`, 'write the lower bound below the upper one'),
      ),
    ];
  }
  return [...findings, ...neighbours(steps, place), ...openEnds(steps, place)];
}

function stepOf(step: StepAdjustment, index: number): Step {
  return { from: step.metricIntervalLowerBound ?? -Infinity, to: step.metricIntervalUpperBound ?? Infinity, index };
}

function neighbours(steps: readonly Step[], place: Path): Finding[] {
  const sorted = [...steps].sort((a, b) => a.from - b.from || a.to - b.to);
  return sorted.slice(1).flatMap((step, index) => {
    const before = sorted[index];
    if (before === undefined || before.to === step.from) return [];
    const word = before.to > step.from ? 'overlaps' : 'leaves a gap after';
    return [
      onValue(
        'step-gap',
        [...place, step.index],
        `the step ${shown(step)} ${word} the step ${shown(before)}`,
        'begin each step where another one ends',
      ),
    ];
  });
}

/** However far the metric goes, there is a step for it. */
function openEnds(steps: readonly Step[], place: Path): Finding[] {
  const findings: Finding[] = [];
  const lowest = Math.min(...steps.map((step) => step.from));
  const highest = Math.max(...steps.map((step) => step.to));
  if (lowest < 0 && lowest !== -Infinity) {
    findings.push(
      onKey('step-open-end', place, `no step reaches below ${lowest}`, 'leave out metricIntervalLowerBound of the lowest step'),
    );
  }
  if (highest > 0 && highest !== Infinity) {
    findings.push(
      onKey('step-open-end', place, `no step reaches above ${highest}`, 'leave out metricIntervalUpperBound of the highest step'),
    );
  }
  return findings;
}

function shown(step: Step): string {
  return `from ${step.from === -Infinity ? 'any' : step.from} to ${step.to === Infinity ? 'any' : step.to}`;
}
