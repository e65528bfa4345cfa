// Task definitions without a kind: the input of register-task-definition, the answer of describe-task-definition, and container definitions
// by themselves, as `--container-definitions` takes them. Recognised by containerDefinitions, or by a name beside an image.
import { KINDS } from '../../kind.ts';
import { drafted, notDrafted } from '../../draft.ts';
import { hasOneOf, mappingUnder, memberOf, namedAfterFile, textUnder, unwrapped } from './wrapped.ts';
import { normalised } from './normalise.ts';
import { onValue } from '../../finding.ts';
import { spelled } from '../spelling.ts';
import type { Drafted, Form } from '../../draft.ts';
import type { Finding } from '../../finding.ts';
import type { Mapping, Tree } from '../../text/tree.ts';

/** Input and answer: `{ "family": ..., "containerDefinitions": [...] }`, or the same below taskDefinition. */
export const taskDefinitionForm: Form = {
  name: 'ECS task definition',
  recognises: (document) => memberOf(document, 'containerDefinitions') !== null || mappingUnder(document, 'taskDefinition') !== null,
  read: (document, path) => {
    if (document.kind !== 'mapping') return notMapping(document);
    const inner = memberOf(document, 'containerDefinitions') === null ? mappingUnder(document, 'taskDefinition') : null;
    return taskDefinitionOf(inner === null ? document : unwrapped(document, 'taskDefinition', inner), path);
  },
};

/** `[{ "name": ..., "image": ... }]`, or one such container by itself. */
export const containerDefinitionsForm: Form = {
  name: 'ECS container definitions',
  recognises: (document) =>
    document.kind === 'list' ? document.items[0] !== undefined && isContainer(document.items[0]) : isContainer(document),
  read: (document, path) => {
    const { start, end } = document;
    const list: Tree = document.kind === 'list' ? document : { kind: 'list', items: [document], start, end };
    return taskDefinitionOf({ kind: 'mapping', entries: [{ key: 'containerDefinitions', start, value: list }], start, end }, path);
  },
};

/** A task definition as a draft; a family that is left out is the file's name. */
function taskDefinitionOf(document: Mapping, path: string): Drafted {
  const findings: Finding[] = [];
  const named = namedAfterFile(document, KINDS.TaskDefinition.nameField, path, KINDS.TaskDefinition.words);
  const folded = spelled(named.tree, false, findings);
  if (folded.kind !== 'mapping') return notMapping(folded);
  return drafted({ kind: 'TaskDefinition', tree: normalised('TaskDefinition', folded), findings: [...named.findings, ...findings] });
}

/** A name beside an image is said of many things; a container has a field more that nothing else has. */
function isContainer(tree: Tree): boolean {
  return textUnder(tree, 'name') !== null && textUnder(tree, 'image') !== null && hasOneOf(tree, OF_CONTAINERS);
}

const OF_CONTAINERS = [
  'essential',
  'memory',
  'memoryReservation',
  'portMappings',
  'mountPoints',
  'logConfiguration',
  'entryPoint',
  'volumesFrom',
];

function notMapping(document: Tree): Drafted {
  return notDrafted(
    onValue('not-a-mapping', [], `the document is ${document.kind === 'list' ? 'a list' : 'a single value'}`, 'write a mapping'),
  );
}
