// Configurations that say what should happen and not to what: a scaling policy without a service, a lifecycle policy without a repository.
// AWS's command line takes them as files beside the names, so people keep them that way. They are checked, and nothing is done with them.
// And things of other AWS services, which the same calls and files hold: they are left out, and that is said.
import { onValue } from '../finding.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';

/** One warning when a resource lacks the names that AWS takes beside its configuration. */
export function attachedFindings(words: string, owner: string, names: Readonly<Record<string, string | undefined>>): Finding[] {
  const missing = Object.keys(names).filter((name) => names[name] === undefined);
  if (missing.length === 0) return [];
  const message = `the ${words} has no ${missing.join(' and no ')}, so it belongs to no ${owner}`;
  return [onValue('not-attached', [], message, `add ${missing.join(' and ')}; until then the document is checked and nothing more`)];
}

/** A warning about something that is no part of ECS. */
export function foreignFinding(path: Path, what: string, service: string): Finding {
  const hint = 'nothing needs to be done; Longshore starts, stops and scales tasks of ECS only';
  return onValue('not-ecs', path, `${what} belongs to ${service}, not to ECS, and is left out`, hint);
}
