// The character set that ECS uses for families, containers, services, clusters and volumes, and the references made of such names.
import { z } from 'zod';
import { CLUSTER_REFERENCE, TARGET_GROUP_REFERENCE, TASK_DEFINITION_REFERENCE, isArn, referencedName } from '../lang/arn.ts';
import { fault, read } from '../lang/parsed.ts';
import type { Parsed } from '../lang/parsed.ts';
import { readAs } from './syntax.ts';

/** ECS: letters, digits, hyphen and underscore, 1 to 255 characters. */
export const Name = z.string().regex(/^[A-Za-z0-9_-]{1,255}$/, 'must be 1 to 255 letters, digits, hyphens or underscores');

/** ELB: load balancer and target group names: 1 to 32 letters, digits and inner hyphens. */
export const ElbName = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/,
    'must be 1 to 32 letters, digits or hyphens, not starting or ending with a hyphen',
  );

/** ECS: ARNs are at most 2,048 characters. */
const Reference = z.string().min(1).max(2_048);

/** A cluster by name or ARN, read as the name. */
export const ClusterReference = Reference.transform(readAs((text) => referencedName(text, CLUSTER_REFERENCE), 'bad-arn'));

/** A target group by name or ARN, read as the name. */
export const TargetGroupReference = Reference.transform(readAs((text) => referencedName(text, TARGET_GROUP_REFERENCE), 'bad-arn'));

/** A task definition by family or ARN, read as the family. `family:3` is refused: git holds the content, Longshore counts. */
export const TaskDefinitionReference = Reference.transform(readAs(familyOf, 'bad-arn')).refine((text) => !/:[0-9]+$/.test(text), {
  message: 'names a revision',
  params: {
    code: 'revision-given',
    hint: 'write the family alone: git holds the content of a task definition, and Longshore numbers its revisions',
    at: 0,
  },
});

/** The family behind a reference; the revision of an ARN is left out, since numbers of another account mean nothing here. */
function familyOf(text: string): Parsed<string> {
  const named = referencedName(text, TASK_DEFINITION_REFERENCE);
  if (named.fault !== null || !isArn(text)) return named;
  const [family = ''] = named.value.split(':');
  return family === '' ? fault(text.length, 'names no family', 'write the plain family of the task definition') : read(family);
}
