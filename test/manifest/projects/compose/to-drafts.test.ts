// What each key of a compose service becomes: one row is one key, as a person would write it, and what stands in the task definition or the
// service for it. The table of docs/from-compose.md names the same keys.
import { describe, expect, it } from 'vitest';
import { ELSEWHERE } from '../../../../src/manifest/projects/compose/to-drafts.ts';
import { FIELDS } from '../../../../src/manifest/projects/compose/to-fields.ts';
import { composeFile } from '../../../../src/manifest/write/compose.ts';
import { load } from '../../../../src/manifest/load.ts';
import { sourceFile } from '../../story.ts';
import type { Loaded } from '../../../../src/manifest/load.ts';

interface Made {
  readonly family: string;
  readonly containerDefinitions: readonly Record<string, unknown>[];
}

function loaded(service: string, rest = '', path = 'compose.yaml'): Loaded {
  const lines = service.split('\n').map((line) => `    ${line}`);
  return load([sourceFile(path, `services:\n  web:\n    image: nginx:1.27\n${lines.join('\n')}\n${rest}`)], 'x', { deploys: false });
}

const specOf = ({ resources }: Loaded, kind: string): unknown => resources.find((resource) => resource.kind === kind)?.spec;
const containerOf = (made: Loaded): unknown => (specOf(made, 'TaskDefinition') as Made | undefined)?.containerDefinitions[0];
const codesOf = ({ problems }: Loaded): string[] => problems.map(({ code }) => code);

/** What was made, written as a compose file again. */
const rewritten = ({ resources }: Loaded): string => composeFile(resources).files[0]?.text ?? '';

