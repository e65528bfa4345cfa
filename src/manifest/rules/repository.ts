// What ECR asks of repositories, their lifecycle rules and policies beyond the shape of their fields (spec 10.3, 10.4).
import { attachedFindings } from './attached.ts';
import { onKey, onValue } from '../finding.ts';
import { policyFaults } from '../../lang/iam-policy.ts';
import { valueFindings } from './value-findings.ts';
import type { Finding } from '../finding.ts';
import type { LifecyclePolicy, LifecycleRule, Repository } from '../../model/access/repository.ts';
import type { Path } from '../text/tree.ts';

/** ECR: characters of a lifecycle policy, wildcards of one pattern. */
const POLICY_SIZE_MAX = 30_720;
const WILDCARDS_MAX = 4;

/** What is wrong with a repository whose fields are each in order; source: spec 10.3, 10.4. */
export function repositoryFindings(repository: Repository): Finding[] {
  const { lifecyclePolicy, repositoryPolicy } = repository;
  return [
    ...attachedFindings(partOf(repository), partOf(repository) === 'repository' ? 'registry' : 'repository', {
      repositoryName: repository.repositoryName,
    }),
    ...exclusionFindings(repository),
    ...keyFindings(repository),
    ...(lifecyclePolicy === undefined ? [] : lifecycleFindings(lifecyclePolicy, ['lifecyclePolicy'])),
    ...(repositoryPolicy === undefined
      ? []
      : valueFindings('bad-policy', policyFaults(repositoryPolicy, 'repository'), ['repositoryPolicy'])),
  ];
}

/** A file that holds one of the two policies alone is called by its name. */
function partOf(repository: Repository): string {
  const given = Object.keys(repository);
  if (given.length !== 1) return 'repository';
  return given[0] === 'lifecyclePolicy' ? 'lifecycle policy' : given[0] === 'repositoryPolicy' ? 'repository policy' : 'repository';
}

function exclusionFindings(repository: Repository): Finding[] {
  const { imageTagMutability: mutability = 'MUTABLE', imageTagMutabilityExclusionFilters: filters } = repository;
  if (mutability.endsWith('_WITH_EXCLUSION') === (filters !== undefined)) return [];
  const message = `imageTagMutability is ${mutability} ${filters === undefined ? 'without' : 'with'} imageTagMutabilityExclusionFilters`;
  const hint =
    filters === undefined ? 'add imageTagMutabilityExclusionFilters' : `write ${mutability}_WITH_EXCLUSION, or remove the filters`;
  return [onKey('exclusion-filters', [filters === undefined ? 'imageTagMutability' : 'imageTagMutabilityExclusionFilters'], message, hint)];
}

function keyFindings(repository: Repository): Finding[] {
  const { encryptionType, kmsKey } = repository.encryptionConfiguration ?? {};
  if (kmsKey === undefined || encryptionType !== 'AES256') return [];
  return [
    onKey('encryption-key', ['encryptionConfiguration', 'kmsKey'], 'AES256 takes no kmsKey', 'remove it, or write encryptionType: KMS'),
  ];
}

function lifecycleFindings(policy: LifecyclePolicy, path: Path): Finding[] {
  const place = [...path, 'rules'];
  const findings = policy.rules.flatMap((rule, index) => ruleFindings(rule, [...place, index]));
  const priorities = policy.rules.map((rule) => rule.rulePriority);
  for (const [index, priority] of priorities.entries()) {
    if (priorities.indexOf(priority) === index) continue;
    const message = `two rules have the rulePriority ${priority}`;
    findings.push(onValue('duplicate-rule-priority', [...place, index, 'rulePriority'], message, 'give each rule its own number'));
  }
  findings.push(...widestFindings(policy.rules, place));
  const size = JSON.stringify(policy).length;
  if (size > POLICY_SIZE_MAX) {
    const message = `lifecyclePolicy has ${size} characters; it must have at most ${POLICY_SIZE_MAX}`;
    findings.push(onKey('wrong-length', path, message, 'use patterns with *, or fewer rules'));
  }
  return findings;
}

/** Rules that take every image, or every untagged one: one of each and, for every image, the last of all. */
function widestFindings(rules: readonly LifecycleRule[], place: Path): Finding[] {
  const findings: Finding[] = [];
  const last = Math.max(...rules.map((rule) => rule.rulePriority));
  const seen = new Set<string>();
  for (const [index, { selection, rulePriority }] of rules.entries()) {
    const path = [...place, index, 'selection', 'tagStatus'];
    if (selection.tagStatus === 'tagged') continue;
    const key = `${selection.tagStatus} ${selection.storageClass ?? 'standard'}`;
    if (seen.has(key)) {
      findings.push(
        onValue('repeated-lifecycle-rule', path, `two rules have tagStatus ${selection.tagStatus}`, 'make one rule of the two'),
      );
    } else if (selection.tagStatus === 'any' && rulePriority < last) {
      const message = `the rule with tagStatus any has rulePriority ${rulePriority}, and others come after it`;
      findings.push(onValue('any-rule-not-last', path, message, `give it the highest rulePriority, above ${last}`));
    }
    seen.add(key);
  }
  return findings;
}

function ruleFindings(rule: LifecycleRule, path: Path): Finding[] {
  const { tagStatus, tagPatternList, tagPrefixList, countType, countUnit } = rule.selection;
  const place = [...path, 'selection'];
  const findings: Finding[] = [];
  const lists = [...(tagPatternList === undefined ? [] : ['tagPatternList']), ...(tagPrefixList === undefined ? [] : ['tagPrefixList'])];
  if (lists.length !== (tagStatus === 'tagged' ? 1 : 0)) {
    const has = lists.length === 0 ? 'neither tagPatternList nor tagPrefixList' : lists.join(' and ');
    const hint =
      tagStatus === 'tagged' ? 'write either tagPatternList or tagPrefixList' : `remove ${lists.join(' and ')}, or write tagStatus: tagged`;
    findings.push(onKey('lifecycle-tags', [...place, lists.at(-1) ?? 'tagStatus'], `a rule with tagStatus ${tagStatus} has ${has}`, hint));
  }
  for (const [index, pattern] of (tagPatternList ?? []).entries()) {
    if (pattern.split('*').length - 1 <= WILDCARDS_MAX) continue;
    const message = `the pattern "${pattern}" has more than ${WILDCARDS_MAX} wildcards`;
    findings.push(onValue('lifecycle-pattern', [...place, 'tagPatternList', index], message, 'write fewer *'));
  }
  const counted = countType === 'imageCountMoreThan';
  if (counted === (countUnit !== undefined)) {
    const message = `${countType} ${counted ? 'takes no countUnit' : 'has no countUnit'}`;
    findings.push(
      onKey('lifecycle-unit', [...place, counted ? 'countUnit' : 'countType'], message, counted ? 'remove it' : 'add countUnit: days'),
    );
  }
  const moves = rule.action.type === 'transition';
  if (moves !== (rule.action.targetStorageClass !== undefined)) {
    const message = moves ? 'a transition has no targetStorageClass' : 'expire takes no targetStorageClass';
    findings.push(
      onKey(
        'lifecycle-action',
        [...path, 'action', moves ? 'type' : 'targetStorageClass'],
        message,
        moves ? 'add targetStorageClass: archive' : 'remove it',
      ),
    );
  }
  return findings;
}
