// Every default that the schemas of services, clusters and capacity providers tell, against the specification; what the core fills in; and
// that no kind of document is left without such a table.
import { describe, expect, it } from 'vitest';
import { CapacityProvider } from '../../src/model/cluster/capacity-provider.ts';
import { Cluster } from '../../src/model/cluster/cluster.ts';
import { KIND_NAMES, SCHEMAS } from '../../src/manifest/kind.ts';
import { Service, serviceSettings } from '../../src/model/service/service.ts';
import { defaultsOf } from './defaults.ts';
import { readFileSync, readdirSync } from 'node:fs';

const ROWS: readonly (readonly [section: string, place: string, value: unknown])[] = [
  ['3.1', 'schedulingStrategy', 'REPLICA'],
  ['1.1', 'cluster', 'default'],
  ['3.5', 'deploymentController.type', 'ECS'],
  ['3.8', 'deploymentConfiguration.strategy', 'ROLLING'],
  ['3.1', 'deploymentConfiguration.minimumHealthyPercent', 100],
  ['3.1', 'deploymentConfiguration.maximumPercent', 200],
  ['3.6', 'deploymentConfiguration.deploymentCircuitBreaker.resetOnHealthyTask', true],
  ['3.6', 'deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration.type', 'BOUNDED_PERCENT'],
  ['3.6', 'deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration.value', 50],
  ['3.8', 'deploymentConfiguration.lifecycleHooks.targetType', 'AWS_LAMBDA'],
  ['3.8', 'deploymentConfiguration.lifecycleHooks.timeoutConfiguration.timeoutInMinutes', 1_440],
  ['3.8', 'deploymentConfiguration.lifecycleHooks.timeoutConfiguration.action', 'ROLLBACK'],
  ['3.8', 'deploymentConfiguration.linearConfiguration.stepPercent', 10],
  ['3.8', 'deploymentConfiguration.linearConfiguration.stepBakeTimeInMinutes', 6],
  ['3.8', 'deploymentConfiguration.canaryConfiguration.canaryPercent', 5],
  ['3.8', 'deploymentConfiguration.canaryConfiguration.canaryBakeTimeInMinutes', 10],
  ['3.4', 'healthCheckGracePeriodSeconds', 0],
  ['8.1', 'launchType', 'EC2'],
  ['8.1', 'capacityProviderStrategy.weight', 0],
  ['8.1', 'capacityProviderStrategy.base', 0],
  ['1.6', 'networkConfiguration.awsvpcConfiguration.assignPublicIp', 'DISABLED'],
  ['4.8', 'serviceConnectConfiguration.accessLogConfiguration.includeQueryParameters', 'DISABLED'],
  ['1.9', 'volumeConfigurations.managedEBSVolume.filesystemType', 'xfs'],
  ['3.11', 'availabilityZoneRebalancing', 'ENABLED'],
  ['2.8', 'enableExecuteCommand', false],
  ['3.1', 'enableECSManagedTags', false],
  ['3.1', 'propagateTags', 'NONE'],
];

const told = Object.fromEntries(Object.entries(defaultsOf(Service)).filter(([place]) => !place.includes('x-longshore')));

describe('the defaults of a service', () => {
  it.each(ROWS)('spec %s: %s is %j', (_, place, value) => expect(told[place]).toEqual(value));

  it('are those of ECS and no other', () => {
    expect(Object.keys(told).toSorted()).toEqual(ROWS.map(([, place]) => place).toSorted());
  });

  it.each([
    ['REPLICA', 'REPLICA', { minimumHealthyPercent: 100, maximumPercent: 200 }],
    ['a DAEMON through the API', 'DAEMON', { minimumHealthyPercent: 0, maximumPercent: 100 }],
  ] as const)('are what the core fills in: %s (spec 3.1, 3.2, 3.4)', (_, schedulingStrategy, percentages) => {
    const service = Service.parse({ serviceName: 'web', taskDefinition: 'web', schedulingStrategy });
    expect(serviceSettings(service)).toEqual({ ...percentages, breaker: null, gracePeriodMs: 0, healthyAfterMs: 40_000 });
  });
});

describe('the defaults of where tasks run', () => {
  it('of a cluster are those of ECS (spec 8.1); images are pulled when they are not there (spec 1.10)', () => {
    const commands = 'configuration.executeCommandConfiguration';
    expect(defaultsOf(Cluster)).toEqual({
      [`${commands}.logging`]: 'DEFAULT',
      [`${commands}.logConfiguration.cloudWatchEncryptionEnabled`]: false,
      [`${commands}.logConfiguration.s3EncryptionEnabled`]: false,
      'defaultCapacityProviderStrategy.weight': 0,
      'defaultCapacityProviderStrategy.base': 0,
      'x-longshore.imagePullBehavior': 'prefer-cached',
      'x-longshore.imageCleanup': 'enabled',
      'x-longshore.disconnectedGraceSeconds': 300,
      'x-longshore.instances.status': 'ACTIVE',
      'x-longshore.instances.reserved.cpu': 0,
      'x-longshore.instances.reserved.memory': 0,
    });
  });

  it('of a capacity provider are those of ECS (spec 8.2, 8.3)', () => {
    const group = 'autoScalingGroupProvider';
    expect(Object.entries(defaultsOf(CapacityProvider)).filter(([place]) => place.startsWith(group))).toEqual([
      [`${group}.managedScaling.targetCapacity`, 100],
      [`${group}.managedScaling.minimumScalingStepSize`, 1],
      [`${group}.managedScaling.maximumScalingStepSize`, 10_000],
      [`${group}.managedScaling.instanceWarmupPeriod`, 300],
      [`${group}.managedTerminationProtection`, 'DISABLED'],
      [`${group}.managedDraining`, 'ENABLED'],
    ]);
  });
});

it('every kind with defaults has its table here', () => {
  const folder = new URL('.', import.meta.url);
  const tables = readdirSync(folder)
    .filter((name) => name.endsWith('-defaults.test.ts'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n');
  // The targets of a rule are those of Rule.
  const kinds = KIND_NAMES.filter((kind) => kind !== 'RuleTargets' && Object.keys(defaultsOf(SCHEMAS[kind])).length > 0);
  expect(kinds.filter((kind) => !new RegExp(`\\b${kind}\\b`).test(tables.replaceAll(/^import .*$/gm, '')))).toEqual([]);
  expect(kinds.length).toBeGreaterThan(10);
});
