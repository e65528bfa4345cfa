// What Longshore adds to the environment of a container by itself, as a table: behind the author's, and never instead of it.
import { describe, expect, it } from 'vitest';
import { NO_SECRETS_OF_SPEC, identity, onNetwork } from '../../build.ts';
import { PAUSE } from '../../../src/model/task/pause.ts';
import { withOwnVariables } from '../../../src/adapters/docker/own-variables.ts';
import type { ContainerSpec } from '../../../src/model/turn/plan.ts';

const METADATA = 'ECS_CONTAINER_METADATA_URI_V4';
const PATH = 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI';
const FULL = 'AWS_CONTAINER_CREDENTIALS_FULL_URI';
const SPEC: ContainerSpec = {
  ...{ image: 'web:1', entryPoint: null, command: null, workingDirectory: null, user: null, environment: [], labels: {} },
  ...{ cpuShares: 2, nanoCpus: null, memoryBytes: null, memoryReservationBytes: null, readonlyRootFilesystem: false, ports: [] },
  ...{ healthCheck: null, stopTimeoutSeconds: 30, network: onNetwork('home'), settings: {}, mounts: [], volumesFrom: [] },
  ...NO_SECRETS_OF_SPEC,
};
const own = () => [
  { name: METADATA, value: 'http://m' },
  { name: PATH, value: '/v2/c' },
];

describe('the variables of a container', () => {
  it.each<readonly [what: string, written: readonly string[], names: readonly string[], confidential: readonly string[]]>([
    ['come behind those of its author', ['PORT'], ['PORT', METADATA, PATH], ['http://m', '/v2/c']],
    ["are the author's where there is one", [METADATA], [METADATA, PATH], ['/v2/c']],
    ['have no path of ours beside an address of the author', [FULL], [FULL, METADATA], ['http://m']],
  ])('%s', (_, written, names, confidential) => {
    const spec = { ...SPEC, environment: written.map((name) => ({ name, value: 'written' })) };
    const whole = withOwnVariables(spec, identity(), own);
    expect(whole.spec.environment.map(({ name }) => name)).toEqual(names);
    expect(whole.spec.environment.filter(({ value }) => value === 'written')).toEqual(spec.environment);
    expect(whole.confidential).toEqual(confidential);
  });

  it('are none of the one that holds the network of a task', () =>
    expect(withOwnVariables(SPEC, identity({ container: PAUSE }), own)).toEqual({ spec: SPEC, confidential: [] }));

  it('are made for the role of its task', () => {
    const roles: (string | null)[] = [];
    withOwnVariables({ ...SPEC, taskRoleArn: 'web' }, identity(), (_, role) => {
      roles.push(role);
      return [];
    });
    expect(roles).toEqual(['web']);
  });
});
