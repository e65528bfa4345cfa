// Every provider passes the contract: over a real folder, the environment of a process, real SOPS files, and a server on a real socket. With
// LONGSHORE_VAULT_ADDRESS and LONGSHORE_VAULT_TOKEN (a mount "secret" of KV version 2) a real Vault passes it as well.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { providerContract } from '../../contract/secrets.ts';
import { sopsFile } from './sops-encrypt.ts';
import { sourceFile } from '../../manifest/story.ts';
import { startFakeVault } from './fake-vault.ts';
import type { SourceFile } from '../../../src/manifest/source.ts';

providerContract('a directory', async () => {
  const place = mkdtempSync(join(tmpdir(), 'secrets-'));
  const folder = join(place, 'kept');
  mkdirSync(folder);
  const put = async (name: string, text: string): Promise<void> => writeFileSync(join(folder, name), text);
  return {
    config: { name: 'kept', kind: 'directory', path: folder },
    environment: {},
    files: () => [],
    put,
    putFields: async (name, fields) => put(name, `${JSON.stringify(fields)}\n`),
    remove: async (name) => rmSync(join(folder, name)),
    leave: async () => renameSync(folder, `${folder}.away`),
    dispose: async () => rmSync(place, { recursive: true }),
  };
});

providerContract('the environment', async () => {
  const environment: Record<string, string> = {};
  const put = async (name: string, text: string): Promise<void> => void (environment[name] = text);
  return {
    config: { name: 'kept', kind: 'environment', allow: ['APP_DB', 'APP_OTHER'] },
    environment,
    files: () => [],
    put,
    putFields: async (name, fields) => put(name, JSON.stringify(fields)),
    remove: async (name) => void delete environment[name],
    leave: null,
    dispose: async () => {},
  };
});

providerContract('SOPS in git', async () => {
  const place = mkdtempSync(join(tmpdir(), 'secrets-'));
  const identity = await generateX25519Identity();
  const recipients = [await identityToRecipient(identity)];
  writeFileSync(join(place, 'key.txt'), `# created by a test\n${identity}\n`);
  const files = new Map<string, SourceFile>();
  const putFields = async (name: string, fields: Readonly<Record<string, string | number | boolean>>): Promise<void> => {
    const path = `secrets/${name}.yaml`;
    files.set(path, sourceFile(path, await sopsFile(path, fields, { recipients })));
  };
  return {
    config: { name: 'kept', kind: 'sops', ageKeyFile: join(place, 'key.txt') },
    environment: {},
    files: () => [...files.values()],
    put: (name, text) => putFields(name, { value: text }),
    putFields,
    remove: async (name) => void files.delete(`secrets/${name}.yaml`),
    leave: null,
    dispose: async () => rmSync(place, { recursive: true }),
  };
});

providerContract('the fake Vault', async () => {
  const vault = await startFakeVault();
  return vaultUnderTest(vault.address, 'root', '', vault.close);
});

const { LONGSHORE_VAULT_ADDRESS: address, LONGSHORE_VAULT_TOKEN: token } = process.env;
if (address !== undefined && token !== undefined) {
  providerContract('a real Vault', async () => vaultUnderTest(address, token, `longshore-test-${Date.now()}`, async () => {}));
}

/** `folder`: below the mount, so that a real server is not filled with what others might read. */
function vaultUnderTest(
  server: string,
  key: string,
  folder: string,
  close: () => Promise<void>,
): Awaited<ReturnType<Parameters<typeof providerContract>[1]>> {
  let closed = false;
  const send = async (method: string, name: string, data?: unknown): Promise<void> => {
    const path = folder === '' ? name : `${folder}/${name}`;
    const headers = { 'X-Vault-Token': key, 'content-type': 'application/json' };
    const answer = await fetch(`${server}/v1/secret/data/${path}`, {
      method,
      headers,
      ...(data !== undefined && { body: JSON.stringify({ data }) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
    await answer.arrayBuffer();
  };
  const end = async (): Promise<void> => {
    if (!closed) await close();
    closed = true;
  };
  return {
    config: { name: 'kept', kind: 'vault', address: server, token: { environment: 'TOKEN' }, ...(folder !== '' && { path: folder }) },
    environment: { TOKEN: key },
    files: () => [],
    put: (name, text) => send('POST', name, { value: text }),
    putFields: (name, fields) => send('POST', name, fields),
    remove: (name) => send('DELETE', name),
    leave: folder === '' ? end : null,
    dispose: end,
  };
}
