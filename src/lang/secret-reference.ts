// What `valueFrom` of a secret names (spec 1.7): an SSM parameter by name or ARN, or a Secrets Manager secret by ARN with an optional
// `:json-key:version-stage:version-id` behind it; or, in Longshore alone, `provider:name` with the same behind it, where the operator's
// configuration says what the provider is. Account and region are not read: there are none here.
import { fault, read } from './parsed.ts';
import { count } from '../std/text.ts';
import { isArn } from './arn.ts';
import type { Parsed } from './parsed.ts';

export interface SecretReference {
  readonly store: 'ssm' | 'secretsmanager' | 'provider';
  /** The provider that is named; null: the operator's routes say which. */
  readonly provider: string | null;
  readonly name: string;
  /** Null: the whole text of the secret. */
  readonly jsonKey: string | null;
  /** Null with versionId null: the current version. */
  readonly versionStage: string | null;
  readonly versionId: string | null;
}

/** SSM knows no colon in a name, so that what stands before one can only be meant for us. */
const PROVIDER = /^([a-z][a-z0-9-]{0,31}):(.*)$/s;
/** What Secrets Manager puts behind the name of a secret in its ARN. */
const RANDOM_SUFFIX = /-[A-Za-z0-9]{6}$/;

const PROVIDER_HINT = 'write PROVIDER:NAME, which may end in :KEY or :KEY:STAGE:VERSION';
const HINT =
  'write the name of a parameter, arn:aws:ssm:REGION:ACCOUNT:parameter/NAME, or arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME, which may end in :KEY:STAGE:VERSION';

/** Takes a reference apart; the fault stands where it stops making sense. */
export function parseSecretReference(text: string): Parsed<SecretReference> {
  if (text === '') return fault(0, 'is empty', HINT);
  const own = PROVIDER.exec(text);
  if (!isArn(text) && own !== null) return ofProvider(own[1] ?? '', own[2] ?? '');
  if (!isArn(text)) return read({ store: 'ssm', name: text, ...PLAIN });
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
  return read({ store: 'ssm', name, ...PLAIN });
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
  return read({ store: 'secretsmanager', provider: null, name, ...behind([jsonKey, versionStage, versionId]) });
}

function ofProvider(provider: string, rest: string): Parsed<SecretReference> {
  const [name = '', ...parts] = rest.split(':');
  const at = provider.length + 1;
  if (name === '') return fault(at, 'names no secret', PROVIDER_HINT);
  if (parts.length > 3)
    return fault(
      at + name.length,
      `has ${count(parts.length, 'part')} behind the name of the secret; there are at most three`,
      PROVIDER_HINT,
    );
  const [, stage = '', id = ''] = parts;
  if (stage !== '' && id !== '') return fault(at + name.length, 'names a version by its stage and by its id', PROVIDER_HINT);
  return read({ store: 'provider', provider, name, ...behind(parts) });
}

const PLAIN = { provider: null, jsonKey: null, versionStage: null, versionId: null };

/** What stands behind a name. */
function behind(parts: readonly string[]): Pick<SecretReference, 'jsonKey' | 'versionStage' | 'versionId'> {
  const [jsonKey = null, versionStage = null, versionId = null] = parts.map((part) => (part === '' ? null : part));
  return { jsonKey, versionStage, versionId };
}

/**
 * The names under which a provider may keep a secret, in the order in which they are tried: as it stands, without the slash that names of
 * parameters begin with; for a secret by its ARN then without the six characters that Secrets Manager adds to each (AWS advises against
 * names that end like that, so what is there as it stands is what is meant).
 */
export function keptNames({ store, name }: SecretReference): readonly string[] {
  const plain = name.replace(/^\/+/, '');
  return store === 'secretsmanager' && RANDOM_SUFFIX.test(plain) ? [plain, plain.replace(RANDOM_SUFFIX, '')] : [plain];
}
