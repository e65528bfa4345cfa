// What ECS asks of a service beyond the shape of its fields (CreateService, spec 3.2, 3.13), seen together with its task definition.
// Whether the things it names exist at all is resolve.ts's question.
import { onValue } from '../finding.ts';
import { withDefinitionFindings } from './service-fields.ts';
import { textAt } from '../text/tree.ts';
import { nearest } from '../../std/text.ts';
import { singlePorts } from '../../model/task/port-mapping.ts';
import { serviceSettings } from '../../model/service/service.ts';
import type { Finding } from '../finding.ts';
import type { Path, Tree } from '../text/tree.ts';
import type { Service } from '../../model/service/service.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

/** What is wrong with a service whose fields are each in order; `definition` null: it is missing or broken, which is told elsewhere. */
export function serviceFindings(service: Service, definition: TaskDefinition | null): Finding[] {
  const together = definition === null ? [] : [...containers(service, definition), ...withDefinitionFindings(service, definition)];
  return [...targets(service), ...together, ...percentages(service)];
}

function targets(service: Service): Finding[] {
  const seen = new Set<string>();
  return (service.loadBalancers ?? []).flatMap((entry, index) => {
    const key = `${entry.targetGroupArn} ${entry.containerName} ${entry.containerPort}`;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    const message = `container "${entry.containerName}" port ${entry.containerPort} is registered twice in "${entry.targetGroupArn}"`;
    return [onValue('duplicate-target', ['loadBalancers', index, 'targetGroupArn'], message, 'remove one of the two entries')];
  });
}

function containers(service: Service, definition: TaskDefinition): Finding[] {
  return (service.loadBalancers ?? []).flatMap((entry, index) => {
    const path: Path = ['loadBalancers', index];
    const container = definition.containerDefinitions.find((candidate) => candidate.name === entry.containerName);
    if (container === undefined) {
      const names = definition.containerDefinitions.map((candidate) => candidate.name);
      const meant = nearest(entry.containerName, names);
      const hint = meant === null ? `its containers are ${names.join(', ')}` : `did you mean ${meant}?`;
      const message = `the task definition "${definition.family}" has no container "${entry.containerName}"`;
      return [onValue('unknown-container', [...path, 'containerName'], message, hint)];
    }
    const ports = singlePorts(container.portMappings)
      .filter((port) => port.protocol === 'tcp')
      .map((port) => port.containerPort);
    if (ports.includes(entry.containerPort)) return [];
    const message = `container "${container.name}" of task definition "${definition.family}" maps no TCP port ${entry.containerPort}`;
    const hint = ports.length === 0 ? `add containerPort: ${entry.containerPort} to its portMappings` : `it maps ${ports.join(', ')}`;
    return [onValue('unknown-container-port', [...path, 'containerPort'], message, hint)];
  });
}

/** ECS: lower limit rounded up, upper limit rounded down; when they meet at the desired count, a deployment can neither start nor stop. */
function percentages(service: Service): Finding[] {
  // ECS: strategies that shift traffic run both sets in full and ask for no percentage
  if ((service.deploymentConfiguration?.strategy ?? 'ROLLING') !== 'ROLLING') return [];
  const { desiredCount = 0 } = service;
  const { minimumHealthyPercent, maximumPercent } = serviceSettings(service);
  const lower = Math.ceil((desiredCount * minimumHealthyPercent) / 100);
  const upper = Math.floor((desiredCount * maximumPercent) / 100);
  if (desiredCount === 0 || upper > lower) return [];
  const message = `a deployment of ${desiredCount} must keep ${lower} and may have ${upper} tasks, so it can never start one or stop one`;
  const hint = 'raise maximumPercent, or lower minimumHealthyPercent';
  return [onValue('percentages-allow-nothing', ['deploymentConfiguration'], message, hint)];
}

/** An ARN always names a revision; its number belongs to another installation. */
export function revisionFindings(tree: Tree, path: Path = ['taskDefinition']): Finding[] {
  const text = textAt(tree, path);
  const number = text === null ? undefined : /:task-definition\/[^:]+:([0-9]+)$/.exec(text)?.[1];
  if (number === undefined) return [];
  const message = `revision ${number} inside the ARN is left out: Longshore runs what git holds`;
  return [onValue('revision-ignored', path, message, 'write the family alone')];
}
