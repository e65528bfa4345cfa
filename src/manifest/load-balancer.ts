// What ELB asks of target groups, listeners and rules beyond the shape of their fields (spec 4.2, 4.3, 4.5).
// References to target groups are resolve.ts's work.
import { UNSUPPORTED_ATTRIBUTES } from './ecs-names.ts';
import { nearest } from '../std/text.ts';
import { onKey, onValue } from './finding.ts';
import type { Finding } from './finding.ts';
import type { ListenerRule, LoadBalancer, RuleCondition, TargetGroup } from '../model/load-balancer.ts';
import type { Path } from './tree.ts';

const DEREGISTRATION_DELAY = 'deregistration_delay.timeout_seconds';
/** ELB: 0 to 3,600 seconds. */
const DEREGISTRATION_DELAY_MAX = 3_600;
/** ELB: condition values and wildcards of one rule, all its conditions together. */
const VALUES_PER_RULE = 5;
const WILDCARDS_PER_RULE = 5;

/** What is wrong with a target group whose fields are each in order. */
export function targetGroupFindings(group: TargetGroup): Finding[] {
  const seen = new Set<string>();
  return (group.targetGroupAttributes ?? []).flatMap((attribute, index) => {
    const path: Path = ['targetGroupAttributes', index];
    if (seen.has(attribute.key)) {
      return [onValue('duplicate-attribute', [...path, 'key'], `the attribute ${attribute.key} is given twice`, 'keep one of the two')];
    }
    seen.add(attribute.key);
    return attributeFindings(attribute.key, attribute.value, path);
  });
}

function attributeFindings(key: string, value: string, path: Path): Finding[] {
  if (UNSUPPORTED_ATTRIBUTES.has(key)) {
    const message = `the attribute ${key} is known to ELB, not supported by Longshore yet`;
    return [onValue('unsupported-attribute', [...path, 'key'], message, 'remove the attribute')];
  }
  if (key !== DEREGISTRATION_DELAY) {
    const meant = nearest(key, [DEREGISTRATION_DELAY]);
    const hint = meant === null ? `known: ${DEREGISTRATION_DELAY}` : `did you mean ${meant}?`;
    return [onValue('unknown-attribute', [...path, 'key'], `a target group has no attribute "${key}"`, hint)];
  }
  if (/^[0-9]{1,4}$/.test(value) && Number(value) <= DEREGISTRATION_DELAY_MAX) return [];
  const message = `${DEREGISTRATION_DELAY} is "${value}"; it must be a whole number of seconds from 0 to ${DEREGISTRATION_DELAY_MAX}`;
  return [onValue('bad-attribute-value', [...path, 'value'], message, 'write seconds, such as "30"')];
}

/** What is wrong with a load balancer whose fields are each in order. */
export function loadBalancerFindings(balancer: LoadBalancer): Finding[] {
  return balancer.listeners.flatMap((listener, index) => {
    const seen = new Map<number, number>();
    return (listener.rules ?? []).flatMap((rule, place) => {
      const path: Path = ['listeners', index, 'rules', place];
      const first = seen.get(rule.priority);
      seen.set(rule.priority, first ?? place);
      const message = `rules[${place}] has priority ${rule.priority} like rules[${first}] of the listener on port ${listener.port}`;
      const shared =
        first === undefined ? [] : [onValue('duplicate-priority', [...path, 'priority'], message, 'give each rule its own priority')];
      return [...shared, ...ruleFindings(rule, path)];
    });
  });
}

function ruleFindings(rule: ListenerRule, path: Path): Finding[] {
  const findings: Finding[] = [];
  const fields = new Set<string>();
  const values: string[] = [];
  for (const [index, condition] of rule.conditions.entries()) {
    const place = [...path, 'conditions', index];
    if (fields.has(condition.field)) {
      const message = `two conditions on ${condition.field} in one rule`;
      findings.push(
        onValue('duplicate-condition', [...place, 'field'], message, 'write all values into one condition: any of them matches'),
      );
    }
    fields.add(condition.field);
    const found = conditionFindings(condition, place);
    findings.push(...found);
    if (found.length === 0) values.push(...valuesOf(condition));
  }
  if (values.length > VALUES_PER_RULE) {
    const message = `the conditions of this rule have ${values.length} values; ELB allows ${VALUES_PER_RULE}`;
    findings.push(onKey('too-many-values', [...path, 'conditions'], message, 'split the rule in two'));
  }
  const wildcards = values.join('').replace(/[^*?]/g, '').length;
  if (wildcards > WILDCARDS_PER_RULE) {
    const message = `the conditions of this rule have ${wildcards} wildcards; ELB allows ${WILDCARDS_PER_RULE}`;
    findings.push(onKey('too-many-wildcards', [...path, 'conditions'], message, 'split the rule in two'));
  }
  return findings;
}

/** The values of a condition, wherever ELB lets them be written. */
export function valuesOf(condition: RuleCondition): readonly string[] {
  return condition.values ?? condition.hostHeaderConfig?.values ?? condition.pathPatternConfig?.values ?? [];
}

function conditionFindings(condition: RuleCondition, path: Path): Finding[] {
  const { field, values, hostHeaderConfig, pathPatternConfig } = condition;
  const own = field === 'host-header' ? 'hostHeaderConfig' : 'pathPatternConfig';
  const other = field === 'host-header' ? 'pathPatternConfig' : 'hostHeaderConfig';
  if (condition[other] !== undefined) {
    return [onKey('condition-field', [...path, other], `a ${field} condition takes no ${other}`, `write values, or ${own}`)];
  }
  const config = hostHeaderConfig ?? pathPatternConfig;
  if ((values === undefined) === (config === undefined)) {
    const message = values === undefined ? `a ${field} condition without values` : `a ${field} condition with both values and ${own}`;
    return [
      onKey('condition-values', [...path, values === undefined ? 'field' : 'values'], message, `write either values or ${own}.values`),
    ];
  }
  const base = values === undefined ? [...path, own, 'values'] : [...path, 'values'];
  return valuesOf(condition).flatMap((value, index) => patternFindings(field, value, [...base, index]));
}

/** ELB: a host pattern holds a dot and only letters (or a wildcard) behind the last one; a path pattern begins with a slash or a
 * wildcard and holds a fixed set of characters. */
function patternFindings(field: RuleCondition['field'], value: string, path: Path): Finding[] {
  if (field === 'host-header') {
    const valid = /^[A-Za-z0-9.*?_-]+$/.test(value) && /^[A-Za-z*?]+$/.test(value.slice(value.lastIndexOf('.') + 1)) && value.includes('.');
    const hint = 'write a host name with a dot and without a port, such as www.example.com or *.example.com';
    return valid ? [] : [onValue('bad-host-pattern', path, `"${value}" is no host pattern`, hint)];
  }
  const valid = /^[/*?][A-Za-z0-9_.$/~"'@:+&*?-]*$/.test(value);
  const hint = 'begin with /; letters, digits and _ - . $ / ~ " \' @ : + & are allowed, * and ? are wildcards';
  return valid ? [] : [onValue('bad-path-pattern', path, `"${value}" is no path pattern`, hint)];
}
