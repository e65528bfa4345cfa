// Roles, which are named by their ARN or by their name alone.
import { isArn, roleNameOf } from './arn.ts';

/** Whether two references are one role: the same text, or a name and an ARN that ends in it. ARNs of different accounts are different roles. */
export function isSameRole(one: string, other: string): boolean {
  if (one === other) return true;
  if (isArn(one) === isArn(other)) return false;
  return roleNameOf(one) === roleNameOf(other);
}
