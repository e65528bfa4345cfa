// What a container finds in its environment: variables, files of variables, and secrets. The values of variables never leave the spec.
import { z } from 'zod';
import { parseEnvironmentFileName } from '../../lang/environment-file.ts';
import { parseSecretReference } from '../../lang/secret-reference.ts';
import { readable } from '../syntax.ts';

const VariableName = z.string().regex(/^[^=]+$/, 'must not be empty and must hold no "="');

export const KeyValue = z.strictObject({
  name: VariableName.meta({ description: 'Name of the variable.' }),
  value: z.string().meta({ description: 'Its value; quote numbers and true/false.' }),
});

export const Secret = z.strictObject({
  name: VariableName.meta({ description: 'Name of the variable, or of the option of a log driver.' }),
  valueFrom: z.string().superRefine(readable(parseSecretReference, 'bad-secret-reference')).meta({
    description:
      'Where the value is kept: name or ARN of an SSM parameter, ARN of a Secrets Manager secret, which may end in :key:stage:version, or provider:name.',
  }),
});
export type Secret = z.infer<typeof Secret>;

export const EnvironmentFile = z.strictObject({
  type: z.enum(['s3']).meta({ description: 'Kind of storage; ECS knows s3 only.' }),
  value: z.string().superRefine(readable(parseEnvironmentFileName, 'bad-form')).meta({
    description:
      'A file whose name ends in .env: its path in the repository, or the ARN of an S3 object, which means the file bucket/key or key there.',
  }),
});
