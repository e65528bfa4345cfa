// Whether a task may use what its definition names: the secrets, files of variables and images that the policies of its execution role allow,
// where a document of kind Role declares that role (spec 9). A role that the commit does not declare is kept elsewhere, which is usual (the
// ecsTaskExecutionRole of AWS), and refuses nothing. Deliberately absent: the policies of the task role, which are about what containers do
// when they run; and who may change a role: whoever may push a commit may.
import { policyFaults } from '../../lang/iam-policy.ts';
import { credentialsRequest, fileRequest, imageRequest, secretRequest } from '../../lang/iam-request.ts';
import { approximated } from '../../model/fate.ts';
import { decide, speaksOf, statementsOf, trusts } from '../../lang/iam-decision.ts';
import { managedPolicy } from '../../lang/iam-managed.ts';
import { nearest } from '../../std/text.ts';
import { onValue } from '../finding.ts';
import { roleNameOf } from '../../lang/arn.ts';
import { told } from '../fates.ts';
import type { Finding } from '../finding.ts';
import type { IamRequest } from '../../lang/iam-request.ts';
import type { Path } from '../text/tree.ts';
import type { PolicyDecision } from '../../lang/iam-decision.ts';
import type { ProblemCode } from '../codes.ts';
import type { ResourceOf } from '../document.ts';
import type { Role } from '../../model/access/role.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

interface Owned {
  readonly resource: ResourceOf<'TaskDefinition'>;
  readonly finding: Finding;
}

/** The service that takes roles for tasks. */
const TASKS = 'ecs-tasks.amazonaws.com';
const KEPT_ELSEWHERE = approximated('no Role of this name is in the repository, so Longshore and the engine act under their own rights');

/** Something that the execution role of a task must allow. */
interface Use {
  readonly code: ProblemCode;
  /** In sentences, behind "may not": `read the secret /shop/db`. */
  readonly words: string;
  readonly path: Path;
  readonly request: IamRequest | null;
}

/** The policies of a role, as far as they can be read, with a name for each. */
interface Rights {
  readonly names: readonly string[];
  readonly documents: readonly unknown[];
  /** A policy that is kept elsewhere and that nobody here can read. */
  readonly unread: string | null;
}

interface Declared {
  /** The names of roles, broken ones included. */
  readonly roles: ReadonlySet<string>;
  /** The names of repositories. */
  readonly repositories: ReadonlySet<string>;
  /** Whether every file could be read. */
  readonly complete: boolean;
}

/** What task definitions name and their execution roles do not allow; and each role that is not declared, as what it means then. */
export function roleFindings(
  definitions: readonly ResourceOf<'TaskDefinition'>[],
  roles: readonly ResourceOf<'Role'>[],
  declared: Declared,
): Owned[] {
  const rights = new Map(roles.map(({ identity, spec }) => [identity, rightsOf(spec)]));
  const closed = new Set(roles.flatMap(({ identity, spec }) => (isClosed(spec) ? [identity] : [])));
  return definitions.flatMap((resource): Owned[] => [
    ...notAssumable(resource.spec, closed).map((finding) => ({ resource, finding })),
    ...executionFindings(resource, rights, declared).map((finding) => ({ resource, finding })),
  ]);
}

/** A role that ECS may not take for a task. A trust policy that is broken has been told. */
function isClosed({ assumeRolePolicyDocument: trust }: Role): boolean {
  return trust !== undefined && policyFaults(trust, 'trust').length === 0 && !trusts(trust, TASKS);
}

function notAssumable(definition: TaskDefinition, closed: ReadonlySet<string>): Finding[] {
  if (closed.size === 0) return [];
  return (['taskRoleArn', 'executionRoleArn'] as const).flatMap((field) => {
    const name = roleNameOf(definition[field] ?? '');
    if (!closed.has(name)) return [];
    const hint = `add to its assumeRolePolicyDocument: { "Effect": "Allow", "Principal": { "Service": "${TASKS}" }, "Action": "sts:AssumeRole" }`;
    return [onValue('role-not-for-tasks', [field], `the role "${name}" does not let ${TASKS} take it, so no task can have it`, hint)];
  });
}

function executionFindings(
  { spec }: ResourceOf<'TaskDefinition'>,
  rights: ReadonlyMap<string, Rights | null>,
  declared: Declared,
): Finding[] {
  const name = roleNameOf(spec.executionRoleArn ?? '');
  if (name === '') return [];
  if (!declared.roles.has(name)) return declared.complete ? [elsewhere(name, declared.roles)] : [];
  const own = rights.get(name) ?? null;
  return own === null ? [] : notAllowed(name, own, spec, declared.repositories);
}

