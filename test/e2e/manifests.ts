// The manifests of the end-to-end tests: one web service behind a load balancer, with the few things that the tests vary.

export interface WebOptions {
  readonly version: '1' | '2' | 'broken';
  readonly port: number;
  readonly count?: number;
  /** Name of the service; its target group stays the same. */
  readonly name?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly min?: number;
  readonly max?: number;
  /** Instead of the demo image of `version`. */
  readonly image?: string;
  /** Secret with the login for its registry. */
  readonly credentials?: string;
  /** A port of the host for the container's 8080, instead of one that the engine chooses. */
  readonly hostPort?: number;
  /** Where the proxy prefers to reach tasks. */
  readonly reach?: 'containerAddress' | 'publishedPort';
  /** Its tasks are on a network that publishes nothing. */
  readonly internal?: boolean;
}

/** `web`: tasks of longshore-demo, breaker with rollback, target group with quick checks, listener on `port`. */
export function web(options: WebOptions): string {
  const environment = Object.entries(options.environment ?? {}).map(([name, value]) => ({ name, value }));
  const documents = [
    { kind: 'Cluster', clusterName: 'e2e', ...(options.reach !== undefined && { 'x-longshore': { reach: options.reach } }) },
    {
      kind: 'TaskDefinition',
      family: 'web',
      ...(options.internal === true && { 'x-longshore': { networks: [{ name: 'e2e-internal', internal: true }] } }),
      containerDefinitions: [
        {
          name: 'app',
          image: options.image ?? `longshore-demo:${options.version}`,
          ...(options.credentials !== undefined && { repositoryCredentials: { credentialsParameter: options.credentials } }),
          memory: 64,
          portMappings: [{ containerPort: 8080, ...(options.hostPort === undefined ? {} : { hostPort: options.hostPort }) }],
          environment,
          stopTimeout: 5,
          ...(options.internal === true && { 'x-longshore': { networks: [{ name: 'e2e-internal' }] } }),
        },
      ],
    },
    {
      kind: 'Service',
      serviceName: options.name ?? 'web',
      cluster: 'e2e',
      taskDefinition: 'web',
      desiredCount: options.count ?? 2,
      loadBalancers: [{ targetGroupArn: 'web', containerName: 'app', containerPort: 8080 }],
      deploymentConfiguration: {
        minimumHealthyPercent: options.min ?? 100,
        maximumPercent: options.max ?? 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
    },
    {
      kind: 'TargetGroup',
      name: 'web',
      healthCheckPath: '/healthz',
      healthCheckIntervalSeconds: 5,
      healthCheckTimeoutSeconds: 2,
      targetGroupAttributes: [{ key: 'deregistration_delay.timeout_seconds', value: '10' }],
    },
    {
      kind: 'LoadBalancer',
      name: 'edge',
      listeners: [{ port: options.port, protocol: 'HTTP', defaultActions: [{ type: 'forward', targetGroupArn: 'web' }] }],
    },
  ];
  // JSON is YAML; one document each.
  return documents.map((document) => JSON.stringify(document)).join('\n---\n');
}
