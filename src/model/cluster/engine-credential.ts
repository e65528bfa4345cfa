// With what an engine of another machine is reached. The operator configures it under a name; whoever names an engine may name that, and may
// not say where a key lies. Deliberately absent: a key itself. Files are read when a connection is made, variables too.
import { z } from 'zod';
import { LocalPath, VariableName } from '../local.ts';

/** Patterns of hosts. */
const MAX_HOSTS = 100;

const CredentialName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be a letter, then up to 31 letters, digits or hyphens, all lower-case')
  .meta({ description: 'Name by which an engine calls it, unique here.' });

const Hosts = z
  .array(z.string().min(1).max(253))
  .min(1)
  .max(MAX_HOSTS)
  .optional()
  .meta({ description: 'Hosts that it is used for without being named; * stands for any characters: *.lan, 10.0.0.*. Absent: none.' });

const TlsCredential = z.strictObject({
  name: CredentialName,
  kind: z.literal('tls').meta({ description: 'Mutual TLS, for tcp://.' }),
  hosts: Hosts,
  caFile: LocalPath.meta({
    description: "File with the certificates (PEM) that the engine's own must come from; absolute, or relative to this file.",
  }),
  certFile: LocalPath.meta({ description: 'File with the certificate that the engine is shown, and those between it and the CA.' }),
  keyFile: LocalPath.meta({ description: 'File with its private key, not encrypted. All files are read again for each connection.' }),
  serverName: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .meta({ description: "Name that the engine's certificate must be for.", default: 'the host of the endpoint' }),
});
export type TlsCredential = z.infer<typeof TlsCredential>;

const SshCredential = z.strictObject({
  name: CredentialName,
  kind: z.literal('ssh').meta({ description: 'A key, for ssh://.' }),
  hosts: Hosts,
  keyFile: LocalPath.optional().meta({ description: 'File with the private key; absolute, or relative to this file.' }),
  passphrase: z
    .strictObject({
      environment: VariableName.meta({ description: "Variable of the daemon's environment that holds the passphrase." }),
    })
    .optional()
    .meta({ description: 'Where the passphrase of an encrypted keyFile stands.' }),
  agent: z
    .literal(true)
    .optional()
    .meta({ description: "In place of keyFile: ask the ssh agent that SSH_AUTH_SOCK of the daemon's environment names." }),
  knownHostsFile: LocalPath.optional().meta({
    description: 'File with the host keys that are taken, in the form of OpenSSH (known_hosts); absolute, or relative to this file.',
    default: "~/.ssh/known_hosts of the daemon's user, then /etc/ssh/ssh_known_hosts",
  }),
});
export type SshCredential = z.infer<typeof SshCredential>;

export const EngineCredential = z.discriminatedUnion('kind', [TlsCredential, SshCredential]);
export type EngineCredential = z.infer<typeof EngineCredential>;
