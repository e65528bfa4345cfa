// The compose file that convert writes: what each field of ECS is called there, what is told to be lost, and that Compose's own reading accepts
// whatever comes out.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ContainerDefinition } from '../../../src/model/task/container-definition.ts';
import { Service } from '../../../src/model/service/service.ts';
import { TaskDefinition } from '../../../src/model/task/task-definition.ts';
import { composeFile } from '../../../src/manifest/write/compose.ts';
import { lossesOf } from '../../../src/manifest/write/notes.ts';
import { longshoreText } from '../../../src/manifest/write/longshore.ts';
import { load } from '../../../src/manifest/load.ts';
import { renderProblem } from '../../../src/manifest/render-problem.ts';
import { arbitraryOf } from '../../manifest/write/arbitrary.ts';
import { sourceFile } from '../../manifest/story.ts';

const SHAPES = {
  container: ContainerDefinition._zod.def.shape,
  task: TaskDefinition._zod.def.shape,
  service: Service._zod.def.shape,
} as const;

/** Up to three fields of an object, each with any value of its schema. */
function someFields(shape: Readonly<Record<string, Parameters<typeof arbitraryOf>[0]>>, fixed: readonly string[]): fc.Arbitrary<object> {
  const free = Object.keys(shape).filter((key) => !fixed.includes(key));
  return fc
    .subarray(free, { maxLength: 3 })
    .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, arbitraryOf(shape[key] as Parameters<typeof arbitraryOf>[0])]))));
}

/** Documents of a service that the rules let pass; null when they refuse it. */
function accepted(
  task: object,
  service: object,
  containers: readonly object[],
): readonly ReturnType<typeof load>['resources'][number][] | null {
  const definition = { kind: 'TaskDefinition', family: 'web', ...task, containerDefinitions: containers };
  const runs = { kind: 'Service', serviceName: 'web', taskDefinition: 'web', desiredCount: 1, ...service };
  const { resources, problems } = load(
    [sourceFile('x.yaml', [definition, runs].map((document) => stringify(document)).join('---\n'))],
    'x',
    {
      deploys: false,
    },
  );
  return problems.some(({ severity }) => severity === 'error') ? null : resources;
}

const composeText = (resources: Parameters<typeof composeFile>[0]): string => composeFile(resources).files[0]?.text ?? '';

