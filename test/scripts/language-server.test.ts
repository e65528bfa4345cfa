// The schemas in the language server that editors use (yaml-language-server, the one behind the YAML extensions): what it completes, what it
// says about every field, and what it finds wrong. Files are given to the schema as the documentation says: by the editor's settings.
import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { TextDocument, getLanguageService } from 'yaml-language-server';
import { KINDS, KIND_NAMES } from '../../src/manifest/kind.ts';
import { schemaFiles } from '../../scripts/schemas.ts';
import type { Position } from 'yaml-language-server';

type ServedDocument = Parameters<ReturnType<typeof getLanguageService>['doHover']>[0];

const SCHEMA = new URL('../../schemas/longshore.schema.json', import.meta.url).href;

const server = getLanguageService({
  schemaRequestService: async (uri) => readFileSync(new URL(uri), 'utf8'),
  workspaceContext: { resolveRelativePath: (path, resource) => new URL(path, resource).href },
});
server.configure({ validate: true, hover: true, completion: true, schemas: [{ uri: SCHEMA, fileMatch: ['/manifests/*.yaml'] }] });

let documents = 0;
/** A document of its own: the server keeps what it parsed by address and version. */
function open(text: string, folder = 'manifests'): ServedDocument {
  const document = TextDocument.create(`file:///${folder}/${documents++}.yaml`, 'yaml', 1, text);
  return document as ServedDocument; // its type has two methods more, which belong to changes
}

/** What is offered where `^` stands: the labels of the keys or values. */
async function offered(text: string): Promise<readonly string[]> {
  const document = open(text.replace('^', ''));
  const { items } = await server.doComplete(document, document.positionAt(text.indexOf('^')), false);
  return items.map(({ label }) => label);
}

async function wrong(text: string, folder?: string): Promise<readonly string[]> {
  return (await server.doValidation(open(text, folder), false)).map(({ message }) => message);
}

describe('completion', () => {
  it.each([
    ['an empty file', '^', ['kind'], ['family']],
    ['the kind', 'kind: ^', KIND_NAMES, []],
    [
      'the keys of a service',
      'kind: Service\nserviceName: web\n^',
      ['desiredCount', 'loadBalancers', 'x-longshore'],
      ['family', 'serviceName'],
    ],
    ['the keys of a second document', 'kind: Service\nserviceName: web\n---\nkind: Cluster\n^', ['clusterName'], ['desiredCount']],
    ['below a key', 'kind: Service\ndeploymentConfiguration:\n  ^', ['minimumHealthyPercent', 'deploymentCircuitBreaker'], ['cluster']],
    [
      'in a list',
      'kind: TaskDefinition\nfamily: a\ncontainerDefinitions:\n  - name: a\n    ^',
      ['image', 'memory', 'secrets'],
      ['name', 'family'],
    ],
    [
      'deep in a list',
      'kind: TaskDefinition\ncontainerDefinitions:\n  - name: a\n    healthCheck:\n      ^',
      ['command', 'startPeriod'],
      ['image'],
    ],
    ['values of a list of words', 'kind: Service\nlaunchType: ^', ['EC2', 'FARGATE', 'EXTERNAL'], []],
    ['true or false', 'kind: TaskDefinition\ncontainerDefinitions:\n  - essential: ^', ['true', 'false'], []],
    ['our own extension', 'kind: Service\nx-longshore:\n  ^', ['healthyAfter', 'forceNewDeployment'], ['cluster']],
    ['a kind of AWS in lowerCamel', 'kind: TargetGroup\nname: a\n^', ['healthCheckPath', 'matcher'], ['HealthCheckPath']],
    ['the same in PascalCase', 'kind: TargetGroup\nName: a\n^', ['HealthCheckPath', 'Matcher'], ['healthCheckPath']],
  ])('%s', async (_what, text, some, none) => {
    const labels = await offered(text);
    expect(labels).toEqual(expect.arrayContaining([...some]));
    expect(labels.filter((label) => (none as readonly string[]).includes(label))).toEqual([]);
  });
});

