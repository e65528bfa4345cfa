// Two files of one project: a row is a field of the first, the same field of the second, and what is left. The same rules hold for a
// service that extends another one.
import { describe, expect, it } from 'vitest';
import { projectOf, toldOf } from './project.ts';

const TOP = 'volumes: { data: , other: }\nnetworks: { front: , back: }\nsecrets: { key: { file: ./key }, cert: { file: ./cert } }\n';

const MERGED: readonly (readonly [first: string, second: string, field: string, wanted: unknown])[] = [
  ['command: a b', 'command: c', 'command', ['c']],
  ['command: a b', 'command:', 'command', undefined],
  ['entrypoint: [a, b]', 'entrypoint: []', 'entrypoint', []],
  ['hostname: a', 'hostname: b', 'hostname', 'b'],
  ['environment: { A: 1, B: 2 }', 'environment: ["B=3", "C=4"]', 'environment', { A: '1', B: '3', C: '4' }],
  ['labels: ["a=1", "b"]', 'labels: { b: 2 }', 'labels', { a: '1', b: '2' }],
  [
    'ports: ["80:80"]',
    'ports: ["443:443"]',
    'ports',
    [
      { target: 80, published: 80 },
      { target: 443, published: 443 },
    ],
  ],
  ['ports: ["80:80"]', 'ports: [{ target: 80, published: "80", name: web }]', 'ports', [{ target: 80, published: 80, name: 'web' }]],
  [
    'ports: ["80:80"]',
    'ports: ["8080:80"]',
    'ports',
    [
      { target: 80, published: 80 },
      { target: 80, published: 8_080 },
    ],
  ],
  [
    'volumes: ["data:/data", "./a:/a"]',
    'volumes: ["other:/data/"]',
    'volumes',
    [
      { type: 'volume', source: 'other', target: '/data' },
      { type: 'bind', source: './a', target: '/a' },
    ],
  ],
  ['dns: 1.1.1.1', 'dns: [8.8.8.8, 1.1.1.1]', 'dns', ['1.1.1.1', '8.8.8.8']],
  ['cap_add: [NET_ADMIN]', 'cap_add: [NET_ADMIN, SYS_TIME]', 'cap_add', ['NET_ADMIN', 'SYS_TIME']],
  ['expose: ["80"]', 'expose: [80, 81]', 'expose', ['80', '81']],
  ['security_opt: [a]', 'security_opt: [b]', 'security_opt', ['a', 'b']],
  ['networks: [front]', 'networks: { front: { aliases: [www] }, back: }', 'networks', { front: { aliases: ['www'] }, back: {} }],
  [
    'networks: { front: { aliases: [www], priority: 1 } }',
    'networks: { front: { aliases: [web] } }',
    'networks',
    {
      front: { aliases: ['www', 'web'], priority: 1 },
    },
  ],
  ['secrets: [key]', 'secrets: [cert, { source: key, uid: "1" }]', 'secrets', [{ source: 'key', uid: '1' }, { source: 'cert' }]],
  ['healthcheck: { test: a, interval: 5s }', 'healthcheck: { test: [CMD, b] }', 'healthcheck', { test: ['CMD', 'b'], interval: 5 }],
  [
    'deploy: { replicas: 2, labels: { a: 1 } }',
    'deploy: { replicas: 3, labels: [b=2] }',
    'deploy',
    {
      replicas: 3,
      labels: { a: '1', b: '2' },
    },
  ],
  ['deploy: { replicas: 2 }', 'deploy:', 'deploy', { replicas: 2 }],
  [
    'logging: { driver: a, options: { x: 1 } }',
    'logging: { driver: b, options: { y: 2 } }',
    'logging',
    { driver: 'b', options: { y: '2' } },
  ],
  ['logging: { driver: a, options: { x: 1 } }', 'logging: { options: { y: 2 } }', 'logging', { driver: 'a', options: { x: '1', y: '2' } }],
  [
    'extra_hosts: ["db:10.0.0.1"]',
    'extra_hosts: ["db:10.0.0.2", "web:10.0.0.3"]',
    'extra_hosts',
    {
      db: ['10.0.0.1', '10.0.0.2'],
      web: ['10.0.0.3'],
    },
  ],
  ['ulimits: { nofile: { soft: 1, hard: 2 } }', 'ulimits: { nofile: 5 }', 'ulimits', { nofile: { soft: 5, hard: 5 } }],
  ['devices: ["/dev/a:/dev/x"]', 'devices: ["/dev/b:/dev/x"]', 'devices', [{ source: '/dev/b', target: '/dev/x' }]],
  ['tmpfs: /run', 'tmpfs: [/tmp, /run]', 'tmpfs', ['/run', '/tmp']],
  ['ports: ["80:80"]', 'ports: !reset []', 'ports', undefined],
  ['ports: ["80:80"]', 'ports: !override ["81:81"]', 'ports', [{ target: 81, published: 81 }]],
  ['environment: { A: 1, B: 2 }', 'environment: { A: !reset null }', 'environment', { B: '2' }],
  ['environment: ["A=1", "B=2"]', 'environment: !override { C: 3 }', 'environment', { C: '3' }],
  ['healthcheck: { test: a, interval: 5s }', 'healthcheck: !reset', 'healthcheck', undefined],
  [
    'deploy: { resources: { limits: { cpus: 1, memory: 1g } } }',
    'deploy: { resources: { limits: { cpus: !reset } } }',
    'deploy',
    {
      resources: { limits: { memory: 1_073_741_824 } },
    },
  ],
];

