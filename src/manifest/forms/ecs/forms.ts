// The forms of ECS: what its command line takes and answers, without a kind. In order: the first that recognises a document reads it.
import { answerForm, pieceForm } from './answers.ts';
import { appSpecForm } from './appspec.ts';
import { overridesForm, runForm, taskSetForm } from './calls.ts';
import { capacityProviderForm } from './capacity-provider.ts';
import { clusterForm } from './cluster.ts';
import { containerDefinitionsForm, taskDefinitionForm } from './task-definition.ts';
import { drafted } from '../../draft.ts';
import { serviceForm } from './service.ts';
import type { Form } from '../../draft.ts';
import type { Tree } from '../../text/tree.ts';

/** What a query cuts out of an answer: a list of definitions, services or clusters without the word above them. */
const listForm: Form = {
  name: 'list of ECS definitions',
  recognises: (document) =>
    document.kind === 'list' && document.items.length > 0 && document.items.every((item) => itemForm(item) !== undefined),
  read: (document, path) => {
    const read = document.kind === 'list' ? document.items.map((item) => itemForm(item)?.read(item, path)) : [];
    return drafted(...read.flatMap((one) => one?.drafts ?? []));
  },
};

function itemForm(item: Tree): Form | undefined {
  return [taskDefinitionForm, serviceForm, clusterForm, capacityProviderForm].find(
    (form) => item.kind === 'mapping' && form.recognises(item),
  );
}

export const ECS_FORMS: readonly Form[] = [
  appSpecForm,
  taskDefinitionForm,
  serviceForm,
  taskSetForm,
  clusterForm,
  capacityProviderForm,
  answerForm,
  pieceForm,
  runForm,
  overridesForm,
  containerDefinitionsForm,
  listForm,
];
