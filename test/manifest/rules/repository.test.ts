import { describe, expect, it } from 'vitest';
import { repositoryFindings } from '../../../src/manifest/rules/repository.ts';
import { roleFindings } from '../../../src/manifest/rules/role.ts';
import { shown } from '../shown.ts';
import type { LifecycleRule, Repository } from '../../../src/model/access/repository.ts';
import type { Role } from '../../../src/model/access/role.ts';

const rule = (
  rulePriority: number,
  selection: Partial<LifecycleRule['selection']>,
  action: LifecycleRule['action'] = { type: 'expire' },
): LifecycleRule => ({
  rulePriority,
  selection: { tagStatus: 'tagged', countType: 'imageCountMoreThan', countNumber: 10, ...selection },
  action,
});
const tagged = { tagPrefixList: ['v'] };
const any = { tagStatus: 'any' } as const;
const untagged = { tagStatus: 'untagged' } as const;

describe('repositories', () => {
  it.each<[Repository, string[]]>([
    [{}, []],
    [
      { imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION', imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }] },
      [],
    ],
    [{ imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' }, ['exclusion-filters imageTagMutability']],
    [
      { imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }] },
      ['exclusion-filters imageTagMutabilityExclusionFilters'],
    ],
    [{ encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'k' } }, []],
    [{ encryptionConfiguration: { encryptionType: 'AES256', kmsKey: 'k' } }, ['encryption-key encryptionConfiguration.kmsKey']],
    [{ repositoryName: undefined }, ['not-attached ']],
    [{ repositoryPolicy: { Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:*' }] } }, []],
    [
      { repositoryPolicy: { Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:*', Resource: '*' }] } },
      ['bad-policy repositoryPolicy.Statement[0].Resource'],
    ],
  ])('%j: %j', (changes, codes) => {
    expect(shown(repositoryFindings({ repositoryName: 'team/app', ...changes }))).toEqual(codes);
  });

  it.each<[LifecycleRule[], string[]]>([
    [[rule(1, tagged), rule(2, untagged), rule(3, any)], []],
    [[rule(3, any), rule(1, tagged)], []],
    [[rule(1, { tagPatternList: ['*a*b*c*'] })], []],
    [[rule(1, { ...untagged, countType: 'sinceImagePushed', countUnit: 'days' })], []],
    [[rule(1, any, { type: 'transition', targetStorageClass: 'archive' })], []],
    [[rule(1, { ...untagged, storageClass: 'archive' }), rule(2, untagged)], []],
    [[rule(1, tagged), rule(1, tagged)], ['duplicate-rule-priority [1].rulePriority']],
    [[rule(1, any), rule(2, tagged)], ['any-rule-not-last [0].selection.tagStatus']],
    [
      [rule(1, any), rule(2, any)],
      ['any-rule-not-last [0].selection.tagStatus', 'repeated-lifecycle-rule [1].selection.tagStatus'],
    ],
    [[rule(1, untagged), rule(2, untagged)], ['repeated-lifecycle-rule [1].selection.tagStatus']],
    [[rule(1, {})], ['lifecycle-tags [0].selection.tagStatus']],
    [[rule(1, { tagPatternList: ['a'], tagPrefixList: ['a'] })], ['lifecycle-tags [0].selection.tagPrefixList']],
    [[rule(1, { ...any, tagPrefixList: ['a'] })], ['lifecycle-tags [0].selection.tagPrefixList']],
    [[rule(1, { tagPatternList: ['a', '*a*b*c*d*'] })], ['lifecycle-pattern [0].selection.tagPatternList[1]']],
    [[rule(1, { ...any, countUnit: 'days' })], ['lifecycle-unit [0].selection.countUnit']],
    [[rule(1, { ...any, countType: 'sinceImagePulled' })], ['lifecycle-unit [0].selection.countType']],
    [[rule(1, any, { type: 'transition' })], ['lifecycle-action [0].action.type']],
    [[rule(1, any, { type: 'expire', targetStorageClass: 'archive' })], ['lifecycle-action [0].action.targetStorageClass']],
  ])('with the lifecycle rules %j: %j', (rules, codes) => {
    const found = repositoryFindings({ repositoryName: 'team/app', lifecyclePolicy: { rules } });
    expect(shown(found).sort()).toEqual(codes.map((code) => code.replace(' ', ' lifecyclePolicy.rules')));
  });

  it('have lifecycle policies of a bounded size', () => {
    const rules = Array.from({ length: 40 }, (_, index) =>
      rule(index + 1, { tagPrefixList: Array.from({ length: 10 }, () => 'x'.repeat(80)) }),
    );
    expect(shown(repositoryFindings({ repositoryName: 'app', lifecyclePolicy: { rules } }))).toEqual(['wrong-length lifecyclePolicy']);
  });
});

describe('roles', () => {
  const trust = { Statement: { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' } };
  const policyDocument = { Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' } };

  it.each<[Partial<Role>, string[]]>([
    [{}, []],
    [
      {
        policies: [
          { policyName: 'a', policyDocument },
          { policyName: 'b', policyDocument },
        ],
      },
      [],
    ],
    [{ roleName: undefined, assumeRolePolicyDocument: undefined, policies: [{ policyDocument }] }, ['not-attached ']],
    [{ assumeRolePolicyDocument: undefined }, ['missing-field assumeRolePolicyDocument']],
    [
      { assumeRolePolicyDocument: policyDocument },
      [
        'bad-policy assumeRolePolicyDocument.Statement.Action',
        'bad-policy assumeRolePolicyDocument.Statement.Resource',
        'bad-policy assumeRolePolicyDocument.Statement.Principal',
      ],
    ],
    [
      {
        policies: [
          { policyName: 'a', policyDocument },
          { policyName: 'a', policyDocument },
        ],
      },
      ['duplicate-policy policies[1].policyName'],
    ],
    [{ policies: [{ policyDocument }] }, ['missing-field policies[0].policyName']],
    [{ policies: [{ policyName: 'a', policyDocument: {} }] }, ['bad-policy policies[0].policyDocument.Statement']],
  ])('%j: %j', (changes, codes) => {
    expect(shown(roleFindings({ roleName: 'app', assumeRolePolicyDocument: trust, ...changes }))).toEqual(codes);
  });
});
