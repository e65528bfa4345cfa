// What the operator of a daemon sets beside its options: where secrets are kept, with what engines are reached. It lies on
// the daemon's machine and never in the repository: a manifest may name a provider, and may not say where it is or how to get in.
// Deliberately absent: a secret itself. Every credential is a file or a variable that is read when it is needed.
import { z } from 'zod';
import { CapacityHook } from './cluster/capacity-hook.ts';
import { EngineCredential } from './cluster/engine-credential.ts';
import { EfsConfig } from './task/file-system.ts';
import { LocalPath, VariableName } from './local.ts';
import { readable } from './syntax.ts';
import { parseCredentialsAddress } from '../lang/credentials-address.ts';
import { parseVaultAddress } from '../lang/vault-address.ts';

/** More than one installation has ever needed; each is asked for its secrets one by one. */
const MAX_PROVIDERS = 20;
const MAX_ROUTES = 200;
const MAX_ALLOWED = 1_000;
const MAX_ROLES = 200;
const MAX_CREDENTIALS = 100;
const MAX_HOOKS = 100;

const ProviderName = z
  .string()
  .regex(/^(?!arn$)[a-z][a-z0-9-]{0,31}$/, 'must be a letter, then up to 31 letters, digits or hyphens, all lower-case, and not be arn')
  .meta({ description: 'Name by which routes and manifests call it, unique here.' });

const Directory = z.strictObject({
  name: ProviderName,
  kind: z.literal('directory').meta({ description: 'A folder of this machine with a file for each secret.' }),
  path: LocalPath.meta({ description: 'The folder; absolute, or relative to this file.' }),
});

const Sops = z.strictObject({
  name: ProviderName,
  kind: z.literal('sops').meta({ description: 'SOPS files in the repository, encrypted for an age key.' }),
  ageKeyFile: LocalPath.meta({
    description: 'File with the age key (AGE-SECRET-KEY-1...), one or several; absolute, or relative to this file.',
  }),
  path: z
    .string()
    .regex(/^(?!\/)(?!(?:.*\/)?\.{1,2}(?:\/|$)).+$/, 'must be a path inside the repository, without ".." and without a slash at its start')
    .optional()
    .meta({ description: 'Folder of the repository that they lie in, or one file that holds them all.', default: 'secrets' }),
});

const Environment = z.strictObject({
  name: ProviderName,
  kind: z.literal('environment').meta({ description: "Variables of the daemon's own environment." }),
  allow: z
    .array(VariableName)
    .min(1)
    .max(MAX_ALLOWED)
    .meta({ description: 'The variables that are secrets for containers; no other one is ever read.' }),
});

