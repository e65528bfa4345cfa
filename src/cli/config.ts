// `--config`: the operator's configuration. It is read once, whole, before anything else is touched; paths in it are made absolute.
// Deliberately absent: what it leads to. Files that it names are opened by the adapters that need them, when they need them.
import { dirname, join, resolve } from 'node:path';
import { readFileSync, statSync } from 'node:fs';
import { Failure } from './failure.ts';
import { MAX_FILE_BYTES } from '../manifest/source.ts';
import { count } from '../std/text.ts';
import { readOperatorConfig } from '../manifest/operator-config.ts';
import { renderProblem } from '../manifest/render-problem.ts';
import type { CapacityHook } from '../model/cluster/capacity-hook.ts';
import type { EngineCredential } from '../model/cluster/engine-credential.ts';
import type { OperatorConfig, SecretProvider } from '../model/operator-config.ts';
import type { SourceFile } from '../manifest/source.ts';

const DEFAULT_FILE = 'config.yaml';

/** The configuration that the options name; without one the default file, or nothing. Fails with every fault of it at once. */
export function configOf(options: { readonly config?: string | undefined }, stateFolder: string): OperatorConfig {
  const path = options.config ?? join(stateFolder, DEFAULT_FILE);
  const source = sourceOf(path);
  if (source === null) {
    if (options.config === undefined) return {};
    throw new Failure('ERROR', `${path} does not exist`, 'Name the configuration with --config, or leave the option out.');
  }
  const { config, problems } = readOperatorConfig(source);
  if (config !== null) return withAbsolutePaths(config, dirname(path));
  const told = problems.map((problem) => renderProblem({ ...problem, file: path })).join('\n');
  const hint = 'Mend it and start again; docs/reference/configuration.md lists what it may hold.';
  throw new Failure('ERROR', `the configuration has ${count(problems.length, 'fault')}\n${told}`, hint);
}

function sourceOf(path: string): SourceFile | null {
  try {
    const { size } = statSync(path); // a link is the operator's own
    const content = size > MAX_FILE_BYTES ? new Uint8Array() : readFileSync(path);
    return { path, id: path, kind: 'file', size, content };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

function withAbsolutePaths(config: OperatorConfig, folder: string): OperatorConfig {
  const { secrets, engines, metadata, capacityProviders } = config;
  return {
    ...config,
    ...(engines && { engines: { ...engines, credentials: engines.credentials.map((each) => keysPlaced(each, folder)) } }),
    ...(secrets && { secrets: { ...secrets, providers: secrets.providers.map((provider) => placed(provider, folder)) } }),
    ...(capacityProviders && { capacityProviders: capacityProviders.map((each) => hookPlaced(each, folder)) }),
    ...(metadata?.credentials && {
      metadata: {
        ...metadata,
        credentials: metadata.credentials.map((each) => (each.file === undefined ? each : { ...each, file: resolve(folder, each.file) })),
      },
    }),
  };
}

function placed(provider: SecretProvider, folder: string): SecretProvider {
  switch (provider.kind) {
    case 'directory':
      return { ...provider, path: resolve(folder, provider.path) };
    case 'sops':
      return { ...provider, ageKeyFile: resolve(folder, provider.ageKeyFile) };
    case 'vault':
      return {
        ...provider,
        ...(provider.tokenFile !== undefined && { tokenFile: resolve(folder, provider.tokenFile) }),
        ...(provider.caFile !== undefined && { caFile: resolve(folder, provider.caFile) }),
      };
    case 'environment':
      return provider;
  }
}

function keysPlaced(credential: EngineCredential, folder: string): EngineCredential {
  const at = (path: string): string => resolve(folder, path);
  if (credential.kind === 'tls') {
    return { ...credential, caFile: at(credential.caFile), certFile: at(credential.certFile), keyFile: at(credential.keyFile) };
  }
  const { keyFile, knownHostsFile } = credential;
  return {
    ...credential,
    ...(keyFile !== undefined && { keyFile: at(keyFile) }),
    ...(knownHostsFile !== undefined && { knownHostsFile: at(knownHostsFile) }),
  };
}

/** A program that is named by a path lies where the configuration says; a bare name is looked for on the PATH. */
function hookPlaced(hook: CapacityHook, folder: string): CapacityHook {
  const { command, tokenFile } = hook;
  const [program = '', ...words] = command ?? [];
  return {
    ...hook,
    ...(command !== undefined && { command: [program.includes('/') ? resolve(folder, program) : program, ...words] }),
    ...(tokenFile !== undefined && { tokenFile: resolve(folder, tokenFile) }),
  };
}
