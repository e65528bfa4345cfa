// What ELB asks of target groups beyond the shape of their fields (spec 4.2 to 4.4).
import { TARGET_GROUP_ATTRIBUTES } from '../../model/traffic/elb-attributes.ts';
import { HIGHEST_CODE, parseHttpCodes } from '../../lang/http-codes.ts';
import { attributeFindings, attributeOf } from './elb-attributes.ts';
import { onKey, onValue } from '../finding.ts';
import { tagFindings } from './tags.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { TargetGroup } from '../../model/traffic/target-group.ts';

/** What is wrong with a target group whose fields are each in order. */
export function targetGroupFindings(group: TargetGroup): Finding[] {
  return [
    ...attributeFindings(group.targetGroupAttributes, TARGET_GROUP_ATTRIBUTES, 'a target group', ['targetGroupAttributes']),
    ...checkFindings(group),
    ...matcherFindings(group),
    ...balancingFindings(group),
    ...tagFindings(group.tags, ['tags']),
  ];
}

/** ELB: a check's timeout is shorter than the interval of an HTTP group. */
function checkFindings({ healthCheckIntervalSeconds, healthCheckTimeoutSeconds, healthCheckPort }: TargetGroup): Finding[] {
  const interval = healthCheckIntervalSeconds ?? 30;
  const timeout = healthCheckTimeoutSeconds ?? 5;
  const findings: Finding[] = [];
  if (timeout >= interval && healthCheckTimeoutSeconds !== undefined) {
    const message = `healthCheckTimeoutSeconds is ${timeout}, and checks begin every ${interval} s`;
    findings.push(onValue('timeout-over-interval', ['healthCheckTimeoutSeconds'], message, 'write a timeout below the interval'));
  }
  if (healthCheckPort !== undefined && Number(healthCheckPort) > 65_535) {
    const message = `healthCheckPort is ${healthCheckPort}; ports end at 65535`;
    findings.push(onValue('bad-port', ['healthCheckPort'], message, 'write a port from 1 to 65535, or traffic-port'));
  }
  return findings;
}

/** ELB: groups that speak gRPC have gRPC codes, all others HTTP codes; a check by TCP has no code at all. */
function matcherFindings(group: TargetGroup): Finding[] {
  const { matcher, protocolVersion } = group;
  const isGrpc = protocolVersion === 'GRPC';
  const [given] = matcher === undefined ? [] : Object.keys(matcher);
  if (given !== undefined && !isCheckedByHttp(group)) {
    const message = 'a check by TCP asks whether a connection opens, and gets no code';
    return [onKey('matcher-protocol', ['matcher', given], message, 'remove the matcher, or write healthCheckProtocol: HTTP')];
  }
  const other = isGrpc ? 'httpCode' : 'grpcCode';
  if (matcher?.[other] === undefined) return codeFindings(group);
  const message = isGrpc ? 'a target group with protocolVersion GRPC takes no httpCode' : 'grpcCode needs protocolVersion GRPC';
  return [onKey('matcher-protocol', ['matcher', other], message, isGrpc ? 'write grpcCode' : 'write httpCode, or protocolVersion: GRPC')];
}

/** ELB: without a word about it a check is made by TCP where requests are no HTTP. */
function isCheckedByHttp({ protocol = 'HTTP', healthCheckProtocol }: TargetGroup): boolean {
  const checked = healthCheckProtocol ?? protocol;
  return checked === 'HTTP' || checked === 'HTTPS';
}

/** ELB: codes above 499 behind a network load balancer only. */
function codeFindings({ matcher, protocol = 'HTTP' }: TargetGroup): Finding[] {
  if (matcher?.httpCode === undefined) return [];
  const highest = protocol === 'HTTP' || protocol === 'HTTPS' ? HIGHEST_CODE.application : HIGHEST_CODE.network;
  const { fault } = parseHttpCodes(matcher.httpCode, highest);
  if (fault === null) return [];
  return [{ ...onValue('bad-matcher', ['matcher', 'httpCode'], `matcher.httpCode ${fault.message}`, fault.hint), inside: fault.at }];
}

const COOKIE = 'stickiness.app_cookie.cookie_name';
const SLOW_START = 'slow_start.duration_seconds';

/** ELB: slow start goes with round robin alone; anomalies are mitigated by weights; a cookie of the application has a name that is not
 * one of ELB's own. */
function balancingFindings({ targetGroupAttributes: attributes }: TargetGroup): Finding[] {
  const valueOf = (key: string): string | null => attributeOf(attributes, key, TARGET_GROUP_ATTRIBUTES);
  const placeOf = (key: string): Path => ['targetGroupAttributes', (attributes ?? []).findIndex((attribute) => attribute.key === key)];
  const findings: Finding[] = [];
  const algorithm = valueOf('load_balancing.algorithm.type');
  if (valueOf(SLOW_START) !== '0' && algorithm !== 'round_robin') {
    const message = `${SLOW_START} does not go with load_balancing.algorithm.type ${algorithm}`;
    findings.push(onValue('slow-start-algorithm', [...placeOf(SLOW_START), 'key'], message, 'write 0, or the algorithm round_robin'));
  }
  const mitigation = 'load_balancing.algorithm.anomaly_mitigation';
  if (valueOf(mitigation) === 'on' && algorithm !== 'weighted_random') {
    const message = `${mitigation} needs load_balancing.algorithm.type weighted_random, not ${algorithm}`;
    findings.push(onValue('mitigation-algorithm', [...placeOf(mitigation), 'key'], message, 'write off, or the algorithm weighted_random'));
  }
  const cookie = valueOf(COOKIE) ?? '';
  if (cookie === '' && valueOf('stickiness.enabled') === 'true' && valueOf('stickiness.type') === 'app_cookie') {
    const message = `stickiness.type is app_cookie, and no ${COOKIE} says which`;
    findings.push(onValue('stickiness-cookie', [...placeOf('stickiness.type'), 'value'], message, `add the attribute ${COOKIE}`));
  }
  if (cookie.startsWith('AWSALB')) {
    const message = `the cookie ${cookie} is one of ELB's own (AWSALB, AWSALBAPP, AWSALBTG)`;
    findings.push(onValue('stickiness-cookie', [...placeOf(COOKIE), 'value'], message, "write the name of the application's cookie"));
  }
  return findings;
}
