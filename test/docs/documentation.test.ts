// What the documentation says about the project is so: links lead somewhere, verbs, options, scripts, paths and metrics exist, generated pages
// are fresh, and the plan on the first screen is the one that is made today.
import { describe, expect, it } from 'vitest';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { declaredBy, fileOf, planned } from './repository.ts';
import { pageOf, pages, ROOT, type Page } from './markdown.ts';
import { referencePages, stalePages } from '../../scripts/reference.ts';
import { fakeDoor } from '../api/fake-door.ts';
import { forecastFailure } from '../../src/core/plan/failure.ts';
import { measure } from '../../src/api/metrics.ts';
import { renderText } from '../../src/core/plan/render.ts';
import { verbHelps } from '../../scripts/reference/cli.ts';

const all = pages();
const page = (path: string): Page => all.find((each) => each.path === path) ?? pageOf(path, '');

/** Lines that somebody may type, and code spans. */
const commandsOf = ({ fences, spans }: Page): readonly string[] => [
  ...spans,
  ...fences
    .filter(({ language }) => ['sh', 'console', 'ini', 'yml'].includes(language))
    .flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n')),
];

/** Places in a page that lead nowhere. */
function deadLinks({ path, links }: Page): readonly string[] {
  return links.flatMap((link) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : join(path, '..', file);
    if (!existsSync(join(ROOT, target))) return [`${path}: ${link} leads nowhere`];
    if (anchor !== undefined && !page(target).anchors.has(anchor)) return [`${path}: ${target} has no heading #${anchor}`];
    return [];
  });
}

/** Verbs and options in a command that the program does not have. */
function unknownWords(command: string, helps: ReadonlyMap<string, string>): readonly string[] {
  const parts = command.split(/[|;]|&&/).map((part) => part.replace(/#.*$/, ''));
  return parts.flatMap((part) => {
    const [, words = ''] = /(?:^|[\s$=/])longshore(?:\.mjs)? ((?:[a-z]|-).*)$/.exec(part) ?? [];
    const [verb = '', ...rest] = words.split(/\s+/);
    if (verb === '' || verb.startsWith('-')) return [];
    // a verb that has several parts says what each of them takes
    const help = helps.get(`${verb} ${rest[0]}`) ?? helps.get(verb);
    if (help === undefined) return [`no verb ${verb} (${part.trim()})`];
    const options = rest.flatMap((word) => /^--?[a-z][a-z-]*/.exec(word) ?? []);
    return options
      .filter((option) => !new RegExp(`(^|[\\s,])${option}\\b(?!-)`, 'm').test(help))
      .map((option) => `${verb} has no ${option}`);
  });
}

describe('the documentation', () => {
  it('has its pages', () => {
    const paths = [
      'README.md',
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      'CHANGELOG.md',
      'docs/departures.md',
      'docs/operating.md',
      'docs/troubleshooting.md',
    ];
    expect(all.map(({ path }) => path)).toEqual(expect.arrayContaining(paths));
  });

  it.each(all)('$path: every link leads somewhere', (each) => expect(deadLinks(each)).toEqual([]));

  it('names verbs and options that exist', async () => {
    const helps = new Map((await verbHelps()).map(({ name, text }) => [name, text]));
    const found = all.flatMap((each) =>
      commandsOf(each).flatMap((command) => unknownWords(command, helps).map((what) => `${each.path}: ${what}`)),
    );
    expect(found).toEqual([]);
  });

  it('names npm scripts that exist', () => {
    const known = new Set([...Object.keys(packageJson.scripts), 'ci']);
    const named = all.flatMap((each) =>
      commandsOf(each).flatMap((text) =>
        [...text.matchAll(/npm (?:run )?(start|test|ci|(?<=run )[a-z]+(?:[:-][a-z]+)*)/g)].map(([, name = '']) => `${each.path}: ${name}`),
      ),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !known.has(name.split(': ')[1] ?? ''))).toEqual([]);
  });

  it('names files of the project that exist', () => {
    const named = all.flatMap((each) =>
      each.spans
        .filter((span) => /^(?:src|test|scripts|schemas|manifests|bin|docs)\/[\w./-]*$/.test(span))
        .map((span) => ({ path: each.path, span })),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ span }) => !existsSync(join(ROOT, span)))).toEqual([]);
  });

  it('quotes messages that the program prints: those by which symptoms are found', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.name.endsWith('.ts'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    const rows = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8').match(/^\| \[.*$/gm) ?? [];
    const quoted = rows.flatMap((row) => [...(row.split('|')[2] ?? '').matchAll(/`([^`]+)`/g)].map(([, words = '']) => words));
    expect(quoted.length).toBeGreaterThan(12);
    expect(quoted.filter((words) => !sources.some((source) => source.includes(words)))).toEqual([]);
  });

  it('lists every metric, and none that does not exist', async () => {
    const metrics = measure(fakeDoor(), '0.1.0');
    const measured = [...(await metrics.text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
    metrics.close();
    const told = page('docs/operating.md').spans.filter((span) => /^(?:longshore|process)_[a-z_]+(?<!_total)$/.test(span));
    expect(new Set(told)).toEqual(new Set(measured));
  });
});

describe('generated pages', () => {
  it('are fresh; run `npm run reference` when this fails', async () => expect(await stalePages()).toEqual([]));

  it('hold what they are for', async () => {
    const made = await referencePages();
    expect(made.get('manifests.md')).toContain('| `minimumHealthyPercent` | whole number | 0 to 100 | `100` |');
    expect(made.get('problems.md')).toContain('## percentages-allow-nothing\n\nWarning: ');
    expect(made.get('cli.md')).toContain('## longshore plan\n\n```text\nUsage: longshore plan [options]');
  });
});