describe('a compose file that was written', () => {
  it('of any service is read without an error, as what it was, and written again as the same text', () => {
    let shaped = 0;
    const any = fc.tuple(
      someFields(SHAPES.container, ['name', 'image', 'memory']),
      fc.option(someFields(SHAPES.container, ['name', 'image', 'memory'])),
      someFields(SHAPES.task, ['family', 'containerDefinitions']),
      someFields(SHAPES.service, ['serviceName', 'taskDefinition', 'desiredCount']),
    );
    fc.assert(
      fc.property(any, ([first, second, task, service]) => {
        const base = { image: 'app:1', memory: 64 };
        const side = second === null ? [] : [{ name: 'side', ...base, ...second }];
        const resources = accepted(task, service, [{ name: 'web', ...base, ...first }, ...side]);
        if (resources === null) return;
        shaped++;
        const { files, losses } = composeFile(resources);
        // two items of one name, which nothing that is laid over can tell apart
        if (losses.some(({ why }) => why.includes('comes out otherwise'))) return;
        const text = files[0]?.text ?? '';
        const { resources: again, problems } = load([sourceFile('compose.yaml', text)], 'x', { deploys: false });
        // no engine mounts twice at one path, whoever asks for it
        const errors = problems.filter(
          ({ severity, code }) => severity === 'error' && code !== 'duplicate-mount' && !code.startsWith('unknown-'),
        );
        expect(errors.map(renderProblem)).toEqual([]);
        expect(composeText(again)).toBe(text);
        const yaml = longshoreText(again);
        expect(composeText(load([sourceFile('x.yaml', yaml)], 'x', { deploys: false }).resources)).toBe(text);
      }),
      { seed: 1, numRuns: 40 },
    );
    expect(shaped).toBeGreaterThan(3);
  });

  it('says each field of ECS under the name that Compose has for it', () => {
    const resources = accepted(TASK, { desiredCount: 3 }, [APP]);
    expect(composeFile(resources ?? [])).toEqual({ files: [{ path: 'compose.yaml', text: COMPOSE }], losses: [] });
  });

  it('has a service for the container that Compose starts; Longshore finds the others beside it', () => {
    const { files, losses } = composeFile(
      accepted({}, {}, [
        { name: 'web', image: 'app:1', memory: 64, dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] },
        { name: 'db', image: 'db:1', memory: 64, healthCheck: { command: ['CMD', 'true'] } },
      ]) ?? [],
    );
    expect(losses).toEqual([{ what: 'Service default/web', why: 'Compose starts only the container web of its task' }]);
    expect(files[0]?.text.split('\n').slice(1).join('\n')).toBe(`services:
  web:
    image: app:1
    mem_limit: 64m
    stop_grace_period: 30s
    restart: always
    x-longshore:
      container:
        dependsOn:
          - containerName: db
            condition: HEALTHY
      taskDefinition:
        containerDefinitions:
          - name: db
            image: db:1
            memory: 64
            healthCheck:
              command:
                - CMD
                - "true"
`);
  });

  it.each<[what: string, documents: string, losses: readonly string[]]>([
    [
      'a kind',
      'kind: LoadBalancer\nname: edge\nlisteners: [{ port: 80, defaultActions: [{ type: forward, targetGroupArn: a }] }]\n',
      ['LoadBalancer edge: Compose has no load balancers; keep its document beside the file'],
    ],
    [
      'a service whose definition is not there',
      'kind: Service\nserviceName: a\ntaskDefinition: a\ndesiredCount: 1\n',
      ['Service default/a: its task definition is not converted with it'],
    ],
    [
      'a definition that nobody runs',
      'kind: TaskDefinition\nfamily: a\ncontainerDefinitions: [{ name: a, image: a, memory: 64 }]\n',
      ['TaskDefinition a: no service runs it, and Compose starts nothing else'],
    ],
  ])('tells what it leaves out, also as comments: %s', (_, documents, losses) => {
    const { resources } = load([sourceFile('x.yaml', documents)], 'x', { deploys: false });
    const made = composeFile(resources);
    expect(made.losses.map(({ what, why }) => `${what}: ${why}`)).toEqual(losses);
    const comments = made.files[0]?.text.split('\n').filter((line) => line.startsWith('#'));
    expect(comments).toEqual(losses.map((loss) => `# not carried: ${loss}`));
  });

  it('repeats what an earlier conversion has lost, once', () => {
    const text = '# not carried: TargetGroup edge: gone\nkind: TargetGroup\nname: edge\n';
    const { resources } = load([sourceFile('x.yaml', text)], 'x', { deploys: false });
    expect(longshoreText(resources)).toBe(text);
    expect(composeFile(resources).files[0]?.text).toBe(
      '# not carried: TargetGroup edge: gone\n# not carried: TargetGroup edge: Compose has no load balancers; keep its document beside the file\nservices: {}\n',
    );
  });
});

