// The metadata endpoint as the configuration asks for it: what containers are told, and that it is one warning when it can't be had.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServer, type Server } from 'node:net';
import { claimAddress, isLinkLocal } from '../../src/adapters/link-local.ts';
import { identity } from '../build.ts';
import { openMetadata, type Metadata } from '../../src/cli/metadata.ts';
import type { MetadataConfig } from '../../src/model/operator-config.ts';

const LOCAL = { name: 'local', connection: { kind: 'unix', path: '/run/d.sock' } as const, address: '127.0.0.1', clusters: null };
const ROLE = 'arn:aws:iam::123456789012:role/web';
let holder: Server;
let taken: number;
let opened: Metadata[];
let logged: unknown[][];

beforeEach(async () => {
  opened = [];
  logged = [];
  holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.2', resolve));
  const address = holder.address();
  taken = address !== null && typeof address === 'object' ? address.port : 0;
});
afterEach(async () => {
  for (const one of opened) await one.close();
  await new Promise((resolve) => holder.close(resolve));
});

async function open(config: MetadataConfig | undefined): Promise<Metadata | null> {
  const log = { write: (...words: unknown[]) => void logged.push(words) };
  const metadata = await openMetadata(config, new Uint8Array(32), new Map(), log);
  if (metadata !== null) opened.push(metadata);
  return metadata;
}

describe('the metadata endpoint of a daemon', () => {
  it('is not there unless the configuration asks for it', async () => {
    expect(await open(undefined)).toBeNull();
    expect(logged).toEqual([]);
  });

  it.each([
    ['a port that somebody has', () => ({ address: '127.0.0.2', port: taken }), 'EADDRINUSE'],
    ['an address of another machine', () => ({ address: '203.0.113.9', port: taken }), 'only link-local ones are added'],
  ])('is one warning with %s, and the daemon goes on', async (_, config, reason) => {
    const metadata = await open(config());
    expect(metadata?.variables(LOCAL)(identity(), null)).toEqual([]);
    expect(logged).toMatchObject([['warn', 'containers of this machine get no metadata: its address or port can not be had', {}]]);
    expect(JSON.stringify(logged)).toContain(reason);
  });

  it('gives a container its own address, and one with a role that is configured the address of its credentials', async () => {
    const metadata = await open({ address: '127.0.0.1', port: taken, credentials: [{ role: 'web', file: '/none.json' }] });
    const variables = metadata?.variables(LOCAL);
    const { task } = identity();
    const [own, credentials, ...more] = variables?.(identity(), ROLE) ?? [];
    expect([own?.name, credentials?.name, more]).toEqual(['ECS_CONTAINER_METADATA_URI_V4', 'AWS_CONTAINER_CREDENTIALS_FULL_URI', []]);
    expect(own?.value).toMatch(new RegExp(`^http://127.0.0.1:${taken}/v4/${task}-[0-9a-f]{64}$`));
    expect(credentials?.value).toMatch(new RegExp(`^http://127.0.0.1:${taken}/v2/credentials/${task}-[0-9a-f]{64}$`));
    expect(variables?.(identity(), 'job').map(({ name }) => name)).toEqual(['ECS_CONTAINER_METADATA_URI_V4']);
    expect(variables?.(identity({ container: 'side' }), ROLE)).toMatchObject([
      { value: expect.not.stringMatching(own?.value ?? '') },
      credentials,
    ]);
  });

  it("gives an engine elsewhere a relay at ECS's address of its host, where this machine's own is no use", async () => {
    const metadata = await open({ address: '127.0.0.1', port: taken });
    const elsewhere = { ...LOCAL, address: '203.0.113.9' };
    expect(metadata?.relay(LOCAL)).toBeNull();
    expect(metadata?.relay(elsewhere)).toMatchObject({ address: '169.254.170.2', port: taken });
    const [own] = metadata?.variables(elsewhere)(identity(), null) ?? [];
    expect(own?.value).toMatch(new RegExp(`^http://169.254.170.2:${taken}/v4/`));
  });
});

describe('an address', () => {
  it('may be one that each machine has for itself', () => {
    expect(['169.254.170.9', '10.0.0.1', '1.169.254.1'].map(isLinkLocal)).toEqual([true, false, false]);
  });

  it('of this machine is claimed by doing nothing', async () => expect(claimAddress('127.0.0.9')).resolves.toBeUndefined());
});
