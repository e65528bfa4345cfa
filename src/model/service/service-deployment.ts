// How a service replaces one revision by another: percentages, circuit breaker, alarms, and the strategies that shift traffic.
// Which of these belong together is the rules' business (manifest/rules/service-fields.ts).
import { z } from 'zod';
import { later } from '../fate.ts';
import { Name } from '../name.ts';

export const CircuitBreakerThreshold = z.strictObject({
  type: z.enum(['BOUNDED_PERCENT', 'UNBOUNDED_PERCENT', 'COUNT']).optional().meta({
    description: 'Percent of desiredCount within 3 to 200 tasks, percent without bounds, or a number of tasks.',
    default: 'BOUNDED_PERCENT',
  }),
  value: z.int().min(1).optional().meta({ description: 'Percent or number, as type says.', default: 50 }),
});

export const DeploymentCircuitBreaker = z.strictObject({
  enable: z.boolean().meta({ description: 'Whether a deployment whose tasks keep failing ends as FAILED.' }),
  rollback: z.boolean().meta({ description: 'Whether a failed deployment returns to the last completed one.' }),
  resetOnHealthyTask: z.boolean().optional().meta({ description: 'Whether a healthy task sets the failure count to 0.', default: true }),
  thresholdConfiguration: CircuitBreakerThreshold.optional().meta({ description: 'How many failed tasks make a deployment fail.' }),
});
export type DeploymentCircuitBreaker = z.infer<typeof DeploymentCircuitBreaker>;

export const DeploymentAlarms = z.strictObject({
  alarmNames: z.array(z.string().min(1).max(255)).optional().meta({ description: 'Names of the alarms.' }),
  enable: z.boolean().meta({ description: 'Whether an alarm makes the deployment fail.' }),
  rollback: z.boolean().meta({ description: 'Whether a deployment that an alarm failed returns to the last completed one.' }),
});

/** Minutes; ECS: at most a day. */
const BakeMinutes = z.int().min(0).max(1_440);

export const LinearConfiguration = z.strictObject({
  stepPercent: z
    .number()
    .min(3)
    .max(100)
    .optional()
    .meta({ description: 'Percent of the traffic that each step shifts, 3 to 100.', default: 10 }),
  stepBakeTimeInMinutes: BakeMinutes.optional().meta({ description: 'Minutes between two steps, 0 to 1,440.', default: 6 }),
});

export const CanaryConfiguration = z.strictObject({
  canaryPercent: z
    .number()
    .min(0.1)
    .max(100)
    .optional()
    .meta({ description: 'Percent of the traffic that the first step shifts, 0.1 to 100.', default: 5 }),
  canaryBakeTimeInMinutes: BakeMinutes.optional().meta({ description: 'Minutes before all traffic follows, 0 to 1,440.', default: 10 }),
});

export const LIFECYCLE_STAGES = [
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'POST_SCALE_UP',
  'TEST_TRAFFIC_SHIFT',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
] as const;

export const LifecycleHook = z.strictObject({
  targetType: z
    .enum(['AWS_LAMBDA', 'PAUSE'])
    .optional()
    .meta({ description: 'What is called, or PAUSE to wait for a person.', default: 'AWS_LAMBDA' }),
  hookTargetArn: z.string().min(1).max(2_048).optional().meta({ description: 'Function that is called; not with PAUSE.' }),
  roleArn: z.string().min(1).max(2_048).optional().meta({ description: 'Role that may call it.' }),
  lifecycleStages: z.array(z.enum(LIFECYCLE_STAGES)).min(1).meta({ description: 'Stages of the deployment at which it is called.' }),
  hookDetails: z.unknown().optional().meta({ description: 'Data of your own that the hook is given.' }),
  timeoutConfiguration: z
    .strictObject({
      timeoutInMinutes: z
        .int()
        .min(1)
        .max(20_160)
        .optional()
        .meta({ description: 'Minutes until the action, 1 to 20,160.', default: 1_440 }),
      action: z
        .enum(['ROLLBACK', 'CONTINUE'])
        .optional()
        .meta({ description: 'What happens when nobody has answered.', default: 'ROLLBACK' }),
    })
    .optional()
    .meta({ description: 'How long the hook is waited for.' }),
});
export type LifecycleHook = z.infer<typeof LifecycleHook>;