describe('a later file over an earlier one', () => {
  it.for(MERGED)('%s and %s', ([first, second, field, wanted]) => {
    const files = {
      'compose.yaml': `services:\n  web:\n    image: nginx\n    ${first}\n${TOP}`,
      'compose.override.yaml': `services:\n  web:\n    ${second}\n`,
    };
    const read = projectOf(files, { main: Object.keys(files) });
    expect(toldOf(read)).toEqual([]);
    expect(Reflect.get({ ...read.project.services['web'] }, field)).toEqual(wanted);
  });
});

describe('things over earlier ones', () => {
  it('ranges of addresses are joined by subnet, uses of secrets by their path', () => {
    const files = {
      'compose.yaml':
        'services: { web: { image: a, secrets: [key] } }\nsecrets: { key: { file: ./k }, other: { file: ./o } }\nnetworks: { n: { ipam: { config: [{ subnet: 10.0.0.0/24, aux_addresses: { a: 10.0.0.1 } }] } } }\n',
      'b.yaml':
        'services: { web: { secrets: [{ source: other, target: /run/secrets/key }] } }\nnetworks: { n: { ipam: { config: [{ subnet: 10.0.0.0/24, gateway: 10.0.0.9 }, { subnet: 10.1.0.0/24 }] } } }\n',
    };
    const { project } = projectOf(files, { main: Object.keys(files) });
    expect(project.services['web']?.secrets).toEqual([{ source: 'other', target: '/run/secrets/key' }]);
    expect(project.networks?.['n']?.ipam).toEqual({
      config: [{ subnet: '10.0.0.0/24', aux_addresses: { a: '10.0.0.1' }, gateway: '10.0.0.9' }, { subnet: '10.1.0.0/24' }],
    });
  });
});

describe('a service that extends another one', () => {
  it.for(MERGED)('%s and %s', ([first, second, field, wanted]) => {
    const text = `services:\n  base:\n    image: nginx\n    ${first}\n  web:\n    extends: { service: base }\n    ${second}\n${TOP}`;
    const read = projectOf({ 'compose.yaml': text });
    expect(toldOf(read)).toEqual([]);
    expect(Reflect.get({ ...read.project.services['web'] }, field)).toEqual(wanted);
  });
});

