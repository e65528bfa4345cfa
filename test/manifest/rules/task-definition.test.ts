import { describe, expect, it } from 'vitest';
import { TaskDefinition } from '../../../src/model/task/task-definition.ts';
import { nameOf } from '../../../src/manifest/finding.ts';
import { taskDefinitionFindings } from '../../../src/manifest/rules/task-definition.ts';
import { provesPlacement } from '../../proves.ts';

type Fields = Readonly<Record<string, unknown>>;

const app: Fields = { name: 'app', image: 'app:1', memory: 64 };
const db: Fields = { name: 'db', image: 'db:1', memory: 64, essential: false };
const check = { command: ['CMD', 'check'] };
const fargate = { requiresCompatibilities: ['FARGATE'], networkMode: 'awsvpc', cpu: '256', memory: '512' };

/** `code place` of everything that the rules have against a definition whose shape is in order. */
function told(task: Fields, ...containers: readonly Fields[]): readonly string[] {
  const definition = TaskDefinition.parse({ family: 'web', containerDefinitions: containers, ...task });
  return taskDefinitionFindings(definition).map(({ code, path }) => `${code} ${nameOf(path)}`);
}

/** The container `app` with more fields. */
const apart = (fields: Fields): Fields => ({ ...app, ...fields });
const waits = (condition: string): Fields => apart({ dependsOn: [{ containerName: 'db', condition }] });
const maps = (...portMappings: readonly Fields[]): Fields => apart({ portMappings });
const at = (place: string): string => `containerDefinitions[0].${place}`;

describe('what containers say of each other', () => {
  it.each<[string, Fields[], string[]]>([
    ['the start of an essential one can be waited for', [waits('START'), { ...db, essential: true }], []],
    ['the end of one that is not essential can be waited for', [waits('SUCCESS'), db], []],
    [
      'the end of an essential one can not',
      [waits('COMPLETE'), { ...db, essential: true }],
      [`dependency-essential ${at('dependsOn[0].condition')}`],
    ],
    ['health needs a check', [waits('HEALTHY'), db], [`dependency-unchecked ${at('dependsOn[0].condition')}`]],
    ['health with a check', [waits('HEALTHY'), { ...db, healthCheck: check }], []],
    ['nobody waits for a stranger', [waits('START')], [`container-not-in-task ${at('dependsOn[0].containerName')}`]],
    [
      'nobody waits for itself',
      [apart({ dependsOn: [{ containerName: 'app', condition: 'START' }] })],
      [`dependency-loop ${at('dependsOn[0].containerName')}`],
    ],
    ['a circle closes over a link', [waits('START'), { ...db, links: ['app:web'] }], ['dependency-loop containerDefinitions[1].links[0]']],
    [
      'a circle closes over volumes',
      [waits('START'), { ...db, volumesFrom: [{ sourceContainer: 'app' }] }],
      ['dependency-loop containerDefinitions[1].volumesFrom[0].sourceContainer'],
    ],
    [
      'a diamond is no circle',
      [waits('START'), { ...db, links: ['c'] }, { ...db, name: 'c' }, { ...db, name: 'd', links: ['db', 'c'] }],
      [],
    ],
    ['a link names a container', [apart({ links: ['cache:c'] })], [`container-not-in-task ${at('links[0]')}`]],
  ])('%s', (_, containers, findings) => {
    expect(told({}, ...containers)).toEqual(findings);
  });
});

