// Why a pull was refused and what to do next, from the words of an engine, which are its registry's, its resolver's or its disk's.
// The words of dockerd 20.10 to 28, with either image store, stand in the test's table. What is not recognised keeps its words alone.
import { parseImageReference } from '../../lang/image-reference.ts';
import { cut } from '../../std/text.ts';
import { isDiskFull } from './errors.ts';

/** What the refusal has to say of the login that the pull was made with. */
export interface LoginUsed {
  readonly header: string | null;
  readonly source: string;
  readonly trouble: string | null;
}

interface Place {
  /** The registry, as `docker login` takes it. */
  readonly registry: string;
  readonly reference: string;
  readonly login: LoginUsed;
}

interface Cause {
  readonly matches: (words: string) => boolean;
  readonly advice: (place: Place) => string;
}

/** ECS: a reason has at most 1,024 characters; what names the error and the container stands before it. */
const REASON_CHARACTERS = 900;
const HUB = 'docker.io';

/** The first that matches counts: a full disk or a limit is told in words that also hold a status or a name. */
const CAUSES: readonly Cause[] = [
  {
    matches: isDiskFull,
    advice: () => 'the disk of the engine is full: free space on it (`docker system df` says what takes it)',
  },
  {
    matches: (words) => /toomanyrequests|429 too many requests|pull rate limit/i.test(words),
    advice: ({ registry, login }) =>
      `${registry} allows no more pulls for now: ${login.header === null ? `log in (${loginCommand(registry)}), which raises the limit, or wait` : 'wait, or raise the limit of the account'}`,
  },
  {
    matches: (words) => /no such host|server misbehaving|name resolution|lookup .* i\/o timeout/i.test(words),
    advice: ({ registry }) =>
      `the name ${registry} does not resolve on the engine's host: check the registry in the image reference, and the host's DNS`,
  },
  {
    matches: (words) => /gave HTTP response to HTTPS client/i.test(words),
    advice: ({ registry }) =>
      `${registry} speaks plain HTTP: give it a certificate, or name it in insecure-registries of the engine's daemon.json`,
  },
  {
    matches: (words) => /x509:.*(?:has expired|not yet valid)/i.test(words),
    advice: ({ registry }) => `the certificate of ${registry} is out of date: renew it, or set the clock of the engine's host`,
  },
  {
    matches: (words) => /x509:.*(?:is valid for|not valid for|doesn't contain any IP SANs)/i.test(words),
    advice: ({ registry }) =>
      `the certificate of ${registry} is for another name: use the name that it was made for in the image reference`,
  },
  {
    matches: (words) => /x509:|tls: /i.test(words),
    advice: ({ registry }) =>
      `the engine does not trust the certificate of ${registry}: put its CA into /etc/docker/certs.d/${registry}/ca.crt on the engine's host`,
  },
  {
    matches: (words) => /no match(?:ing manifest)? for (?:\S+\/|platform)/i.test(words),
    advice: ({ reference }) => `${reference} is not built for the processor of this engine: push an image for it, too`,
  },
  {
    // With a graph driver, a digest that stands for several images means the first of them that came.
    matches: (words) => /Cannot overwrite digest/i.test(words),
    advice: ({ reference }) =>
      `the engine holds ${reference} for another platform, and one of them only: remove it there, or give its engine the containerd image store`,
  },
  {
    matches: (words) => /manifest unknown|name unknown|not found$/i.test(words.trim()),
    advice: ({ registry, reference }) => `${registry} has no image ${reference}: check the name and the tag, and that it was pushed`,
  },
  {
    matches: (words) =>
      /denied|unauthorized|authentication required|no basic auth credentials|authorization failed|403 Forbidden/i.test(words),
    advice: deniedAdvice,
  },
  {
    matches: (words) => /unexpected (?:HTTP )?status.*: 5\d\d/i.test(words),
    advice: ({ registry }) => `${registry} has trouble of its own: look at the registry, then try again`,
  },
  {
    matches: (words) =>
      /connection refused|connection reset|timeout|deadline exceeded|no route to host|network is unreachable|EOF$/i.test(words.trim()),
    advice: ({ registry }) =>
      `${registry} does not answer: check that it runs, and that the engine's host reaches it (port, firewall, HTTP proxy)`,
  },
];

/** The refusal of a pull of `reference` in words that say what to do, the engine's words at the end. `words` holds no secret any more. */
export function pullRefusal(words: string, reference: string, login: LoginUsed): string {
  const parsed = parseImageReference(reference).value;
  const registry = parsed?.domain ?? reference;
  // An image that is called `denied` or `timeout` is not the cause.
  const cause = words.replaceAll(parsed?.path ?? reference, 'image').replaceAll(registry, 'registry');
  const advice = CAUSES.find(({ matches }) => matches(cause))?.advice({ registry, reference: nameOf(reference), login });
  const parts = [advice, login.trouble === null ? undefined : `It was tried without a login: ${login.trouble}`];
  const told = parts.filter((part) => part !== undefined).join('. ');
  return cut(told === '' ? words : `${told}. The engine says: ${words}`, REASON_CHARACTERS);
}

/** A registry that hides what one may not see says the same of a name that is wrong. */
function deniedAdvice({ registry, reference, login }: Place): string {
  const subject = `${registry} does not let us pull ${reference}`;
  if (login.header !== null) {
    return `${subject} with the login of ${login.source}: check the name, that this account may read it, and that the login still holds (${loginCommand(registry)})`;
  }
  if (login.trouble !== null) return `${subject}: check the name, and the login below`;
  return `${subject} without a login, and ${login.source} has none for it: check the name; for a private image, ${loginCommand(registry)} as the user of the daemon`;
}

function loginCommand(registry: string): string {
  return registry === HUB ? '`docker login`' : `\`docker login ${registry}\``;
}

/** A pull by digest alone is named by its repository and the digest's beginning: 64 digits tell nobody anything. */
function nameOf(reference: string): string {
  return reference.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]{52}$/, '$1...');
}
