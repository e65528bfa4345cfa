// Manifests of tasks whose containers run a line of JavaScript, in ECS's own fields. JSON is YAML.
import { IMAGE } from '../support/images.ts';

export type Json = Readonly<Record<string, unknown>>;

/** Documents as one file. JSON is YAML. */
export function yaml(...documents: readonly Json[]): string {
  return documents.map((document) => JSON.stringify(document)).join('\n---\n');
}

/** A command that runs a program (JavaScript). */
export function node(program: string): readonly string[] {
  return ['/usr/bin/node', '-e', program];
}

/** A container definition that runs a program; `more` are further fields. */
export function container(name: string, program: string, more: Json = {}): Json {
  return { name, image: IMAGE, memory: 128, entryPoint: ['/usr/bin/node'], command: ['-e', program], stopTimeout: 5, ...more };
}

/** A task definition of a family. */
export function taskDefinition(family: string, fields: Json, containerDefinitions: readonly Json[]): Json {
  return { kind: 'TaskDefinition', family, ...fields, containerDefinitions };
}

/** A service of one task of the family of its name, in cluster e2e. */
export function service(serviceName: string, more: Json = {}): Json {
  return {
    kind: 'Service',
    serviceName,
    cluster: 'e2e',
    taskDefinition: serviceName,
    desiredCount: 1,
    'x-longshore': { healthyAfter: 1 },
    ...more,
  };
}

/** A target group and a load balancer that sends everything on a port to it. */
export function balanced(targetGroup: string, port: number): readonly Json[] {
  return [
    {
      kind: 'TargetGroup',
      name: targetGroup,
      healthCheckIntervalSeconds: 5,
      targetGroupAttributes: [{ key: 'deregistration_delay.timeout_seconds', value: '1' }],
    },
    {
      kind: 'LoadBalancer',
      name: 'edge',
      listeners: [{ port, protocol: 'HTTP', defaultActions: [{ type: 'forward', targetGroupArn: targetGroup }] }],
    },
  ];
}