describe('what the reader of a compose file leaves out', () => {
  it('is a comment in every format, which stays when it is converted again', () => {
    const compose = 'services:\n  web:\n    image: app:1\n    container_name: fixed\n';
    const first = load([sourceFile('compose.yaml', compose)], 'x', { deploys: false });
    const losses = lossesOf(first.problems);
    expect(losses).toMatchObject([{ what: 'compose.yaml', why: expect.stringContaining('container_name') }]);
    const yaml = longshoreText(first.resources, losses);
    const text = composeFile(first.resources, losses).files[0]?.text ?? '';
    expect(yaml).toMatch(/^# not carried: compose.yaml: container_name of service "web" is left out/);
    const again = load([sourceFile('compose.yaml', text)], 'x', { deploys: false });
    // ECS's own time to stop, which the compose file has to say
    const back = longshoreText(again.resources).replace('    stopTimeout: 30\n', '');
    expect([lossesOf(again.problems), composeText(again.resources), back]).toEqual([[], text, yaml]);
  });
});

const TASK = {
  pidMode: 'host',
  volumes: [
    { name: 'data', dockerVolumeConfiguration: { scope: 'shared', autoprovision: true, driver: 'local', labels: { a: 'b' } } },
    { name: 'there', dockerVolumeConfiguration: { scope: 'shared' } },
    { name: 'logs', host: { sourcePath: '/var/log' } },
    { name: 'scratch' },
  ],
  'x-longshore': { networks: [{ name: 'back', internal: true, subnets: ['10.0.0.0/24'] }] },
};

const APP = {
  name: 'web',
  image: 'app:1',
  cpu: 256,
  memory: 64,
  memoryReservation: 32,
  stopTimeout: 5,
  entryPoint: ['/init'],
  command: ['sh', '-c', 'echo $HOME'],
  workingDirectory: '/srv',
  environment: [{ name: 'PRICE', value: '$5' }],
  user: '1000:1000',
  readonlyRootFilesystem: true,
  mountPoints: [
    { sourceVolume: 'data', containerPath: '/data' },
    { sourceVolume: 'there', containerPath: '/there', 'x-longshore': { noCopy: true } },
    { sourceVolume: 'logs', containerPath: '/logs', readOnly: true },
    { sourceVolume: 'scratch', containerPath: '/scratch' },
  ],
  portMappings: [
    { containerPort: 80, hostPort: 8080 },
    { containerPort: 22, hostPort: 22 },
    { containerPort: 53, hostPort: 53, protocol: 'udp', 'x-longshore': { hostIp: '127.0.0.1' } },
    { containerPort: 9000, name: 'admin' },
    { containerPortRange: '7000-7001' },
  ],
  hostname: 'box',
  dnsServers: ['10.0.0.2'],
  extraHosts: [{ hostname: 'db', ipAddress: '10.0.0.5' }],
  healthCheck: { command: ['CMD-SHELL', 'curl -f localhost'], interval: 10, timeout: 3, retries: 2, 'x-longshore': { startInterval: 0.5 } },
  logConfiguration: { logDriver: 'json-file', options: { 'max-size': '10m' } },
  linuxParameters: {
    capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
    devices: [{ hostPath: '/dev/fuse', permissions: ['read', 'write'] }],
    initProcessEnabled: true,
    sharedMemorySize: 128,
    tmpfs: [{ containerPath: '/run', size: 16, mountOptions: ['noexec'] }],
    maxSwap: 64,
    swappiness: 10,
  },
  ulimits: [{ name: 'nofile', softLimit: 1024, hardLimit: 2048 }],
  systemControls: [{ namespace: 'net.core.somaxconn', value: '512' }],
  interactive: true,
  pseudoTerminal: true,
  dockerLabels: { team: 'shop' },
  dockerSecurityOptions: ['no-new-privileges'],
  'x-longshore': {
    cpus: 0.5,
    groupAdd: ['adm'],
    networks: [{ name: 'back', aliases: ['api'] }],
    pidsLimit: 100,
    platform: 'linux/arm64',
    postStart: [{ command: ['warm'], workingDirectory: '/srv' }],
    pullPolicy: 'always',
    stopSignal: 'SIGINT',
    tmpfs: [{ containerPath: '/tmp' }],
  },
};

const COMPOSE = `services:
  web:
    image: app:1
    entrypoint:
      - /init
    command:
      - sh
      - -c
      - echo $$HOME
    working_dir: /srv
    user: 1000:1000
    environment:
      PRICE: $$5
    ports:
      - 8080:80
      - "22:22"
      - 127.0.0.1:53:53/udp
      - name: admin
        target: 9000
      - "7000"
      - "7001"
    healthcheck:
      test: curl -f localhost
      interval: 10s
      timeout: 3s
      retries: 2
      start_interval: 0.5s
    hostname: box
    extra_hosts:
      db: 10.0.0.5
    dns:
      - 10.0.0.2
    cpu_shares: 256
    mem_limit: 64m
    mem_reservation: 32m
    stop_grace_period: 5s
    read_only: true
    stdin_open: true
    tty: true
    labels:
      team: shop
    logging:
      driver: json-file
      options:
        max-size: 10m
    ulimits:
      nofile:
        soft: 1024
        hard: 2048
    sysctls:
      net.core.somaxconn: "512"
    cap_add:
      - NET_ADMIN
    cap_drop:
      - ALL
    devices:
      - source: /dev/fuse
        permissions: rw
    init: true
    shm_size: 128m
    tmpfs:
      - /run:size=16m,noexec
      - /tmp
    memswap_limit: 128m
    mem_swappiness: 10
    cpus: 0.5
    group_add:
      - adm
    pids_limit: 100
    platform: linux/arm64
    post_start:
      - command:
          - warm
        working_dir: /srv
    pull_policy: always
    stop_signal: SIGINT
    security_opt:
      - no-new-privileges
    restart: always
    pid: host
    networks:
      back:
        aliases:
          - api
    volumes:
      - data:/data
      - type: volume
        source: there
        target: /there
        volume:
          nocopy: true
      - /var/log:/logs:ro
      - /scratch
    deploy:
      replicas: 3
    x-longshore:
      container:
        portMappings:
          - containerPort: 80
            hostPort: 8080
          - containerPort: 22
            hostPort: 22
          - containerPort: 53
            hostPort: 53
            protocol: udp
            x-longshore:
              hostIp: 127.0.0.1
          - containerPort: 9000
            name: admin
          - containerPortRange: 7000-7001
        linuxParameters:
          tmpfs:
            - containerPath: /run
              size: 16
              mountOptions:
                - noexec
          maxSwap: 64
        x-longshore:
          networks:
            - name: back
              aliases:
                - api
          tmpfs:
            - containerPath: /tmp
          memorySwap: null
      service:
        deploymentConfiguration: null
volumes:
  data:
    labels:
      a: b
  there:
    external: true
networks:
  back:
    internal: true
    ipam:
      config:
        - subnet: 10.0.0.0/24
`;
