// What is legal but unwise, as warnings: images that mean something else tomorrow, secrets that everybody can read, services that cut off
// requests or wait for an instance that may not be there. It sees all documents of a commit. What can never work is an error elsewhere.
import { environmentSecrets } from './lint-environment.ts';
import { onKey, onValue } from '../finding.ts';
import { parseImageReference } from '../../lang/image-reference.ts';
import { serviceSettings } from '../../model/service/service.ts';
import { singlePorts } from '../../model/task/port-mapping.ts';
import { targetGroupSettings } from '../../model/traffic/load-balancer.ts';
import type { ContainerDefinition } from '../../model/task/container-definition.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';
import type { Resource } from '../document.ts';
import type { Service, ServiceLoadBalancer } from '../../model/service/service.ts';
import type { TargetGroup } from '../../model/traffic/load-balancer.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

interface Linted {
  readonly resource: Resource;
  readonly finding: Finding;
}

/** Every piece of advice about the resources of a commit, beside the resource that it is given about. */
export function lintFindings(resources: readonly Resource[]): Linted[] {
  const definitions = new Map<string, TaskDefinition>();
  const groups = new Map<string, TargetGroup>();
  for (const resource of resources) {
    if (resource.kind === 'TaskDefinition') definitions.set(resource.identity, resource.spec);
    if (resource.kind === 'TargetGroup') groups.set(resource.identity, resource.spec);
  }
  return resources.flatMap((resource) => adviceFor(resource, definitions, groups).map((finding) => ({ resource, finding })));
}

function adviceFor(
  resource: Resource,
  definitions: ReadonlyMap<string, TaskDefinition>,
  groups: ReadonlyMap<string, TargetGroup>,
): Finding[] {
  if (resource.kind === 'TaskDefinition') return definitionAdvice(resource.spec);
  if (resource.kind !== 'Service') return [];
  const definition = definitions.get(resource.spec.taskDefinition ?? '');
  return definition === undefined ? [] : serviceAdvice(resource.spec, definition, groups);
}

function definitionAdvice({ containerDefinitions }: TaskDefinition): Finding[] {
  return containerDefinitions.flatMap((container, index) => {
    const path: Path = ['containerDefinitions', index];
    return [...unpinned(container, path), ...environmentSecrets(container, path)];
  });
}

/** A tag that moves: a task that is started later, or elsewhere, runs something else, and nobody can go back to what ran before. */
function unpinned({ name, image }: ContainerDefinition, path: Path): Finding[] {
  const reference = parseImageReference(image).value;
  if (reference === null || reference.digest !== null || (reference.tag !== null && reference.tag !== 'latest')) return [];
  const what = reference.tag === null ? 'no tag, which means latest' : 'the tag latest';
  const message = `the image of container "${name}" has ${what}: what it is changes without a change of this file`;
  return [onValue('image-latest', [...path, 'image'], message, 'name a version, such as nginx:1.27, or a digest')];
}

function serviceAdvice(service: Service, definition: TaskDefinition, groups: ReadonlyMap<string, TargetGroup>): Finding[] {
  return [
    ...(service.loadBalancers ?? []).flatMap((entry, index) => {
      const container = definition.containerDefinitions.find((candidate) => candidate.name === entry.containerName);
      const group = groups.get(entry.targetGroupArn);
      if (container === undefined || group === undefined) return [];
      const path: Path = ['loadBalancers', index];
      return [...unchecked(entry, container, group, path), ...cutOff(entry, container, group, path)];
    }),
    ...sharedHostPort(service, definition),
  ];
}

/** Without a word about checks ELB asks for / and waits for 200: an application that answers there while it is broken gets requests. */
function unchecked(entry: ServiceLoadBalancer, container: ContainerDefinition, group: TargetGroup, path: Path): Finding[] {
  const { healthCheckPath, healthCheckProtocol, protocolVersion, matcher } = group;
  const says = [healthCheckPath, healthCheckProtocol, protocolVersion, matcher, container.healthCheck].some((field) => field !== undefined);
  if (says) return [];
  const message = `nothing says how to tell that container "${container.name}" is healthy: "${entry.targetGroupArn}" asks for / and wants 200`;
  const hint = 'give the target group a healthCheckPath, or the container a healthCheck';
  return [onValue('no-health-check', [...path, 'targetGroupArn'], message, hint)];
}

/** A container that asks for time to finish its requests gets none for those that the load balancer has cut off before. */
function cutOff(entry: ServiceLoadBalancer, { name, stopTimeout }: ContainerDefinition, group: TargetGroup, path: Path): Finding[] {
  const delay = targetGroupSettings(group).deregistrationDelayMs / 1_000;
  if (stopTimeout === undefined || stopTimeout <= delay) return [];
  const message = `container "${name}" has ${stopTimeout} s to stop, and "${entry.targetGroupArn}" cuts off its requests after ${delay} s`;
  const hint = 'make deregistration_delay.timeout_seconds of the target group at least as long as stopTimeout';
  return [onValue('stop-after-deregistration', [...path, 'targetGroupArn'], message, hint)];
}

/** Two tasks that publish one port of an instance can not stand on it together. */
function sharedHostPort(service: Service, { networkMode = 'bridge', containerDefinitions }: TaskDefinition): Finding[] {
  const { desiredCount = 0, schedulingStrategy } = service;
  if (desiredCount === 0 || schedulingStrategy === 'DAEMON' || (networkMode !== 'bridge' && networkMode !== 'host')) return [];
  const ports = containerDefinitions.flatMap(({ portMappings }) => singlePorts(portMappings));
  // in the network of the instance, the port of the container is one of the instance
  const fixed = ports.find(({ hostPort }) => hostPort !== 0 || networkMode === 'host');
  if (fixed === undefined) return [];
  const { minimumHealthyPercent } = serviceSettings(service);
  const kept = Math.ceil((desiredCount * minimumHealthyPercent) / 100);
  const needed = kept < desiredCount ? desiredCount : desiredCount + 1;
  if (needed === 1) return [];
  const port = fixed.hostPort === 0 ? fixed.containerPort : fixed.hostPort;
  const why = needed > desiredCount ? ', the last one during a deployment' : '';
  const message = `every task takes port ${port} of its instance, so the service needs ${needed} instances${why}`;
  const hint =
    needed > desiredCount
      ? 'remove hostPort, or lower minimumHealthyPercent so that the old task stops first'
      : 'remove hostPort, or lower desiredCount';
  return [onKey('host-port-shared', ['desiredCount'], message, hint)];
}
