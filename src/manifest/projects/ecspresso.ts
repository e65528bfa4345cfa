// ecspresso projects: a config (ecspresso.yml, in YAML or JSON) that names a cluster, a service and the files of its two definitions. The
// definitions are those of ECS without the names that the config gives. Settings of the tool itself (region, timeout, plugins, ignore) mean
// nothing here. Jsonnet is not read: it is a programming language.
import { containerDefinitionsForm, taskDefinitionForm } from '../forms/ecs/task-definition.ts';
import { drafted, notDrafted } from '../draft.ts';
import { fileText } from '../text/text.ts';
import { folderOf, repositoryPath, resolvedPath } from './compose/paths.ts';
import { isJsonPath, textOf } from '../parse.ts';
import { isManifestPath } from '../source.ts';
import { joined, readDrafts } from '../document.ts';
import { lookupOf } from '../environment.ts';
import { nearest } from '../../std/text.ts';
import { onKey, onValue } from '../finding.ts';
import { parseJson } from '../text/json.ts';
import { parseYaml } from '../text/yaml.ts';
import { problemAt, problemOfFinding } from '../problem.ts';
import { secretRanges } from '../text/secrets.ts';
import { renderedTemplate } from './ecspresso-template.ts';
import { serviceDraft } from '../forms/ecs/service.ts';
import { textAt } from '../text/tree.ts';
import { withValue } from '../forms/ecs/wrapped.ts';
import type { ChosenEnvironment } from '../environment.ts';
import type { Drafted } from '../draft.ts';
import type { FileText } from '../text/text.ts';
import type { Guard } from '../text/excerpt.ts';
import type { Mapping, Tree } from '../text/tree.ts';
import type { Open, Project, ReadProject } from './project.ts';
import type { Problem } from '../../model/problem.ts';
import type { ReadFile } from '../document.ts';
import type { SourceFile } from '../source.ts';

/** A config is short; what is longer is something else. */
const MAX_CONFIG_BYTES = 65_536;
const CONFIG_KEYS = ['region', 'cluster', 'service', 'service_definition', 'task_definition', 'plugins', 'appspec', 'filter_command'];
const KNOWN_KEYS: ReadonlySet<string> = new Set([...CONFIG_KEYS, 'timeout', 'codedeploy', 'code_deploy', 'ignore', 'required_version']);
/** Settings that are read; a template in any other one, such as the region, is asked for nothing. */
const READ_KEYS: ReadonlySet<string> = new Set(['cluster', 'service', 'service_definition', 'task_definition']);
const NOTHING: ReadFile = { resources: [], broken: [], unread: false, problems: [] };

/** The ecspresso projects of a commit: each config is one. */
export function ecspressoProjects(files: ReadonlyMap<string, SourceFile>): readonly Project[] {
  return [...files.values()]
    .filter(isConfig)
    .map(({ path }) => ({ main: path, read: (open, environment) => readProject(path, open, environment) }));
}

/** Known by task_definition beside what only configs have, whatever the file is called. */
function isConfig(source: SourceFile): boolean {
  if (!isManifestPath(source.path) || source.content.length > MAX_CONFIG_BYTES) return false;
  const { text } = textOf(source);
  if (text === null || /^kind:/m.test(text)) return false;
  return isJsonPath(source.path)
    ? /"task_definition"\s*:\s*"/.test(text) && /"(?:region|cluster|service)"\s*:/.test(text)
    : /^task_definition:/m.test(text) && /^(?:region|cluster|service):/m.test(text);
}

/** One file of a project, its templates replaced. */
interface ProjectFile {
  readonly file: FileText;
  readonly tree: Tree | null;
  readonly problems: readonly Problem[];
}

function readProject(path: string, open: Open, environment: ChosenEnvironment | null): ReadProject {
  const opened = openFile(path, open, environment);
  if (opened === null) return { read: NOTHING, merged: [path] };
  const config = { ...opened, problems: opened.problems.filter(({ line, column }) => !isUnread(opened, line, column)) };
  const merged = [path];
  if (config.tree?.kind !== 'mapping') return { read: { ...NOTHING, unread: true, problems: config.problems }, merged };
  const found: ReadFile[] = [{ ...NOTHING, problems: [...config.problems, ...configProblems(config.file, config.tree)] }];
  const read = (key: string, draftsOf: (tree: Tree, path: string) => Drafted): ReadFile | null => {
    const part = readPart(config, key, open, environment, draftsOf);
    if (part === null) return null;
    if (part.path !== null) merged.push(part.path);
    found.push(part.read);
    return part.read;
  };
  const definition = read('task_definition', definitionDrafts);
  const family = definition?.resources.find(({ kind }) => kind === 'TaskDefinition')?.identity ?? definition?.broken[0]?.identity;
  const names = { cluster: nameIn(config.tree, 'cluster'), serviceName: nameIn(config.tree, 'service'), taskDefinition: family ?? null };
  read('service_definition', (tree, file) => {
    if (tree.kind !== 'mapping') return notMapping();
    const draft = serviceDraft(named(tree, names), file);
    return drafted(draft);
  });
  return { read: joined(found), merged };
}

/** Whether a place lies in a setting that means nothing here. */
function isUnread({ file, tree }: ProjectFile, line: number, column: number): boolean {
  if (tree?.kind !== 'mapping') return false;
  const offset = (file.lines[line - 1] ?? 0) + column - 1;
  return tree.entries.some(({ key, start, value }) => !READ_KEYS.has(key) && start <= offset && offset <= value.end);
}

