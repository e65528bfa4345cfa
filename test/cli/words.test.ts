// The small rooms of the command line: tables that fit, option values, colours, exit codes and their page.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { defaultStateFolder, enginesOf, parseDuration, parseEngine, parsePort, statePaths } from '../../src/cli/options.ts';
import { exitCodePage, resultLine, RESULTS } from '../../src/cli/exit-codes.ts';
import { failureOf } from '../../src/cli/failure.ts';
import { StoreLockedError } from '../../src/adapters/store/errors.ts';
import { statusOf } from '../../src/api/status.ts';
import { statusText } from '../../src/cli/status.ts';
import type { DaemonView } from '../../src/daemon/view.ts';
import type { PullProgress } from '../../src/daemon/ports.ts';
import { fakeDoor } from '../api/fake-door.ts';
import { NOW, observed, world } from '../build.ts';
import { swarmNode } from '../sim/swarm.ts';
import { table } from '../../src/cli/table.ts';
import { type Terminal, wantsColour } from '../../src/cli/terminal.ts';

describe('a table', () => {
  const rows = [
    ['default/web', { text: '2', right: true }, 'a reason that is rather long'],
    ['default/a-long-service-name', { text: '10', right: true }, ''],
  ];

  it('is as wide as its cells where there is room', () => {
    expect(table(['SERVICE', 'N', 'WHY'], rows, 200)).toEqual([
      'SERVICE                      N   WHY',
      'default/web                   2  a reason that is rather long',
      'default/a-long-service-name  10',
    ]);
  });

  it.each([79, 61, 60, 40, 30])('fits %i columns, the widest cells cut first', (width) => {
    const lines = table(['SERVICE', 'N', 'WHY'], rows, width);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(lines[1]).toMatch(/^default/);
    expect(lines.join('').includes('…')).toBe(width < 61);
  });

  it('keeps its columns when cells are coloured', () => {
    const red = (text: string) => `\u001b[31m${text}\u001b[39m`;
    const [head = '', line = ''] = table(['A', 'B'], [[{ text: 'x', paint: red }, 'y']], 80);
    expect([head, line]).toEqual(['A  B', `${red('x')}  y`]);
  });
});

describe('the status', () => {
  const plain = (_: unknown, text: string): string => text;
  const terminal: Terminal = { out: () => {}, note: () => {}, width: 200, paint: plain, paintNote: plain };
  const pull = (reference: string, progress: PullProgress | null) => ({ instance: 'local', reference, startedAt: NOW - 72_000, progress });
  const shown = (pulls: DaemonView['pulls']): readonly string[] => {
    const status = statusOf(fakeDoor({ pulls }).view(), { version: '0.1.0', pid: 7 });
    return statusText(status, terminal, false)
      .split('\n')
      .filter((line) => line.includes('app:') || line.includes('more pull'));
  };

  it('says how far a long pull is', () => {
    expect(
      shown([
        pull('app:1', null),
        pull('app:2', { layers: 1, layersDone: 0, bytes: 0, totalBytes: 0 }),
        pull('app:3', { layers: 5, layersDone: 3, bytes: 4_250_000, totalBytes: 60_400_000 }),
      ]),
    ).toEqual([
      'pulls       local: app:1 for 1m12s',
      '            local: app:2 for 1m12s, 0 of 1 layer',
      '            local: app:3 for 1m12s, 3 of 5 layers, 4.3 of 60 MB',
    ]);
  });

  it('says which swarms there are, and why none of their nodes is new', () => {
    const swarms = new Map([
      ['new', { nodes: null, silence: 'no answer' }],
      ['prod', { nodes: [swarmNode('a', 'web1')], silence: null }],
      ['test', { nodes: [swarmNode('b', 'web2'), swarmNode('c', 'web3')], silence: 'the swarm has no leader' }],
    ]);
    const status = statusOf(fakeDoor({ world: world({ observed: observed([], { swarms }) }) }).view(), { version: '0.1.0', pid: 7 });
    const lines = statusText(status, terminal, false).split('\n');
    const first = lines.findIndex((line) => line.startsWith('swarms'));
    expect(lines.slice(first, first + 3)).toEqual([
      'swarms      new: its nodes were never listed, no manager answers: no answer',
      '            prod: 1 node',
      '            test: 2 nodes when it was listed last, no manager answers: the swarm has no leader',
    ]);
  });

  it('counts what is more than a few', () => {
    expect(shown(Array.from({ length: 8 }, (_, index) => pull(`app:${index}`, null))).at(-1)).toBe('            and 3 more pulls');
  });
});