describe('the first screen', () => {
  it('shows the plan that is made of its manifest', () => {
    const { fences } = page('README.md');
    const manifest = fences.find(({ language }) => language === 'yaml')?.text ?? '';
    const shown = fences.find(({ text }) => text.startsWith('$ longshore plan'))?.text ?? '';
    const commitOf = (text: string, commit: string) => declaredBy([fileOf('web.yaml', new TextEncoder().encode(text))], commit);
    const running = planned(commitOf(manifest.replace('longshore-demo:2', 'longshore-demo:1'), 'before')).end;
    const desired = commitOf(manifest, 'on-disk');
    const failure = forecastFailure({ ...running, desired, outcomes: [] });
    const made = renderText(planned(desired, running), { failure, base: 'before' });
    expect(bare(shown.split('\n').slice(1).join('\n'))).toBe(bare(made));
  });

  /** Without what differs from one installation and one commit to the next. */
  function bare(text: string): string {
    return text
      .trim()
      .replace(/commit \w+ -> \S+, seal \w+/, 'commit A -> B, seal S')
      .replaceAll(/tasks \w{8}, \w{8}/g, 'tasks T, T');
  }
});

describe('the tests themselves', () => {
  const helps = new Map([['plan', 'Usage: longshore plan [options]\n  --output <format>\n  -f, --follow  x']]);
  it.each([
    ['longshore paln', ['no verb paln (longshore paln)']],
    ['$ bin/longshore.mjs plan --outptu json', ['plan has no --outptu']],
    ['longshore plan --output json | longshore stop', ['no verb stop (longshore stop)']],
    ['longshore plan -f --output json # longshore nothing', []],
    ['cat longshore.sock', []],
  ])('%s', (command, expected) => expect(unknownWords(command, helps)).toEqual(expected));

  it('finds a dead link and a dead anchor', () => {
    const text = '[a](nowhere.md) [b](README.md#nothing) [c](https://example.com/)';
    expect(deadLinks(pageOf('x.md', text))).toEqual(['x.md: nowhere.md leads nowhere', 'x.md: README.md has no heading #nothing']);
  });
});
