// Files that SOPS has encrypted lie beside the manifests and are none; a manifest that was encrypted by mistake is told, not passed over.
import { describe, expect, it } from 'vitest';
import { load } from '../../src/manifest/load.ts';
import { sourceFile } from './story.ts';

const CLUSTER = sourceFile('cluster.yaml', 'kind: Cluster\nclusterName: prod\n');
const SOPS = "sops:\n  lastmodified: '2026-11-27T20:00:00Z'\n  mac: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\n";

describe('files that SOPS has encrypted', () => {
  it.each([
    ['secrets/db.yaml', `password: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\n${SOPS}`],
    ['secrets/db.json', '{"password": "ENC[...]", "sops": {"lastmodified": "2026-11-27T20:00:00Z", "mac": "ENC[...]"}}'],
    ['secrets/db.env', 'password=ENC[...]\nsops_mac=ENC[...]\nsops_lastmodified=2026-11-27T20:00:00Z\n'],
  ])('%s is passed over in silence', (path, text) => {
    const { desired, problems } = load([CLUSTER, sourceFile(path, text)], 'x');
    expect(problems).toEqual([]);
    expect(desired).not.toBeNull();
  });

  it('alone are no manifests', () => {
    expect(load([sourceFile('secrets/db.yaml', `a: b\n${SOPS}`)], 'x').problems.map(({ code }) => code)).toEqual(['no-manifest']);
  });

  it('are manifests that can not be read where they have a kind', () => {
    const { desired } = load([CLUSTER, sourceFile('service.yaml', `kind: ENC[x]\nserviceName: ENC[x]\n${SOPS}`)], 'x');
    expect(desired).toBeNull();
  });
});
