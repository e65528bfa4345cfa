// ssh through a real sshd: whom we take a host for, how we are let in, what is behind it; each refusal in words that say what to do.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { appendFileSync, chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { engineClient } from '../../../../src/adapters/docker/client.ts';
import { engineForTests } from '../../../support/engine.ts';
import { makeKey, startSshd, whyNoSshd, type Sshd } from '../../../support/sshd.ts';
import { QUICK, type SshConnection } from '../../../support/ways.ts';

const socketPath = await engineForTests();
const why = whyNoSshd();
const PASSPHRASE = 'correct-horse-battery-staple';

type Credential = NonNullable<SshConnection['credential']>;

let sshd: Sshd;
const at = (name: string): string => join(sshd.folder, name);
const connection = (changed: Partial<SshConnection> = {}, credential: Partial<Credential> = {}): SshConnection => ({
  ...{ kind: 'ssh', user: sshd.user, host: '127.0.0.1', port: sshd.port, path: socketPath },
  credential: { name: 'test', kind: 'ssh', keyFile: sshd.keyFile, knownHostsFile: sshd.knownHostsFile, ...credential },
  ...changed,
});
/** What the first call says: the API version, or why not. */
const said = async (to: SshConnection): Promise<string> => {
  const client = engineClient(to, QUICK);
  try {
    return (await client.session(AbortSignal.timeout(40_000))).apiVersion;
  } catch (error) {
    return (error as Error).message;
  } finally {
    client.close();
  }
};
const OK = /^1\.\d+$/;
const environment = { ...process.env };
afterEach(() => {
  for (const name of ['HOME', 'SSH_AUTH_SOCK', 'SSH_PASSPHRASE']) {
    if (environment[name] === undefined) delete process.env[name];
    else process.env[name] = environment[name];
  }
});

if (why === null) {
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.close());
  describe('the key of a host', hostKeys);
  describe('our key', ownKeys);
  describe('what is behind the host', behindTheHost);
} else {
  describe('ssh', () => it('is left out', ({ skip }) => skip(why)));
}