export const EarlySuccessCriteria = z.strictObject({
  enable: z.boolean().meta({ description: 'Whether a deployment may succeed before all old tasks are gone.' }),
  healthyPercent: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .meta({ description: 'Percent of desiredCount that must be healthy on the new revision.' }),
  sourceServiceRevisionCleanup: z
    .enum(['BLOCKING', 'DEFERRED'])
    .optional()
    .meta({ description: 'Whether old tasks are removed before or after success is told.' }),
});

const shifting = later('this version deploys by rolling only').fate;

export const DeploymentConfiguration = z.strictObject({
  strategy: z
    .enum(['ROLLING', 'BLUE_GREEN', 'LINEAR', 'CANARY'])
    .optional()
    .meta({
      description: 'How a new revision replaces the old one.',
      default: 'ROLLING',
      valueFates: { BLUE_GREEN: shifting, LINEAR: shifting, CANARY: shifting },
    }),
  minimumHealthyPercent: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .meta({ description: 'Lower limit of healthy tasks, percent of desiredCount, rounded up.', default: 100 }),
  maximumPercent: z
    .int()
    .min(0)
    .max(5_000)
    .optional()
    .meta({ description: 'Upper limit of running and pending tasks, percent of desiredCount, rounded down.', default: 200 }),
  deploymentCircuitBreaker: DeploymentCircuitBreaker.optional().meta({ description: 'Ends a deployment whose tasks keep failing.' }),
  alarms: DeploymentAlarms.optional().meta({ description: 'Alarms that make a deployment fail.', ...later('no alarm ends a deployment') }),
  bakeTimeInMinutes: BakeMinutes.optional().meta({
    description: 'Minutes for which both revisions are kept after all traffic was shifted, 0 to 1,440.',
    ...later('nothing is waited for after a deployment'),
  }),
  lifecycleHooks: z
    .array(LifecycleHook)
    .optional()
    .meta({ description: 'What is called at stages of a deployment.', ...later('no hook is called') }),
  linearConfiguration: LinearConfiguration.optional().meta({ description: 'Steps of LINEAR.', ...later() }),
  canaryConfiguration: CanaryConfiguration.optional().meta({ description: 'First step of CANARY.', ...later() }),
  earlySuccessCriteria: EarlySuccessCriteria.optional().meta({
    description: 'When a rolling deployment counts as a success.',
    ...later('a deployment succeeds when all new tasks are healthy and all old ones gone'),
  }),
});
export type DeploymentConfiguration = z.infer<typeof DeploymentConfiguration>;

/** Blue/green behind a load balancer: where the other colour lies, and which rules are rewritten. */
export const AdvancedConfiguration = z.strictObject({
  alternateTargetGroupArn: z.string().min(1).max(2_048).meta({ description: 'Name (or ARN) of the target group of the other revision.' }),
  productionListenerRule: z.string().min(1).max(2_048).meta({ description: 'Rule of a listener that production traffic comes through.' }),
  testListenerRule: z.string().min(1).max(2_048).optional().meta({ description: 'Rule of a listener that test traffic comes through.' }),
  roleArn: z.string().min(1).max(2_048).meta({ description: 'Role that AWS would change the rules under; Longshore needs none.' }),
});

/** What a service waits for before it is deployed: Compose's depends_on, which ECS does not have between services. */
export const ServiceDependency = z.strictObject({
  serviceName: Name.meta({ description: 'Name of the other service, in the same cluster.' }),
  condition: z
    .enum(['STARTED', 'HEALTHY', 'COMPLETED'])
    .optional()
    .meta({
      description: 'What one of its tasks must have reached.',
      default: 'STARTED',
      valueFates: { COMPLETED: later('a service keeps its tasks running, and none of them is to end').fate },
    }),
});
