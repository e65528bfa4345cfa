// Which provider is asked: the one that the manifest names, else the first of the operator's routes that matches, else the only one there is.
// Nothing of a manifest leads to a provider that the operator has not configured.
import { SecretError } from './provider.ts';
import { nearest } from '../../std/text.ts';
import type { Provider } from './provider.ts';
import type { SecretRoute } from '../../model/operator-config.ts';

/** The provider for what stands in a manifest; throws SecretError. `named`: the provider that it names itself, or null. */
export function providerOf(from: string, named: string | null, providers: readonly Provider[], routes: readonly SecretRoute[]): Provider {
  const names = providers.map(({ name }) => name);
  if (providers.length === 0) {
    throw new SecretError(
      'refused',
      'no secret provider is configured',
      'Configure one with longshore watch --config; docs/secrets.md shows how.',
    );
  }
  const name = named ?? routes.find(({ match }) => matchesRoute(match, from))?.provider ?? (routes.length === 0 ? names[0] : undefined);
  const found = providers.find((provider) => provider.name === name);
  if (found !== undefined) return found;
  if (name === undefined) {
    throw new SecretError('refused', 'no route of the configuration matches it', `Add one: { match: "*", provider: ${names[0]} }.`);
  }
  const meant = nearest(name, names);
  const hint = meant === null ? `Configured are ${names.join(', ')}.` : `Did you mean ${meant}?`;
  throw new SecretError('refused', `no provider is called ${name}`, hint);
}

/** Whether a pattern is the whole text; `*` stands for any characters. In time that is bounded by their lengths. */
export function matchesRoute(match: string, from: string): boolean {
  const [first = '', ...rest] = match.split('*');
  const last = rest.pop();
  if (last === undefined) return from === first;
  if (from.length < first.length + last.length || !from.startsWith(first) || !from.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = from.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= from.length - last.length;
}
