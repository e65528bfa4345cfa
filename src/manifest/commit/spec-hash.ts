// Spec hashes: equal when nothing changed that a deployment would bring. They cover what the author wrote, in one spelling, and never
// our defaults: a new release of Longshore must not redeploy a fleet. Golden hashes hold this; a change of meaning needs a "v2:" and
// a way to compare with v1.
import { hashOf } from '../../std/hash.ts';
import type { Service } from '../../model/service/service.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

const VERSION = 'v1:';

/** The hash of a task definition as its author wrote it. */
export function definitionHash(definition: TaskDefinition): string {
  return VERSION + hashOf(definition);
}

/** The hash over what starts a deployment in ECS (spec 3.3): the definition, the load balancers, network, names
 * and volumes, a forced new deployment. `securityGroups`: those of its groups that the commit declares.
 * A desired count, percentages or a grace period change a service without a deployment. */
export function serviceHash(service: Service, definition: string, securityGroups: readonly string[] = []): string {
  const forceNewDeployment = service['x-longshore']?.forceNewDeployment;
  const { networkConfiguration, serviceRegistries, serviceConnectConfiguration, volumeConfigurations } = service;
  const further = { networkConfiguration, serviceRegistries, serviceConnectConfiguration, volumeConfigurations };
  // A group that is declared from now on moves the tasks to other networks, although the service says what it said.
  const groups = securityGroups.length === 0 ? {} : { securityGroups };
  return VERSION + hashOf({ definition, loadBalancers: service.loadBalancers ?? [], forceNewDeployment, ...further, ...groups });
}
