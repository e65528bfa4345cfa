// The engine that a commit declares, as the daemon reaches it.
// Deliberately absent: keys and certificates. They are the operator's configuration.
import type { DesiredInstance } from '../model/container-instance.ts';
import type { EngineAddress } from './options.ts';
import { LOOPBACK } from './options.ts';

/** Where a declared instance is and what it is called. */
export function declaredEngine({ name, endpoint = '', address, cluster }: DesiredInstance): EngineAddress {
  return { name, socketPath: endpoint.replace(/^unix:\/\//, ''), address: address ?? LOOPBACK, clusters: [cluster] };
}
