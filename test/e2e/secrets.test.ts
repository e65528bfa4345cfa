// Secrets from a folder to a container on a real engine: what the container sees, what becomes of a changed and of a missing one, and that no
// value stands in anything else that Longshore writes or answers. The values are canaries: 32 random bytes each.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { engineJson } from '../support/engine.ts';
import { type House, makeHouse } from './house.ts';
import { type Json, container, service, taskDefinition, yaml } from './definitions.ts';
import { containerOf, eventually, printed } from './inside.ts';
import { proves } from '../proves.ts';

const canaries = new Map<string, Buffer>();
/** A new value of 32 random bytes as 64 digits: text, as secrets of containers are. */
function canary(name: string): string {
  const bytes = randomBytes(32);
  canaries.set(`${name} ${canaries.size}`, bytes);
  return bytes.toString('hex');
}

const SEES = `const { createHash } = require('node:crypto'); const seen = (name) => process.env[name] && createHash('sha256').update(process.env[name]).digest('hex');
const fs = require('node:fs'); const read = (path) => { try { return fs.readFileSync(path, 'utf8') } catch (error) { return error.code } };
console.log(JSON.stringify({ password: seen('PASSWORD'), key: seen('KEY'), plain: process.env.PLAIN, file: seen('FROM_FILE'), both: process.env.BOTH,
  config: read('/etc/app.conf'), owner: fs.existsSync('/etc/app.conf') ? [fs.statSync('/etc/app.conf').uid, fs.statSync('/etc/app.conf').gid] : null, ofInstance: read('/etc/of-instance'), shown: createHash('sha256').update(read('/run/secrets/password')).digest('hex'),
  mode: read('/run/secrets/password') === 'ENOENT' ? null : (fs.statSync('/run/secrets/password').mode & 0o777).toString(8) }));
process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1e6);`;

