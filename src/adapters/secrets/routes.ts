// Which provider is asked: the one that the manifest names, else the first of the operator's routes that matches, else the only one there is.
// Nothing of a manifest leads to a provider that the operator has not configured.
import { SecretError } from './provider.ts';
import { matchesStars, nearest } from '../../std/text.ts';
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
  const name = named ?? routes.find(({ match }) => matchesStars(match, from))?.provider ?? (routes.length === 0 ? names[0] : undefined);
  const found = providers.find((provider) => provider.name === name);
  if (found !== undefined) return found;
  if (name === undefined) {
    throw new SecretError('refused', 'no route of the configuration matches it', `Add one: { match: "*", provider: ${names[0]} }.`);
  }
  const meant = nearest(name, names);
  const hint = meant === null ? `Configured are ${names.join(', ')}.` : `Did you mean ${meant}?`;
  throw new SecretError('refused', `no provider is called ${name}`, hint);
}
