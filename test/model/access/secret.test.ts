import { describe, expect, it } from 'vitest';
import { ContainerDefinition } from '../../../src/model/task/container-definition.ts';
import { secretKey, secretUses } from '../../../src/model/access/secret.ts';

describe('what a container takes from outside', () => {
  it('is named once each, files of variables first', () => {
    const container = ContainerDefinition.parse({
      name: 'app',
      image: 'app:1',
      environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::bucket/prod.env' }],
      secrets: [
        { name: 'A', valueFrom: '/db/password' },
        { name: 'B', valueFrom: '/db/password' },
      ],
      logConfiguration: { logDriver: 'splunk', options: {}, secretOptions: [{ name: 'splunk-token', valueFrom: 'splunk' }] },
      'x-longshore': { files: [{ containerPath: '/run/x', valueFrom: 'vault:x:key' }] },
    });
    expect(secretUses(container).map(secretKey)).toEqual([
      'environment-file arn:aws:s3:::bucket/prod.env',
      'secret /db/password',
      'secret splunk',
      'secret vault:x:key',
    ]);
    expect(secretUses(ContainerDefinition.parse({ name: 'app', image: 'app:1' }))).toEqual([]);
  });
});
