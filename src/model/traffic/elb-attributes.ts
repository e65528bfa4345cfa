// Attributes of load balancers, listeners and target groups: pairs of a key and a text, as ELB's Modify...Attributes take them. What each
// key may hold, its default and its fate stand here in tables, since a schema can't say it of a pair.
import { z } from 'zod';
import { approximated, ignored, later } from '../fate.ts';
import type { FateNote } from '../fate.ts';

export const ElbAttribute = z.strictObject({
  key: z.string().min(1).max(256).meta({ description: 'Name of the attribute, such as deregistration_delay.timeout_seconds.' }),
  value: z.union([z.string(), z.int(), z.boolean()]).transform(String).meta({ description: 'Its value; the key names the unit.' }),
});

export interface AttributeNote {
  /** Whole numbers from and to; `or` is a text or number beside them. */
  readonly range?: readonly [number, number];
  readonly or?: string;
  readonly choices?: readonly string[];
  /** ELB's default; null: there is none. */
  readonly default: string | null;
  /** Of every value but the default; absent: it is honoured. */
  readonly fate?: FateNote;
}

type Table = Readonly<Record<string, AttributeNote>>;

const SWITCH = ['true', 'false'];
const DAYS_7 = 604_800;
const unsticky = later('the proxy sends each request to any healthy target').fate;
const balancing = later('the proxy sends requests in turn').fate;
const failover = ignored('there is no DNS of AWS that could fail over').fate;
const network = later('there are no network load balancers in this version').fate;

export const TARGET_GROUP_ATTRIBUTES: Table = {
  'deregistration_delay.timeout_seconds': { range: [0, 3_600], default: '300' },
  'stickiness.enabled': { choices: SWITCH, default: 'false', fate: unsticky },
  'stickiness.type': {
    choices: ['lb_cookie', 'app_cookie', 'source_ip', 'source_ip_dest_ip', 'source_ip_dest_ip_proto'],
    default: 'lb_cookie',
    fate: unsticky,
  },
  'stickiness.lb_cookie.duration_seconds': { range: [1, DAYS_7], default: '86400', fate: unsticky },
  'stickiness.app_cookie.cookie_name': { default: '', fate: unsticky },
  'stickiness.app_cookie.duration_seconds': { range: [1, DAYS_7], default: '86400', fate: unsticky },
  'load_balancing.algorithm.type': {
    choices: ['round_robin', 'least_outstanding_requests', 'weighted_random'],
    default: 'round_robin',
    fate: balancing,
  },
  'load_balancing.algorithm.anomaly_mitigation': { choices: ['on', 'off'], default: 'off', fate: balancing },
  'load_balancing.cross_zone.enabled': {
    choices: [...SWITCH, 'use_load_balancer_configuration'],
    default: 'use_load_balancer_configuration',
    fate: ignored('one proxy reaches the targets of all zones').fate,
  },
  'slow_start.duration_seconds': {
    range: [30, 900],
    or: '0',
    default: '0',
    fate: later('a new target gets its full share of requests at once').fate,
  },
  'target_group_health.dns_failover.minimum_healthy_targets.count': { range: [1, 1_000], or: 'off', default: '1', fate: failover },
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': { range: [1, 100], or: 'off', default: 'off', fate: failover },
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': {
    range: [1, 1_000],
    default: '1',
    fate: later('requests go to unhealthy targets only when none is healthy').fate,
  },
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': {
    range: [1, 100],
    or: 'off',
    default: 'off',
    fate: later('requests go to unhealthy targets only when none is healthy').fate,
  },
  'deregistration_delay.connection_termination.enabled': { choices: SWITCH, default: 'false', fate: network },
  'preserve_client_ip.enabled': { choices: SWITCH, default: null, fate: network },
  'proxy_protocol_v2.enabled': { choices: SWITCH, default: 'false', fate: network },
  'target_health_state.unhealthy.connection_termination.enabled': { choices: SWITCH, default: 'true', fate: network },
  'target_health_state.unhealthy.draining_interval_seconds': { range: [0, 360_000], default: '0', fate: network },
  'target_failover.on_deregistration': { choices: ['rebalance', 'no_rebalance'], default: 'no_rebalance', fate: network },
  'target_failover.on_unhealthy': { choices: ['rebalance', 'no_rebalance'], default: 'no_rebalance', fate: network },
  'lambda.multi_value_headers.enabled': { choices: SWITCH, default: 'false', fate: ignored('there are no functions here').fate },
};

