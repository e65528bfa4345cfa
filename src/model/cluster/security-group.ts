// Security groups: whose tasks may reach whose (EC2 CreateSecurityGroup, AuthorizeSecurityGroupIngress), in the form of CloudFormation: each rule
// has one source. An engine keeps networks apart, and neither ports nor directions: a rule that names a group gives the tasks of both a network
// that they share (core/network/security-groups.ts). What of a rule that can't hold is told by manifest/rules/security-group.ts.
import { z } from 'zod';
import { approximated, ignored, saidByRule } from '../fate.ts';
import { Tags } from '../tags.ts';
import { fault, read } from '../../lang/parsed.ts';
import { readAs } from '../syntax.ts';
import type { Parsed } from '../../lang/parsed.ts';

/** EC2: -1 is all of them, and the type of an ICMP message stands in the place of a port. */
const Port = z.int().min(-1).max(65_535);
const Protocol = z.union([z.string(), z.int()]).transform(readAs(protocolOf, 'bad-form'));
const Reference = z.string().min(1).max(255);
const Words = z.string().max(255);

const NO_PORTS = saidByRule(approximated('tasks that share a network reach each other on every port and protocol, in both directions'));
const NO_ADDRESSES = saidByRule(
  approximated('addresses are not filtered: what a task publishes is reached by whoever reaches its instance'),
);
const NO_EGRESS = saidByRule(approximated('what leaves a task is not filtered'));

export const SecurityGroupIngress = z.strictObject({
  ipProtocol: Protocol.meta({ description: 'Protocol: tcp, udp, icmp, icmpv6, a number, or -1 for all.', ...NO_PORTS }),
  fromPort: Port.optional().meta({ description: 'First port.', ...NO_PORTS }),
  toPort: Port.optional().meta({ description: 'Last port.', ...NO_PORTS }),
  sourceSecurityGroupId: Reference.optional().meta({ description: 'Group whose tasks may come in: its groupName or groupId.' }),
  sourceSecurityGroupName: Reference.optional().meta({ description: 'The same.' }),
  sourceSecurityGroupOwnerId: Reference.optional().meta({
    description: 'Account of that group.',
    ...ignored('a group is found by its name or id alone'),
  }),
  cidrIp: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'Addresses that may come in, such as 0.0.0.0/0.', ...NO_ADDRESSES }),
  cidrIpv6: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'IPv6 addresses that may come in, such as ::/0.', ...NO_ADDRESSES }),
  sourcePrefixListId: Reference.optional().meta({ description: 'Prefix list of AWS.', ...NO_ADDRESSES }),
  description: Words.optional().meta({ description: 'For people.' }),
});
export type SecurityGroupIngress = z.infer<typeof SecurityGroupIngress>;

export const SecurityGroupEgress = z.strictObject({
  ipProtocol: Protocol.meta({ description: 'Protocol: tcp, udp, icmp, icmpv6, a number, or -1 for all.' }),
  fromPort: Port.optional().meta({ description: 'First port.' }),
  toPort: Port.optional().meta({ description: 'Last port.' }),
  destinationSecurityGroupId: Reference.optional().meta({ description: 'Group whose tasks may be reached.' }),
  cidrIp: z.string().max(64).optional().meta({ description: 'Addresses that may be reached, such as 0.0.0.0/0.' }),
  cidrIpv6: z.string().max(64).optional().meta({ description: 'IPv6 addresses that may be reached, such as ::/0.' }),
  destinationPrefixListId: Reference.optional().meta({ description: 'Prefix list of AWS.' }),
  description: Words.optional().meta({ description: 'For people.' }),
});
export type SecurityGroupEgress = z.infer<typeof SecurityGroupEgress>;

export const SecurityGroup = z
  .strictObject({
    groupName: z
      .string()
      .regex(
        /^(?!sg-)[\w .:/()#,@[\]+=&;{}!$*-]{1,255}$/,
        'must be 1 to 255 letters, digits, spaces and . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *, not beginning with sg-',
      )
      .meta({ description: 'Name of the group, by which services and rules name it.' }),
    groupId: z
      .string()
      .regex(/^sg-[\w-]{1,250}$/, 'must begin with sg-')
      .optional()
      .meta({ description: 'Id that AWS gave it: services and rules may name it by that, too.' }),
    groupDescription: Words.optional().meta({ description: 'For people.' }),
    vpcId: Reference.optional().meta({
      description: 'VPC it belongs to.',
      ...ignored('there are no VPCs here: a group is found by every service'),
    }),
    securityGroupIngress: z
      .array(SecurityGroupIngress)
      .max(1_000)
      .optional()
      .meta({ description: 'Who may reach the tasks of the group; at most 1,000. Absent: nobody.' }),
    securityGroupEgress: z
      .array(SecurityGroupEgress)
      .max(1_000)
      .optional()
      .meta({ description: 'What the tasks of the group may reach; at most 1,000. Absent: everything.', ...NO_EGRESS }),
    tags: Tags.optional().meta({ description: 'Tags; at most 50.', ...ignored('nothing reads them') }),
  })
  .meta({
    title: 'SecurityGroup',
    description: 'Which tasks may reach which (EC2 CreateSecurityGroup, in the form of CloudFormation).',
  });
export type SecurityGroup = z.infer<typeof SecurityGroup>;

/** The group that a rule lets in, by the name or id that is written; null: it is about addresses. */
export function sourceGroupOf({ sourceSecurityGroupId, sourceSecurityGroupName }: SecurityGroupIngress): string | null {
  return sourceSecurityGroupId ?? sourceSecurityGroupName ?? null;
}

function protocolOf(text: string): Parsed<string> {
  const name = text.toLowerCase();
  if (/^(?:-1|tcp|udp|icmp|icmpv6|[0-9]{1,3})$/.test(name)) return read(name);
  return fault(0, 'names no protocol', 'write tcp, udp, icmp, icmpv6, the number of a protocol, or -1 for all');
}
