// A secret that went missing while a task of several containers runs, on a real engine: what replaces the task can't be started, and every
// stopped task says why, also those of which the engine made a container after they had failed already.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskList } from '../../src/api/describe.ts';
import { engineJson } from '../support/engine.ts';
import { type House, makeHouse } from './house.ts';
import { container, service, taskDefinition, yaml } from './definitions.ts';
import { containerOf, eventually } from './inside.ts';

const RUNS = `process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1e6);`;
/** Enough for several tries of the throttle. */
const TRIES = 3;

describe('a secret that went missing', { timeout: 180_000 }, () => {
  let house: House;
  const secret = (): string => join(house.state, '..', 'vault', 'token');
  beforeAll(async () => {
    house = await makeHouse();
    const folder = join(house.state, '..', 'vault');
    for (const each of [folder, house.state]) mkdirSync(each, { recursive: true });
    writeFileSync(secret(), 'hunter22');
    const config = { secrets: { providers: [{ name: 'files', kind: 'directory', path: folder }] } };
    writeFileSync(join(house.state, 'config.yaml'), JSON.stringify(config), { mode: 0o600 });
    const needs = container('needs', RUNS, { secrets: [{ name: 'TOKEN', valueFrom: 'token' }] });
    const others = ['one', 'two', 'three'].map((name) => container(name, RUNS));
    const commit = house.commit({
      'all.yaml': yaml({ kind: 'Cluster', clusterName: 'e2e' }, taskDefinition('crew', {}, [...others, needs]), service('crew')),
    });
    house.start();
    await house.settled(commit, 100_000);
  });
  afterAll(async () => {
    await house.dispose();
  });

  test('is the reason of every task that could not be started', async () => {
    rmSync(secret());
    const one = await containerOf(house, 'crew', 'one');
    await engineJson(house.engine, `/containers/${one?.id}/kill`, 'POST');
    const told = await eventually('some tries', async () => {
      const { stdout } = await house.run('ps', 'crew', '--stopped', '--state', house.state, '--output', 'json');
      const reasons = (JSON.parse(stdout) as TaskList).stopped.map(({ stoppedReason }) => stoppedReason);
      return reasons.length > TRIES ? reasons : null;
    });
    const isKnown = /^(?:ResourceInitializationError: the secret token: .*|Essential container in task exited \(one: exit code 137\))$/;
    expect(told.filter((reason) => !isKnown.test(reason ?? ''))).toEqual([]);
  });
});
