// `npm run bench [-- names] [--pairs N] [--trace]`: every benchmark beside its limit, measured in the same run, as one markdown table.
// The exit code is 1 when a figure is above what it may cost. What is measured, and how to read it, stands in docs/performance.md.
// Deliberately absent: a history of runs. Absolute times of a shared machine mean nothing a day later; ratios of one run do.
import { parseArgs } from 'node:util';
import { deploy1, roll10 } from './deploy.ts';
import { type Benchmark, isMet, type Row, table, told } from './measure.ts';
import { idle } from './idle.ts';
import { place } from './place.ts';
import { reconcile } from './reconcile.ts';
import { replace } from './replace.ts';
import { validate } from './validate.ts';

const BENCHMARKS: Readonly<Record<string, Benchmark>> = { replace, deploy1, roll10, reconcile, place, validate, idle };

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { pairs: { type: 'string' }, trace: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  const unknown = positionals.filter((name) => !(name in BENCHMARKS));
  const pairs = values.pairs === undefined ? null : Number(values.pairs);
  const refused = pairs !== null && !(Number.isInteger(pairs) && pairs >= 1 && pairs <= 1_000);
  if (values.help || unknown.length > 0 || refused) {
    if (unknown.length > 0) told(`no benchmark is named ${unknown.join(', ')}`);
    if (refused) told(`--pairs is a whole number from 1 to 1000, not ${values.pairs}`);
    told('usage: npm run bench [-- names] [--pairs N] [--trace]');
    for (const [name, { about }] of Object.entries(BENCHMARKS)) told(`  ${name.padEnd(10)} ${about}`);
    return values.help ? 0 : 2;
  }
  const rows: Row[] = [];
  for (const [name, benchmark] of Object.entries(BENCHMARKS))
    if (positionals.length === 0 || positionals.includes(name)) rows.push(...(await benchmark.run({ pairs, trace: values.trace })));
  process.stdout.write(`${table(rows)}\n`);
  return rows.every(isMet) ? 0 : 1;
}

process.exitCode = await main();
