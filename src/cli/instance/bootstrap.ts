// `longshore instance bootstrap`: prints the cloud-init of a new host, and says how it becomes an instance. It asks nobody and writes nothing.
// Files that hold a private key are refused, because what is printed is for everybody.
import { readFileSync } from 'node:fs';
import { InvalidArgumentError, Option } from 'commander';
import { Failure } from '../failure.ts';
import { TLS_FOLDER, TLS_PORT, TLS_SCRIPT, cloudInit } from './cloud-init.ts';
import { examples } from '../verb.ts';
import type { Command } from 'commander';
import type { Context } from '../verb.ts';
import type { WayIn } from './cloud-init.ts';

interface BootstrapOptions {
  readonly name?: string;
  readonly user: string;
  readonly sshKey?: string;
  readonly tls?: true;
  readonly ca?: string;
  readonly address?: readonly string[];
}

const HOST_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const ADDRESS = /^[A-Za-z0-9.:-]{1,253}$/;
const PUBLIC_KEY =
  /^(?:ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]{40,}={0,3}(?: .*)?$/;
const CERTIFICATES = /^(?:-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\s*)+$/;
/** A public key, or a chain of certificates. */
const MOST_BYTES = 65_536;

/** Registers `instance bootstrap`. */
export function defineBootstrap(group: Command, { terminal }: Context): void {
  group
    .command('bootstrap')
    .description('print a cloud-init for a new host: Docker, and a way in over ssh or mutual TLS; nothing in it is secret')
    .addOption(
      new Option('--name <name>', "the host's name (default: as its provider names it)").argParser(
        matching(HOST_NAME, 'It is a host name: web2, web2.lan.'),
      ),
    )
    .addOption(
      new Option('--user <name>', 'with --ssh-key: the user that the key is for')
        .argParser(matching(/^(?!root$)[a-z_][a-z0-9_-]{0,31}$/, 'It is a user name of Linux, and not root.'))
        .default('longshore'),
    )
    .option('--ssh-key <file>', "file with the daemon's public key (or several, a line each)")
    .option('--tls', 'tcp with mutual TLS: the host makes a key, and asks for a certificate')
    .option('--ca <file>', "with --tls: file with the CA that the daemon's certificate comes from (PEM)")
    .addOption(
      new Option(
        '--address <address>',
        "with --tls: a name or an address that the engine's certificate is to be for; repeatable (default: --name)",
      ).argParser((text: string, before: readonly string[] | undefined) => [
        ...(before ?? []),
        matching(ADDRESS, 'It is a host name or an address.')(text),
      ]),
    )
    .addHelpText(
      'after',
      examples(
        ['longshore instance bootstrap --name web2 --ssh-key id_ed25519.pub > user-data.yaml', 'a host that is reached over ssh'],
        ['longshore instance bootstrap --tls --ca ca.pem --name web2 --address 10.0.0.6', 'one that is reached over TLS'],
      ),
    )
    .action((options: BootstrapOptions) => {
      const { name = null } = options;
      const way = wayIn(options);
      terminal.out(cloudInit(name, way).trimEnd());
      for (const line of nextSteps(name ?? '<name>', way)) terminal.note(line);
    });
}

function wayIn({ name, user, sshKey, tls, ca, address }: BootstrapOptions): WayIn {
  if ((sshKey === undefined) === (tls === undefined))
    throw new Failure(
      'ERROR',
      'it is not said how the host is reached',
      'Give --ssh-key <file> for ssh, or --tls --ca <file> for mutual TLS.',
    );
  if (sshKey !== undefined) return { kind: 'ssh', user, keys: publicKeys(sshKey) };
  if (ca === undefined)
    throw new Failure(
      'ERROR',
      '--tls lacks the CA that the daemon is known by',
      'Name it with --ca: a file with the certificate (PEM), not its key.',
    );
  const names = [...new Set([...(name === undefined ? [] : [name]), ...(address ?? [])])];
  if (names.length === 0)
    throw new Failure(
      'ERROR',
      "nothing says what the engine's certificate is to be for",
      'Give the host its name or address: --address 10.0.0.6.',
    );
  const text = publicText(ca).replaceAll('\r\n', '\n');
  if (!CERTIFICATES.test(text))
    throw new Failure('ERROR', `${ca} holds no certificates alone`, 'Name a file with certificates (PEM) and nothing else.');
  return { kind: 'tls', ca: text, names };
}

function publicKeys(file: string): readonly string[] {
  const lines = publicText(file)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length > 0 && lines.every((line) => PUBLIC_KEY.test(line))) return lines;
  throw new Failure(
    'ERROR',
    `${file} holds something else than public keys of ssh`,
    'Name the file that ssh-keygen calls .pub: one key a line, without options before it.',
  );
}

/** A file whose text may be printed. Nothing of it is ever in an error. */
function publicText(file: string): string {
  const bytes = readFileSync(file);
  if (bytes.length > MOST_BYTES)
    throw new Failure('ERROR', `${file} has ${bytes.length} bytes`, 'Name a file with keys or certificates alone.');
  const text = bytes.toString('utf8');
  if (!/PRIVATE KEY/.test(text)) return text;
  throw new Failure(
    'ERROR',
    `${file} holds a private key, and a cloud-init is read by everybody`,
    'Name the public half: the .pub file, or the certificate.',
  );
}

function matching(pattern: RegExp, says: string): (text: string) => string {
  return (text) => {
    if (!pattern.test(text)) throw new InvalidArgumentError(says);
    return text;
  };
}

function nextSteps(name: string, way: WayIn): readonly string[] {
  const register = (endpoint: string): string => `  longshore instance register ${name} --endpoint ${endpoint}`;
  if (way.kind === 'ssh')
    return [
      'When the host is up:',
      '  ssh-keyscan <address> >> <knownHostsFile>   after comparing it with what the host says of itself',
      register(`ssh://${way.user}@<address>`),
    ];
  return [
    `When the host is up, its request for a certificate is ${TLS_FOLDER}/request.pem. Sign it with the CA of the engines, bring it back, and:`,
    `  sudo ${TLS_SCRIPT} take <certificate>   dockerd listens on ${TLS_PORT} from then on`,
    register(`tcp://${way.names.at(-1) ?? '<address>'}:${TLS_PORT}`),
  ];
}
