// Writes docs/reference/: manifests.md, fates.md and configuration.md from the schemas, proofs.md and placement.md from the
// marks in the tests, problems.md from the problem codes and their stories, cli.md from the help.
// Run `npm run reference` after a change of any of them; a test fails when a page is stale. exit-codes.md is written here, too,
// by the function that the command line prints from. Deliberately absent: any fact of its own; what is missing here is missing there.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configurationPage } from './reference/configuration.ts';
import { cliPage } from './reference/cli.ts';
import { exitCodePage } from '../src/cli/exit-codes.ts';
import { fatesPage } from './reference/fates.ts';
import { manifestsPage } from './reference/manifests.ts';
import { placementPage } from './reference/placement.ts';
import { problemsPage } from './reference/problems.ts';
import { proofsPage } from './reference/proofs.ts';

const FOLDER = fileURLToPath(new URL('../docs/reference/', import.meta.url));

/** File name -> content, for all generated pages. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['manifests.md', manifestsPage()],
    ['fates.md', fatesPage()],
    ['proofs.md', proofsPage()],
    ['placement.md', placementPage()],
    ['configuration.md', configurationPage()],
    ['problems.md', problemsPage()],
    ['cli.md', await cliPage()],
    ['exit-codes.md', exitCodePage()],
  ]);
}

/** The pages that do not hold what the code says, by name; one that is missing is stale. */
export async function stalePages(): Promise<string[]> {
  return [...(await referencePages())].filter(([name, content]) => read(name) !== content).map(([name]) => name);
}

function read(name: string): string | null {
  try {
    return readFileSync(FOLDER + name, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, content] of await referencePages()) writeFileSync(FOLDER + name, content);
}
