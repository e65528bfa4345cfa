// What ELB asks of the conditions of a rule (spec 4.5): each field has its own values, once, of their own form, few in all.
import { isRange } from '../../model/traffic/listener-rule.ts';
import { onKey, onValue } from '../finding.ts';
import { regexFindings } from './regex.ts';
import type { Finding } from '../finding.ts';
import type { ListenerRule, RuleCondition, RuleTransform } from '../../model/traffic/listener-rule.ts';
import type { Path } from '../text/tree.ts';

/** ELB: condition values and wildcards of one rule, all its conditions together. */
const VALUES_PER_RULE = 5;
const WILDCARDS_PER_RULE = 5;

type Field = RuleCondition['field'];

const CONFIG = {
  'host-header': 'hostHeaderConfig',
  'path-pattern': 'pathPatternConfig',
  'http-header': 'httpHeaderConfig',
  'query-string': 'queryStringConfig',
  'http-request-method': 'httpRequestMethodConfig',
  'source-ip': 'sourceIpConfig',
} as const satisfies Readonly<Record<Field, keyof RuleCondition>>;

/** ELB: any number of these may stand in one rule. */
const MANY: ReadonlySet<Field> = new Set<Field>(['http-header', 'query-string']);

/** What is wrong with the conditions and transforms of a rule. */
export function conditionsFindings(rule: ListenerRule, path: Path): Finding[] {
  const findings: Finding[] = [];
  const fields = new Set<Field>();
  const values: string[] = [];
  for (const [index, condition] of rule.conditions.entries()) {
    const place = [...path, 'conditions', index];
    if (fields.has(condition.field) && !MANY.has(condition.field)) {
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
  return [...findings, ...transformFindings(rule.transforms ?? [], [...path, 'transforms'])];
}

/** The plain values of a condition, wherever ELB lets them be written. */
function valuesOf(condition: RuleCondition): readonly string[] {
  const { queryStringConfig, field } = condition;
  if (condition.values !== undefined) return condition.values;
  if (queryStringConfig !== undefined) return queryStringConfig.values.map(({ value }) => value);
  const own = CONFIG[field];
  return own === 'queryStringConfig' ? [] : (condition[own]?.values ?? []);
}

function conditionFindings(condition: RuleCondition, path: Path): Finding[] {
  const { field, values, regexValues } = condition;
  const own = CONFIG[field];
  const other = Object.values(CONFIG).find((name) => name !== own && condition[name] !== undefined);
  if (other !== undefined)
    return [onKey('condition-field', [...path, other], `a ${field} condition takes no ${other}`, `write values, or ${own}`)];
  if (values !== undefined && (field === 'http-header' || field === 'query-string'))
    return [onKey('condition-field', [...path, 'values'], `a ${field} condition takes no values of its own`, `write ${own}`)];
  const config = condition[own];
  const inner = config !== undefined && 'regexValues' in config ? config.regexValues : undefined;
  const places = [values, regexValues, config?.values, inner].filter((list) => list !== undefined).length;
  if (places !== 1) {
    const message = places === 0 ? `a ${field} condition without values` : `a ${field} condition with both values and ${own}`;
    return [
      onKey('condition-values', [...path, values === undefined ? 'field' : 'values'], message, `write either values or ${own}.values`),
    ];
  }
  const regexes = regexValues ?? inner;
  if (regexes !== undefined) {
    const place = regexValues === undefined ? [...path, own, 'regexValues'] : [...path, 'regexValues'];
    return [...headerFindings(condition, path), ...regexes.flatMap((text, index) => regexFindings(text, [...place, index]))];
  }
  const base = values === undefined ? [...path, own, 'values'] : [...path, 'values'];
  return [
    ...headerFindings(condition, path),
    ...valuesOf(condition).flatMap((value, index) => valueFindings(field, value, [...base, index])),
  ];
}

/** ELB: a header's name has no wildcard, and Host has a condition of its own. */
function headerFindings({ httpHeaderConfig }: RuleCondition, path: Path): Finding[] {
  const name = httpHeaderConfig?.httpHeaderName;
  if (name === undefined) return [];
  const place = [...path, 'httpHeaderConfig', 'httpHeaderName'];
  if (name.toLowerCase() === 'host')
    return [onValue('bad-header-name', place, 'the header Host has a condition of its own', 'write field: host-header')];
  if (/^[A-Za-z0-9!#$%&'+.^_`|~-]+$/.test(name)) return [];
  return [
    onValue('bad-header-name', place, `"${name}" is no name of a header`, 'write letters, digits and hyphens; wildcards are not allowed'),
  ];
}

/** ELB: a host pattern holds a dot and only letters (or a wildcard) behind the last one; a path pattern begins with a slash or a
 * wildcard and holds a fixed set of characters. */
function valueFindings(field: Field, value: string, path: Path): Finding[] {
  if (field === 'host-header') {
    const valid = /^[A-Za-z0-9.*?_-]+$/.test(value) && /^[A-Za-z*?]+$/.test(value.slice(value.lastIndexOf('.') + 1)) && value.includes('.');
    const hint = 'write a host name with a dot and without a port, such as www.example.com or *.example.com';
    return valid ? [] : [onValue('bad-host-pattern', path, `"${value}" is no host pattern`, hint)];
  }
  if (field === 'path-pattern') {
    const valid = /^[/*?][A-Za-z0-9_.$/~"'@:+&*?-]*$/.test(value);
    const hint = 'begin with /; letters, digits and _ - . $ / ~ " \' @ : + & are allowed, * and ? are wildcards';
    return valid ? [] : [onValue('bad-path-pattern', path, `"${value}" is no path pattern`, hint)];
  }
  if (field === 'http-request-method' && !/^[A-Z_-]{1,40}$/.test(value))
    return [onValue('bad-method', path, `"${value}" is no method`, 'write up to 40 capital letters, hyphens or underscores, such as GET')];
  if (field === 'source-ip' && !isRange(value))
    return [onValue('bad-cidr', path, `"${value}" is no range of addresses`, 'write a range (CIDR), such as 10.0.0.0/8 or 192.0.2.7/32')];
  return [];
}

/** ELB: each type of transform once, with its own field. */
function transformFindings(transforms: readonly RuleTransform[], path: Path): Finding[] {
  const seen = new Set<string>();
  return transforms.flatMap((transform, index) => {
    const { type } = transform;
    const place = [...path, index];
    const own = type === 'url-rewrite' ? 'urlRewriteConfig' : 'hostHeaderRewriteConfig';
    const other = type === 'url-rewrite' ? 'hostHeaderRewriteConfig' : 'urlRewriteConfig';
    if (seen.has(type)) return [onValue('transform-config', [...place, 'type'], `two transforms are ${type}`, 'keep one of the two')];
    seen.add(type);
    if (transform[other] !== undefined)
      return [onKey('transform-config', [...place, other], `a ${type} takes no ${other}`, `write ${own}`)];
    const rewrites = transform[own]?.rewrites;
    if (rewrites !== undefined) {
      return rewrites.flatMap(({ regex }, number) => regexFindings(regex, [...place, own, 'rewrites', number, 'regex']));
    }
    return [onValue('missing-field', [...place, own], `the ${type} has no ${own}`, `add ${own}`)];
  });
}
