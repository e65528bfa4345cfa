// What EC2 asks of the rules of a security group beyond their shape; and what of them no network can hold: addresses, and what leaves.
// What becomes of a rule that names a group depends on whether that is declared: commit/security-groups.ts.
import { approximated } from '../../model/fate.ts';
import { isRange } from '../../model/traffic/listener-rule.ts';
import { nameOf, onKey, onValue } from '../finding.ts';
import { sourceGroupOf } from '../../model/cluster/security-group.ts';
import { told } from '../fates.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { SecurityGroup, SecurityGroupEgress, SecurityGroupIngress } from '../../model/cluster/security-group.ts';

type Rule = SecurityGroupIngress | SecurityGroupEgress;

/** EC2: TCP and UDP, which have ports. */
const WITH_PORTS: ReadonlySet<string> = new Set(['tcp', 'udp', '6', '17']);
const ALL = '-1';

const SOURCES = ['sourceSecurityGroupId', 'sourceSecurityGroupName', 'cidrIp', 'cidrIpv6', 'sourcePrefixListId'] as const;
const DESTINATIONS = ['destinationSecurityGroupId', 'cidrIp', 'cidrIpv6', 'destinationPrefixListId'] as const;

/** What is wrong with a security group whose fields are each in order, and what of it is done in another way. */
export function securityGroupFindings({ securityGroupIngress = [], securityGroupEgress = [] }: SecurityGroup): Finding[] {
  const ingress = securityGroupIngress.flatMap((rule, index): Finding[] => {
    const path: Path = ['securityGroupIngress', index];
    const wrong = [...ends(rule, SOURCES, 'source', path), ...ports(rule, path), ...ranges(rule, path)];
    return wrong.length === 0 && sourceGroupOf(rule) === null ? [approximation(path, NO_ADDRESSES)] : wrong;
  });
  const egress = securityGroupEgress.flatMap((rule, index): Finding[] => {
    const path: Path = ['securityGroupEgress', index];
    return [...ends(rule, DESTINATIONS, 'destination', path), ...ports(rule, path), ...ranges(rule, path)];
  });
  const restricts = egress.length === 0 && securityGroupEgress.length > 0 && !securityGroupEgress.some(isEverything);
  return [...ingress, ...egress, ...(restricts ? [approximation(['securityGroupEgress'], NO_EGRESS)] : [])];
}

const NO_EGRESS =
  'what leaves a task is not filtered: it reaches every address outside, and the tasks with which its groups share a network';
const NO_ADDRESSES =
  'addresses are not filtered: what a task publishes is reached by whoever reaches its instance, and other tasks are let in by rules that name their group';

/** CloudFormation: exactly one end. */
function ends(rule: Rule, fields: readonly string[], word: string, path: Path): Finding[] {
  const given = fields.filter((field) => Object.hasOwn(rule, field));
  if (given.length === 1) return [];
  const message = given.length === 0 ? `${nameOf(path)} names no ${word}` : `${nameOf(path)} has both ${given.slice(0, 2).join(' and ')}`;
  const hint = given.length === 0 ? `write one of ${fields.join(', ')}` : 'make a rule of each';
  return [onValue('security-group-rule', path, message, hint)];
}

function ports({ ipProtocol, fromPort, toPort }: Rule, path: Path): Finding[] {
  if (!WITH_PORTS.has(ipProtocol)) return [];
  const missing = fromPort === undefined ? 'fromPort' : toPort === undefined ? 'toPort' : null;
  if (missing !== null) {
    const message = `${nameOf(path)} is for ${ipProtocol} and has no ${missing}`;
    return [onValue('security-group-ports', path, message, 'write fromPort and toPort: 0 and 65535 for all')];
  }
  if ((fromPort ?? 0) <= (toPort ?? 0)) return [];
  return [
    onKey(
      'security-group-ports',
      [...path, 'fromPort'],
      `${nameOf(path)} begins at port ${fromPort} and ends at ${toPort}`,
      'swap the two',
    ),
  ];
}

function ranges(rule: Rule, path: Path): Finding[] {
  return (['cidrIp', 'cidrIpv6'] as const).flatMap((field) => {
    const range = rule[field];
    if (range === undefined || (isRange(range) && range.includes(':') === (field === 'cidrIpv6'))) return [];
    const example = field === 'cidrIp' ? '10.0.0.0/8 or 192.0.2.7/32' : '::/0 or 2001:db8::/32';
    return [onValue('bad-cidr', [...path, field], `"${range}" is no range of addresses`, `write a range (CIDR), such as ${example}`)];
  });
}

/** EC2's own rule for a group that says nothing of what leaves. */
function isEverything({ ipProtocol, cidrIp }: SecurityGroupEgress): boolean {
  return ipProtocol === ALL && cidrIp === '0.0.0.0/0';
}

/** Something that is done in another way. */
export function approximation(path: Path, instead: string): Finding {
  return { ...told(approximated(instead).fate, nameOf(path), path), on: 'value' };
}
