// A child process in which one sin is committed: the loader puts the sinful text in the place of the right one, and seeds run until one
// objects. Prints `killed by seed N: ...` or `survived N seeds`.
// Arguments: the sin's name, the most seeds to run, one to try first. Run by mutants.test.ts and by hand: node test/mutants/commit.ts '<name>' 200
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { SINS } from './sins.ts';

const [name = '', most = '200', first = '1'] = process.argv.slice(2);
const sin = SINS.find((each) => each.name === name);
if (sin === undefined) throw new Error(`no sin is called ${name}`);
const sinful = new URL(`../../src/${sin.file}`, import.meta.url).href;

registerHooks({
  load(url, context, next) {
    if (url !== sinful) return next(url, context);
    const source = readFileSync(fileURLToPath(url), 'utf8').replace(sin.find, () => sin.put);
    return { format: 'module', source: stripTypeScriptTypes(source), shortCircuit: true };
  },
});

const { judgeSeed } = await import('../sim/judge.ts');
let verdict = `survived ${most} seeds`;
for (const seed of new Set([Number(first), ...Array.from({ length: Number(most) }, (_, index) => index + 1)])) {
  const [violation] = await judgeSeed(sin.kind, seed);
  if (violation === undefined) continue;
  verdict = `killed by seed ${seed}: ${violation.split('\n')[0]}`;
  break;
}
console.log(verdict);
