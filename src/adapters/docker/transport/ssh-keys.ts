// With what we ask to be let in over ssh: a key file, the agent, or what the daemon's user has.
// An encrypted key costs 0.1 to 1 s of processor to open (bcrypt), on the thread that everything else runs on: it is opened once, and again
// when its file or its passphrase has changed.
import { homedir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { fingerprint } from './known-hosts.ts';
import { readIfThere, readKeyFile } from './files.ts';
import { Unreachable } from '../errors.ts';
import type { AnyAuthMethod, ParsedKey } from 'ssh2';
import type { KnownHostsFile } from './known-hosts.ts';
import type { SshCredential } from '../../../model/cluster/engine-credential.ts';

export interface Offer {
  /** In the order in which they are tried. */
  readonly methods: readonly AnyAuthMethod[];
  /** What is offered, for people. */
  readonly names: readonly string[];
  /** Changes when another key is offered. */
  readonly mark: string;
}

/** The names that ssh-keygen gives, in OpenSSH's order. */
const USUAL = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const AGENT_KEYS = 'the keys of the ssh agent';
const MAX_OPEN_KEYS = 200;
const openKeys = new Map<string, { readonly text: string; readonly passphrase: string | undefined; readonly key: ParsedKey }>();

/** What is offered as `user`; null: what the daemon's user has. Throws Unreachable when that is nothing, or can't be read. */
export function offerOf(credential: SshCredential | null, user: string): Offer {
  if (credential === null) return usualOffer(user);
  const { keyFile, agent, passphrase } = credential;
  if (agent === true || keyFile === undefined) {
    const method = agentMethod(user);
    if (method === null)
      throw new Unreachable(`the credential ${credential.name} asks the ssh agent, and SSH_AUTH_SOCK is not set for the daemon`);
    return { methods: [method], names: [AGENT_KEYS], mark: AGENT_KEYS };
  }
  const secret = passphrase === undefined ? undefined : process.env[passphrase.environment];
  if (passphrase !== undefined && (secret === undefined || secret === '')) {
    throw new Unreachable(`the variable ${passphrase.environment} with the passphrase of ${keyFile} is not set for the daemon`);
  }
  const key = openKey(keyFile, readKeyFile(keyFile, 'keyFile'), secret);
  return { methods: [{ type: 'publickey', username: user, key }], names: [keyFile], mark: fingerprint(key.getPublicSSH()) };
}

/** The files of known host keys that count, as they are now. */
export function knownHostsOf(credential: SshCredential | null): readonly KnownHostsFile[] {
  if (credential?.knownHostsFile !== undefined) {
    const path = credential.knownHostsFile;
    return [{ path, text: readIfThere(path, 'knownHostsFile')?.toString('latin1') ?? '' }];
  }
  return [join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts'].map((path) => ({
    path,
    text: readIfThere(path, 'the file of known hosts')?.toString('latin1') ?? '',
  }));
}

function usualOffer(user: string): Offer {
  const folder = join(homedir(), '.ssh');
  const agent = agentMethod(user);
  const files = USUAL.map((name) => join(folder, name)).flatMap((path) => {
    const text = readIfThere(path, 'key');
    const key = text === null ? null : ssh2.utils.parseKey(text);
    // One with a passphrase is for the agent.
    return key === null || key instanceof Error || !key.isPrivateKey() ? [] : [{ path, key }];
  });
  if (agent === null && files.length === 0) {
    throw new Unreachable(
      `the daemon's user has no ssh key: no agent (SSH_AUTH_SOCK), and no ${USUAL.join(', ')} without a passphrase in ${folder}; give it one under engines.credentials`,
    );
  }
  return {
    methods: [...(agent === null ? [] : [agent]), ...files.map(({ key }): AnyAuthMethod => ({ type: 'publickey', username: user, key }))],
    names: [...(agent === null ? [] : [AGENT_KEYS]), ...files.map(({ path }) => path)],
    mark: [agent === null ? '' : AGENT_KEYS, ...files.map(({ key }) => fingerprint(key.getPublicSSH()))].join(' '),
  };
}

function agentMethod(user: string): AnyAuthMethod | null {
  const agent = process.env['SSH_AUTH_SOCK'];
  return agent === undefined || agent === '' ? null : { type: 'agent', username: user, agent };
}

function openKey(path: string, bytes: Buffer, passphrase: string | undefined): ParsedKey {
  const text = bytes.toString('latin1');
  const known = openKeys.get(path);
  if (known !== undefined && known.text === text && known.passphrase === passphrase) return known.key;
  const parsed = ssh2.utils.parseKey(bytes, passphrase);
  if (parsed instanceof Error) throw new Unreachable(`keyFile ${path} ${whyNot(parsed.message, passphrase !== undefined)}`);
  if (!parsed.isPrivateKey()) throw new Unreachable(`keyFile ${path} holds a public key: name the file without .pub`);
  if (openKeys.size >= MAX_OPEN_KEYS) openKeys.clear();
  openKeys.set(path, { text, passphrase, key: parsed });
  return parsed;
}

/** The library's words are not handed on: some of them quote what they could not read. */
function whyNot(words: string, hasPassphrase: boolean): string {
  if (/encrypted.*no passphrase|no passphrase given/i.test(words)) {
    return 'is encrypted: name the variable that holds its passphrase (passphrase: { environment: ... }), or use the agent';
  }
  if (hasPassphrase && /passphrase|integrity|decrypt|malformed/i.test(words)) return 'is not opened by its passphrase';
  return 'holds no private key that ssh knows (ssh-keygen -t ed25519 makes one)';
}
