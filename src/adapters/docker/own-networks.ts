// Whether a network of an engine is one of the machine (and network namespace) that the daemon runs in, so that its proxy reaches containers
// there directly. A name or a subnet proves nothing: two engines give theirs the same. The bridge of a network is named after its id, which is
// chance. Deliberately absent: bridges that an author named otherwise, and networks without one (macvlan, ipvlan, overlay).
import { existsSync } from 'node:fs';
import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Docker names a bridge after so many letters of its network's id. */
const ID_LETTERS = 12;

/** The subnets of each interface, as they were read last. */
let known: ReadonlyMap<string, BlockList> = new Map();

/** Whether this machine has the bridge of a network, with an address in the subnet of `address`: an isolated network has none. */
export function isOwnNetwork(networkId: string, address: string): boolean {
  const bridge = `br-${networkId.slice(0, ID_LETTERS)}`;
  // Reading all interfaces costs 100 times as much, and engines of other machines ask for each container.
  if (networkId === '' || !existsSync(`/sys/class/net/${bridge}`)) return false;
  if (!isIn(bridge, address)) known = subnets();
  return isIn(bridge, address);
}

function isIn(bridge: string, address: string): boolean {
  return known.get(bridge)?.check(address, isIPv6(address) ? 'ipv6' : 'ipv4') ?? false;
}

function subnets(): ReadonlyMap<string, BlockList> {
  const found = new Map<string, BlockList>();
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    const list = new BlockList();
    for (const { cidr, family } of addresses ?? []) {
      const [net, prefix] = cidr?.split('/') ?? [];
      if (net !== undefined && prefix !== undefined) list.addSubnet(net, Number(prefix), family === 'IPv6' ? 'ipv6' : 'ipv4');
    }
    found.set(name, list);
  }
  return found;
}
