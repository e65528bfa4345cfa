// An environment: values for the variables of a repository's manifests, in a file of its own (environments/<name>.yaml). The documents below
// it in that file are overlays: parts of documents, merged over those that they name. Nothing comes from the environment of a process.
import { z } from 'zod';
import { Name } from './name.ts';

export const Environment = z
  .strictObject({
    name: Name.meta({ description: 'Name of the environment, and of its file: environments/<name>.yaml.' }),
    variables: z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a letter or underscore, then letters, digits or underscores'),
        z.union([z.string(), z.number(), z.boolean()]),
      )
      .optional()
      .meta({ description: 'Values by name; ${NAME} in a manifest is replaced by the value. No place for secrets.' }),
  })
  .meta({
    title: 'Environment',
    description: 'Values for ${NAME} in manifests; the documents below it in its file are merged over those that they name.',
  });
export type Environment = z.infer<typeof Environment>;
