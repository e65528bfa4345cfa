// AppSpec files of CodeDeploy for ECS: which task definition takes over, behind which container and port, and what is asked on the way. One
// names no service (a deployment group of CodeDeploy does), so it is read as the part of a service that it is: checked by the service's own
// schema, and nothing more. No kind of its own: what it says stands in the service already, and a deployment begins with a commit.
import { drafted, notDrafted } from '../../draft.ts';
import { lowerFirst } from '../aws-json.ts';
import { mappingUnder, memberOf, nameOfFile, textUnder, withValue } from './wrapped.ts';
import { nearest } from '../../../std/text.ts';
import { normalised } from './normalise.ts';
import { onKey, onValue } from '../../finding.ts';
import type { Drafted, Form } from '../../draft.ts';
import type { Entry, Mapping, Tree } from '../../text/tree.ts';
import type { Finding } from '../../finding.ts';

const ECS_TYPE = 'AWS::ECS::Service';
/** CodeDeploy: the events of an ECS deployment that call a function. */
const HOOKS = ['BeforeInstall', 'AfterInstall', 'AfterAllowTestTraffic', 'BeforeAllowTraffic', 'AfterAllowTraffic'];
const PROPERTIES = ['TaskDefinition', 'LoadBalancerInfo', 'PlatformVersion', 'NetworkConfiguration', 'CapacityProviderStrategy'];

export const appSpecForm: Form = {
  name: 'CodeDeploy AppSpec',
  recognises: (document) => {
    if (document.kind !== 'mapping' || memberOf(document, 'version') === null) return false;
    if (memberOf(document, 'Resources')?.kind === 'list') return true;
    return memberOf(document, 'os') !== null && (memberOf(document, 'files') !== null || memberOf(document, 'hooks') !== null);
  },
  read: (document, path) => {
    const resources = memberOf(document, 'Resources');
    const target = resources?.kind === 'list' && resources.items[0]?.kind === 'mapping' ? resources.items[0].entries[0] : undefined;
    if (target === undefined || textUnder(target.value, 'Type') !== ECS_TYPE) return notForEcs();
    const where = ['Resources', 0, target.key, 'Properties'];
    const properties = mappingUnder(target.value, 'Properties');
    if (properties === null) return notDrafted(onValue('missing-field', where, `${target.key} has no Properties`, 'add Properties'));
    const wrong = unknownProperty(properties, where) ?? unknownHook(document);
    return wrong === null ? asService(properties, memberOf(document, 'Hooks') !== null, path) : notDrafted(wrong);
  },
};

function notForEcs(): Drafted {
  const message = 'this AppSpec is for servers or for Lambda functions';
  const hint = `an AppSpec for ECS has a resource of Type ${ECS_TYPE}; keep this one outside the folder of the manifests`;
  return notDrafted(onValue('appspec-not-ecs', [], message, hint));
}

function unknownProperty(properties: Mapping, where: readonly (string | number)[]): Finding | null {
  const unknown = properties.entries.find(({ key }) => !PROPERTIES.includes(key));
  if (unknown === undefined) return null;
  const meant = nearest(unknown.key, PROPERTIES);
  const hint = meant === null ? `known here: ${PROPERTIES.join(', ')}` : `did you mean ${meant}?`;
  return onKey('unknown-key', [...where, unknown.key], `the Properties of an AppSpec have no key "${unknown.key}"`, hint);
}

function unknownHook(document: Tree): Finding | null {
  const hooks = memberOf(document, 'Hooks');
  if (hooks?.kind !== 'list') return null;
  for (const [index, hook] of hooks.items.entries()) {
    const unknown = hook.kind === 'mapping' ? hook.entries.find(({ key }) => !HOOKS.includes(key)) : undefined;
    if (unknown === undefined) continue;
    const meant = nearest(unknown.key, HOOKS);
    const hint = meant === null ? `the hooks are ${HOOKS.join(', ')}` : `did you mean ${meant}?`;
    return onKey('unknown-key', ['Hooks', index, unknown.key], `a deployment of ECS has no hook "${unknown.key}"`, hint);
  }
  return null;
}

function asService(properties: Mapping, hasHooks: boolean, path: string): Drafted {
  const entries = properties.entries.map((entry): Entry => {
    const value = lowered(entry.value);
    return entry.key === 'LoadBalancerInfo'
      ? { key: 'loadBalancers', start: entry.start, value: behind(value) }
      : { key: lowerFirst(entry.key), start: entry.start, value };
  });
  const named = withValue(withValue({ ...properties, entries }, 'serviceName', nameOfFile(path)), 'desiredCount', 1);
  const hooks = hasHooks ? ', and its hooks call functions that nothing calls here' : '';
  const message = `an AppSpec names no service, so it belongs to none${hooks}`;
  const hint = 'nothing needs to be done: a commit that changes the task definition of a service begins its deployment';
  const findings = [onValue('not-attached', [], message, hint)];
  return drafted({ kind: 'Service', tree: normalised('Service', filled(named, path)), findings, idle: true });
}

/** A name that a pipeline fills in (<TASK_DEFINITION>) is none yet. */
function filled(service: Mapping, path: string): Mapping {
  const definition = textUnder(service, 'taskDefinition');
  return definition !== null && /[<>{}*$]/.test(definition) ? withValue(service, 'taskDefinition', nameOfFile(path)) : service;
}

/** A container behind the load balancer, whose target group the deployment group of CodeDeploy knows. */
function behind(info: Tree): Tree {
  if (info.kind !== 'mapping') return info;
  return { kind: 'list', items: [withValue(info, 'targetGroupArn', 'any')], start: info.start, end: info.end };
}

function lowered(tree: Tree): Tree {
  if (tree.kind === 'scalar') return tree;
  if (tree.kind === 'list') return { ...tree, items: tree.items.map(lowered) };
  return { ...tree, entries: tree.entries.map((entry) => ({ ...entry, key: lowerFirst(entry.key), value: lowered(entry.value) })) };
}
