// Docker's contexts by name: <config>/contexts/meta/<sha256 of the name>/meta.json says where, and .../tls/<sha256>/docker/ holds the
// certificates, as `docker context create` writes them. Read again for each stream: `docker context update` needs no restart.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { connectionTo } from '../../../model/cluster/engine-endpoint.ts';
import { nearest } from '../../../std/text.ts';
import { parseEngineEndpoint } from '../../../lang/engine-endpoint.ts';
import { readIfThere } from './files.ts';
import { Unreachable } from '../errors.ts';
import type { EngineConnection } from '../../../model/cluster/engine-endpoint.ts';
import type { EngineCredential, TlsCredential } from '../../../model/cluster/engine-credential.ts';
import type { EngineEndpoint } from '../../../lang/engine-endpoint.ts';

/** Names that are told of those that exist. */
const TOLD = 20;
/** Folders that are read for them. */
const MAX_CONTEXTS = 1_000;

type Endpoint = Exclude<EngineEndpoint, { kind: 'context' }>;

/** What a context says: where the engine is, and where its certificates lie, or null. Throws Unreachable. */
function readContext(name: string): { readonly endpoint: Endpoint; readonly tls: TlsCredential | null } {
  const id = createHash('sha256').update(name).digest('hex');
  const path = join(folder(), 'meta', id, 'meta.json');
  const text = readIfThere(path, 'the Docker context');
  if (text === null) throw new Unreachable(`there is no Docker context ${name}: ${alternatives(name)}`);
  const docker = dockerOf(text.toString('utf8'));
  if (docker === null) throw new Unreachable(`the Docker context ${name} (${path}) says nothing of a Docker engine`);
  if (docker.SkipTLSVerify === true) {
    throw new Unreachable(
      `the Docker context ${name} skips the verification of certificates, and Longshore does not: create it anew with ca=`,
    );
  }
  const { value, fault } = parseEngineEndpoint(docker.Host);
  if (fault !== null) throw new Unreachable(`the Docker context ${name} has a Host that ${fault.message}: ${fault.hint}`);
  if (value.kind === 'context') throw new Unreachable(`the Docker context ${name} names another context`);
  const certificates = join(folder(), 'tls', id, 'docker');
  const file = (which: string): string => join(certificates, `${which}.pem`);
  const tls = existsSync(certificates)
    ? { name: `context ${name}`, kind: 'tls' as const, caFile: file('ca'), certFile: file('cert'), keyFile: file('key') }
    : null;
  return { endpoint: value, tls };
}

/** The connection that a context stands for. Throws Unreachable. */
export function connectionOfContext(name: string, credentials: readonly EngineCredential[]): EngineConnection {
  const { endpoint, tls } = readContext(name);
  if (endpoint.kind === 'tcp' && tls !== null) return { ...endpoint, tls };
  const { value, fault } = connectionTo(endpoint, null, credentials);
  if (fault !== null) throw new Unreachable(`the Docker context ${name} ${fault.message}: ${fault.hint}`);
  return value;
}

/** The host that a context leads to; null: this machine. Throws Unreachable. */
export function hostOfContext(name: string): string | null {
  const { endpoint } = readContext(name);
  return endpoint.kind === 'unix' ? null : endpoint.host;
}

function folder(): string {
  return join(process.env['DOCKER_CONFIG'] || join(homedir(), '.docker'), 'contexts');
}

/** The part of a context's file about Docker. */
function dockerOf(text: string): { readonly Host: string; readonly SkipTLSVerify?: unknown } | null {
  const docker = member(member(parsed(text), 'Endpoints'), 'docker');
  const host = member(docker, 'Host');
  return typeof host === 'string' ? { Host: host, SkipTLSVerify: member(docker, 'SkipTLSVerify') } : null;
}

function alternatives(name: string): string {
  const names = contextNames();
  if (names.length === 0) return `${folder()} holds none; name where the engine is: ssh://USER@HOST`;
  const meant = nearest(name, names);
  return meant === null ? `there are ${names.slice(0, TOLD).join(', ')}` : `did you mean ${meant}?`;
}

function contextNames(): readonly string[] {
  const meta = join(folder(), 'meta');
  if (!existsSync(meta)) return [];
  return readdirSync(meta)
    .slice(0, MAX_CONTEXTS)
    .flatMap((id) => {
      const text = readIfThere(join(meta, id, 'meta.json'), 'the Docker context');
      const name = text === null ? null : member(parsed(text.toString('utf8')), 'Name');
      return typeof name === 'string' ? [name] : [];
    })
    .sort();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}
