// Roles: what a task may use (IAM CreateRole, PutRolePolicy). The documents are data and keep their letters; lang/iam-policy.ts checks what is
// inside them, lang/iam-decision.ts what they allow.
import { z } from 'zod';
import { approximated, ignored, later } from '../fate.ts';
import { Tags } from '../tags.ts';

const Document = z.record(z.string(), z.unknown());

export const RolePolicy = z.strictObject({
  policyName: z
    .string()
    .regex(/^[\w+=,.@-]{1,128}$/, 'must be 1 to 128 letters, digits and + = , . @ - _')
    .optional()
    .meta({ description: 'Name of the policy.' }),
  policyDocument: Document.meta({ description: 'What is allowed: an IAM policy.' }),
});

export const Role = z
  .strictObject({
    roleName: z
      .string()
      .regex(/^[\w+=,.@-]{1,64}$/, 'must be 1 to 64 letters, digits and + = , . @ - _')
      .optional()
      .meta({ description: 'Name of the role.' }),
    path: z
      .string()
      .max(512)
      .regex(/^\/(?:[!-~]+\/)?$/, 'must begin and end with "/"')
      .optional()
      .meta({ description: 'Path before the name; a name is found whatever it is.', default: '/' }),
    description: z.string().max(1_000).optional().meta({ description: 'For people.' }),
    assumeRolePolicyDocument: Document.optional().meta({ description: 'Who may take the role: for tasks, ecs-tasks.amazonaws.com.' }),
    maxSessionDuration: z
      .int()
      .min(3_600)
      .max(43_200)
      .optional()
      .meta({
        description: 'Seconds that credentials last.',
        default: 3_600,
        ...ignored('credentials last as long as whoever gives them says'),
      }),
    permissionsBoundary: z
      .string()
      .min(20)
      .max(2_048)
      .optional()
      .meta({
        description: 'ARN of a policy that limits all others.',
        ...later('the repository does not hold it, and the role would be allowed more than it is'),
      }),
    policies: z.array(RolePolicy).optional().meta({ description: 'What the role may do.' }),
    managedPolicyArns: z
      .array(z.string().min(20).max(2_048))
      .max(20)
      .optional()
      .meta({
        description: 'ARNs of policies that are kept outside; at most 20.',
        ...approximated('the well-known ones of AWS allow what they allow there, and all others nothing'),
      }),
    tags: Tags.optional().meta({ description: 'Tags; at most 50.', ...ignored('nothing reads them') }),
  })
  .meta({ title: 'Role', description: 'What tasks may do (IAM CreateRole, PutRolePolicy).' });
export type Role = z.infer<typeof Role>;
