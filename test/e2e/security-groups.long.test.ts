// Security groups on a real engine, from a commit on, seen from inside the containers: who reaches whom, which names are found, what stays
// published; and that a rule which changes is in force without a deployment. Nothing is read from Longshore's own pictures.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type House, makeHouse } from './house.ts';
import { type Json, balanced, container, service, taskDefinition } from './definitions.ts';
import { containerOf, eventually, networksOf, printed } from './inside.ts';
import { engineJson } from '../support/engine.ts';
import { get } from './get.ts';

/** Answers with its name at 8080, and at /?address:port,... says which of them it reaches: `db.e2e OK`, `db.e2e ENOTFOUND`, `10.0.0.2 timeout`. */
const SERVER = `
const http = require('node:http'); process.on('SIGTERM', () => process.exit(0));
const ask = (host) => new Promise((resolve) => {
  const call = http.get({ host, port: 8080, timeout: 2000 }, (answer) => { answer.resume(); resolve(host + ' OK'); });
  call.on('timeout', () => { resolve(host + ' timeout'); call.destroy(); });
  call.on('error', (error) => resolve(host + ' ' + error.code));
});
const addresses = () => Object.values(require('node:os').networkInterfaces()).flat().filter((one) => !one.internal).map((one) => one.address);
console.log(JSON.stringify({ addresses: addresses() }));
let round = 0;
const look = async () => {
  const found = await Promise.all((process.env.TARGETS ?? '').split(',').filter((name) => name !== '').map(ask));
  console.log(JSON.stringify({ round: ++round, found }));
  setTimeout(look, 500);
};
http.createServer((request, response) => response.end(process.env.NAME)).listen(8080, look);
`;

function definition(name: string, ...targets: readonly string[]): Json {
  const environment = [
    { name: 'NAME', value: name },
    { name: 'TARGETS', value: targets.join(',') },
  ];
  return taskDefinition(name, { networkMode: 'awsvpc' }, [
    container('app', SERVER, { environment, portMappings: [{ containerPort: 8080 }] }),
  ]);
}

function grouped(name: string, securityGroups: readonly string[] | null, more: Json = {}): Json {
  const groups = securityGroups === null ? {} : { securityGroups };
  return service(name, { networkConfiguration: { awsvpcConfiguration: { subnets: ['any'], ...groups } }, ...more });
}

/** A group, and whom its rules let in. */
function group(groupName: string, ...sources: readonly string[]): Json {
  const securityGroupIngress = sources.map((source) => ({
    ipProtocol: 'tcp',
    fromPort: 8080,
    toPort: 8080,
    sourceSecurityGroupId: source,
  }));
  return { kind: 'SecurityGroup', groupName, groupId: `sg-${groupName}`, groupDescription: groupName, securityGroupIngress };
}