describe('a key of a compose service in the container definition', () => {
  it.each([
    ['command: nginx -g "daemon off;"', { command: ['nginx', '-g', 'daemon off;'] }],
    ['entrypoint: [/run, --now]', { entryPoint: ['/run', '--now'] }],
    ['entrypoint: []', { 'x-longshore': { noEntryPoint: true } }],
    ['entrypoint: ""\ncommand: [run]', { command: ['run'], 'x-longshore': { noEntryPoint: true } }],
    [
      'environment: { A: 1, B: "" }',
      {
        environment: [
          { name: 'A', value: '1' },
          { name: 'B', value: '' },
        ],
      },
    ],
    [
      'ports: ["8080:80", "53:53/udp", "9000"]',
      {
        portMappings: [
          { containerPort: 80, hostPort: 8080 },
          { containerPort: 53, hostPort: 53, protocol: 'udp' },
          { containerPort: 9000 },
        ],
      },
    ],
    // What variables that are not set leave behind.
    [
      'ports: [{ target: 80, published: "", host_ip: "", protocol: "" }]\nlogging: { driver: "" }',
      { portMappings: [{ containerPort: 80 }] },
    ],
    ['ports: ["127.0.0.1:8080:80"]', { portMappings: [{ containerPort: 80, hostPort: 8080, 'x-longshore': { hostIp: '127.0.0.1' } }] }],
    [
      'healthcheck: { test: curl -f localhost, interval: 10s, timeout: 1s, retries: 20, start_period: 1m }',
      {
        healthCheck: {
          command: ['CMD-SHELL', 'curl -f localhost'],
          interval: 10,
          startPeriod: 60,
          'x-longshore': { timeout: 1, retries: 20 },
        },
      },
    ],
    ['mem_limit: 300m\nmem_reservation: 100k', { memory: 300, memoryReservation: 4 }],
    [
      'deploy: { resources: { limits: { memory: 1g, cpus: 0.5 }, reservations: { cpus: 0.25 } } }',
      { memory: 1024, cpu: 256, 'x-longshore': { cpus: 0.5 } },
    ],
    ['cap_add: [CAP_NET_ADMIN]\ncap_drop: [all]', { linuxParameters: { capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } } }],
    [
      'devices: ["/dev/fuse:/dev/fuse:rw"]',
      { linuxParameters: { devices: [{ hostPath: '/dev/fuse', containerPath: '/dev/fuse', permissions: ['read', 'write'] }] } },
    ],
    ['init: true\nshm_size: 64m', { linuxParameters: { initProcessEnabled: true, sharedMemorySize: 64 } }],
    ['ulimits: { nofile: 1024 }', { ulimits: [{ name: 'nofile', softLimit: 1024, hardLimit: 1024 }] }],
    ['sysctls: { net.core.somaxconn: 1024 }', { systemControls: [{ namespace: 'net.core.somaxconn', value: '1024' }] }],
    ['extra_hosts: ["db:10.0.0.5"]', { extraHosts: [{ hostname: 'db', ipAddress: '10.0.0.5' }] }],
    ['stop_grace_period: 1m30s\nstop_signal: SIGQUIT', { stopTimeout: 90, 'x-longshore': { stopSignal: 'SIGQUIT' } }],
    ['mem_swappiness: -1', {}],
    ['tty: true\nstdin_open: true', { pseudoTerminal: true, interactive: true }],
    [
      'user: "1000:1000"\nworking_dir: /app\nhostname: w\nread_only: true\nprivileged: true',
      { user: '1000:1000', workingDirectory: '/app', hostname: 'w', readonlyRootFilesystem: true, privileged: true },
    ],
    ['labels: [team=shop]', { dockerLabels: { team: 'shop' } }],
    [
      'logging: { driver: json-file, options: { max-size: 10m } }',
      { logConfiguration: { logDriver: 'json-file', options: { 'max-size': '10m' } } },
    ],
    ['logging: { driver: local }', { 'x-longshore': { logging: { driver: 'local' } } }],
    [
      'security_opt: ["no-new-privileges:true", "seccomp:unconfined"]',
      { dockerSecurityOptions: ['no-new-privileges'], 'x-longshore': { securityOptions: ['seccomp:unconfined'] } },
    ],
    ['tmpfs: /run:size=64m', { 'x-longshore': { tmpfs: [{ containerPath: '/run', options: ['size=64m'] }] } }],
    ['deploy: { resources: { reservations: { devices: [{ capabilities: [gpu], count: 1 }] } } }', {}],
    ['gpus: all', { resourceRequirements: [{ type: 'GPU', value: 'ALL' }] }],
    ['volumes: ["/srv/data:/data:ro"]', { mountPoints: [{ sourceVolume: 'bind-0', containerPath: '/data', readOnly: true }] }],
  ])('%s', (service, expected) => {
    const made = loaded(service);
    expect(made.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(containerOf(made)).toMatchObject(expected);
  });

  it('has no limit of memory when Compose has none, and that can be deployed', () => {
    const { desired } = load([sourceFile('compose.yaml', 'services:\n  web:\n    image: nginx:1.27\n    ports: ["8080:80"]\n')], 'x');
    expect([...(desired?.services.keys() ?? [])]).toEqual(['default/web']);
  });

  it('has the entry point of its image where none is written, and none where that is empty', () => {
    expect(containerOf(loaded('entrypoint:'))).toEqual(containerOf(loaded('restart: always')));
    expect(rewritten(loaded('entrypoint: ""'))).toContain('entrypoint: []\n');
  });

  it('is switched off where its health check is', () => {
    expect(containerOf(loaded('healthcheck: { disable: true }'))).not.toHaveProperty('healthCheck');
  });
});

describe('a key of a compose service in the service', () => {
  it.each([
    ['deploy: { replicas: 3 }', { desiredCount: 3 }],
    ['scale: 2', { desiredCount: 2 }],
    ['deploy: { mode: global }', { schedulingStrategy: 'DAEMON' }],
    ['ports: ["8080:80"]', { desiredCount: 1, deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 } }],
    [
      'ports: ["8080:80"]\ndeploy: { update_config: { order: start-first } }',
      { deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 } },
    ],
    [
      'deploy: { replicas: 4, update_config: { parallelism: 1, order: stop-first, failure_action: rollback } }',
      {
        deploymentConfiguration: {
          minimumHealthyPercent: 75,
          maximumPercent: 100,
          deploymentCircuitBreaker: { enable: true, rollback: true },
        },
      },
    ],
    [
      'deploy: { placement: { constraints: ["node.labels.disk == ssd"], max_replicas_per_node: 1 } }',
      { placementConstraints: [{ type: 'memberOf', expression: 'attribute:disk == ssd' }, { type: 'distinctInstance' }] },
    ],
    ['x-longshore: { service: { healthCheckGracePeriodSeconds: 9 } }', { healthCheckGracePeriodSeconds: 9 }],
  ])('%s', (service, expected) => {
    const made = loaded(service);
    expect(made.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(specOf(made, 'Service')).toMatchObject(expected);
  });

  it('a service that may run beside itself is replaced as in ECS: new tasks first', () => {
    expect(specOf(loaded('restart: always'), 'Service')).not.toHaveProperty('deploymentConfiguration');
  });
});

