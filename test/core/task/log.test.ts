// Where the output of a container goes: one row, one sentence.
import { describe, expect, test } from 'vitest';
import { EMPTY_LEDGER } from '../../../src/model/turn/ledger.ts';
import { INSTALLATION, app, container, desired, identity, instance, observed, world } from '../../build.ts';
import { containerSpec } from '../../../src/core/task/container.ts';
import type { ContainerDefinition } from '../../../src/model/task/container-definition.ts';
import { networkName } from '../../../src/model/turn/identity.ts';
import { reconcile } from '../../../src/core/reconcile.ts';
import type { ContainerSpec } from '../../../src/model/turn/plan.ts';

type Logging = NonNullable<ContainerDefinition['logConfiguration']>;

const WHO = identity({ container: 'app' });
const ENGINE = { version: '28.5.2', osType: 'linux', architecture: 'x86_64', operatingSystem: '', logDrivers: ['awslogs'], runtimes: [] };
const GROUP = { 'awslogs-group': 'web', 'awslogs-region': 'eu-west-1' };

function specOf(logConfiguration: Logging, hasAwsLogs = false): ContainerSpec {
  const app = container('app', 'app:1', { logConfiguration });
  return containerSpec(app, { family: 'web', containerDefinitions: [app] }, WHO, 'app:1', {
    loadBalancers: [],
    names: [],
    groupNetworks: null,
    hasAwsLogs,
  });
}

describe('the log of a container', () => {
  test.each<[string, Logging, boolean, object]>([
    ['is in files, as it asks for', { logDriver: 'json-file', options: { 'max-size': '1m' } }, false, { options: { 'max-size': '1m' } }],
    [
      'is sent away without waiting',
      { logDriver: 'gelf', options: { 'gelf-address': 'udp://logs' } },
      false,
      { driver: 'gelf', options: { mode: 'non-blocking', 'max-buffer-size': '10m', 'gelf-address': 'udp://logs' } },
    ],
    [
      'is kept in files where the instance has no way to AWS',
      { logDriver: 'awslogs', options: { ...GROUP, mode: 'blocking' } },
      false,
      { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3', mode: 'blocking' } },
    ],
    [
      'goes to AWS where it has, under the name that the agent gives to the stream',
      { logDriver: 'awslogs', options: { ...GROUP, 'awslogs-stream-prefix': 'shop' } },
      true,
      {
        driver: 'awslogs',
        options: { mode: 'non-blocking', 'max-buffer-size': '10m', ...GROUP, 'awslogs-stream': `shop/app/${WHO.task}` },
      },
    ],
    [
      'waits for AWS when it asks for that',
      { logDriver: 'awslogs', options: { ...GROUP, mode: 'blocking' } },
      true,
      { driver: 'awslogs', options: { ...GROUP, mode: 'blocking' } },
    ],
  ])('%s', (_, logging, hasAwsLogs, expected) => expect(specOf(logging, hasAwsLogs).settings.log).toMatchObject(expected));

  test('is told its secret options where it has such options', () => {
    const secretOptions = [{ name: 'splunk-token', valueFrom: '/shop/token' }];
    expect(specOf({ logDriver: 'splunk', secretOptions }).logSecrets).toEqual(secretOptions);
    expect(specOf({ logDriver: 'awslogs', options: GROUP, secretOptions }).logSecrets).toEqual([]);
  });
});

test('an instance with the attribute of ECS for it logs to AWS', () => {
  const logConfiguration = { logDriver: 'awslogs' as const, options: GROUP };
  const declared = app('web', { count: 1, image: `app@sha256:${'0'.repeat(64)}`, container: { logConfiguration } });
  const driverOn = (labels: readonly string[]): string | undefined => {
    const view = instance('local', [], { networks: new Set([networkName(INSTALLATION, 'default')]), engine: { ...ENGINE, labels } });
    let ledger = EMPTY_LEDGER;
    for (let turn = 0; turn < 5; turn++) {
      const plan = reconcile(world({ desired: desired([declared]), observed: observed([view]), ledger }));
      const create = plan.actions.find((action) => action.kind === 'create-container');
      if (create?.kind === 'create-container') return create.spec.settings.log?.driver;
      ledger = plan.ledger;
    }
    return undefined;
  };
  expect(driverOn([])).toBe('json-file');
  expect(driverOn(['com.amazonaws.ecs.capability.logging-driver.awslogs'])).toBe('awslogs');
});
