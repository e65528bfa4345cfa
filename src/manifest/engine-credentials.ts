// What the credentials of engines must hold beyond their fields, as the operator's configuration gives them.
import { nameOf, onKey, onValue } from './finding.ts';
import type { EnginesConfig } from '../model/operator-config.ts';
import type { Finding } from './finding.ts';
import type { Path } from './text/tree.ts';
import type { SshCredential } from '../model/cluster/engine-credential.ts';

/** Findings about engines.credentials. */
export function engineCredentialFindings({ credentials }: EnginesConfig): Finding[] {
  const names = credentials.map(({ name }) => name);
  return credentials.flatMap((credential, index) => {
    const path: Path = ['engines', 'credentials', index];
    const message = `two credentials are called ${credential.name}`;
    const isTwice = names.indexOf(credential.name) < index;
    const twice = isTwice ? [onValue('duplicate-item', [...path, 'name'], message, 'give each a name of its own')] : [];
    return [...twice, ...(credential.kind === 'ssh' ? keyFindings(credential, path) : [])];
  });
}

/** A key comes from a file or from the agent, and only a file has a passphrase. */
function keyFindings({ keyFile, agent, passphrase }: SshCredential, path: Path): Finding[] {
  if (keyFile === undefined && agent === undefined) {
    const message = `${nameOf(path)} has no keyFile`;
    return [onValue('missing-field', [...path, 'keyFile'], message, 'add keyFile, the file of a private key, or agent: true')];
  }
  if (agent === undefined) return [];
  if (keyFile !== undefined) {
    const message = `${nameOf(path)} has both keyFile and agent`;
    return [onKey('fields-exclude-each-other', [...path, 'agent'], message, 'keep one of the two')];
  }
  if (passphrase === undefined) return [];
  const message = `${nameOf(path)} has both agent and passphrase`;
  return [onKey('fields-exclude-each-other', [...path, 'passphrase'], message, 'leave it out: the agent has its keys open already')];
}
