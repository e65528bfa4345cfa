// Two applications of the kind that people bring, from their own files to answers, on a real engine: a task definition in ECS's JSON (web, cache,
// init container, shared volume, secret, awsvpc) with its service, and a compose project (queue, producer, workers, config, secret, volume).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { balanced } from './definitions.ts';
import { type House, makeHouse } from './house.ts';
import { eventually, printed } from './inside.ts';
import { get } from './get.ts';
import { engineJson } from '../support/engine.ts';
import { proves } from '../proves.ts';

const FOLDER = join(import.meta.dirname, 'applications');

function read(path: string): string {
  return readFileSync(join(FOLDER, path), 'utf8');
}

describe('an application', { timeout: 120_000 }, () => {
  let house: House;
  beforeAll(async () => {
    house = await makeHouse();
    const folder = join(house.state, 'vault');
    mkdirSync(join(folder, 'shop'), { recursive: true });
    writeFileSync(join(folder, 'shop', 'db'), JSON.stringify({ username: 'shop', password: 'correct horse' }));
    writeFileSync(join(folder, 'queue-token'), 'let me in\n');
    const config = { secrets: { providers: [{ name: 'files', kind: 'directory', path: folder }] } };
    writeFileSync(join(house.state, 'config.yaml'), JSON.stringify(config), { mode: 0o600 });
    house.start();
  });
  afterAll(async () => {
    await house.dispose();
    // The volume of the compose project is shared and stays: that is what it is for.
    await engineJson(house.engine, '/volumes/queue_jobs', 'DELETE');
  });

  test('in the JSON of ECS comes up in order, with its secret, and answers behind the load balancer', async () => {
    proves('requiresCompatibilities: FARGATE', 'containerDefinitions[].dependsOn[].condition: COMPLETE');
    const service = {
      serviceName: 'shop',
      cluster: 'default',
      taskDefinition: 'shop',
      desiredCount: 1,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'], assignPublicIp: 'DISABLED' } },
      loadBalancers: [{ targetGroupArn: 'shop', containerName: 'web', containerPort: 8080 }],
    };
    const edge = balanced('shop', house.port).map((document) => JSON.stringify(document));
    const commit = house.commit({
      'ecs/taskdef.json': read('shop/taskdef.json'),
      'ecs/service.json': JSON.stringify(service),
      'edge.yaml': edge.join('\n---\n'),
    });
    await house.settled(commit, 100_000);
    const { status, body } = await get(house.port);
    expect(status).toBe(200);
    const password = createHash('sha256').update('correct horse').digest('hex');
    expect(JSON.parse(body)).toEqual({ asset: 'unpacked', cache: 'warm', password });
  });

  test('of a compose file comes up in order, its services find each other, and jobs are done', async () => {
    await house.settled(
      house.commit({
        'ecs/taskdef.json': null,
        'ecs/service.json': null,
        'edge.yaml': null,
        'queue/compose.yaml': read('queue/compose.yaml'),
      }),
      100_000,
    );
    await printed(house, 'queue-producer', 'producer', 3);
    const done = await eventually('a job that is done', async () => {
      const lines = await printed(house, 'queue-worker', 'worker');
      const last = lines.at(-1);
      return Array.isArray(last?.['done']) && last['done'].length > 2 ? last['done'] : null;
    });
    expect(done).toContain('/job');
  });
});
