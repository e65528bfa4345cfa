import { describe, expect, it } from 'vitest';
import { createLoader, load } from '../../src/manifest/load.ts';
import { sourceFile } from './story.ts';
import type { SourceFile } from '../../src/manifest/source.ts';

const WEB = `kind: TaskDefinition
family: web
containerDefinitions:
  - name: app
    image: app:\${TAG}
    memory: 64
    command: [sh, -c, "echo $\${HOME} $PATH"]
    environment: [{ name: A, value: "1" }, { name: B, value: "2" }]
---
kind: Service
serviceName: web
taskDefinition: web
desiredCount: 1
`;
const PROD = `kind: Environment
name: prod
variables: { TAG: "1.4", REPLICAS: 3 }
---
kind: Service
serviceName: web
desiredCount: \${REPLICAS}
---
kind: TaskDefinition
family: web
containerDefinitions:
  - { name: app, memory: 128, stopTimeout: 9, environment: [{ name: B, value: two }, { name: C, value: "3" }] }
  - { name: side, image: "side:\${TAG}", memory: 32 }
`;

const commit = (prod: string): SourceFile[] => [sourceFile('environments/prod.yaml', prod), sourceFile('web.yaml', WEB)];
const inProd = { deploys: true, environment: 'prod' } as const;

describe('an environment', () => {
  it('fills variables in, with their types, and leaves a dollar sign to the shell', () => {
    const { desired } = load(commit(PROD), 'x', inProd);
    expect(desired?.services.get('default/web')?.spec.desiredCount).toBe(3);
    const [app] = desired?.taskDefinitions.get('web')?.spec.containerDefinitions ?? [];
    expect(app).toMatchObject({ image: 'app:1.4', command: ['sh', '-c', 'echo ${HOME} $PATH'] });
  });

  it('lays its documents over those of the same name: items of lists by their names, the rest by keys', () => {
    const { desired } = load(commit(PROD), 'x', inProd);
    const [app, side] = desired?.taskDefinitions.get('web')?.spec.containerDefinitions ?? [];
    expect(app).toMatchObject({ memory: 128, stopTimeout: 9 });
    expect(app?.environment).toEqual([
      { name: 'A', value: '1' },
      { name: 'B', value: 'two' },
      { name: 'C', value: '3' },
    ]);
    expect(side).toMatchObject({ name: 'side', image: 'side:1.4' });
  });

  it('keeps what is written where a text is wanted, and makes a number where one is', () => {
    const prod = 'kind: Environment\nname: prod\nvariables: { TAG: 1.10, PORT: 8080, ON: True }\n';
    const web = `kind: TaskDefinition
family: web
containerDefinitions:
  - name: app
    image: app:\${TAG}
    memory: 64
    essential: \${ON}
    portMappings: [{ containerPort: "\${PORT}" }]
    command: ["\${TAG}", "-p\${PORT}"]
    environment: [{ name: PORT, value: "\${PORT}" }, { name: ON, value: "\${ON}" }]
---
kind: Service
serviceName: web
taskDefinition: web
desiredCount: 1
`;
    const { desired } = load([sourceFile('environments/prod.yaml', prod), sourceFile('web.yaml', web)], 'x', inProd);
    expect(desired?.taskDefinitions.get('web')?.spec.containerDefinitions[0]).toMatchObject({
      image: 'app:1.10',
      essential: true,
      portMappings: [{ containerPort: 8_080 }],
      command: ['1.10', '-p8080'],
      environment: [
        { name: 'PORT', value: '8080' },
        { name: 'ON', value: 'True' },
      ],
    });
  });

  it('says where a text is to become a number', () => {
    const { problems } = load(commit(PROD.replace('REPLICAS: 3', 'REPLICAS: "3"')), 'x', inProd);
    expect(problems.map(({ message, hint }) => [message, hint])).toContainEqual([
      'desiredCount must be a whole number, not a text',
      'change the variable where the environment declares it: it must be a whole number, without quotes',
    ]);
  });

  it('gives compose files and templates of ecspresso what is written, too', () => {
    const prod = sourceFile('environments/prod.yaml', 'kind: Environment\nname: prod\nvariables: { TAG: 1.10 }\n');
    const compose = sourceFile('compose.yaml', 'services: { shop: { image: "shop:${TAG}" } }\n');
    const { resources } = load([prod, compose], 'x', { deploys: false, environment: 'prod' });
    expect(resources.find(({ kind }) => kind === 'TaskDefinition')?.spec).toMatchObject({ containerDefinitions: [{ image: 'shop:1.10' }] });
  });

  it('takes a field away with null', () => {
    const { desired } = load(
      commit(
        `kind: Environment\nname: prod\nvariables: { TAG: a }\n---\nkind: TaskDefinition\nfamily: web\ncontainerDefinitions: [{ name: app, command: null }]\n`,
      ),
      'x',
      inProd,
    );
    expect(desired?.taskDefinitions.get('web')?.spec.containerDefinitions[0]).not.toHaveProperty('command');
  });

  it('points into its own file for what is wrong in an overlay', () => {
    const { problems } = load(commit(PROD.replace('memory: 128', 'memory: none')), 'x', inProd);
    expect(problems).toMatchObject([{ code: 'wrong-type', file: 'environments/prod.yaml', line: 12 }]);
  });

  it('is read again when it changes, although the manifests do not', () => {
    const loader = createLoader(inProd);
    expect(loader(commit(PROD), 'a').desired?.services.get('default/web')?.spec.desiredCount).toBe(3);
    const next = commit(PROD.replace('REPLICAS: 3', 'REPLICAS: 40'));
    expect(loader(next, 'b').desired?.services.get('default/web')?.spec.desiredCount).toBe(40);
  });

  it('leaves other files of its folder to be manifests', () => {
    const files = [sourceFile('environments/web.yaml', WEB.replace('${TAG}', '1'))];
    expect(load(files, 'x').desired?.services.has('default/web')).toBe(true);
  });
});