/** The definition under a key of the config; null when the config has none. */
function readPart(
  config: ProjectFile,
  key: string,
  open: Open,
  environment: ChosenEnvironment | null,
  draftsOf: (tree: Tree, path: string) => Drafted,
): { readonly read: ReadFile; readonly path: string | null } | null {
  const written = config.tree === null ? null : textAt(config.tree, [key]);
  if (config.tree === null || written === null) return null;
  const path = repositoryPath(resolvedPath(folderOf(config.file.path), written));
  const part = path === null ? null : openFile(path, open, environment);
  if (path === null || part === null) {
    const isJsonnet = /\.(?:jsonnet|libsonnet)$/.test(written);
    const message = isJsonnet ? `${written} is Jsonnet, which is not read` : `the file ${written} is not in the repository`;
    const hint = isJsonnet ? `write it out with ecspresso render, and name the JSON in ${key}` : 'add the file, or correct its path';
    const finding = onValue(isJsonnet ? 'ecspresso-jsonnet' : 'ecspresso-file-missing', [key], message, hint);
    return { read: { ...NOTHING, unread: true, problems: [problemOfFinding(config.file, config.tree, finding, OPEN)] }, path: null };
  }
  if (part.tree === null) return { read: { ...NOTHING, unread: true, problems: part.problems }, path };
  const { drafts, refusal } = draftsOf(part.tree, path);
  if (drafts === null) {
    const guard = { exact: true, secrets: secretRanges(part.tree) };
    return {
      read: { ...NOTHING, unread: true, problems: [...part.problems, problemOfFinding(part.file, part.tree, refusal, guard)] },
      path,
    };
  }
  return { read: withoutEchoes(readDrafts(part.file, drafts, secretRanges(part.tree), environment), part.problems), path };
}

/** What a template left unsaid is told once, and neither again for the value that stands in its place nor for what that value names. */
function withoutEchoes(read: ReadFile, problems: readonly Problem[]): ReadFile {
  if (problems.length === 0) return read;
  const lines = new Set(problems.map(({ line }) => line));
  const defined = read.resources.map(({ kind, identity }) => ({ kind, identity }));
  return {
    resources: [],
    broken: [...read.broken, ...defined],
    unread: read.unread,
    problems: [...problems, ...read.problems.filter(({ line }) => !lines.has(line))],
  };
}

const OPEN: Guard = { exact: true, secrets: [] };

/** A file with its templates replaced, parsed, every place that of the file as it is written; null when it is not there. */
function openFile(path: string, open: Open, environment: ChosenEnvironment | null): ProjectFile | null {
  const text = open(path);
  if (text === null) return null;
  const file = fileText(path, text);
  const rendered = renderedTemplate(text, lookupOf(environment));
  const parsed = isJsonPath(path) ? parseJson(rendered.text) : { ...parseYaml(rendered.text), secrets: [] };
  const secrets = parsed.secrets.map(({ start, end }) => ({ start: rendered.back(start), end: rendered.back(end) }));
  const problems = [
    ...rendered.faults.map((fault) => problemAt(file, fault.offset, fault, { exact: false, secrets })),
    ...parsed.faults.map((fault) => problemAt(file, rendered.back(fault.offset), fault, { exact: false, secrets })),
  ];
  const [tree = null] = parsed.documents;
  return { file, tree: tree === null ? null : placed(tree, rendered.back), problems };
}

function placed(tree: Tree, back: (offset: number) => number): Tree {
  const start = back(tree.start);
  const end = back(tree.end);
  if (tree.kind === 'scalar') return { ...tree, start, end, text: tree.text === null ? null : back(tree.text) };
  if (tree.kind === 'list') return { ...tree, start, end, items: tree.items.map((item) => placed(item, back)) };
  const entries = tree.entries.map((entry) => ({ ...entry, start: back(entry.start), value: placed(entry.value, back) }));
  return { ...tree, start, end, entries };
}

function configProblems(file: FileText, config: Mapping): Problem[] {
  const unknown = config.entries.filter(({ key }) => !KNOWN_KEYS.has(key));
  const findings = unknown.map(({ key }) => {
    const meant = nearest(key, KNOWN_KEYS);
    return onKey('field-ignored', [key], `ecspresso has no setting "${key}"`, meant === null ? 'remove the key' : `did you mean ${meant}?`);
  });
  return findings.map((finding) => problemOfFinding(file, config, finding, OPEN));
}

function definitionDrafts(tree: Tree, path: string): Drafted {
  const form = tree.kind === 'list' ? containerDefinitionsForm : taskDefinitionForm;
  return form.read(tree, path);
}

function named(tree: Mapping, names: Readonly<Record<string, string | null>>): Mapping {
  const given = Object.entries(names).filter((entry): entry is [string, string] => entry[1] !== null);
  return given.reduce((named, [key, value]) => withValue(named, key, value), tree);
}

function nameIn(config: Tree, key: string): string | null {
  const name = textAt(config, [key]);
  return name === '' ? null : name;
}

function notMapping(): Drafted {
  return notDrafted(onValue('not-a-mapping', [], 'the service definition is no mapping', 'write the input of create-service'));
}
