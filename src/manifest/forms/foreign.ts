// Documents that are no manifests: what they look like, so that the person who is told knows which file is meant and what to do with it.
// In YAML a document that nobody knows is an error: a misspelt kind must not delete a service. JSON is what half of all tools keep their
// settings in: a JSON document that nobody knows is a warning. A template of CloudFormation that holds ECS is an error in both, because its
// author expects something to be deployed.
import { nearest } from '../../std/text.ts';
import { onKey, onValue } from '../finding.ts';
import { textAt, treeAt } from '../text/tree.ts';
import { KIND_NAMES, isKind } from '../kind.ts';
import type { Finding } from '../finding.ts';
import type { Mapping, Tree } from '../text/tree.ts';

/** What a document looks like, by its own keys; in order. */
const LOOKS: readonly (readonly [what: string, is: (document: Mapping) => boolean])[] = [
  ['a Kubernetes manifest', isKubernetes],
  ['a Helm chart', (document) => has(document, 'apiVersion', 'version', 'name')],
  ['values of a Helm chart', (document) => treeAt(document, ['image', 'repository']) !== null || has(document, 'replicaCount')],
  ['a kustomization', (document) => hasOne(document, 'patchesStrategicMerge', 'configMapGenerator', 'secretGenerator', 'namePrefix')],
  ['a CloudFormation template', isTemplate],
  ['a GitHub workflow', (document) => has(document, 'on', 'jobs')],
  ['a GitHub action', (document) => has(document, 'runs', 'name')],
  ['a GitLab pipeline', (document) => has(document, 'stages') || treeAt(document, ['include', 0, 'template']) !== null],
  ['a CircleCI pipeline', (document) => has(document, 'version', 'jobs')],
  ['a build specification of CodeBuild', (document) => has(document, 'version', 'phases')],
  [
    'a manifest of AWS Copilot',
    (document) => has(document, 'name', 'type') && /service|job|environment|pipeline/i.test(textAt(document, ['type']) ?? ''),
  ],
  ['a Serverless Framework service', (document) => has(document, 'service', 'provider')],
  ['an OpenAPI description', (document) => hasOne(document, 'openapi', 'swagger', 'asyncapi')],
  ['a JSON schema', (document) => has(document, '$schema') || has(document, 'properties', 'type')],
  ['a Prometheus configuration', (document) => hasOne(document, 'scrape_configs', 'scrapeConfigs')],
  ['an OpenTelemetry collector configuration', (document) => has(document, 'receivers', 'exporters')],
  ['a Grafana dashboard', (document) => has(document, 'panels') || has(document, 'datasources')],
  ['a pre-commit configuration', (document) => has(document, 'repos')],
  ['an Ansible playbook', (document) => hasOne(document, 'hosts', 'become')],
];

/** What a document looks like; null when it looks like nothing that is known. */
export function lookOf(document: Tree): string | null {
  const first = document.kind === 'list' ? document.items[0] : document;
  if (first?.kind !== 'mapping') return null;
  if (document.kind === 'list') {
    if (has(first, 'name', 'imageUri')) return 'a list of image definitions of CodePipeline';
    return hasOne(first, 'hosts', 'tasks', 'roles', 'import_playbook') ? 'an Ansible playbook' : null;
  }
  return LOOKS.find(([, is]) => is(first))?.[0] ?? null;
}

/** Whether a document is of another tool although it has a kind. */
export function isForeign(document: Tree): boolean {
  if (document.kind !== 'mapping') return false;
  return isKubernetes(document) || (isTemplate(document) && lookOf(document) === 'a CloudFormation template');
}

/** Why a document of no form is refused, or passed over. */
export function unrecognised(document: Tree, isJson: boolean): Finding {
  const look = lookOf(document);
  if (look !== null && (!isJson || holdsEcs(document))) {
    const convert = look === 'a CloudFormation template' ? 'write what it holds as documents with a kind, or ' : '';
    return onValue('foreign-format', [], `this is ${look}, which Longshore does not read`, `${convert}${LEAVE_OUT}`);
  }
  const slip = isJson && document.kind === 'mapping' ? misspelt(document) : null;
  if (slip !== null) return slip;
  if (isJson) {
    const message = look === null ? 'nothing of ECS is found in this JSON file' : `this is ${look}, nothing of ECS`;
    const hint = 'nothing needs to be done; if it is meant for Longshore, add "kind"';
    return onValue('json-not-a-manifest', [], message, hint);
  }
  const known = `the kinds are ${KIND_NAMES.join(', ')}`;
  if (document.kind === 'mapping') {
    const hint = has(document, 'variables') ? 'add "kind: Environment"' : `add "kind:"; ${known}`;
    return onValue('missing-kind', ['kind'], 'the document has no kind', hint);
  }
  const message = `the document is ${document.kind === 'list' ? 'a list' : 'a single value'}, not a mapping`;
  return onValue('not-a-mapping', [], message, `begin the document with "kind:"; ${known}`);
}

