// Load balancers and their listeners. Names are ELB's, in lowerCamel; PascalCase is folded on reading. Rules stand in listener-rule.ts.
// What only AWS can act on has a fate. Target groups and conditions are handed on, so that readers of the model find them in one place.
import { z } from 'zod';
import { ElbAttribute } from './elb-attributes.ts';
import { ElbName } from '../name.ts';
import { ListenerAction, ListenerRule } from './listener-rule.ts';
import { PROTOCOLS, fatesOf } from './target-group.ts';
import { Tags } from '../tags.ts';
import { approximated, ignored, later, refused } from '../fate.ts';

export { TargetGroup, targetGroupSettings } from './target-group.ts';
export type { TargetGroupSettings } from './target-group.ts';
export type { RuleCondition } from './listener-rule.ts';

const encrypted = later('the proxy speaks plain HTTP to clients');
const unmapped = ignored('the proxy listens on the host it runs on');

const Certificate = z.strictObject({
  certificateArn: z.string().min(1).max(2_048).meta({ description: 'ARN of the certificate.' }),
  isDefault: z.boolean().optional().meta({ description: 'Whether clients that name no host get it.' }),
});

const unasked = refused('clients are not asked for certificates here, and leaving that out would let everybody in').fate;

const MutualAuthentication = z.strictObject({
  mode: z
    .enum(['off', 'passthrough', 'verify'])
    .optional()
    .meta({
      description: 'Whether clients must show certificates.',
      default: 'off',
      valueFates: { passthrough: unasked, verify: unasked },
    }),
  trustStoreArn: z.string().min(1).max(2_048).optional().meta({ description: 'ARN of the trust store.' }),
  ignoreClientCertificateExpiry: z.boolean().optional().meta({ description: 'Whether expired certificates will do.', default: false }),
  advertiseTrustStoreCaNames: z
    .enum(['on', 'off'])
    .optional()
    .meta({ description: 'Whether clients are told whose certificates will do.', default: 'off' }),
});

export const Listener = z.strictObject({
  port: z.int().min(1).max(65_535).meta({ description: 'Port on which the proxy listens.' }),
  protocol: z
    .enum(PROTOCOLS)
    .optional()
    .meta({
      description: 'Protocol of the requests.',
      default: 'HTTP',
      valueFates: fatesOf(
        PROTOCOLS.filter((protocol) => protocol !== 'HTTP'),
        encrypted,
      ),
    }),
  sslPolicy: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .meta({ description: 'Name of the versions and ciphers of TLS that clients may use.', ...encrypted }),
  certificates: z
    .array(Certificate)
    .max(25)
    .optional()
    .meta({ description: 'Certificates; at most 25.', ...encrypted }),
  alpnPolicy: z
    .array(z.enum(['HTTP1Only', 'HTTP2Only', 'HTTP2Optional', 'HTTP2Preferred', 'None']))
    .max(1)
    .optional()
    .meta({ description: 'Version of HTTP that a TLS listener agrees on; at most 1.', ...encrypted }),
  mutualAuthentication: MutualAuthentication.optional().meta({ description: 'Certificates of clients.' }),
  defaultActions: z
    .array(ListenerAction)
    .min(1)
    .max(5)
    .meta({ description: 'The actions of requests that no rule matches; the last one ends them.' }),
  rules: z.array(ListenerRule).max(100).optional().meta({ description: 'Rules by host and path (ELB CreateRule); at most 100.' }),
  listenerAttributes: z
    .array(ElbAttribute)
    .max(20)
    .optional()
    .meta({ description: 'Attributes by key (ELB ModifyListenerAttributes); at most 20.' }),
  tags: Tags.optional().meta({ description: 'Tags; at most 50.', ...ignored('nothing reads them') }),
});
export type Listener = z.infer<typeof Listener>;

const Address = z.string().min(1).max(255);
const SubnetMapping = z.strictObject({
  subnetId: Address.meta({ description: 'Subnet.' }),
  allocationId: Address.optional().meta({ description: 'Allocation of an Elastic IP address.' }),
  privateIPv4Address: Address.optional().meta({ description: 'Address within the subnet.' }),
  iPv6Address: Address.optional().meta({ description: 'IPv6 address within the subnet.' }),
  sourceNatIpv6Prefix: Address.optional().meta({ description: 'IPv6 prefix of translated sources.' }),
});

export const LoadBalancer = z
  .strictObject({
    name: ElbName.meta({ description: 'Name of the load balancer.' }),
    type: z
      .enum(['application', 'network', 'gateway'])
      .optional()
      .meta({
        description: 'What is balanced: requests, connections or packets.',
        default: 'application',
        valueFates: fatesOf(['network', 'gateway'], later('the proxy serves HTTP only')),
      }),
    scheme: z
      .enum(['internet-facing', 'internal'])
      .optional()
      .meta({
        description: 'Who can reach it.',
        default: 'internet-facing',
        valueFates: { internal: later('the proxy listens on every address of its host, those that the internet reaches among them').fate },
      }),
    listeners: z.array(Listener).min(1).max(50).meta({ description: 'Ports and their rules (ELB CreateListener); at most 50.' }),
    subnets: z
      .array(Address)
      .optional()
      .meta({ description: 'Subnets it has addresses in.', ...unmapped }),
    subnetMappings: z
      .array(SubnetMapping)
      .optional()
      .meta({ description: 'Subnets and its addresses in them.', ...unmapped }),
    securityGroups: z
      .array(Address)
      .optional()
      .meta({
        description: 'Who may reach which port.',
        ...approximated('nothing is filtered by the proxy: the firewall of its host decides who reaches the ports'),
      }),
    ipAddressType: z
      .enum(['ipv4', 'dualstack', 'dualstack-without-public-ipv4'])
      .optional()
      .meta({ description: 'Kind of its addresses.', default: 'ipv4', ...unmapped }),
    customerOwnedIpv4Pool: Address.optional().meta({ description: 'Pool of addresses on an Outpost.', ...unmapped }),
    enablePrefixForIpv6SourceNat: z
      .enum(['on', 'off'])
      .optional()
      .meta({ description: 'Prefix of translated sources.', ...unmapped }),
    ipamPools: z
      .strictObject({ ipv4IpamPoolId: Address.optional().meta({ description: 'Pool of IPv4 addresses.' }) })
      .optional()
      .meta({ description: 'Pools its addresses come from.', ...unmapped }),
    minimumLoadBalancerCapacity: z
      .strictObject({ capacityUnits: z.int().min(0).optional().meta({ description: 'Units that are kept ready.' }) })
      .optional()
      .meta({ description: 'Capacity that is kept ready.', ...ignored('the proxy has what its host has') }),
    loadBalancerAttributes: z
      .array(ElbAttribute)
      .max(20)
      .optional()
      .meta({ description: 'Attributes by key (ELB ModifyLoadBalancerAttributes); at most 20.' }),
    tags: Tags.optional().meta({ description: 'Tags; at most 50.', ...ignored('nothing reads them') }),
  })
  .meta({
    title: 'LoadBalancer',
    description: 'Listeners and rules that send requests to target groups (ELB CreateLoadBalancer, CreateListener, CreateRule).',
  });
export type LoadBalancer = z.infer<typeof LoadBalancer>;
