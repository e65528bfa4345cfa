// FireLens on a real engine: what a container prints goes through the engine's own driver into the socket of the log router of its task. The
// router is a stand-in that reads the forward protocol; its configuration is the one that a real one would be given.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type House, makeHouse } from './house.ts';
import { type Json, container, service, taskDefinition } from './definitions.ts';
import { RECEIVER } from './forward-receiver.ts';
import { proves } from '../proves.ts';
import { containerOf, endsSince, eventually, kill, printed } from './inside.ts';
import { engineJson } from '../support/engine.ts';

const TOKEN = 'correct-horse-battery-staple';
const SPEAK = `const say = (what) => console.log(JSON.stringify(what)); process.on('SIGTERM', () => process.exit(0));
say({ host: process.env.FLUENT_HOST, port: process.env.FLUENT_PORT });
require('node:dns').lookup(process.env.FLUENT_HOST, (error) => say({ found: error === null }));
let beats = 0; setInterval(() => say({ beats: beats++ }), 500);`;

describe('a log router', { timeout: 120_000 }, () => {
  let house: House;
  let folder: string;
  beforeAll(async () => {
    house = await makeHouse();
    folder = mkdtempSync(join(tmpdir(), 'firelens-'));
    writeFileSync(join(folder, 'token'), TOKEN);
    mkdirSync(house.state, { recursive: true, mode: 0o700 });
    const config = { secrets: { providers: [{ name: 'files', kind: 'directory', path: folder }] } };
    writeFileSync(join(house.state, 'config.yaml'), JSON.stringify(config));
    house.start();
  });
  afterAll(async () => {
    await house.dispose();
    rmSync(folder, { recursive: true, force: true });
  });
  const deploy = async (...documents: readonly Json[]): Promise<void> => {
    const text = [{ kind: 'Cluster', clusterName: 'e2e' }, ...documents].map((document) => JSON.stringify(document)).join('\n---\n');
    await house.settled(house.commit({ 'all.yaml': text }), 100_000);
  };
  const options = { Name: 'http', host: 'logs.example', 'include-pattern': 'beats' };
  const shop = [
    taskDefinition('shop', {}, [
      container('app', SPEAK, {
        logConfiguration: { logDriver: 'awsfirelens', options, secretOptions: [{ name: 'token', valueFrom: 'files:token' }] },
      }),
      container('router', RECEIVER, { firelensConfiguration: { type: 'fluentbit', options: { 'enable-ecs-log-metadata': 'true' } } }),
    ]),
    service('shop'),
  ];
  const volumes = async (): Promise<readonly string[]> => {
    const filters = encodeURIComponent(JSON.stringify({ label: [`dev.longshore.installation=${house.installation}`] }));
    const { Volumes } = await engineJson<{ Volumes: { Name: string }[] | null }>(house.engine, `/volumes?filters=${filters}`);
    return (Volumes ?? []).map(({ Name }) => Name);
  };

  test('gets what the containers of its task print, and its configuration', async () => {
    proves(
      'containerDefinitions[].firelensConfiguration.{type: fluentbit,options}',
      'containerDefinitions[].logConfiguration.{logDriver: awsfirelens,secretOptions[].{name,valueFrom}}',
    );
    await deploy(...shop);
    const lines = await printed(house, 'shop', 'router', 4);
    expect(lines[0]).toMatchObject({ config: expect.stringContaining('unix_path /var/run/fluent.sock') as string });
    expect(lines[0]).toMatchObject({ config: expect.stringContaining('Match app-firelens*\n    host logs.example') as string });
    expect(lines[0]).toMatchObject({ token: TOKEN, config: expect.stringContaining('token ${token_app}') as string });
    expect(lines[0]).toMatchObject({ config: expect.stringContaining('Record ecs_task_definition shop:1') as string });
    const [record] = lines.filter(({ log }) => String(log).includes('"host"'));
    expect(record).toMatchObject({ tag: expect.stringMatching(/^app-firelens-[0-9a-f]{32}$/) as string, source: 'stdout' });
    expect(JSON.parse(String(record?.['log']))).toEqual({
      host: expect.stringMatching(/^firelens-[0-9a-f]{12}$/) as string,
      port: '24224',
    });
    // The engine keeps a copy, which `longshore logs` reads.
    expect((await printed(house, 'shop', 'app', 3)).slice(1, 2)).toEqual([{ found: true }]);
    expect(await volumes()).toEqual([expect.stringMatching(/^longshore-firelens-[0-9a-f]{24}$/)]);
  });

  test('of the other kind finds its own file; in awsvpc it is reached on localhost', async () => {
    proves('containerDefinitions[].firelensConfiguration.type: fluentd');
    const logConfiguration = { logDriver: 'awsfirelens', options: { '@type': 'stdout' } };
    await deploy(
      taskDefinition('pod', { networkMode: 'awsvpc' }, [
        container('app', SPEAK, { logConfiguration }),
        container('router', RECEIVER, { firelensConfiguration: { type: 'fluentd' } }),
      ]),
      service('pod', { networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } } }),
    );
    const lines = await printed(house, 'pod', 'router', 3);
    expect(lines[0]).toMatchObject({
      path: '/fluentd/etc/fluent.conf',
      config: expect.stringContaining('<match app-firelens**>\n    @type stdout\n</match>') as string,
    });
    const [record] = lines.filter(({ log }) => String(log).includes('"host"'));
    expect(JSON.parse(String(record?.['log']))).toEqual({ host: '127.0.0.1', port: '24224' });
  });

  test('that was killed is replaced with its task; it ends last, and leaves nothing behind', async () => {
    await deploy(...shop);
    const before = await containerOf(house, 'shop', 'router');
    await kill(house, before?.id ?? '');
    const router = await eventually('another router', async () => {
      const now = await containerOf(house, 'shop', 'router');
      return now === null || now.id === before?.id ? null : now;
    });
    await printed(house, 'shop', 'router', 3);
    const app = await containerOf(house, 'shop', 'app');
    const since = Date.now();
    await deploy();
    const ends = await endsSince(house, since, [app?.id ?? '', router.id]);
    expect(ends.get(router.id)).toBeGreaterThan(ends.get(app?.id ?? '') ?? Number.POSITIVE_INFINITY);
    await eventually('no volume is left', async () => ((await volumes()).length === 0 ? true : null));
  });
});
