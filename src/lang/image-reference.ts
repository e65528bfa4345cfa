// Image references: [domain/]path[:tag][@digest], after the grammar of the distribution project, with Docker's shorthand:
// a name without a domain lies on docker.io, and there a name without a slash lies under library/.
// Nothing is resolved here, and no `latest` is filled in: what the author left out stays absent.
import { fault, read } from './parsed.ts';
import type { Parsed } from './parsed.ts';

export interface ImageReference {
  /** Registry host with its port; `docker.io` for the shorthand. */
  readonly domain: string;
  /** Repository path inside the registry: `library/nginx`, `team/app`. */
  readonly path: string;
  readonly tag: string | null;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string | null;
}

const DEFAULT_DOMAIN = 'docker.io';
const LEGACY_DOMAIN = 'index.docker.io';
const OFFICIAL = 'library/';
/** distribution: domain and path together. */
const NAME_LENGTH_MAX = 255;
/** ECS: characters before the digest. */
const REFERENCE_LENGTH_MAX = 255;

const HOST_LABEL = /^(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])$/;
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const HINT = 'write repository[:tag][@digest], such as nginx:1.27 or registry.example.com/team/app:v3';

/** Takes a reference apart; the fault stands at the first part that breaks the grammar. */
export function parseImageReference(text: string): Parsed<ImageReference> {
  if (text === '') return fault(0, 'is empty', HINT);
  const digestAt = text.indexOf('@');
  const named = digestAt === -1 ? text : text.slice(0, digestAt);
  if (named.length > REFERENCE_LENGTH_MAX) {
    return fault(REFERENCE_LENGTH_MAX, `has more than ${REFERENCE_LENGTH_MAX} characters before the digest`, HINT);
  }
  const digest = digestAt === -1 ? read(null) : parseDigest(text.slice(digestAt + 1), digestAt + 1);
  if (digest.fault !== null) return { value: null, fault: digest.fault };
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const tag = tagged ? named.slice(colon + 1) : null;
  if (tag !== null && !TAG.test(tag)) {
    return fault(
      colon + 1,
      tag === '' ? 'has an empty tag' : `has a tag "${tag}" that is no tag`,
      'a tag has up to 128 letters, digits, "_", "." or "-"',
    );
  }
  return parseName(tagged ? named.slice(0, colon) : named, tag, digest.value);
}

/** Something that is filled in later, by a pipeline or by hand: <IMAGE1_NAME>, {{image}}, ${TAG}, %TAG%, or a part in capitals. */
const PLACEHOLDER = /<[^<>]+>|\{\{.*\}\}|\$\{?[A-Za-z_]\w*\}?|%\w+%|__\w+__|(?:^|[./:@])[A-Z][A-Z0-9_-]{2,}(?=$|[./:@])/;

/** Whether a text is no image reference because a part of it waits to be filled in. ECS registers such definitions; nobody can pull them. */
export function isImagePlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text) && parseImageReference(text).fault !== null;
}

/** The full text: `docker.io/library/nginx:1.27`. */
export function imageReferenceText(reference: ImageReference): string {
  return `${reference.domain}/${reference.path}${suffix(reference)}`;
}

/** The text as people write it: `nginx:1.27` for `docker.io/library/nginx:1.27`; other registries stay as they are. */
export function familiarName(reference: ImageReference): string {
  if (reference.domain !== DEFAULT_DOMAIN) return imageReferenceText(reference);
  const rest = reference.path.startsWith(OFFICIAL) ? reference.path.slice(OFFICIAL.length) : reference.path;
  const short = rest.includes('/') ? reference.path : rest;
  const again = parseImageReference(short).value;
  // a path such as a.b/c would be read as a registry
  return again?.domain === reference.domain && again.path === reference.path
    ? `${short}${suffix(reference)}`
    : imageReferenceText(reference);
}

function suffix(reference: ImageReference): string {
  return `${reference.tag === null ? '' : `:${reference.tag}`}${reference.digest === null ? '' : `@${reference.digest}`}`;
}

function parseDigest(text: string, at: number): Parsed<string> {
  if (/^sha256:[a-f0-9]{64}$/.test(text)) return read(text);
  return fault(at, 'has a digest that is not sha256 with 64 hex digits', 'a digest is sha256: and 64 digits from 0 to 9 and a to f');
}

function parseName(name: string, tag: string | null, digest: string | null): Parsed<ImageReference> {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const hasDomain = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const wanted = hasDomain ? first : DEFAULT_DOMAIN;
  const pathAt = hasDomain ? slash + 1 : 0;
  const path = name.slice(pathAt);
  const domainFault = hasDomain ? faultOfDomain(first) : null;
  if (domainFault !== null) return domainFault;
  const pathFault = faultOfPath(path, pathAt);
  if (pathFault !== null) return pathFault;
  if (!hasDomain && /^[a-f0-9]{64}$/.test(path)) return fault(0, 'is 64 hex digits, which Docker takes for an image id', HINT);
  const domain = wanted === LEGACY_DOMAIN ? DEFAULT_DOMAIN : wanted;
  const full = domain === DEFAULT_DOMAIN && !path.includes('/') ? `${OFFICIAL}${path}` : path;
  if (domain.length + 1 + full.length > NAME_LENGTH_MAX) return fault(0, `has a name of more than ${NAME_LENGTH_MAX} characters`, HINT);
  return read({ domain, path: full, tag, digest });
}

function faultOfDomain(domain: string): Parsed<ImageReference> | null {
  const [host = '', port, ...more] = domain.startsWith('[') ? splitAddress(domain) : domain.split(':');
  const valid = host.startsWith('[') ? /^\[[A-Fa-f0-9:]+\]$/.test(host) : host.split('.').every((label) => HOST_LABEL.test(label));
  if (!valid) return fault(0, `has a registry "${domain}" that is no host name`, HINT);
  if (more.length > 0 || (port !== undefined && !/^[0-9]{1,5}$/.test(port))) {
    return fault(host.length + 1, `has a registry "${domain}" whose port is no number`, HINT);
  }
  return null;
}

/** `[::1]:5000` into the bracketed address and the port. */
function splitAddress(domain: string): string[] {
  const end = domain.indexOf(']') + 1;
  const rest = domain.slice(end);
  return rest === '' ? [domain] : [domain.slice(0, end), ...rest.slice(1).split(':')];
}

function faultOfPath(path: string, start: number): Parsed<ImageReference> | null {
  let at = start;
  for (const component of path.split('/')) {
    if (!PATH_COMPONENT.test(component)) {
      if (component === '') return fault(at, path === '' ? 'names no repository' : 'has an empty part between two slashes', HINT);
      const upper = component.search(/[A-Z]/);
      if (upper !== -1) return fault(at + upper, 'has an upper-case letter in its repository', 'repositories are written in lower case');
      return fault(at, `has a part "${component}" that is no repository name`, HINT);
    }
    at += component.length + 1;
  }
  return null;
}
