// What the refusals of a host mean, and what to do: its key, ours, the way to the engine's socket behind it.
// ssh says of a channel that does not open only that it does not, whatever is wrong; the user's shell over there is asked for the rest.
import { SSH_PORT } from '../../../lang/engine-endpoint.ts';
import { Unreachable } from '../errors.ts';
import { fingerprint, keyType } from './known-hosts.ts';
import type { HostKeyVerdict, KnownHostsFile } from './known-hosts.ts';
import type { Offer } from './ssh-keys.ts';
import type { SshConnection, SshTarget } from './ssh-target.ts';
import type { TransportLimits } from './transport.ts';

/** The other side says nothing any more. */
export const SILENT = 'silent';
/** A shell with a long profile on a busy host. */
const ASK_MS = 8_000;
/** RFC 4254, 5.1: reasons why a channel is not opened. */
const PROHIBITED = 1;
const UNKNOWN_TYPE = 3;

/** The host's key is not to be taken; null: it is. */
export function hostKeyFault(
  verdict: HostKeyVerdict,
  key: Buffer,
  target: SshTarget,
  files: readonly KnownHostsFile[],
): Unreachable | null {
  const { host, port, where } = target;
  const shown = `${keyType(key)} ${fingerprint(key)}`;
  const scan = `ssh-keyscan ${port === SSH_PORT ? '' : `-p ${port} `}${host} >> ${files[0]?.path ?? '~/.ssh/known_hosts'}`;
  const refused = (words: string): Unreachable => new Unreachable(`${where}: ${words}`, { isRefusal: true });
  switch (verdict.kind) {
    case 'known':
      return null;
    case 'unknown':
      return refused(
        `the key of this host is not known (${shown}): compare that with what \`ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub\` says on the host, and if it is the same, take it: ${scan}`,
      );
    case 'changed':
      return refused(
        `THE KEY OF THIS HOST HAS CHANGED: it shows ${shown}, and line ${verdict.line} of ${verdict.path} has ${verdict.known}. ` +
          `Somebody may be in between; nothing was sent. If the host was set up anew: ssh-keygen -R ${knownName(host, port)} -f ${verdict.path}, and then ${scan}`,
      );
    case 'revoked':
      return refused(
        `THE KEY OF THIS HOST IS REVOKED: it shows ${shown}, which line ${verdict.line} of ${verdict.path} marks as @revoked. Whoever shows it is not to be trusted`,
      );
  }
}

/** Why a connection was not made, or broke. */
export function refusalOf(
  error: Error,
  { host, user, where }: SshTarget,
  { names, agentFault }: Offer & { readonly agentFault: string | null },
  limits: TransportLimits,
): Unreachable {
  const { level, code } = error as { readonly level?: string; readonly code?: unknown };
  const said = (words: string): Unreachable => new Unreachable(`${where}: ${words}`, { cause: error });
  const refused = (words: string): Unreachable => new Unreachable(`${where}: ${words}`, { cause: error, isRefusal: true });
  if (level === 'client-authentication') {
    const agent = agentFault === null ? '' : ' (the agent of SSH_AUTH_SOCK does not answer)';
    return refused(
      `${user} is not let in with ${names.join(' or ')}${agent}: put the public key into ~${user}/.ssh/authorized_keys on ${host}; the log of its sshd says why`,
    );
  }
  if (/too many authentication failures/i.test(error.message)) {
    return refused(`${host} gave up before the right one of ${names.join(' and ')} had its turn: name one key with keyFile`);
  }
  if (error.message === SILENT)
    return said(`the ssh connection broke: ${host} has not answered for some ${(4 * limits.keepaliveMs) / 1_000} s`);
  if (level === 'client-timeout') return said(`${host} did not let us in within ${limits.connectMs / 1_000} s`);
  if (/connection lost before handshake/i.test(error.message)) {
    return said(`${host} hung up before a word of ssh: is an sshd behind that port? It also drops connections beyond its MaxStartups`);
  }
  if (level === 'handshake' || level === 'protocol') return said(`ssh can't be agreed upon: ${error.message}`);
  return said(`the ssh connection broke: ${error.message}${typeof code === 'string' && !error.message.includes(code) ? ` (${code})` : ''}`);
}

/** Why a socket of the host is not opened. Asks the user's shell there. */
export async function socketRefusal(error: Error, connection: SshConnection, target: SshTarget, path: string): Promise<Unreachable> {
  const { host, user, where } = target;
  const { reason } = error as { readonly reason?: unknown };
  const said = (words: string): Unreachable => new Unreachable(`${where}: ${words}`, { cause: error });
  const forbidden = `the sshd of ${host} does not forward to ${path}: AllowStreamLocalForwarding no or DisableForwarding in its sshd_config forbids it, or a restriction of the key in authorized_keys`;
  if (reason === UNKNOWN_TYPE) return said(`the sshd of ${host} can't forward to a socket: OpenSSH can, from 6.7 on`);
  if (reason === PROHIBITED) return said(forbidden);
  const seen = /longshore:(\w+)/.exec((await connection.run(questionOf(path), ASK_MS)) ?? '')?.[1];
  switch (seen ?? 'unsaid') {
    case 'absent':
      return said(
        `${host} has no ${path} that ${user} could see: is Docker there? Another path stands behind the host: ssh://HOST/run/user/1000/docker.sock`,
      );
    case 'other':
      return said(`${path} on ${host} is no socket`);
    case 'forbidden':
      return said(`${user} may not open ${path} on ${host}: add ${user} to the group of the socket there (usermod -aG docker ${user})`);
    case 'listening':
      return said(forbidden);
    case 'silent':
      return said(`nobody listens on ${path} on ${host}: is dockerd running? If it is, ${forbidden}`);
    default:
      return said(
        `${host} does not open ${path}: it is not there, or ${user} may not open it, or nobody listens, or its sshd does not forward to sockets (AllowStreamLocalForwarding)`,
      );
  }
}

/** One line for any shell. The path holds nothing that a shell would read (lang/engine-endpoint.ts). 00010000: a socket that is listened on. */
function questionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const say = (word: string): string => `echo longshore:${word}`;
  const steps = [
    `[ -e ${path} ] || { ${say('absent')}; exit; }`,
    `[ -S ${path} ] || { ${say('other')}; exit; }`,
    `[ -r ${path} ] && [ -w ${path} ] || { ${say('forbidden')}; exit; }`,
    `grep -q "00010000 .*/${name}$" /proc/net/unix && ${say('listening')} || ${say('silent')}`,
  ];
  return `/bin/sh -c '${steps.join('; ')}'`;
}

function knownName(host: string, port: number): string {
  return port === SSH_PORT ? host : `"[${host}]:${port}"`;
}
