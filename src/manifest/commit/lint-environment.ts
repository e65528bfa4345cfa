// Variables that look like secrets and have their value in the manifest, where everybody who can read the repository reads it, and in
// `docker inspect`. Judged by the name; of a value only whether it could be a secret at all. Values are never told.
import { onValue } from '../finding.ts';
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';

/** What a name ends with when it names a secret: DB_PASSWORD, apiToken, AWS_SECRET_ACCESS_KEY. */
const SECRET_NAME =
  /(?:password|passwd|passphrase|pwd|secret|token|credentials?|(?:api|access|secret|private|signing|encryption|master|auth)[_-]?key)$/i;
/** Values that are none: nothing, a switch, a number of few digits, a name to be filled in, a path, an ARN. */
const NO_SECRET = /^(?:|true|false|yes|no|on|off|none|null|[0-9]{1,3}|\$\{?\w+\}?|<[^<>]*>|\{\{.*\}\}|\/.*|arn:.*)$/i;

/** The variables of a container that should be secrets. */
export function environmentSecrets({ name: container, environment }: ContainerDefinition, path: Path): Finding[] {
  return (environment ?? []).flatMap(({ name, value }, index) => {
    if (name === undefined || value === undefined || !SECRET_NAME.test(name) || NO_SECRET.test(value)) return [];
    const message = `the variable ${name} of container "${container}" looks like a secret, and its value can be read here`;
    const hint = 'keep it elsewhere and name it under secrets with valueFrom, or name a file that holds it';
    return [onValue('secret-in-environment', [...path, 'environment', index, 'name'], message, hint)];
  });
}
