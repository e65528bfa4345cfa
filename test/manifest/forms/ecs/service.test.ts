import { describe, expect, it } from 'vitest';
import { byText } from '../../../../src/std/order.ts';
import { readFiles } from './support.ts';

const SERVICE = { serviceName: 'web', cluster: 'main', taskDefinition: 'web', desiredCount: 2 };
const ARN = 'arn:aws:ecs:eu-west-1:123456789012';

describe('services and clusters without a kind', () => {
  it.each<[says: string, document: unknown]>([
    ['the input of create-service', SERVICE],
    ['the input of update-service', { ...SERVICE, serviceName: undefined, service: 'web', forceNewDeployment: true }],
    ['a revision of the task definition', { ...SERVICE, taskDefinition: 'web:7' }],
    ['the answer of create-service', { service: { ...SERVICE, cluster: undefined, clusterArn: `${ARN}:cluster/main`, status: 'ACTIVE' } }],
    [
      'the answer of describe-services',
      { services: [{ ...SERVICE, runningCount: 2, deployments: [{ id: 'x' }], events: [] }], failures: [] },
    ],
    ['an ARN of the task definition', { ...SERVICE, taskDefinition: `${ARN}:task-definition/web:7` }],
    ['what a query cuts out of an answer', [{ ...SERVICE, runningCount: 2 }]],
    ['an empty choice of a skeleton', { ...SERVICE, launchType: '', clientToken: '' }],
  ])('%s is read as the same service', (_, document) => {
    expect(specsOf({ 'a.json': document })).toEqual([{ kind: 'Service', spec: SERVICE }]);
  });

  it('the answer about a DAEMON counts its tasks, and declares no number', () => {
    const { desiredCount, ...daemon } = { ...SERVICE, schedulingStrategy: 'DAEMON' };
    const answer = { services: [{ ...daemon, desiredCount, runningCount: desiredCount }] };
    expect(specsOf({ 'a.json': answer })).toEqual([{ kind: 'Service', spec: daemon }]);
  });

  it.each<[says: string, document: unknown]>([
    ['the input of create-cluster', { clusterName: 'main' }],
    ['its answer', { cluster: { clusterName: 'main', clusterArn: `${ARN}:cluster/main`, status: 'ACTIVE', statistics: [] } }],
    ['the answer of describe-clusters', { clusters: [{ clusterName: 'main', runningTasksCount: 0 }], failures: [] }],
  ])('%s is read as the same cluster', (_, document) => {
    expect(specsOf({ 'a.json': document })).toEqual([{ kind: 'Cluster', spec: { clusterName: 'main' } }]);
  });

  it.each<[says: string, document: unknown, problems: string[]]>([
    ['a service that ecspresso names elsewhere', { desiredCount: 1, deploymentConfiguration: {} }, ['not-attached 1:1']],
    ['its mistakes', { desiredCount: 'two', deploymentConfiguration: {} }, ['not-attached 1:1', 'wrong-type 1:18']],
    ['a service that was deleted', { services: [{ ...SERVICE, status: 'INACTIVE' }] }, ['nothing-declared 1:14']],
    [
      'load balancers by themselves',
      { loadBalancers: [{ containerName: 'a', containerPort: 80, targetGroupArn: 'web' }] },
      ['not-attached 1:1'],
    ],
    ['tasks as they were', { tasks: [{ taskArn: `${ARN}:task/main/1` }], failures: [] }, ['nothing-declared 1:1']],
    ['ARNs of services', { serviceArns: [`${ARN}:service/main/web`] }, ['nothing-declared 1:1']],
    ['settings of nobody', { anything: true }, ['json-not-a-manifest 1:1']],
    ['tasks of another tool', { tasks: [{ label: 'build' }] }, ['json-not-a-manifest 1:1']],
  ])('%s declares nothing and is told', (_, document, problems) => {
    const { resources, problems: told } = readFiles({ 'a.json': document });
    expect({ resources, told }).toEqual({ resources: [], told: problems });
  });

  it('a service without a name is called after its file', () => {
    const { serviceName, ...rest } = SERVICE;
    expect(specsOf({ [`deploy/${serviceName}.json`]: rest })).toEqual([{ kind: 'Service', spec: SERVICE }]);
  });

  it('a commit of nothing but warnings removes nothing', () => {
    expect(readFiles({ 'a.json': { anything: true } }, true).problems).toEqual(['no-manifest 0:0', 'json-not-a-manifest 1:1']);
  });
});

