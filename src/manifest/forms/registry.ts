// The JSON of ECR and IAM: repositories, lifecycle policies, roles, and policy documents, which are told apart by whom they speak of.
import { draftOf, has, hasAny, listUnder, made, renamed, under } from './aws-json.ts';
import { drafted } from '../draft.ts';
import { textAt, treeAt } from '../text/tree.ts';
import type { Draft, Form } from '../draft.ts';
import type { Tree } from '../text/tree.ts';

export const registryForm: Form = {
  name: 'ECR or IAM JSON',
  recognises: (document) => draftsOf(document) !== null,
  read: (document) => drafted(...(draftsOf(document) ?? [])),
};

/** Makes the drafts of a document; null when it is nothing of ECR or IAM. */
function draftsOf(document: Tree): readonly Draft[] | null {
  if (document.kind !== 'mapping') return null;
  if (treeAt(document, ['Statement']) !== null) return [policyDraft(document)];
  const rules = listUnder(document, 'rules');
  if (rules !== null && rules.some((rule) => hasAny(rule, 'rulePriority')))
    return [draftOf(made(document, { lifecyclePolicy: document }), 'Repository')];
  const repositories = listUnder(document, 'repositories');
  if (repositories !== null && repositories.every((repository) => has(repository, 'repositoryName')))
    return repositories.map(repositoryDraft);
  const created = under(document, 'repository');
  if (created !== null && has(created, 'repositoryName')) return [repositoryDraft(created)];
  if (hasAny(document, 'repositoryName', 'lifecyclePolicyText')) return [repositoryDraft(document)];
  const role = under(document, 'role');
  if (role !== null && has(role, 'roleName')) return [roleDraft(role)];
  const roles = listUnder(document, 'roles');
  if (roles !== null && roles.every((item) => has(item, 'roleName'))) return roles.map(roleDraft);
  return hasAny(document, 'assumeRolePolicyDocument') ? [roleDraft(document)] : null;
}

/** CloudFormation and the calls of ECR name the two policies each in its own way. */
function repositoryDraft(tree: Tree): Draft {
  const inner = under(tree, 'lifecyclePolicy');
  const text = inner === null ? null : under(inner, 'lifecyclePolicyText');
  const flat =
    text === null || tree.kind !== 'mapping'
      ? tree
      : { ...tree, entries: tree.entries.map((entry) => (entry.value === inner ? { ...entry, value: text } : entry)) };
  const named = renamed(renamed(flat, 'lifecyclePolicyText', 'lifecyclePolicy'), 'policyText', 'repositoryPolicy');
  return draftOf(renamed(named, 'repositoryPolicyText', 'repositoryPolicy'), 'Repository');
}

/** An answer writes the boundary as an object. */
function roleDraft(tree: Tree): Draft {
  const boundary = under(tree, 'permissionsBoundary');
  const arn = boundary === null ? null : under(boundary, 'permissionsBoundaryArn');
  if (arn === null || tree.kind !== 'mapping') return draftOf(tree, 'Role');
  return draftOf({ ...tree, entries: tree.entries.map((entry) => (entry.value === boundary ? { ...entry, value: arn } : entry)) }, 'Role');
}

/** Who is spoken of in a statement tells what the policy belongs to: nobody, whoever takes a role, or whoever uses a repository. */
function policyDraft(document: Tree): Draft {
  const statement = treeAt(document, ['Statement']);
  const first = statement?.kind === 'list' ? statement.items[0] : statement;
  const principal = first !== null && first !== undefined && (treeAt(first, ['Principal']) ?? treeAt(first, ['NotPrincipal'])) !== null;
  if (!principal) {
    const policy = made(document, { policyDocument: document });
    return draftOf(made(document, { policies: { kind: 'list', items: [policy], start: document.start, end: document.end } }), 'Role');
  }
  const action = textAt(first, ['Action']) ?? textAt(first, ['Action', 0]) ?? '';
  if (/^sts:/i.test(action)) return draftOf(made(document, { assumeRolePolicyDocument: document }), 'Role');
  return draftOf(made(document, { repositoryPolicy: document }), 'Repository');
}
