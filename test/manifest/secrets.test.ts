// Secrets do not belong in manifests; people put them there all the same. Whatever is wrong with a manifest, the value of an environment
// variable is in no problem: problems end up in logs, in pull requests and on screens.
import { describe, expect, it } from 'vitest';
import { load } from '../../src/manifest/load.ts';
import { renderProblem } from '../../src/manifest/render-problem.ts';
import { sourceFile } from './story.ts';

const SECRET = 'hunter2';
const START = 'kind: TaskDefinition\nfamily: web\ncontainerDefinitions:\n  - name: app\n    image: app:1\n    memory: 64\n';

describe('an environment value is shown in no problem', () => {
  it.each([
    ['as a mapping, as in Compose', `    environment:\n      PASSWORD: ${SECRET}\n`],
    ['as a mapping in flow style', `    environment: { PASSWORD: ${SECRET} }\n`],
    ['as texts, as in Compose', `    environment:\n      - PASSWORD=${SECRET}\n`],
    ['as texts at the column of the key', `    environment:\n    - PASSWORD=${SECRET}\n`],
    ['as one text', `    environment: ${SECRET}\n`],
    ['under a misspelt key', `    enviroment:\n      - PASSWORD=${SECRET}\n`],
    ['under a misspelt key in flow style', `    env: { PASSWORD: ${SECRET} }\n`],
    ['with a misspelt field', `    environment:\n      - nam: PASSWORD\n        value: ${SECRET}\n`],
    ['with a misspelt field in flow style', `    environment:\n      - { nam: PASSWORD, value: ${SECRET} }\n`],
    ['with another key for the value', `    environment:\n      - name: PASSWORD\n        val: ${SECRET}\n`],
    ['as a name', `    environment:\n      - name: PASSWORD=${SECRET}\n        value: x\n`, true],
    ['given twice', `    environment:\n      - { name: P, value: ${SECRET} }\n      - { name: P, value: ${SECRET} }\n`],
    ['with a tag', `    environment:\n      - name: PASSWORD\n        value: !secret ${SECRET}\n`],
    ['as an unknown alias', `    environment:\n      - name: PASSWORD\n        value: *${SECRET}\n`],
    ['with a broken escape', `    environment:\n      - name: PASSWORD\n        value: "\\q${SECRET}"\n`],
    ['with an open quote', `    environment:\n      - name: PASSWORD\n        value: "${SECRET}\n`],
    ['with an open quote on a line of its own', `    environment:\n      - name: PASSWORD\n        value:\n          "${SECRET}\n`],
    ['with an open bracket', `    environment: [{ name: PASSWORD, value: [${SECRET}\n`],
    ['over several lines of flow style', `    environment: [\n  { name: PASSWORD,\n  value:\n ${SECRET} ${SECRET}: ] x\n`],
    ['with a colon too many', `    environment:\n      - name: PASSWORD\n        value: a: ${SECRET}\n`],
    ['as a mapping with a colon too many', `    environment:\n      PASSWORD: a: ${SECRET}\n`],
    ['with a tab', `    environment:\n      PASSWORD:\n\t${SECRET}: x\n`],
    ['with a NUL', `    environment:\n      - name: PASSWORD\n        value: "${SECRET}\\0"\n`],
    ['in a block', `    environment:\n      - name: PASSWORD\n        value: |\n          ${SECRET}\n       ${SECRET}: x\n`],
    ['behind an anchor', `    environment: *shared\n`, false, `x-shared: &shared\n  PASSWORD: ${SECRET}\n`],
    ['behind an anchor called so', `    environment: *shared\n`, false, `x-env: &shared\n  - PASSWORD=${SECRET}\n`],
    ['next to another mistake on its line', `  - { name: b, image: B, memory: 1, environment: { PASSWORD: ${SECRET} } }\n`],
    ['next to another mistake before it', `  - { name: b, memory: x, environment: [{ name: P, value: ${SECRET} }], imag: b }\n`],
  ])('%s', (_, body, isName = false, head = '') => {
    const { desired, problems } = load([sourceFile('web.yaml', head + START + body)], 'x');
    expect(problems.length).toBeGreaterThan(0);
    expect(desired === null || problems.every((problem) => problem.severity === 'warning')).toBe(true);
    // a name is shown: it has to be found again
    if (!isName) expect(problems.map(renderProblem).join('\n')).not.toContain(SECRET);
  });
});

describe('nor is a value of an environment of ours, or what is called a secret elsewhere', () => {
  const environment = `kind: Environment\nname: prod\nvariables:\n  TAG: { a: ${SECRET} }\n  A-B: ${SECRET}\n  PW: [${SECRET}]\n`;
  it.each([
    ['a variable of another type', 'environments/prod.yaml', environment],
    ['a variable without a colon', 'environments/prod.yaml', `kind: Environment\nname: prod\nvariables:\n  A: x\n  PW ${SECRET}\n`],
    ['an environment without a letter', 'web.yaml', `${START}    evironment: { P: ${SECRET} }\n`],
    ['a value without its space', 'web.yaml', `${START}    environment: [{ name: P, value:${SECRET} }]\n`],
    ['a value without its colon', 'web.yaml', `${START}    environment: [{ name: P, value ${SECRET} }]\n`],
    ['an overlay', 'environments/prod.yaml', `${environment}---\n${START}    environment: { P: ${SECRET}, Q: [${SECRET}] }\n`],
    [
      'an option of a log driver',
      'web.yaml',
      `${START}    logConfiguration: { logDriver: splunk, options: { splunk-token: ${SECRET} }, bad: 1 }\n`,
    ],
    ['a label', 'web.yaml', `${START}    dockerLabels: { api-token: [${SECRET}] }\n`],
    ['an argument', 'web.yaml', `${START}    command: redis-server --requirepass ${SECRET}\n`],
    ['a health check', 'web.yaml', `${START}    healthCheck: { command: [CMD-SHELL, "mysqladmin ping -p${SECRET}"], interval: 0 }\n`],
    ['a build of compose', 'compose.yaml', `services:\n  a:\n    image: a:1\n    build: { args: { TOKEN: ${SECRET} }, bad: 1 }\n`],
    ['a file of compose', 'compose.yaml', `services: { a: { image: a:1 } }\nsecrets:\n  s: { content: ${SECRET}, bad: 1 }\n`],
    ['a variable of compose called name', 'compose.yaml', `services:\n  a:\n    image: a:1\n    environment:\n      name: [${SECRET}]\n`],
    ['the parts of a list', 'compose.yaml', `services:\n  a:\n    image: a:1\n    environment: [A=${SECRET}, 3]\n`],
  ])('%s', (_, path, text) => {
    const { problems } = load([sourceFile(path, text)], 'x');
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.map(renderProblem).join('\n')).not.toContain(SECRET);
  });

  it('but what stands beside an environment is shown', () => {
    const container =
      '{ "name": "app", "image": "App", "memory": 64, "environment": [{ "name": "A", "value": "hunter2" }], "essential": 1 }';
    const { problems } = load([sourceFile('web.json', `{ "family": "web", "containerDefinitions": [${container}] }`)], 'x');
    const shown = problems.map(({ excerpt = '', excerptColumn = 0 }) => excerpt.slice(excerptColumn - 1));
    expect(shown).toContain('1 }] }');
    expect(problems.map(renderProblem).join('\n')).not.toContain(SECRET);
  });
});