/** The keys by which a file of ECS is known. */
const MAIN_KEYS = ['containerDefinitions', 'taskDefinition', 'serviceName', 'desiredCount'] as const;

/** A file of ECS with its main key misspelt, or spelt as another tool has it (`container_definitions`): it must not be passed over like the
 * settings of some other tool. One of a service's keys is everybody's, two are not. */
function misspelt(document: Mapping): Finding | null {
  const slips = document.entries.flatMap(({ key, value }) => {
    const plain = key.replaceAll(/[_-]/g, '').toLowerCase();
    const meant = MAIN_KEYS.find((known) => plain === known.toLowerCase() || nearest(key, [known]) === known);
    return meant === undefined ? [] : [{ key, meant, value }];
  });
  const slip =
    slips.find(({ meant, value }) => meant === 'containerDefinitions' && value.kind === 'list') ??
    slips.find(({ meant, value }) => meant === 'taskDefinition' && value.kind === 'mapping') ??
    (slips.length > 1 ? slips.find(({ key, meant }) => key !== meant) : undefined);
  if (slip === undefined) return null;
  return onKey('unknown-key', [slip.key], `no file of ECS has a key "${slip.key}"`, `did you mean ${slip.meant}?`);
}

/** What a YAML text that cannot be read is by its look: its author's tool reads tags and actions that YAML has not. Null: no idea. */
export function foreignText(text: string): { readonly message: string; readonly hint: string } | null {
  const template = /^AWSTemplateFormatVersion:|^Transform:.*AWS::Serverless|^ {2,4}Type: ["']?AWS::/m.test(text);
  const chart = /\{\{-?\s*(?:\.Values|\.Release|\.Chart|include\s+"|template\s+"|toYaml\s)/.test(text);
  if (!template && !chart) return null;
  const look = template ? 'a CloudFormation template' : 'a template of a Helm chart';
  return { message: `this is ${look}, which Longshore does not read`, hint: LEAVE_OUT };
}

const LEAVE_OUT = 'leave it out: keep it outside the folder of the manifests, or below a folder whose name begins with a dot';

/** Whether a broken JSON text may have been meant as a manifest: one of the words that such a file has, or a name that it goes by. */
export function mayBeManifest(path: string, text: string): boolean {
  return WORDS.test(text) || OWN_WORDS.test(text) || isContainers(text) || NAMES.test(path.slice(path.lastIndexOf('/') + 1));
}

/** A bare list of containers, such as templates of Terraform are: its keys are everybody's, and stand together nowhere else. */
function isContainers(text: string): boolean {
  return /^\s*\[/.test(text) && /"image"\s*:/.test(text) && /"(?:memory|memoryReservation|portMappings|mountPoints)"\s*:/.test(text);
}

/** Keys of such a file. */
const WORDS =
  /"(?:kind|containerDefinitions|taskDefinition|family|serviceName|clusterName|desiredCount|TargetService|capacityProviders?|autoScalingGroupProvider|awsvpcConfiguration|resourceId|scheduleExpression|eventPattern|repositoryName|rulePriority|essential)"/i;
/** Keys that are ECS's alone: they are known in single quotes, and bare, too. */
const OWN_WORDS = /[\s{,'](?:containerDefinitions|taskDefinition|desiredCount|awsvpcConfiguration)'?\s*:/;
/** What files of ECS are called. */
const NAMES = /task|service|container|cluster|ecs|appspec|manifest/i;

/** Some kinds have names that ours have, too. */
function isKubernetes(document: Mapping): boolean {
  if (!has(document, 'apiVersion', 'kind')) return false;
  return hasOne(document, 'metadata', 'spec') || !isKind(textAt(document, ['kind']) ?? '');
}

function isTemplate(document: Mapping): boolean {
  if (has(document, 'AWSTemplateFormatVersion')) return true;
  const resources = treeAt(document, ['Resources']);
  return resources?.kind === 'mapping' && resources.entries.some(({ value }) => /^(?:AWS|Custom)::/.test(textAt(value, ['Type']) ?? ''));
}

function holdsEcs(document: Tree): boolean {
  const resources = treeAt(document, ['Resources']);
  return resources?.kind === 'mapping' && resources.entries.some(({ value }) => (textAt(value, ['Type']) ?? '').startsWith('AWS::ECS::'));
}

function has(document: Mapping, ...keys: readonly string[]): boolean {
  return keys.every((key) => document.entries.some((entry) => entry.key === key));
}

function hasOne(document: Mapping, ...keys: readonly string[]): boolean {
  return document.entries.some((entry) => keys.includes(entry.key));
}
