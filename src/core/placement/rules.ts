// The rules that an instance must pass for a task: ECS's steps 1 and 2 (spec 5.1). Each passes or says why not, in the words of ECS's
// events where it has some; which instance is preferred among those that pass is not decided here (strategy.ts).
import { type CompiledQuery, compiledQuery } from '../../lang/cluster-query-match.ts';
import { unmetText } from '../../lang/cluster-query-words.ts';
import type { PlacementConstraint } from '../../model/cluster/placement.ts';
import type { Demand, RequiredAttribute } from './demand.ts';
import { type Seat, tasksOfGroup, tasksOn } from './room.ts';
import { WINDOWS_TEXT, fits, isHeld, longestOf } from './ranges.ts';

/** In the order in which they are asked: what never changes first, what another task may free last. */
export const RULES = [
  'status',
  'agent',
  'image',
  'architecture',
  'attribute',
  'memberOf',
  'distinctInstance',
  'cpu',
  'memory',
  'ports',
  'portRange',
  'gpu',
] as const;
export type RuleName = (typeof RULES)[number];

/** What is asked of each instance for the tasks of one group and definition. */
export interface Ask {
  readonly cluster: string;
  /** ECS's task group: `service:<name>`, or that of a run. */
  readonly group: string;
  readonly demand: Demand;
  /** memberOf of the task definition and of the service: all of them must hold. */
  readonly members: readonly Member[];
  readonly distinct: boolean;
}

interface Member {
  readonly expression: string;
  /** Null: it can't be read, and holds nowhere. */
  readonly compiled: CompiledQuery | null;
}

export interface Rule {
  readonly name: RuleName;
  /** Whether it has anything to say about what is asked. */
  asks(ask: Ask): boolean;
  /** Whether its answer may change while tasks are placed. */
  changes(ask: Ask): boolean;
  passes(seat: Seat, ask: Ask): boolean;
  /** Why it does not pass, as a clause behind the name of the instance. */
  explain(seat: Seat, ask: Ask): string;
}

/** The constraints in the form in which instances are asked; a distinctInstance of any of them counts. */
export function askOf(cluster: string, group: string, demand: Demand, constraints: readonly PlacementConstraint[]): Ask {
  const members = constraints.flatMap(({ type, expression = '' }): Member[] =>
    type === 'memberOf' ? [{ expression, compiled: compiledQuery(expression) }] : [],
  );
  return { cluster, group, demand, members, distinct: constraints.some(({ type }) => type === 'distinctInstance') };
}

const always = (): boolean => true;
const never = (): boolean => false;

