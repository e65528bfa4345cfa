// Amazon resource names: arn:partition:service:region:account:resource. Longshore has no account and no region, so only the
// service and the resource count; wherever a manifest takes an ARN, it takes the plain name as well.
import { fault, read } from './parsed.ts';
import type { Parsed } from './parsed.ts';

export interface Arn {
  readonly partition: string;
  readonly service: string;
  /** Empty for global resources. */
  readonly region: string;
  readonly account: string;
  /** Everything after the fifth colon, colons and slashes included. */
  readonly resource: string;
}

/** What a reference may stand for: the service, the resource type, and the words for a message. */
export interface ReferenceTarget {
  readonly service: string;
  readonly type: string;
  readonly what: string;
  readonly example: string;
}

export const CLUSTER_REFERENCE: ReferenceTarget = {
  service: 'ecs',
  type: 'cluster',
  what: 'cluster',
  example: 'arn:aws:ecs:eu-west-1:123456789012:cluster/default',
};
export const TASK_DEFINITION_REFERENCE: ReferenceTarget = {
  service: 'ecs',
  type: 'task-definition',
  what: 'task definition',
  example: 'arn:aws:ecs:eu-west-1:123456789012:task-definition/web',
};
export const TARGET_GROUP_REFERENCE: ReferenceTarget = {
  service: 'elasticloadbalancing',
  type: 'targetgroup',
  what: 'target group',
  example: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/73e2d6bc24d8a067',
};

/** Whether a text means to be an ARN; names never hold a colon. */
export function isArn(text: string): boolean {
  return text.startsWith('arn:');
}

/** An account that is not told, as in documentation and in public repositories: aws_account_id, <ACCOUNT>, XXXXXXXXXXXX. No account counts. */
const MASKED = /^[A-Za-z_<>{}$*][\w<>{}$*-]*$/;

/** Splits an ARN into its six parts; the fault stands at the part that is missing or malformed. */
export function parseArn(text: string): Parsed<Arn> {
  const hint = 'an ARN is arn:partition:service:region:account:resource';
  const parts = text.split(':');
  if (parts[0] !== 'arn') return fault(0, 'is not an ARN', hint);
  if (parts.length < 6) return fault(text.length, `has ${parts.length} of the 6 parts of an ARN`, hint);
  const [, partition = '', service = '', region = '', account = ''] = parts;
  const resource = parts.slice(5).join(':');
  if (!/^aws[a-z-]*$/.test(partition)) return fault(4, `has an unknown partition "${partition}"`, hint);
  if (!/^[a-z0-9-]+$/.test(service)) return fault(5 + partition.length, 'names no service', hint);
  const accountAt = 4 + partition.length + 1 + service.length + 1 + region.length + 1;
  if (!/^(?:[0-9]{12}|aws)?$/.test(account) && !MASKED.test(account)) return fault(accountAt, 'has an account that is not 12 digits', hint);
  if (resource === '') return fault(text.length, 'names no resource', hint);
  return read({ partition, service, region, account, resource });
}

/** The name that a reference stands for: the text itself, or the name inside an ARN of the right type.
 * `...:cluster/web` and `...:targetgroup/web/73e2...` give `web`, `...:task-definition/web:3` gives `web:3`. */
export function referencedName(text: string, target: ReferenceTarget): Parsed<string> {
  if (!isArn(text)) return read(text);
  const arn = parseArn(text);
  if (arn.fault !== null) return { value: null, fault: arn.fault };
  const resourceAt = text.length - arn.value.resource.length;
  const [type = '', name = ''] = arn.value.resource.split('/');
  const hint = `write the plain name of the ${target.what}, or an ARN such as ${target.example}`;
  if (arn.value.service !== target.service || type !== target.type) {
    return fault(resourceAt, `is an ARN of ${arn.value.service} ${type}, not of a ${target.what}`, hint);
  }
  if (name === '') return fault(text.length, `names no ${target.what}`, hint);
  return read(name);
}

/** The name of a role, by its name or ARN: `arn:aws:iam::123456789012:role/tasks/shop` is `shop`, since names are unique whatever their path. */
export function roleNameOf(text: string): string {
  return isArn(text) ? text.slice(text.lastIndexOf('/') + 1) : text;
}
