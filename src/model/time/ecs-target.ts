// What a schedule or a rule starts: tasks of a definition in a cluster (EcsParameters), and what happens when that fails.
// Targets of other AWS services are read by their ARN alone: Longshore has nothing to run them on.
import { z } from 'zod';
import { CLUSTER_REFERENCE, isArn, parseArn, referencedName } from '../../lang/arn.ts';
import { TaskDefinitionReference } from '../name.ts';
import { AwsvpcConfiguration, CapacityProviderStrategyItem, PlacementConstraint, PlacementStrategy } from '../cluster/placement.ts';
import { Tags } from '../tags.ts';

export const TargetRole = z.string().min(1).max(1_600).optional().meta({ description: 'Role that AWS would take; Longshore needs none.' });
export const TargetArn = z.string().min(1).max(1_600).meta({ description: 'Name (or ARN) of the cluster in which the tasks start.' });

export const EcsParameters = z.strictObject({
  taskDefinitionArn: TaskDefinitionReference.meta({ description: 'Family (or ARN) of the task definition.' }),
  taskCount: z.int().min(1).max(10).optional().meta({ description: 'Number of tasks that start, 1 to 10.', default: 1 }),
  launchType: z
    .enum(['EC2', 'FARGATE', 'EXTERNAL'])
    .optional()
    .meta({ description: 'Where the tasks run, unless capacity providers say so.' }),
  capacityProviderStrategy: z
    .array(CapacityProviderStrategyItem)
    .max(6)
    .optional()
    .meta({ description: 'Shares of capacity providers; at most 6.' }),
  platformVersion: z.string().min(1).max(64).optional().meta({ description: 'Version of Fargate.' }),
  networkConfiguration: z
    .strictObject({ awsvpcConfiguration: AwsvpcConfiguration.optional().meta({ description: 'Network of tasks in mode awsvpc.' }) })
    .optional()
    .meta({ description: 'Network of tasks in mode awsvpc.' }),
  group: z.string().min(1).max(255).optional().meta({ description: 'Group of the tasks; absent: family:<family>.' }),
  placementConstraints: z.array(PlacementConstraint).max(10).optional().meta({ description: 'Where tasks may run; at most 10.' }),
  placementStrategy: z.array(PlacementStrategy).max(5).optional().meta({ description: 'Which instances are preferred; at most 5.' }),
  propagateTags: z.enum(['TASK_DEFINITION']).optional().meta({ description: 'Whether tasks get the tags of their definition.' }),
  enableECSManagedTags: z.boolean().optional().meta({ description: 'Whether tasks get tags of ECS.', default: false }),
  enableExecuteCommand: z.boolean().optional().meta({ description: 'Whether commands may be run in the tasks.', default: false }),
  referenceId: z.string().max(1_024).optional().meta({ description: 'A text of your own.' }),
  tags: Tags.optional().meta({ description: 'Tags of the tasks; at most 50.' }),
});
export type EcsParameters = z.infer<typeof EcsParameters>;

export const RetryPolicy = z.strictObject({
  maximumRetryAttempts: z
    .int()
    .min(0)
    .max(185)
    .optional()
    .meta({ description: 'Further attempts when tasks can not be started.', default: 185 }),
  maximumEventAgeInSeconds: z
    .int()
    .min(60)
    .max(86_400)
    .optional()
    .meta({ description: 'Seconds after which no further attempt is made.', default: 86_400 }),
});

export const DeadLetterConfig = z.strictObject({
  arn: z.string().min(1).max(1_600).optional().meta({ description: 'Queue for what could not be started.' }),
});

/** Parameters of targets that are no ECS tasks: what is inside them is not looked at. */
export const ForeignParameters = z.record(z.string(), z.unknown()).optional().meta({ description: 'Of a target that is no ECS task.' });

/** The cluster of a target, or null when the target is something else than ECS tasks. */
export function clusterOfTarget(arn: string): string | null {
  if (!isArn(arn)) return arn;
  if (parseArn(arn).fault !== null) return null;
  return referencedName(arn, CLUSTER_REFERENCE).value;
}
