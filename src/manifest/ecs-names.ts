// Names that ECS and ELB know and Longshore does not read: so that a field from AWS's documentation is not called a spelling mistake.
// Fields are listed by object ("Service.loadBalancers" is an item of that list). When a field is modelled, it leaves
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
  SecurityGroup: 'description ipPermissions ipPermissionsEgress',
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
  SecurityGroup: 'securityGroupArn ownerId',
  Role: 'arn roleId createDate roleLastUsed sourceRoleTemplate',
});

/** What to write instead, for names that have another place in Longshore. */
export const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['Service.forceNewDeployment', 'change the value of x-longshore.forceNewDeployment to start a new deployment'],
  ['SecurityGroup.description', 'write groupDescription'],
  ['SecurityGroup.ipPermissions', 'write securityGroupIngress: a rule for each group and each range of addresses'],
  ['SecurityGroup.ipPermissionsEgress', 'write securityGroupEgress'],
  ['Listener', 'write it under listeners of a LoadBalancer'],
  ['ListenerRule', 'write it under rules of a listener in a LoadBalancer'],
]);
