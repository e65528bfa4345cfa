// A route table as it comes over the control socket: checked for shape, so that a broken one is refused whole with the place that is
// wrong. What the values mean was checked when the manifest was read; a bound that the data path relies on is checked here again.
import type { RouteTable } from '../model/traffic/route.ts';

export type ReadTable = { readonly table: RouteTable } | { readonly error: string };

/** The table in `text`, or what is wrong with it and where. */
export function readTable(text: string): ReadTable {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { error: `the body is not JSON: ${(error as Error).message}` };
  }
  const error = object(value, '', { version: name, listeners: list(listener), targetGroups: list(group) });
  return error === null ? { table: value as RouteTable } : { error };
}

/** Null when `value` is right, else a sentence with its place. */
type Check = (value: unknown, place: string) => string | null;

const text: Check = (value, place) => (typeof value === 'string' ? null : `${place}: expected a string`);
const name: Check = (value, place) => (typeof value === 'string' && value !== '' ? null : `${place}: expected a string that is not empty`);
const port: Check = (value, place) =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535 ? null : `${place}: expected a port, 1 to 65535`;
const amount: Check = (value, place) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? null : `${place}: expected a number that is not negative`;
const path: Check = (value, place) =>
  typeof value === 'string' && value.startsWith('/') ? null : `${place}: expected a path that starts with /`;
const oneOf =
  (...words: readonly string[]): Check =>
  (value, place) =>
    words.includes(value as string) ? null : `${place}: expected one of ${words.join(', ')}`;

const listener: Check = (value, place) => object(value, place, { port, loadBalancer: text, rules: list(rule), defaultTargetGroup: text });
const rule: Check = (value, place) => object(value, place, { priority: amount, hosts: list(text), paths: list(text), targetGroup: text });
const group: Check = (value, place) => object(value, place, { name, settings, targets: list(target) });
const target: Check = (value, place) =>
  object(value, place, {
    id: name,
    host: name,
    port,
    state: oneOf('serving', 'draining'),
    lastKnown: oneOf('initial', 'healthy', 'unhealthy'),
  });
const settings: Check = (value, place) =>
  object(value, place, {
    path,
    intervalMs: atLeast(1),
    timeoutMs: atLeast(1),
    healthyThreshold: atLeast(1),
    unhealthyThreshold: atLeast(1),
    matcher: text,
    deregistrationDelayMs: amount,
  });

function atLeast(least: number): Check {
  return (value, place) =>
    typeof value === 'number' && value >= least && value <= 3_600_000 ? null : `${place}: expected ${least} or more`;
}

function list(check: Check): Check {
  return (value, place) => {
    if (!Array.isArray(value)) return `${place}: expected a list`;
    for (const [index, item] of value.entries()) {
      const error = check(item, `${place}[${index}]`);
      if (error !== null) return error;
    }
    return null;
  };
}

/** Members that are not named are let through: a newer daemon may say more than this proxy knows. */
function object(value: unknown, place: string, members: Readonly<Record<string, Check>>): string | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return `${place || 'the table'}: expected an object`;
  for (const [key, check] of Object.entries(members)) {
    const error = check((value as Record<string, unknown>)[key], place === '' ? key : `${place}.${key}`);
    if (error !== null) return error;
  }
  return null;
}
