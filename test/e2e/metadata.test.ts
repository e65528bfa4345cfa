// What containers learn about themselves on a real engine: at ECS's own address, from inside. Each container asks what the test tells it to, so
// that one can be sent to the address of another.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { fromHttp } from '@aws-sdk/credential-provider-http';
import { copyPackage } from '../support/packages-behind.ts';
import { engineJson } from '../support/engine.ts';
import { type House, makeHouse } from './house.ts';
import { type Json, container, service, taskDefinition } from './definitions.ts';
import { containerOf, eventually, printed } from './inside.ts';
import { proves } from '../proves.ts';

/** Fetches what its caller names: a path behind its own address, or a whole address; answers with the status and the body. */
const ASKS = `const { createServer } = require('node:http');
createServer(async (request, response) => {
  const what = decodeURIComponent(request.url.slice(1));
  try {
    const answer = await fetch(what.startsWith('http') ? what : (what === 'credentials' ? 'http://169.254.170.2' + process.env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI : process.env.ECS_CONTAINER_METADATA_URI_V4 + what));
    response.end(JSON.stringify({ status: answer.status, body: await answer.json() }));
  } catch (error) { response.end(JSON.stringify({ status: 0, body: String(error) })); }
}).listen(8080);
console.log('at', process.env.ECS_CONTAINER_METADATA_URI_V4);
process.on('SIGTERM', () => process.exit(0));`;

/** Asks in its first moment, and prints what it gets. */
const PRINTS = `const ask = async (what) => (await fetch(process.env.ECS_CONTAINER_METADATA_URI_V4 + what)).json();
Promise.all([ask(''), ask('/task')]).then((answers) => console.log(JSON.stringify({ answers })));
process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1e6);`;

/** Gets its credentials as every program does that is made with AWS's SDK for JavaScript: without a setting of its own. */
const USES_THE_SDK = `const { createServer } = require('node:http');
const { fromHttp } = require('/sdk/node_modules/@aws-sdk/credential-provider-http');
createServer(async (request, response) => {
  try { response.end(JSON.stringify({ status: 200, body: await fromHttp()() })); }
  catch (error) { response.end(JSON.stringify({ status: 0, body: { error: String(error) } })); }
}).listen(8080);
process.on('SIGTERM', () => process.exit(0));`;

const ROLE = 'arn:aws:iam::123456789012:role/app';
const ACCESS_KEY = 'AKIACANARY';
const SECRET_KEY = randomBytes(20).toString('hex');

interface Inspected {
  readonly Config: { readonly Env: readonly string[]; readonly Labels: Readonly<Record<string, string>> };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
}

/** What the operator gives for the role. */
function giveCredentials(house: House, token: string): void {
  const credentials = { AccessKeyId: ACCESS_KEY, SecretAccessKey: SECRET_KEY, Token: token, Expiration: '2100-01-01T00:00:00Z' };
  writeFileSync(join(house.state, '..', 'app.json'), JSON.stringify(credentials), { mode: 0o600 });
}

