// Tables: what EC2's tools write of security groups, and what is none of theirs; and what services make of groups by name and by id.
import { describe, expect, test } from 'vitest';
import { load } from '../../../src/manifest/load.ts';
import { sourceFile } from '../story.ts';
import type { DesiredState } from '../../../src/model/turn/desired.ts';

function loaded(...documents: readonly object[]): { readonly desired: DesiredState | null; readonly codes: readonly string[] } {
  const { desired, problems } = load(
    documents.map((document, index) => sourceFile(`${index}.json`, JSON.stringify(document))),
    'c0ffee',
  );
  return { desired, codes: problems.map(({ code }) => code) };
}

/** Whom the rules of each declared group let in. */
function admitted(...documents: readonly object[]): Record<string, readonly string[]> {
  const { desired, codes } = loaded(...documents, APP);
  expect(codes.filter((code) => !code.startsWith('field-'))).toEqual([]);
  return Object.fromEntries([...(desired?.securityGroups.values() ?? [])].map(({ name, admits }) => [name, admits]));
}

const APP = {
  kind: 'TaskDefinition',
  family: 'app',
  networkMode: 'awsvpc',
  containerDefinitions: [{ name: 'app', image: 'app:1', memory: 64 }],
};
const WEB = { kind: 'SecurityGroup', groupName: 'web', groupId: 'sg-1' };
const service = (serviceName: string, ...securityGroups: readonly string[]) => ({
  kind: 'Service',
  serviceName,
  taskDefinition: 'app',
  desiredCount: 1,
  networkConfiguration: { awsvpcConfiguration: { subnets: ['a'], securityGroups } },
});
const pair = (GroupId: string) => ({ GroupId, UserId: '1' });

describe('the JSON of EC2', () => {
  test.each<[string, object, Record<string, readonly string[]>]>([
    ['input of create-security-group', { GroupName: 'db', Description: 'the database', VpcId: 'vpc-1' }, { db: [], web: [] }],
    [
      'input of authorize-security-group-ingress',
      {
        groupName: 'db',
        ipPermissions: [{ ipProtocol: 'tcp', fromPort: 1, toPort: 2, userIdGroupPairs: [{ groupId: 'sg-1' }, { groupName: 'db' }] }],
      },
      { db: ['db', 'web'], web: [] },
    ],
    [
      'answer of describe-security-groups',
      {
        SecurityGroups: [
          {
            GroupName: 'db',
            GroupId: 'sg-2',
            Description: '',
            IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [pair('sg-1'), pair('sg-2')] }],
          },
          {
            GroupName: 'queue',
            GroupId: 'sg-3',
            Description: '',
            IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '10.0.0.0/8' }] }],
          },
        ],
      },
      { db: ['db', 'web'], queue: [], web: [] },
    ],
    [
      'properties of CloudFormation',
      {
        GroupName: 'db',
        GroupDescription: 'd',
        SecurityGroupIngress: [
          { IpProtocol: '-1', SourceSecurityGroupId: 'sg-1' },
          { IpProtocol: -1, SourceSecurityGroupName: 'web' },
        ],
      },
      { db: ['web'], web: [] },
    ],
  ])('%s', (_, document, groups) => {
    expect(admitted(document, WEB)).toEqual(groups);
  });

  test('a schedule in a group, and a load balancer with security groups, are what they are', () => {
    const schedule = { Name: 'nightly', GroupName: 'jobs', Description: 'd', ScheduleExpression: 'rate(1 day)' };
    const balancer = { Name: 'edge', Type: 'application', Subnets: ['a'], SecurityGroups: ['sg-1'] };
    for (const document of [schedule, balancer]) expect(loaded(document).desired?.securityGroups.size ?? 0).toBe(0);
  });

  test('permissions in a document of ours are told where their rules belong', () => {
    expect(loaded({ kind: 'SecurityGroup', groupName: 'db', ipPermissions: [] }).codes).toContain('unsupported-field');
  });
});

describe('services', () => {
  const groupsIn = (...documents: readonly object[]) => {
    const { desired } = loaded(APP, ...documents);
    return Object.fromEntries([...(desired?.services.values() ?? [])].map(({ name, securityGroups }) => [name, securityGroups]));
  };

  test('name groups by name or by id, each once; what is not declared is none', () => {
    const services = [service('a', 'web'), service('b', 'sg-1', 'web'), service('c', 'sg-9'), service('d', 'sg-9', 'db', 'sg-1')];
    expect(groupsIn(WEB, { kind: 'SecurityGroup', groupName: 'db' }, ...services)).toEqual({
      a: ['web'],
      b: ['web'],
      c: undefined,
      d: ['db', 'web'],
    });
  });

  test('are deployed when a group that they name is declared, and not when its rules change', () => {
    const hash = (...groups: readonly object[]) => loaded(APP, service('a', 'web'), ...groups).desired?.services.get('default/a')?.hash;
    const rules = { ...WEB, securityGroupIngress: [{ ipProtocol: '-1', sourceSecurityGroupId: 'web' }] };
    expect(hash(WEB)).not.toBe(hash());
    expect(hash(rules)).toBe(hash(WEB));
  });

  test('of a group that is broken nothing is said beside its own error', () => {
    const broken = { kind: 'SecurityGroup', groupName: 'web', securityGroupIngress: 3 };
    expect(loaded(APP, broken, service('a', 'web', 'sg-1')).codes.filter((code) => code !== 'field-ignored')).toEqual(['wrong-type']);
  });
});
