// Listener rules: which target group a request is for. Pure. ELB's wildcards, first match by priority.
// No regular expressions: a pattern of ten stars against a long path would take for ever; this matcher takes length times length at most.
import type { RouteListener } from '../model/traffic/route.ts';

type Matches = (text: string) => boolean;

export interface CompiledRule {
  readonly host: Matches | null;
  readonly path: Matches | null;
  readonly targetGroup: string;
}

export interface CompiledListener {
  readonly rules: readonly CompiledRule[];
  readonly defaultTargetGroup: string;
}

/** A listener made ready for matching: rules by ascending priority, hosts in lower case. */
export function compileListener(listener: RouteListener): CompiledListener {
  const rules = [...listener.rules].sort((a, b) => a.priority - b.priority);
  return {
    rules: rules.map((rule) => ({
      host: anyOf(rule.hosts.map((host) => host.toLowerCase())),
      path: anyOf(rule.paths),
      targetGroup: rule.targetGroup,
    })),
    defaultTargetGroup: listener.defaultTargetGroup,
  };
}

/**
 * The target group for a request. `host` is the Host header as it came (its port is ignored, as is its case), `url` the request
 * target in origin form (its query is ignored; a path is compared by case and as it came, not decoded: ELB's rule).
 */
export function groupFor(listener: CompiledListener, host: string, url: string): string {
  if (listener.rules.length === 0) return listener.defaultTargetGroup;
  const name = hostName(host);
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  for (const rule of listener.rules) {
    if ((rule.host === null || rule.host(name)) && (rule.path === null || rule.path(path))) return rule.targetGroup;
  }
  return listener.defaultTargetGroup;
}

/** True when `text` matches `pattern`: `*` stands for any number of characters, `?` for exactly one. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    const wanted = pattern[p];
    if (wanted === '*') {
      star = p++;
      mark = t;
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** Null stands for "matches everything": an empty condition. */
function anyOf(patterns: readonly string[]): Matches | null {
  if (patterns.length === 0) return null;
  const tests = patterns.map((pattern): Matches => {
    if (!/[*?]/.test(pattern)) return (text) => text === pattern;
    return (text) => matchesWildcard(pattern, text);
  });
  return (text) => tests.some((test) => test(text));
}

/** The Host header without its port, in lower case; an IPv6 address keeps its brackets. */
function hostName(host: string): string {
  const colon = host.lastIndexOf(':');
  const name = colon > host.lastIndexOf(']') && colon >= 0 ? host.slice(0, colon) : host;
  return name.toLowerCase();
}