describe('ports', () => {
  const range = { containerPortRange: '8000-8010' };
  it.each<[string, Fields, Fields[], string[]]>([
    ['one port over TCP and UDP', {}, [maps({ containerPort: 53 }, { containerPort: 53, protocol: 'udp' })], []],
    [
      'a port twice',
      {},
      [maps({ containerPort: 80 }, { containerPort: 80 })],
      [`duplicate-container-port ${at('portMappings[1].containerPort')}`],
    ],
    [
      'a port inside a range',
      {},
      [maps(range, { containerPort: 8005 })],
      [`duplicate-container-port ${at('portMappings[1].containerPort')}`],
    ],
    ['a port beside a range', {}, [maps(range, { containerPort: 8011 })], []],
    [
      'ranges that overlap by one port',
      {},
      [maps(range, { containerPortRange: '8010-8020' })],
      [`duplicate-container-port ${at('portMappings[1].containerPortRange')}`],
    ],
    ['no port at all', {}, [maps({ hostPort: 80 })], [`missing-field ${at('portMappings[0].containerPort')}`]],
    [
      'a port and a range',
      {},
      [maps({ ...range, containerPort: 80 })],
      [`fields-exclude-each-other ${at('portMappings[0].containerPortRange')}`],
    ],
    [
      'a range and a host port',
      {},
      [maps({ ...range, hostPort: 80 })],
      [`fields-exclude-each-other ${at('portMappings[0].containerPortRange')}`],
    ],
    ['a range from high to low', {}, [maps({ containerPortRange: '90-80' })], [`bad-port ${at('portMappings[0].containerPortRange')}`]],
    ['a range of one port', {}, [maps({ containerPortRange: '80-80' })], [`bad-port ${at('portMappings[0].containerPortRange')}`]],
    [
      'a range beyond the last port',
      {},
      [maps({ containerPortRange: '80-65536' })],
      [`bad-port ${at('portMappings[0].containerPortRange')}`],
    ],
    ['two containers may listen on one port', {}, [maps({ containerPort: 80 }), { ...db, portMappings: [{ containerPort: 80 }] }], []],
    [
      'unless they share a network',
      { networkMode: 'awsvpc' },
      [maps({ containerPort: 80 }), { ...db, portMappings: [{ containerPort: 80 }] }],
      ['port-used-in-task containerDefinitions[1].portMappings[0].containerPort'],
    ],
    ['the same host port in awsvpc', { networkMode: 'awsvpc' }, [maps({ containerPort: 80, hostPort: 80 })], []],
    [
      'another one',
      { networkMode: 'awsvpc' },
      [maps({ containerPort: 80, hostPort: 0 })],
      [`host-port-differs ${at('portMappings[0].hostPort')}`],
    ],
    ['another one in bridge', {}, [maps({ containerPort: 80, hostPort: 8080 })], []],
    [
      'a host port twice',
      {},
      [maps({ containerPort: 80, hostPort: 80 }, { containerPort: 81, hostPort: 80 })],
      [`duplicate-host-port ${at('portMappings[1].hostPort')}`],
    ],
  ])('%s', (_, task, containers, findings) => {
    expect(told(task, ...containers)).toEqual(findings);
  });
});

describe('volumes', () => {
  const volume = (fields: Fields): Fields => ({ volumes: [{ name: 'data', ...fields }] });
  const efs = (fields: Fields): Fields => volume({ efsVolumeConfiguration: { fileSystemId: 'fs-1', ...fields } });
  const point = { authorizationConfig: { accessPointId: 'fsap-1' } };
  const mounted = apart({ mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }] });
  it.each<[string, Fields, Fields, string[]]>([
    ['an empty host beside another kind is none', volume({ host: {}, dockerVolumeConfiguration: { scope: 'shared' } }), app, []],
    [
      'two kinds',
      volume({ host: { sourcePath: '/srv' }, dockerVolumeConfiguration: { scope: 'shared' } }),
      app,
      ['fields-exclude-each-other volumes[0].dockerVolumeConfiguration'],
    ],
    ['a shared volume can be made', volume({ dockerVolumeConfiguration: { scope: 'shared', autoprovision: true } }), app, []],
    [
      'a shared volume may have a name with dots on its engine',
      volume({ dockerVolumeConfiguration: { scope: 'shared', 'x-longshore': { name: 'a.b' } } }),
      app,
      [],
    ],
    [
      'one of a task is called after it there',
      volume({ dockerVolumeConfiguration: { 'x-longshore': { name: 'a.b' } } }),
      app,
      ['fields-exclude-each-other volumes[0].dockerVolumeConfiguration.x-longshore.name'],
    ],
    ['one of a task is always made', volume({ dockerVolumeConfiguration: { autoprovision: false } }), app, []],
    [
      'and need not be asked for',
      volume({ dockerVolumeConfiguration: { autoprovision: true } }),
      app,
      ['autoprovision-of-task-volume volumes[0].dockerVolumeConfiguration.autoprovision'],
    ],
    ['a file system without encryption', efs({ rootDirectory: '/srv' }), app, []],
    ['an access point needs it', efs(point), app, ['efs-not-encrypted volumes[0].efsVolumeConfiguration']],
    ['a port of it needs it', efs({ transitEncryptionPort: 2049 }), app, ['efs-not-encrypted volumes[0].efsVolumeConfiguration']],
    ['an access point at the root', efs({ ...point, transitEncryption: 'ENABLED', rootDirectory: '/' }), app, []],
    [
      'an access point elsewhere',
      efs({ ...point, transitEncryption: 'ENABLED', rootDirectory: '/srv' }),
      app,
      ['access-point-directory volumes[0].efsVolumeConfiguration.rootDirectory'],
    ],
    ['configured at launch and mounted', volume({ configuredAtLaunch: true }), mounted, []],
    ['configured at launch and not mounted', volume({ configuredAtLaunch: true }), app, ['unmounted-volume volumes[0].name']],
    ['any other volume may stay unmounted', volume({}), app, []],
    ['a volume that is not there', {}, mounted, [`unknown-volume ${at('mountPoints[0].sourceVolume')}`]],
  ])('%s', (_, task, container, findings) => {
    expect(told(task, container)).toEqual(findings);
  });

  it('two volumes at one path', () => {
    const twice = { mountPoints: [1, 2].map(() => ({ sourceVolume: 'data', containerPath: '/data' })) };
    expect(told(volume({}), apart(twice))).toEqual([`duplicate-mount ${at('mountPoints[1].containerPath')}`]);
  });
});