describe('a compose project', () => {
  it('gives its name to what it declares, or that of its folder', () => {
    expect(specOf(loaded('restart: always', 'name: shop\n'), 'Service')).toMatchObject({
      serviceName: 'shop-web',
      taskDefinition: 'shop-web',
    });
    expect(specOf(loaded('restart: always', '', 'apps/Shop/compose.yaml'), 'Service')).toMatchObject({ serviceName: 'shop-web' });
    expect(specOf(loaded('restart: always'), 'Service')).toMatchObject({ serviceName: 'web' });
  });

  it('shares its named volumes under the name that Compose gives them', () => {
    const made = loaded('volumes: ["data:/data"]', 'name: shop\nvolumes: { data: {} }\n');
    expect(specOf(made, 'TaskDefinition')).toMatchObject({
      volumes: [{ name: 'shop_data', dockerVolumeConfiguration: { scope: 'shared', autoprovision: true } }],
    });
  });

  it('keeps the names that volumes have on the engine, and calls two of them differently where ECS has no dots', () => {
    const mounts = 'volumes: ["a.b:/a", "a-b:/b", "a.b:/c"]';
    const made = loaded(mounts, 'name: shop\nvolumes: { a.b: {}, a-b: {} }\n');
    expect(codesOf(made)).toEqual([]);
    const configuration = { scope: 'shared', autoprovision: true };
    expect(specOf(made, 'TaskDefinition')).toMatchObject({
      volumes: [
        { name: 'shop_a-b', dockerVolumeConfiguration: { ...configuration, 'x-longshore': { name: 'shop_a.b' } } },
        { name: 'shop_a-b-2', dockerVolumeConfiguration: { ...configuration, 'x-longshore': { name: 'shop_a-b' } } },
      ],
    });
    expect(containerOf(made)).toMatchObject({
      mountPoints: [{ sourceVolume: 'shop_a-b' }, { sourceVolume: 'shop_a-b-2' }, { sourceVolume: 'shop_a-b' }],
    });
    expect(rewritten(made)).toContain(`volumes:\n      - a.b:/a\n      - a-b:/b\n      - a.b:/c\nvolumes:\n  a.b: null\n  a-b: null\n`);
  });

  it('shares the namespaces of the instance', () => {
    expect(specOf(loaded('pid: host\nipc: host'), 'TaskDefinition')).toMatchObject({ pidMode: 'host', ipcMode: 'host' });
    expect(codesOf(loaded('pid: host\nipc: host'))).toEqual([]);
    expect(codesOf(loaded('ipc: private'))).toEqual([]);
    expect(containerOf(loaded('ipc: shareable'))).toMatchObject({ 'x-longshore': { ipcMode: 'shareable' } });
    expect(codesOf(loaded('ipc: shareable'))).toEqual([]);
    expect(codesOf(loaded('ipc: "container:other"\npid: "container:db"'))).toEqual(['not-deployed-yet', 'not-deployed-yet']);
    expect(rewritten(loaded('pid: host\nipc: none'))).toContain('pid: host\n    ipc: none\n');
  });

  it('lets its services find each other by their names', () => {
    const made = loaded('depends_on: [db]', '  db:\n    image: postgres:17\nname: shop\n');
    expect(containerOf(made)).toMatchObject({ 'x-longshore': { networks: [{ name: 'shop_default', aliases: ['web'] }] } });
    expect(specOf(made, 'Service')).toMatchObject({ 'x-longshore': { dependsOn: [{ serviceName: 'shop-db', condition: 'STARTED' }] } });
  });

  it('puts the text of its configs into the definition, and asks for its secrets by name', () => {
    const project = 'services:\n  web:\n    image: a:1\n    configs: [rules]\n    secrets: [{ source: key, mode: 0400 }, far]\n';
    const things = 'configs: { rules: { file: ./rules.yml } }\nsecrets: { key: { file: ./key.json }, far: { file: ~/far } }\n';
    const files = [
      sourceFile('shop/compose.yaml', project + things),
      sourceFile('shop/rules.yml', 'groups: []\n'),
      sourceFile('shop/key.json', '7'),
    ];
    const made = load(files, 'x', { deploys: false });
    expect(codesOf(made).filter((code) => code !== 'not-deployed-yet')).toEqual(['compose-otherwise', 'compose-otherwise']);
    expect(containerOf(made)).toMatchObject({
      'x-longshore': {
        files: [
          { containerPath: '/run/secrets/key', valueFrom: 'key', mode: '0400' },
          { containerPath: '/run/secrets/far', valueFrom: 'far' },
          { containerPath: '/rules', content: 'groups: []\n' },
        ],
      },
    });
    expect(JSON.stringify(made.problems)).not.toContain('groups');
  });

  it('gives services the names of their aliases and of links to them', () => {
    const made = loaded(
      'links: ["db:database", "db"]\nnetworks: { default: {}, back: { aliases: [front], gw_priority: 2 } }',
      '  db:\n    image: postgres:17\n  other:\n    image: a:1\n    links: ["db:database"]\n    networks: [back]\nname: shop\nnetworks: { back: {} }\n',
    );
    const networksOf = (name: string): unknown => {
      const found = made.resources.find(({ kind, identity }) => kind === 'TaskDefinition' && identity === name)?.spec as Made | undefined;
      return (found?.containerDefinitions[0]?.['x-longshore'] as { networks?: unknown } | undefined)?.networks;
    };
    expect(networksOf('shop-web')).toEqual([
      { name: 'shop_default', aliases: ['web'] },
      { name: 'shop_back', aliases: ['web', 'front'], priority: 2 },
    ]);
    expect(networksOf('shop-db')).toEqual([{ name: 'shop_default', aliases: ['db', 'database'] }]);
    expect(rewritten(made)).toContain('networks:\n      default:\n        aliases:\n          - database\n');
  });

  it('lets a service be found by the name of its container, unless another one has it', () => {
    const found = (name: string): unknown => containerOf(loaded(`container_name: ${name}`, '  db:\n    image: postgres:17\n'));
    expect(found('shop_web')).toMatchObject({ 'x-longshore': { networks: [{ name: 'longshore_default', aliases: ['web', 'shop_web'] }] } });
    expect(found('db')).toMatchObject({ 'x-longshore': { networks: [{ name: 'longshore_default', aliases: ['web'] }] } });
    expect(found('web')).toMatchObject({ 'x-longshore': { networks: [{ name: 'longshore_default', aliases: ['web'] }] } });
  });

  it('does not give away a name that leads somewhere else already', () => {
    const told = (service: string, rest: string): string[] =>
      loaded(service, rest).problems.flatMap(({ message }) => (message.includes('dependsOn') ? [] : [message]));
    const rest = '  db:\n    image: postgres:17\n  api:\n    image: a:1\n    links: ["web:data"]\n';
    expect(told('links: ["db:database"]', rest)).toEqual([]);
    expect(told('links: ["db:api"]', rest)).toEqual([
      'links of service "web" is not deployed yet: here all services find a name, and "api" leads to "api"',
    ]);
    expect(told('links: ["db:data"]', rest)).toEqual([
      'links of service "api" is not deployed yet: here all services find a name, and "data" leads to "db"',
    ]);
    expect(told('network_mode: host\nlinks: ["db:x"]', rest)).toContain(
      'links of service "web" is left out: with network_mode host no names are found',
    );
  });

  it('makes its networks with their subnets, also the one that nobody names, and tells what else is said of addresses', () => {
    const made = loaded(
      'restart: always',
      'networks: { default: { internal: true, ipam: { driver: default, config: [{ subnet: 10.9.0.0/24, gateway: 10.9.0.5 }] } } }\nname: shop\n',
    );
    expect(specOf(made, 'TaskDefinition')).toMatchObject({
      'x-longshore': { networks: [{ name: 'shop_default', internal: true, subnets: ['10.9.0.0/24'] }] },
    });
    expect(containerOf(made)).toMatchObject({ 'x-longshore': { networks: [{ name: 'shop_default', aliases: ['web'] }] } });
    expect(codesOf(made)).toEqual(['compose-otherwise']);
    expect(rewritten(made)).toContain(
      'networks:\n  default:\n    internal: true\n    ipam:\n      config:\n        - subnet: 10.9.0.0/24\n',
    );
    const shared = loaded('restart: always', 'networks: { default: { external: true, name: proxy } }\n');
    expect(containerOf(shared)).toMatchObject({ 'x-longshore': { networks: [{ name: 'proxy', aliases: ['web'] }] } });
    expect(
      codesOf(loaded('networks: { default: { driver_opts: { a: b }, link_local_ips: [169.254.1.1], interface_name: eth9 } }')),
    ).toEqual(['not-deployed-yet', 'not-deployed-yet', 'compose-left-out']);
    expect(codesOf(loaded('restart: always', 'networks: { default: { ipam: { driver: dhcp, options: { a: b } } } }\n'))).toEqual([
      'not-deployed-yet',
      'compose-otherwise',
    ]);
  });

  it('takes a network that is there by its own name', () => {
    const made = loaded('networks: [edge]', 'name: shop\nnetworks: { edge: { external: true } }\n');
    expect(containerOf(made)).toMatchObject({ 'x-longshore': { networks: [{ name: 'edge' }] } });
  });

  it('without a name does not ask for networks that no engine makes', () => {
    const made = loaded('networks: [default, bridge, back]', 'networks: { bridge: {}, back: {} }\n');
    const names = [{ name: 'longshore_default' }, { name: 'longshore_bridge' }, { name: 'back' }];
    expect(containerOf(made)).toMatchObject({ 'x-longshore': { networks: names } });
    expect(rewritten(made)).toContain('networks:\n      default: null\n      longshore_bridge: null\n      back: null\n');
    const there = loaded('networks: [bridge]', 'networks: { bridge: { external: true } }\n');
    expect(containerOf(there)).toMatchObject({ 'x-longshore': { networks: [{ name: 'bridge' }] } });
    expect(rewritten(there)).toContain('networks:\n  bridge:\n    name: bridge\n    external: true\n');
  });

  it('has the MAC address of the service on the network that it is created with', () => {
    const mac = '02:42:ac:11:65:43';
    const networks = (service: string): unknown =>
      containerOf(loaded(`mac_address: ${mac}\n${service}`, 'networks: { back: {}, front: {} }\n'));
    expect(networks('restart: always')).toMatchObject({ 'x-longshore': { networks: [{ name: 'longshore_default', macAddress: mac }] } });
    expect(networks('networks: { back: {}, front: { priority: 5 } }')).toMatchObject({
      'x-longshore': {
        networks: [
          { name: 'back', aliases: ['web'] },
          { name: 'front', macAddress: mac },
        ],
      },
    });
    expect(codesOf(loaded(`mac_address: ${mac}\nnetwork_mode: host`))).toEqual(['compose-left-out']);
  });

  it('takes a network that network_mode names as it is there', () => {
    const made = loaded('network_mode: back_default', 'name: shop\n');
    expect(codesOf(made)).toEqual([]);
    expect(containerOf(made)).toMatchObject({ 'x-longshore': { networks: [{ name: 'back_default', aliases: ['web'] }] } });
    expect(specOf(made, 'TaskDefinition')).toMatchObject({ 'x-longshore': { networks: [{ name: 'back_default', external: true }] } });
    expect(rewritten(made)).toContain(
      'networks:\n      back_default: null\nnetworks:\n  back_default:\n    name: back_default\n    external: true\n',
    );
  });

  it('says what it does not carry', () => {
    expect(codesOf(loaded('container_name: web1'))).toEqual(['compose-left-out']);
    expect(codesOf(loaded('restart: "no"'))).toEqual(['compose-otherwise']);
    expect(codesOf(loaded('network_mode: "container:x"'))).toEqual(['not-deployed-yet']);
    expect(codesOf(loaded('x-longshore: { services: { desiredCount: 2 } }'))).toEqual(['unknown-key']);
    expect(codesOf(loaded('restart: always', 'x-longshore: { clustr: blue }\n'))).toEqual(['unknown-key']);
    expect(codesOf(loaded('healthcheck: { interval: 10s }'))).toEqual(['compose-left-out']);
    expect(codesOf(loaded('cpus: 0'))).toEqual([]);
    expect(codesOf(loaded('deploy: { endpoint_mode: vip, update_config: { delay: 10s } }'))).toEqual([
      'compose-left-out',
      'compose-left-out',
    ]);
    expect(codesOf(loaded('deploy: { resources: { reservations: { devices: [{ capabilities: [gpu] }] } } }'))).toEqual([
      'not-deployed-yet',
    ]);
  });

  it('waits for an image whose variable is not set', () => {
    const { problems, desired } = load([sourceFile('compose.yaml', 'services:\n  web:\n    image: app:${TAG}\n')], 'x', { deploys: false });
    expect(problems.map(({ code }) => code).sort()).toEqual(['image-placeholder', 'variable-unset']);
    expect(desired).not.toBeNull();
  });

  it('has a table line or a file for every key', () => {
    expect([...ELSEWHERE].filter((key) => Object.hasOwn(FIELDS, key))).toEqual([]);
    expect(Object.keys(FIELDS).length).toBeGreaterThan(60);
  });
});
