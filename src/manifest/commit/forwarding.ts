// Load balancers as the proxy serves them: every request is forwarded to one target group, named in one way. What answers otherwise, or
// shares requests out, has a problem of its own (model/traffic/listener-rule.ts) and is no part of the desired state.
import { actionsOf } from './references.ts';
import type { DeployableLoadBalancer, ForwardAction } from '../../model/turn/desired.ts';
import type { ListenerAction } from '../../model/traffic/listener-rule.ts';
import type { LoadBalancer } from '../../model/traffic/load-balancer.ts';

/** The load balancer with `targetGroupArn` in each of its actions; none when an action does something else than forward to one group. */
export function forwarding(balancer: LoadBalancer): readonly DeployableLoadBalancer[] {
  if (actionsOf(balancer).some(({ action }) => onlyGroup(action) === null)) return [];
  const listeners = balancer.listeners.map(({ defaultActions, rules, ...listener }) => ({
    ...listener,
    defaultActions: forwards(defaultActions),
    ...(rules === undefined ? {} : { rules: rules.map((rule) => ({ ...rule, actions: forwards(rule.actions) })) }),
  }));
  return [{ ...balancer, listeners }];
}

function forwards(actions: readonly ListenerAction[]): ForwardAction[] {
  return actions.flatMap(({ forwardConfig, ...action }) => {
    const targetGroupArn = onlyGroup({ forwardConfig, ...action });
    return targetGroupArn === null ? [] : [{ ...action, targetGroupArn }];
  });
}

/** ELB: a forwardConfig that names one target group is the same as targetGroupArn. */
function onlyGroup({ targetGroupArn, forwardConfig }: ListenerAction): string | null {
  const [first, second] = forwardConfig?.targetGroups ?? [];
  return targetGroupArn ?? (second === undefined ? (first?.targetGroupArn ?? null) : null);
}
