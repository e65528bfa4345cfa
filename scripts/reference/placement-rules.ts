// What ECS says of placement (spec 5.1 to 5.8), rule by rule and in our own words, and where Longshore departs from it. The tests that show each
// are found by their marks (placement.ts). Deliberately absent: RunTask and StartTask (5.9), and what only the API of ECS shows.

export interface PlacementRule {
  /** By which tests mark it; unique. */
  readonly name: string;
  readonly ecs: string;
  /** The subjects of the rows of docs/departures.md that say what is different. */
  readonly departures?: readonly string[];
  /** Why Longshore does not do it at all. Such a rule has no test. */
  readonly absent?: string;
  /** What a test that shows it has to write, whole texts of it. */
  readonly writes?: RegExp;
}

export interface PlacementPart {
  readonly title: string;
  readonly rules: readonly PlacementRule[];
}

const COUNTED = '`distinctInstance`, spreads, `runningTasksCount` and `task:group`';
const MISSING = 'attributes that an instance does not have, or without a value';
const PATTERNS = 'patterns of the cluster query language';
const GPUS = '`resourceRequirements` of GPUs';

const EQUAL = ['==', '!=', 'in', '!in', '=~', '!~'] as const;
const ORDERED = ['==', '!=', '<', '<=', '>', '>='] as const;
const EVERY = [...ORDERED, 'in', '!in', '=~', '!~', 'exists', '!exists'] as const;

/** Each subject with its operators, what it is compared as, and what departs for which operators. */
const SUBJECTS: readonly {
  readonly subject: string;
  readonly operators: readonly string[];
  readonly compares: string;
  readonly departs?: (operator: string) => readonly string[];
}[] = [
  {
    subject: 'attribute:<name>',
    operators: EVERY,
    compares: 'the value of an attribute',
    departs: (operator) => (/[<>]/.test(operator) ? ['`<` and `>` of attributes'] : []),
  },
  {
    subject: 'task:group',
    operators: EQUAL,
    compares: 'the groups of the tasks on the instance',
    departs: (operator) => (operator.startsWith('!') ? ['`task:group` with `!=`, `!in`, `!~`'] : []),
  },
  { subject: 'agentConnected', operators: EQUAL, compares: 'true or false' },
  { subject: 'agentVersion', operators: ORDERED, compares: 'dotted versions, part by part', departs: () => ['`agentVersion`'] },
  { subject: 'ec2InstanceId', operators: EQUAL, compares: 'the id of the instance' },
  { subject: 'registeredAt', operators: ORDERED, compares: 'moments' },
  { subject: 'runningTasksCount', operators: ORDERED, compares: 'whole numbers' },
];

const TERMS: readonly PlacementRule[] = SUBJECTS.flatMap(({ subject, operators, compares, departs }) =>
  operators.map((operator) => ({
    name: `query: ${subject} ${operator}`,
    ecs: `compares ${compares}`,
    departures: departs?.(operator) ?? [],
    writes: new RegExp(`^${subject.replace('<name>', '\\S+')} ${operator}(?: |$)`),
  })),
);