function hostKeys(): void {
  const known = (text: string): Promise<string> => {
    writeFileSync(at('hosts'), text);
    return said(connection({}, { knownHostsFile: at('hosts') }));
  };
  const name = (): string => `[127.0.0.1]:${sshd.port}`;

  it.each([0, 1, 2])('is taken when one of its types is known: %i', async (index) =>
    expect(await known(`${name()} ${sshd.hostKeys[index]}\n`)).toMatch(OK),
  );

  it('is taken from hashed names, from patterns, and among comments', async () => {
    writeFileSync(at('hashed'), `${name()} ${sshd.hostKeys[0]}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', at('hashed')], { stdio: 'ignore' });
    const hashed = readFileSync(at('hashed'), 'utf8');
    expect(hashed).toMatch(/^\|1\|/);
    expect(await known(hashed)).toMatch(OK);
    expect(await known(`# ours\n\nnonsense\n!other,[127.0.*]:* ${sshd.hostKeys[0]}\n`)).toMatch(OK);
  });

  it('that is not known is refused, with the line that would take it', async () => {
    const fingerprint = execFileSync('ssh-keygen', ['-lf', at('host_ed25519.pub')], { encoding: 'utf8' }).split(' ')[1] ?? '';
    for (const text of [
      '',
      `other.example ${sshd.hostKeys[0]}\n`,
      `!${name()},!127.0.0.1,* ${sshd.hostKeys[0]}\n`,
      `@cert-authority * ${sshd.hostKeys[0]}\n`,
    ]) {
      const words = await known(text);
      expect(words).toContain(`the key of this host is not known (ssh-ed25519 ${fingerprint})`);
      expect(words).toContain(`ssh-keyscan -p ${sshd.port} 127.0.0.1 >> ${at('hosts')}`);
    }
  });

  it('is taken after that line', async () => {
    const words = await known('');
    const scan = /ssh-keyscan .* >> \S+/.exec(words)?.[0] ?? '';
    execFileSync('sh', ['-c', scan], { stdio: 'ignore' });
    expect(await said(connection({}, { knownHostsFile: at('hosts') }))).toMatch(OK);
  });

  it('that has changed is refused loudly, with the line that says otherwise', async () => {
    const words = await known(`# old\n${name()} ${readFileSync(`${sshd.keyFile}.pub`, 'utf8')}`);
    expect(words).toContain('THE KEY OF THIS HOST HAS CHANGED');
    expect(words).toContain(`line 2 of ${at('hosts')}`);
    expect(words).toContain(`ssh-keygen -R "${name()}" -f ${at('hosts')}`);
  });

  it('that is revoked is refused, however well it is known', async () => {
    const words = await known(`${name()} ${sshd.hostKeys[0]}\n@revoked * ${sshd.hostKeys[0]}\n`);
    expect(words).toContain('THE KEY OF THIS HOST IS REVOKED');
  });

  it('that is refused is not asked for again at once, unless what is known has changed', async () => {
    const attempts = (): number => sshd.log().split('Connection from').length;
    writeFileSync(at('hosts'), '');
    const client = engineClient(connection({}, { knownHostsFile: at('hosts') }), { ...QUICK, refusedMs: 60_000 });
    const ping = (): Promise<void> => client.ping(AbortSignal.timeout(20_000));
    await expect(ping()).rejects.toThrow('is not known');
    const before = attempts();
    for (let again = 0; again < 5; again++) await expect(ping()).rejects.toThrow('is not known');
    expect(attempts()).toBe(before);
    writeFileSync(at('hosts'), readFileSync(sshd.knownHostsFile));
    await ping();
    client.close();
  });
}

function ownKeys(): void {
  it.each(['rsa', 'ecdsa'] as const)('may be of type %s', async (type) => {
    makeKey(at(type), type);
    appendFileSync(at('authorized_keys'), readFileSync(at(`${type}.pub`)));
    expect(await said(connection({}, { keyFile: at(type) }))).toMatch(OK);
  });

  it('is opened with a passphrase from the environment, which no word of ours holds', async () => {
    makeKey(at('locked'), 'ed25519', PASSPHRASE);
    appendFileSync(at('authorized_keys'), readFileSync(at('locked.pub')));
    const passphrase = { environment: 'SSH_PASSPHRASE' };
    const words: string[] = [
      await said(connection({}, { keyFile: at('locked') })),
      await said(connection({}, { keyFile: at('locked'), passphrase })),
    ];
    process.env['SSH_PASSPHRASE'] = `${PASSPHRASE}r`;
    words.push(await said(connection({}, { keyFile: at('locked'), passphrase })));
    process.env['SSH_PASSPHRASE'] = PASSPHRASE;
    expect(await said(connection({}, { keyFile: at('locked'), passphrase }))).toMatch(OK);
    expect(words).toEqual([
      expect.stringContaining('is encrypted: name the variable that holds its passphrase'),
      expect.stringContaining('the variable SSH_PASSPHRASE with the passphrase of'),
      expect.stringContaining('is not opened by its passphrase'),
    ]);
    expect(words.join()).not.toContain(PASSPHRASE);
  });

  it.each([
    ['that is missing', () => '/none/id', 'keyFile /none/id does not exist'],
    ['that is public', () => `${sshd.keyFile}.pub`, 'holds a public key: name the file without .pub'],
    ['that is none', () => '/etc/passwd', 'holds no private key that ssh knows'],
  ])('a file %s is said', async (_, keyFile, words) => expect(await said(connection({}, { keyFile: keyFile() }))).toContain(words));

  it('that the host does not know is refused by it, and we say where it belongs', async () => {
    makeKey(at('stranger'), 'ed25519');
    const words = await said(connection({}, { keyFile: at('stranger') }));
    expect(words).toContain(
      `${sshd.user} is not let in with ${at('stranger')}: put the public key into ~${sshd.user}/.ssh/authorized_keys`,
    );
  });

  it('may be in the ssh agent', async () => {
    const agent = { keyFile: undefined, agent: true } as unknown as Partial<Credential>;
    delete process.env['SSH_AUTH_SOCK'];
    expect(await said(connection({}, agent))).toContain('SSH_AUTH_SOCK is not set for the daemon');
    process.env['SSH_AUTH_SOCK'] = at('nobody');
    expect(await said(connection({}, agent))).toContain('the agent of SSH_AUTH_SOCK does not answer');
    process.env['SSH_AUTH_SOCK'] = at('agent');
    const started = execFileSync('ssh-agent', ['-s', '-a', at('agent')], { encoding: 'utf8' });
    try {
      execFileSync('ssh-add', ['-q', sshd.keyFile], { stdio: 'ignore' });
      expect(await said(connection({}, agent))).toMatch(OK);
    } finally {
      process.kill(Number(/SSH_AGENT_PID=(\d+)/.exec(started)?.[1]));
    }
  });

  it("is that of the daemon's user where none is configured", async () => {
    delete process.env['SSH_AUTH_SOCK'];
    process.env['HOME'] = sshd.folder;
    expect(await said(connection({ credential: null }))).toContain("the daemon's user has no ssh key");
    mkdirSync(at('.ssh'));
    copyFileSync(sshd.keyFile, at('.ssh/id_ed25519'));
    copyFileSync(sshd.knownHostsFile, at('.ssh/known_hosts'));
    expect(await said(connection({ credential: null }))).toMatch(OK);
  });

  it('is read anew for each connection', async () => {
    makeKey(at('rotated'), 'ed25519');
    const client = engineClient(connection({}, { keyFile: at('rotated') }), QUICK);
    await expect(client.ping(AbortSignal.timeout(20_000))).rejects.toThrow('is not let in');
    copyFileSync(sshd.keyFile, at('rotated'));
    await client.ping(AbortSignal.timeout(20_000));
    client.close();
  });
}

function behindTheHost(): void {
  it('a socket that is not there, a file that is none, and one that nobody listens on', async () => {
    expect(await said(connection({ path: '/none/docker.sock' }))).toContain(`has no /none/docker.sock that ${sshd.user} could see`);
    expect(await said(connection({ path: '/etc/passwd' }))).toContain('/etc/passwd on 127.0.0.1 is no socket');
    const left = createServer().listen(at('left.sock'));
    await once(left, 'listening');
    renameSync(at('left.sock'), at('dead.sock'));
    left.close();
    expect(await said(connection({ path: at('dead.sock') }))).toContain(`nobody listens on ${at('dead.sock')}`);
  });

  it('a socket that the user may not open', async () => {
    if (process.getuid?.() !== 0) return expect(process.getuid?.()).toBeGreaterThan(0);
    const own = await startSshd([], { user: 'nobody' });
    try {
      for (const path of [own.folder, own.keyFile]) chmodSync(path, 0o755);
      const server = createServer().listen(join(own.folder, 'closed.sock'));
      await once(server, 'listening');
      chmodSync(join(own.folder, 'closed.sock'), 0o600);
      const credential = { name: 'test', kind: 'ssh' as const, keyFile: own.keyFile, knownHostsFile: own.knownHostsFile };
      const to = { port: own.port, user: 'nobody', credential, path: join(own.folder, 'closed.sock') };
      const words = await said(connection(to));
      server.close();
      expect(words).toContain(`nobody may not open ${join(own.folder, 'closed.sock')} on 127.0.0.1: add nobody to the group`);
    } finally {
      await own.close();
    }
  });

  it('an sshd that forwards to no socket, for all or for this key, is said; what is mended counts with the next call', async () => {
    const words = `the sshd of 127.0.0.1 does not forward to ${socketPath}: AllowStreamLocalForwarding no`;
    await sshd.restart(['AllowStreamLocalForwarding no']);
    const client = engineClient(connection(), QUICK);
    await expect(client.ping(AbortSignal.timeout(40_000))).rejects.toThrow(words);
    await sshd.restart([]);
    await client.ping(AbortSignal.timeout(40_000));
    client.close();
    makeKey(at('narrow'), 'ed25519');
    appendFileSync(at('authorized_keys'), `no-port-forwarding ${readFileSync(at('narrow.pub'), 'utf8')}`);
    expect(await said(connection({}, { keyFile: at('narrow') }))).toContain(words);
    makeKey(at('just'), 'ed25519');
    appendFileSync(at('authorized_keys'), `restrict,port-forwarding ${readFileSync(at('just.pub'), 'utf8')}`);
    expect(await said(connection({}, { keyFile: at('just') }))).toMatch(OK);
  });

  it('an sshd that lets the user run nothing leaves us with all that it may be', async () => {
    await sshd.restart(['MaxSessions 0']);
    expect(await said(connection())).toMatch(OK);
    expect(await said(connection({ path: '/none/docker.sock' }))).toContain('it is not there, or');
    await sshd.restart([]);
  });

  it('something else than ssh', async () => {
    const plain = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    }).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    expect(await said(connection({ port: (plain.address() as AddressInfo).port }))).toContain('is an sshd behind that port?');
    plain.close();
  });
}
