// How the engines of many nodes are reached: an endpoint with {address} or {hostname} in place of what differs from node to node.
import { isIp } from './port-mapping.ts';
import { parseEngineEndpoint } from './engine-endpoint.ts';
import { fault } from './parsed.ts';
import type { Parsed } from './parsed.ts';

const HINT = 'write ssh://USER@{address} or tcp://{address}:2376; {hostname} stands for the name of the node';
/** As long as what they stand for, so that places in one text are places in the other. */
const EXAMPLES = { '{address}': '192.0.2.1', '{hostname}': 'hostname-1' } as const;

/** Reads a template; the value is the template itself. */
export function parseNodeEndpoint(text: string): Parsed<string> {
  const example = Object.entries(EXAMPLES).reduce((filled, [word, value]) => filled.replaceAll(word, value), text);
  if (example === text) return fault(0, 'leads to the same engine for each node', HINT);
  const parsed = parseEngineEndpoint(example);
  return parsed.fault === null ? { value: text, fault: null } : { value: null, fault: parsed.fault };
}

/** The endpoint of one node, as text. */
export function nodeEndpoint(template: string, { address, hostname }: { readonly address: string; readonly hostname: string }): string {
  const host = address.includes(':') && isIp(address) ? `[${address}]` : address;
  // By a function: a replacement text would be read for $ signs.
  return template.replaceAll('{address}', () => host).replaceAll('{hostname}', () => hostname);
}
