// Capacity providers without a kind: the input of create-capacity-provider, and the answers of it and of describe-capacity-providers. The
// providers that AWS keeps itself (FARGATE, FARGATE_SPOT) stand in answers, too, and are nobody's to declare.
import { drafted } from '../../draft.ts';
import { hasOneOf, mappingUnder, mappingsUnder, memberOf, textUnder, unwrapped } from './wrapped.ts';
import { normalised } from './normalise.ts';
import { spelled } from '../spelling.ts';
import type { Draft, Form } from '../../draft.ts';
import type { Finding } from '../../finding.ts';
import type { Mapping, Tree } from '../../text/tree.ts';

const OWN = ['autoScalingGroupProvider', 'managedInstancesProvider', 'capacityProviderArn'];

export const capacityProviderForm: Form = {
  name: 'ECS capacity provider',
  recognises: (document) => providersIn(document) !== null,
  read: (document) => drafted(...(providersIn(document) ?? []).filter(isOwn).map(providerDraft)),
};

function providersIn(document: Tree): readonly Mapping[] | null {
  if (document.kind !== 'mapping') return null;
  const answered = mappingUnder(document, 'capacityProvider');
  if (answered !== null && hasOneOf(answered, OWN)) return [unwrapped(document, 'capacityProvider', answered)];
  const listed = mappingsUnder(document, 'capacityProviders');
  if (listed !== null && memberOf(document, 'clusterName') === null && listed.some((item) => hasOneOf(item, OWN))) return listed;
  return hasOneOf(document, OWN) ? [document] : null;
}

function isOwn(provider: Mapping): boolean {
  return !/^FARGATE(?:_SPOT)?$/.test(textUnder(provider, 'name') ?? '');
}

function providerDraft(written: Mapping): Draft {
  const findings: Finding[] = [];
  const folded = spelled(written, false, findings);
  return { kind: 'CapacityProvider', tree: normalised('CapacityProvider', folded.kind === 'mapping' ? folded : written), findings };
}
