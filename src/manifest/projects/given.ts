// Files of a commit that projects give to containers: configuration of what runs in them, mounted as files or as folders. Such a file has no
// kind and declares nothing, and nobody is told so. What looks like a manifest all the same stays one: a mount must not hide a service.
import { folderOf, isComposePath } from './compose/paths.ts';
import { looksLikeCompose } from './compose/discover.ts';
import { textOf } from '../parse.ts';
import type { SourceFile } from '../source.ts';

/** Keys that only manifests have: at the top of YAML, anywhere in JSON; in capitals or not, since a slip must not hide anything. */
const NAMES = 'kind|family|containerDefinitions|taskDefinition|serviceName|clusterName|listeners';
const OF_MANIFESTS = new RegExp(`^(?:- )?(?:${NAMES})\\s*:|["'](?:${NAMES})["']\\s*:`, 'im');

/** The files that are given to containers and are no manifests. `given`: paths of files and folders. */
export function givenFiles(given: readonly string[], files: ReadonlyMap<string, SourceFile>): readonly string[] {
  if (given.length === 0) return [];
  const places = new Set(given);
  return [...files.values()].flatMap((source) => (isBelow(source.path, places) && !mayBeManifest(source) ? [source.path] : []));
}

function isBelow(path: string, places: ReadonlySet<string>): boolean {
  for (let place = path; place !== ''; place = folderOf(place)) if (places.has(place)) return true;
  return false;
}

/** What can't be read is told as what it is. */
function mayBeManifest(source: SourceFile): boolean {
  const { text } = textOf(source);
  return text === null || isComposePath(source.path) || looksLikeCompose(text) || OF_MANIFESTS.test(text);
}
