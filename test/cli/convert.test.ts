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
});
