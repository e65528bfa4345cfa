// Manifests out of files that somebody has (compose, ECS, ecspresso: whatever validate reads), one file for each task definition with the
// services that run it, and one for each further kind; or, of nothing, the example.
import { readFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { Failure } from '../failure.ts';
import { count } from '../../std/text.ts';
import { isManifestPath } from '../../manifest/source.ts';
import { keptElsewhere, lacksOnlyWhatAwsKeeps } from './kept-elsewhere.ts';
import { problemsText } from '../validation/text.ts';
import { LONGSHORE_FOLDER } from '../folder.ts';
import { verdictText } from '../validation/judged.ts';
import type { Loaded } from '../validation/judged.ts';
import type { Resource } from '../../manifest/document.ts';
import type { Started } from './started.ts';
import type { Terminal } from '../terminal.ts';

const EXAMPLE = new URL('examples/web-service/web.yaml', LONGSHORE_FOLDER);

/** The example: a web service behind a load balancer. */
export function startedFromExample(): Started {
  return {
    files: [{ path: 'web.yaml', text: readFileSync(EXAMPLE, 'utf8') }],
    notes: ['an example: change its names, image and ports to yours'],
  };
}

/** The manifests of what was loaded; null, and the problems told, when it has errors. */
export async function startedFromFiles(loaded: Loaded, terminal: Terminal): Promise<Started | null> {
  const errors = loaded.problems.filter(({ severity }) => severity === 'error');
  if (!lacksOnlyWhatAwsKeeps(loaded)) {
    terminal.note(problemsText(errors, terminal));
    return null;
  }
  const { longshoreText } = await import('../../manifest/write/longshore.ts');
  const groups = new Map<string, Resource[]>();
  for (const resource of loaded.resources.filter(({ kind }) => kind !== 'Environment'))
    groups.set(fileOf(resource), [...(groups.get(fileOf(resource)) ?? []), resource]);
  if (groups.size === 0) throw new Failure('ERROR', `${nameOf(loaded)} declares nothing`, hintOfNothing(loaded));
  const elsewhere = keptElsewhere(loaded);
  const variables = loaded.source.files.filter(({ path }) => !isManifestPath(path));
  return {
    files: [
      ...[...groups].map(([name, resources]) => ({ path: `${name}.yaml`, text: longshoreText(definitionsFirst(resources)) })),
      // A family may be called as one of these files.
      ...elsewhere.files.map(({ path, text }) => ({ path: groups.has(path.replace('.yaml', '')) ? `named-${path}` : path, text })),
    ],
    notes: [
      ...elsewhere.notes,
      ...(variables.length === 0
        ? []
        : [
            `values out of ${count(variables.length, 'file')} of variables may stand in these files now: look for secrets before you commit them`,
          ]),
      ...(loaded.problems.length === errors.length ? [] : [`the originals have ${verdictText(loaded)}: \`longshore validate\` shows them`]),
    ],
  };
}

/** Fails when the new files would lie beside the old ones: everything would be defined twice. */
export function refuseBeside(source: string, folder: string): void {
  const way = relative(resolve(folder), resolve(source));
  if (way === '..' || way.startsWith(`..${sep}`)) return;
  throw new Failure(
    'ERROR',
    `${source} lies in ${folder}: what is in it would be defined twice`,
    'Name a folder of its own for the new repository: longshore init ../fleet --from .',
  );
}

/** The folder that was named, or the file in it. */
function nameOf({ source }: Loaded): string {
  const [only] = source.files;
  return source.isPart === true && only !== undefined ? `${source.name}/${only.path}` : source.name;
}

/** Of a single file only what it names is read with it. */
function hintOfNothing({ source }: Loaded): string {
  return source.isPart === true
    ? `Only this file and what it names were read; a project of several files is read from its folder: --from ${source.name}.`
    : 'Name the folder or the file that does.';
}

function definitionsFirst(resources: readonly Resource[]): readonly Resource[] {
  return [...resources.filter(({ kind }) => kind === 'TaskDefinition'), ...resources.filter(({ kind }) => kind !== 'TaskDefinition')];
}

/** The file of a resource: a service stands with its task definition, everything else with its kind. */
function fileOf(resource: Resource): string {
  if (resource.kind === 'TaskDefinition') return resource.spec.family;
  if (resource.kind === 'Service') return resource.spec.taskDefinition ?? resource.spec.serviceName ?? 'services';
  return resource.kind.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
