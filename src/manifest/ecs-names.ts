// Names that ECS and ELB know and Longshore does not read: so that a field from AWS's documentation is not called a spelling mistake.
// Fields are listed by object ("Service.loadBalancers" is an item of that list), values by field. When a field is modelled, it leaves
// this list; a test holds that no name stands in both. From the API models of 2026 (RegisterTaskDefinition, CreateService, elbv2).

const list = (names: string): ReadonlySet<string> => new Set(names.split(/\s+/).filter((name) => name !== ''));
const table = (rows: Readonly<Record<string, string>>): ReadonlyMap<string, ReadonlySet<string>> =>
  new Map(Object.entries(rows).map(([key, names]) => [key, list(names)]));

/** Documents that ECS, ELB, EventBridge, Application Auto Scaling or ECR would know. */
export const UNSUPPORTED_KINDS = list(`
  ContainerInstance Task TaskSet Run Daemon DaemonTaskDefinition ExpressGatewayService
  Listener ListenerRule TrustStore ScheduleGroup Secret Volume Network Namespace`);

/** Fields by object. */
export const UNSUPPORTED_FIELDS = table({
  Service: 'clientToken forceNewDeployment',
  LoadBalancer: `subnets subnetMappings securityGroups scheme tags type ipAddressType customerOwnedIpv4Pool
    enablePrefixForIpv6SourceNat ipamPools minimumLoadBalancerCapacity loadBalancerAttributes attributes`,
  'LoadBalancer.listeners': 'sslPolicy certificates alpnPolicy tags mutualAuthentication listenerAttributes attributes',
  'LoadBalancer.listeners.defaultActions': `authenticateOidcConfig authenticateCognitoConfig jwtValidationConfig order redirectConfig
    fixedResponseConfig forwardConfig`,
  'LoadBalancer.listeners.rules': 'transforms tags',
  'LoadBalancer.listeners.rules.actions': `authenticateOidcConfig authenticateCognitoConfig jwtValidationConfig order redirectConfig
    fixedResponseConfig forwardConfig`,
  'LoadBalancer.listeners.rules.conditions': 'httpHeaderConfig queryStringConfig httpRequestMethodConfig sourceIpConfig regexValues',
  'LoadBalancer.listeners.rules.conditions.hostHeaderConfig': 'regexValues',
  'LoadBalancer.listeners.rules.conditions.pathPatternConfig': 'regexValues',
  TargetGroup: 'protocolVersion vpcId healthCheckPort healthCheckEnabled targetType tags ipAddressType targetControlPort',
  'TargetGroup.matcher': 'grpcCode',
  Alarm: 'evaluationWindow warmUpConfiguration evaluationCriteria evaluationInterval',
});

/** Fields that stand in answers only; people copy them from `describe` commands. */
export const RESPONSE_FIELDS = table({
  Cluster: `clusterArn status registeredContainerInstancesCount runningTasksCount pendingTasksCount activeServicesCount statistics
    attachments attachmentsStatus`,
  TaskDefinition: `taskDefinitionArn revision status requiresAttributes compatibilities registeredAt registeredBy deregisteredAt
    deleteRequestedAt`,
  Service: `serviceArn clusterArn status runningCount pendingCount deployments taskSets events createdAt createdBy platformFamily
    roleArn currentServiceDeployment currentServiceRevisions resourceManagementType version`,
  CapacityProvider: 'capacityProviderArn status updateStatus updateStatusReason type',
  LoadBalancer: 'loadBalancerArn dNSName canonicalHostedZoneId createdTime state vpcId availabilityZones',
  'LoadBalancer.listeners': 'listenerArn loadBalancerArn',
  'LoadBalancer.listeners.rules': 'ruleArn listenerArn isDefault',
  TargetGroup: 'targetGroupArn loadBalancerArns',
  Schedule: 'arn creationDate lastModificationDate',
  Rule: 'arn managedBy createdBy',
  ScalableTarget: 'creationTime scalableTargetARN predictedCapacity',
  ScalingPolicy: 'creationTime policyARN alarms',
  ScheduledAction: 'creationTime scheduledActionARN',
  Alarm: `alarmArn alarmConfigurationUpdatedTimestamp stateValue stateReason stateReasonData stateUpdatedTimestamp
    stateTransitionedTimestamp evaluationState`,
  Repository: 'repositoryArn repositoryUri createdAt lastEvaluatedAt force',
  Role: 'arn roleId createDate roleLastUsed sourceRoleTemplate',
});

/** Values by field. */
export const UNSUPPORTED_VALUES = table({
  'LoadBalancer.listeners.protocol': 'HTTPS TCP UDP TLS TCP_UDP QUIC TCP_QUIC GENEVE',
  'LoadBalancer.listeners.defaultActions.type': 'redirect fixed-response authenticate-oidc authenticate-cognito jwt-validation',
  'LoadBalancer.listeners.rules.actions.type': 'redirect fixed-response authenticate-oidc authenticate-cognito jwt-validation',
  'LoadBalancer.listeners.rules.conditions.field': 'http-header query-string http-request-method source-ip',
  'TargetGroup.protocol': 'HTTPS TCP UDP TLS TCP_UDP QUIC TCP_QUIC GENEVE',
  'TargetGroup.healthCheckProtocol': 'HTTPS TCP',
});

/** Target group attributes of an application load balancer. */
export const UNSUPPORTED_ATTRIBUTES = list(`
  stickiness.enabled stickiness.type stickiness.lb_cookie.duration_seconds stickiness.app_cookie.cookie_name
  stickiness.app_cookie.duration_seconds load_balancing.algorithm.type load_balancing.algorithm.anomaly_mitigation
  load_balancing.cross_zone.enabled slow_start.duration_seconds
  target_group_health.dns_failover.minimum_healthy_targets.count target_group_health.dns_failover.minimum_healthy_targets.percentage
  target_group_health.unhealthy_state_routing.minimum_healthy_targets.count
  target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage
  deregistration_delay.connection_termination.enabled preserve_client_ip.enabled proxy_protocol_v2.enabled`);

/** What to write instead, for names that have another place in Longshore. */
export const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['Service.forceNewDeployment', 'change the value of x-longshore.forceNewDeployment to start a new deployment'],
  ['Listener', 'write it under listeners of a LoadBalancer'],
  ['ListenerRule', 'write it under rules of a listener in a LoadBalancer'],
]);
