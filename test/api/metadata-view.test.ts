// The words of the metadata endpoint, as tables: one row is one thing that a program may read there.
import { describe, expect, it } from 'vitest';
import { containerMetadata, taskMetadata } from '../../src/api/metadata-view.ts';
import { container, task } from '../build.ts';
import type { ContainerFacts } from '../../src/model/task/task-metadata.ts';
import type { Task } from '../../src/model/task/task.ts';
import type { TaskDefinition } from '../../src/model/task/task-definition.ts';

const FACTS: ContainerFacts = {
  id: 'a'.repeat(64),
  name: 'longshore-web-1-main',
  imageId: 'sha256:1',
  labels: { 'com.amazonaws.ecs.container-name': 'main' },
  state: 'running',
  exitCode: null,
  createdAt: '2026-01-01T00:00:00.1Z',
  startedAt: '2026-01-01T00:00:00.2Z',
  finishedAt: null,
  ports: [{ containerPort: 8080, protocol: 'tcp', hostPort: 32_768, hostIp: '0.0.0.0' }],
  networks: [{ name: 'home', ipv4: '172.19.7.9', ipv6: null, mac: '02:42:ac:13:07:09', prefixLength: 20, gateway: '172.19.0.1' }],
  volumes: [{ name: 'data', source: '/var/lib/docker/volumes/data/_data', destination: '/data' }],
  logDriver: 'json-file',
  health: null,
};
const DEFINITION: TaskDefinition = {
  family: 'web',
  containerDefinitions: [container('main', 'web:1', { cpu: 256, restartPolicy: { enabled: true } })],
};

const about = (facts: Partial<ContainerFacts> = {}, definition: Partial<TaskDefinition> = {}, row: Partial<Task> = {}) => ({
  task: task(row),
  definition: { ...DEFINITION, ...definition },
  facts: new Map([['main', { ...FACTS, ...facts }]]),
});
const ofContainer = (facts: Partial<ContainerFacts> = {}, definition: Partial<TaskDefinition> = {}) =>
  containerMetadata(about(facts, definition), 'main', { ...FACTS, ...facts });

describe('the metadata of a container', () => {
  it('is what ECS tells of one', () => {
    const { id } = task();
    expect(ofContainer()).toEqual({
      DockerId: FACTS.id,
      Name: 'main',
      DockerName: 'longshore-web-1-main',
      Image: 'web:1',
      ImageID: 'sha256:1',
      Ports: [{ ContainerPort: 8080, Protocol: 'tcp', HostPort: 32_768, HostIp: '0.0.0.0' }],
      Labels: FACTS.labels,
      DesiredStatus: 'RUNNING',
      KnownStatus: 'RUNNING',
      Limits: { CPU: 256, Memory: 64 },
      CreatedAt: FACTS.createdAt,
      StartedAt: FACTS.startedAt,
      Type: 'NORMAL',
      Volumes: [{ DockerName: 'data', Source: '/var/lib/docker/volumes/data/_data', Destination: '/data' }],
      LogDriver: 'json-file',
      ContainerARN: `arn:aws:ecs:local:000000000000:container/default/${id}/main`,
      Networks: [{ NetworkMode: 'bridge', IPv4Addresses: ['172.19.7.9'] }],
      RestartCount: 0,
    });
  });

  it.each<readonly [what: string, facts: Partial<ContainerFacts>, definition: Partial<TaskDefinition>, told: object]>([
    ['one that has ended has an exit code', { state: 'exited', exitCode: 3 }, {}, { KnownStatus: 'STOPPED', ExitCode: 3 }],
    ['one that waits to be started is CREATED', { state: 'created' }, {}, { KnownStatus: 'CREATED' }],
    [
      'its health is in capitals',
      { health: { status: 'unhealthy', exitCode: 1, output: 'no' } },
      {},
      { Health: { status: 'UNHEALTHY', exitCode: 1, output: 'no' } },
    ],
    [
      'a health that is not known yet is UNKNOWN',
      { health: { status: 'starting', exitCode: null, output: '' } },
      {},
      { Health: { status: 'UNKNOWN' } },
    ],
    [
      'with an interface of its own its network has a subnet',
      {},
      { networkMode: 'awsvpc' },
      {
        Networks: [
          {
            NetworkMode: 'awsvpc',
            AttachmentIndex: 0,
            IPv4Addresses: ['172.19.7.9'],
            MACAddress: '02:42:ac:13:07:09',
            IPv4SubnetCIDRBlock: '172.19.0.0/20',
            SubnetGatewayIpv4Address: '172.19.0.1/20',
          },
        ],
      },
    ],
  ])('%s', (_, facts, definition, told) => expect(ofContainer(facts, definition)).toMatchObject(told));

  it.each<readonly [what: string, key: string, facts: Partial<ContainerFacts>]>([
    ['without ports', 'Ports', { ports: [] }],
    ['without volumes', 'Volumes', { volumes: [] }],
    ['without a network', 'Networks', { networks: [] }],
    ['without a check', 'Health', {}],
    ['that runs', 'FinishedAt', {}],
  ])('one %s has no %s', (_, key, facts) => expect(ofContainer(facts)).not.toHaveProperty(key));
});