const TABLE: Readonly<Record<RuleName, Omit<Rule, 'name'>>> = {
  status: {
    asks: always,
    changes: never,
    passes: ({ candidate }) => candidate.status === 'ACTIVE' && candidate.isPaused !== true,
    explain: ({ candidate }) => (candidate.status === 'ACTIVE' ? 'is paused in its swarm.' : `is ${candidate.status}.`),
  },
  agent: {
    asks: always,
    changes: never,
    passes: ({ candidate }) => candidate.agentConnected && candidate.observed,
    explain: () => 'encountered error "AGENT": the engine does not answer.',
  },
  image: {
    asks: ({ demand }) => demand.imageOn !== null,
    changes: never,
    passes: ({ candidate }, { demand }) => demand.imageOn?.has(candidate.id) ?? true,
    explain: () => 'does not have the image, which exists only locally on another instance.',
  },
  architecture: {
    asks: ({ demand }) => demand.architecture !== null,
    changes: never,
    // An engine whose processor is not known is asked: it refuses an image that is not for it.
    passes: ({ candidate }, { demand }) => (architectureOf(candidate.attributes) ?? demand.architecture) === demand.architecture,
    explain: ({ candidate }, { demand }) =>
      `is missing an attribute required by your task: its processor is ${architectureOf(candidate.attributes)}, not ${demand.architecture}.`,
  },
  attribute: {
    asks: ({ demand }) => demand.attributes.length > 0,
    changes: never,
    passes: (seat, { demand }) => demand.attributes.every((attribute) => hasAttribute(seat, attribute)),
    explain: (seat, { demand }) => {
      const missing = demand.attributes.filter((attribute) => !hasAttribute(seat, attribute));
      const texts = missing.map(({ name, value, asked }) => {
        const text = value === null ? name : `${name}=${value}`;
        return asked === undefined ? text : `${text} (${asked})`;
      });
      return `is missing an attribute required by your task: ${texts.join(', ')}.`;
    },
  },
  memberOf: {
    asks: ({ members }) => members.length > 0,
    changes: ({ members }) => members.some(({ compiled }) => compiled?.asksTasks),
    passes: (seat, ask) => ask.members.every((member) => holds(seat, ask, member)),
    explain: (seat, ask) => {
      const unmet = ask.members.filter((member) => !holds(seat, ask, member)).map((member) => unmetOf(seat, ask, member));
      return `encountered error "MemberOf placement constraint unsatisfied.": ${unmet.join(' and ')}.`;
    },
  },
  distinctInstance: {
    asks: ({ distinct }) => distinct,
    changes: always,
    passes: (seat, { cluster, group }) => tasksOfGroup(seat, cluster, group) === 0,
    explain: (_, { group }) => `encountered error "DistinctInstance placement constraint unsatisfied.": it has a task of ${group}.`,
  },
  cpu: {
    asks: ({ demand }) => demand.cpu > 0,
    changes: always,
    passes: ({ candidate, cpu }, { demand }) => cpu + demand.cpu <= candidate.cpu,
    explain: ({ candidate, cpu }, { demand }) =>
      `has insufficient CPU units available: ${demand.cpu} wanted, ${Math.max(0, candidate.cpu - cpu)} left.`,
  },
  memory: {
    asks: ({ demand }) => demand.memory > 0,
    changes: always,
    passes: ({ candidate, memory }, { demand }) => memory + demand.memory <= candidate.memory,
    explain: ({ candidate, memory }, { demand }) =>
      `has insufficient memory available: ${demand.memory} MiB wanted, ${Math.max(0, candidate.memory - memory)} left.`,
  },
  ports: {
    asks: ({ demand }) => demand.ports.length > 0,
    changes: always,
    passes: (seat, { demand }) => !demand.ports.some((port) => isTaken(seat, port)),
    explain: (seat, { demand }) =>
      `is already using a port required by your task: ${demand.ports.filter((port) => isTaken(seat, port)).join(', ')}.`,
  },
  portRange: {
    asks: ({ demand }) => demand.ranges.length > 0,
    changes: always,
    passes: ({ held }, { demand }) => fits(held, demand),
    explain: ({ held }, { demand }) => {
      const { length, protocol } = demand.ranges.find((range) => !fits(held, { ports: [], ranges: [range] })) ?? longestOf(demand.ranges);
      return `has no run of free host ports for a range required by your task: ${length} ${protocol} ports wanted in ${WINDOWS_TEXT}.`;
    },
  },
  gpu: {
    asks: ({ demand }) => demand.gpus > 0,
    changes: always,
    passes: ({ candidate, gpus }, { demand }) => candidate.gpus === null || gpus + demand.gpus <= candidate.gpus,
    explain: ({ candidate, gpus }, { demand }) =>
      `has insufficient GPU resources available: ${demand.gpus} wanted, ${Math.max(0, (candidate.gpus ?? 0) - gpus)} left.`,
  },
};

/** The rules that have something to say, in order. */
export function rulesFor(ask: Ask): readonly Rule[] {
  return RULES.map((name) => ({ name, ...TABLE[name] })).filter((rule) => rule.asks(ask));
}

function holds(seat: Seat, { cluster }: Ask, { compiled }: Member): boolean {
  return compiled?.holds(seat.candidate, tasksOn(seat, cluster)) ?? false;
}

function unmetOf(seat: Seat, { cluster }: Ask, { compiled, expression }: Member): string {
  const unmet = compiled && unmetText(compiled.query, seat.candidate, tasksOn(seat, cluster));
  return unmet ?? `${expression} can't be read`;
}

function architectureOf(attributes: ReadonlyMap<string, string | null>): string | null {
  return attributes.get('ecs.cpu-architecture') || null;
}

function hasAttribute({ candidate }: Seat, { name, value }: RequiredAttribute): boolean {
  return candidate.attributes.has(name) && (value === null || candidate.attributes.get(name) === value);
}

function isTaken({ candidate, ports, held }: Seat, port: string): boolean {
  return ports.has(port) || candidate.ports.has(port) || isHeld(held, port);
}
