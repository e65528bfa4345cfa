// Published ports of a compose service -> port mappings. A published port is a host port, as in Compose: one task at a time can hold it.
import { fieldAt, givenAt, itemsOf, listAt, mappingAt, numberIn, textIn } from './made.ts';
import { leftOut, notYet, otherwise } from './translation.ts';
import type { Translation } from './translation.ts';
import type { Tree } from '../../text/tree.ts';

/** ECS: names of port mappings. */
const NAME = /^[a-z0-9_][a-z0-9_-]{0,63}$/;
const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::', '[::]', '*']);

/** The mappings of a service; null when it has none. */
export function portMappingsOf(ports: Tree | null, translation: Translation): Tree | null {
  if (ports === null) return null;
  const seen = new Set<string>();
  return listAt(
    ports,
    itemsOf(ports).map((port) => {
      const key = `${numberIn(fieldAt(port, 'target'))}/${textIn(fieldAt(port, 'protocol')) ?? 'tcp'}`;
      if (seen.has(key)) {
        notYet(translation, 'ports', port, `container port ${key} is published twice, and a mapping has one host port`);
        return null;
      }
      seen.add(key);
      return mappingOf(port, translation);
    }),
  );
}

/** Whether a service asks for host ports of its own: two of its tasks can't run on one instance. */
export function hasFixedPorts(ports: Tree | null): boolean {
  return itemsOf(ports).some((port) => fieldAt(port, 'published') !== null && fieldAt(port, 'published_end') === null);
}

function mappingOf(port: Tree, translation: Translation): Tree | null {
  const protocol = fieldAt(port, 'protocol');
  if (textIn(protocol) === 'sctp') {
    notYet(translation, 'ports', port, 'only TCP and UDP are published');
    return null;
  }
  const ranged = fieldAt(port, 'published_end') !== null;
  if (ranged) otherwise(translation, 'ports', port, 'any free port of the instance is taken, not one out of a range');
  const address = textIn(givenAt(port, 'host_ip'));
  const name = fieldAt(port, 'name');
  const isName = name !== null && NAME.test(textIn(name) ?? '');
  if (name !== null && !isName)
    leftOut(translation, 'ports.name', name, 'a name of a port has lower-case letters, digits, hyphens and underscores');
  const application = fieldAt(port, 'app_protocol');
  const known = isName && ['http', 'http2', 'grpc'].includes(textIn(application) ?? '');
  return mappingAt(port, {
    containerPort: fieldAt(port, 'target'),
    hostPort: ranged ? null : fieldAt(port, 'published'),
    protocol: textIn(protocol) === 'tcp' ? null : protocol,
    name: isName ? name : null,
    appProtocol: known ? application : null,
    'x-longshore': address === null || EVERYWHERE.has(address) ? null : mappingAt(port, { hostIp: givenAt(port, 'host_ip') }),
  });
}
