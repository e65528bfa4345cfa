// What ELB asks of the actions of listeners and rules (spec 4.5): each type has its own fields, one action ends the request and is the
// last, redirects change something and never from HTTPS to HTTP.
import { onKey, onValue } from '../finding.ts';
import type { Finding } from '../finding.ts';
import type { ListenerAction, RedirectConfig } from '../../model/traffic/listener-rule.ts';
import type { Path } from '../text/tree.ts';

type Config = Exclude<keyof ListenerAction, 'type' | 'order'>;

/** The field that says how, for each type. */
const CONFIG: Readonly<Record<ListenerAction['type'], Config>> = {
  forward: 'forwardConfig',
  redirect: 'redirectConfig',
  'fixed-response': 'fixedResponseConfig',
  'authenticate-oidc': 'authenticateOidcConfig',
  'authenticate-cognito': 'authenticateCognitoConfig',
  'jwt-validation': 'jwtValidationConfig',
};
const ENDS: ReadonlySet<string> = new Set(['forward', 'redirect', 'fixed-response']);

/** What is wrong with the actions of a rule or of a listener of this protocol; `path` is their list. */
export function actionFindings(actions: readonly ListenerAction[], protocol: string, path: Path): Finding[] {
  const ends = actions.map((action, index) => ({ action, index })).filter(({ action }) => ENDS.has(action.type));
  const findings = actions.flatMap((action, index) => oneFinding(action, protocol, [...path, index]));
  const [first, second] = ends;
  if (first === undefined) {
    const message = 'no action ends the request: one must be forward, redirect or fixed-response';
    findings.push(onKey('terminal-action', path, message, 'add a forward as the last action'));
  } else if (second !== undefined) {
    const message = `two actions end the request: ${first.action.type} and ${second.action.type}`;
    const hint = 'keep one; several target groups stand in the forwardConfig of one forward';
    findings.push(onValue('terminal-action', [...path, second.index, 'type'], message, hint));
  } else if (actions.some((action, index) => isBehind(action, index, first))) {
    const message = `the ${first.action.type} ends the request and is not the last action`;
    findings.push(onValue('terminal-action', [...path, first.index, 'type'], message, 'put it last'));
  }
  return findings;
}

function isBehind(action: ListenerAction, index: number, end: { readonly action: ListenerAction; readonly index: number }): boolean {
  if (index === end.index) return false;
  return action.order === undefined || end.action.order === undefined ? index > end.index : action.order >= end.action.order;
}

function oneFinding(action: ListenerAction, protocol: string, path: Path): Finding[] {
  const { type, targetGroupArn, forwardConfig, redirectConfig } = action;
  const own = CONFIG[type];
  const foreign = (['targetGroupArn', ...Object.values(CONFIG)] as Config[]).find(
    (field) => action[field] !== undefined && field !== own && !(type === 'forward' && field === 'targetGroupArn'),
  );
  if (foreign !== undefined) return [onKey('action-field', [...path, foreign], `a ${type} action takes no ${foreign}`, `write ${own}`)];
  if (type === 'forward' && targetGroupArn === undefined && forwardConfig === undefined)
    return [onValue('missing-field', [...path, 'targetGroupArn'], 'the forward has no targetGroupArn', 'add targetGroupArn')];
  if (type !== 'forward' && action[own] === undefined)
    return [onValue('missing-field', [...path, own], `the ${type} has no ${own}`, `add ${own}`)];
  return [
    ...forwardFindings(targetGroupArn, forwardConfig, path),
    ...(redirectConfig === undefined ? [] : redirectFindings(redirectConfig, protocol, [...path, 'redirectConfig'])),
  ];
}

/** ELB: targetGroupArn beside forwardConfig names its only group; a duration belongs to stickiness that is on. */
function forwardFindings(name: string | undefined, config: ListenerAction['forwardConfig'], path: Path): Finding[] {
  if (config === undefined) return [];
  const findings: Finding[] = [];
  const [first] = config.targetGroups;
  if (name !== undefined && (config.targetGroups.length > 1 || first?.targetGroupArn !== name)) {
    const message = 'targetGroupArn stands beside a forwardConfig that names other target groups';
    findings.push(onKey('forward-disagrees', [...path, 'targetGroupArn'], message, 'keep one of the two'));
  }
  const stickiness = config.targetGroupStickinessConfig;
  if (stickiness?.enabled === true && stickiness.durationSeconds === undefined) {
    const place = [...path, 'forwardConfig', 'targetGroupStickinessConfig', 'durationSeconds'];
    findings.push(onValue('missing-field', place, 'the stickiness has no durationSeconds', 'add durationSeconds'));
  }
  return findings;
}

function redirectFindings(
  { protocol: to = '#{protocol}', port, host, path: target, query }: RedirectConfig,
  from: string,
  path: Path,
): Finding[] {
  const findings: Finding[] = [];
  const same = (value: string | undefined, unchanged: string): boolean => value === undefined || value === unchanged;
  if (same(to, '#{protocol}') && same(port, '#{port}') && same(host, '#{host}') && same(target, '/#{path}')) {
    const message = 'the redirect leads back to where it came from: it changes neither protocol, port, host nor path';
    findings.push(
      onKey('redirect-loop', path, message, query === undefined ? 'change one of them' : 'change one of them beside the query'),
    );
  }
  if (!['HTTP', 'HTTPS', '#{protocol}'].includes(to))
    findings.push(
      onValue('bad-redirect', [...path, 'protocol'], `"${to}" is no protocol of a redirect`, 'write HTTP, HTTPS or #{protocol}'),
    );
  if (to === 'HTTP' && from === 'HTTPS') {
    const message = 'a redirect leads from HTTPS to HTTP, which ELB does not allow';
    findings.push(onValue('redirect-unencrypted', [...path, 'protocol'], message, 'write HTTPS'));
  }
  if (port !== undefined && port !== '#{port}' && !(/^[1-9][0-9]{0,4}$/.test(port) && Number(port) <= 65_535))
    findings.push(
      onValue('bad-redirect', [...path, 'port'], `"${port}" is no port of a redirect`, 'write a port from 1 to 65535, or #{port}'),
    );
  if (target !== undefined && !target.startsWith('/'))
    findings.push(
      onValue('bad-redirect', [...path, 'path'], `the path "${target}" does not begin with a slash`, 'begin with /, as in /#{path}'),
    );
  if (query?.startsWith('?') === true)
    findings.push(onValue('bad-redirect', [...path, 'query'], 'the query begins with its question mark', 'leave the question mark out'));
  return findings;
}
