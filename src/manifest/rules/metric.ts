// What CloudWatch asks of metric math beyond the shape of its fields: every query is a metric or an expression, ids are unique and known,
// and one query is the result.
import { nearest } from '../../std/text.ts';
import { onKey, onValue } from '../finding.ts';
import type { Finding } from '../finding.ts';
import type { MetricQuery } from '../../model/service/metric.ts';
import type { Path } from '../text/tree.ts';

/** What is wrong with the queries at `path`. `band`: the id of the query that is the threshold, which returns data beside the result. */
export function metricQueryFindings(queries: readonly MetricQuery[], path: Path, band: string | null): Finding[] {
  const findings = queries.flatMap((query, index) => queryFindings(queries, query, index, [...path, index]));
  const results = queries.filter((query) => query.returnData !== false && query.id !== band);
  if (results.length !== 1) {
    const message = `${results.length === 0 ? 'none' : results.length} of the queries return data; exactly one is the result`;
    findings.push(onKey('metric-result', path, message, 'set returnData: false for every query but the result'));
  }
  return findings;
}

function queryFindings(queries: readonly MetricQuery[], query: MetricQuery, index: number, path: Path): Finding[] {
  const findings: Finding[] = [];
  const ids = queries.map(({ id }) => id);
  if (ids.indexOf(query.id) < index) {
    findings.push(onValue('duplicate-metric-id', [...path, 'id'], `two queries have the id "${query.id}"`, 'rename one of the two'));
  }
  const { expression, metricStat } = query;
  if ((expression === undefined) === (metricStat === undefined)) {
    const message = `the query "${query.id}" has ${expression === undefined ? 'neither metricStat nor expression' : 'both metricStat and expression'}`;
    findings.push(onValue('metric-query', path, message, 'write metricStat for a metric, expression for metric math'));
  }
  if (metricStat !== undefined && (metricStat.metric.metricName === undefined || metricStat.metric.namespace === undefined)) {
    const missing = metricStat.metric.metricName === undefined ? 'metricName' : 'namespace';
    findings.push(incomplete([...path, 'metricStat', 'metric'], `the metric of the query "${query.id}"`, missing));
  }
  const unknown = idsOf(expression ?? '').find(({ id }) => !ids.includes(id));
  if (unknown !== undefined) {
    const meant = nearest(unknown.id, ids);
    const hint = meant === null ? `the queries are ${ids.join(', ')}` : `did you mean ${meant}?`;
    const message = `the expression of "${query.id}" names a query "${unknown.id}" that is not there`;
    findings.push({ ...onValue('unknown-metric-id', [...path, 'expression'], message, hint), inside: unknown.at });
  }
  return findings;
}

/** A metric without one of the fields that tell which it is. */
export function incomplete(path: Path, what: string, field: string): Finding {
  return onValue('metric-incomplete', [...path, field], `${what} has no ${field}`, `add ${field}`);
}

/** The ids in an expression: names that begin with a lower-case letter, outside of quotes, and that are no functions. A query in SQL has
 * names of its own. */
function idsOf(expression: string): { readonly id: string; readonly at: number }[] {
  if (/\bSELECT\b/i.test(expression)) return [];
  const bare = expression.replace(/"[^"]*"|'[^']*'/g, (quoted) => ' '.repeat(quoted.length));
  return [...bare.matchAll(/(?<![\w.])[a-z]\w*(?!\w*\s*\()/g)]
    .map((found) => ({ id: found[0], at: found.index }))
    .filter(({ id }) => !['and', 'or', 'true', 'false'].includes(id));
}
