// A package with everything that it imports, as a folder that a container can be given: what runs there is what a program of AWS's users runs.
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGES = join(import.meta.dirname, '../../node_modules');

/** Copies a package and what it depends on to `folder`, each under its name. */
export function copyPackage(name: string, folder: string): void {
  const from = join(PACKAGES, name);
  const to = join(folder, name);
  if (existsSync(to)) return;
  // Versions of its own that a package brings along lie inside it.
  cpSync(from, to, { recursive: true });
  const { dependencies = {} } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> };
  for (const each of Object.keys(dependencies)) if (!existsSync(join(from, 'node_modules', each))) copyPackage(each, folder);
}