/** A role that may read one secret. */
const READER: Json = {
  ...{ kind: 'Role', roleName: 'reader' },
  assumeRolePolicyDocument: {
    Statement: { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
  },
  policies: [
    {
      policyName: 'secrets',
      policyDocument: {
        Statement: [{ Effect: 'Allow', Action: 'ssm:GetParameters', Resource: 'arn:aws:ssm:*:*:parameter/shop/other' }],
      },
    },
  ],
};

function digest(text: string): string {
  return execFileSync('sha256sum', { input: text, encoding: 'utf8' }).split(' ')[0] ?? '';
}

describe('secrets', { timeout: 120_000 }, () => {
  let house: House;
  let folder: string;
  let password: string;
  const fields = { key: '', file: '', tag: '', other: '' };
  beforeAll(async () => {
    house = await makeHouse();
    folder = join(house.state, '..', 'vault');
    mkdirSync(join(folder, 'shop'), { recursive: true });
    mkdirSync(house.state, { recursive: true });
    password = canary('password');
    Object.assign(fields, { key: canary('key'), file: canary('file') });
    writeFileSync(join(folder, 'shop', 'password'), `${password}\n`);
    writeFileSync(join(folder, 'shop', 'json'), JSON.stringify({ key: fields.key, other: 1 }));
    Object.assign(fields, { tag: canary('tag'), other: canary('other') });
    writeFileSync(join(folder, 'shop', 'tag'), fields.tag);
    writeFileSync(join(folder, 'shop', 'other'), fields.other);
    writeFileSync(join(folder, 'of-instance'), 'a file of the instance');
    const config = { secrets: { providers: [{ name: 'files', kind: 'directory', path: folder }] } };
    writeFileSync(join(house.state, 'config.yaml'), JSON.stringify(config), { mode: 0o600 });
    house.start();
  });
  afterAll(async () => {
    await house.dispose();
  });
  const documents = (secrets: readonly Json[], ofOther: readonly Json[]): string => {
    const app = container('app', SEES, {
      secrets,
      environment: [
        { name: 'PLAIN', value: 'plain' },
        { name: 'BOTH', value: 'environment' },
      ],
      user: '0',
      'x-longshore': {
        files: [
          { containerPath: '/etc/app.conf', content: 'listen 80', uid: '1234', gid: '2345' },
          { containerPath: '/etc/of-instance', hostPath: join(folder, 'of-instance') },
          { containerPath: '/run/secrets/password', valueFrom: '/shop/password', mode: '0400' },
        ],
      },
      logConfiguration: {
        ...{ logDriver: 'json-file', options: { 'max-size': '1m' } },
        secretOptions: [{ name: 'tag', valueFrom: '/shop/tag' }],
      },
      environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::bucket/env/app.env' }],
    });
    const cluster = { kind: 'Cluster', clusterName: 'e2e' };
    const other = taskDefinition('other', { executionRoleArn: 'reader' }, [container('other', SEES, { secrets: ofOther })]);
    return yaml(cluster, READER, taskDefinition('app', {}, [app]), service('app'), other, service('other'));
  };
  const secrets = [
    { name: 'PASSWORD', valueFrom: '/shop/password' },
    { name: 'KEY', valueFrom: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/json-AbCdEf:key::' },
  ];
  const others = [{ name: 'PASSWORD', valueFrom: '/shop/other' }];
  const commit = (more: readonly Json[] = [], ofOther: readonly Json[] = others): string =>
    house.commit({
      'all.yaml': documents([...secrets, ...more], ofOther),
      'env/app.env': `# variables\nFROM_FILE=${fields.file}\nBOTH=file\n`,
    });

  test('reach the container under ECS names, over variables, over files of variables', async () => {
    proves(
      'containerDefinitions[].{environment[].{name,value},environmentFiles[].{type,value},secrets[].{name,valueFrom}}',
      'containerDefinitions[].x-longshore.files[].{containerPath,content,hostPath,valueFrom,uid,gid,mode}',
      'containerDefinitions[].logConfiguration.secretOptions[].{name,valueFrom}',
    );
    await house.settled(commit(), 100_000);
    const [seen] = await printed(house, 'app', 'app');
    expect(seen).toEqual({
      password: digest(password),
      key: digest(fields.key),
      plain: 'plain',
      file: digest(fields.file),
      both: 'environment',
      config: 'listen 80',
      owner: [1234, 2345],
      ofInstance: 'a file of the instance',
      shown: digest(password),
      mode: '400',
    });
    const made = await containerOf(house, 'app', 'app');
    const { HostConfig } = await engineJson<{ HostConfig: { LogConfig: object } }>(house.engine, `/containers/${made?.id}/json`);
    expect(HostConfig.LogConfig).toEqual({ Type: 'json-file', Config: { 'max-size': '1m', tag: fields.tag } });
  });

  test('roll their service when they change, and no other', async () => {
    const [before, other] = [await containerOf(house, 'app', 'app'), await containerOf(house, 'other', 'other')];
    password = canary('password');
    writeFileSync(join(folder, 'shop', 'password'), password);
    // Within a minute it is noticed; a commit that changes nothing of the service is noticed at once.
    house.commit({ 'notes.md': 'the password was changed' });
    await eventually('another container', async () => {
      const now = await containerOf(house, 'app', 'app');
      return now === null || now.id === before?.id ? null : now;
    });
    expect((await printed(house, 'app', 'app'))[0]).toMatchObject({ password: digest(password) });
    expect((await containerOf(house, 'other', 'other'))?.id).toBe(other?.id);
  });

  test('that are missing keep new tasks from starting, say which, and stop nothing', async () => {
    const before = await eventually('one container', async () => containerOf(house, 'app', 'app'));
    commit([{ name: 'ABSENT', valueFrom: '/shop/absent' }]);
    const failure = await eventually('a failure', async () => {
      const status = await house.status();
      return status.services.find(({ id }) => id === 'e2e/app')?.deployments[0]?.lastFailure ?? null;
    });
    expect(failure).toMatch(/ResourceInitializationError: .*\/shop\/absent/);
    expect((await containerOf(house, 'app', 'app'))?.id).toBe(before.id);
    writeFileSync(join(folder, 'shop', 'absent'), canary('absent'));
    await eventually('the new task', async () => {
      const now = await containerOf(house, 'app', 'app');
      return now === null || now.id === before.id ? null : now;
    });
  });

  test('are only those that the execution role allows: a commit with another one is refused, and what runs goes on', async () => {
    proves('executionRoleArn');
    expect((await printed(house, 'other', 'other'))[0]).toMatchObject({ password: digest(fields.other) });
    const before = await containerOf(house, 'other', 'other');
    const more = [{ name: 'ABSENT', valueFrom: '/shop/absent' }];
    const refused = commit(more, [...others, { name: 'KEY', valueFrom: '/shop/password' }]);
    await expect.poll(async () => (await house.status()).refusedCommit, { timeout: 20_000 }).toBe(refused);
    const { problems } = await house.status();
    expect(problems.filter(({ severity }) => severity === 'error')).toMatchObject([{ code: 'secret-not-allowed' }]);
    await house.settled(commit(more), 100_000);
    expect((await containerOf(house, 'other', 'other'))?.id).toBe(before?.id);
  });

  test('stand in no label, log, answer, event, plan or file of Longshore', async () => {
    const door = ['status', 'events', 'plan'].map(async (verb) =>
      house.run(verb, '--state', house.state, '--output', 'json', ...(verb === 'plan' ? ['--repo', house.repository] : [])),
    );
    const answers = (await Promise.all(door)).map(({ stdout, stderr }) => stdout + stderr);
    const world = JSON.stringify(await house.world(), (_, value: unknown) =>
      value instanceof Map ? [...value] : value instanceof Set ? [...value] : value,
    );
    const filters = encodeURIComponent(JSON.stringify({ label: [`dev.longshore.installation=${house.installation}`] }));
    const labels = JSON.stringify(await engineJson(house.engine, `/containers/json?all=1&filters=${filters}`));
    const files = readdirSync(house.state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    // The file of variables lies in git, where its author put it: it is no secret of ours to hide from a plan of that commit.
    const hidden = [...canaries].filter(([name]) => !name.startsWith('file'));
    const places = [...answers, world, labels, JSON.stringify(house.log())].map((text) => Buffer.from(text));
    for (const [name, bytes] of hidden) {
      for (const form of formsOf(bytes)) {
        for (const [index, place] of [...places, ...files].entries())
          expect(place.includes(form), `${name} as ${form.toString('latin1').slice(0, 6)}... in place ${index}`).toBe(false);
      }
    }
  });
});

/** The value that the container is given (hexadecimal digits), the bytes behind it, and both as base64 and in URLs. */
function formsOf(bytes: Buffer): readonly Buffer[] {
  const text = bytes.toString('hex');
  const base64 = [Buffer.from(text).toString('base64'), bytes.toString('base64')].map((form) => form.replace(/=+$/, '').slice(0, -1));
  const escaped = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  return [
    Buffer.from(text),
    Buffer.from(text.toUpperCase()),
    bytes,
    ...base64.map((form) => Buffer.from(form)),
    Buffer.from(escaped),
    Buffer.from(Buffer.from(text).toString('hex')),
  ];
}