const logs = later('no log is written to a bucket').fate;
const headers = later('the proxy does not change these headers in this way').fate;

export const LOAD_BALANCER_ATTRIBUTES: Table = {
  'access_logs.s3.enabled': { choices: SWITCH, default: 'false', fate: logs },
  'access_logs.s3.bucket': { default: '', fate: logs },
  'access_logs.s3.prefix': { default: '', fate: logs },
  'connection_logs.s3.enabled': { choices: SWITCH, default: 'false', fate: logs },
  'connection_logs.s3.bucket': { default: '', fate: logs },
  'connection_logs.s3.prefix': { default: '', fate: logs },
  'health_check_logs.s3.enabled': { choices: SWITCH, default: 'false', fate: logs },
  'health_check_logs.s3.bucket': { default: '', fate: logs },
  'health_check_logs.s3.prefix': { default: '', fate: logs },
  'deletion_protection.enabled': {
    choices: SWITCH,
    default: 'false',
    fate: approximated('a load balancer goes when a commit removes it, and in no other way').fate,
  },
  'load_balancing.cross_zone.enabled': {
    choices: SWITCH,
    default: 'true',
    fate: ignored('one proxy reaches the targets of all zones').fate,
  },
  'idle_timeout.timeout_seconds': { range: [1, 4_000], default: '60', fate: later('the proxy waits as long as by default').fate },
  'client_keep_alive.seconds': { range: [60, DAYS_7], default: '3600', fate: later('the proxy keeps connections as by default').fate },
  'ipv6.deny_all_igw_traffic': { choices: SWITCH, default: null, fate: ignored('there are no gateways of a VPC here').fate },
  'routing.http.desync_mitigation_mode': {
    choices: ['monitor', 'defensive', 'strictest'],
    default: 'defensive',
    fate: later('the proxy treats unclear requests in one way only').fate,
  },
  'routing.http.drop_invalid_header_fields.enabled': { choices: SWITCH, default: 'false', fate: headers },
  'routing.http.preserve_host_header.enabled': { choices: SWITCH, default: 'false', fate: headers },
  'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': { choices: SWITCH, default: 'false', fate: headers },
  'routing.http.xff_client_port.enabled': { choices: SWITCH, default: 'false', fate: headers },
  'routing.http.xff_header_processing.mode': { choices: ['append', 'preserve', 'remove'], default: 'append', fate: headers },
  'routing.http2.enabled': { choices: SWITCH, default: 'true', fate: later('the proxy has no switch for HTTP/2').fate },
  'waf.fail_open.enabled': { choices: SWITCH, default: 'false', fate: ignored('there is no firewall of AWS here').fate },
  'zonal_shift.config.enabled': { choices: SWITCH, default: 'false', fate: ignored('there are no zones of AWS to shift between').fate },
  'dns_record.client_routing_policy': {
    choices: ['availability_zone_affinity', 'partial_availability_zone_affinity', 'any_availability_zone'],
    default: 'any_availability_zone',
    fate: ignored('there is no DNS of AWS here').fate,
  },
  'secondary_ips.auto_assigned.per_subnet': { range: [0, 7], default: '0', fate: ignored('there are no subnets here').fate },
};

const CLIENT_CERTIFICATE = ['_serial_number', '_issuer', '_subject', '_validity', '_leaf', ''];
const TLS = ['tls_version', 'tls_cipher_suite'];
const RESPONSE = [
  'access_control_allow_origin',
  'access_control_allow_methods',
  'access_control_allow_headers',
  'access_control_allow_credentials',
  'access_control_expose_headers',
  'access_control_max_age',
  'strict_transport_security',
  'content_security_policy',
  'x_content_type_options',
  'x_frame_options',
];

export const LISTENER_ATTRIBUTES: Table = {
  'tcp.idle_timeout.seconds': { range: [60, 6_000], default: '350', fate: network },
  'routing.http.response.server.enabled': { choices: SWITCH, default: 'true', fate: headers },
  ...Object.fromEntries(
    CLIENT_CERTIFICATE.map((part) => [`routing.http.request.x_amzn_mtls_clientcert${part}.header_name`, { default: null, fate: headers }]),
  ),
  ...Object.fromEntries(TLS.map((part) => [`routing.http.request.x_amzn_${part}.header_name`, { default: null, fate: headers }])),
  ...Object.fromEntries(RESPONSE.map((header) => [`routing.http.response.${header}.header_value`, { default: null, fate: headers }])),
};
