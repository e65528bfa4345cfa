import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { INSTEAD, RESPONSE_FIELDS, UNSUPPORTED_FIELDS, UNSUPPORTED_KINDS } from '../../src/manifest/ecs-names.ts';
import { KIND_NAMES, SCHEMAS } from '../../src/manifest/kind.ts';
import { keysAt } from '../../src/model/keys.ts';
import type { KindName } from '../../src/manifest/kind.ts';

interface Json {
  readonly properties?: Readonly<Record<string, Json>>;
  readonly items?: Json;
}

/** The JSON Schema of `Service.loadBalancers`: list items are stepped into. */
function schemaAt(place: string): Json | undefined {
  const [kind = '', ...path] = place.split('.');
  let here: Json | undefined = z.toJSONSchema(SCHEMAS[kind as KindName], { io: 'input' }) as Json;
  for (const step of path) {
    const next: Json | undefined = here?.properties?.[step];
    here = next?.items ?? next;
  }
  return here;
}

describe('what ECS knows and Longshore does not', () => {
  it.each([...UNSUPPORTED_FIELDS, ...RESPONSE_FIELDS])('%s is an object of ours, and none of the names is modelled', (place, names) => {
    const modelled = Object.keys(schemaAt(place)?.properties ?? {});
    expect(modelled.length).toBeGreaterThan(0);
    expect([...names].filter((name) => modelled.includes(name))).toEqual([]);
  });

  it.each([...UNSUPPORTED_FIELDS])('%s: no field is both unsupported and only answered', (place, names) => {
    expect([...names].filter((name) => RESPONSE_FIELDS.get(place)?.has(name))).toEqual([]);
  });

  it('holds no kind of ours', () => {
    expect(KIND_NAMES.filter((kind) => UNSUPPORTED_KINDS.has(kind))).toEqual([]);
  });

  it.each([...INSTEAD.keys()])('the advice for %s is reachable', (name) => {
    const at = name.lastIndexOf('.');
    const known = at === -1 ? UNSUPPORTED_KINDS : UNSUPPORTED_FIELDS.get(name.slice(0, at));
    expect(known?.has(name.slice(at + 1))).toBe(true);
  });
});

describe('the keys of a schema', () => {
  it.each([
    [
      ['containerDefinitions', 0, 'healthCheck'],
      ['command', 'interval', 'timeout', 'retries', 'startPeriod', 'x-longshore'],
    ],
    [
      ['containerDefinitions', 3, 'portMappings', 0],
      ['containerPort', 'containerPortRange', 'hostPort', 'protocol', 'name', 'appProtocol', 'x-longshore'],
    ],
    [['containerDefinitions', 0, 'dockerLabels'], []],
    [['cpu'], []],
    [['nothing', 'here'], []],
  ])('at %j', (path, keys) => {
    expect(keysAt(SCHEMAS.TaskDefinition, path)).toEqual(keys);
  });
});