describe('what is wrong', () => {
  const service = 'kind: Service\nserviceName: web\ntaskDefinition: web\ndesiredCount: 2\n';
  it.each([
    ['nothing', service, []],
    ["keys of the author's own", `${service}x-team: shop\n`, []],
    ['a misspelt key', `${service}desiredcount: 2\n`, ['Property desiredcount is not allowed.']],
    ['a text for a number', service.replace('2', 'two'), ['Incorrect type. Expected "integer".']],
    ['a missing key', 'kind: Cluster\n---\nkind: TargetGroup\n', ['Missing property "name".']],
    ['PascalCase where AWS has it', 'kind: TargetGroup\nName: a\nHealthCheckPath: /\n', []],
    ['a misspelt key in PascalCase', 'kind: TargetGroup\nName: a\nHealthCheckPaht: /\n', ['Property HealthCheckPaht is not allowed.']],
    ['PascalCase where ECS has none', `${service}Cluster: a\n`, ['Property Cluster is not allowed.']],
  ])('%s', async (_what, text, expected) => expect(await wrong(text)).toEqual(expected));

  const comment = `# yaml-language-server: $schema=${SCHEMA}\n`;
  it.each([
    ['without settings or a comment nothing is known', 'kind: Cluster\nname: a\n', []],
    ['a comment at the head of a document', `${comment}kind: Cluster\nname: a\n`, ['Property name is not allowed.']],
    [
      'a comment at the head of each of several',
      `${comment}kind: Cluster\nname: a\n---\n${comment}kind: Cluster\nname: b\n`,
      ['Property name is not allowed.', 'Property name is not allowed.'],
    ],
  ])('%s', async (_what, text, expected) => expect(await wrong(text, 'elsewhere')).toEqual(expected));
});

interface Field {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly items?: Field;
  readonly anyOf?: readonly Field[];
}

/** A place in a made document, with what an editor should say there. */
interface Told {
  readonly path: string;
  readonly position: Position;
  readonly description: string;
}

/** A document that holds every field of a schema once, each list with one item. */
function everything(kind: string, schema: Field): { readonly text: string; readonly fields: readonly Told[] } {
  const lines = [`kind: ${kind}`];
  const fields: Told[] = [];
  const write = (object: Field, indent: string, path: string): void => {
    for (const [name, field] of Object.entries(object.properties ?? {})) {
      if (path === '' && name === 'kind') continue;
      const inList = field.items !== undefined;
      const inner = [field.items ?? field, ...((field.items ?? field).anyOf ?? [])].find(({ properties }) => properties !== undefined);
      const here = path === '' ? name : `${path}.${name}`;
      fields.push({ path: here, position: { line: lines.length, character: indent.length + 1 }, description: field.description ?? '' });
      lines.push(`${indent}${name}:${inner !== undefined ? '' : ` ${inList ? `[${sample(field.items ?? {})}]` : sample(field)}`}`);
      if (inner === undefined) continue;
      const start = lines.length;
      write(inner, `${indent}    `, `${here}${inList ? '[]' : ''}`);
      if (inList) lines[start] = `${indent}  - ${(lines[start] ?? '').trimStart()}`;
    }
  };
  write(schema, '', '');
  return { text: lines.join('\n'), fields };
}

/** A value of a type that a field takes: a wrong one may lead the server astray. */
function sample(field: Field): string {
  const one = field.anyOf?.[0] ?? field;
  const [type] = [one.type].flat();
  if (one.const !== undefined || one.enum !== undefined) return String(one.const ?? one.enum?.[0]);
  return type === 'integer' || type === 'number'
    ? '1'
    : type === 'boolean'
      ? 'true'
      : type === 'object'
        ? '{}'
        : type === 'array'
          ? '[]'
          : 'a';
}

describe('hover', () => {
  const { $defs } = JSON.parse(schemaFiles().get('longshore.schema.json') ?? '{}') as { $defs: Readonly<Record<string, Field>> };
  const spelt = KIND_NAMES.flatMap((kind) => [
    [kind, kind] as const,
    ...(KINDS[kind].pascal === true ? [[`${kind}InPascalCase`, kind] as const] : []),
  ]);

  it.each(spelt)('%s: every field says what it is, word for word as the model does', async (definition, kind) => {
    const { text, fields } = everything(kind, $defs[definition] ?? {});
    const document = open(text);
    const silent: string[] = [];
    for (const { path, position, description } of fields) {
      const hover = await server.doHover(document, position);
      const said = typeof hover?.contents === 'object' && 'value' in hover.contents ? hover.contents.value : '';
      if (description === '' || !words(said).includes(words(description))) silent.push(`${path}: ${said}`);
    }
    expect(fields.length).toBeGreaterThan(1);
    expect(silent).toEqual([]);
  });

  /** Without the signs that the server escapes or that Markdown hides. */
  function words(text: string): string {
    return text.replaceAll(/[\W_]+/g, ' ').trim();
  }
});
