// Files of variables that task definitions name by a plain path: they lie in the commit, so the commit alone says whether they are there.
// Deliberately absent: what an ARN names, which may lie in a folder of the operator.
import { isArn } from '../../lang/arn.ts';
import { nearest } from '../../std/text.ts';
import { onValue } from '../finding.ts';
import type { Finding } from '../finding.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

/** The files beside the manifests. */
export interface Beside {
  /** Paths of the regular files that are read, as they stand in the commit or the folder. */
  readonly paths: ReadonlySet<string>;
  /** What comes before them in their repository: `manifests/`, where a folder of it is read alone; else nothing. */
  readonly below: string;
}

/** The files of variables of a task definition that are not there. What would lie outside of the folder that is read is passed over. */
export function environmentFileFindings({ containerDefinitions }: TaskDefinition, { paths, below }: Beside): Finding[] {
  return containerDefinitions.flatMap(({ name, environmentFiles }, index) =>
    (environmentFiles ?? []).flatMap(({ value }, place) => {
      if (isArn(value) || !value.startsWith(below) || paths.has(value.slice(below.length))) return [];
      const known = [...paths].filter((path) => path.endsWith('.env')).map((path) => `${below}${path}`);
      // a path that is meant from the manifest on, and not from the root of the repository
      const meant = known.find((path) => path.endsWith(`/${value}`)) ?? nearest(value, known);
      const message = `container "${name}" reads its variables from ${value}, which is not in the commit`;
      const hint =
        meant === null
          ? 'add the file; its path begins at the root of the repository, and no folder in it begins with a dot'
          : `did you mean ${meant}?`;
      return [onValue('unknown-environment-file', ['containerDefinitions', index, 'environmentFiles', place, 'value'], message, hint)];
    }),
  );
}
