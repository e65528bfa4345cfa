// The services of built worlds (build.ts): as their authors write them, and as the loader gives them.
import { hashOf } from '../src/std/hash.ts';
import type { AppOptions, Declared } from './build.ts';
import type { DeployableService, DesiredSecurityGroup, DesiredService } from '../src/model/turn/desired.ts';

/** What an application declares of its service. */
export function serviceOf(name: string, family: string, options: AppOptions): DeployableService {
  const breaker = options.breaker === true ? { enable: true, rollback: true } : options.breaker || undefined;
  const configuration = {
    ...(options.min === undefined ? {} : { minimumHealthyPercent: options.min }),
    ...(options.max === undefined ? {} : { maximumPercent: options.max }),
    ...(breaker === undefined ? {} : { deploymentCircuitBreaker: breaker }),
  };
  const extension = {
    ...(options.healthyAfter === undefined ? {} : { healthyAfter: options.healthyAfter }),
    ...(options.force === undefined ? {} : { forceNewDeployment: options.force }),
    ...(options.dependsOn === undefined ? {} : { dependsOn: [...options.dependsOn] }),
  };
  return {
    serviceName: name,
    ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
    taskDefinition: family,
    ...(options.daemon === true ? { schedulingStrategy: 'DAEMON', desiredCount: 0 } : { desiredCount: options.count ?? 2 }),
    ...(options.constraints === undefined ? {} : { placementConstraints: [...options.constraints] }),
    ...(options.listen === undefined
      ? {}
      : { loadBalancers: [{ targetGroupArn: `${name}-tg`, containerName: 'main', containerPort: 8080 }] }),
    ...(Object.keys(configuration).length === 0 ? {} : { deploymentConfiguration: configuration }),
    ...(options.gracePeriod === undefined ? {} : { healthCheckGracePeriodSeconds: options.gracePeriod }),
    ...(options.securityGroups === undefined
      ? {}
      : { networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: [...options.securityGroups] } } }),
    ...(Object.keys(extension).length === 0 ? {} : { 'x-longshore': extension }),
  };
}

/** The service as the loader gives it; of the groups that it names those that are declared. */
export function desiredService(declared: Declared, definitionHash: string, groups: readonly DesiredSecurityGroup[]): DesiredService {
  const spec = declared.service;
  const loadBalancers = spec.loadBalancers ?? [];
  const named = spec.networkConfiguration?.awsvpcConfiguration?.securityGroups ?? [];
  const securityGroups = named.filter((group) => groups.some(({ name }) => name === group)).sort();
  const grouped = securityGroups.length === 0 ? {} : { securityGroups };
  return {
    id: `${declared.cluster}/${spec.serviceName}`,
    cluster: declared.cluster,
    name: spec.serviceName,
    family: spec.taskDefinition,
    spec,
    loadBalancers,
    hash: `v1:${hashOf({ definitionHash, loadBalancers, force: spec['x-longshore']?.forceNewDeployment, ...grouped })}`,
    ...grouped,
  };
}
