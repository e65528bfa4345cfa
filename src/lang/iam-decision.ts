// Whether the policies of a role allow something, as IAM decides it (spec 9): a Deny that applies wins, else an Allow that applies allows, else
// nothing is allowed. Where something is not known to Longshore, it never makes more allowed: see `applies`.
// Deliberately absent: permissions boundaries, session policies and the policies of an organisation, which no repository holds; and
// principals, because the policies of a role are about the role itself.
import { isObject } from './value-fault.ts';
import { conditionHolds } from './iam-context.ts';
import { matchesPattern, subjectOf } from './iam-match.ts';
import type { Subject } from './iam-match.ts';

/** What is to be done to what. */
export interface PolicyRequest {
  /** ssm:GetParameters. */
  readonly action: string;
  /** The ARNs that the thing may have, as far as they are known. */
  readonly resource: readonly Subject[];
  /** Every ARN under which Longshore would find the same thing: a Deny of one of them counts. */
  readonly anywhere: readonly Subject[];
  /** Condition keys that are known, in lower case. All others are not. */
  readonly context: Readonly<Record<string, string>>;
}

/** allow, or what stands against it: a statement that denies, or none that allows. Indexes are of `policies` and of its statements. */
export type PolicyDecision =
  | { readonly kind: 'allow' }
  | { readonly kind: 'deny'; readonly policy: number; readonly statement: number }
  | { readonly kind: 'none' };

const VARIABLE = /\$\{[^}]*\}/g;

/** What policy documents in which policyFaults finds nothing say to a request. What they do not say well says nothing. */
export function decide(policies: readonly unknown[], request: PolicyRequest): PolicyDecision {
  let allowed = false;
  for (const [policy, document] of policies.entries()) {
    for (const [index, statement] of statementsOf(document).entries()) {
      if (!applies(statement, request)) continue;
      if (statement['Effect'] === 'Deny') return { kind: 'deny', policy, statement: index };
      allowed ||= statement['Effect'] === 'Allow';
    }
  }
  return { kind: allowed ? 'allow' : 'none' };
}

/** Whether a statement names an action of this service: `ecr` for ecr:BatchGetImage and ecr:*, not for *. */
export function speaksOf(policies: readonly unknown[], service: string): boolean {
  const prefix = `${service}:`;
  return policies.some((document) =>
    statementsOf(document).some((statement) =>
      [...textsOf(statement['Action']), ...textsOf(statement['NotAction'])].some((text) => text.toLowerCase().startsWith(prefix)),
    ),
  );
}

/**
 * Whether a trust policy in which policyFaults finds nothing lets a service of AWS take the role. Conditions are about where the request
 * comes from (aws:SourceArn), which nobody asks here, so a statement counts without its own.
 */
export function trusts(document: unknown, service: string): boolean {
  const request = { action: 'sts:AssumeRole' };
  return statementsOf(document).some((statement) => {
    const { Principal: principal, NotPrincipal: other } = statement;
    const services = isObject(principal) ? textsOf(principal['Service']) : [];
    const named = other !== undefined || principal === '*' || services.some((text) => text === service || text === `${service}.cn`);
    return statement['Effect'] === 'Allow' && named && namesAction(statement, request);
  });
}

/** The statements of a policy: one, or a list of them. */
export function statementsOf(document: unknown): readonly Readonly<Record<string, unknown>>[] {
  const { Statement: statement } = isObject(document) ? document : {};
  if (isObject(statement)) return [statement];
  return Array.isArray(statement) ? statement.filter(isObject) : [];
}

/**
 * Whether a statement is about a request. In doubt an Allow is not and a Deny is: that holds for conditions that can't be decided, for
 * policy variables such as ${aws:PrincipalTag/team}, and for the same thing under the ARN of another account.
 */
function applies(statement: Readonly<Record<string, unknown>>, request: PolicyRequest): boolean {
  const deny = statement['Effect'] === 'Deny';
  return namesAction(statement, request) && namesResource(statement, request, deny) && underCondition(statement, request, deny);
}

/** Actions are the same in upper and lower case. */
function namesAction(statement: Readonly<Record<string, unknown>>, { action }: Pick<PolicyRequest, 'action'>): boolean {
  const asked = action.toLowerCase();
  const names = (value: unknown): boolean =>
    textsOf(value).some((text) => {
      const pattern = text.toLowerCase();
      return /[*?]/.test(pattern) ? matchesPattern(pattern, subjectOf([asked])) : pattern === asked;
    });
  return statement['NotAction'] === undefined ? names(statement['Action']) : !names(statement['NotAction']);
}

function namesResource(statement: Readonly<Record<string, unknown>>, request: PolicyRequest, deny: boolean): boolean {
  const not = statement['NotResource'] !== undefined;
  // a resource that is named too widely makes a Deny stronger, and an Allow that spares it weaker
  const wide = deny !== not;
  const subjects = wide ? request.anywhere : request.resource;
  const named = textsOf(not ? statement['NotResource'] : statement['Resource']).some((text) => {
    if (text.includes('${') && !wide) return false;
    const pattern = text.replace(VARIABLE, '*');
    return subjects.some((subject) => matchesPattern(pattern, subject));
  });
  return named !== not;
}

function underCondition(statement: Readonly<Record<string, unknown>>, { context }: PolicyRequest, deny: boolean): boolean {
  const condition = statement['Condition'];
  return condition === undefined || (conditionHolds(condition, context) ?? deny);
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
