// Attributes by key: each takes its default in silence, tells what becomes of any other value, and refuses what ELB would refuse.
import { describe, expect, it } from 'vitest';
import { LISTENER_ATTRIBUTES, LOAD_BALANCER_ATTRIBUTES, TARGET_GROUP_ATTRIBUTES } from '../../../src/model/traffic/elb-attributes.ts';
import { attributeFindings } from '../../../src/manifest/rules/elb-attributes.ts';
import type { AttributeNote } from '../../../src/model/traffic/elb-attributes.ts';

type Table = Readonly<Record<string, AttributeNote>>;

const TABLES: readonly (readonly [string, Table])[] = [
  ['a target group', TARGET_GROUP_ATTRIBUTES],
  ['a load balancer', LOAD_BALANCER_ATTRIBUTES],
  ['a listener', LISTENER_ATTRIBUTES],
];
const FATES = {
  approximated: 'field-approximated',
  ignored: 'field-ignored',
  refused: 'field-refused',
  later: 'not-deployed-yet',
} as const;

function codesOf(table: Table, key: string, value: string): readonly string[] {
  return attributeFindings([{ key, value }], table, 'it', []).map(({ code }) => code);
}

/** A value that ELB takes and that is not the default. */
function otherThanDefault({ choices, range, default: fallback }: AttributeNote): string {
  if (choices !== undefined) return choices.find((choice) => choice !== fallback) ?? '';
  return range === undefined ? 'something' : String(range.find((end) => String(end) !== fallback));
}

describe.each(TABLES)('the attributes of %s', (_, table) => {
  const rows = Object.entries(table);

  it.each(rows.flatMap(([key, { default: value }]) => (value === null ? [] : [[key, value] as const])))(
    '%s: %j is the default',
    (key, value) => {
      expect(codesOf(table, key, value)).toEqual([]);
    },
  );

  it.each(rows)('%s: another value has its fate', (key, note) => {
    expect(codesOf(table, key, otherThanDefault(note))).toEqual(note.fate === undefined ? [] : [FATES[note.fate.fate]]);
  });

  it.each(rows.filter(([, { range, choices }]) => range !== undefined || choices !== undefined))(
    '%s: what lies outside is refused',
    (key, note) => {
      const outside = note.range === undefined ? ['neither'] : [String(note.range[1] + 1), '-1', '1.5', ''];
      for (const value of outside) expect(codesOf(table, key, value)).toEqual(['bad-attribute-value']);
    },
  );
});

describe('defaults of ELB', () => {
  it.each([
    ['deregistration_delay.timeout_seconds', '300'],
    ['stickiness.enabled', 'false'],
    ['stickiness.type', 'lb_cookie'],
    ['stickiness.lb_cookie.duration_seconds', '86400'],
    ['stickiness.app_cookie.duration_seconds', '86400'],
    ['load_balancing.algorithm.type', 'round_robin'],
    ['load_balancing.algorithm.anomaly_mitigation', 'off'],
    ['slow_start.duration_seconds', '0'],
    ['target_group_health.unhealthy_state_routing.minimum_healthy_targets.count', '1'],
    ['target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage', 'off'],
  ])('of a target group: %s is %s', (key, value) => {
    expect(TARGET_GROUP_ATTRIBUTES[key]?.default).toBe(value);
  });

  it.each([
    ['idle_timeout.timeout_seconds', '60'],
    ['client_keep_alive.seconds', '3600'],
    ['routing.http.desync_mitigation_mode', 'defensive'],
    ['routing.http.drop_invalid_header_fields.enabled', 'false'],
    ['routing.http.preserve_host_header.enabled', 'false'],
    ['routing.http.xff_header_processing.mode', 'append'],
    ['routing.http.xff_client_port.enabled', 'false'],
    ['routing.http2.enabled', 'true'],
    ['deletion_protection.enabled', 'false'],
    ['load_balancing.cross_zone.enabled', 'true'],
  ])('of a load balancer: %s is %s', (key, value) => {
    expect(LOAD_BALANCER_ATTRIBUTES[key]?.default).toBe(value);
  });
});
