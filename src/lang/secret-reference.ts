// What `valueFrom` of a secret names (spec 1.7): an SSM parameter by name or ARN, or a Secrets Manager secret by ARN with an optional
// `:json-key:version-stage:version-id` behind it. Account and region are not read: there are none here.
import { fault, read } from './parsed.ts';
import { count } from '../std/text.ts';
import { isArn } from './arn.ts';
import type { Parsed } from './parsed.ts';

export interface SecretReference {
  readonly store: 'ssm' | 'secretsmanager';
  readonly name: string;
  /** Null: the whole text of the secret. */
  readonly jsonKey: string | null;
  /** Null with versionId null: the current version. */
  readonly versionStage: string | null;
  readonly versionId: string | null;
}

const HINT =
  'write the name of a parameter, arn:aws:ssm:REGION:ACCOUNT:parameter/NAME, or arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME, which may end in :KEY:STAGE:VERSION';

/** Takes a reference apart; the fault stands where it stops making sense. */
export function parseSecretReference(text: string): Parsed<SecretReference> {
  if (text === '') return fault(0, 'is empty', HINT);
  if (!isArn(text)) return read({ store: 'ssm', name: text, jsonKey: null, versionStage: null, versionId: null });
  const parts = text.split(':');
  const [, partition = '', service = ''] = parts;
  const resource = parts.slice(5);
  const resourceAt = parts.slice(0, 5).join(':').length + 1;
  if (resource.length === 0) return fault(text.length, `has ${parts.length} of the 6 parts of an ARN`, HINT);
  if (service === 'ssm') return parameter(resource.join(':'), resourceAt);
  if (service === 'secretsmanager') return secret(resource, resourceAt);
  return fault(5 + partition.length, `is an ARN of ${service === '' ? 'no service' : service}, which keeps no secrets`, HINT);
}

function parameter(resource: string, at: number): Parsed<SecretReference> {
  const name = /^parameter[/:](.+)$/.exec(resource)?.[1];
  if (name === undefined) return fault(at, 'names no parameter', HINT);
  return read({ store: 'ssm', name, jsonKey: null, versionStage: null, versionId: null });
}

function secret(resource: readonly string[], at: number): Parsed<SecretReference> {
  const [type, name = '', jsonKey = '', versionStage = '', versionId = ''] = resource;
  if (type !== 'secret' || name === '') return fault(at, 'names no secret', HINT);
  if (resource.length !== 2 && resource.length !== 5) {
    const message = `has ${count(resource.length - 2, 'part')} behind the name of the secret; there are none or three, each of which may be empty`;
    return fault(at + `secret:${name}`.length, message, HINT);
  }
  if (versionStage !== '' && versionId !== '') {
    return fault(at + `secret:${name}:${jsonKey}:`.length, 'names a version by its stage and by its id', HINT);
  }
  const part = (value: string): string | null => (value === '' ? null : value);
  return read({ store: 'secretsmanager', name, jsonKey: part(jsonKey), versionStage: part(versionStage), versionId: part(versionId) });
}
