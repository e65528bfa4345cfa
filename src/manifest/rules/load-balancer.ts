// What ELB asks of load balancers and listeners beyond the shape of their fields (spec 4.5). Rules and actions have files of their own
// (listener-rule.ts, listener-action.ts). References to target groups are resolve.ts's work.
import { LISTENER_ATTRIBUTES, LOAD_BALANCER_ATTRIBUTES } from '../../model/traffic/elb-attributes.ts';
import { actionFindings } from './listener-action.ts';
import { attributeFindings } from './elb-attributes.ts';
import { conditionsFindings } from './listener-rule.ts';
import { onKey, onValue } from '../finding.ts';
import { tagFindings } from './tags.ts';
import type { Finding } from '../finding.ts';
import type { Listener, LoadBalancer } from '../../model/traffic/load-balancer.ts';
import type { Path } from '../text/tree.ts';

/** ELB: rules of one load balancer, without the defaults of its listeners. */
const RULES_PER_BALANCER = 100;
/** ELB: protocols of listeners by type of load balancer. */
const SPOKEN: Readonly<Record<NonNullable<LoadBalancer['type']>, readonly string[]>> = {
  application: ['HTTP', 'HTTPS'],
  network: ['TCP', 'TLS', 'UDP', 'TCP_UDP', 'QUIC', 'TCP_QUIC'],
  gateway: ['GENEVE'],
};

/** What is wrong with a load balancer whose fields are each in order. */
export function loadBalancerFindings(balancer: LoadBalancer): Finding[] {
  const count = balancer.listeners.reduce((sum, { rules }) => sum + (rules?.length ?? 0), 0);
  const message = `the listeners have ${count} rules in all; ELB allows ${RULES_PER_BALANCER}`;
  const many = count > RULES_PER_BALANCER ? [onKey('too-many-rules', ['listeners'], message, 'move some to another load balancer')] : [];
  return [
    ...many,
    ...balancer.listeners.flatMap((listener, index) => [
      ...protocolFindings(balancer, listener, ['listeners', index]),
      ...listenerFindings(listener, ['listeners', index]),
    ]),
    ...attributeFindings(balancer.loadBalancerAttributes, LOAD_BALANCER_ATTRIBUTES, 'a load balancer', ['loadBalancerAttributes']),
    ...tagFindings(balancer.tags, ['tags']),
  ];
}

function protocolFindings({ type }: LoadBalancer, { protocol, certificates }: Listener, path: Path): Finding[] {
  if (protocol === undefined) return [];
  // where no type is written, a listener of TCP says it all, and has its fate
  if (type !== undefined && !SPOKEN[type].includes(protocol)) {
    const choices = SPOKEN[type].join(' or ');
    const message = `the ${type} load balancer has no listener of ${protocol}`;
    return [onValue('listener-protocol', [...path, 'protocol'], message, `write ${choices}`)];
  }
  if ((protocol !== 'HTTPS' && protocol !== 'TLS') || (certificates?.length ?? 0) > 0) return [];
  return [onValue('certificate-missing', [...path, 'protocol'], `a listener of ${protocol} has no certificates`, 'add certificates')];
}

function listenerFindings(listener: Listener, path: Path): Finding[] {
  const protocol = listener.protocol ?? 'HTTP';
  const seen = new Map<number, number>();
  return [
    ...actionFindings(listener.defaultActions, protocol, [...path, 'defaultActions']),
    ...(listener.rules ?? []).flatMap((rule, place) => {
      const within: Path = [...path, 'rules', place];
      const first = seen.get(rule.priority);
      seen.set(rule.priority, first ?? place);
      const message = `rules[${place}] has priority ${rule.priority} like rules[${first}] of the listener on port ${listener.port}`;
      const shared =
        first === undefined ? [] : [onValue('duplicate-priority', [...within, 'priority'], message, 'give each rule its own priority')];
      return [
        ...shared,
        ...conditionsFindings(rule, within),
        ...actionFindings(rule.actions, protocol, [...within, 'actions']),
        ...tagFindings(rule.tags, [...within, 'tags']),
      ];
    }),
    ...attributeFindings(listener.listenerAttributes, LISTENER_ATTRIBUTES, 'a listener', [...path, 'listenerAttributes']),
    ...tagFindings(listener.tags, [...path, 'tags']),
  ];
}
