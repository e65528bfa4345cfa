// A second opinion on the compose files of a corpus: docker-compose 1.29 of the distribution, asked file by file with `config`. It is older
// than the format (no include, no name, no develop), so a difference is a question and not an error.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { basename, dirname } from 'node:path';
import type { Judged } from './judge.ts';

const DEADLINE_MS = 60_000;
/** Differences that are listed of each sort. */
const LISTED = 400;

interface Opinion {
  readonly file: Judged;
  readonly accepts: boolean;
  /** First line of what it says. */
  readonly words: string;
}

/** The agreement as text: counts, and each difference with both reasons. */
export async function opinions(judged: readonly Judged[]): Promise<string> {
  const files = judged.filter(({ kind }) => kind.startsWith('compose'));
  const found: Opinion[] = [];
  const waiting = [...files];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) found.push(await opinionOf(next));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const ours = ({ verdict }: Judged): boolean => verdict !== 'refused';
  const of = (mine: boolean, theirs: boolean): Opinion[] => found.filter(({ file, accepts }) => ours(file) === mine && accepts === theirs);
  const onlyTheirs = of(false, true);
  return [
    `second opinion on ${found.length} compose files: both accept ${of(true, true).length}, both refuse ${of(false, false).length},`,
    `only Longshore accepts ${of(true, false).length}, only docker-compose accepts ${onlyTheirs.length}`,
    ...onlyTheirs.slice(0, LISTED).map(({ file }) => {
      const first = file.problems.find(({ severity }) => severity === 'error');
      return `  ${file.kind}/${basename(file.path)}: ${first?.code ?? ''}: ${first?.message ?? ''}`;
    }),
    ...of(true, false)
      .slice(0, LISTED)
      .map(({ file, words }) => `  ${file.kind}/${basename(file.path)}: docker-compose: ${words}`),
  ].join('\n');
}

function opinionOf(file: Judged): Promise<Opinion> {
  return new Promise((resolve, reject) => {
    const child = spawn('docker-compose', ['-f', basename(file.path), 'config', '-q'], {
      cwd: dirname(file.path),
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', COMPOSE_PROJECT_NAME: 'corpus' },
      timeout: DEADLINE_MS,
    });
    let text = '';
    child.stderr.on('data', (piece: Buffer) => {
      if (text.length < 10_000) text += piece.toString('utf8');
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      const words = text.split('\n').filter((line) => line !== '' && !line.includes('WARN'));
      resolve({ file, accepts: code === 0, words: (words.at(-1) ?? '').slice(0, 160) });
    });
  });
}