describe('capacity providers without a kind', () => {
  const PROVIDER = { name: 'spot', autoScalingGroupProvider: { autoScalingGroupArn: 'spot' } };

  it.each<[says: string, document: unknown]>([
    ['the input of create-capacity-provider', PROVIDER],
    ['its answer', { capacityProvider: { ...PROVIDER, capacityProviderArn: `${ARN}:capacity-provider/spot`, status: 'ACTIVE' } }],
    [
      'the answer of describe-capacity-providers',
      { capacityProviders: [PROVIDER, { name: 'FARGATE', capacityProviderArn: 'x', status: 'ACTIVE' }] },
    ],
  ])('%s is read as the same capacity provider', (_, document) => {
    expect(specsOf({ 'a.json': document })).toEqual([{ kind: 'CapacityProvider', spec: PROVIDER }]);
  });
});

describe('files of other tools', () => {
  it.each([
    'package.json',
    'web/package-lock.json',
    'tsconfig.build.json',
    'composer.json',
    'renovate.json',
    'order.schema.json',
    '.eslintrc.json',
  ])('%s is not read', (path) => {
    expect(readFiles({ [path]: '{', 'a.json': SERVICE }).problems).toEqual([]);
  });

  it.each<[path: string, text: string, problems: string[]]>([
    ['data.json', '{ broken', ['json-not-a-manifest 0:0']],
    ['data.json', '{ "family": broken', ['json-syntax 1:13']],
    ['task-definition.json', '{ broken', ['json-syntax 1:3']],
    ['data.json', `"${'x'.repeat(1_048_576)}"`, ['json-not-a-manifest 0:0']],
    ['service.json', `"${'x'.repeat(1_048_576)}"`, ['file-too-large 0:0']],
    ['a.yaml', 'on: push\njobs: {}\n', ['foreign-format 1:1']],
    ['a.yaml', 'openapi: 3.0.0\n', ['foreign-format 1:1']],
    ['a.yaml', 'apiVersion: v1\nkind: Service\nmetadata: {}\n', ['foreign-format 1:1']],
    ['a.yaml', 'image: { repository: nginx }\nreplicaCount: 1\n', ['foreign-format 1:1']],
    ['a.yaml', 'replicas: 2\n', ['missing-kind 1:1']],
    [
      'a.yaml',
      'AWSTemplateFormatVersion: "2010-09-09"\nResources:\n  A: { Type: "AWS::ECS::Service", Name: !Ref B }\n',
      ['foreign-format 0:0'],
    ],
    ['a.yaml', 'name: {{ .Values.name }}\nimage: {{ .Values.image }}\n', ['foreign-format 0:0']],
    ['a.yaml', 'name: !Ref B\n', ['yaml-unknown-tag 1:7']],
    ['a.json', '[{ "name": "app", "imageUri": "nginx" }]', ['json-not-a-manifest 1:1']],
    ['a.json', '{ "name": "a picture", "image": "a.png" }', ['json-not-a-manifest 1:1']],
    ['a.json', '{ "Resources": { "A": { "Type": "AWS::S3::Bucket" } } }', ['json-not-a-manifest 1:1']],
    ['a.json', '{ "Resources": { "A": { "Type": "AWS::ECS::Service" } } }', ['foreign-format 1:1']],
  ])('%s with %j', (path, text, problems) => {
    expect(readFiles({ [path]: text }).problems).toEqual(problems);
  });
});

function specsOf(files: Readonly<Record<string, unknown>>): readonly unknown[] {
  return readFiles(files).resources.map(({ kind, spec }) => ({ kind, spec }));
}

describe('calls that start tasks', () => {
  const RUN = { cluster: 'main', taskDefinition: 'web:4', launchType: 'EC2', count: 2, startedBy: 'ci' };

  it.each<[says: string, document: unknown, codes: string[]]>([
    ['run-task', RUN, ['not-deployed-yet', 'revision-ignored']],
    [
      'overrides by container',
      { ...RUN, overrides: { containerOverrides: [{ name: 'app', command: ['x'] }] } },
      ['not-deployed-yet', 'revision-ignored'],
    ],
    ['an override of no container', { ...RUN, overrides: { containerOverrides: [{ command: ['x'] }] } }, ['missing-field']],
    ['a field of no run', { ...RUN, taskDef: 'x' }, ['not-deployed-yet', 'revision-ignored', 'unknown-key']],
    [
      'create-task-set',
      { service: 'web', cluster: 'main', taskDefinition: 'web', externalId: 'x', scale: { unit: 'PERCENT', value: 50 } },
      ['not-deployed-yet'],
    ],
    ['overrides alone', { containerOverrides: [{ name: 'app' }] }, ['not-attached']],
  ])('%s', (_, document, codes) => {
    const { resources, problems } = readFiles({ 'a.json': document });
    expect(resources).toEqual([]);
    expect(problems.map((problem) => problem.split(' ')[0] ?? '').toSorted(byText)).toEqual(codes);
  });
});
