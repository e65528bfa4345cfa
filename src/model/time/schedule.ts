// Schedules of EventBridge Scheduler: one expression, one zone, one target (CreateSchedule).
// Names are Scheduler's, in lowerCamel; PascalCase is folded on reading.
import { z } from 'zod';
import { DeadLetterConfig, EcsParameters, ForeignParameters, RetryPolicy, TargetArn, TargetRole } from './ecs-target.ts';
import { Moment, TimeZone } from './moment.ts';
import { parseScheduleExpression } from '../../lang/schedule-expression.ts';
import { readable } from '../syntax.ts';

const ScheduleName = z.string().regex(/^[0-9A-Za-z_.-]{1,64}$/, 'must be 1 to 64 letters, digits, hyphens, underscores or dots');

export const ScheduleTarget = z.strictObject({
  arn: TargetArn,
  roleArn: TargetRole,
  ecsParameters: EcsParameters.optional().meta({ description: 'The tasks that start.' }),
  input: z.string().min(1).max(8_192).optional().meta({ description: 'Overrides of RunTask as JSON: {"containerOverrides": [...]}.' }),
  retryPolicy: RetryPolicy.optional().meta({ description: 'What happens when tasks can not be started.' }),
  deadLetterConfig: DeadLetterConfig.optional().meta({ description: 'Where it goes when no attempt succeeds.' }),
  eventBridgeParameters: ForeignParameters,
  kinesisParameters: ForeignParameters,
  sageMakerPipelineParameters: ForeignParameters,
  sqsParameters: ForeignParameters,
});
export type ScheduleTarget = z.infer<typeof ScheduleTarget>;

export const FlexibleTimeWindow = z.strictObject({
  mode: z.enum(['OFF', 'FLEXIBLE']).meta({ description: 'Whether the start may be later than the expression says.' }),
  maximumWindowInMinutes: z.int().min(1).max(1_440).optional().meta({ description: 'Minutes that it may be later; with FLEXIBLE only.' }),
});

export const Schedule = z
  .strictObject({
    name: ScheduleName.meta({ description: 'Name of the schedule, unique in its group.' }),
    groupName: ScheduleName.optional().meta({ description: 'Group of the schedule.', default: 'default' }),
    description: z.string().max(512).optional().meta({ description: 'For people.' }),
    state: z.enum(['ENABLED', 'DISABLED']).optional().meta({ description: 'Whether it starts anything.', default: 'ENABLED' }),
    scheduleExpression: z
      .string()
      .superRefine(readable((text) => parseScheduleExpression(text, 'scheduler'), 'bad-schedule'))
      .meta({ description: 'When: cron(...), rate(...) or at(...).' }),
    scheduleExpressionTimezone: TimeZone.optional().meta({ description: 'Zone of cron and at.', default: 'UTC' }),
    startDate: Moment.optional().meta({ description: 'Nothing starts before this moment: an ISO 8601 time, or seconds since 1970.' }),
    endDate: Moment.optional().meta({ description: 'Nothing starts after this moment: an ISO 8601 time, or seconds since 1970.' }),
    flexibleTimeWindow: FlexibleTimeWindow.meta({ description: 'How much later than the expression says a start may be.' }),
    target: ScheduleTarget.meta({ description: 'What starts.' }),
    actionAfterCompletion: z
      .enum(['NONE', 'DELETE'])
      .optional()
      .meta({ description: 'What happens to a schedule that never fires again.', default: 'NONE' }),
    kmsKeyArn: z.string().min(1).max(2_048).optional().meta({ description: 'Key that AWS would encrypt the input with.' }),
    clientToken: z.string().min(1).max(64).optional().meta({ description: 'Of one call; means nothing in a file.' }),
  })
  .meta({ title: 'Schedule', description: 'Starts tasks at set times (EventBridge Scheduler CreateSchedule).' });
export type Schedule = z.infer<typeof Schedule>;
