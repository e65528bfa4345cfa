// `npm run corpus -- DIR`: a folder of real manifests, a folder for each kind inside, against the loader. Each file is read alone, as
// `longshore validate FILE` does; a table says for every kind how many are accepted, accepted with warnings, and refused, and by which code.
// `--verdicts` compares with the committed list of expected verdicts (test/corpus/verdicts.tsv, by content hash), `--update` rewrites
// it, `--second-opinion` asks an installed docker-compose about the compose files. No file of a corpus is ever part of this project.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { judgeCorpus, refusalsOf } from './judge.ts';
import { opinions } from './opinion.ts';
import { renderProblem } from '../../src/manifest/render-problem.ts';
import { ruleOf } from './rules.ts';
import type { Judged } from './judge.ts';

const VERDICTS = fileURLToPath(new URL('../../test/corpus/verdicts.tsv', import.meta.url));
const HEAD = 'hash\tkind\tverdict\tcode\trule';
function table(judged: readonly Judged[]): string {
  const rows = [...Map.groupBy(judged, ({ kind }) => kind)].map(([kind, files]) => {
    const number = (verdict: Judged['verdict']): string => String(files.filter((file) => file.verdict === verdict).length);
    const codes = Map.groupBy(
      files.flatMap((file) => refusalsOf(file).map((code) => ({ code }))),
      ({ code }) => code,
    );
    const by = [...codes].sort(([, a], [, b]) => b.length - a.length).map(([code, { length }]) => `${code} ${length}`);
    return [kind, String(files.length), number('accepted'), number('warnings'), number('refused'), by.join(', ')];
  });
  const head = ['kind', 'files', 'accepted', 'with warnings', 'refused', 'refused by'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function verdictLines(judged: readonly Judged[]): readonly string[] {
  const lines = judged.map((file) => {
    const codes = refusalsOf(file);
    const verdict = file.verdict === 'refused' ? 'refused' : 'accepted';
    return [file.hash, file.kind, verdict, codes.join(' '), codes.map(ruleOf).join(' | ')].join('\t');
  });
  return [...new Set(lines)].sort();
}

/** What is judged otherwise than expected, a line each; files that the list does not know are not told. */
function differences(judged: readonly Judged[]): readonly string[] {
  const known = new Map(
    readFileSync(VERDICTS, 'utf8')
      .split('\n')
      .slice(1)
      .filter((line) => line !== '')
      .map((line): [string, string] => {
        const [hash = '', kind = '', ...rest] = line.split('\t');
        return [`${hash} ${kind}`, rest.slice(0, 2).join(' ').trim()];
      }),
  );
  return judged.flatMap((file) => {
    const expected = known.get(`${file.hash} ${file.kind}`);
    const now = [file.verdict === 'refused' ? 'refused' : 'accepted', refusalsOf(file).join(' ')].join(' ').trim();
    return expected === undefined || expected === now ? [] : [`${file.path}: ${now}, expected ${expected}`];
  });
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      verdicts: { type: 'boolean', default: false },
      update: { type: 'boolean', default: false },
      'second-opinion': { type: 'boolean', default: false },
      show: { type: 'string' },
    },
  });
  const [folder] = positionals;
  if (folder === undefined) {
    process.stderr.write('usage: npm run corpus -- DIR [--verdicts | --update] [--second-opinion] [--show CODE]\n');
    return 2;
  }
  const judged = judgeCorpus(resolve(folder));
  if (values.show !== undefined) {
    for (const file of judged.filter((one) => one.problems.some(({ code }) => code === values.show))) {
      const shown = file.problems.filter(({ code }) => code === values.show).slice(0, 3);
      process.stdout.write(`${file.path}\n${shown.map(renderProblem).join('\n')}\n\n`);
    }
  }
  process.stdout.write(`${table(judged)}\n`);
  if (values.update) writeFileSync(VERDICTS, `${[HEAD, ...verdictLines(judged)].join('\n')}\n`);
  if (values['second-opinion']) process.stdout.write(`${await opinions(judged)}\n`);
  if (!values.verdicts) return 0;
  const different = differences(judged);
  for (const line of different) process.stdout.write(`${line}\n`);
  process.stdout.write(`${different.length} of ${judged.length} files are judged otherwise than expected\n`);
  return different.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();
