// Which target group a request is for: ELB's wildcards, first match by priority.
import { describe, expect, it } from 'vitest';
import type { RouteRule } from '../../src/model/traffic/route.ts';
import { compileListener, groupFor, matchesWildcard } from '../../src/proxy/rules.ts';

describe('matchesWildcard', () => {
  it.for<[pattern: string, text: string, matches: boolean]>([
    ['/a', '/a', true],
    ['/a', '/ab', false],
    ['/a*', '/ab/c', true],
    ['/a?', '/ab', true],
    ['/a?', '/a', false],
    ['*', '', true],
    ['*.example.com', 'a.b.example.com', true],
    ['*.example.com', 'example.com', false],
    ['/*/x/*', '/a/b/x/c', true],
    ['/*/x/*', '/x/c', false],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXbYbZ', false],
    ['**', 'anything', true],
  ])('%s against %s: %s', ([pattern, text, matches]) => {
    expect(matchesWildcard(pattern, text)).toBe(matches);
  });

  it('takes no exponential time: twenty stars against 16 KiB', () => {
    const since = process.threadCpuUsage();
    expect(matchesWildcard(`${'a*'.repeat(20)}b`, 'a'.repeat(16_384))).toBe(false);
    expect(process.threadCpuUsage(since).user / 1_000).toBeLessThan(200);
  });
});

describe('groupFor', () => {
  const rule = (priority: number, targetGroup: string, hosts: string[], paths: string[]): RouteRule => ({
    priority,
    hosts,
    paths,
    targetGroup,
  });
  const listener = compileListener({
    port: 80,
    loadBalancer: 'front',
    rules: [
      rule(30, 'shop', ['Shop.example.com', '*.shop.example.com'], []),
      rule(10, 'api', [], ['/api', '/api/*']),
      rule(20, 'both', ['admin.example.com'], ['/API/*']),
    ],
    defaultTargetGroup: 'web',
  });

  it.for<[host: string, url: string, group: string]>([
    ['example.com', '/', 'web'],
    ['SHOP.example.com:8080', '/', 'shop'],
    ['a.shop.example.com', '/', 'shop'],
    ['shop.example.com', '/api/x', 'api'],
    ['example.com', '/api?x=/', 'api'],
    ['example.com', '/apis', 'web'],
    ['example.com', '/?/api/', 'web'],
    ['admin.example.com', '/API/x', 'both'],
    ['example.com', '/API/x', 'web'],
    ['[::1]:80', '/', 'web'],
    ['', '/', 'web'],
  ])('%s %s -> %s', ([host, url, group]) => {
    expect(groupFor(listener, host, url)).toBe(group);
  });
});
