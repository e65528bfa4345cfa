import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readFileSync } from 'node:fs';
import { SCHEMAS } from '../../src/manifest/kind.ts';
import { load } from '../../src/manifest/load.ts';
import { sourceFile } from './story.ts';
import type { z } from 'zod';
import type { KindName } from '../../src/manifest/kind.ts';

const TEXT = readFileSync(new URL('beside-services.yaml', import.meta.url), 'utf8');
const KINDS: readonly KindName[] = [
  'Schedule',
  'Rule',
  'RuleTargets',
  'ScalableTarget',
  'ScalingPolicy',
  'ScheduledAction',
  'Alarm',
  'Repository',
  'Role',
  'SecurityGroup',
];
const written = parseAllDocuments(TEXT).map((document) => document.toJS() as { readonly kind: string });

describe('kinds beside services', () => {
  it('are accepted with every one of their fields, and not deployed yet', () => {
    const { desired, problems } = load([sourceFile('beside-services.yaml', TEXT)], 'c0ffee', { deploys: false });
    expect(desired).not.toBeNull();
    const acted = ['Role', 'SecurityGroup'];
    const later = written.filter(({ kind }) => !acted.includes(kind) && (KINDS as readonly string[]).includes(kind));
    // roles and security groups are acted on, field by field
    const role = ['not-deployed-yet', 'field-approximated', 'field-ignored'];
    const addresses = ['field-approximated', 'field-approximated', 'field-approximated'];
    const group = ['field-ignored', 'field-ignored', ...addresses, 'field-approximated', 'field-ignored'];
    expect(problems.map(({ code }) => code)).toEqual([...later.map(() => 'not-deployed-yet'), ...role, ...group]);
  });

  it.each(KINDS)('%s: the document holds every field', (kind) => {
    const places = new Set(written.filter((document) => document.kind === kind).flatMap((document) => placesOf(document)));
    const targets = (place: string) => (kind === 'RuleTargets' || kind === 'Rule') && place.startsWith('targets.ecsParameters.');
    // what a target starts is the same for schedules and rules, and is written out once
    const wanted = fieldsOf(SCHEMAS[kind], '').filter((place) => !targets(place));
    expect(wanted.length).toBeGreaterThan(4);
    const shared =
      kind === 'RuleTargets'
        ? wanted.filter((place) => /^(?:rule|eventBusName|targets(?:\.(?:id|arn|input|inputPath))?)$/.test(place))
        : wanted;
    const apart = new Set(kind === 'Rule' ? ['targets.input', 'targets.inputPath', 'targets.retryPolicy.maximumEventAgeInSeconds'] : []);
    expect(shared.filter((place) => !places.has(place) && !apart.has(place))).toEqual([]);
  });
});

/** Every path of a document, list positions left out. */
function placesOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => placesOf(item, path));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const place = path === '' ? key : `${path}.${key}`;
    return [place, ...placesOf(inner, place)];
  });
}

/** Every path of a schema. */
function fieldsOf(schema: z.core.$ZodType, path: string): string[] {
  const { def } = schema._zod;
  if (def.type === 'optional') return fieldsOf((def as z.core.$ZodOptionalDef).innerType, path);
  if (def.type === 'pipe') return fieldsOf((def as z.core.$ZodPipeDef).in, path);
  if (def.type === 'array') return fieldsOf((def as z.core.$ZodArrayDef).element, path);
  if (def.type !== 'object') return [];
  return Object.entries((def as z.core.$ZodObjectDef).shape).flatMap(([key, field]) => {
    const place = path === '' ? key : `${path}.${key}`;
    return [place, ...fieldsOf(field, place)];
  });
}
