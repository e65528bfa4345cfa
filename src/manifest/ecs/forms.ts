// The forms of ECS: what its command line takes and answers, without a kind. In order: the first that recognises a document reads it.
import { answerForm, pieceForm } from './answers.ts';
import { appSpecForm } from './appspec.ts';
import { overridesForm, runForm, taskSetForm } from './calls.ts';
import { clusterForm } from './cluster.ts';
import { containerDefinitionsForm, taskDefinitionForm } from './task-definition.ts';
import { serviceForm } from './service.ts';
import type { Form } from '../draft.ts';

export const ECS_FORMS: readonly Form[] = [
  appSpecForm,
  taskDefinitionForm,
  serviceForm,
  taskSetForm,
  clusterForm,
  answerForm,
  pieceForm,
  runForm,
  overridesForm,
  containerDefinitionsForm,
];