export const PLACEMENT: readonly PlacementPart[] = [
  {
    title: 'The process',
    rules: [
      {
        name: 'process: candidates',
        ecs: 'First go instances that are not ACTIVE, whose agent is away, or that lack cpu, memory, a port, GPUs or an attribute',
      },
      { name: 'process: constraints', ecs: 'Constraints bind: those of the task definition and of the service must all hold' },
      { name: 'process: strategies', ecs: 'Strategies follow in their order, as a preference: none makes a task unplaceable' },
      { name: 'process: in this order', ecs: 'What is chosen is what the steps leave, taken one after the other' },
      { name: 'process: task by task', ecs: 'Each task is placed after those before it, and sees them' },
      { name: 'process: a service without a place', ecs: 'A service whose task has no place tells an event and tries again' },
      {
        name: 'process: with a capacity provider',
        ecs: 'With a capacity provider the task waits (PROVISIONING) until an instance is there',
        departures: ['tasks that wait for capacity'],
      },
      { name: 'process: no instance', ecs: 'A cluster without instances is told in words of its own' },
      { name: 'process: the closest match', ecs: 'The event names the instance that came closest, and what it lacks' },
    ],
  },
  {
    title: 'Reasons of a refusal',
    rules: [
      { name: 'reason: RESOURCE:CPU', ecs: 'Not enough cpu is left' },
      { name: 'reason: RESOURCE:MEMORY', ecs: 'Not enough memory is left' },
      { name: 'reason: RESOURCE:PORTS', ecs: 'A host port that the task needs is taken or reserved' },
      {
        name: 'reason: RESOURCE:ENI',
        ecs: 'No network interface is left for a task of mode awsvpc',
        departures: ['network mode `awsvpc`'],
        absent: 'no instance runs out of them',
      },
      { name: 'reason: RESOURCE:GPU', ecs: 'Not enough GPUs are left', departures: [GPUS] },
      { name: 'reason: ATTRIBUTE', ecs: 'An attribute that the task definition needs is missing' },
      { name: 'reason: MemberOf', ecs: 'An expression does not hold' },
      { name: 'reason: DistinctInstance', ecs: 'The instance has a task of the group' },
      { name: 'reason: AGENT', ecs: 'The agent is not connected' },
      { name: 'reason: INACTIVE', ecs: 'The instance is not ACTIVE' },
    ],
  },
  {
    title: 'Strategies',
    rules: [
      { name: 'strategy: at most 5', ecs: 'A service has at most 5 strategies' },
      { name: 'strategy: random', ecs: '`random` chooses evenly among all that are left, and has no field', departures: ['`random`'] },
      {
        name: 'strategy: spread instanceId',
        ecs: '`spread` over `instanceId`, or `host`: the instance with the fewest tasks of the service',
      },
      { name: 'strategy: spread attribute', ecs: '`spread` over `attribute:<name>`: the value with the fewest tasks of the service' },
      { name: 'strategy: spread balance', ecs: 'Buckets of a spread differ by no more than one where there is room' },
      { name: 'strategy: spread counts', ecs: 'A spread counts tasks of the same service, and no others', departures: [COUNTED] },
      {
        name: 'strategy: spread of a missing attribute',
        ecs: 'Not said by ECS',
        departures: ['instances without the attribute of a `spread`'],
      },
      {
        name: 'strategy: spread behind a spread',
        ecs: 'A later spread balances inside of what an earlier one chose',
        departures: ['a `spread` behind another'],
      },
      { name: 'strategy: binpack cpu', ecs: '`binpack` on `cpu`: the instance with the least cpu left that still fits' },
      { name: 'strategy: binpack memory', ecs: '`binpack` on `memory`: the instance with the least memory left that still fits' },
      { name: 'strategy: chain', ecs: 'Each strategy keeps what is equally good; the next one chooses among these' },
      { name: 'strategy: ties', ecs: 'After the last one any that is left', departures: ['ties after the last strategy'] },
      {
        name: 'strategy: default of a service',
        ecs: 'A service without one is spread over zones, then goes where it has the fewest tasks',
        departures: ['ties after the last strategy'],
      },
      { name: 'strategy: default of a run', ecs: 'A task of its own without one is placed at random', departures: ['`random`'] },
      { name: 'strategy: fields', ecs: 'Each type takes its own fields, in any case, and no others' },
      {
        name: 'strategy: Fargate',
        ecs: 'On Fargate strategies are left aside, and tasks are spread over zones',
        departures: ['`requiresCompatibilities`'],
        absent: 'there is no Fargate; its services are placed as all others',
      },
    ],
  },
  {
    title: 'Constraints',
    rules: [
      {
        name: 'constraint: distinctInstance',
        ecs: '`distinctInstance`: each task of a service on an instance of its own',
        departures: [COUNTED],
      },
      { name: 'constraint: distinctInstance has no expression', ecs: '`distinctInstance` takes no expression' },
      { name: 'constraint: memberOf', ecs: '`memberOf`: on instances for which an expression holds' },
      { name: 'constraint: memberOf has an expression', ecs: '`memberOf` needs an expression' },
      { name: 'constraint: at most 10', ecs: 'At most 10, those of the task definition and of the service together' },
      { name: 'constraint: of a task definition', ecs: 'A task definition takes `memberOf` only' },
      { name: 'constraint: not on Fargate', ecs: 'A task definition for Fargate takes none' },
      { name: 'constraint: changes', ecs: 'A change is for tasks that are placed from then on; nothing that runs is moved' },
      { name: 'constraint: changes of a daemon', ecs: 'Tasks of a DAEMON are asked again, and leave where it holds no more' },
    ],
  },
  {
    title: 'Attributes',
    rules: [
      { name: 'attribute: built in', ecs: '`ecs.os-type` and `ecs.cpu-architecture` are there by themselves' },
      {
        name: 'attribute: of the machine',
        ecs: '`ecs.availability-zone`, `ecs.instance-type`, `ecs.ami-id` and the like say what EC2 knows of it',
        departures: ['attributes'],
      },
      {
        name: 'attribute: capabilities',
        ecs: '`com.amazonaws.ecs.capability.*` without a value say what the agent can do; a definition needs those of its fields',
        departures: ['attributes that begin with `com.amazonaws.ecs.capability.`'],
      },
      {
        name: 'attribute: architecture',
        ecs: 'A task definition goes to instances of its processor only',
        departures: ['`cpuArchitecture` of a task definition'],
      },
      { name: 'attribute: name', ecs: 'A name has 1 to 128 letters, digits and `-` `_` `/` `.`' },
      { name: 'attribute: value', ecs: 'A value has 1 to 128 of these, `@`, `:` and blanks inside, or is left out' },
      { name: 'attribute: at most 10', ecs: 'An instance has at most 10 custom ones' },
      { name: 'attribute: overwritten', ecs: 'What is put later replaces what the instance registered with', departures: ['attributes'] },
    ],
  },
  {
    title: 'Which task goes at scale-in',
    rules: [
      { name: 'scale-in: default', ecs: 'Of the zone with the most tasks, there of the instance with the most' },
      { name: 'scale-in: without zones', ecs: 'Zones being equal, of the instance with the most tasks of the service' },
      { name: 'scale-in: spread', ecs: '`spread`: of the fullest bucket, so that the balance is kept' },
      { name: 'scale-in: binpack', ecs: '`binpack`: of the instance that has the most left afterwards' },
      { name: 'scale-in: random', ecs: '`random`: any', departures: ['the order of scale-in behind the balance'] },
      { name: 'scale-in: ties', ecs: 'Any of those that are equal', departures: ['the order of scale-in behind the balance'] },
      { name: 'scale-in: unhealthy first', ecs: 'Tasks that are not healthy go before others' },
      { name: 'scale-in: older first', ecs: 'Tasks of older deployments go before others' },
      { name: 'scale-in: protected', ecs: 'Protected tasks stay', absent: 'there is no call yet that protects a task' },
    ],
  },
  {
    title: 'The cluster query language: form',
    rules: [
      { name: 'query: terms', ecs: 'A term is a subject, an operator and, but for presence, a value or a list in brackets' },
      { name: 'query: words', ecs: 'Each operator is a sign or a word, in lower case' },
      { name: 'query: values', ecs: 'A value is bare, or in single or double quotes' },
      { name: 'query: joined', ecs: '`and` (`&&`), `or` (`||`), `not` (`!`) and parentheses join terms' },
      { name: 'query: precedence', ecs: 'Parentheses bind; more is not said', departures: ['`and`, `or`, `not` without parentheses'] },
      { name: 'query: parentheses in a value', ecs: 'A bare value has no parentheses' },
      { name: 'query: length', ecs: 'At most 2,000 characters' },
      { name: 'query: a wrong one', ecs: 'A wrong expression is refused' },
      { name: 'query: other operators', ecs: 'A subject takes its own operators and no others' },
      { name: 'query: other subjects', ecs: 'Of the task family only `task:group` is a subject' },
      { name: 'query: never throws', ecs: 'Whatever is written is read or refused, at a place inside of it' },
    ],
  },
  { title: 'The cluster query language: each subject with each operator', rules: TERMS },
  {
    title: 'The cluster query language: meaning',
    rules: [
      { name: 'query: missing attribute', ecs: 'Not said by ECS for one that an instance does not have', departures: [MISSING] },
      { name: 'query: attribute without a value', ecs: '`exists` asks for presence alone', departures: [MISSING] },
      { name: 'query: group anti-affinity', ecs: '`not(task:group == x)` keeps away from a group' },
      {
        name: 'query: counted tasks',
        ecs: '`task:group` and `runningTasksCount` ask about the tasks on the instance',
        departures: [COUNTED],
      },
      { name: 'query: whole value', ecs: 'A pattern is a regular expression of Java, for the whole value', departures: ['`=~`'] },
      { name: 'query: patterns', ecs: 'Everything that Java knows', departures: [PATTERNS] },
      { name: 'query: moments', ecs: 'A moment has a zone, `Z` or none, or is a date', departures: ['`registeredAt` with a date alone'] },
      { name: 'query: versions', ecs: 'A version is compared part by part, as numbers', departures: ['`agentVersion`'] },
    ],
  },
  {
    title: 'Resources',
    rules: [
      { name: 'resource: cpu of an instance', ecs: 'Its cores x 1,024' },
      { name: 'resource: memory of an instance', ecs: 'Its memory, less what the agent is told to reserve' },
      { name: 'resource: ports of an instance', ecs: 'A list of ports is reserved' },
      { name: 'resource: GPUs of an instance', ecs: 'The ids of its devices', departures: [GPUS] },
      { name: 'resource: cpu of a task', ecs: 'Its own size, else the sum over its containers' },
      { name: 'resource: memory of a task', ecs: 'Its own size, else the sum of `memoryReservation`, or of `memory` where there is none' },
      { name: 'resource: ports of a task', ecs: 'Static host ports in bridge and host, none in awsvpc; TCP and UDP apart' },
      {
        name: 'resource: dynamic ports of a task',
        ecs: 'Dynamic ports count once they are bound',
        departures: ['which dynamic port'],
        absent: 'the engine picks one that is free',
      },
      { name: 'resource: GPUs of a task', ecs: 'As many as it asks for', departures: [GPUS] },
      { name: 'resource: to the last unit', ecs: 'An instance may be filled until exactly nothing is left' },
      { name: 'resource: no cpu', ecs: 'A task without cpu takes none, wherever' },
      { name: 'resource: until STOPPED', ecs: 'What a task takes is taken from its placement until it is STOPPED' },
      { name: 'resource: never twice', ecs: 'No instance gives away more than it has' },
    ],
  },
  {
    title: 'States of an instance',
    rules: [
      { name: 'state: registered', ecs: 'A new instance registers itself and is ACTIVE', departures: ['registration', 'which instances'] },
      { name: 'state: DRAINING and back', ecs: 'An instance is set to DRAINING, and to ACTIVE again' },
      { name: 'state: ACTIVE or DRAINING', ecs: 'Nothing else can be asked for' },
      { name: 'draining: nothing new', ecs: 'Nothing is placed on it' },
      { name: 'draining: pending tasks', ecs: 'Tasks of services that do not run yet are stopped at once' },
      {
        name: 'draining: running tasks',
        ecs: 'Running ones are replaced inside the two percentages, stop first where the minimum allows it',
      },
      { name: 'draining: stuck', ecs: 'With both at 100 nothing moves' },
      { name: 'draining: daemons', ecs: 'Daemon tasks go last' },
      { name: 'draining: its end', ecs: 'It is done when no task is left, and stays DRAINING until told otherwise' },
      {
        name: 'deregistering: with tasks',
        ecs: 'Refused, or with force its service tasks are replaced elsewhere',
        departures: ['an instance that is deregistered with tasks on it'],
      },
      { name: 'deregistering: forgotten at last', ecs: 'It is DEREGISTERING, then INACTIVE, and no longer listed' },
      {
        name: 'disconnected: stays registered',
        ecs: 'A stopped machine stays registered, its agent not connected',
        departures: ['a silent instance'],
      },
      {
        name: 'disconnected: for good',
        ecs: 'A machine that has ended is deregistered, and its tasks are replaced',
        departures: ['a silent instance'],
      },
    ],
  },
];