describe('the metadata of a task', () => {
  it('names its service, family and containers', () => {
    const { id } = task();
    expect(taskMetadata(about({}, { cpu: '512', memory: '1 GB' }))).toMatchObject({
      Cluster: 'default',
      TaskARN: `arn:aws:ecs:local:000000000000:task/default/${id}`,
      Family: 'web',
      Revision: '1',
      DesiredStatus: 'RUNNING',
      KnownStatus: 'RUNNING',
      Limits: { CPU: 0.5, Memory: 1_024 },
      LaunchType: 'EC2',
      ServiceName: 'web',
      Containers: [{ Name: 'main' }],
    });
  });

  it.each<readonly [Task['lastStatus'], string]>([
    ['PENDING', 'CREATED'],
    ['RUNNING', 'RUNNING'],
    ['DEACTIVATING', 'RUNNING'],
    ['STOPPING', 'RUNNING'],
    ['STOPPED', 'STOPPED'],
  ])('one that is %s is known as %s', (lastStatus, known) =>
    expect(taskMetadata(about({}, {}, { lastStatus }))).toMatchObject({ KnownStatus: known }),
  );

  it('tells when its images were pulled, where one had to be', () => {
    const times = { pullStartedAt: Date.UTC(2026, 0, 1), pullStoppedAt: Date.UTC(2026, 0, 1, 0, 0, 9, 5) };
    const told = { PullStartedAt: '2026-01-01T00:00:00.000Z', PullStoppedAt: '2026-01-01T00:00:09.005Z' };
    expect(taskMetadata(about({}, {}, times))).toMatchObject(told);
    for (const key of Object.keys(told)) expect(taskMetadata(about())).not.toHaveProperty(key);
  });

  const FIRST = '2026-01-01T00:00:09Z';
  const ENDED = { state: 'exited', exitCode: 0, finishedAt: FIRST } as const;
  const OVER: Partial<Task> = { desiredStatus: 'STOPPED', lastStatus: 'STOPPING' };
  it.each<
    readonly [what: string, main: Partial<ContainerFacts>, side: Partial<ContainerFacts>, row: Partial<Task>, told: string | undefined]
  >([
    ['when its first essential container has ended', { ...ENDED, finishedAt: '2026-01-01T00:00:09.5Z' }, ENDED, OVER, FIRST],
    ['while others still run', ENDED, {}, OVER, FIRST],
    ['not while all of them run', {}, {}, OVER, undefined],
    ['not while a container that has ended may be started again', ENDED, {}, {}, undefined],
  ])('tells when it stopped: %s', (_, main, side, row, told) => {
    const others = [container('side', 'side:1'), container('aside', 'aside:1', { essential: false })];
    const definition = { ...DEFINITION, containerDefinitions: [...DEFINITION.containerDefinitions, ...others] };
    const names = ['main', 'side', 'aside'];
    const containers = names.map((name) => ({ name, pull: 'none' as const, exitCode: null, ports: [] }));
    const aside = { ...ENDED, finishedAt: '2026-01-01T00:00:01Z' };
    const facts = new Map(names.map((name, index) => [name, { ...FACTS, ...[main, side, aside][index] }]));
    expect(taskMetadata({ task: task({ ...row, containers }), definition, facts })['ExecutionStoppedAt']).toBe(told);
  });

  it('has no limits where its definition has none', () => expect(taskMetadata(about())).not.toHaveProperty('Limits'));

  it('is told without a definition, too: of a task that was adopted from its labels', () => {
    const { Containers, ...told } = taskMetadata({ ...about(), definition: null });
    expect(told).toMatchObject({ Family: 'web', Revision: '1' });
    expect(Containers).toMatchObject([{ Name: 'main', DockerId: FACTS.id }]);
  });
});
