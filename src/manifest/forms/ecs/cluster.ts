// Clusters without a kind: the input of create-cluster, and the answers of it and of describe-clusters.
import { drafted } from '../../draft.ts';
import { hasOneOf, mappingUnder, mappingsUnder, unwrapped } from './wrapped.ts';
import { normalised } from './normalise.ts';
import { spelled } from '../spelling.ts';
import type { Draft, Form } from '../../draft.ts';
import type { Finding } from '../../finding.ts';
import type { Mapping, Tree } from '../../text/tree.ts';

/** Fields that name a cluster and nothing else in a document of its own. */
const OWN = ['clusterName', 'defaultCapacityProviderStrategy', 'serviceConnectDefaults'];

export const clusterForm: Form = {
  name: 'ECS cluster',
  recognises: (document) => clustersIn(document) !== null,
  read: (document) => drafted(...(clustersIn(document) ?? []).map(clusterDraft)),
};

function clustersIn(document: Tree): readonly Mapping[] | null {
  if (document.kind !== 'mapping') return null;
  const answered = mappingUnder(document, 'cluster');
  if (answered !== null && hasOneOf(answered, [...OWN, 'clusterArn'])) return [unwrapped(document, 'cluster', answered)];
  const listed = mappingsUnder(document, 'clusters');
  if (listed !== null && listed.every((item) => hasOneOf(item, [...OWN, 'clusterArn']))) return listed;
  return hasOneOf(document, OWN) ? [document] : null;
}

function clusterDraft(written: Mapping): Draft {
  const findings: Finding[] = [];
  const folded = spelled(written, false, findings);
  return { kind: 'Cluster', tree: normalised('Cluster', folded.kind === 'mapping' ? folded : written), findings };
}