const Vault = z.strictObject({
  name: ProviderName,
  kind: z.literal('vault').meta({ description: 'HashiCorp Vault or OpenBao: a mount of its KV engine, version 2.' }),
  address: z.string().superRefine(readable(parseVaultAddress, 'bad-form')).meta({
    description: 'Its address, such as https://vault.example:8200; http is taken for this machine (127.0.0.1, ::1, localhost) only.',
  }),
  mount: z
    .string()
    .regex(/^[^/?#%\s]+(?:\/[^/?#%\s]+)*$/, 'must be the path of a mount, without a slash at its ends')
    .optional()
    .meta({ description: 'Path that the KV engine is mounted at.', default: 'secret' }),
  path: z
    .string()
    .regex(/^[^/?#%\s]+(?:\/[^/?#%\s]+)*$/, 'must be a path below the mount, without a slash at its ends')
    .optional()
    .meta({ description: 'Folder below the mount that all names begin in; absent: the mount itself.' }),
  namespace: z.string().min(1).max(255).optional().meta({ description: 'Namespace that is asked, where there are several.' }),
  tokenFile: LocalPath.optional().meta({
    description: 'File with the token, read again each time, so that an agent may renew it; absolute, or relative to this file.',
  }),
  token: z
    .strictObject({
      environment: VariableName.meta({ description: "Variable of the daemon's environment that holds the token." }),
    })
    .optional()
    .meta({ description: 'Where else the token stands, instead of tokenFile.' }),
  caFile: LocalPath.optional().meta({
    description:
      "File with the certificates (PEM) that the server's own must come from, instead of the system's; absolute, or relative to this file.",
  }),
});

export const SecretProvider = z.discriminatedUnion('kind', [Directory, Sops, Environment, Vault]);
export type SecretProvider = z.infer<typeof SecretProvider>;

const SecretRoute = z.strictObject({
  match: z.string().min(1).max(2_048).meta({
    description: 'What valueFrom must be, as it stands in the manifest; * stands for any characters: arn:aws:ssm:*, prod/*.',
  }),
  provider: z.string().min(1).meta({ description: 'Name of the provider that is asked.' }),
});
export type SecretRoute = z.infer<typeof SecretRoute>;

const Secrets = z.strictObject({
  providers: z.array(SecretProvider).min(1).max(MAX_PROVIDERS).meta({ description: 'Where secrets are kept.' }),
  routes: z.array(SecretRoute).max(MAX_ROUTES).optional().meta({
    description:
      'Which provider is asked for which secret; the first that matches counts. Absent: the only provider is asked for all of them.',
  }),
});

const RoleCredentials = z.strictObject({
  role: z.string().min(1).max(2_048).meta({ description: 'The role as taskRoleArn names it: its ARN, or its name.' }),
  file: LocalPath.optional().meta({
    description:
      'File with its credentials as JSON (AccessKeyId, SecretAccessKey, Token, Expiration), read again each time; absolute, or relative to this file.',
  }),
  url: z.string().max(2_048).superRefine(readable(parseCredentialsAddress, 'bad-form')).optional().meta({
    description: 'Address that is asked for the same JSON each time; http is taken for this machine only.',
  }),
});
export type RoleCredentials = z.infer<typeof RoleCredentials>;

const Metadata = z.strictObject({
  address: z.ipv4('must be an IPv4 address').optional().meta({
    description:
      'Address of this machine that containers ask; one of 169.254.0.0/16 that the machine does not have is added to lo. On other machines the same one of 169.254.0.0/16, else the default.',
    default: '169.254.170.2',
  }),
  port: z.int().min(1).max(65_535).optional().meta({
    description: 'Its port. No listener of a load balancer can have the same one.',
    default: 80,
  }),
  credentials: z.array(RoleCredentials).max(MAX_ROLES).optional().meta({
    description: 'Credentials of AWS that containers are given, by the taskRoleArn of their task. Absent: none.',
  }),
});

const Engines = z.strictObject({
  credentials: z.array(EngineCredential).min(1).max(MAX_CREDENTIALS).meta({
    description: 'With what engines of other machines are reached. Of several for one host the first counts.',
  }),
});

export const OperatorConfig = z
  .strictObject({
    secrets: Secrets.optional().meta({ description: 'Where the secrets of containers come from.' }),
    engines: Engines.optional().meta({
      description: "How engines of other machines are reached. Absent: over ssh, with the keys of the daemon's own user.",
    }),
    metadata: Metadata.optional().meta({
      description: "Answer the questions of containers about themselves, as ECS's agent does ({} is enough). Absent: nobody does.",
    }),
    efs: EfsConfig.optional().meta({
      description: 'Where the file systems are that task definitions name in efsVolumeConfiguration. Absent: they are not mounted.',
    }),
    capacityProviders: z.array(CapacityHook).min(1).max(MAX_HOOKS).optional().meta({
      description: 'What adds and removes the instances of capacity providers. Absent: their instances are those that git declares.',
    }),
  })
  .meta({
    title: 'Longshore configuration',
    description: 'What the operator of a daemon sets: longshore watch --config <file>, else config.yaml in the state folder.',
  });
export type OperatorConfig = z.infer<typeof OperatorConfig>;
export type SecretsConfig = z.infer<typeof Secrets>;
export type EnginesConfig = z.infer<typeof Engines>;
export type MetadataConfig = z.infer<typeof Metadata>;
