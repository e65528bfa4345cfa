// Why a task was not placed: instance by instance and rule by rule for whoever asks, one sentence for the event, and ECS's reason for
// RunTask. Nothing here is computed while tasks are placed.
import { type Ask, RULES, type Rule, type RuleName, rulesFor } from './rules.ts';
import type { Seat } from './room.ts';

/** One rule that one instance does not pass. */
export interface Refusal {
  readonly instance: string;
  readonly rule: RuleName;
  /** A clause that can stand behind the name of the instance. */
  readonly detail: string;
}

/** ECS: the reasons in `failures` of RunTask. What it has no reason for is an attribute that is missing. */
const FAILURES: Readonly<Record<RuleName, string>> = {
  status: 'INACTIVE',
  agent: 'AGENT',
  image: 'ATTRIBUTE',
  architecture: 'ATTRIBUTE',
  attribute: 'ATTRIBUTE',
  memberOf: 'MemberOf placement constraint unsatisfied.',
  distinctInstance: 'DistinctInstance placement constraint unsatisfied.',
  cpu: 'RESOURCE:CPU',
  memory: 'RESOURCE:MEMORY',
  ports: 'RESOURCE:PORTS',
  portRange: 'RESOURCE:PORTS',
  gpu: 'RESOURCE:GPU',
};

/** Every rule that an instance of the cluster does not pass, in order of the instances. */
export function refusalsOf(seats: readonly Seat[], ask: Ask): readonly Refusal[] {
  const rules = rulesFor(ask);
  return seats.flatMap((seat) =>
    rules
      .filter((rule) => !rule.passes(seat, ask))
      .map((rule) => ({ instance: seat.candidate.id, rule: rule.name, detail: rule.explain(seat, ask) })),
  );
}

/** Why no instance of the cluster will do, in the words of ECS's event behind "was unable to place a task because". */
export function refusalSentence(seats: readonly Seat[], ask: Ask): string {
  if (seats.length === 0) return 'No Container Instances were found in your cluster.';
  const closest = closestOf(seats, ask);
  const words = closest === null ? '' : ` The closest matching (container-instance ${closest.instance}) ${closest.detail}`;
  return `no container instance met all of its requirements.${words}`;
}

/** ECS: the reason that RunTask gives for an instance. */
export function failureReason(rule: RuleName): string {
  return FAILURES[rule];
}

/** The instance that passes the most rules in their order, the first of equal ones, and the rule that it does not pass. */
function closestOf(seats: readonly Seat[], ask: Ask): Refusal | null {
  const rules = rulesFor(ask);
  let closest: { readonly seat: Seat; readonly rule: Rule } | null = null;
  let furthest = -1;
  for (const seat of seats) {
    const rule = rules.find((each) => !each.passes(seat, ask));
    const reached = rule === undefined ? -1 : RULES.indexOf(rule.name);
    if (rule === undefined || reached <= furthest) continue;
    furthest = reached;
    closest = { seat, rule };
  }
  return closest && { instance: closest.seat.candidate.id, rule: closest.rule.name, detail: closest.rule.explain(closest.seat, ask) };
}