describe('security groups', { timeout: 120_000 }, () => {
  let house: House;
  beforeAll(async () => {
    house = await makeHouse();
    house.start();
  });
  afterAll(async () => {
    await house.dispose();
  });
  const deploy = async (...documents: readonly Json[]): Promise<void> => {
    const cluster = { kind: 'Cluster', clusterName: 'e2e' };
    const text = [cluster, ...documents].map((document) => JSON.stringify(document)).join('\n---\n');
    await house.settled(house.commit({ 'all.yaml': text }), 100_000);
  };
  /** What a service's task comes to see, once it sees it. */
  const sees = async (name: string, ...expected: readonly string[]): Promise<void> => {
    await eventually(`${name} to see ${expected.join(', ')}`, async () => {
      const last = (await printed(house, name, 'app', 2)).at(-1);
      return JSON.stringify(last?.['found']) === JSON.stringify(expected) ? true : null;
    });
  };
  const addressOf = async (name: string, network: string): Promise<string> => {
    const pause = await containerOf(house, name, '.pause');
    const { NetworkSettings } = await engineJson<{ NetworkSettings: { Networks: Record<string, { IPAddress: string }> } }>(
      house.engine,
      `/containers/${pause?.id}/json`,
    );
    return NetworkSettings.Networks[`longshore-${house.installation}.${network}`]?.IPAddress ?? '';
  };
  const services = (): readonly Json[] => [
    definition('db'),
    grouped('db', ['sg-db']),
    definition('web', 'db.e2e', 'open.e2e'),
    grouped('web', ['web'], { loadBalancers: [{ targetGroupArn: 'web', containerName: 'app', containerPort: 8080 }] }),
    definition('other', 'db.e2e', 'web.e2e'),
    grouped('other', ['other']),
    definition('open', 'db.e2e', 'web.e2e'),
    grouped('open', ['sg-kept-by-aws']),
    ...balanced('web', house.port),
  ];
  const groups = (...admitted: readonly string[]): readonly Json[] => [group('web'), group('other'), group('db', ...admitted)];

  test('web reaches db, whose rule names it; others find neither its name nor, with its addresses, itself', async () => {
    await deploy(...groups('web'), ...services());
    await sees('web', 'db.e2e OK', 'open.e2e ENOTFOUND');
    await sees('other', 'db.e2e ENOTFOUND', 'web.e2e ENOTFOUND');
    await sees('open', 'db.e2e ENOTFOUND', 'web.e2e ENOTFOUND');
    // The proxy reaches what it sends to, and the host every task.
    expect(await get(house.port)).toMatchObject({ status: 200, body: 'web' });
    const [shared, apart] = [await addressOf('db', 'db.web'), await addressOf('db', 'apart')];
    expect(shared).not.toBe('');
    expect(apart).not.toBe('');
    const prober = definition('prober', shared, apart);
    await deploy(...groups('web'), ...services(), prober, grouped('prober', ['web']));
    await sees('prober', `${shared} OK`, `${apart} timeout`);
    await deploy(...groups('web'), ...services(), prober, grouped('prober', ['other']));
    await sees('prober', `${shared} timeout`, `${apart} timeout`);
  });

  test('a rule that goes and one that comes are in force for what runs: nothing is deployed, and what is published stays', async () => {
    const before = [
      await containerOf(house, 'db', '.pause'),
      await containerOf(house, 'web', 'app'),
      await containerOf(house, 'other', 'app'),
    ];
    await deploy(...groups('sg-other'), ...services());
    await sees('web', 'db.e2e ENOTFOUND', 'open.e2e ENOTFOUND');
    await sees('other', 'db.e2e OK', 'web.e2e ENOTFOUND');
    expect(await get(house.port)).toMatchObject({ status: 200, body: 'web' });
    const after = [
      await containerOf(house, 'db', '.pause'),
      await containerOf(house, 'web', 'app'),
      await containerOf(house, 'other', 'app'),
    ];
    expect(after).toEqual(before);
    expect((await networksOf(house)).filter((name) => name.includes('.')).sort()).toEqual(
      ['apart', 'db.other'].map((name) => `longshore-${house.installation}.${name}`),
    );
  });

  test('another group is another deployment; a daemon that was killed finds everybody in place', async () => {
    const before = await containerOf(house, 'web', 'app');
    await house.kill();
    const documents = [...groups('sg-other'), ...services().filter((one) => one['serviceName'] !== 'web')];
    const moved = grouped('web', ['web', 'other'], {
      loadBalancers: [{ targetGroupArn: 'web', containerName: 'app', containerPort: 8080 }],
    });
    house.start();
    await deploy(...documents, moved);
    await sees('web', 'db.e2e OK', 'open.e2e ENOTFOUND');
    expect((await containerOf(house, 'web', 'app'))?.id).not.toBe(before?.id);
    await sees('other', 'db.e2e OK', 'web.e2e OK');
  });

  test('what somebody changes by hand is put right', async () => {
    const other = await containerOf(house, 'other', '.pause');
    const name = `longshore-${house.installation}.db.other`;
    await engineJson(house.engine, `/networks/${name}/disconnect`, 'POST', { Container: other?.id });
    await sees('other', 'db.e2e ENOTFOUND', 'web.e2e ENOTFOUND');
    // No event tells of it: the next listing does, within half a minute.
    await sees('other', 'db.e2e OK', 'web.e2e OK');
  });

  test('no network of groups is left when no service names one', async () => {
    await deploy();
    await eventually('the networks are gone', async () => {
      const left = (await networksOf(house)).filter((network) => network.includes('.'));
      return left.length === 0 ? true : null;
    });
  });
});
