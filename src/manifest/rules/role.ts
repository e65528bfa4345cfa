// What IAM asks of a role and its documents beyond the shape of their fields (spec 9).
import { attachedFindings } from './attached.ts';
import { onValue } from '../finding.ts';
import { policyFaults } from '../../lang/iam-policy.ts';
import { valueFindings } from './value-findings.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { Role } from '../../model/access/role.ts';

/** What is wrong with a role whose fields are each in order; source: IAM CreateRole, spec 9. */
export function roleFindings(role: Role): Finding[] {
  const { roleName, assumeRolePolicyDocument: trust, policies = [] } = role;
  const alone = Object.keys(role).length === 1;
  const part = alone && trust !== undefined ? 'trust policy' : alone && role.policies !== undefined ? 'policy' : 'role';
  const findings = attachedFindings(part, part === 'role' ? 'account' : 'role', { roleName });
  if (roleName !== undefined && trust === undefined) {
    const hint = 'say who may take it: ecs-tasks.amazonaws.com, by the action sts:AssumeRole';
    findings.push(onValue('missing-field', ['assumeRolePolicyDocument'], `the role "${roleName}" has no assumeRolePolicyDocument`, hint));
  }
  if (trust !== undefined) findings.push(...valueFindings('bad-policy', policyFaults(trust, 'trust'), ['assumeRolePolicyDocument']));
  const names = policies.map(({ policyName }) => policyName);
  for (const [index, { policyName, policyDocument }] of policies.entries()) {
    const path: Path = ['policies', index];
    if (policyName === undefined && roleName !== undefined) {
      findings.push(
        onValue('missing-field', [...path, 'policyName'], `a policy of the role "${roleName}" has no policyName`, 'add policyName'),
      );
    }
    if (policyName !== undefined && names.indexOf(policyName) < index) {
      findings.push(
        onValue('duplicate-policy', [...path, 'policyName'], `two policies have the name "${policyName}"`, 'rename one of the two'),
      );
    }
    findings.push(...valueFindings('bad-policy', policyFaults(policyDocument, 'identity'), [...path, 'policyDocument']));
  }
  return findings;
}
