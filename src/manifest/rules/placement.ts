// What ECS asks of placement beyond the shape of its fields (spec 5.2, 5.3, 8.1), wherever it is written: services, task definitions,
// schedules and rules.
import { onKey, onValue } from '../finding.ts';
import type { CapacityProviderStrategyItem, PlacementConstraint, PlacementStrategy } from '../../model/cluster/placement.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';

/** What is wrong with a list of placement constraints at `path`: memberOf has an expression, distinctInstance has none. */
export function constraintFindings(constraints: readonly PlacementConstraint[], path: Path): Finding[] {
  return constraints.flatMap(({ type, expression }, index) => {
    const needed = type === 'memberOf';
    if (needed === (expression !== undefined)) return [];
    const message = `a placement constraint of type ${type} ${needed ? 'has no expression' : 'takes no expression'}`;
    const hint = needed ? 'add an expression such as attribute:ecs.instance-type =~ t3.*' : 'remove it, or write type: memberOf';
    return [onKey('placement-expression', [...path, index, needed ? 'type' : 'expression'], message, hint)];
  });
}

/** What is wrong with a list of placement strategies at `path`: each type has its own fields. */
export function strategyFindings(strategies: readonly PlacementStrategy[], path: Path): Finding[] {
  return strategies.flatMap(({ type, field }, index) => {
    const place = [...path, index, 'field'];
    if (type === 'random') return field === undefined ? [] : [onKey('placement-field', place, 'random takes no field', 'remove it')];
    const text = field ?? '';
    const fits = type === 'binpack' ? /^(?:cpu|memory)$/i.test(text) : /^(?:instanceId|host|attribute:[A-Za-z0-9_./-]{1,128})$/i.test(text);
    if (fits) return [];
    const hint = type === 'binpack' ? 'write cpu or memory' : 'write instanceId, or attribute: and the name of an attribute';
    return [onValue('placement-field', place, `${type} ${field === undefined ? 'has no field' : `knows no field "${field}"`}`, hint)];
  });
}

/** What is wrong with a capacity provider strategy at `path`: one base at most, and somebody takes the rest. */
export function capacityStrategyFindings(items: readonly CapacityProviderStrategyItem[], path: Path): Finding[] {
  const based = items.flatMap(({ base }, index) => ((base ?? 0) > 0 ? [index] : []));
  const [, second] = based;
  const findings: Finding[] = [];
  if (second !== undefined) {
    const message = 'two capacity providers have a base; one at most may';
    findings.push(onValue('capacity-base', [...path, second, 'base'], message, 'keep one base'));
  }
  if (items.length > 1 && items.every(({ weight }) => (weight ?? 0) === 0)) {
    findings.push(
      onKey(
        'capacity-weight',
        path,
        'no capacity provider has a weight, so nobody takes the tasks above the base',
        'give one of them weight: 1',
      ),
    );
  }
  const isFargate = ({ capacityProvider }: CapacityProviderStrategyItem): boolean => /^FARGATE(?:_SPOT)?$/.test(capacityProvider);
  const stranger = items[0] === undefined ? -1 : items.findIndex((item) => isFargate(item) !== isFargate(items[0] ?? item));
  if (stranger > 0) {
    const message = 'a strategy has providers of Fargate or others, and not both';
    findings.push(onValue('capacity-mixed', [...path, stranger, 'capacityProvider'], message, 'keep those of one kind'));
  }
  return findings;
}
