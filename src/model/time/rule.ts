// Rules of EventBridge: a schedule or a pattern of events, and up to five targets (PutRule, PutTargets).
// Names are EventBridge's, in lowerCamel; PascalCase is folded on reading. The pattern itself is data and keeps its letters.
import { z } from 'zod';
import { DeadLetterConfig, EcsParameters, ForeignParameters, RetryPolicy, TargetArn, TargetRole } from './ecs-target.ts';
import { Tags } from '../tags.ts';
import { parseScheduleExpression } from '../../lang/schedule-expression.ts';
import { readable } from '../syntax.ts';

const RuleName = z.string().regex(/^[.\-_A-Za-z0-9]{1,64}$/, 'must be 1 to 64 letters, digits, dots, hyphens or underscores');
const eventBusName = z
  .string()
  .min(1)
  .max(1_600)
  .regex(/^(?:arn:aws[\w-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus\/)?[/.\-_A-Za-z0-9]+$/, 'must be the name or the ARN of an event bus')
  .optional()
  .meta({ description: 'Event bus.', default: 'default' });

/** A plain JSON object; what is inside it is checked by lang/event-pattern.ts. */
const EventPattern = z.record(z.string(), z.unknown());

export const RuleTarget = z.strictObject({
  id: z
    .string()
    .regex(/^[.\-_A-Za-z0-9]{1,64}$/, 'must be 1 to 64 letters, digits, dots, hyphens or underscores')
    .meta({ description: 'Name of the target, unique in its rule.' }),
  arn: TargetArn,
  roleArn: TargetRole,
  ecsParameters: EcsParameters.optional().meta({ description: 'The tasks that start.' }),
  input: z.string().max(8_192).optional().meta({ description: 'Overrides of RunTask as JSON: {"containerOverrides": [...]}.' }),
  inputPath: z.string().max(256).optional().meta({ description: 'The part of the event that is handed over: $.detail.' }),
  inputTransformer: z
    .strictObject({
      inputPathsMap: z.record(z.string(), z.string()).optional().meta({ description: 'Names for parts of the event; at most 100.' }),
      inputTemplate: z.string().min(1).max(8_192).meta({ description: 'The text that is handed over, with <name> for those parts.' }),
    })
    .optional()
    .meta({ description: 'Makes the overrides of parts of the event.' }),
  retryPolicy: RetryPolicy.optional().meta({ description: 'What happens when tasks can not be started.' }),
  deadLetterConfig: DeadLetterConfig.optional().meta({ description: 'Where it goes when no attempt succeeds.' }),
  appSyncParameters: ForeignParameters,
  batchParameters: ForeignParameters,
  httpParameters: ForeignParameters,
  kinesisParameters: ForeignParameters,
  redshiftDataParameters: ForeignParameters,
  runCommandParameters: ForeignParameters,
  sageMakerPipelineParameters: ForeignParameters,
  sqsParameters: ForeignParameters,
});
export type RuleTarget = z.infer<typeof RuleTarget>;

export const Rule = z
  .strictObject({
    name: RuleName.optional().meta({ description: 'Name of the rule.' }),
    eventBusName,
    description: z.string().max(512).optional().meta({ description: 'For people.' }),
    state: z
      .enum(['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'])
      .optional()
      .meta({ description: 'Whether it starts anything.', default: 'ENABLED' }),
    scheduleExpression: z
      .string()
      .superRefine(readable((text) => parseScheduleExpression(text, 'rule'), 'bad-schedule'))
      .optional()
      .meta({ description: 'When, in UTC: cron(...) or rate(...).' }),
    eventPattern: EventPattern.optional().meta({ description: 'Which events start the targets: an object that mirrors the event.' }),
    roleArn: TargetRole,
    tags: Tags.optional().meta({ description: 'Tags; at most 50.' }),
    targets: z.array(RuleTarget).max(5).optional().meta({ description: 'What starts; at most 5.' }),
  })
  .meta({ title: 'Rule', description: 'Starts tasks at set times or by events (EventBridge PutRule, PutTargets).' });
export type Rule = z.infer<typeof Rule>;

export const RuleTargets = z
  .strictObject({
    rule: RuleName.optional().meta({ description: 'Name of the rule that gets the targets.' }),
    eventBusName,
    targets: z.array(RuleTarget).min(1).max(5).meta({ description: 'What starts; at most 5 a rule.' }),
  })
  .meta({ title: 'RuleTargets', description: 'Targets of a rule that is defined elsewhere (EventBridge PutTargets).' });
export type RuleTargets = z.infer<typeof RuleTargets>;