describe('modes and limits', () => {
  const control = (namespace: string): Fields => apart({ systemControls: [{ namespace, value: '1' }] });
  it.each<[string, Fields, Fields, string[]]>([
    ['a host name in bridge', {}, apart({ hostname: 'app' }), []],
    ['a host name in awsvpc', { networkMode: 'awsvpc' }, apart({ hostname: 'app' }), [`not-in-network-mode ${at('hostname')}`]],
    ['a list of nothing in awsvpc', { networkMode: 'awsvpc' }, apart({ dnsServers: [], links: [], disableNetworking: false }), []],
    ['ports without a network', { networkMode: 'none' }, maps({ containerPort: 80 }), [`not-in-network-mode ${at('portMappings')}`]],
    [
      'a range on the network of the instance',
      { networkMode: 'host' },
      maps({ containerPortRange: '80-90' }),
      [`not-in-network-mode ${at('portMappings[0].containerPortRange')}`],
    ],
    [
      'links on the network of the instance',
      { networkMode: 'host' },
      apart({ links: ['app'] }),
      [`dependency-loop ${at('links[0]')}`, `not-in-network-mode ${at('links')}`],
    ],
    ['a network parameter', {}, control('net.core.somaxconn'), []],
    [
      'one of the instance',
      { networkMode: 'host' },
      control('net.core.somaxconn'),
      [`not-in-network-mode ${at('systemControls[0].namespace')}`],
    ],
    ['a parameter of shared memory', {}, control('kernel.shmmax'), []],
    ['one of the instance', { ipcMode: 'host' }, control('kernel.shmmax'), [`not-in-ipc-mode ${at('systemControls[0].namespace')}`]],
    ['a parameter of the whole kernel', {}, control('kernel.panic'), [`bad-system-control ${at('systemControls[0].namespace')}`]],
    [
      'no limit above a limit',
      {},
      apart({ ulimits: [{ name: 'nofile', softLimit: -1, hardLimit: 9 }] }),
      [`soft-limit-above-hard ${at('ulimits[0].softLimit')}`],
    ],
    [
      'an entry point and none',
      {},
      apart({ entryPoint: ['run'], 'x-longshore': { noEntryPoint: true } }),
      [`fields-exclude-each-other ${at('x-longshore.noEntryPoint')}`],
    ],
    ['a limit below none', {}, apart({ ulimits: [{ name: 'nofile', softLimit: 9, hardLimit: -1 }] }), []],
    ['equal limits', {}, apart({ ulimits: [{ name: 'nofile', softLimit: 9, hardLimit: 9 }] }), []],
    ['a proxy in awsvpc', { networkMode: 'awsvpc', proxyConfiguration: { containerName: 'app' } }, app, []],
    ['a proxy in bridge', { proxyConfiguration: { containerName: 'app' } }, app, ['not-in-network-mode proxyConfiguration']],
    [
      'a proxy that is no container',
      { networkMode: 'awsvpc', proxyConfiguration: { containerName: 'envoy' } },
      app,
      ['container-not-in-task proxyConfiguration.containerName'],
    ],
  ])('%s', (_, task, container, findings) => {
    expect(told(task, container)).toEqual(findings);
  });
});

