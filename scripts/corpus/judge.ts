// One file of a corpus against the loader, alone, as `longshore validate FILE` does it: what it names and other files define is a warning.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { load } from '../../src/manifest/load.ts';
import { referenceAsWarning } from '../../src/cli/validate.ts';
import type { Problem } from '../../src/model/problem.ts';

/** A file that is larger is no manifest that a person wrote. */
const MAX_BYTES = 1_048_576;

export interface Judged {
  readonly kind: string;
  readonly path: string;
  /** First 16 digits of the content's SHA-256. */
  readonly hash: string;
  readonly verdict: 'accepted' | 'warnings' | 'refused';
  readonly problems: readonly Problem[];
}

/** Every file of a corpus, judged alone. */
export function judgeCorpus(folder: string): readonly Judged[] {
  const kinds = readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory());
  return kinds.sort().flatMap((kind) =>
    readdirSync(join(folder, kind))
      .sort()
      .map((name) => judge(kind, join(folder, kind, name))),
  );
}

function judge(kind: string, path: string): Judged {
  const content = new Uint8Array(readFileSync(path)).slice(0, MAX_BYTES);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
  // files of a corpus are called by their whole paths, with ___ for each slash
  const name = basename(path).split('___').at(-1) ?? '';
  const source = { path: name, id: hash, kind: 'file', size: content.length, content } as const;
  const problems = load([source], 'corpus', { deploys: false }).problems.map(referenceAsWarning);
  const refused = problems.some(({ severity }) => severity === 'error');
  return { kind, path, hash, verdict: refused ? 'refused' : problems.length > 0 ? 'warnings' : 'accepted', problems };
}

/** The codes that refuse a file, each once. */
export function refusalsOf({ problems }: Judged): readonly string[] {
  return [...new Set(problems.filter(({ severity }) => severity === 'error').map(({ code }) => code))].sort();
}
