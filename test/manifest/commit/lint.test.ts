// Advice about what is legal: one row, one sentence. What people see of it stands in the stories.
import { describe, expect, it } from 'vitest';
import { load } from '../../../src/manifest/load.ts';
import { sourceFile } from '../story.ts';

const BALANCER = `
---
{ kind: LoadBalancer, name: edge, listeners: [{ port: 8080, defaultActions: [{ type: forward, targetGroupArn: web }] }] }`;
const BEHIND = 'loadBalancers: [{ targetGroupArn: web, containerName: web, containerPort: 80 }]';

/** The codes that are told of a text. */
function codesOf(text: string): readonly string[] {
  const { desired, problems } = load([sourceFile('web.yaml', text)], 'c0ffee');
  expect(desired).not.toBeNull();
  return problems.map(({ code }) => code);
}

function definition(container: string, image = 'nginx:1.27', mapping = 'containerPort: 80'): string {
  const fields = `name: web, image: "${image}", memory: 64, portMappings: [{ ${mapping} }]`;
  return `{ kind: TaskDefinition, family: web, containerDefinitions: [{ ${fields}${container} }] }`;
}

describe('images', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  it.each([
    ['nginx', ['image-latest']],
    ['nginx:latest', ['image-latest']],
    ['registry.example.com:5000/web', ['image-latest']],
    ['nginx:1.27', []],
    ['nginx:latest-alpine', []],
    [`nginx@${digest}`, []],
    [`nginx:latest@${digest}`, []],
  ])('%s', (image, codes) => {
    expect(codesOf(definition('', image))).toEqual(codes);
  });
});

describe('variables that look like secrets', () => {
  it.each([
    ['DB_PASSWORD', 'correct-horse'],
    ['PASSWORD', 'x'],
    ['GITHUB_TOKEN', 'abcdef'],
    ['AWS_SECRET_ACCESS_KEY', 'abcdef'],
    ['STRIPE_API_KEY', 'abcdef'],
    ['clientSecret', 'abcdef'],
    ['spring.datasource.password', 'abcdef'],
  ])('%s: %s is told, without its value', (name, value) => {
    const text = definition(`, environment: [{ name: ${name}, value: "${value}" }]`);
    const { problems } = load([sourceFile('web.yaml', text)], 'c0ffee');
    expect(problems.map(({ code }) => code)).toEqual(['secret-in-environment']);
    expect(value.length > 1 && JSON.stringify(problems).includes(value)).toBe(false);
  });

  it.each([
    ['a mapping', 'DB_PASSWORD: correct-horse'],
    ['a list', '- DB_PASSWORD=correct-horse'],
    ['a flow mapping', '{ DB_PASSWORD: correct-horse }'],
  ])('in %s of a compose file are told without their values', (_, environment) => {
    const text = `services:\n  web:\n    image: nginx:1.27\n    environment:\n      ${environment}\n`;
    const { problems } = load([sourceFile('compose.yaml', text)], 'c0ffee', { deploys: false });
    expect(problems.map(({ code }) => code)).toEqual(['secret-in-environment']);
    expect(JSON.stringify(problems)).not.toContain('correct-horse');
  });

  it.each([
    ['DB_PASSWORD', ''],
    ['DB_PASSWORD_FILE', 'secret'],
    ['DB_PASSWORD', '/run/secrets/password'],
    ['DB_SECRET', 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:web'],
    ['USE_TOKEN', 'true'],
    ['TOKEN_LIFETIME', '1 hour'],
    ['BEARING', 'north'],
    ['MONKEY', 'banana'],
    ['SORT_KEY', 'name'],
    ['API_KEY', '<API_KEY>'],
  ])('%s: %s is not', (name, value) => {
    expect(codesOf(definition(`, environment: [{ name: ${name}, value: "${value}" }]`))).toEqual([]);
  });
});

describe('a container behind a load balancer', () => {
  it.each([
    ['', '', ['no-health-check']],
    ['', ', healthCheckPath: /', []],
    ['', ', matcher: { httpCode: 200-399 }', []],
    [', healthCheck: { command: [CMD, check] }', '', []],
    [
      ', stopTimeout: 31',
      ', healthCheckPath: /, targetGroupAttributes: [{ key: deregistration_delay.timeout_seconds, value: 30 }]',
      ['stop-after-deregistration'],
    ],
    [', stopTimeout: 30', ', healthCheckPath: /, targetGroupAttributes: [{ key: deregistration_delay.timeout_seconds, value: 30 }]', []],
    [', stopTimeout: 301', ', healthCheckPath: /', ['stop-after-deregistration']],
    ['', ', healthCheckPath: /, targetGroupAttributes: [{ key: deregistration_delay.timeout_seconds, value: 0 }]', []],
  ])('container %j and target group %j', (container, group, codes) => {
    const service = `{ kind: Service, serviceName: web, taskDefinition: web, desiredCount: 2, ${BEHIND} }`;
    const text = [definition(container), service, `{ kind: TargetGroup, name: web${group} }${BALANCER}`].join('\n---\n');
    expect(codesOf(text)).toEqual(codes);
  });

  it('alone has no checks to be told of', () => {
    const service = '{ kind: Service, serviceName: web, taskDefinition: web, desiredCount: 2 }';
    expect(codesOf(`${definition(', stopTimeout: 600')}\n---\n${service}`)).toEqual([]);
  });
});

describe('a port of the instance', () => {
  it.each([
    ['containerPort: 80, hostPort: 80', 1, '', ['host-port-shared']],
    ['containerPort: 80, hostPort: 80', 3, '', ['host-port-shared']],
    ['containerPort: 80, hostPort: 80', 1, ', deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 }', []],
    [
      'containerPort: 80, hostPort: 80',
      2,
      ', deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 100 }',
      ['host-port-shared'],
    ],
    ['containerPort: 80, hostPort: 80', 0, '', []],
    ['containerPort: 80, hostPort: 0', 3, '', []],
    ['containerPort: 80', 3, '', []],
  ])('%s with %i tasks%s', (mapping, desiredCount, more, codes) => {
    const service = `{ kind: Service, serviceName: web, taskDefinition: web, desiredCount: ${desiredCount}${more} }`;
    expect(codesOf(`${definition('', 'nginx:1.27', mapping)}\n---\n${service}`)).toEqual(codes);
  });
});
