// Which instances of a provider leave (spec 8.3): those without tasks first, then those with the fewest, the youngest of equal ones.
import { byText } from '../../std/order.ts';

export interface ProviderInstance {
  readonly id: string;
  /** Tasks on it, without those of DAEMON services. */
  readonly tasks: number;
  readonly registeredAt: number;
}

/** At most `count` of them. `protects`: managedTerminationProtection, which keeps every instance that has a task. */
export function leavingInstances(instances: readonly ProviderInstance[], count: number, protects: boolean): readonly string[] {
  const order = [...instances].sort((a, b) => a.tasks - b.tasks || b.registeredAt - a.registeredAt || byText(a.id, b.id));
  return order
    .filter(({ tasks }) => !protects || tasks === 0)
    .slice(0, Math.max(0, count))
    .map(({ id }) => id);
}
