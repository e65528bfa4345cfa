// Security groups and who names them. A group that the commit does not declare is kept elsewhere (sg-... of AWS), which is usual: it lets
// nobody in and keeps nobody out, and a warning says so. Deliberately absent: which networks come of the rules (core/network/security-groups.ts).
import { approximation } from '../rules/security-group.ts';
import { nearest } from '../../std/text.ts';
import { sortedMap } from '../../std/order.ts';
import { sourceGroupOf } from '../../model/cluster/security-group.ts';
import type { DesiredSecurityGroup } from '../../model/turn/desired.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { ResourceOf } from '../document.ts';
import type { SecurityGroup, SecurityGroupIngress } from '../../model/cluster/security-group.ts';
import type { Service } from '../../model/service/service.ts';

interface Owned {
  readonly resource: ResourceOf<'SecurityGroup'> | ResourceOf<'Service'>;
  readonly finding: Finding;
}

/** The names of the declared groups by their names and their ids. */
export type GroupNames = ReadonlyMap<string, string>;

const NOT_HERE = 'no SecurityGroup of this name is in the repository';
const STAYS = `${NOT_HERE}: its tasks stay on the network of their cluster, where all reach each other on every port`;
const OTHERS_HOLD = `${NOT_HERE}: it lets nobody in`;

/** The declared groups by what they are called. */
export function groupNames(groups: readonly ResourceOf<'SecurityGroup'>[]): GroupNames {
  const ids = groups.flatMap(({ spec: { groupId, groupName } }) => (groupId === undefined ? [] : [[groupId, groupName] as const]));
  return new Map([...ids, ...groups.map(({ spec: { groupName } }) => [groupName, groupName] as const)]);
}

/** Groups that services and rules name and no document declares; and what a rule opens beyond what it says. */
export function groupFindings(
  services: readonly ResourceOf<'Service'>[],
  groups: readonly ResourceOf<'SecurityGroup'>[],
  names: GroupNames,
): Owned[] {
  return [
    ...services.flatMap((resource) => {
      const instead = groupsOf(resource.spec, names).length === 0 ? STAYS : OTHERS_HOLD;
      const undeclared = namedBy(resource.spec).filter(({ name }) => !names.has(name));
      return undeclared.map(({ name, path }): Owned => ({ resource, finding: elsewhere(name, path, instead, names) }));
    }),
    ...groups.flatMap((resource) =>
      sourcesOf(resource).flatMap((source): Owned[] => {
        const name = names.get(source.name);
        const finding =
          name === undefined
            ? elsewhere(source.name, source.path, OTHERS_HOLD, names)
            : wider(source.rule, name, resource.spec, source.path);
        return finding === null ? [] : [{ resource, finding }];
      }),
    ),
  ];
}

/** A network has no ports and no direction, and those who share it are all alike. Null: the rule opens what it says. */
function wider({ ipProtocol }: SecurityGroupIngress, source: string, { groupName }: SecurityGroup, path: Path): Finding | null {
  const on = ipProtocol === '-1' ? '' : ' on every port and protocol';
  if (source !== groupName)
    return approximation(
      path,
      `the tasks of ${source} and of ${groupName} share a network: all of them reach each other${on}, in both directions`,
    );
  return on === '' ? null : approximation(path, `the tasks of ${groupName} reach each other${on}`);
}

/** The declared groups of a service's tasks, each once, sorted. */
export function groupsOf(service: Service, names: GroupNames): readonly string[] {
  return [...new Set(namedBy(service).flatMap(({ name }) => names.get(name) ?? []))].sort();
}

/** What the core goes by: each group with the declared ones that its rules let in. */
export function desiredGroups(
  groups: readonly ResourceOf<'SecurityGroup'>[],
  names: GroupNames,
): ReadonlyMap<string, DesiredSecurityGroup> {
  return sortedMap(
    groups.map((resource) => {
      const admitted = [...new Set(sourcesOf(resource).flatMap(({ name }) => names.get(name) ?? []))].sort();
      return [resource.spec.groupName, { name: resource.spec.groupName, admits: admitted }] as const;
    }),
  );
}

function namedBy({ networkConfiguration }: Service): readonly { readonly name: string; readonly path: Path }[] {
  const path: Path = ['networkConfiguration', 'awsvpcConfiguration', 'securityGroups'];
  return (networkConfiguration?.awsvpcConfiguration?.securityGroups ?? []).map((name, index) => ({ name, path: [...path, index] }));
}

interface Source {
  readonly rule: SecurityGroupIngress;
  readonly name: string;
  readonly path: Path;
}

function sourcesOf({ spec }: ResourceOf<'SecurityGroup'>): readonly Source[] {
  return (spec.securityGroupIngress ?? []).flatMap((rule, index) => {
    const name = sourceGroupOf(rule);
    const field = rule.sourceSecurityGroupId === undefined ? 'sourceSecurityGroupName' : 'sourceSecurityGroupId';
    return name === null ? [] : [{ rule, name, path: ['securityGroupIngress', index, field] }];
  });
}

function elsewhere(name: string, path: Path, instead: string, names: GroupNames): Finding {
  const finding = approximation(path, instead);
  const meant = nearest(name, names.keys());
  return meant === null ? finding : { ...finding, hint: `did you mean the group ${meant}?` };
}
