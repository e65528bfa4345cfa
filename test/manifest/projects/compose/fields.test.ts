// Every field of a service in its short forms: one row is what is written and what it means.
import { describe, expect, it } from 'vitest';
import { toldOf, webOf } from './project.ts';

const TOP =
  'volumes: { data: }\nnetworks: { front: , back: }\nsecrets: { key: { file: ./key } }\nconfigs: { site: { content: x } }\nmodels: { llm: { model: m } }\n';

const READ: readonly (readonly [written: string, field: string, wanted: unknown])[] = [
  ['command: nginx -g "daemon off;"', 'command', ['nginx', '-g', 'daemon off;']],
  ['command: [a, b c]', 'command', ['a', 'b c']],
  ['command: []', 'command', []],
  ['command: ""', 'command', []],
  ['command:', 'command', undefined],
  [
    'environment: { A: 1, B: true, C: "x", D: 1.50, E: 0755, F: 12345678901234567890, G: yes, H: 0.00001 }',
    'environment',
    {
      A: '1',
      B: 'true',
      C: 'x',
      D: '1.5',
      E: '493',
      F: '12345678901234567890',
      G: 'yes',
      H: '1e-05',
    },
  ],
  ['environment: ["A=1", "B=x=y", "C="]', 'environment', { A: '1', B: 'x=y', C: '' }],
  ['labels: { a: , b: 2 }', 'labels', { a: '', b: '2' }],
  ['labels: ["a", "b=2"]', 'labels', { a: '', b: '2' }],
  [
    'ports: ["8080:80", 443, "53:53/udp"]',
    'ports',
    [{ target: 80, published: 8_080 }, { target: 443 }, { target: 53, published: 53, protocol: 'udp' }],
  ],
  [
    'ports: [{ target: "80", published: "8080-8090", protocol: TCP, mode: host, host_ip: 10.0.0.1 }]',
    'ports',
    [{ target: 80, published: 8_080, published_end: 8_090, protocol: 'tcp', mode: 'host', host_ip: '10.0.0.1' }],
  ],
  ['ports: ["80:80", "80:80"]', 'ports', [{ target: 80, published: 80 }]],
  ['expose: [3000, "4000-4005/udp"]', 'expose', ['3000', '4000-4005/udp']],
  [
    'volumes: ["data:/data:ro", "./conf:/conf", /cache]',
    'volumes',
    [
      { type: 'volume', source: 'data', target: '/data', read_only: true },
      { type: 'bind', source: './conf', target: '/conf' },
      { type: 'volume', target: '/cache' },
    ],
  ],
  [
    'volumes: [{ type: tmpfs, target: /t/, tmpfs: { size: 64m, mode: "1777" } }]',
    'volumes',
    [{ type: 'tmpfs', target: '/t', tmpfs: { size: 67_108_864, mode: 1_023 } }],
  ],
  [
    'volumes: [{ type: bind, source: conf, target: /conf, bind: { create_host_path: false } }]',
    'volumes',
    [{ type: 'bind', source: './conf', target: '/conf', bind: { create_host_path: false } }],
  ],
  [
    'volumes: ["data:/data:z", "./a:/a:rslave"]',
    'volumes',
    [
      { type: 'volume', source: 'data', target: '/data', bind: { selinux: 'z' } },
      { type: 'bind', source: './a', target: '/a', bind: { propagation: 'rslave' } },
    ],
  ],
  ['tmpfs: /run', 'tmpfs', ['/run']],
  [
    'healthcheck: { test: curl -f localhost || exit 1, interval: 1m30s, timeout: 500ms, retries: "3" }',
    'healthcheck',
    {
      test: ['CMD-SHELL', 'curl -f localhost || exit 1'],
      interval: 90,
      timeout: 0.5,
      retries: 3,
    },
  ],
  ['healthcheck: { disable: yes }', 'healthcheck', { disable: true }],
  ['networks: [front, back]', 'networks', { front: {}, back: {} }],
  [
    'networks: { front: , back: { aliases: [www], ipv4_address: 10.0.0.9, priority: 5 } }',
    'networks',
    {
      front: {},
      back: { aliases: ['www'], ipv4_address: '10.0.0.9', priority: 5 },
    },
  ],
  ['secrets: [key, { source: key, target: /k, mode: 0440 }]', 'secrets', [{ source: 'key' }, { source: 'key', target: '/k', mode: 288 }]],
  [
    'configs: [{ source: site, target: /etc/site, mode: "0440", uid: "1" }]',
    'configs',
    [{ source: 'site', target: '/etc/site', mode: 288, uid: '1' }],
  ],
  ['models: [llm]', 'models', { llm: {} }],
  [
    'ulimits: { nofile: 1024, nproc: { soft: 1, hard: "2" } }',
    'ulimits',
    { nofile: { soft: 1_024, hard: 1_024 }, nproc: { soft: 1, hard: 2 } },
  ],
  [
    'extra_hosts: ["db:10.0.0.1", "db=10.0.0.2", "v6:::1", "v=[::1]"]',
    'extra_hosts',
    {
      db: ['10.0.0.1', '10.0.0.2'],
      v6: ['::1'],
      v: ['::1'],
    },
  ],
  ['extra_hosts: { db: 10.0.0.1, two: [10.0.0.2, 10.0.0.3] }', 'extra_hosts', { db: ['10.0.0.1'], two: ['10.0.0.2', '10.0.0.3'] }],
  ['devices: ["/dev/a", "/dev/a:/dev/b:r"]', 'devices', [{ source: '/dev/a' }, { source: '/dev/a', target: '/dev/b', permissions: 'r' }]],
  ['gpus: all', 'gpus', [{ count: -1 }]],
  ['gpus: [{ driver: nvidia, count: 2 }]', 'gpus', [{ driver: 'nvidia', count: 2 }]],
  ['mem_limit: 512m', 'mem_limit', 536_870_912],
  ['memswap_limit: -1', 'memswap_limit', -1],
  ['shm_size: 67108864', 'shm_size', 67_108_864],
  ['cpus: "0.5"', 'cpus', 0.5],
  ['stop_grace_period: 1m', 'stop_grace_period', 60],
  ['init: "yes"', 'init', true],
  ['restart: on-failure:3', 'restart', 'on-failure:3'],
  ['restart: no', 'restart', 'no'],
  ['restart: any', 'restart', 'always'],
  ['dns: 8.8.8.8', 'dns', ['8.8.8.8']],
  ['sysctls: ["net.core.somaxconn=1024"]', 'sysctls', { 'net.core.somaxconn': '1024' }],
  [
    'logging: { driver: json-file, options: { max-size: 10m, max-file: 3 } }',
    'logging',
    {
      driver: 'json-file',
      options: { 'max-size': '10m', 'max-file': '3' },
    },
  ],
  ['group_add: [staff, 10]', 'group_add', ['staff', '10']],
  ['build: ./app', 'build', { context: './app' }],
  ['build: { context: https://example.com/app.git, args: [A=1] }', 'build', { context: 'https://example.com/app.git', args: { A: '1' } }],
  ['deploy:', 'deploy', {}],
  [
    'deploy: { replicas: "2", resources: { limits: { cpus: "0.5", memory: 64M, pids: 10 } }, update_config: { delay: 10s, order: start-first } }',
    'deploy',
    {
      replicas: 2,
      resources: { limits: { cpus: 0.5, memory: 67_108_864, pids: 10 } },
      update_config: { delay: 10, order: 'start-first' },
    },
  ],
  [
    'post_start: [{ command: ./ready.sh, user: root, environment: [A=1] }]',
    'post_start',
    [{ command: ['./ready.sh'], user: 'root', environment: { A: '1' } }],
  ],
  ['x-mine: { anything: goes }', 'x-mine', undefined],
  ['x-longshore: { schedulingStrategy: DAEMON }', 'x-longshore', { schedulingStrategy: 'DAEMON' }],
  ['use_api_socket: true', 'use_api_socket', true],
  ['storage_opt: { size: 10G }', 'storage_opt', { size: '10G' }],
];

