// Paths inside a repository. A path that a compose file writes is relative to the folder of its project; here it is told from the root
// of the repository, so that a value keeps its meaning when it is merged into another file. Paths of the host stay as they are.

/** Whether a path means a place of the host, or a resource elsewhere, and not one of the repository. */
export function isHostOrRemote(path: string): boolean {
  return /^[/~\\]|^[A-Za-z]:|^[A-Za-z][A-Za-z0-9+.-]*:\/\/|^git@|^github\.com\//.test(path);
}

/** `./conf/app.ini`, or `../common` for what lies outside the repository. */
export function resolvedPath(folder: string, path: string): string {
  if (path === '' || isHostOrRemote(path)) return path;
  const joined = normal([...folder.split('/'), ...path.split('/')]);
  return joined.startsWith('../') || joined === '..' ? joined : `./${joined}`;
}

/** The path of a file of the repository as its listing has it; null when it lies outside, or on the host, or elsewhere. */
export function repositoryPath(resolved: string): string | null {
  if (isHostOrRemote(resolved) || resolved === '..' || resolved.startsWith('../')) return null;
  return resolved.startsWith('./') ? resolved.slice(2) : resolved;
}

/** The folder that a file lies in; '' for the root. */
export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

/** Whether a file is called like a compose file. */
export function isComposePath(path: string): boolean {
  return /^(?:docker-)?compose(?:[.\-_][^/]*)?\.ya?ml$/.test(path.slice(path.lastIndexOf('/') + 1));
}

function normal(parts: readonly string[]): string {
  const kept: string[] = [];
  for (const part of parts) {
    if (part === '' || part === '.') continue;
    if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else kept.push(part);
  }
  return kept.join('/');
}
