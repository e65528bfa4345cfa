// Spec hashes: equal when nothing changed that a deployment would bring. They cover what the author wrote, in one spelling, and never
// our defaults: a new release of Longshore must not redeploy a fleet. Golden hashes hold this; a change of meaning needs a "v2:" and
// a way to compare with v1.
import { hashOf } from '../../std/hash.ts';
import type { Service } from '../../model/service.ts';
import type { TaskDefinition } from '../../model/task-definition.ts';

const VERSION = 'v1:';

/** The hash of a task definition as its author wrote it. */
export function definitionHash(definition: TaskDefinition): string {
  return VERSION + hashOf(definition);
}

/** The hash over what starts a deployment in ECS (spec 3.3): the definition, the load balancers, network, names
 * and volumes, a forced new deployment.
 * A desired count, percentages or a grace period change a service without a deployment. */
export function serviceHash(service: Service, definition: string): string {
  const forceNewDeployment = service['x-longshore']?.forceNewDeployment;
  const { networkConfiguration, serviceRegistries, serviceConnectConfiguration, volumeConfigurations } = service;
  const further = { networkConfiguration, serviceRegistries, serviceConnectConfiguration, volumeConfigurations };
  return VERSION + hashOf({ definition, loadBalancers: service.loadBalancers ?? [], forceNewDeployment, ...further });
}
