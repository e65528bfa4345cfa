// Ports as Compose's short form writes them: [[IP:]HOST:]CONTAINER[/PROTOCOL], each of the two a port or a range. Two ranges of one
// length are mapped port by port; a range of the host over a single port of the container leaves the choice to the engine.
import { fault, read } from './parsed.ts';
import type { Parsed } from './parsed.ts';

export interface PortMapping {
  readonly target: number;
  /** Absent: any free port of the host. */
  readonly published?: number;
  /** The last of a range out of which one port is chosen. */
  readonly publishedEnd?: number;
  readonly hostIp?: string;
  readonly protocol?: 'tcp' | 'udp' | 'sctp';
}

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Mappings of one text: a range of 65,535 ports is a slip, and each would become an entry of a container. */
export const MAX_PORT_RANGE = 1_000;

const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const;
const FORM_HINT = 'write CONTAINER, HOST:CONTAINER or IP:HOST:CONTAINER, with /udp behind it for UDP';
const NUMBER_HINT = 'a port is a number from 1 to 65535, a range two of them with "-" between';
const IP_HINT = 'write an address like 127.0.0.1, or an IPv6 address in brackets';

/** The mappings of one text. */
export function parsePortMapping(text: string): Parsed<readonly PortMapping[]> {
  const slash = text.indexOf('/');
  const end = slash === -1 ? text.length : slash;
  const colon = text.lastIndexOf(':', end - 1);
  const target = portRange(text, colon + 1, end);
  if (target.fault !== null) return target;
  const second = colon <= 0 ? -1 : text.lastIndexOf(':', colon - 1);
  const published = colon <= 0 || second + 1 === colon ? read(null) : portRange(text, second + 1, colon);
  if (published.fault !== null) return published;
  const ip = second === -1 ? read('') : readIp(text.slice(0, second));
  if (ip.fault !== null) return ip;
  const protocol = slash === -1 ? undefined : PROTOCOLS.find((known) => known === text.slice(slash + 1).toLowerCase());
  if (slash !== -1 && protocol === undefined) return fault(slash + 1, 'names a protocol that is none', 'write tcp, udp or sctp');
  const common = { ...(ip.value !== '' && { hostIp: ip.value }), ...(protocol !== undefined && { protocol }) };
  return unfolded(target.value, published.value, common);
}

/** A port or a range of ports between two indices of a text. */
export function portRange(text: string, from: number, to: number): Parsed<PortRange> {
  const part = text.slice(from, to);
  if (part === '') return fault(from, 'has no port where one is expected', FORM_HINT);
  const dash = part.indexOf('-');
  const first = portOf(dash === -1 ? part : part.slice(0, dash));
  const last = dash === -1 ? first : portOf(part.slice(dash + 1));
  if (first === null) return fault(from, 'has something else than a port', NUMBER_HINT);
  if (last === null) return fault(from + dash + 1, 'has something else than a port', NUMBER_HINT);
  return last < first ? fault(from, 'has a range that ends before it begins', NUMBER_HINT) : read({ first, last });
}

function unfolded(target: PortRange, published: PortRange | null, common: Partial<PortMapping>): Parsed<readonly PortMapping[]> {
  const length = target.last - target.first + 1;
  if (length > MAX_PORT_RANGE) return fault(0, `maps ${length} ports, more than ${MAX_PORT_RANGE}`, 'map the ports that are used');
  if (published === null) return read(Array.from({ length }, (_, index) => ({ target: target.first + index, ...common })));
  const hosts = published.last - published.first + 1;
  if (length === 1 && hosts > 1) {
    return read([{ target: target.first, published: published.first, publishedEnd: published.last, ...common }]);
  }
  if (length !== hosts) return fault(0, 'has two ranges of different lengths', 'give both sides of ":" as many ports');
  return read(Array.from({ length }, (_, index) => ({ target: target.first + index, published: published.first + index, ...common })));
}

function portOf(text: string): number | null {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  return port >= 0 && port <= 65_535 ? port : null;
}

/** An address without the brackets of IPv6. */
function readIp(text: string): Parsed<string> {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  return isIp(bare) ? read(bare) : fault(0, 'has something else than an IP address before the ports', IP_HINT);
}

/** Whether a text is an IPv4 or IPv6 address. */
export function isIp(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

function isIpv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text);
}

function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const mixed = last.includes('.');
  if (mixed && !isIpv4(last)) return false;
  if (!(mixed ? groups.slice(0, -1) : groups).every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  const length = groups.length + (mixed ? 1 : 0);
  return halves.length === 2 ? length < 8 : length === 8;
}