describe('files of one project', () => {
  it('services and things of both are there, and a service can be taken away', () => {
    const files = {
      'compose.yaml': 'services:\n  web: { image: nginx }\n  old: { image: old }\nvolumes:\n  data: { driver: local, labels: [a=1] }\n',
      'compose.override.yaml': 'services:\n  api: { image: node }\n  old: !reset null\nvolumes:\n  data: { labels: { b: 2 } }\n  more:\n',
    };
    const { project } = projectOf(files, { main: Object.keys(files) });
    expect(Object.keys(project.services)).toEqual(['web', 'api']);
    expect(project.volumes).toEqual({ data: { driver: 'local', labels: { a: '1', b: '2' } }, more: {} });
  });

  it('documents of one file are merged like files', () => {
    const { project } = projectOf({ 'compose.yaml': 'services:\n  web: { image: a }\n---\nservices:\n  web: { image: b }\n' });
    expect(project.services['web']?.image).toBe('b');
  });

  it('a place lies in the file that wrote it', () => {
    const files = {
      'compose.yaml': 'services:\n  web:\n    image: nginx\n    user: 1\n',
      'compose.override.yaml': 'services:\n  web:\n    networks: [none]\n    ports: [x]\n',
    };
    expect(toldOf(projectOf(files, { main: Object.keys(files) })).toSorted()).toEqual([
      'compose.override.yaml:3:16 undefined-network',
      'compose.override.yaml:4:13 bad-port',
      'compose.yaml:4:11 wrong-type',
    ]);
  });

  it('x-longshore names further files', () => {
    const files = {
      'app/compose.yaml': 'x-longshore: { files: [prod.yaml, gone.yaml] }\nservices:\n  web: { image: a }\n',
      'app/prod.yaml': 'services:\n  web: { image: b }\n',
    };
    const read = projectOf(files);
    expect(read.project.services['web']?.image).toBe('b');
    expect(toldOf(read)).toEqual(['app/compose.yaml:1:35 compose-file-missing']);
  });
});

describe('what only the whole must have', () => {
  it('a condition of a dependency may come from another file', () => {
    const files = {
      'compose.yaml': 'services:\n  web: { image: a, depends_on: [db] }\n  db: { image: b }\n',
      'compose.override.yaml': 'services:\n  web: { depends_on: { db: { required: false } } }\n',
    };
    const read = projectOf(files, { main: Object.keys(files) });
    expect(toldOf(read)).toEqual([]);
    expect(read.project.services['web']?.depends_on).toEqual({ db: { condition: 'service_started', required: false } });
  });
});

describe('extends', () => {
  it('of another file, whose paths are its own, and whose other services do not matter', () => {
    const files = {
      'app/compose.yaml': 'services:\n  web:\n    extends: { file: ../base/common.yaml, service: web }\n    command: serve\n',
      'base/common.yaml':
        'services:\n  web:\n    extends: root\n    env_file: web.env\n    volumes: ["./conf:/conf"]\n  root: { image: nginx }\n  bad: { user: 1, command: "${NO}" }\n',
      'base/web.env': 'A=1\n',
    };
    const read = projectOf(files);
    expect(toldOf(read)).toEqual([]);
    expect(read.project.services).toEqual({
      web: {
        image: 'nginx',
        command: ['serve'],
        environment: { A: '1' },
        volumes: [{ type: 'bind', source: './base/conf', target: '/conf' }],
      },
    });
  });

  it('what is wrong in the other file is told there, and the service is broken by it', () => {
    const files = {
      'compose.yaml':
        'services:\n  web: { extends: { file: base.yaml, service: web } }\n  api: { extends: { file: base.yaml, service: web } }\n',
      'base.yaml': 'services:\n  web:\n    image: nginx\n    user: 1\n',
    };
    const read = projectOf(files);
    expect(toldOf(read)).toEqual(['base.yaml:4:11 wrong-type']);
    expect([...read.broken]).toEqual(['web', 'api']);
  });

  it.for<readonly [string, string, readonly string[]]>([
    ['a service that is not there', 'web: { image: a, extends: { service: wbe } }', ['2:40 undefined-service']],
    ['a file that is not there', 'web: { image: a, extends: { service: b, file: b.yaml } }', ['2:49 compose-file-missing']],
    ['itself', 'web: { image: a, extends: web }', ['2:29 compose-loop']],
  ])('%s', ([, text, wanted]) => {
    expect(toldOf(projectOf({ 'compose.yaml': `services:\n  ${text}\n` }))).toEqual(wanted.map((where) => `compose.yaml:${where}`));
  });

  it('a chain of 60 is too long', () => {
    const services = Array.from({ length: 60 }, (_, index) => `  s${index}: { image: a, extends: s${index + 1} }`);
    const text = `services:\n${services.join('\n')}\n  s60: { image: a }\n`;
    expect(toldOf(projectOf({ 'compose.yaml': text }))).toEqual(['compose.yaml:52:29 compose-too-large']);
  });
});