describe('the metadata of containers', { timeout: 120_000 }, () => {
  let house: House;
  const inspected = async (name: string): Promise<Inspected> => {
    const { id } = await eventually(`a container of ${name}`, async () => containerOf(house, name, name));
    return engineJson<Inspected>(house.engine, `/containers/${id}/json`);
  };
  const variableOf = async (name: string, variable: string): Promise<string> =>
    (await inspected(name)).Config.Env.find((entry) => entry.startsWith(`${variable}=`))?.split('=')[1] ?? '';
  const addressOf = async (name: string): Promise<string> => variableOf(name, 'ECS_CONTAINER_METADATA_URI_V4');
  /** What the container of a service gets when it asks. */
  const asks = async (name: string, what: string): Promise<{ readonly status: number; readonly body: Json }> => {
    const [network] = Object.values((await inspected(name)).NetworkSettings.Networks);
    const url = `http://${network?.IPAddress ?? ''}:8080/${encodeURIComponent(what)}`;
    return eventually(`an answer of ${name}`, async () => {
      const answer = await fetch(url, { signal: AbortSignal.timeout(8_000) }).catch(() => null);
      return answer === null ? null : ((await answer.json()) as { status: number; body: Json });
    });
  };

  beforeAll(async () => {
    house = await makeHouse();
    mkdirSync(house.state, { recursive: true });
    giveCredentials(house, 'token');
    const config = 'metadata: { credentials: [{ role: app, file: ../app.json }, { role: unused, file: none.json }] }\n';
    writeFileSync(join(house.state, 'config.yaml'), config, { mode: 0o600 });
    house.start();
    copyPackage('@aws-sdk/credential-provider-http', join(house.state, '..', 'sdk', 'node_modules'));
    const sdk = {
      volumes: [{ name: 'sdk', host: { sourcePath: join(house.state, '..', 'sdk') } }],
      taskRoleArn: ROLE,
    };
    const sdkMount = { mountPoints: [{ sourceVolume: 'sdk', containerPath: '/sdk', readOnly: true }] };
    const own = { environment: [{ name: 'ECS_CONTAINER_METADATA_URI_V4', value: 'http://its.own/' }] };
    const documents = [
      { kind: 'Cluster', clusterName: 'e2e' },
      taskDefinition('app', { cpu: '512', memory: '256', taskRoleArn: ROLE }, [
        container('app', ASKS, { portMappings: [{ containerPort: 8080 }] }),
      ]),
      service('app'),
      taskDefinition('other', { taskRoleArn: 'nobody-gives-it-any' }, [container('other', ASKS)]),
      service('other'),
      taskDefinition('sdk', sdk, [container('sdk', USES_THE_SDK, sdkMount)]),
      service('sdk'),
      taskDefinition('no-role', { ...sdk, taskRoleArn: undefined }, [container('no-role', USES_THE_SDK, sdkMount)]),
      service('no-role'),
      taskDefinition('author', {}, [container('author', ASKS, own)]),
      service('author'),
      ...['awsvpc', 'host'].flatMap((networkMode) => [
        taskDefinition(networkMode, { networkMode }, [container(networkMode, PRINTS)]),
        service(networkMode, networkMode === 'host' ? {} : { networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } } }),
      ]),
    ];
    await house.settled(house.commit({ 'all.yaml': documents.map((document) => JSON.stringify(document)).join('\n---\n') }), 100_000);
  });
  afterAll(async () => {
    await house.dispose();
  });

  test('is read by a container at its own address', async () => {
    const [network] = Object.values((await inspected('app')).NetworkSettings.Networks);
    const { status, body } = await asks('app', '');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      Name: 'app',
      KnownStatus: 'RUNNING',
      Type: 'NORMAL',
      LogDriver: 'json-file',
      Ports: [{ ContainerPort: 8080, Protocol: 'tcp' }],
      Networks: [{ NetworkMode: 'bridge', IPv4Addresses: [network?.IPAddress] }],
    });
    const task = await asks('app', '/task');
    expect(task).toMatchObject({
      status: 200,
      body: { Cluster: 'e2e', Family: 'app', ServiceName: 'app', Limits: { CPU: 0.5, Memory: 256 }, Containers: [{ Name: 'app' }] },
    });
    const stats = await asks('app', '/task/stats');
    expect(Object.values(stats.body)).toMatchObject([{ cpu_stats: {}, memory_stats: {} }]);
  });

  test.each([
    ['awsvpc', { NetworkMode: 'awsvpc', AttachmentIndex: 0, IPv4Addresses: [expect.stringMatching(/^[0-9.]+$/)] }],
    ['host', { NetworkMode: 'host' }],
  ])('is there in the first moment of a container, with networkMode %s', async (mode, network) => {
    const [line] = await printed(house, mode, mode);
    expect(line).toMatchObject({ answers: [{ Name: mode, Networks: [network] }, { Family: mode }] });
  });

  test('of another task is not to be had', async () => {
    const [own, other] = [await addressOf('app'), await addressOf('other')];
    const taskOf = (address: string): string => /v4\/([0-9a-f]{32})-/.exec(address)?.[1] ?? 'none';
    expect(await asks('app', own.replace(taskOf(own), taskOf(other)))).toMatchObject({ status: 404 });
    expect(await asks('app', `http://169.254.170.2/v4/${taskOf(other)}`)).toMatchObject({ status: 404 });
    expect(JSON.stringify(await asks('app', '/task'))).not.toContain(taskOf(other));
  });

  test('brings the credentials of their role to those that have one', async () => {
    proves('taskRoleArn');
    expect(await asks('app', 'credentials')).toEqual({
      status: 200,
      body: {
        RoleArn: ROLE,
        AccessKeyId: ACCESS_KEY,
        SecretAccessKey: SECRET_KEY,
        Token: 'token',
        Expiration: '2100-01-01T00:00:00Z',
      },
    });
    const path = await variableOf('app', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI');
    expect(path).toMatch(/^\/v2\/credentials\//);
    expect(await variableOf('other', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI')).toBe('');
    const [own, other] = [await addressOf('app'), await addressOf('other')].map(
      (address) => /v4\/([0-9a-f]{32})-/.exec(address)?.[1] ?? '',
    );
    const guess = path.replace(own ?? '', other ?? '');
    expect(await asks('other', `http://169.254.170.2${guess}`)).toMatchObject({ status: 400, body: { code: 'InvalidIdInRequest' } });
  });

  test("brings them to AWS's SDK, those of now at each time that it asks", async () => {
    const answer: Awaited<ReturnType<ReturnType<typeof fromHttp>>> = {
      accessKeyId: ACCESS_KEY,
      secretAccessKey: SECRET_KEY,
      sessionToken: 'token',
    };
    const expiration = '2100-01-01T00:00:00.000Z';
    expect(await asks('sdk', 'credentials')).toMatchObject({ status: 200, body: { ...answer, expiration } });
    giveCredentials(house, 'another token');
    try {
      await eventually('the new credentials', async () => {
        const { body } = await asks('sdk', 'credentials');
        return body['sessionToken'] === 'another token' ? true : null;
      });
    } finally {
      giveCredentials(house, 'token');
    }
    expect((await asks('no-role', 'credentials')).body['error']).toContain('No HTTP credential provider host provided');
  });

  test('goes on after the daemon was killed and started again', async () => {
    const before = await addressOf('app');
    await house.kill();
    house.start();
    await eventually('an answer', async () => ((await asks('app', '')).status === 200 ? true : null));
    expect(await addressOf('app')).toBe(before);
  });

  test('does not take a variable away from its author', async () => expect(await addressOf('author')).toBe('http://its.own/'));

  test('has addresses that stand in no label, answer, log or file of Longshore', async () => {
    const mac = (await addressOf('app')).split('-').at(-1) ?? '';
    expect(mac).toMatch(/^[0-9a-f]{64}$/);
    const verbs = ['status', 'events', 'ps'].map(async (verb) => house.run(verb, '--state', house.state, '--output', 'json'));
    const answers = (await Promise.all(verbs)).map(({ stdout, stderr }) => stdout + stderr);
    const [task] = (await house.containers()).filter(({ name }) => name.includes('-app-'));
    answers.push((await house.run('describe', 'task', task?.task ?? '', '--state', house.state)).stdout);
    const world = JSON.stringify(await house.world(), (_, value: unknown) =>
      value instanceof Map ? [...value] : value instanceof Set ? [...value] : value,
    );
    const files = readdirSync(house.state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    const labels = JSON.stringify((await inspected('app')).Config.Labels);
    expect(answers.at(-1)).toContain('app');
    const path = await variableOf('app', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI');
    const secrets = [mac, path.split('-').at(-1) ?? '', ACCESS_KEY, SECRET_KEY];
    for (const place of [...answers, world, labels, JSON.stringify(house.log()), ...files])
      expect(secrets.filter((secret) => place.includes(secret))).toEqual([]);
  });
});
