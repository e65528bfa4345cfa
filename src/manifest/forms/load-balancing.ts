// The JSON of ELB: inputs of create-target-group and create-load-balancer, answers of describe. ELB keeps listeners and rules apart from
// their load balancer and names it by an ARN that nobody knows here: they are checked as part of one, and nothing is done with them.
import { draftOf, has, hasAny, listUnder, lowerFirst, made, renamed, under } from './aws-json.ts';
import { drafted, notDrafted } from '../draft.ts';
import { onValue } from '../finding.ts';
import { textAt } from '../text/tree.ts';
import type { Draft, Drafted, Form } from '../draft.ts';
import type { Tree } from '../text/tree.ts';

type Piece = 'target group' | 'load balancer' | 'listener' | 'rule' | 'target group attributes' | 'load balancer attributes';

export const loadBalancingForm: Form = {
  name: 'ELB JSON',
  recognises: (document) => listOf(document) !== null || pieceOf(document) !== null,
  read: (document) => {
    const list = listOf(document);
    if (list !== null) return listed(list.piece, list.items);
    return drafted(draftOfPiece(document, pieceOf(document) ?? 'target group'));
  },
};

const LISTS: Readonly<Record<string, { readonly piece: Piece; readonly key: string }>> = {
  targetGroups: { piece: 'target group', key: 'targetGroupName' },
  loadBalancers: { piece: 'load balancer', key: 'loadBalancerArn' },
  listeners: { piece: 'listener', key: 'listenerArn' },
  rules: { piece: 'rule', key: 'ruleArn' },
};

/** The things that an answer lists. */
function listOf(document: Tree): { readonly piece: Piece; readonly items: readonly Tree[] } | null {
  for (const [name, { piece, key }] of Object.entries(LISTS)) {
    const items = listUnder(document, name);
    if (items !== null && items.length > 0 && items.every((item) => has(item, key))) return { piece, items };
  }
  return null;
}

/** The rule that an answer calls the default is the listener's own. */
function listed(piece: Piece, items: readonly Tree[]): Drafted {
  const wanted = items.filter((item) => textAt(item, ['Priority']) !== 'default' && textAt(item, ['priority']) !== 'default');
  if (wanted.length > 0) return drafted(...wanted.map((item) => draftOfPiece(item, piece)));
  const message = 'this is an answer that lists the default rule of a listener alone: it declares nothing';
  return notDrafted(onValue('nothing-declared', [], message, 'remove the file, or keep it for people: nothing is done with it'));
}

/** What a document is that is one thing. */
function pieceOf(document: Tree): Piece | null {
  if (has(document, 'attributes', 'targetGroupArn')) return 'target group attributes';
  if (has(document, 'attributes', 'loadBalancerArn')) return 'load balancer attributes';
  if (has(document, 'conditions', 'actions') && hasAny(document, 'listenerArn', 'priority')) return 'rule';
  if (has(document, 'defaultActions') && hasAny(document, 'loadBalancerArn', 'port')) return 'listener';
  if (!has(document, 'name')) return null;
  if (hasAny(document, 'subnets', 'subnetMappings') && hasAny(document, 'scheme', 'type', 'securityGroups', 'ipAddressType'))
    return 'load balancer';
  const checks = ['healthCheckPath', 'healthCheckProtocol', 'healthCheckIntervalSeconds', 'healthyThresholdCount', 'targetGroupAttributes'];
  return hasAny(document, 'vpcId', 'protocol', ...checks) && hasAny(document, 'protocol', 'targetType', 'port', ...checks)
    ? 'target group'
    : null;
}

function draftOfPiece(document: Tree, piece: Piece): Draft {
  switch (piece) {
    case 'target group':
      return draftOf(renamed(document, 'targetGroupName', 'name'), 'TargetGroup');
    case 'target group attributes':
      return apart(
        draftOf(withName(renamed(without(document, 'targetGroupArn'), 'attributes', 'targetGroupAttributes')), 'TargetGroup'),
        'attributes without their target group belong to nothing',
        'write them under targetGroupAttributes of a TargetGroup',
      );
    case 'load balancer attributes':
      return apart(
        balancerOf(renamed(document, 'attributes', 'loadBalancerAttributes'), null),
        'attributes without their load balancer belong to nothing',
        'write them under loadBalancerAttributes of a LoadBalancer',
      );
    case 'load balancer':
      return apart(
        balancerOf(renamed(document, 'loadBalancerName', 'name'), null),
        'the load balancer has no listeners: ELB keeps them apart, here they are part of it',
        'write it as a document of kind LoadBalancer with its listeners',
      );
    case 'listener':
      return apart(
        balancerOf(made(document, {}), document),
        'a listener without its load balancer belongs to nothing',
        'write it under listeners of a LoadBalancer',
      );
    case 'rule':
      return apart(
        balancerOf(made(document, {}), listenerOf(document, [ruleOf(document)])),
        'a rule without its listener belongs to nothing',
        'write it under rules of a listener in a LoadBalancer',
      );
  }
}

/** A draft that is checked and declares nothing. */
function apart(draft: Draft, message: string, instead: string): Draft {
  const hint = `${instead}; until then it is checked and nothing more`;
  return { ...draft, findings: [...draft.findings, onValue('not-attached', [], message, hint)], idle: true };
}

/** A load balancer as far as it is known; where there is no listener, one stands in that nobody has written. */
function balancerOf(document: Tree, listener: Tree | null): Draft {
  const named = withName(document);
  const listeners = listOfTrees(document, [listener ?? listenerOf(document, [])]);
  return draftOf(withEntry(named, 'listeners', listeners), 'LoadBalancer');
}

function listenerOf(at: Tree, rules: readonly Tree[]): Tree {
  const forward = made(at, { type: scalar(at, 'forward'), targetGroupArn: scalar(at, 'any') });
  const listener = { port: scalar(at, 80), defaultActions: listOfTrees(at, [forward]) };
  return made(at, rules.length === 0 ? listener : { ...listener, rules: listOfTrees(at, rules) });
}

/** Answers write the values of a condition twice: plainly, and in its configuration. */
function ruleOf(rule: Tree): Tree {
  const conditions = under(rule, 'conditions');
  if (rule.kind !== 'mapping' || conditions?.kind !== 'list' || !has(rule, 'ruleArn')) return rule;
  const once = conditions.items.map((item) =>
    item.kind === 'mapping' && item.entries.some(({ key }) => key.endsWith('Config')) ? without(item, 'values') : item,
  );
  const entries = rule.entries.map((entry) => (entry.value === conditions ? { ...entry, value: { ...conditions, items: once } } : entry));
  return { ...rule, entries };
}

function withName(document: Tree): Tree {
  return has(document, 'name') ? document : withEntry(document, 'name', scalar(document, 'any'));
}

function withEntry(tree: Tree, key: string, value: Tree): Tree {
  return tree.kind === 'mapping' ? { ...tree, entries: [...tree.entries, { key, start: value.start, value }] } : tree;
}

function without(tree: Tree, name: string): Tree {
  return tree.kind === 'mapping' ? { ...tree, entries: tree.entries.filter(({ key }) => lowerFirst(key) !== name) } : tree;
}

function listOfTrees(at: Tree, items: readonly Tree[]): Tree {
  return { kind: 'list', items, start: at.start, end: at.end };
}

function scalar(at: Tree, value: string | number): Tree {
  return { kind: 'scalar', value, text: null, start: at.start, end: at.end };
}
