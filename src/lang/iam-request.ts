// What IAM would be asked before a task is given a secret, a file of variables or an image: the action and the ARN, as ECS asks it under the
// execution role (spec 9). What a manifest does not say of an ARN (the region of a parameter that it names plainly, the six characters
// behind a secret) is left open. Deliberately absent: kms:Decrypt and s3:GetBucketLocation, for there are neither keys nor buckets here.
import { isArn, parseArn } from './arn.ts';
import { parseImageReference } from './image-reference.ts';
import { parseSecretReference } from './secret-reference.ts';
import { subjectOf } from './iam-match.ts';
import type { PolicyRequest } from './iam-decision.ts';

export interface IamRequest extends PolicyRequest {
  /** What to write as the Resource of a statement that allows it. */
  readonly pattern: string;
}

/** What Secrets Manager puts behind each name. */
const SUFFIX = /-[A-Za-z0-9]{6}$/;
const SUFFIX_LENGTH = 6;
const ECR = /^([0-9]{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.(?:aws|amazonwebservices\.com\.cn))$/;

/**
 * What reading `valueFrom` asks; null for a malformed one. A secret of a named provider (`vault:shop/db`) counts as one of Secrets Manager,
 * since it may have keys and versions like those.
 */
export function secretRequest(valueFrom: string): IamRequest | null {
  const { store, name } = parseSecretReference(valueFrom).value ?? { store: null, name: '' };
  if (store === null) return null;
  const plain = name.replace(/^\/+/, '');
  return store === 'ssm'
    ? requestOf({ action: 'ssm:GetParameters', type: 'parameter/', name: plain }, valueFrom)
    : secretOf(plain, valueFrom);
}

/** What reading `credentialsParameter` asks: a plain name is one of Secrets Manager. */
export function credentialsRequest(parameter: string): IamRequest | null {
  const reference = parseSecretReference(parameter).value;
  if (reference?.store !== 'ssm' || isArn(parameter)) return secretRequest(parameter);
  return secretOf(parameter.replace(/^\/+/, ''), parameter);
}

/** A manifest may name a secret with or without its suffix, and what only ends like one may have another one. */
function secretOf(name: string, written: string): IamRequest {
  const suffixed = SUFFIX.test(name);
  return requestOf({ action: 'secretsmanager:GetSecretValue', type: 'secret:', name, suffixed }, written);
}

/** What reading a file of `environmentFiles` asks; null for a path of the repository, which whoever reads the commit may read. */
export function fileRequest(value: string): IamRequest | null {
  const arn = isArn(value) ? parseArn(value).value : null;
  if (arn?.service !== 's3') return null;
  return requestOf({ action: 's3:GetObject', type: '', name: arn.resource }, value);
}

/** What pulling an image of ECR asks; `declared`: names of repositories that the commit declares, which other registries may hold as well.
 * Null for every other image. */
export function imageRequest(image: string, declared: ReadonlySet<string>): IamRequest | null {
  const { domain, path } = parseImageReference(image).value ?? { domain: '', path: '' };
  const [, account, region] = ECR.exec(domain) ?? [];
  const thing = { action: 'ecr:BatchGetImage', type: 'repository/', name: path };
  if (account !== undefined) return requestOf(thing, `arn:aws:ecr:${region}:${account}:repository/${path}`);
  return domain !== '' && domain !== 'docker.io' && declared.has(path) ? requestOf(thing, path) : null;
}

interface Thing {
  readonly action: string;
  /** What stands before the name in the last part of its ARN. */
  readonly type: string;
  readonly name: string;
  /** Of a secret: whether its name ends in six characters that may be the suffix. */
  readonly suffixed?: boolean;
}

/** `written`: the ARN or the name in the manifest. An account or region that is masked there is not known. */
function requestOf({ action, type, name, suffixed }: Thing, written: string): IamRequest {
  const service = action.slice(0, action.indexOf(':'));
  const [, given = null, , where = null, whose = null] = isArn(written) ? written.split(':') : [];
  const partition = partOf(given, /^aws[a-z-]*$/);
  const region = partOf(where, /^(?:[a-z]+(?:-[a-z]+)+-[0-9]+)?$/);
  const account = partOf(whose, /^(?:[0-9]{12})?$/);
  const named = ['arn:', partition, `:${service}:`, region, ':', account, `:${type}`];
  const elsewhere = ['arn:', null, `:${service}:`, null, ':', null, `:${type}`];
  const asSecret = (text: string) => [[text], [`${text}-`, SUFFIX_LENGTH]];
  // providers are asked for the name with its suffix, whatever that is, and then without
  const names = suffixed === undefined ? [[name]] : asSecret(name);
  const same = suffixed === true ? asSecret(name.replace(SUFFIX, '')) : names;
  return {
    action,
    resource: names.map((rest) => subjectOf([...named, ...rest])),
    anywhere: same.map((rest) => subjectOf([...elsewhere, ...rest])),
    context: {
      'aws:securetransport': 'true',
      ...(region !== null && region !== '' && { 'aws:requestedregion': region }),
      ...(account !== null && account !== '' && { 'aws:resourceaccount': account }),
    },
    pattern: `arn:${partition ?? 'aws'}:${service}:${region ?? '*'}:${account ?? '*'}:${type}${name}${suffixed === false ? '-??????' : ''}`,
  };
}

/** A part of an ARN, where it has the form of one. */
function partOf(part: string | null, form: RegExp): string | null {
  return part !== null && form.test(part) ? part : null;
}
