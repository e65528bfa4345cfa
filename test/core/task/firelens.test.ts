// What FireLens makes of the containers of a task: one row, one sentence. The configurations are those of the ECS agent, word by word.
import { describe, expect, test } from 'vitest';
import { container, identity } from '../../build.ts';
import { containerSpec } from '../../../src/core/task/container.ts';
import { filesOf } from '../../../src/core/task/mounts.ts';
import { containersOf } from '../../../src/model/task/pause.ts';
import type { ContainerDefinition } from '../../../src/model/task/container-definition.ts';
import type { ContainerSpec } from '../../../src/model/turn/plan.ts';
import type { TaskDefinition } from '../../../src/model/task/task-definition.ts';

type Router = NonNullable<ContainerDefinition['firelensConfiguration']>;

const WHO = identity();

function task(router: Router, options: Record<string, string>, more: Partial<TaskDefinition> = {}): TaskDefinition {
  const containerDefinitions = [
    container('app', 'app:1', {
      logConfiguration: { logDriver: 'awsfirelens', options, secretOptions: [{ name: 'key', valueFrom: '/shop/key' }] },
    }),
    container('router', 'router:1', { firelensConfiguration: router }),
  ];
  return { family: 'web', containerDefinitions, ...more };
}

function own(definition: TaskDefinition, name: string): ContainerDefinition {
  const found = containersOf(definition).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
}

function specOf(definition: TaskDefinition, name: string): ContainerSpec {
  return containerSpec(own(definition, name), definition, { ...WHO, container: name }, 'x:1');
}

function config(definition: TaskDefinition): { readonly path: string; readonly text: string } {
  const [file] = filesOf(own(definition, 'router'), definition, { ...WHO, container: 'router' });
  return { path: file?.containerPath ?? '', text: file?.content ?? '' };
}

const PATTERNS = { 'include-pattern': 'failure', 'exclude-pattern': 'success', 'log-driver-buffer-limit': '2097152' };
const METADATA = { 'enable-ecs-log-metadata': 'true', 'config-file-type': 'file', 'config-file-value': '/extra.conf' };

describe('the configuration of a log router', () => {
  test('of Fluent Bit', () => {
    const { path, text } = config(task({ type: 'fluentbit', options: METADATA }, { Name: 'http', host: 'logs', ...PATTERNS }));
    expect(path).toBe('/fluent-bit/etc/fluent-bit.conf');
    expect(text).toBe(`[INPUT]
    Name forward
    unix_path /var/run/fluent.sock

[INPUT]
    Name forward
    Listen 0.0.0.0
    Port 24224

[INPUT]
    Name tcp
    Tag firelens-healthcheck
    Listen 127.0.0.1
    Port 8877

[FILTER]
    Name grep
    Match app-firelens*
    Regex log failure

[FILTER]
    Name grep
    Match app-firelens*
    Exclude log success

[FILTER]
    Name record_modifier
    Match *
    Record ecs_cluster default
    Record ecs_task_arn arn:aws:ecs:local:000000000000:task/default/${WHO.task}
    Record ecs_task_definition web:1

@INCLUDE /extra.conf

[OUTPUT]
    Name null
    Match firelens-healthcheck

[OUTPUT]
    Name http
    Match app-firelens*
    host logs
    key \${key_app}
`);
  });

  test('of Fluentd', () => {
    const definition = task(
      { type: 'fluentd', options: METADATA },
      { '@type': 'http', endpoint: 'logs', ...PATTERNS },
      { networkMode: 'awsvpc' },
    );
    const { path, text } = config(definition);
    expect(path).toBe('/fluentd/etc/fluent.conf');
    expect(text).toBe(`<source>
    @type unix
    path /var/run/fluent.sock
</source>

<source>
    @type forward
    bind 127.0.0.1
    port 24224
</source>

<filter app-firelens**>
    @type grep
    <regexp>
        key log
        pattern failure
    </regexp>
</filter>

<filter app-firelens**>
    @type grep
    <exclude>
        key log
        pattern success
    </exclude>
</filter>

<filter **>
    @type record_transformer
    <record>
        ecs_cluster default
        ecs_task_arn arn:aws:ecs:local:000000000000:task/default/${WHO.task}
        ecs_task_definition web:1
    </record>
</filter>

@include /extra.conf

<match app-firelens**>
    @type http
    endpoint logs
    key "#{ENV['key_app']}"
</match>
`);
  });

  test('without metadata, on no network, with an output of its own alone', () => {
    const options = { 'enable-ecs-log-metadata': 'false', 'config-file-value': '/unread.conf' };
    const definition = task({ type: 'fluentbit', options }, {}, { networkMode: 'host' });
    expect(config(definition).text).toBe('[INPUT]\n    Name forward\n    unix_path /var/run/fluent.sock\n');
  });
});

describe('the containers of a task with a log router', () => {
  const definition = task({ type: 'fluentbit' }, { Name: 'http', ...PATTERNS });

  test('log into its socket without waiting for it, and know its address', () => {
    const { settings, environment, logSecrets } = specOf(definition, 'app');
    const tag = `app-firelens-${WHO.task}`;
    expect(settings.log).toEqual({
      driver: 'fluentd',
      options: { tag, 'fluentd-async': 'true', 'fluentd-sub-second-precision': 'true', 'fluentd-buffer-limit': '2097152' },
      socket: { volume: `longshore-firelens-${WHO.task.slice(0, 24)}`, file: 'fluent.sock' },
    });
    expect(environment).toEqual([
      { name: 'FLUENT_HOST', value: `firelens-${WHO.task.slice(0, 12)}` },
      { name: 'FLUENT_PORT', value: '24224' },
    ]);
    expect(logSecrets).toEqual([]);
  });

  test('start after it, unless they wait for it anyway', () => {
    expect(own(definition, 'app').dependsOn).toEqual([{ containerName: 'router', condition: 'START' }]);
    const [app, router] = definition.containerDefinitions;
    if (app === undefined || router === undefined) throw new Error('two containers');
    const healthy = { ...app, dependsOn: [{ containerName: 'router', condition: 'HEALTHY' as const }] };
    expect(own({ ...definition, containerDefinitions: [healthy, router] }, 'app')).toBe(healthy);
  });

  test('tell it their secret options, and find it by a name on its networks', () => {
    const { secrets, mounts, network } = specOf(definition, 'router');
    expect(secrets).toEqual([{ name: 'key_app', valueFrom: '/shop/key' }]);
    expect(mounts).toMatchObject([{ name: `longshore-firelens-${WHO.task.slice(0, 24)}`, containerPath: '/var/run' }]);
    expect(network).toMatchObject({ endpoints: [{ aliases: [`firelens-${WHO.task.slice(0, 12)}`] }] });
  });

  test.each<[TaskDefinition['networkMode'], string | undefined]>([
    ['awsvpc', '127.0.0.1'],
    ['host', undefined],
  ])('in network mode %s reach it at %s', (networkMode, host) => {
    const { environment } = specOf({ ...definition, networkMode }, 'app');
    expect(environment.find(({ name }) => name === 'FLUENT_HOST')?.value).toBe(host);
  });

  test('keep the variables of their author', () => {
    const [app, router] = definition.containerDefinitions;
    if (app === undefined || router === undefined) throw new Error('two containers');
    const environment = [{ name: 'FLUENT_HOST', value: 'elsewhere' }];
    const mine = { ...definition, containerDefinitions: [{ ...app, environment }, router] };
    expect(specOf(mine, 'app').environment).toEqual([...environment, { name: 'FLUENT_PORT', value: '24224' }]);
  });
});
