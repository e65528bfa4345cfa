// What CloudWatch asks of an alarm beyond the shape of its fields (PutMetricAlarm): a metric or metric math, one statistic, a threshold that
// fits the comparison, and a window that is not too long.
import { foreignFinding } from './attached.ts';
import { incomplete, metricQueryFindings } from './metric.ts';
import { isArn, parseArn } from '../../lang/arn.ts';
import { onKey, onValue } from '../finding.ts';
import type { Alarm } from '../../model/service/alarm.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';

/** CloudWatch: a day, or a week when periods last at least an hour. */
const WINDOW_MAX = 86_400;
const LONG_WINDOW_MAX = 604_800;
const HOUR = 3_600;
const BANDS: readonly Alarm['comparisonOperator'][] = [
  'LessThanLowerOrGreaterThanUpperThreshold',
  'LessThanLowerThreshold',
  'GreaterThanUpperThreshold',
];
const ACTIONS = ['oKActions', 'alarmActions', 'insufficientDataActions'] as const;

/** What is wrong with an alarm whose fields are each in order; source: CloudWatch PutMetricAlarm. */
export function alarmFindings(alarm: Alarm): Finding[] {
  return [...metricFindings(alarm), ...windowFindings(alarm), ...thresholdFindings(alarm), ...foreignActions(alarm)];
}

export interface AlarmAction {
  /** `service/<cluster>/<service>/<policy>`, or null when the action is no scaling policy of a service. */
  readonly policy: string | null;
  readonly text: string;
  readonly path: Path;
}

/** Every action of an alarm: an ARN, or `service/<cluster>/<service>/<policy>`. */
export function actionsOfAlarm(alarm: Alarm): AlarmAction[] {
  return ACTIONS.flatMap((key) =>
    (alarm[key] ?? []).map((text, index) => ({ policy: isArn(text) ? policyOfArn(text) : text, text, path: [key, index] })),
  );
}

/** `arn:aws:autoscaling:r:a:scalingPolicy:<id>:resource/ecs/service/<cluster>/<service>:policyName/<policy>`. */
function policyOfArn(text: string): string | null {
  const resource = parseArn(text).value?.resource ?? '';
  const found = /^scalingPolicy:[^:]+:resource\/ecs\/(service\/[^/:]+\/[^/:]+):policyName\/([^:]+)/.exec(resource);
  return found === null ? null : `${found[1]}/${found[2]}`;
}

function foreignActions(alarm: Alarm): Finding[] {
  return actionsOfAlarm(alarm)
    .filter(({ policy }) => policy === null)
    .map(({ text, path }) => foreignFinding(path, 'an action of the alarm', parseArn(text).value?.service ?? 'nothing that is known'));
}

function metricFindings(alarm: Alarm): Finding[] {
  const { metrics, metricName } = alarm;
  if ((metrics === undefined) === (metricName === undefined)) {
    const has = metrics === undefined ? 'neither metricName nor metrics' : 'both metricName and metrics';
    return [
      onKey(
        'metric-choice',
        [metrics === undefined ? 'alarmName' : 'metrics'],
        `the alarm has ${has}`,
        'write metricName for one metric, metrics for metric math',
      ),
    ];
  }
  if (metrics !== undefined) {
    const also = (['namespace', 'dimensions', 'period', 'unit', 'statistic', 'extendedStatistic'] as const).find(
      (name) => alarm[name] !== undefined,
    );
    if (also !== undefined)
      return [onKey('metric-choice', [also], `the alarm has both metrics and ${also}`, `move ${also} into metricStat of a query`)];
    return metricQueryFindings(metrics, ['metrics'], alarm.thresholdMetricId ?? null);
  }
  const missing = (['namespace', 'period'] as const).filter((name) => alarm[name] === undefined);
  const findings = missing.map((name) => incomplete([], 'the alarm', name));
  if ((alarm.statistic === undefined) === (alarm.extendedStatistic === undefined)) {
    const has = alarm.statistic === undefined ? 'no statistic' : 'both statistic and extendedStatistic';
    findings.push(
      onKey(
        'alarm-statistic',
        [alarm.statistic === undefined ? 'metricName' : 'extendedStatistic'],
        `the alarm has ${has}`,
        'write statistic: Average, say, or extendedStatistic: p99',
      ),
    );
  }
  return findings;
}

function windowFindings(alarm: Alarm): Finding[] {
  const { period, evaluationPeriods, datapointsToAlarm } = alarm;
  const findings: Finding[] = [];
  if (period !== undefined && period % 60 !== 0 && ![10, 20, 30].includes(period)) {
    findings.push(
      onValue(
        'alarm-period',
        ['period'],
        `period is ${period} seconds, which CloudWatch does not have`,
        'write 10, 20, 30 or a multiple of 60',
      ),
    );
  }
  const limit = (period ?? 0) >= HOUR ? LONG_WINDOW_MAX : WINDOW_MAX;
  if (period !== undefined && period * evaluationPeriods > limit) {
    const message = `${evaluationPeriods} periods of ${period} seconds are longer than ${limit} seconds`;
    findings.push(onValue('alarm-window', ['evaluationPeriods'], message, 'lower evaluationPeriods or period'));
  }
  if (datapointsToAlarm !== undefined && datapointsToAlarm > evaluationPeriods) {
    const message = `datapointsToAlarm ${datapointsToAlarm} is more than evaluationPeriods ${evaluationPeriods}`;
    findings.push(onValue('alarm-datapoints', ['datapointsToAlarm'], message, 'raise evaluationPeriods, or lower datapointsToAlarm'));
  }
  return findings;
}

function thresholdFindings(alarm: Alarm): Finding[] {
  const { comparisonOperator, threshold, thresholdMetricId, metrics } = alarm;
  const wanted = BANDS.includes(comparisonOperator) ? 'thresholdMetricId' : 'threshold';
  const other = wanted === 'threshold' ? thresholdMetricId : threshold;
  const given = wanted === 'threshold' ? threshold : thresholdMetricId;
  if (given === undefined || other !== undefined) {
    const message = `${comparisonOperator} compares with ${wanted}${given === undefined ? ', which is not there' : ' alone'}`;
    return [onValue('alarm-threshold', ['comparisonOperator'], message, given === undefined ? `add ${wanted}` : `keep ${wanted} alone`)];
  }
  if (thresholdMetricId === undefined || metrics?.some(({ id }) => id === thresholdMetricId) === true) return [];
  const message = `thresholdMetricId names a query "${thresholdMetricId}" that is not there`;
  return [onValue('unknown-metric-id', ['thresholdMetricId'], message, 'name the query that holds ANOMALY_DETECTION_BAND')];
}
