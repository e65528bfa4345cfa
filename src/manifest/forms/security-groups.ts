// The JSON of EC2: answers of describe-security-groups, inputs of create-security-group and authorize-security-group-ingress, and the properties
// of CloudFormation without their template. The calls of EC2 write permissions with several ends each; a draft has a rule for each end.
import { draftOf, has, hasAny, listUnder, made, renamed, under } from './aws-json.ts';
import { drafted } from '../draft.ts';
import type { Draft, Form } from '../draft.ts';
import type { Tree } from '../text/tree.ts';

export const securityGroupForm: Form = {
  name: 'EC2 JSON',
  recognises: (document) => groupsIn(document) !== null,
  read: (document) => drafted(...(groupsIn(document) ?? []).map(groupDraft)),
};

function groupsIn(document: Tree): readonly Tree[] | null {
  const listed = listUnder(document, 'securityGroups');
  if (listed !== null && listed.length > 0 && listed.every((item) => has(item, 'groupName', 'groupId'))) return listed;
  const rules = ['ipPermissions', 'ipPermissionsEgress', 'securityGroupIngress', 'securityGroupEgress', 'groupDescription'];
  // what is in a group of schedules has a name of its own
  if (!has(document, 'groupName') || hasAny(document, 'name', 'scheduleExpression')) return null;
  return hasAny(document, ...rules, 'description') ? [document] : null;
}

function groupDraft(group: Tree): Draft {
  if (group.kind !== 'mapping') return draftOf(group, 'SecurityGroup');
  const named = renamed(
    renamed(renamed(group, 'description', 'groupDescription'), 'ipPermissions', INGRESS),
    'ipPermissionsEgress',
    EGRESS,
  );
  if (named.kind !== 'mapping') return draftOf(named, 'SecurityGroup');
  const entries = named.entries.map((entry) => {
    if (entry.value.kind !== 'list' || (entry.key !== INGRESS && entry.key !== EGRESS)) return entry;
    const ends = entry.key === INGRESS ? SOURCES : DESTINATIONS;
    return { ...entry, value: { ...entry.value, items: entry.value.items.flatMap((permission) => rulesOf(permission, ends)) } };
  });
  return draftOf({ ...named, entries }, 'SecurityGroup');
}

const INGRESS = 'securityGroupIngress';
const EGRESS = 'securityGroupEgress';

/** Lists of a permission, the field of their items that says the end, and what it is called in a rule. */
type Ends = readonly (readonly [list: string, field: string, end: string])[];

const SOURCES: Ends = [
  ['userIdGroupPairs', 'groupId', 'sourceSecurityGroupId'],
  ['ipRanges', 'cidrIp', 'cidrIp'],
  ['ipv6Ranges', 'cidrIpv6', 'cidrIpv6'],
  ['prefixListIds', 'prefixListId', 'sourcePrefixListId'],
];
const DESTINATIONS: Ends = SOURCES.map(([list, field, end]) => [list, field, end.replace('source', 'destination')]);

/** A rule for each end of a permission; one that has none of the lists is a rule already. */
function rulesOf(permission: Tree, ends: Ends): readonly Tree[] {
  if (!hasAny(permission, ...ends.map(([list]) => list))) return [permission];
  const common = entriesOf(permission, ['ipProtocol', 'fromPort', 'toPort']);
  return ends.flatMap(([list, field, end]) =>
    (listUnder(permission, list) ?? []).map((item) => {
      const written = under(item, field) ?? (list === 'userIdGroupPairs' ? under(item, 'groupName') : null);
      return made(item, { ...common, ...(written !== null && { [end]: written }), ...entriesOf(item, ['description']) });
    }),
  );
}

function entriesOf(tree: Tree, names: readonly string[]): Readonly<Record<string, Tree>> {
  return Object.fromEntries(
    names.flatMap((name) => [[name, under(tree, name)] as const]).filter((entry): entry is [string, Tree] => entry[1] !== null),
  );
}