describe('logs and secrets', () => {
  const logs = (logDriver: string, options: Fields = {}): Fields => apart({ logConfiguration: { logDriver, options } });
  const router = { ...db, name: 'router', firelensConfiguration: { type: 'fluentbit' } };
  const secrets = apart({ secrets: [{ name: 'PASSWORD', valueFrom: 'password' }] });
  it.each<[string, Fields, Fields[], string[]]>([
    ['awslogs with its group', {}, [logs('awslogs', { 'awslogs-group': 'web' })], []],
    ['awslogs without', {}, [logs('awslogs')], [`log-option-missing ${at('logConfiguration.options')}`]],
    ['json-file needs nothing', {}, [logs('json-file')], []],
    [
      'a secret option is given, too',
      {},
      [
        apart({
          logConfiguration: {
            logDriver: 'splunk',
            options: { 'splunk-url': 'x' },
            secretOptions: [{ name: 'splunk-token', valueFrom: 't' }],
          },
        }),
      ],
      [],
    ],
    ['a router and who uses it', {}, [logs('awsfirelens'), router], []],
    ['no router', {}, [logs('awsfirelens')], [`log-router-missing ${at('logConfiguration.logDriver')}`]],
    ['an idle router', {}, [app, router], ['log-router-unused containerDefinitions[1].firelensConfiguration']],
    ['secrets with a role', { executionRoleArn: 'reader' }, [secrets], []],
    [
      'a secret with the name of a variable',
      { executionRoleArn: 'reader' },
      [{ ...secrets, environment: [{ name: 'PASSWORD', value: 'x' }] }],
      [`secret-name-taken ${at('secrets[0].name')}`],
    ],
    [
      'two secrets of one name',
      { executionRoleArn: 'reader' },
      [apart({ secrets: ['a', 'b'].map((valueFrom) => ({ name: 'PASSWORD', valueFrom })) })],
      [`secret-name-taken ${at('secrets[1].name')}`],
    ],
    [
      'one name in two containers',
      { executionRoleArn: 'reader' },
      [secrets, { ...db, environment: [{ name: 'PASSWORD', value: 'x' }] }],
      [],
    ],
    ['a file of one text', {}, [apart({ 'x-longshore': { files: [{ containerPath: '/a', content: '' }] } })], []],
    [
      'a file of no text',
      {},
      [apart({ 'x-longshore': { files: [{ containerPath: '/a' }] } })],
      [`no-content ${at('x-longshore.files[0]')}`],
    ],
    [
      'a file of two texts',
      {},
      [apart({ 'x-longshore': { files: [{ containerPath: '/a', content: 'a', valueFrom: 'b' }] } })],
      [`fields-exclude-each-other ${at('x-longshore.files[0].valueFrom')}`],
    ],
    ['secrets with an empty role', { executionRoleArn: '' }, [secrets], [`secrets-without-role ${at('secrets')}`]],
  ])('%s', (_, task, containers, findings) => {
    expect(told(task, ...containers)).toEqual(findings);
  });
});

