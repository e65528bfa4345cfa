import { describe, expect, it } from 'vitest';
import { load } from '../../../src/manifest/load.ts';
import { readFiles } from '../forms/ecs/support.ts';
import { renderedTemplate } from '../../../src/manifest/projects/ecspresso-template.ts';
import { sourceFile } from '../story.ts';

const CONFIG = 'region: eu-west-1\ncluster: main\nservice: web\nservice_definition: s.json\ntask_definition: t.json\n';
const DEFINITION = { family: 'web', containerDefinitions: [{ name: 'app', image: 'nginx:1.27', memory: 128 }] };
const SPECS = [
  { kind: 'TaskDefinition', spec: DEFINITION },
  { kind: 'Service', spec: { taskDefinition: 'web', serviceName: 'web', cluster: 'main', desiredCount: 2 } },
];

describe('ecspresso projects', () => {
  it.each<[says: string, files: Readonly<Record<string, unknown>>]>([
    ['names come from the config', { 'ecspresso.yml': CONFIG, 's.json': { desiredCount: 2 }, 't.json': DEFINITION }],
    [
      'a config in JSON',
      {
        'a.json': { cluster: 'main', service: 'web', service_definition: 's.json', task_definition: 't.json' },
        's.json': { desiredCount: 2 },
        't.json': DEFINITION,
      },
    ],
    ['files are found from the config', { 'deploy/prod.yaml': CONFIG, 'deploy/s.json': { desiredCount: 2 }, 'deploy/t.json': DEFINITION }],
    [
      'definitions as ECS answers them',
      {
        'ecspresso.yml': CONFIG,
        's.json': { desiredCount: 2, runningCount: 1, loadBalancers: [] },
        't.json': { taskDefinition: DEFINITION },
      },
    ],
    [
      'a default stands for a variable, also where no quotes are',
      { 'ecspresso.yml': CONFIG, 's.json': '{ "desiredCount": {{ env `COUNT` `2` }} }', 't.json': DEFINITION },
    ],
    [
      'two configs share a task definition',
      {
        'ecspresso.yml': CONFIG,
        'other.yml': 'cluster: main\ntask_definition: t.json\n',
        's.json': { desiredCount: 2 },
        't.json': DEFINITION,
      },
    ],
  ])('%s', (_, files) => {
    const { resources, problems } = readFiles(files);
    expect({ specs: resources.map(({ kind, spec }) => ({ kind, spec })), problems }).toEqual({ specs: SPECS, problems: [] });
  });

  it('two configs share both definitions, and each has a service of its own', () => {
    const sources = {
      'prod/ecspresso.yml': 'cluster: default\nservice: prod\nservice_definition: ../s.json\ntask_definition: ../t.json\n',
      'stage/ecspresso.yml': 'cluster: default\nservice: stage\nservice_definition: ../s.json\ntask_definition: ../t.json\n',
      's.json': { desiredCount: 2 },
      't.json': DEFINITION,
    };
    const { resources, problems } = readFiles(sources);
    expect(problems).toEqual([]);
    expect(resources.map(({ kind, identity }) => `${kind} ${identity}`)).toEqual([
      'TaskDefinition web',
      'Service default/prod',
      'Service default/stage',
    ]);
  });

  it('a template in a setting that means nothing here asks for nothing', () => {
    const config = `${CONFIG.replace('eu-west-1', '{{ must_env `AWS_REGION` }}')}timeout: '{{ ssm \`/t\` }}'\n`;
    expect(readFiles({ 'ecspresso.yml': config, 's.json': { desiredCount: 2 }, 't.json': DEFINITION }).problems).toEqual([]);
    const named = CONFIG.replace('service: web', 'service: "{{ must_env `NAME` }}"');
    const { problems } = readFiles({ 'ecspresso.yml': named, 's.json': { desiredCount: 2 }, 't.json': DEFINITION });
    expect(problems).toEqual([expect.stringContaining('template-variable')]);
  });

  it('variables come from the chosen environment, and places are those of the file', () => {
    const files = {
      'environments/prod.yaml': 'kind: Environment\nname: prod\nvariables: { COUNT: 2, TAG: a-very-long-tag }\n',
      'cluster.yaml': 'kind: Cluster\nclusterName: main\n',
      'ecspresso.yml': CONFIG,
      's.json': '{ "desiredCount": {{ must_env `COUNT` }} }',
      't.json': '{ "family": "web", "containerDefinitions": [\n{ "name": "{{ must_env `TAG` }}", "image": "nginx", "memory": [] }] }',
    };
    const sources = Object.entries(files).map(([path, text]) => sourceFile(path, text));
    const { problems } = load(sources, 'c0ffee', { deploys: false, environment: 'prod' });
    expect(problems.map(({ code, line, column }) => `${code} ${line}:${column}`)).toEqual(['wrong-type 2:63']);
  });
});

describe('templates', () => {
  const lookup = (name: string): string | null => ({ A: 'one', EMPTY: '', QUOTE: 'a"b' })[name] ?? null;

  it.each<[template: string, text: string, codes: string[]]>([
    ['x {{ env `A` `d` }} y', 'x one y', []],
    ['{{ env "NONE" "d" }}', 'd', []],
    ['{{ env `EMPTY` `d` }}', 'd', []],
    ['{{ env `NONE` `A` `d` }}', 'one', []],
    ['{{must_env `A`}}{{must_env `A`}}', 'oneone', []],
    ['a {{- env `A` `d` -}} b', 'aoneb', []],
    ['{{ must_env `QUOTE` | json_escape }}', 'a\\"b', []],
    ['{{/* a note */}}', '', []],
    ['{{ env `NONE` }}', '1', ['template-variable']],
    ['{{ must_env `NONE` }}', '1', ['template-variable']],
    ['{{ tfstate `a.b` }}', '1', ['template-lookup']],
    ['{{ prod_tfstatef `a.%s` `b` }}', '1', ['template-lookup']],
    ['{{ ssm `/a` }}', '1', ['template-lookup']],
    ['{{ if true }}', '1', ['bad-template']],
    ['{{ env A }}', '1', ['bad-template']],
    ['{{ env `A` | upper }}', '1', ['bad-template']],
    ['{{ must_env `A`', '{{ must_env `A`', ['bad-template']],
    ['no action }} { {', 'no action }} { {', []],
  ])('%s gives %s', (template, text, codes) => {
    const rendered = renderedTemplate(template, lookup);
    expect([rendered.text, rendered.faults.map(({ code }) => code)]).toEqual([text, codes]);
  });

  it('knows where a text comes from', () => {
    const { text, back } = renderedTemplate('ab{{ env `A` `d` }}cd', lookup);
    expect(Array.from(text, (_, at) => back(at))).toEqual([0, 1, 2, 2, 2, 19, 20]);
  });

  it('takes linear time', () => {
    const { faults } = renderedTemplate('{{ must_env `A` }}'.repeat(20_000) + '{{'.repeat(100_000), lookup);
    expect(faults).toHaveLength(1);
  });
});