/** A role that AWS keeps. */
function elsewhere(name: string, roles: ReadonlySet<string>): Finding {
  const finding = told(KEPT_ELSEWHERE.fate, 'executionRoleArn', ['executionRoleArn']);
  const meant = nearest(name, roles);
  return meant === null ? finding : { ...finding, hint: `did you mean the role ${meant}?` };
}

/** Null for a role whose policies are broken, which has been told. */
function rightsOf({ policies = [], managedPolicyArns = [] }: Role): Rights | null {
  if (policies.some(({ policyDocument }) => policyFaults(policyDocument, 'identity').length > 0)) return null;
  const managed = managedPolicyArns.flatMap((arn) => managedPolicy(arn) ?? []);
  return {
    unread: managedPolicyArns.find((arn) => managedPolicy(arn) === null) ?? null,
    names: [...policies.map(({ policyName }) => policyName ?? ''), ...managed.map(() => 'of AWS')],
    documents: [...policies.map(({ policyDocument }) => policyDocument), ...managed],
  };
}

function notAllowed(role: string, rights: Rights, definition: TaskDefinition, repositories: ReadonlySet<string>): Finding[] {
  // a role that says nothing of ECR leaves pulling to the engine, which is logged in under its own rights
  const pulls = speaksOf(rights.documents, 'ecr');
  return usesOf(definition, repositories).flatMap(({ code, words, path, request }) => {
    if (request === null) return [];
    const decision = decide(rights.documents, request);
    if (decision.kind === 'allow' || (decision.kind === 'none' && code === 'image-not-allowed' && !pulls)) return [];
    const message = `the role "${role}" may not ${words}: ${reason(decision, rights, request)}`;
    return [onValue(code, path, message, hintFor(decision, role, rights, request))];
  });
}

function reason(decision: PolicyDecision, { names, documents }: Rights, { action }: IamRequest): string {
  if (decision.kind !== 'deny') return `no statement of its policies allows ${action} on it`;
  const sid = statementsOf(documents[decision.policy])[decision.statement]?.['Sid'];
  const statement = typeof sid === 'string' && sid !== '' ? `the statement "${sid}"` : `statement ${decision.statement + 1}`;
  return `${statement} of its policy "${names[decision.policy]}" denies ${action} on it`;
}

function hintFor(decision: PolicyDecision, role: string, { unread }: Rights, { action, pattern }: IamRequest): string {
  if (decision.kind === 'deny') return 'name another one, or narrow the statement: a Deny wins over every Allow';
  const statement = `{ "Effect": "Allow", "Action": "${action}", "Resource": "${pattern}" }`;
  const kept = unread === null ? '' : `; ${unread} is kept elsewhere, and what it allows is not known here`;
  return `add to the policies of ${role}: ${statement}${kept}`;
}

/** Everything that ECS uses the execution role for and a manifest names, with its place. */
function usesOf({ containerDefinitions }: TaskDefinition, repositories: ReadonlySet<string>): Use[] {
  return containerDefinitions.flatMap((container, index) => {
    const path: Path = ['containerDefinitions', index];
    const secrets = [
      ...(container.secrets ?? []).map(({ valueFrom }, place) => secret(valueFrom, [...path, 'secrets', place, 'valueFrom'])),
      ...(container.logConfiguration?.secretOptions ?? []).map(({ valueFrom }, place) =>
        secret(valueFrom, [...path, 'logConfiguration', 'secretOptions', place, 'valueFrom']),
      ),
      ...(container['x-longshore']?.files ?? []).flatMap(({ valueFrom }, place) =>
        valueFrom === undefined ? [] : [secret(valueFrom, [...path, 'x-longshore', 'files', place, 'valueFrom'])],
      ),
    ];
    const files = (container.environmentFiles ?? []).map(
      ({ value }, place): Use => ({
        code: 'file-not-allowed',
        words: `read the file ${value}`,
        path: [...path, 'environmentFiles', place, 'value'],
        request: fileRequest(value),
      }),
    );
    const { image, repositoryCredentials } = container;
    const credentials = repositoryCredentials?.credentialsParameter;
    const login = [...path, 'repositoryCredentials', 'credentialsParameter'];
    return [
      pull(image, [...path, 'image'], repositories),
      ...(credentials === undefined ? [] : [secret(credentials, login, credentialsRequest(credentials))]),
      ...files,
      ...secrets,
    ];
  });
}

function secret(from: string, path: Path, request: IamRequest | null = secretRequest(from)): Use {
  return { code: 'secret-not-allowed', words: `read the secret ${from}`, path, request };
}

function pull(image: string, path: Path, repositories: ReadonlySet<string>): Use {
  return { code: 'image-not-allowed', words: `pull the image ${image}`, path, request: imageRequest(image, repositories) };
}
