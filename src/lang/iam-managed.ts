// Policies that AWS itself keeps, by their ARN: what of them is about secrets, parameters, objects and images, and only of those that roles of
// tasks have. What the policies of an account hold, no repository says; see docs/roles.md.

const PREFIX = /^arn:aws[a-z-]*:iam::aws:policy\//;

/** Actions that a policy allows on everything. */
const ALLOWED: ReadonlyMap<string, readonly string[]> = new Map([
  ['service-role/AmazonECSTaskExecutionRolePolicy', ['ecr:BatchGetImage']],
  ['AmazonEC2ContainerRegistryReadOnly', ['ecr:BatchGetImage']],
  ['AmazonEC2ContainerRegistryPullOnly', ['ecr:BatchGetImage']],
  ['AmazonEC2ContainerRegistryPowerUser', ['ecr:BatchGetImage']],
  ['AmazonEC2ContainerRegistryFullAccess', ['ecr:*']],
  ['SecretsManagerReadWrite', ['secretsmanager:*']],
  ['AmazonSSMReadOnlyAccess', ['ssm:Get*']],
  ['AmazonSSMFullAccess', ['ssm:*']],
  ['AmazonS3ReadOnlyAccess', ['s3:Get*']],
  ['AmazonS3FullAccess', ['s3:*']],
  ['AdministratorAccess', ['*']],
]);

/** The document of a managed policy, as far as Longshore asks it; null for one that it does not know. */
export function managedPolicy(arn: string): unknown {
  const actions = PREFIX.test(arn) ? ALLOWED.get(arn.replace(PREFIX, '')) : undefined;
  return actions === undefined ? null : { Statement: { Effect: 'Allow', Action: actions, Resource: '*' } };
}
