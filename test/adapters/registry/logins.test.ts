// Logins from a real folder and real programs: what is found, what a program may do wrong, and that a new login counts at once.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askProgram } from '../../../src/adapters/registry/credential-program.ts';
import { dockerLogins, type PullLogin } from '../../../src/adapters/registry/logins.ts';

const SECRET = 'correct-horse-battery-staple';
const path = process.env['PATH'] ?? '';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logins-'));
  process.env['PATH'] = `${folder}:${path}`;
});
afterEach(() => {
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true, force: true });
});

const configure = (config: unknown): void => writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
/** A credential program of a few lines of shell. */
const install = (name: string, script: string): void => {
  const file = join(folder, `docker-credential-${name}`);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
};
const ask = (reference: string, signal = AbortSignal.timeout(20_000)): Promise<PullLogin> =>
  dockerLogins(folder).loginFor(reference, signal);
const sent = ({ header }: PullLogin): unknown => (header === null ? null : JSON.parse(Buffer.from(header, 'base64url').toString()));

describe('the file', () => {
  it('is read at each pull, so that a new login counts at once', async () => {
    const logins = dockerLogins(folder);
    const look = async (): Promise<unknown> => sent(await logins.loginFor('r.example/app:1', AbortSignal.timeout(20_000)));
    expect(await look()).toBeNull();
    configure({ auths: { 'r.example': { auth: Buffer.from(`alice:${SECRET}`).toString('base64') } } });
    expect(await look()).toEqual({ username: 'alice', password: SECRET, serveraddress: 'r.example' });
    configure({ auths: {} });
    expect(await look()).toBeNull();
  });

  it('names itself as the place where a login would have to stand', async () => {
    expect(await ask('r.example/app:1')).toEqual({ header: null, secrets: [], source: join(folder, 'config.json'), trouble: null });
  });

  it('keeps no pull from being tried when it is broken', async () => {
    writeFileSync(join(folder, 'config.json'), '{');
    expect((await ask('r.example/app:1')).trouble).toBe(`${join(folder, 'config.json')} is no JSON object`);
    rmSync(join(folder, 'config.json'));
    mkdirSync(join(folder, 'config.json'));
    expect((await ask('r.example/app:1')).trouble).toBe(`${join(folder, 'config.json')} can't be read (EISDIR)`);
  });

  it('names what must be cut out of every text', async () => {
    configure({ auths: { 'r.example': { username: 'alice', password: SECRET } } });
    const login = await ask('r.example/app:1');
    expect(login.secrets).toEqual([login.header, SECRET]);
    expect(login.source).not.toContain(SECRET);
  });
});

describe('a program', () => {
  beforeEach(() => configure({ credsStore: 'test' }));

  it('gets the server on its stdin and nothing but "get" as an argument', async () => {
    install('test', `echo "$@" > ${folder}/args; cat > ${folder}/input; echo '{"Username":"alice","Secret":"${SECRET}"}'`);
    const login = await ask('r.example:5000/team/app:1');
    expect(sent(login)).toEqual({ username: 'alice', password: SECRET, serveraddress: 'r.example:5000' });
    expect(login).toMatchObject({ source: 'docker-credential-test', trouble: null });
    expect(readFileSync(join(folder, 'args'), 'utf8')).toBe('get\n');
    expect(readFileSync(join(folder, 'input'), 'utf8')).toBe('r.example:5000');
  });

  it('is asked for Docker Hub under its old address', async () => {
    install('test', `cat > ${folder}/input; echo '{"Username":"<token>","Secret":"idt"}'`);
    expect(sent(await ask('nginx:1'))).toEqual({ identitytoken: 'idt', serveraddress: 'https://index.docker.io/v1/' });
    expect(readFileSync(join(folder, 'input'), 'utf8')).toBe('https://index.docker.io/v1/');
  });

  it.each([
    ['that knows no login is no trouble', `echo "credentials not found in native keychain"; exit 1`, null],
    ['that fails is quoted', `echo "the store is locked"; exit 1`, 'docker-credential-test ended with 1: the store is locked'],
    ['that fails on stderr is quoted', `echo "gpg: no key" >&2; exit 2`, 'docker-credential-test ended with 2: gpg: no key'],
    [
      'that fails with an answer is not quoted',
      `echo '{"Username":"alice","Secret":"${SECRET}"}'; exit 1`,
      'docker-credential-test ended with 1',
    ],
    ['that prints something else', `echo ${SECRET}`, 'docker-credential-test ended well, but what it printed is no user and secret'],
    ['that is killed', 'kill -9 $$', 'docker-credential-test ended with signal SIGKILL'],
    ['that never ends its output', 'yes', 'docker-credential-test could not be run: it printed more than 65536 characters'],
  ])('%s', async (_, script, trouble) => {
    install('test', script);
    expect(await ask('r.example/app:1')).toEqual({ header: null, secrets: [], source: 'docker-credential-test', trouble });
  });

  it('that is not there is named', async () => {
    expect((await ask('r.example/app:1')).trouble).toBe('docker-credential-test is not on the PATH of the daemon');
  });

  it('that hangs is ended at its deadline', async () => {
    install('test', `sleep 60`);
    const answer = await askProgram('test', 'r.example', new AbortController().signal, 100);
    expect(answer).toEqual({ kind: 'failed', why: 'docker-credential-test did not answer within 0.1 s' });
  });

  it('is asked once by pulls that wait at the same time, and lives as long as one of them waits', async () => {
    install('test', `echo x >> ${folder}/runs; sleep 0.5; echo '{"Username":"alice","Secret":"${SECRET}"}'`);
    const logins = dockerLogins(folder);
    const impatient = new AbortController();
    const first = logins.loginFor('r.example/a:1', impatient.signal);
    const second = logins.loginFor('r.example/b:1', AbortSignal.timeout(20_000));
    setTimeout(() => impatient.abort(new Error('the pull is over')), 100);
    await expect(first).rejects.toThrow('the pull is over');
    expect(sent(await second)).toMatchObject({ username: 'alice' });
    expect(readFileSync(join(folder, 'runs'), 'utf8')).toBe('x\n');
  });

  it('is ended when nobody waits for it any more', async () => {
    install('test', `sleep 0.4; touch ${folder}/lived`);
    await expect(ask('r.example/a:1', AbortSignal.timeout(50))).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(existsSync(join(folder, 'lived'))).toBe(false);
  });
});