describe('a field of a service', () => {
  it.for(READ)('%s', ([written, field, wanted]) => {
    const read = webOf(written, TOP);
    expect(toldOf(read).filter((line) => !line.endsWith('build-ignored'))).toEqual([]);
    const web: Readonly<Record<string, unknown>> = { ...read.project.services['web'] };
    expect(web[field]).toEqual(wanted);
  });
});

/** What is refused, and where: the column is that of the letter. */
const REFUSED: readonly (readonly [written: string, where: string])[] = [
  ['imagee: x', '4:5 unknown-key'],
  ['x-longshor: {}', '4:5 unknown-key'],
  ['user: 1000', '4:11 wrong-type'],
  ['hostname:', '4:14 wrong-type'],
  ['privileged: 1', '4:17 wrong-type'],
  ['privileged: maybe', '4:17 wrong-type'],
  ['scale: -1', '4:12 out-of-range'],
  ['scale: 1.5', '4:12 wrong-type'],
  ['oom_score_adj: 2000', '4:20 out-of-range'],
  ['ports: 80', '4:12 wrong-type'],
  ['ports: ["80:8o80"]', '4:17 bad-port'],
  ['volumes: ["a b:/x:ro:rw"]', '4:26 bad-volume'],
  ['volumes: [{ type: bind, target: /x }]', '4:15 missing-field'],
  ['volumes: [{ target: /x }]', '4:15 missing-field'],
  ['volumes: [{ type: file, target: /x }]', '4:23 wrong-value'],
  ['environment: ["A =1"]', '4:21 bad-form'],
  ['environment: [1]', '4:19 wrong-type'],
  ['environment: { A: [1] }', '4:23 wrong-type'],
  ['depends_on: { db: {} }', '4:23 missing-field'],
  ['depends_on: { db: { condition: ready } }', '4:36 wrong-value'],
  ['cap_add: ALL', '4:14 wrong-type'],
  ['restart: sometimes', '4:14 bad-form'],
  ['pull_policy: often', '4:18 bad-form'],
  ['ulimits: { nofile: { soft: 1 } }', '4:24 missing-field'],
  ['healthcheck: { interval: 10 }', '4:30 bad-duration'],
  ['healthcheck: { test: [] , retries: many }', '4:40 wrong-type'],
  ['mem_limit: 512 megs', '4:20 bad-byte-size'],
  ['configs: [{ source: site, mode: rw }]', '4:37 bad-form'],
  ['devices: ["a:b:c:d"]', '4:16 bad-form'],
  ['extra_hosts: [db]', '4:19 bad-form'],
  ['extends: {}', '4:14 missing-field'],
  ['gpus: some', '4:11 wrong-value'],
  ['deploy: { mode: globl }', '4:21 wrong-value'],
  ['deploy: { restart_policy: { condition: on_failure } }', '4:44 wrong-value'],
  ['deploy: { update_config: { failure_action: rolback } }', '4:48 wrong-value'],
  ['deploy: { update_config: { order: start_first } }', '4:39 wrong-value'],
  ['deploy: { rollback_config: { failure_action: rollback } }', '4:50 wrong-value'],
  ['provider: {}', '4:15 missing-field'],
  ['cpus: half', '4:11 wrong-type'],
];

describe('a field that is refused', () => {
  it.for(REFUSED)('%s', ([written, where]) => {
    expect(toldOf(webOf(written, '\n  db:\n    image: postgres\n'))[0]).toBe(`compose.yaml:${where}`);
  });

  it('all of them at once, and the rest is still read', () => {
    const read = webOf('user: 1\nports: ["x"]\ncommand: serve', '  db:\n    image: postgres\n');
    expect(toldOf(read)).toEqual(['compose.yaml:4:11 wrong-type', 'compose.yaml:5:14 bad-port']);
    expect(read.project.services).toEqual({ web: { image: 'nginx', ports: [], command: ['serve'] }, db: { image: 'postgres' } });
    expect([...read.broken]).toEqual(['web']);
  });
});