describe('an engine address', () => {
  it.each([
    ['unix:///var/run/docker.sock', { name: 'local', endpoint: { kind: 'unix', path: '/var/run/docker.sock' } }],
    [
      'unix:///a.sock,name=web1,address=10.0.0.5,clusters=a+b',
      { name: 'web1', endpoint: { kind: 'unix', path: '/a.sock' }, address: '10.0.0.5', clusters: ['a', 'b'] },
    ],
    [
      'tcp://10.0.0.5:2376,credential=lan',
      { name: '10.0.0.5', endpoint: { kind: 'tcp', host: '10.0.0.5', port: 2_376 }, credential: 'lan' },
    ],
    [
      'ssh://deploy@web1.example',
      { name: 'web1.example', endpoint: { kind: 'ssh', user: 'deploy', host: 'web1.example', port: 22, path: '/var/run/docker.sock' } },
    ],
    ['context:web1', { name: 'web1', endpoint: { kind: 'context', name: 'web1' } }],
  ])('%s', (text, expected) => expect(parseEngine(text)).toEqual({ credential: null, address: null, clusters: null, ...expected }));

  it.each([
    'tcp://1.2.3.4',
    'ssh://root:hunter2@web1',
    'ssh://[2001:db8::5]',
    '/var/run/docker.sock',
    '',
    'unix://relative',
    'unix:///a,colour=red',
    'unix:///a,name=',
    'unix:///a,name=a b',
  ])('not %s', (text) => expect(() => parseEngine(text)).toThrow());

  it('two of one name are refused, with the way out', () => {
    const twice = [parseEngine('unix:///a'), parseEngine('unix:///b')];
    expect(() => enginesOf({ engine: twice })).toThrow(/two engines are called local/);
    expect(enginesOf({}).map(({ endpoint }) => endpoint)).toEqual([{ kind: 'unix', path: '/var/run/docker.sock' }]);
  });
});

describe('values', () => {
  it.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['90', 90_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
  ])('%s is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms));
  it.each(['', 'soon', '-1s', '1d', '1.5h'])('%s is no duration', (text) => expect(() => parseDuration(text)).toThrow(/duration/));
  it.each(['-1', '65536', 'http', '8080x'])('%s is no port', (text) => expect(() => parsePort(text)).toThrow(/port/));

  it.each([
    ['root has the system folder', 0, { HOME: '/root', XDG_STATE_HOME: '/x' }, '/var/lib/longshore'],
    ['others have their own', 1_000, { HOME: '/home/a' }, '/home/a/.local/state/longshore'],
    ['or the one they chose', 1_000, { HOME: '/home/a', XDG_STATE_HOME: '/x' }, '/x/longshore'],
    ['a relative choice does not count (XDG)', 1_000, { HOME: '/home/a', XDG_STATE_HOME: 'x' }, '/home/a/.local/state/longshore'],
  ])('%s', (_what, uid, env, folder) => expect(defaultStateFolder(uid, env)).toBe(folder));

  it.each([
    ['a terminal has colours', true, {}, true],
    ['a pipe has none', undefined, {}, false],
    ['NO_COLOR wins', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['an empty NO_COLOR says nothing', true, { NO_COLOR: '' }, true],
    ['a dumb terminal has none', true, { TERM: 'dumb' }, false],
    ['FORCE_COLOR colours a pipe', undefined, { FORCE_COLOR: '1' }, true],
  ])('%s', (_what, isTerminal, env, colour) => expect(wantsColour(isTerminal, env)).toBe(colour));
});

describe('exit codes', () => {
  it('are what scripts rely on', () => {
    expect(Object.fromEntries(Object.entries(RESULTS).map(([name, { code }]) => [name, code]))).toEqual({
      OK: 0,
      ERROR: 1,
      INVALID: 1,
      CHANGES: 2,
      NOT_AS_DECLARED: 2,
      WARNINGS: 2,
      ROLLED_BACK: 3,
      FAILED: 3,
      TIMED_OUT: 4,
      LOCKED: 5,
      NO_ENGINE: 6,
      NO_DAEMON: 7,
      INTERRUPTED: 130,
    });
    expect(resultLine('ROLLED_BACK')).toBe('result: ROLLED_BACK (exit 3)');
  });

  it('have a page that is the table (UPDATE=1 writes it)', () => {
    const page = fileURLToPath(new URL('../../docs/reference/exit-codes.md', import.meta.url));
    if (process.env['UPDATE'] === '1') writeFileSync(page, exitCodePage());
    expect(readFileSync(page, 'utf8')).toBe(exitCodePage());
  });

  it('a held lock is LOCKED and says who holds it', () => {
    const holder = { pid: 7, host: 'web1', startedAt: 0, command: 'longshore watch' };
    const failure = failureOf(new StoreLockedError('/s', holder));
    expect(failure.result).toBe('LOCKED');
    expect(failure.message).toContain('process 7 on web1');
    expect(failure.hint).toContain('Stop that daemon first');
  });

  it.each([
    [{ code: 'EADDRINUSE', syscall: 'listen' }, 'Choose another port'],
    [{ code: 'EACCES', syscall: 'listen' }, 'Choose a port from 1024 on'],
    [{ code: 'EACCES', syscall: 'open' }, 'Run this as a user who may read it'],
    [{ code: 'ENOSPC', syscall: 'write' }, 'Make room on the disk'],
  ])('a refusal of the system has a hint of its own: %o', (fields, hint) => {
    expect(failureOf(Object.assign(new Error('no'), fields)).hint).toContain(hint);
  });
});

describe('a socket path', () => {
  it.each([
    ['x', 91],
    ['ü', 45],
  ])('of 107 bytes is the longest, counted in bytes: %s', (letter, most) => {
    expect(statePaths(`/${letter.repeat(most)}`).socket).toContain('longshore.sock');
    expect(() => statePaths(`/${letter.repeat(most + 1)}`)).toThrow('the path of the state folder is too long');
  });

  it('of an engine is held to the same', () => {
    expect(parseEngine(`unix:///${'x'.repeat(106)}`).endpoint).toMatchObject({ path: `/${'x'.repeat(106)}` });
    expect(() => parseEngine(`unix:///${'x'.repeat(107)}`)).toThrow('has a path of 108 bytes, and that of a socket has at most 107');
  });
});
