// `longshore convert` as people run it: what it answers when the other format has no place for anything, or not for all.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { longshore } from './spawn.ts';
import { makePlace } from './place.ts';
import type { Place } from './place.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.leave());

describe('converting', () => {
  it('a task definition alone makes no compose file, and says what is missing', async () => {
    const file = join(dirname(place.state), 'task.json');
    writeFileSync(file, '{ "family": "web", "containerDefinitions": [{ "name": "app", "image": "nginx:1.27", "memory": 64 }] }');
    const { code, stdout, stderr } = await longshore(['convert', file, '--to', 'compose']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('error: there is no service with its task definition here, and a compose file declares nothing else\n');
    expect(stderr).toContain(
      'hint: Name a folder with a service and the task definition that it runs, or convert --to longshore or ecs.\n',
    );
  });

  it('tells before the call what ECS would refuse', async () => {
    const file = join(dirname(place.state), 'compose.yaml');
    writeFileSync(file, 'services:\n  web:\n    image: nginx:1.27\n');
    const { code, stderr } = await longshore(['convert', file, '--to', 'ecs', '--out', join(dirname(place.state), 'ecs')]);
    expect(code).toBe(0);
    expect(stderr).toContain('container "web" has no memory, and ECS registers none without: add memory before the call\n');
  });

  it('a folder that can not be made is an error, at once', async () => {
    const file = join(dirname(place.state), 'compose.yaml');
    writeFileSync(file, 'services:\n  web:\n    image: nginx:1.27\n');
    for (const [folder, why] of [
      ['/proc/longshore/x', "/proc/longshore can't be made (ENOENT)"],
      [join(file, 'x'), `${file} is no folder`],
    ] as const) {
      const { code, stderr } = await longshore(['convert', file, '--out', folder]);
      expect({ code, first: stderr.split('\n')[0] }).toEqual({ code: 1, first: `error: ${why}` });
    }
  });

  it('writes for Compose what Compose would take otherwise', async () => {
    const file = join(dirname(place.state), 'web.yaml');
    const checks = 'healthCheck: { command: [CMD, check] }';
    writeFileSync(
      file,
      `{ kind: TaskDefinition, family: web, containerDefinitions: [{ name: web, image: web:1, memory: 64, ${checks} }] }\n---\n{ kind: Service, serviceName: web, taskDefinition: web, desiredCount: 1 }\n`,
    );
    const { code, stdout } = await longshore(['convert', file, '--to', 'compose']);
    expect(code).toBe(0);
    for (const line of ['restart: always', 'stop_grace_period: 30s', 'timeout: 5s']) expect(stdout).toContain(`    ${line}\n`);
  });
});