describe('what Fargate does not take', () => {
  const sizes = (cpu: string, memory: string): Fields => ({ ...fargate, cpu, memory });
  it.each<[string, Fields, Fields, string[]]>([
    ['nothing is asked where Fargate is not named', {}, apart({ privileged: true }), []],
    ['the smallest task', fargate, app, []],
    ['the largest', sizes('16384', '122880'), app, []],
    ['in words', sizes('.25 vCPU', '1 GB'), app, []],
    ['too little memory', sizes('1024', '1024'), app, ['fargate-size memory']],
    ['memory between two steps', sizes('8192', '17408'), app, ['fargate-size memory']],
    ['CPU units that do not exist', sizes('300', '512'), app, ['fargate-size cpu']],
    ['no size', { ...fargate, cpu: undefined, memory: undefined }, app, ['fargate-size requiresCompatibilities']],
    ['bridge', { ...fargate, networkMode: 'bridge' }, app, ['fargate-network-mode networkMode']],
    ['no mode', { ...fargate, networkMode: undefined }, app, ['fargate-network-mode requiresCompatibilities']],
    ['as much CPU as the task has', fargate, apart({ cpu: 256 }), []],
    ['more CPU than the task has', fargate, apart({ cpu: 257 }), ['fargate-cpu-sum cpu']],
    [
      'awslogs without a stream, without a role',
      fargate,
      apart({ logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': 'web' } } }),
      [`log-option-missing ${at('logConfiguration.options')}`, 'fargate-role requiresCompatibilities'],
    ],
    ['processes of the instance', { ...fargate, pidMode: 'host' }, app, ['not-on-fargate pidMode']],
    ['processes of the task', { ...fargate, pidMode: 'task' }, app, []],
    [
      'constraints',
      { ...fargate, placementConstraints: [{ type: 'memberOf', expression: 'attribute:a == b' }] },
      app,
      ['not-on-fargate placementConstraints'],
    ],
    ['rights of root', fargate, apart({ privileged: true }), [`not-on-fargate ${at('privileged')}`]],
    ['rights that are not asked for', fargate, apart({ privileged: false, dockerSecurityOptions: [] }), []],
    ['tracing', fargate, apart({ linuxParameters: { capabilities: { add: ['SYS_PTRACE'] } } }), []],
    [
      'any other capability',
      fargate,
      apart({ linuxParameters: { capabilities: { add: ['SYS_ADMIN'] } } }),
      [`not-on-fargate ${at('linuxParameters.capabilities.add[0]')}`],
    ],
    ['dropping capabilities', fargate, apart({ linuxParameters: { capabilities: { drop: ['ALL'] } } }), []],
    [
      'devices',
      fargate,
      apart({ linuxParameters: { devices: [{ hostPath: '/dev/fuse' }] } }),
      [`not-on-fargate ${at('linuxParameters.devices')}`],
    ],
    [
      'shared memory',
      fargate,
      apart({ linuxParameters: { sharedMemorySize: 64 } }),
      [`not-on-fargate ${at('linuxParameters.sharedMemorySize')}`],
    ],
    [
      'a file of a log',
      fargate,
      apart({ logConfiguration: { logDriver: 'json-file' } }),
      [`not-on-fargate ${at('logConfiguration.logDriver')}`],
    ],
    [
      'a path of the instance',
      { ...fargate, volumes: [{ name: 'd', host: { sourcePath: '/srv' } }] },
      app,
      ['not-on-fargate volumes[0].host.sourcePath'],
    ],
    ['an empty folder', { ...fargate, volumes: [{ name: 'd', host: {} }, { name: 'e' }] }, app, []],
  ])('%s', (_, task, container, findings) => {
    provesPlacement('constraint: not on Fargate', 'not-on-fargate placementConstraints');
    expect(told(task, container)).toEqual(findings);
  });
});

describe('the command of a health check', () => {
  const checked = (...command: string[]): Fields => apart({ healthCheck: { command } });
  it.each<[string, Fields, string[]]>([
    ['a program', checked('CMD', 'curl'), []],
    ['a shell line', checked('CMD-SHELL', 'curl -f http://localhost/ || exit 1'), []],
    ['a program without a form', checked('/healthcheck', '-q'), [`health-command-without-form ${at('healthCheck.command[0]')}`]],
    ['no program', checked('CMD'), [`bad-health-command ${at('healthCheck.command')}`]],
    ['a shell line in words', checked('CMD-SHELL', 'curl', '-f'), [`health-command-words ${at('healthCheck.command')}`]],
    ["Docker's word for no check", checked('NONE'), [`bad-health-command ${at('healthCheck.command')}`]],
  ])('%s', (_, container, findings) => {
    expect(told({}, container)).toEqual(findings);
  });
});

describe('tags', () => {
  it.each([
    ['two keys', ['team', 'Team'], []],
    ['one key twice', ['team', 'team'], ['duplicate-tag tags[1].key']],
    ["AWS's own prefix, in any case", ['AWS:team'], ['reserved-tag tags[0].key']],
  ])('%s', (_, keys, findings) => {
    expect(told({ tags: keys.map((key) => ({ key, value: 'x' })) }, app)).toEqual(findings);
  });
});
