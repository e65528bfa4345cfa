// The page docs/reference/configuration.md: every field of the operator's configuration, read from its JSON Schema as manifests.ts reads those
// of manifests. Deliberately absent: how secrets are set up; that is docs/secrets.md.
import { CONFIG_FILE, schemaFiles } from '../schemas.ts';
import { objectTables } from './manifests.ts';
import type { Schema } from './manifests.ts';

/** The whole page. */
export function configurationPage(): string {
  const schema = JSON.parse(schemaFiles().get(CONFIG_FILE) ?? '{}') as Schema;
  return [
    "# The operator's configuration",
    '',
    'Written by `scripts/reference.ts` from the schema of `src/model/operator-config.ts`; do not edit. By task: [secrets](../secrets.md), [metadata](../metadata.md), [file systems](../volumes.md#file-systems-of-efs).',
    '',
    '`longshore watch --config <file>` reads it, or `LONGSHORE_CONFIG`; without either, `config.yaml` in the state folder, if it is there. It is',
    'YAML, of one document, under the same limits as a manifest. It is read once, when the daemon starts; what is wrong with it is told all at',
    `once, with file, line and column, and the daemon does not start. Editors complete and check it with \`schemas/${CONFIG_FILE}\`.`,
    '',
    'It lies on the machine of the daemon and in no repository: a manifest names a provider, and never says where it is or how to get in. It',
    'holds no secret either; each credential is a file or a variable that is read when it is needed.',
    '',
    schema.description ?? '',
    '',
    ...objectTables('configuration', '', schema),
  ].join('\n');
}
